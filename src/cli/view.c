/* Reads the settings of views: words separated by commas, some with a value behind them. */
#include "cli/view.h"

#include "inspect/requests.h"
#include "policy/nearest.h"

/* Words in messages are cut here. */
#define SHOWN 100

static const struct {
    struct slice word;
    unsigned classes;
} WORDS[] = {
    {SLICE_INIT("all"), ANSWERS_ENV | ANSWERS_COMMANDS | ANSWERS_LABELS | ANSWERS_BINDS |
                            ANSWERS_CREDENTIALS | ANSWERS_TOKENS | ANSWERS_CONFIGS},
    {SLICE_INIT("binds"), ANSWERS_BINDS},
    {SLICE_INIT("commands"), ANSWERS_COMMANDS},
    {SLICE_INIT("configs"), ANSWERS_CONFIGS},
    {SLICE_INIT("credentials"), ANSWERS_CREDENTIALS},
    {SLICE_INIT("env"), ANSWERS_ENV},
    {SLICE_INIT("labels"), ANSWERS_LABELS},
    {SLICE_INIT("tokens"), ANSWERS_TOKENS},
};

#define NWORDS (sizeof(WORDS) / sizeof(WORDS[0]))

/* A word for messages: escaped, since lines may stand in it, and cut. In storage that the next one
 * is written to. */
static const char *shown(struct slice s)
{
    static char text[4 * SHOWN + 1];
    struct buf b;

    buf_init(&b, text, sizeof(text));
    (void)(buf_put_escaped(&b, slice_sub(s, 0, SHOWN)) && buf_put_byte(&b, '\0'));
    return b.full ? "" : text;
}

static bool list_add(struct slice *storage, struct answers_list *list, struct slice value,
                     const char *setting, struct diag *d)
{
    if (value.len == 0) {
        return diag_set(d, "%s: a word ends where a value must follow", setting);
    }
    if (list->n == ANSWERS_LIST_MAX) {
        return diag_set(d, "%s: more than %d values of one sort", setting, ANSWERS_LIST_MAX);
    }
    storage[list->n++] = value;
    list->at = storage;
    return true;
}

static bool unknown_word(struct slice word, const char *setting, struct diag *d)
{
    struct slice best = {NULL, 0};
    size_t distance = NEAREST_FAR;
    for (size_t i = 0; i < NWORDS; i++) {
        nearest_try(word, WORDS[i].word, &best, &distance);
    }
    return diag_set(d,
                    "%s: \"%s\": the nearest is %.*s; accepted are all, env, keep:NAME, commands, "
                    "labels, labels:PREFIX, binds, credentials, tokens, configs",
                    setting, shown(word), (int)best.len, best.at);
}

static bool read_redact(struct slice text, const char *setting, struct cli_view *v, struct diag *d)
{
    struct slice word;
    bool labels_all = false;
    while (slice_next(&text, ',', &word)) {
        struct slice value = slice_sub(word, slice_find(word, ':') + 1, word.len);
        size_t i = 0;
        word = slice_trim(word);
        if (slice_starts_with(word, SLICE("keep:"))) {
            if (!list_add(v->keep, &v->settings.keep, slice_trim(value), setting, d)) {
                return false;
            }
            continue;
        }
        if (slice_starts_with(word, SLICE("labels:"))) {
            if (!list_add(v->labels, &v->settings.labels, slice_trim(value), setting, d)) {
                return false;
            }
            word = SLICE("labels");
        } else {
            labels_all |= slice_equal(word, SLICE("labels")) || slice_equal(word, SLICE("all"));
        }
        while (i < NWORDS && !slice_equal(WORDS[i].word, word)) {
            i++;
        }
        if (i == NWORDS) {
            return unknown_word(word, setting, d);
        }
        v->settings.redact |= WORDS[i].classes;
    }
    v->settings.labels.n = labels_all ? 0 : v->settings.labels.n; /* all of them, then */
    return true;
}

static bool check_keep(const char *setting, const struct cli_view *v, struct diag *d)
{
    return v->settings.keep.n == 0 || (v->settings.redact & ANSWERS_ENV) != 0 ||
           diag_set(d, "%s: keep:%s has no meaning without env or all", setting, shown(v->keep[0]));
}

static bool read_visible(struct slice text, const char *setting, struct cli_view *v, struct diag *d)
{
    struct slice word;
    while (slice_next(&text, ',', &word)) {
        word = slice_trim(word);
        struct slice value = slice_sub(word, slice_find(word, '=') + 1, word.len);
        bool ok = false;
        if (slice_starts_with(word, SLICE("label="))) {
            ok = list_add(v->visible_labels, &v->settings.visible_labels, value, setting, d);
        } else if (slice_starts_with(word, SLICE("name="))) {
            ok = list_add(v->visible_names, &v->settings.visible_names, value, setting, d);
        } else {
            ok = diag_set(d,
                          "%s: \"%s\": accepted are label=KEY, label=KEY=VALUE and name=GLOB, "
                          "several with commas",
                          setting, shown(word));
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* What a person has granted by name. */
static void find_raw(const struct policy *p, struct operation_set *raw)
{
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        bool named = p->preset_of[op] != NULL || p->decided_by[op] == option_leaf(op);
        if (p->rules == NULL && named && operation_set_has(&p->allowed, op)) {
            operation_set_add(raw, op);
        }
    }
}

/* The owner's label, and the names that are shared. */
static bool take_owner(const struct cli_own *own, struct slice visible, struct cli_view *v,
                       struct diag *d)
{
    if (visible.len > 0) {
        return diag_set(d, "what is visible is what is owned: name other things that clients may "
                           "use as shared");
    }
    v->own = own->own;
    v->visible_labels[0] = own->policy.label;
    v->settings.visible_labels = (struct answers_list){v->visible_labels, 1};
    v->settings.visible_names = own->policy.shared;
    v->settings.asked = &own->asked;
    v->settings.owner = true;
    return true;
}

/* What the view shows is all that clients reach. */
static bool take_view(struct cli_own *own, struct requests_policy *requests, struct cli_view *v,
                      struct diag *d)
{
    if (!cli_own_see(own, v->answers, &v->settings, requests, d)) {
        return false;
    }
    v->own = own->own;
    return true;
}

struct cli_view_words cli_view_words(const struct settings *s)
{
    return (struct cli_view_words){s->at[SETTING_REDACT].text, s->at[SETTING_VISIBLE].text,
                                   "DOCKGATE_REDACT", "DOCKGATE_VISIBLE"};
}

bool cli_view_check(const struct cli_view_words *words, bool whole, struct diag *d)
{
    static struct cli_view v; /* large, and looked at no further */

    v = (struct cli_view){.answers = NULL};
    return (words->redact.len == 0 || read_redact(words->redact, words->redact_name, &v, d)) &&
           (words->visible.len == 0 || read_visible(words->visible, words->visible_name, &v, d)) &&
           (!whole || check_keep(words->redact_name, &v, d));
}

bool cli_view_read(const struct cli_view_words *words, const struct policy *p, struct cli_own *own,
                   struct requests_policy *requests, struct cli_view *v, struct diag *d)
{
    bool owned = own->own != NULL;
    struct slice redact = words->redact;
    struct slice visible = words->visible;
    *v = (struct cli_view){.answers = NULL};
    if ((redact.len > 0 && !(read_redact(redact, words->redact_name, v, d) &&
                             check_keep(words->redact_name, v, d))) ||
        (owned && !take_owner(own, visible, v, d)) ||
        (visible.len > 0 && !read_visible(visible, words->visible_name, v, d))) {
        return false;
    }
    if (redact.len == 0 && visible.len == 0 && !owned) {
        return true;
    }
    find_raw(p, &v->raw);
    v->settings.raw = &v->raw;
    if (visible.len > 0) {
        owned_seen(&own->asked);
        v->settings.asked = &own->asked;
    }
    v->answers = answers_policy_new(&v->settings);
    if (v->answers == NULL) {
        return diag_set(d, "no memory for the view");
    }
    return visible.len == 0 || take_view(own, requests, v, d);
}

struct slice cli_view_refusal(const struct cli_view *v, enum operation_id op, struct slice query,
                              struct slice *rule)
{
    struct slice closed = {0};

    *rule = SLICE("view");
    if (op < OPERATION_COUNT && v->own != NULL) {
        closed = owned_refusal(v->own, op, !requests_may_be_empty(op));
        *rule = closed.len > 0 ? owned_rule(v->own) : *rule;
    }
    return closed.len > 0 || v->answers == NULL ? closed : answers_refusal(v->answers, op, query);
}

void cli_view_narrow(const struct cli_view *v, struct operation_set *set)
{
    for (size_t i = 0; v->answers != NULL && i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        struct slice rule;
        if (cli_view_refusal(v, op, SLICE(""), &rule).len > 0) {
            operation_set_remove(set, op);
        }
    }
}

void cli_view_free(struct cli_view *v)
{
    answers_policy_free(v->answers);
    v->answers = NULL;
}
