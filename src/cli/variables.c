/* Turns the command line's flags into variables and lays them over the environment, so that
 * everything behind reads one list and a flag can do exactly what its variable can. */
#include "cli/variables.h"

#include "base/buf.h"
#include "cli/foreign.h"
#include "cli/settings.h"
#include "policy/nearest.h"
#include "policy/option.h"

#include <stdlib.h>

#define SHOWN 64

static const char UPPER[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
static const char LOWER[] = "abcdefghijklmnopqrstuvwxyz-";

/* `c` as it stands at the same place of the other row; anything else stays. */
static char turn(char c, const char *from, const char *to)
{
    const char *at = memchr(from, c, sizeof(UPPER) - 1);

    if (at == NULL) {
        return c;
    }
    return to[at - from];
}

static struct slice without_prefix(struct slice name)
{
    const size_t prefix = sizeof("DOCKGATE_") - 1;

    return slice_starts_with(name, SLICE("DOCKGATE_")) ? slice_sub(name, prefix, SIZE_MAX) : name;
}

struct slice variables_flag(struct slice name, char storage[VARIABLES_NAME_MAX])
{
    struct slice bare = slice_sub(without_prefix(name), 0, VARIABLES_NAME_MAX);

    for (size_t i = 0; i < bare.len; i++) {
        storage[i] = turn(bare.at[i], UPPER, LOWER);
    }
    return slice_of(storage, bare.len);
}

/* A flag's name as a variable's: upper case, underscores. False when it can be none. */
static bool variable_name(struct slice flag, char storage[VARIABLES_NAME_MAX], struct slice *name)
{
    if (flag.len == 0 || flag.len >= VARIABLES_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < flag.len; i++) {
        storage[i] = turn(flag.at[i], LOWER, UPPER);
    }
    *name = slice_of(storage, flag.len);
    return true;
}

/* Settings go without their prefix as well; `full` holds the name with it. */
static bool known_name(struct slice name, variables_option *is_option,
                       char full[VARIABLES_NAME_MAX], struct slice *found)
{
    struct buf b;

    buf_init(&b, full, VARIABLES_NAME_MAX);
    if (buf_put(&b, SLICE("DOCKGATE_")) && buf_put(&b, name) &&
        setting_find(buf_slice(&b)) != SETTING_COUNT) {
        *found = buf_slice(&b);
        return true;
    }
    *found = name;
    return setting_find(name) != SETTING_COUNT || is_option(name);
}

/* What one run of variables_gather works on. */
struct reader {
    enum command_id command;
    int argc;
    char **argv;
    int at; /* the argument under the eye */
    variables_option *is_option;
    struct variables *v;
    struct buf pool; /* what flags become; lives as long as the list */
    struct diag *d;
    unsigned *foreign; /* how often each row of foreign.def was there */
};

/* Settings and options; `name` is in capitals. */
static void nearest_variable(struct slice name, struct slice *best, size_t *distance)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        nearest_try(name, without_prefix(setting_row_get((enum setting_id)i)->name), best,
                    distance);
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        nearest_try(name, option_name((option_id)i), best, distance);
    }
}

/* What other programs call two of our settings. Without these, --port would be told of --post. */
static bool other_word(struct slice name, struct slice *best)
{
    static const struct {
        struct slice name;
        enum setting_id setting;
    } WORDS[] = {
        {SLICE_INIT("PORT"), SETTING_LISTEN},     {SLICE_INIT("BIND"), SETTING_LISTEN},
        {SLICE_INIT("ADDRESS"), SETTING_LISTEN},  {SLICE_INIT("LISTEN_ADDRESS"), SETTING_LISTEN},
        {SLICE_INIT("HOST"), SETTING_ENGINE},     {SLICE_INIT("DOCKER_HOST"), SETTING_ENGINE},
        {SLICE_INIT("SOCKET"), SETTING_ENGINE},   {SLICE_INIT("DOCKER_SOCKET"), SETTING_ENGINE},
        {SLICE_INIT("UPSTREAM"), SETTING_ENGINE},
    };

    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
        if (slice_equal(name, WORDS[i].name)) {
            *best = without_prefix(setting_row_get(WORDS[i].setting)->name);
            return true;
        }
    }
    return false;
}

/* The flag that the user may have meant: the command's own, else a setting or option. */
static bool unknown_flag(const struct reader *r, struct slice flag, struct slice name)
{
    struct slice best = {NULL, 0};
    size_t distance = NEAREST_FAR;
    int len = (int)(flag.len < SHOWN ? flag.len : SHOWN);

    for (size_t i = 0; i < FLAG_COUNT; i++) {
        const struct command_flag *own = command_flag_get((enum command_flag_id)i);

        if (own->command == r->command) {
            nearest_try(flag, own->name, &best, &distance);
        }
    }
    if (command_get(r->command)->takes_settings) {
        nearest_variable(name, &best, &distance);
        distance = other_word(name, &best) ? 0 : distance;
    }
    if (!nearest_is_close(flag, distance)) {
        struct slice command = command_get(r->command)->name;
        return diag_set(r->d, "there is no flag --%.*s (dockgate %.*s --help lists them)", len,
                        flag.at, (int)command.len, command.at);
    }
    char storage[VARIABLES_NAME_MAX];
    struct slice nearest = variables_flag(best, storage);
    return diag_set(r->d, "there is no flag --%.*s; the nearest is --%.*s", len, flag.at,
                    (int)nearest.len, nearest.at);
}

/* Replaces the variable of that name in the list, or adds it. */
static void lay_over(struct variables *v, char *variable, size_t name_len)
{
    size_t n = 0;

    for (size_t i = 0; i < v->nlist; i++) {
        struct slice other = slice_from_text(v->list[i]);

        if (other.len <= name_len || memcmp(other.at, variable, name_len + 1) != 0) {
            v->list[n++] = v->list[i];
        }
    }
    v->list[n++] = variable;
    v->list[n] = NULL;
    v->nlist = n;
}

/* Takes all variables out whose names begin like that. */
static void drop_all(struct variables *v, struct slice prefix)
{
    size_t n = 0;

    for (size_t i = 0; i < v->nlist; i++) {
        if (!slice_starts_with(slice_from_text(v->list[i]), prefix)) {
            v->list[n++] = v->list[i];
        }
    }
    v->list[n] = NULL;
    v->nlist = n;
}

/* Writes the variable into the pool. */
static bool add_flag(struct reader *r, struct slice name, struct slice value)
{
    char *at = r->pool.at + r->pool.len;

    if (!buf_put(&r->pool, name) || !buf_put_byte(&r->pool, '=') || !buf_put(&r->pool, value) ||
        !buf_put_byte(&r->pool, '\0')) {
        return diag_set(r->d, "the flags are too long");
    }
    lay_over(r->v, at, name.len);
    return true;
}

/* The value of a flag: what stands behind '=', else the next argument. NULL: there is none. */
static const char *flag_value(struct reader *r)
{
    const char *equals = strchr(r->argv[r->at], '=');

    if (equals != NULL) {
        return equals + 1;
    }
    if (r->at + 1 >= r->argc) {
        return NULL;
    }
    r->at++;
    return r->argv[r->at];
}

static bool needs_value(const struct reader *r, struct slice flag)
{
    return diag_set(r->d, "--%.*s needs a value", (int)flag.len, flag.at);
}

static bool read_own_flag(struct reader *r, enum command_flag_id id, struct slice flag)
{
    const char *value = "";

    if (command_flag_get(id)->value[0] != '\0') {
        value = flag_value(r);
        if (value == NULL) {
            return needs_value(r, flag);
        }
    } else if (strchr(r->argv[r->at], '=') != NULL) {
        return diag_set(r->d, "--%.*s takes no value", (int)flag.len, flag.at);
    }
    r->v->flag[id] = value;
    return true;
}

/* One flag, with its value behind '=' or in the next argument. */
static bool read_flag(struct reader *r)
{
    struct slice text = slice_from_text(r->argv[r->at] + 2);
    struct slice flag = slice_sub(text, 0, slice_find(text, '='));
    char upper[VARIABLES_NAME_MAX];
    char full[VARIABLES_NAME_MAX];
    struct slice name = flag;
    struct slice found;
    enum command_flag_id own = command_flag_find(r->command, flag);

    bool known = variable_name(flag, upper, &name) && command_get(r->command)->takes_settings &&
                 known_name(name, r->is_option, full, &found);

    /* A switch of the command's with a value (--strict=1) is the setting of that name, if any. */
    if (own != FLAG_COUNT &&
        !(known && flag.len < text.len && command_flag_get(own)->value[0] == '\0')) {
        return read_own_flag(r, own, flag);
    }
    if (!known) {
        return unknown_flag(r, flag, name);
    }
    const char *value = flag_value(r);
    return value == NULL ? needs_value(r, flag) : add_flag(r, found, slice_from_text(value));
}

/* The variable of the n-th of a list, n from 1. The first one takes the place of what the
 * environment says, as in the original. */
static bool add_listed(struct reader *r, const struct foreign_flag *f, unsigned n,
                       struct slice value)
{
    char storage[VARIABLES_NAME_MAX];
    struct buf name;

    buf_init(&name, storage, sizeof(storage));
    (void)buf_put(&name, f->variable); /* names are short */
    if (n == 1) {
        (void)buf_put(&name, f->separator);
        drop_all(r->v, buf_slice(&name));
        name.len = f->variable.len;
    } else {
        (void)(buf_put(&name, f->separator) && buf_put_u64(&name, n));
    }
    return add_flag(r, buf_slice(&name), value);
}

/* A flag of another proxy; `*is` tells whether it is one. Two dashes are ours where we have the
 * name. */
static bool read_foreign(struct reader *r, bool *is)
{
    struct slice text = slice_from_text(r->argv[r->at]);
    size_t dashes = slice_starts_with(text, SLICE("--")) ? 2 : 1;
    struct slice rest = slice_sub(text, dashes, text.len);
    struct slice flag = slice_sub(rest, 0, slice_find(rest, '='));
    size_t row = foreign_find(flag);

    *is = row < FOREIGN_ROWS && command_get(r->command)->takes_settings;
    if (!*is) {
        return true;
    }
    const struct foreign_flag *f = foreign_get(row);
    r->foreign[row]++;
    if (f->kind == FOREIGN_SWITCH && flag.len == rest.len) {
        return add_flag(r, f->variable, SLICE("true"));
    }
    const char *value = flag_value(r);
    if (value == NULL) {
        return diag_set(r->d, "-%.*s needs a value", (int)flag.len, flag.at);
    }
    return f->kind == FOREIGN_LIST ? add_listed(r, f, r->foreign[row], slice_from_text(value))
                                   : add_flag(r, f->variable, slice_from_text(value));
}

static bool is_ours(const struct reader *r, struct slice text)
{
    struct slice flag = slice_sub(text, 2, slice_find(text, '=') - 2);
    char upper[VARIABLES_NAME_MAX];
    char full[VARIABLES_NAME_MAX];
    struct slice name;
    struct slice found;

    return command_flag_find(r->command, flag) != FLAG_COUNT ||
           (variable_name(flag, upper, &name) && known_name(name, r->is_option, full, &found));
}

/* An argument that begins with a dash. */
static bool read_dashed(struct reader *r, struct slice text)
{
    bool two = slice_starts_with(text, SLICE("--"));
    bool foreign = false;
    bool ok = (two && is_ours(r, text)) || read_foreign(r, &foreign);

    if (foreign) {
        return ok;
    }
    return two ? read_flag(r)
               : diag_set(r->d, "there is no flag %s; flags start with two dashes", r->argv[r->at]);
}

static bool read_arguments(struct reader *r)
{
    struct variables *v = r->v;
    bool flags = true;

    for (r->at = 1; r->at < r->argc; r->at++) {
        char *argument = r->argv[r->at];
        struct slice text = slice_from_text(argument);

        if (flags && slice_equal(text, SLICE("--"))) {
            flags = false;
        } else if (flags &&
                   (slice_equal(text, SLICE("--help")) || slice_equal(text, SLICE("-h")))) {
            v->help = true;
        } else if (flags && text.len > 1 && text.at[0] == '-') {
            if (!read_dashed(r, text)) {
                return false;
            }
        } else {
            v->words[v->nwords++] = argument;
        }
    }
    return true;
}

/* Room for what the flags become: each argument, a prefix, '=' and the end. */
static size_t pool_size(int argc, char **argv)
{
    size_t size = 1;

    for (int i = 1; i < argc; i++) {
        size += slice_from_text(argv[i]).len + VARIABLES_NAME_MAX;
    }
    return size;
}

/* NAME=default of an option or setting says what is so without it. */
static bool says_nothing(const char *variable, variables_option *is_option)
{
    struct slice all = slice_from_text(variable);
    size_t equals = slice_find(all, '=');
    struct slice name = slice_sub(all, 0, equals);

    return slice_equal_nocase(slice_sub(all, equals + 1, all.len), SLICE("default")) &&
           (is_option(name) || setting_find(name) != SETTING_COUNT);
}

static void drop_defaults(struct variables *v, variables_option *is_option)
{
    size_t n = 0;

    for (size_t i = 0; i < v->nlist; i++) {
        if (!says_nothing(v->list[i], is_option)) {
            v->list[n++] = v->list[i];
        }
    }
    v->list[n] = NULL;
    v->nlist = n;
}

bool variables_gather(char *const *environment, enum command_id command, int argc, char **argv,
                      variables_option *is_option, struct variables *v, struct diag *d)
{
    size_t n = 0;
    size_t arguments = argc > 0 ? (size_t)argc : 0;
    unsigned foreign[FOREIGN_ROWS] = {0};
    *v = (struct variables){.help = false};
    struct reader r = {command, argc, argv, 0, is_option, v, {0}, d, foreign};
    while (environment[n] != NULL) {
        n++;
    }
    size_t size = pool_size(argc, argv);
    v->list = calloc(n + arguments + 1, sizeof(*v->list));
    v->words = calloc(arguments + 1, sizeof(*v->words));
    v->storage = calloc(1, size);
    if (v->list == NULL || v->words == NULL || v->storage == NULL) {
        return diag_set(d, "out of memory");
    }
    for (; v->nlist < n; v->nlist++) {
        v->list[v->nlist] = environment[v->nlist];
    }
    buf_init(&r.pool, v->storage, size);
    if (!read_arguments(&r)) {
        return false;
    }
    drop_defaults(v, is_option);
    return true;
}

struct slice variables_get(const struct variables *v, struct slice name)
{
    for (size_t i = 0; i < v->nlist; i++) {
        struct slice all = slice_from_text(v->list[i]);
        size_t equals = slice_find(all, '=');

        if (equals < all.len && slice_equal(slice_sub(all, 0, equals), name)) {
            return slice_sub(all, equals + 1, all.len);
        }
    }
    return SLICE("");
}

bool variables_set(struct variables *v, struct slice name, struct slice value)
{
    size_t len = name.len + value.len + 2;
    struct buf b;

    char **list = realloc(v->list, (v->nlist + 2) * sizeof(*list));
    if (list == NULL) {
        return false;
    }
    v->list = list;
    char **owned = realloc(v->owned, (v->nowned + 1) * sizeof(*owned));
    if (owned == NULL) {
        return false;
    }
    v->owned = owned;
    char *text = malloc(len);
    if (text == NULL) {
        return false;
    }
    buf_init(&b, text, len);
    (void)(buf_put(&b, name) && buf_put_byte(&b, '=') && buf_put(&b, value) &&
           buf_put_byte(&b, '\0')); /* it fits */
    v->owned[v->nowned++] = text;
    lay_over(v, text, name.len);
    return true;
}

void variables_free(struct variables *v)
{
    for (size_t i = 0; i < v->nowned; i++) {
        free(v->owned[i]);
    }
    free(v->owned);
    free(v->list);
    free(v->words);
    free(v->storage);
    *v = (struct variables){.help = false};
}
