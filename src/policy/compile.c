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
    d->compile(&in, p, notes);
    if (p->dialect.open) {
        narrow(&values, p, notes);
    }
    return close_on_error(p, notes);
}
