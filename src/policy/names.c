/* Rules on names: the set of operations is asked first, so that others pay nothing. Of the rules
 * those are tried whose letters before their first star or `?`, or behind their last one, the name
 * begins or ends with. They are found by a hash of the operation and these letters, in one pass
 * over the name from either side, however many others there are. */
#include "policy/names.h"

#include "policy/glob.h"

#include <stdint.h>

/* As many labels are told. */
#define SHOWN 4

/* Where in a name the letters stand by which a rule is found. */
enum place { PLACE_BEGIN, PLACE_WHOLE, PLACE_END, PLACE_NOWHERE, PLACE_LABEL };

struct name_index {
    uint32_t *first; /* for each hash: the first rule of its chain, counted from 1; 0: none */
    uint32_t *next;  /* for each rule: the next in its chain, which stands behind it in the list */
    unsigned bits;   /* of a hash */
    size_t longest[2];         /* letters that a pass looks at: from the begin, from the end */
    bool begins[GLOB_MAX + 1]; /* whether some rule begins with so many letters */
    bool ends[GLOB_MAX + 1];
};

static bool fits(const struct name_rule *rule, const struct api_match *m)
{
    for (size_t i = 0; i < 2; i++) {
        if (rule->glob[i].at != NULL && !glob_match(rule->glob[i], m->names[i])) {
            return false;
        }
    }
    return true;
}

/* FNV-1a. */
static uint32_t hash_byte(uint32_t hash, unsigned byte)
{
    return (hash ^ byte) * 16777619U;
}

static uint32_t hash_operation(enum operation_id op)
{
    return hash_byte(hash_byte(2166136261U, op & 0xffU), (unsigned)op >> 8U);
}

static size_t slot_of(const struct name_index *x, uint32_t hash, enum place place)
{
    return hash_byte(hash, place) * 2654435769U >> (32U - x->bits);
}

/* The letters by which a rule is found: the more there are, the fewer rules share them. */
static struct slice letters_of(const struct name_rule *rule, enum place *place)
{
    struct slice glob = rule->glob[0];
    size_t begin = glob_begin(glob);
    size_t end = glob_end(glob);

    if (rule->label.len > 0) {
        *place = PLACE_LABEL;
        return slice_of(NULL, 0);
    }
    if (glob.at == NULL || (begin == 0 && end == 0)) {
        *place = PLACE_NOWHERE;
        return slice_of(NULL, 0);
    }
    if (begin < end) {
        *place = PLACE_END;
        return slice_sub(glob, glob.len - end, end);
    }
    *place = begin == glob.len ? PLACE_WHOLE : PLACE_BEGIN;
    return slice_sub(glob, 0, begin);
}

/* Puts a rule before those of its chain that are there. */
static void add_rule(struct name_index *x, const struct name_rule *rules, size_t i)
{
    enum place place;
    struct slice letters = letters_of(&rules[i], &place);
    bool backwards = place == PLACE_END;
    uint32_t hash = hash_operation(rules[i].operation);

    for (size_t k = 0; k < letters.len; k++) {
        hash = hash_byte(hash, (uint8_t)letters.at[backwards ? letters.len - 1 - k : k]);
    }
    x->begins[letters.len] |= place == PLACE_BEGIN;
    x->ends[letters.len] |= place == PLACE_END;
    size_t *longest = &x->longest[backwards];
    *longest = letters.len > *longest ? letters.len : *longest;
    uint32_t *first = &x->first[slot_of(x, hash, place)];
    x->next[i] = *first;
    *first = (uint32_t)i + 1;
}

bool name_rules_seal(struct name_rules *rules, struct arena *a)
{
    struct name_index *x = arena_take(a, sizeof(*x));

    if (x == NULL) {
        return false;
    }
    for (x->bits = 3; (size_t)1 << x->bits < 2 * rules->n; x->bits++) {
    }
    x->first = arena_take(a, sizeof(*x->first) << x->bits);
    x->next = arena_take(a, (rules->n + 1) * sizeof(*x->next));
    if (x->first == NULL || x->next == NULL) {
        return false;
    }
    for (size_t i = rules->n; i-- > 0;) {
        add_rule(x, rules->at, i);
    }
    rules->index = x;
    return true;
}

/* The first rule that grants what was matched, as far as was looked. */
struct search {
    const struct name_rules *rules;
    const struct api_match *match;
    size_t best;
};

static void try_chain(struct search *s, uint32_t hash, enum place place)
{
    const struct name_index *x = s->rules->index;

    for (size_t i = x->first[slot_of(x, hash, place)]; i > 0 && i <= s->best; i = x->next[i - 1]) {
        const struct name_rule *rule = &s->rules->at[i - 1];
        bool is_labelled = rule->label.len > 0;
        if (rule->operation == s->match->operation && is_labelled == (place == PLACE_LABEL) &&
            (is_labelled || fits(rule, s->match))) {
            s->best = i - 1;
            return;
        }
    }
}

static void try_name(struct search *s, struct slice name, uint32_t seed)
{
    const struct name_index *x = s->rules->index;
    uint32_t hash = seed;

    for (size_t i = 0; i < name.len && i < x->longest[0]; i++) {
        hash = hash_byte(hash, (uint8_t)name.at[i]);
        if (x->begins[i + 1]) {
            try_chain(s, hash, PLACE_BEGIN);
        }
    }
    if (name.len <= x->longest[0]) {
        try_chain(s, hash, PLACE_WHOLE);
    }
    hash = seed;
    for (size_t i = 0; i < name.len && i < x->longest[1]; i++) {
        hash = hash_byte(hash, (uint8_t)name.at[name.len - 1 - i]);
        if (x->ends[i + 1]) {
            try_chain(s, hash, PLACE_END);
        }
    }
}

const struct name_rule *name_rules_find(const struct name_rules *rules, const struct api_match *m)
{
    struct search s = {rules, m, rules->n};
    uint32_t seed = hash_operation(m->operation);

    if (!operation_set_has(&rules->some, m->operation)) {
        return NULL;
    }
    try_chain(&s, seed, PLACE_NOWHERE);
    try_name(&s, m->names[0], seed);
    if (s.best == rules->n) {
        try_chain(&s, seed, PLACE_LABEL);
    }
    return s.best < rules->n ? &rules->at[s.best] : NULL;
}

void name_rule_put_labels(const struct name_rule *rule, struct buf *out)
{
    for (size_t n = 0; rule != NULL && n <= SHOWN; n++, rule = rule->next) {
        (void)(buf_put(out, n == 0 ? SLICE("") : SLICE(" or ")) &&
               buf_put(out, n < SHOWN ? SLICE("label ") : SLICE("others")) &&
               buf_put(out, n < SHOWN ? rule->label : SLICE("")));
    }
}
