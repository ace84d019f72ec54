/* The command check: is the configuration right, what does it allow, and what does that come to?
 * Everything that the gate would refuse to start on is named, all at once. */
#include "cli/check.h"

#include <stdio.h>

#include "base/limits.h"
#include "cli/advice.h"
#include "cli/command.h"
#include "cli/convert.h"
#include "cli/effective.h"

bool check_is_missing(const struct check *c, enum operation_id op)
{
    return operation_set_has(&c->wanted, op) && !operation_set_has(&c->sure, op);
}

/* Whether it comes along with the own option of an operation that is needed, as the old names of
 * calls do: nobody could say less. */
static bool comes_along(const struct check *c, enum operation_id op)
{
    option_id by = c->load->policy.decided_by[op];
    for (size_t i = 0; c->load->policy.rules == NULL && i < OPERATION_COUNT; i++) {
        enum operation_id other = (enum operation_id)i;
        if (operation_set_has(&c->wanted, other) && option_leaf(other) == by) {
            return true;
        }
    }
    return false;
}

bool check_is_extra(const struct check *c, enum operation_id op)
{
    return operation_set_has(&c->allowed, op) && !operation_set_has(&c->wanted, op) &&
           !operation_set_has(&c->usual, op) && !comes_along(c, op);
}

/* What is granted for some names, by the first of the rules that do so. */
static struct slice decider_of(const struct policy *p, enum operation_id op)
{
    for (size_t i = 0; p->names != NULL && i < p->names->n; i++) {
        if (p->names->at[i].operation == op && !operation_set_has(&p->allowed, op)) {
            return p->names->at[i].text;
        }
    }
    return policy_decided_by(p, op);
}

struct slice check_decider(const struct check *c, enum operation_id op)
{
    return c->load->policy.rules != NULL ? SLICE("a rule") : decider_of(&c->load->policy, op);
}

static void warn(struct check *c, const struct buf *text)
{
    struct slice part = buf_slice(text);
    policy_note_add(&c->notes, NOTE_WARNING, &part, 1);
}

/* As good as root is what nobody should have without knowing. */
static void warn_of_abilities(struct check *c)
{
    for (size_t i = 0; i < c->nabilities; i++) {
        const struct check_ability *a = &c->ability[i];
        char storage[CHECK_BY_MAX * 2];
        struct buf text;
        if (a->grade == ABILITY_ROOT) {
            buf_init(&text, storage, sizeof(storage));
            buf_putf(&text, "%.*s: a client can %.*s", (int)a->by_len, a->by, (int)a->text.len,
                     a->text.at);
            warn(c, &text);
        }
    }
}

/* Words that open a method of all sections at once. */
static void warn_of_methods(struct check *c)
{
    static const option_id words[] = {OPTION_POST, OPTION_DELETE};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        char storage[512];
        struct buf text;
        struct slice name = option_name(words[i]);
        size_t n = advice_opened_by(c->load->variables.list, &c->load->policy, words[i]);
        if (n > 1) {
            buf_init(&text, storage, sizeof(storage));
            buf_putf(&text,
                     "%.*s=1 opens %zu operations at once; dockgate has an option for each of them",
                     (int)name.len, name.at, n);
            warn(c, &text);
        }
    }
}

/* What stands for a missing operation: its own option, or itself where options say nothing. */
static void put_missing(const struct check *c, enum operation_id op, struct buf *out)
{
    const struct operation *o = operation_get(op);
    if (c->load->policy.rules == NULL) {
        buf_put(out, option_name(option_leaf(op)));
    } else {
        buf_putf(out, "%.*s %.*s", (int)o->method.len, o->method.at, (int)o->path.len, o->path.at);
    }
}

static void put_extra(const struct check *c, enum operation_id op, struct buf *out)
{
    buf_put(out, check_decider(c, op));
}

/* Whether an operation before this one has been told in the same words. */
static bool is_told_before(const struct check *c, enum operation_id op, bool leaves,
                           bool (*is)(const struct check *c, enum operation_id op))
{
    for (size_t i = 0; i < op; i++) {
        enum operation_id other = (enum operation_id)i;
        bool same = leaves ? option_leaf(other) == option_leaf(op)
                           : slice_equal(check_decider(c, other), check_decider(c, op));
        if (same && is(c, other)) {
            return true;
        }
    }
    return false;
}

static void warn_of_preset(struct check *c, const char *what, bool leaves,
                           bool (*is)(const struct check *c, enum operation_id op),
                           void (*put)(const struct check *c, enum operation_id op,
                                       struct buf *out))
{
    char storage[NOTES_TEXT / 4];
    struct buf text;
    bool any = false;
    buf_init(&text, storage, sizeof(storage));
    buf_putf(&text, "%s", what);
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        if (is(c, op) && !is_told_before(c, op, leaves, is)) {
            buf_put(&text, any ? SLICE(", ") : SLICE(" "));
            put(c, op, &text);
            any = true;
        }
    }
    if (any) {
        warn(c, &text);
    }
}

/* What the dialect allows without any option: no reason to say that a client needs less. */
static void find_usual(struct check *c)
{
    static struct policy_notes notes;
    static struct policy usual;
    char text[64];
    char *const dialect[] = {text, NULL};
    struct slice name = dialect_get(c->load->policy.dialect.dialect)->name;
    (void)snprintf(text, sizeof(text), "DOCKGATE_DIALECT=%.*s", (int)name.len, name.at);
    (void)cli_load_policy(dialect, &usual, &notes);
    c->usual = usual.allowed;
    policy_fini(&usual);
}

static bool read_presets(struct check *c)
{
    const char *names = c->load->variables.flag[FLAG_CHECK_PRESET];
    struct slice wrong = {NULL, 0};
    if (names == NULL) {
        return true;
    }
    enum preset_list_result result = preset_list_read(slice_from_text(names), &c->presets, &wrong);
    if (result == PRESET_LIST_UNKNOWN) {
        struct slice nearest = preset_nearest(wrong);
        fprintf(stderr, "dockgate: --preset: there is no preset \"%.*s\"; the nearest is %.*s\n",
                (int)(wrong.len < PRESET_NAME_MAX ? wrong.len : PRESET_NAME_MAX), wrong.at,
                (int)nearest.len, nearest.len == 0 ? "" : nearest.at);
    } else if (result != PRESET_LIST_OK) {
        fprintf(stderr, "dockgate: --preset: %s\n",
                result == PRESET_LIST_EMPTY ? "name one preset, or several with commas"
                                            : "these are too many presets");
    }
    for (size_t i = 0; i < c->presets.n; i++) {
        struct operation_set set = preset_operations(c->presets.at[i]);
        for (size_t k = 0; k < OPERATION_SET_WORDS; k++) {
            c->wanted.word[k] |= set.word[k];
        }
    }
    return result == PRESET_LIST_OK;
}

static void find_sets(struct check *c)
{
    static char path[LIMIT_TARGET];
    struct policy_room room = {path, pattern_room_new()};
    struct sample sample;
    policy_sample(&c->load->policy, &room, &sample);
    c->allowed = sample.part;
    c->sure = sample.whole;
    for (size_t i = 0; c->load->policy.names != NULL && i < OPERATION_SET_WORDS; i++) {
        c->allowed.word[i] |= c->load->policy.names->some.word[i];
    }
    for (size_t i = 0; c->load->policy.query != NULL && i < OPERATION_SET_WORDS; i++) {
        c->sure.word[i] &= ~c->load->policy.query->some.word[i];
    }
    if (c->load->seen != NULL) {
        cli_view_narrow(c->load->seen, &c->allowed);
        cli_view_narrow(c->load->seen, &c->sure);
    }
    if (c->load->checked != NULL) {
        reach_narrow(c->load->checked, &c->allowed);
        reach_narrow(c->load->checked, &c->sure);
    }
    pattern_room_free(room.patterns);
}

static int check_loaded(const struct cli_load *load)
{
    static struct check c; /* too large for the stack */
    c = (struct check){.load = load, .all = load->variables.flag[FLAG_CHECK_ALL] != NULL};
    policy_notes_init(&c.notes);
    if (!read_presets(&c)) {
        return 2;
    }
    find_sets(&c);
    check_find_abilities(&c);
    warn_of_abilities(&c);
    if (load->configuration == NULL) {
        find_usual(&c);
        warn_of_methods(&c);
    }
    if (c.presets.n != 0) {
        warn_of_preset(&c, "missing for the preset:", true, check_is_missing, put_missing);
        warn_of_preset(&c, "more than the preset needs:", false, check_is_extra, put_extra);
    }
    if (load->variables.flag[FLAG_CHECK_JSON] != NULL) {
        check_print_json(&c);
    } else {
        check_print_text(&c);
        fflush(stdout);
        cli_print_notes(&c.notes);
    }
    bool strict = load->variables.flag[FLAG_CHECK_STRICT] != NULL;
    return strict && load->notes.nwarnings + c.notes.nwarnings != 0 ? 1 : 0;
}

/* Each policy of the configuration file, or the one that was asked for. */
static int check_policies(struct cli_load *load)
{
    const char *name = load->variables.flag[FLAG_CHECK_POLICY];
    bool one = load->configuration == NULL || name != NULL || load->configuration->npolicies == 1;
    bool json = load->variables.flag[FLAG_CHECK_JSON] != NULL;
    int status = 0;
    if (load->configuration != NULL && name == NULL && !json) {
        check_print_clients(&load->configuration->config);
    }
    if (one || json) {
        return cli_choose_policy(load, name, NULL) ? check_loaded(load) : 2;
    }
    for (size_t i = 0; i < load->configuration->npolicies; i++) {
        cli_take_policy(load, i);
        printf("%s", i == 0 ? "" : "\n");
        int other = check_loaded(load);
        status = other > status ? other : status;
    }
    return status;
}

static int print_effective(const struct cli_load *load)
{
    struct effective e;
    if (load->configuration == NULL) {
        return convert_print_yaml(&load->policy, &load->settings) == 2 ? 2 : 0;
    }
    bool ok =
        effective_of_file(&load->configuration->config, &load->settings, &e) && effective_print(&e);
    effective_free(&e);
    return ok ? 0 : 2;
}

int command_check(int argc, char **argv)
{
    static struct cli_load load;
    int status = 2;
    if (!cli_load(COMMAND_CHECK, argc, argv, &load)) {
        status = 2;
    } else if (load.variables.help) {
        command_print_help(COMMAND_CHECK, stdout);
        status = 0;
    } else if (load.variables.nwords != 0) {
        status = command_takes_no(COMMAND_CHECK, load.variables.words[0]);
    } else if (load.variables.flag[FLAG_CHECK_PRINT] != NULL) {
        status = print_effective(&load);
    } else if (load.configuration != NULL || cli_load_view(&load)) {
        status = check_policies(&load);
    }
    cli_load_free(&load);
    return status;
}
