/* Adds up what is left of a client's abilities under the options of requests. */
#include "inspect/reach.h"

#include "inspect/requests.h"

struct opened_row {
    enum requests_option option;
    struct slice words;
    struct reach_row row;
};

static const struct {
    enum ability_id ability;
    struct reach_row row;
} CONFINED[] = {
#define REACH_CONFINED(ability, grade, text)                                                       \
    {ABILITY_IS_##ability, {ABILITY_##grade, SLICE_INIT(text)}},
#include "inspect/reach.def"
};

static const struct opened_row OPENED[] = {
#define REACH_OPENED(option, words, grade, text)                                                   \
    {REQUESTS_##option, SLICE_INIT(words), {ABILITY_##grade, SLICE_INIT(text)}},
#include "inspect/reach.def"
};
#define NOPENED (sizeof(OPENED) / sizeof(OPENED[0]))

/* What an owner's clients can run commands in, they have made themselves. */
static const struct reach_row EXEC_OWN = {
    ABILITY_DISRUPTING,
    SLICE_INIT("run commands in containers, with the privileges that these have")};

/* Directories of the host, worst first. */
static const struct reach_row BINDS[] = {
    {ABILITY_ROOT, SLICE_INIT("become root on the host: by its own directories")},
    {ABILITY_DISRUPTING, SLICE_INIT("change the files below some directories of the host")},
    {ABILITY_DISCLOSING, SLICE_INIT("read the files below some directories of the host")},
};
#define NBINDS (sizeof(BINDS) / sizeof(BINDS[0]))

_Static_assert(NOPENED + NBINDS == REACH_OPENINGS, "REACH_OPENINGS is what the table has");

/* Who may write here, or above, has what root runs and believes. */
static const struct slice SYSTEM[] = {
    SLICE_INIT("/bin"),
    SLICE_INIT("/boot"),
    SLICE_INIT("/dev"),
    SLICE_INIT("/etc"),
    SLICE_INIT("/lib"),
    SLICE_INIT("/lib32"),
    SLICE_INIT("/lib64"),
    SLICE_INIT("/proc"),
    SLICE_INIT("/root"),
    SLICE_INIT("/run"),
    SLICE_INIT("/sbin"),
    SLICE_INIT("/sys"),
    SLICE_INIT("/usr"),
    SLICE_INIT("/var/lib/containerd"),
    SLICE_INIT("/var/lib/containers"),
    SLICE_INIT("/var/lib/docker"),
    SLICE_INIT("/var/lib/kubelet"),
    SLICE_INIT("/var/run"),
    SLICE_INIT("/var/spool/cron"),
};

/* What leads on whoever only reads it: sockets answer, the engine's own among them, and the files
 * that /proc/PID/root stands for are mounted as the process has them. */
static const struct slice LEADS_ON[] = {SLICE_INIT("/proc"), SLICE_INIT("/run"),
                                        SLICE_INIT("/var/run")};

/* Whether `path` is `other`, or below it. */
static bool is_below(struct slice path, struct slice other)
{
    return slice_starts_with(path, other) &&
           (path.len == other.len || other.at[other.len - 1] == '/' || path.at[other.len] == '/');
}

static bool meets(struct slice path, const struct slice *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (is_below(path, list[i]) || is_below(list[i], path)) {
            return true;
        }
    }
    return false;
}

static enum ability_grade bind_grade(struct slice word)
{
    struct slice ro = SLICE(":ro");
    bool reads = slice_ends_with(word, ro);
    struct slice path = reads ? slice_sub(word, 0, word.len - ro.len) : word;

    if (reads) {
        bool leads = meets(path, LEADS_ON, sizeof(LEADS_ON) / sizeof(LEADS_ON[0])) ||
                     slice_ends_with(path, SLICE(".sock"));
        return leads ? ABILITY_ROOT : ABILITY_DISCLOSING;
    }
    return meets(path, SYSTEM, sizeof(SYSTEM) / sizeof(SYSTEM[0])) ||
                   slice_ends_with(path, SLICE(".sock"))
               ? ABILITY_ROOT
               : ABILITY_DISRUPTING;
}

/* Appends a word of an option, the first of them behind the option's name. */
static void put_word(enum requests_option option, struct slice word, bool first, struct buf *by)
{
    struct slice name = requests_option_get(option)->rule;

    (void)(first ? buf_put(by, name) && buf_put(by, SLICE(" (")) : buf_put(by, SLICE(", ")));
    (void)buf_put(by, word);
}

static bool is_meant(const struct opened_row *o, struct slice word)
{
    struct slice list = o->words;
    struct slice one;

    if (list.len == 0 || slice_equal(word, SLICE("*"))) {
        /* "host" and "container" have to be named themselves: see `networks`. */
        return list.len == 0 || o->option != REQUESTS_NETWORKS;
    }
    while (list.len > 0 && slice_next(&list, ',', &one)) {
        if (slice_equal_nocase(one, word)) {
            return true;
        }
    }
    return false;
}

static bool opened_by_list(const struct requests_policy *p, const struct opened_row *o,
                           struct buf *by)
{
    bool any = false;

    for (size_t i = 0; i < requests_count(p, o->option); i++) {
        struct slice word = requests_word(p, o->option, i);
        if (is_meant(o, word)) {
            put_word(o->option, word, !any, by);
            any = true;
        }
    }
    return any && buf_put(by, SLICE(")"));
}

static bool opened_by_bind(const struct requests_policy *p, enum ability_grade grade,
                           struct buf *by)
{
    bool any = false;

    for (size_t i = 0; i < requests_count(p, REQUESTS_BINDS); i++) {
        struct slice word = requests_word(p, REQUESTS_BINDS, i);
        if (bind_grade(word) == grade) {
            put_word(REQUESTS_BINDS, word, !any, by);
            any = true;
        }
    }
    return any && buf_put(by, SLICE(")"));
}

bool reach_opened(const struct requests_policy *p, size_t n, struct reach_row *row, struct buf *by)
{
    if (n >= NOPENED) {
        *row = BINDS[n - NOPENED];
        return opened_by_bind(p, row->grade, by);
    }
    const struct opened_row *o = &OPENED[n];
    *row = o->row;
    /* An owner's clients take mounts over from containers of their own, and join these. */
    bool joins =
        o->option == REQUESTS_VOLUMES_FROM || slice_equal(o->words, SLICE("pid:container"));
    if (joins && requests_owner(p) != NULL) {
        return false;
    }
    if (requests_option_get(o->option)->kind == REQUESTS_KIND_LIST) {
        return opened_by_list(p, o, by);
    }
    return requests_on(p, o->option) && buf_put(by, requests_option_get(o->option)->rule);
}

void reach_narrow(const struct requests_policy *p, struct operation_set *set)
{
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (requests_closes(p, (enum operation_id)i)) {
            operation_set_remove(set, (enum operation_id)i);
        }
    }
}

bool reach_is_checked(const struct requests_policy *p, enum operation_id op)
{
    return requests_reads(op) && !requests_passes_unchecked(p, op);
}

const struct reach_row *reach_confined(const struct requests_policy *p, enum ability_id ability)
{
    if (ability == ABILITY_IS_EXEC && requests_owner(p) != NULL) {
        return &EXEC_OWN;
    }
    for (size_t i = 0; i < sizeof(CONFINED) / sizeof(CONFINED[0]); i++) {
        if (CONFINED[i].ability == ability) {
            return &CONFINED[i].row;
        }
    }
    return NULL;
}
