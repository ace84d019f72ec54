/* Conversion by trial: candidates are compiled as any configuration is, and kept only if what they
 * grant lies within what is wanted. So it can't be wider, whatever a dialect means by its words. */
#include "policy/convert.h"

#include "policy/compile.h"
#include "policy/rule_write.h"
#include "policy/sample.h"
#include "policy/smallest.h"

/* A variable a method, and those that say how they are read. */
#define RULE_VARIABLES_MAX 10

/* Words that grant nothing by themselves and open whole methods of others: tried on and off. */
static const option_id method_words[] = {OPTION_POST, OPTION_DELETE};
#define NMETHOD_WORDS (sizeof(method_words) / sizeof(method_words[0]))

static size_t count(const struct operation_set *s)
{
    size_t n = 0;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        n += operation_set_has(s, (enum operation_id)i) ? 1 : 0;
    }
    return n;
}

static bool is_within(const struct operation_set *s, const struct operation_set *wanted)
{
    for (size_t i = 0; i < OPERATION_SET_WORDS; i++) {
        if ((s->word[i] & ~wanted->word[i]) != 0) {
            return false;
        }
    }
    return true;
}

/* What the states grant; nothing where they can't be compiled. `named`: the dialect is said. */
static struct operation_set grants(const struct conversion *c, bool named)
{
    static struct policy_notes notes;
    static struct policy policy;
    struct policy_variable variables[OPTION_VARIABLES_MAX];
    size_t n = option_values_write(c->state, named ? c->dialect : DIALECT_NONE, variables);
    (void)policy_compile(variables, n, &(struct policy_known){NULL, 0}, &policy, &notes);
    struct operation_set allowed = policy.allowed;
    policy_fini(&policy);
    return allowed;
}

static void compile(struct conversion *c)
{
    c->allowed = grants(c, true);
}

void convert_to_leaves(const struct operation_set *wanted, struct conversion *c)
{
    *c = (struct conversion){.dialect = DIALECT_MJMCCANS};
    smallest_options(wanted, SMALLEST_WITHIN, c->state);
    compile(c);
}

/* Turns words on, one after the other, as long as each adds something and nothing too much. Those
 * that add nothing yet may do so after others, so there are several rounds. */
static void add_words(const struct operation_set *wanted, struct conversion *c)
{
    size_t before;
    compile(c);
    do {
        before = count(&c->allowed);
        for (size_t i = 0; i < OPTION_COUNT; i++) {
            struct conversion next = *c;
            if (c->state[i] == OPTION_ON || !dialect_has_word(c->dialect, (option_id)i)) {
                continue;
            }
            next.state[i] = OPTION_ON;
            compile(&next);
            if (is_within(&next.allowed, wanted) && count(&next.allowed) > count(&c->allowed)) {
                *c = next;
            }
        }
    } while (count(&c->allowed) > before);
}

/* Drops words that turned out to add nothing beside others. */
static void drop_words(struct conversion *c)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        struct conversion without = *c;
        without.state[i] = OPTION_UNSET;
        if (c->state[i] == OPTION_ON) {
            compile(&without);
            *c = is_within(&c->allowed, &without.allowed) ? without : *c;
        }
    }
}

/* A word that is on by default and not wanted has to be turned off. */
static void close_defaults(const struct operation_set *wanted, struct conversion *c)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        option_id option = (option_id)i;
        if (!dialect_has_word(c->dialect, option) || !dialect_default(c->dialect, option) ||
            option == OPTION_DESCRIPTIVE_ERRORS) {
            continue;
        }
        struct conversion without = *c;
        without.state[i] = OPTION_OFF;
        compile(c);
        compile(&without);
        for (size_t k = 0; k < OPERATION_SET_WORDS; k++) {
            uint64_t gained = c->allowed.word[k] & ~without.allowed.word[k];
            if ((gained & ~wanted->word[k]) != 0) {
                c->state[i] = OPTION_OFF;
            }
        }
    }
}

void convert_to_words(enum dialect_id dialect, const struct operation_set *wanted,
                      struct conversion *c)
{
    struct conversion start = {.dialect = dialect};
    close_defaults(wanted, &start);
    compile(&start);
    *c = start;
    for (unsigned methods = 0; methods < 1U << NMETHOD_WORDS; methods++) {
        struct conversion one = start;
        bool known = true;
        for (unsigned i = 0; i < NMETHOD_WORDS; i++) {
            if ((methods >> i & 1U) != 0) {
                known = known && dialect_has_word(dialect, method_words[i]);
                one.state[method_words[i]] = OPTION_ON;
            }
        }
        if (!known) {
            continue;
        }
        add_words(wanted, &one);
        /* With more methods open fewer sections may be on: whatever grants most wins. */
        if (is_within(&one.allowed, wanted) &&
            (methods == 0 || count(&one.allowed) > count(&c->allowed))) {
            *c = one;
        }
    }
    drop_words(c);
}

bool convert_needs_dialect(const struct conversion *c)
{
    struct operation_set unnamed = grants(c, false);
    return !is_within(&unnamed, &c->allowed) || !is_within(&c->allowed, &unnamed);
}

/* The variables that rules are read from. */
static size_t rule_variables(enum dialect_id dialect, struct slice text,
                             struct policy_variable *variables)
{
    struct slice line;
    size_t n = 0;

    variables[n++] =
        (struct policy_variable){SLICE("DOCKGATE_DIALECT"), dialect_get(dialect)->name};
    if (dialect == DIALECT_CETUSGUARD) {
        variables[n++] =
            (struct policy_variable){SLICE("CETUSGUARD_NO_BUILTIN_RULES"), SLICE("true")};
        variables[n++] = (struct policy_variable){SLICE("CETUSGUARD_RULES"), text};
        return n;
    }
    while (n < RULE_VARIABLES_MAX && slice_next(&text, '\n', &line)) {
        size_t at = slice_find(line, '=');

        if (at < line.len) {
            variables[n++] =
                (struct policy_variable){slice_sub(line, 0, at), slice_sub(line, at + 1, line.len)};
        }
    }
    return n;
}

/* Whether the rules of `said` grant nothing beyond `wanted`. */
static bool rules_fit(enum dialect_id dialect, const struct operation_set *said,
                      const struct operation_set *wanted, struct policy_room *room,
                      struct buf *text, struct operation_set *allowed)
{
    static struct policy_notes notes;
    struct policy_variable variables[RULE_VARIABLES_MAX];
    struct policy policy;
    struct sample sample;

    buf_init(text, text->at, text->max);
    rule_write_all(dialect, said, text);
    size_t n = rule_variables(dialect, buf_slice(text), variables);
    bool ok = policy_compile(variables, n, &(struct policy_known){NULL, 0}, &policy, &notes);
    policy_sample(&policy, room, &sample);
    policy_fini(&policy);
    *allowed = sample.whole;
    return ok && !text->full && is_within(&sample.part, wanted);
}

bool convert_to_rules(enum dialect_id dialect, const struct operation_set *wanted,
                      struct policy_room *room, struct buf *text, struct operation_set *allowed)
{
    struct operation_set said = {{0}};

    if (rules_fit(dialect, wanted, wanted, room, text, allowed)) {
        return true;
    }
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        struct operation_set one = {{0}};

        operation_set_add(&one, (enum operation_id)i);
        if (is_within(&one, wanted) && rules_fit(dialect, &one, wanted, room, text, allowed)) {
            operation_set_add(&said, (enum operation_id)i);
        }
    }
    return rules_fit(dialect, &said, wanted, room, text, allowed);
}
