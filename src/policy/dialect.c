/* The table of dialects, their vocabularies, and how one is found out from the variables that are
 * there: each word excludes those who don't know it. */
#include "policy/dialect.h"

#include "policy/cetusguard.h"
#include "policy/compile.h"
#include "policy/haproxy.h"
#include "policy/mjmccans.h"
#include "policy/wollomatic.h"

#include <assert.h>

static const struct dialect dialects[DIALECT_COUNT] = {
#define DIALECT(id, name, kind, prefix, compile, granted_by)                                       \
    {SLICE_INIT(name), DIALECT_##kind, SLICE_INIT(prefix), compile, granted_by},
#include "policy/dialect.def"
#undef DIALECT
};

/* The columns of vocabulary.def: the dialects of options, which come first. */
#define VOCABULARIES (DIALECT_LINUXSERVER + 1)

enum known {
    KNOWN_NO,
    KNOWN_OFF,
    KNOWN_ON,
};

static const uint8_t vocabulary[OPTION_COUNT][VOCABULARIES] = {
#define VOCABULARY(name, m, t, f, l) [OPTION_##name] = {KNOWN_##m, KNOWN_##t, KNOWN_##f, KNOWN_##l},
#include "policy/vocabulary.def"
#undef VOCABULARY
};

/* Options that mean nothing but what other families' proxies made of them. */
static const bool words[OPTION_COUNT] = {
#define OPTION_WORD(name, sentence) [OPTION_##name] = true,
#include "policy/words.def"
#undef OPTION_WORD
};

const struct dialect *dialect_get(enum dialect_id dialect)
{
    assert(dialect < DIALECT_COUNT);
    return &dialects[dialect];
}

enum dialect_id dialect_find(struct slice name)
{
    size_t i = 0;
    while (i < DIALECT_COUNT && !slice_equal_nocase(name, dialects[i].name)) {
        i++;
    }
    return (enum dialect_id)i;
}

bool dialect_has_word(enum dialect_id dialect, option_id option)
{
    return option < OPTION_COUNT && dialect < VOCABULARIES &&
           vocabulary[option][dialect] != KNOWN_NO;
}

bool dialect_knows(enum dialect_id dialect, option_id option)
{
    return option < OPTION_COUNT && dialect < VOCABULARIES &&
           (!words[option] || vocabulary[option][dialect] != KNOWN_NO);
}

bool dialect_default(enum dialect_id dialect, option_id option)
{
    return option < OPTION_COUNT && dialect < VOCABULARIES &&
           vocabulary[option][dialect] == KNOWN_ON;
}

/* As haproxy reads a boolean: the number that the value begins with, which is on unless it is 0. */
static bool leading_number(struct slice value)
{
    size_t sign = value.len != 0 && (value.at[0] == '+' || value.at[0] == '-') ? 1 : 0;
    for (size_t i = sign; i < value.len && value.at[i] >= '0' && value.at[i] <= '9'; i++) {
        if (value.at[i] != '0') {
            return true;
        }
    }
    return false;
}

enum dialect_switch dialect_read_switch(enum dialect_id dialect, struct slice value)
{
    bool on;
    bool word = option_read_switch(value, &on);
    bool haproxy = dialect != DIALECT_MJMCCANS;
    if (word && on) {
        bool one = slice_equal(value, SLICE("1"));
        return haproxy && !one ? DIALECT_SWITCH_WORD : DIALECT_SWITCH_ON;
    }
    if (word) {
        return DIALECT_SWITCH_OFF;
    }
    if (!haproxy) {
        return DIALECT_SWITCH_BAD;
    }
    if (leading_number(value)) {
        return DIALECT_SWITCH_ON;
    }
    return value.len == 0 ? DIALECT_SWITCH_OFF : DIALECT_SWITCH_ODD;
}

void dialect_put_granted(enum dialect_id dialect, enum operation_id op, struct buf *out)
{
    if (dialect_get(dialect)->granted != NULL) {
        dialect_get(dialect)->granted(dialect, op, out);
    }
}

/* What is left of the dialects, and by whose word. */
struct search {
    bool may[DIALECT_COUNT];
    size_t left;
    bool foreign;         /* a word that only other families have was among them */
    struct slice because; /* the word that excluded others last */
    struct slice also;    /* and the one before, if it excluded a dialect of options */
};

static void search_note(struct search *s, const bool *knows, struct slice word,
                        struct dialect_found *found)
{
    size_t left = 0;
    for (size_t i = 0; i < DIALECT_COUNT; i++) {
        left += s->may[i] && knows[i] ? 1 : 0;
    }
    if (left == 0 && found->against.len == 0) {
        found->because = s->because;
        found->against = word;
    } else if (left != 0 && left < s->left) {
        s->also = s->left < VOCABULARIES ? s->because : SLICE("");
        s->because = word;
        s->left = left;
        for (size_t i = 0; i < DIALECT_COUNT; i++) {
            s->may[i] = s->may[i] && knows[i];
        }
    }
}

/* A leaf that is switched off takes away one operation, in any dialect. */
static bool says_nothing(const struct policy_variable *v, option_id option)
{
    enum dialect_switch s = dialect_read_switch(DIALECT_TECNATIVA, v->value);
    return !words[option] && (s == DIALECT_SWITCH_OFF || s == DIALECT_SWITCH_ODD);
}

static void search_option(struct search *s, const struct policy_variable *v,
                          struct dialect_found *found)
{
    option_id option = option_find(v->name);
    if (option == OPTION_NONE || says_nothing(v, option)) {
        return;
    }
    bool knows[DIALECT_COUNT] = {false};
    bool known = false;
    for (size_t i = 0; i < VOCABULARIES; i++) {
        knows[i] = vocabulary[option][i] != KNOWN_NO;
        known = known || knows[i];
    }
    s->foreign = s->foreign || words[option];
    if (known) {
        search_note(s, knows, option_name(option), found);
    }
}

static bool search_prefix(struct search *s, const struct policy_variable *v,
                          struct dialect_found *found)
{
    for (size_t i = 0; i < DIALECT_COUNT; i++) {
        const struct dialect *d = &dialects[i];
        if (d->prefix.len != 0 && v->name.len > d->prefix.len &&
            slice_starts_with(v->name, d->prefix)) {
            bool knows[DIALECT_COUNT] = {false};
            knows[i] = true;
            search_note(s, knows, d->prefix, found);
            return true;
        }
    }
    return false;
}

/* What is taken where words leave more than one: the first of these. */
static enum dialect_id search_first(const struct search *s)
{
    size_t i = 0;
    while (i < DIALECT_COUNT && !s->may[i]) {
        i++;
    }
    return (enum dialect_id)i;
}

static bool detect_named(const struct policy_variable *variables, size_t n,
                         struct dialect_found *found)
{
    for (size_t i = n; i > 0; i--) {
        const struct policy_variable *v = &variables[i - 1];
        if (slice_equal(v->name, SLICE("DOCKGATE_DIALECT"))) {
            if (v->value.len == 0) {
                return false;
            }
            found->dialect = dialect_find(v->value);
            found->because = SLICE("DOCKGATE_DIALECT");
            return true;
        }
    }
    return false;
}

void dialect_detect(const struct policy_variable *variables, size_t n, struct dialect_found *found)
{
    *found = (struct dialect_found){.dialect = DIALECT_NONE};
    if (detect_named(variables, n, found)) {
        return;
    }
    struct search s = {.left = DIALECT_COUNT};
    bool prefixed = false;
    for (size_t i = 0; i < DIALECT_COUNT; i++) {
        s.may[i] = true;
    }
    /* The dialects of rules know no options, and an environment with their variables is theirs. */
    for (size_t i = 0; i < n; i++) {
        prefixed = search_prefix(&s, &variables[i], found) || prefixed;
    }
    for (size_t i = 0; i < n && !prefixed; i++) {
        search_option(&s, &variables[i], found);
    }
    if (found->against.len != 0 && !prefixed && !s.foreign) {
        *found =
            (struct dialect_found){.dialect = DIALECT_MJMCCANS}; /* its options are all of ours */
        return;
    }
    if (found->against.len != 0) {
        return;
    }
    found->dialect = search_first(&s);
    found->open = s.may[DIALECT_MJMCCANS] && s.may[DIALECT_TECNATIVA];
    found->because = found->open ? SLICE("") : s.because;
    found->also = s.also;
}

void dialect_put_reason(const struct dialect_found *found, struct buf *out)
{
    struct slice because = found->because;
    if (because.len == 0) {
        return;
    }
    buf_put(out, SLICE(", because "));
    if (found->also.len != 0) {
        buf_put(out, found->also);
        buf_put(out, SLICE(" and "));
    }
    buf_put(out, because);
    buf_put(out, because.at[because.len - 1] == '_' ? SLICE("…") : SLICE(""));
    buf_put(out, found->also.len != 0 ? SLICE(" are set") : SLICE(" is set"));
}
