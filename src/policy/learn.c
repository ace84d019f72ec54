/* From what was seen to the smallest policy. What options mean is asked from the dialect, so that
 * nothing here knows it a second time. */
#include "policy/learn.h"

#include "policy/mjmccans.h"
#include "policy/nearest.h"
#include "policy/preset.h"
#include "policy/smallest.h"

void learn_add(struct learn_use *use, uint64_t n, uint64_t first_ms, uint64_t last_ms)
{
    if (n == 0) {
        return;
    }
    if (use->n == 0 || first_ms < use->first_ms) {
        use->first_ms = first_ms;
    }
    if (last_ms > use->last_ms) {
        use->last_ms = last_ms;
    }
    /* A sum that would not fit says enough as it is. */
    use->n = use->n > UINT64_MAX - n ? UINT64_MAX : use->n + n;
}

struct operation_set learn_set(const struct learn *l)
{
    struct operation_set used = {{0}};
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (l->used[i].n > 0) {
            operation_set_add(&used, (enum operation_id)i);
        }
    }
    return used;
}

struct operation_set learn_compile(const uint8_t *state)
{
    struct option_values values = {.strict = false};
    struct policy policy = {.descriptive_errors = false};
    struct policy_notes notes;
    struct dialect_input in = {.dialect = DIALECT_MJMCCANS, .values = &values};
    policy_notes_init(&notes);
    memcpy(values.state, state, sizeof(values.state));
    mjmccans_compile(&in, &policy, &notes);
    return policy.allowed;
}

static struct operation_set minus(const struct operation_set *a, const struct operation_set *b)
{
    struct operation_set rest = {{0}};
    for (size_t i = 0; i < OPERATION_SET_WORDS; i++) {
        rest.word[i] = a->word[i] & ~b->word[i];
    }
    return rest;
}

size_t learn_variables(const struct learn_policy *p, struct policy_variable *variables)
{
    return option_values_write(p->state, p->say_dialect ? DIALECT_MJMCCANS : DIALECT_NONE,
                               variables);
}

/* Whether the variables mean the policy without the name of its dialect. */
static bool is_understood(const struct learn_policy *p)
{
    struct policy_variable variables[LEARN_VARIABLES_MAX];
    struct policy_known known = {NULL, 0};
    struct policy policy;
    struct policy_notes notes;
    size_t n = learn_variables(p, variables);
    bool understood = policy_compile(variables, n, &known, &policy, &notes) &&
                      memcmp(&policy.allowed, &p->allowed, sizeof(p->allowed)) == 0;
    policy_fini(&policy);
    return understood;
}

void learn_smallest(const struct operation_set *used, struct learn_policy *p)
{
    *p = (struct learn_policy){.state = {0}};
    smallest_options(used, SMALLEST_COVERING, p->state);
    p->allowed = learn_compile(p->state);
    p->besides = minus(&p->allowed, used);
    p->say_dialect = !is_understood(p);
}

bool learn_is_below(option_id leaf, option_id option)
{
    while (leaf != OPTION_NONE && leaf != option) {
        leaf = option_parent(leaf);
    }
    return leaf != OPTION_NONE;
}

bool learn_wider(const struct learn_policy *p, option_id section, struct operation_set *adds)
{
    uint8_t state[OPTION_COUNT];
    bool any = false;
    memcpy(state, p->state, sizeof(state));
    if (!option_is_section(section)) {
        return false;
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (i != section && learn_is_below((option_id)i, section)) {
            any = any || state[i] == OPTION_ON;
            state[i] = OPTION_UNSET;
        }
    }
    state[section] = OPTION_ON;
    struct operation_set wide = learn_compile(state);
    *adds = minus(&wide, &p->allowed);
    return any;
}

struct operation_set learn_reads(bool careful)
{
    struct operation_set reads = {{0}};
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        const struct operation *op = operation_get((enum operation_id)i);
        bool read = slice_equal(op->method, SLICE("GET")) || slice_equal(op->method, SLICE("HEAD"));
        if (read && op->kind != OPERATION_UPGRADE &&
            (!careful || op->gives == OPERATION_GIVES_NOTHING)) {
            operation_set_add(&reads, (enum operation_id)i);
        }
    }
    return reads;
}

/* What an option allows when it alone is on, beside the defaults that every client needs. */
static struct operation_set of_option(option_id option)
{
    uint8_t state[OPTION_COUNT] = {OPTION_UNSET};
    state[option] = OPTION_ON;
    return learn_compile(state);
}

static struct operation_set everything(void)
{
    struct operation_set all = {{0}};
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        operation_set_add(&all, (enum operation_id)i);
    }
    return all;
}

/* The set of one word; false for an unknown one. */
static bool word_set(struct slice word, const struct operation_set *configured, bool careful,
                     struct operation_set *set)
{
    option_id option = option_find_flag(word);
    const struct preset *preset = preset_find(word);
    if (slice_equal(word, SLICE("reads"))) {
        *set = learn_reads(careful);
    } else if (slice_equal(word, SLICE("all"))) {
        *set = everything();
    } else if (slice_equal(word, SLICE("configured")) && configured != NULL) {
        *set = *configured;
    } else if (option != OPTION_NONE && dialect_knows(DIALECT_MJMCCANS, option)) {
        *set = of_option(option);
    } else if (preset != NULL) {
        *set = preset_operations(preset);
    } else {
        return false;
    }
    return true;
}

static struct slice nearest_word(struct slice word)
{
    static const struct slice words[] = {SLICE_INIT("reads"), SLICE_INIT("all"),
                                         SLICE_INIT("configured")};
    struct slice best = {NULL, 0};
    size_t distance = NEAREST_FAR;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        nearest_try(word, words[i], &best, &distance);
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (dialect_knows(DIALECT_MJMCCANS, (option_id)i)) {
            nearest_try(word, option_name((option_id)i), &best, &distance);
        }
    }
    nearest_try(word, preset_nearest(word), &best, &distance);
    return best;
}

bool learn_within(struct slice text, const struct operation_set *configured, bool careful,
                  struct operation_set *within, struct slice *wrong, struct slice *nearest)
{
    bool any = false;
    struct slice part;
    struct slice word;
    *within = (struct operation_set){{0}};
    *wrong = (struct slice){NULL, 0};
    *nearest = (struct slice){NULL, 0};
    while (slice_next(&text, ',', &part)) {
        while (slice_next(&part, ' ', &word)) {
            struct operation_set set;
            if (word.len == 0) {
                continue;
            }
            if (!word_set(word, configured, careful, &set)) {
                *wrong = word;
                *nearest = nearest_word(word);
                return false;
            }
            for (size_t i = 0; i < OPERATION_SET_WORDS; i++) {
                within->word[i] |= set.word[i];
            }
            any = true;
        }
    }
    return any;
}
