/* From variables to a policy, in three steps: find out the dialect, read the options in its words,
 * let it say what they mean. All dialects fill the same structure. */
#include "policy/compile.h"

#include "policy/haproxy.h"
#include "policy/values.h"

static void note(struct policy_notes *notes, struct slice a, struct slice b, struct slice c,
                 struct slice d, struct slice e)
{
    struct slice parts[] = {a, b, c, d, e};
    policy_note_add(notes, NOTE_ERROR, parts, sizeof(parts) / sizeof(parts[0]));
}

/* Every dialect by name, for a remedy. */
static void put_names(struct buf *out)
{
    for (size_t i = 0; i < DIALECT_COUNT; i++) {
        buf_put(out, i == 0 ? SLICE("") : SLICE("|"));
        buf_put(out, dialect_get((enum dialect_id)i)->name);
    }
}

static void note_no_dialect(const struct dialect_found *found, struct slice named,
                            struct policy_notes *notes)
{
    char text[128];
    struct buf names;
    buf_init(&names, text, sizeof(text));
    put_names(&names);
    if (found->against.len != 0) {
        note(notes, SLICE(""), found->because, SLICE(" and "), found->against,
             SLICE(" are words of different dialects: DOCKGATE_DIALECT must say which one is "
                   "meant"));
    } else {
        note(notes, SLICE("DOCKGATE_DIALECT="), named, SLICE(": accepted is "), buf_slice(&names),
             SLICE(""));
    }
}

static struct slice last_value(const struct policy_variable *variables, size_t n, struct slice name)
{
    for (size_t i = n; i > 0; i--) {
        if (slice_equal(variables[i - 1].name, name)) {
            return variables[i - 1].value;
        }
    }
    return SLICE("");
}

/* Where nothing says whether the words are mjmccans' or Tecnativa's, what only mjmccans would grant
 * is not granted: EXEC, NODES and their like let their POSTs pass there without a switch. */
static void narrow(const struct option_values *values, struct policy *p, struct policy_notes *notes)
{
    bool noted[OPTION_COUNT] = {false};
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        option_id by = p->decided_by[op];
        if (!operation_set_has(&p->allowed, op) || by >= OPTION_COUNT ||
            values->state[by] != OPTION_ON || haproxy_allows(DIALECT_TECNATIVA, values, op)) {
            continue;
        }
        operation_set_remove(&p->allowed, op);
        p->decided_by[op] = option_leaf(op) == by ? OPTION_POST : option_leaf(op);
        if (!noted[by]) {
            struct slice parts[] = {
                SLICE(""), option_name(by),
                SLICE("=1 lets nothing be changed, as Tecnativa's does without POST, since no "
                      "variable tells "
                      "its meaning from mjmccans'; DOCKGATE_DIALECT=mjmccans lets it")};
            policy_note_add(notes, NOTE_WARNING, parts, 3);
            noted[by] = true;
        }
    }
}

/* The presets that DOCKGATE_PRESET names; none where it is not set. */
static void read_presets(const struct policy_variable *variables, size_t n,
                         struct preset_list *list, struct policy_notes *notes)
{
    static const struct slice variable = SLICE_INIT("DOCKGATE_PRESET");
    struct slice value = last_value(variables, n, variable);
    struct slice wrong;
    *list = (struct preset_list){.n = 0};
    if (value.len == 0) {
        return;
    }
    switch (preset_list_read(value, list, &wrong)) {
    case PRESET_LIST_OK:
        break;
    case PRESET_LIST_EMPTY:
        note(notes, variable, SLICE(""), SLICE("=\""), value, SLICE("\" names no preset"));
        break;
    case PRESET_LIST_LONG:
        note(notes, variable, SLICE(""), SLICE(" names more presets than can be"), SLICE(""),
             SLICE(""));
        break;
    case PRESET_LIST_UNKNOWN: {
        struct slice nearest = preset_nearest(wrong);
        struct slice parts[] = {
            variable,
            SLICE(""),
            SLICE("=\""),
            wrong,
            nearest.len == 0 ? SLICE("\" names no preset")
                             : SLICE("\" names no preset; the nearest is "),
            nearest,
            SLICE(" (dockgate preset lists them)"),
        };
        policy_note_add(notes, NOTE_ERROR, parts, sizeof(parts) / sizeof(parts[0]));
        break;
    }
    }
}

/* A short name may stand for less than somebody thought. */
static void remark_short_names(struct slice value, const struct preset_list *list,
                               struct policy_notes *notes)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct preset *p = list->at[i];
        if (p->alias.len != 0 && preset_list_has_word(value, p->alias)) {
            struct slice parts[] = {SLICE("the preset "), p->alias, SLICE(" is "), p->name,
                                    SLICE(", the narrowest of that client's")};
            policy_note_add(notes, NOTE_REMARK, parts, sizeof(parts) / sizeof(parts[0]));
        }
    }
}

static void name_presets(struct policy *p, const struct preset_list *list)
{
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        if (operation_set_has(&p->allowed, op) && p->decided_by[op] == OPTION_NONE) {
            p->preset_of[op] = preset_list_grants(list, op);
        }
    }
}

static void compile_dialect(const struct dialect *d, struct dialect_input *in,
                            const struct preset_list *presets, struct policy *p,
                            struct policy_notes *notes)
{
    struct operation_set base = preset_list_operations(presets);
    if (presets->n != 0 && d->kind == DIALECT_RULES) {
        note(notes, SLICE("DOCKGATE_PRESET goes with options; the dialect "), d->name,
             SLICE(" has rules of its own"), SLICE(""), SLICE(""));
        return;
    }
    in->base = presets->n != 0 ? &base : NULL;
    in->base_option = OPTION_NONE;
    d->compile(in, p, notes);
    if (p->dialect.open) {
        narrow(in->values, p, notes);
    }
    name_presets(p, presets);
}

static bool close_on_error(struct policy *p, const struct policy_notes *notes)
{
    if (notes->nerrors != 0) {
        p->allowed = (struct operation_set){{0}};
        policy_fini(p);
    }
    return notes->nerrors == 0;
}

bool policy_compile(const struct policy_variable *variables, size_t n,
                    const struct policy_known *known, struct policy *p, struct policy_notes *notes)
{
    struct option_values values;
    policy_notes_init(notes);
    *p = (struct policy){.descriptive_errors = false};
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        p->decided_by[i] = OPTION_NONE;
    }
    dialect_detect(variables, n, &p->dialect);
    if (p->dialect.dialect == DIALECT_NONE) {
        note_no_dialect(&p->dialect, last_value(variables, n, SLICE("DOCKGATE_DIALECT")), notes);
        return false;
    }
    const struct dialect *d = dialect_get(p->dialect.dialect);
    if (d->compile == NULL) {
        note(notes, SLICE("the dialect "), d->name, SLICE(", which "), p->dialect.because,
             SLICE(" names, comes with a later version"));
        return false;
    }
    option_values_read(p->dialect.dialect, variables, n, known, &values, notes);
    p->descriptive_errors = values.state[OPTION_DESCRIPTIVE_ERRORS] != OPTION_OFF;
    struct dialect_input in = {
        .dialect = p->dialect.dialect, .variables = variables, .n = n, .values = &values};
    struct preset_list presets;
    read_presets(variables, n, &presets, notes);
    remark_short_names(last_value(variables, n, SLICE("DOCKGATE_PRESET")), &presets, notes);
    compile_dialect(d, &in, &presets, p, notes);
    return close_on_error(p, notes);
}
