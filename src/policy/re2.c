/* The reader of RE2 patterns: takes one apart, and writes for PCRE2 only what it has understood.
 * Flags are followed by scope, escapes and classes are spelt out (re2_class.c), groups capture
 * nothing, ^ and $ become the ends of the text. */
#include "policy/re2.h"

#include "base/utf8.h"
#include "policy/re2_class.h"

/* RE2's own bound for counted repeats, nested ones multiplied. */
#define REPEAT_MAX 1000U

/* What stands before a repeat. */
enum item {
    ITEM_NONE,
    ITEM_ATOM,
    ITEM_ASSERTION,
    ITEM_REPEATED,
};

/* A group that is open. */
struct level {
    bool fold;       /* flag i */
    bool dot_all;    /* flag s */
    unsigned weight; /* the most repeats in any of its items */
};

struct re2 {
    struct slice in;
    size_t at;
    struct buf *out;
    struct diag *d;
    struct level level[RE2_DEPTH_MAX + 1];
    size_t depth;
    enum item last;
    unsigned last_weight;
    struct needs *needs;
};

static bool refuse(struct re2 *r, const char *what)
{
    return diag_set(r->d, "at byte %zu of the pattern: %s", r->at + 1, what);
}

static struct slice rest_of(const struct re2 *r)
{
    return slice_sub(r->in, r->at, r->in.len);
}

static bool starts_with(const struct re2 *r, struct slice text)
{
    return slice_starts_with(rest_of(r), text);
}

/* The output ends in an item of that kind and weight. */
static bool ended(struct re2 *r, enum item item, unsigned weight, bool ok)
{
    r->last = item;
    r->last_weight = weight;
    if (weight > r->level[r->depth].weight) {
        r->level[r->depth].weight = weight;
    }
    return ok;
}

static bool put_assertion(struct re2 *r, struct slice spelt)
{
    needs_put_assertion(r->needs);
    return ended(r, ITEM_ASSERTION, 1, buf_put(r->out, spelt));
}

/* A class that is written already, or was to be. */
static bool put_class(struct re2 *r, bool ok)
{
    needs_put_unknown(r->needs);
    return ended(r, ITEM_ATOM, 1, ok);
}

static bool put_literal(struct re2 *r, uint32_t point)
{
    needs_put_point(r->needs, point, r->level[r->depth].fold);
    return ended(r, ITEM_ATOM, 1, re2_class_put_point(r->out, point));
}

/* Constructs behind "(?" and "(" that RE2 does not have, the longer text first. */
static const struct {
    struct slice text;
    const char *what;
} FOREIGN[] = {
    /* clang-format off */
    {SLICE_INIT("(?="),  "a lookahead, which RE2 does not have"},
    {SLICE_INIT("(?!"),  "a negative lookahead, which RE2 does not have"},
    {SLICE_INIT("(?<="), "a lookbehind, which RE2 does not have"},
    {SLICE_INIT("(?<!"), "a negative lookbehind, which RE2 does not have"},
    {SLICE_INIT("(?>"),  "an atomic group, which RE2 does not have"},
    {SLICE_INIT("(?#"),  "a comment, which RE2 does not have"},
    {SLICE_INIT("(?|"),  "a branch reset, which RE2 does not have"},
    {SLICE_INIT("(?P="), "a back reference, which RE2 does not have"},
    {SLICE_INIT("(?P>"), "a call of a group, which RE2 does not have"},
    {SLICE_INIT("(?&"),  "a call of a group, which RE2 does not have"},
    {SLICE_INIT("(?R"),  "a recursion, which RE2 does not have"},
    {SLICE_INIT("(?("),  "a condition, which RE2 does not have"},
    {SLICE_INIT("(?C"),  "a callout, which RE2 does not have"},
    {SLICE_INIT("(?'"),  "a name in quotes, which RE2 does not have"},
    {SLICE_INIT("(?^"),  "a reset of flags, which RE2 does not have"},
    {SLICE_INIT("(*"),   "a verb, which RE2 does not have"},
    /* clang-format on */
};

/* Escapes that RE2 does not have, or that the two read differently. */
static const struct {
    char letter;
    const char *what;
} ESCAPES[] = {
    /* clang-format off */
    {'C', "\\C, which is one byte"},
    {'E', "\\E without its \\Q"},
    {'G', "\\G, which RE2 does not have"},
    {'H', "\\H, which RE2 does not have"},
    {'K', "\\K, which RE2 does not have"},
    {'N', "\\N, which RE2 does not have"},
    {'P', "\\P, a class by Unicode property, which differs between versions of Unicode"},
    {'R', "\\R, which RE2 does not have"},
    {'V', "\\V, which RE2 does not have"},
    {'X', "\\X, which RE2 does not have"},
    {'Z', "\\Z, which RE2 does not have; the end of the text is $ or \\z"},
    {'c', "\\c, which RE2 does not have"},
    {'e', "\\e, which RE2 does not have"},
    {'g', "\\g, which RE2 does not have"},
    {'h', "\\h, which RE2 does not have"},
    {'k', "\\k, a back reference, which RE2 does not have"},
    {'p', "\\p, a class by Unicode property, which differs between versions of Unicode"},
    {'x', "\\x without the digits of a character"},
    /* clang-format on */
};

static bool refuse_escape(struct re2 *r)
{
    struct slice rest = rest_of(r);

    if (rest.len < 2) {
        return refuse(r, "a backslash at the end");
    }
    if (rest.at[1] >= '1' && rest.at[1] <= '9') {
        return refuse(r, "a back reference, which RE2 does not have");
    }
    for (size_t i = 0; i < sizeof(ESCAPES) / sizeof(ESCAPES[0]); i++) {
        if (rest.at[1] == ESCAPES[i].letter) {
            return refuse(r, ESCAPES[i].what);
        }
    }
    return refuse(r, "an escape that RE2 does not have");
}

/* "\Q.*\E": literal text. Without its end it would take in what is put behind the pattern. */
static bool read_quoted(struct re2 *r)
{
    r->at += 2;
    if (r->at == r->in.len || starts_with(r, SLICE("\\E"))) {
        return refuse(r, "an empty quotation");
    }
    while (r->at < r->in.len && !starts_with(r, SLICE("\\E"))) {
        uint32_t point;
        size_t used = utf8_read(rest_of(r), &point);

        if (used == 0) {
            return refuse(r, "bytes that are no UTF-8");
        }
        if (!put_literal(r, point)) {
            return false;
        }
        r->at += used;
    }
    if (r->at == r->in.len) {
        return refuse(r, "a \\Q without its \\E");
    }
    r->at += 2;
    return true;
}

static bool read_escape(struct re2 *r)
{
    struct slice rest = rest_of(r);
    uint32_t point;
    char letter = rest.len > 1 ? rest.at[1] : '\0';

    if (letter == 'Q') {
        return read_quoted(r);
    }
    if (letter == 'A' || letter == 'z' || letter == 'b' || letter == 'B') {
        r->at += 2;
        return put_assertion(r, slice_sub(rest, 0, 2));
    }
    if (rest.len > 1 && re2_class_put_perl(r->out, letter)) {
        r->at += 2;
        return put_class(r, true);
    }
    size_t used = re2_class_read_escape(rest, &point);
    if (used == 0) {
        return refuse_escape(r);
    }
    r->at += used;
    return put_literal(r, point);
}

static bool open_group(struct re2 *r, size_t used, struct level level)
{
    if (r->depth == RE2_DEPTH_MAX) {
        return refuse(r, "groups nested more than 100 deep");
    }
    r->at += used;
    r->depth++;
    r->level[r->depth] = level;
    r->level[r->depth].weight = 1;
    r->last = ITEM_NONE;
    needs_open(r->needs);
    return buf_put(r->out, SLICE("(?:"));
}

static bool is_word(struct slice s)
{
    bool word = s.len > 0;

    for (size_t i = 0; i < s.len && word; i++) {
        char c = s.at[i];
        word =
            c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    }
    return word;
}

/* "(?P<name>", "(?<name>": the name says nothing about what matches. */
static bool read_named(struct re2 *r, size_t name_at)
{
    struct slice rest = slice_sub(rest_of(r), name_at, r->in.len);
    struct slice name = slice_sub(rest, 0, slice_find(rest, '>'));

    if (name.len == rest.len || !is_word(name)) {
        return refuse(r, "a group whose name is missing or no word");
    }
    return open_group(r, name_at + name.len + 1, r->level[r->depth]);
}

/* The flags that hold from here, as PCRE2 has to be told. */
static bool put_flags(struct re2 *r, const struct level *l)
{
    return buf_put(r->out, l->fold ? SLICE("(?i)") : SLICE("(?-i)"));
}

/* One letter of "i-s". */
static bool read_flag(struct re2 *r, char c, bool on, struct level *level)
{
    if (c == 'i') {
        level->fold = on;
        return true;
    }
    if (c == 's') {
        level->dot_all = on;
        return true;
    }
    return refuse(r, c == 'm' || c == 'U' ? "the flag m or U; of flags, i and s are read"
                                          : "a flag that RE2 does not have");
}

/* "i-s": i and s, on and off. */
static bool read_letters(struct re2 *r, struct slice letters, struct level *level)
{
    size_t dash = slice_find(letters, '-');

    for (size_t i = 0; i < letters.len; i++) {
        if (i != dash && !read_flag(r, letters.at[i], i < dash, level)) {
            return false;
        }
    }
    return dash + 1 != letters.len || refuse(r, "a - without flags behind it");
}

/* "(?i)", "(?i-s:", "(?:". */
static bool read_flags(struct re2 *r)
{
    struct slice rest = rest_of(r);
    struct level level = r->level[r->depth];
    size_t n = 2;

    while (n < rest.len && rest.at[n] != ':' && rest.at[n] != ')') {
        n++;
    }
    if (!read_letters(r, slice_sub(rest, 2, n - 2), &level)) {
        return false;
    }
    bool opens = n < rest.len && rest.at[n] == ':';
    if (n >= rest.len || (!opens && n == 2)) {
        return refuse(r, "a group of flags without flags, or without its end");
    }
    if (opens) {
        return open_group(r, n + 1, level) && put_flags(r, &level);
    }
    r->at += n + 1;
    r->level[r->depth] = level;
    r->last = ITEM_NONE;
    return put_flags(r, &level);
}

static bool read_group(struct re2 *r)
{
    for (size_t i = 0; i < sizeof(FOREIGN) / sizeof(FOREIGN[0]); i++) {
        if (starts_with(r, FOREIGN[i].text)) {
            return refuse(r, FOREIGN[i].what);
        }
    }
    if (starts_with(r, SLICE("(?P<"))) {
        return read_named(r, 4);
    }
    if (starts_with(r, SLICE("(?<"))) {
        return read_named(r, 3);
    }
    if (starts_with(r, SLICE("(?"))) {
        return read_flags(r);
    }
    return open_group(r, 1, r->level[r->depth]);
}

static bool close_group(struct re2 *r)
{
    if (r->depth == 0) {
        return refuse(r, "a ) without its (");
    }
    unsigned weight = r->level[r->depth].weight;
    r->at++;
    r->depth--;
    needs_close(r->needs);
    return ended(r, ITEM_ATOM, weight, buf_put_byte(r->out, ')'));
}

static bool read_alternative(struct re2 *r)
{
    r->at++;
    needs_alternative(r->needs);
    r->last = ITEM_NONE;
    return buf_put_byte(r->out, '|');
}

static bool read_bracket(struct re2 *r)
{
    const char *why = NULL;
    size_t used = re2_class_put_bracket(rest_of(r), r->level[r->depth].fold, r->out, &why);

    if (used == 0) {
        return why == NULL ? false : refuse(r, why);
    }
    r->at += used;
    return put_class(r, true);
}

/* A number as RE2 takes it in "{…}": no zero in front. Returns its length, or 0. */
static size_t read_count(struct slice s, uint64_t *value)
{
    size_t n = 0;

    while (n < s.len && s.at[n] >= '0' && s.at[n] <= '9') {
        n++;
    }
    if (n == 0 || (n > 1 && s.at[0] == '0')) {
        return 0;
    }
    if (!slice_to_u64(slice_sub(s, 0, n), 10, UINT32_MAX, value)) {
        *value = UINT32_MAX;
    }
    return n;
}

/* "{2}", "{2,}", "{2,5}"; anything else in braces is literal text. Without an upper bound `*max` is
 * `*min`, as RE2 counts it. Returns its length, or 0. */
static size_t read_braces(struct slice s, uint64_t *min, uint64_t *max)
{
    size_t used = read_count(slice_sub(s, 1, s.len), min);
    size_t n = used + 1;

    *max = *min;
    if (used > 0 && n < s.len && s.at[n] == ',') {
        size_t second = read_count(slice_sub(s, n + 1, s.len), max);
        n += second + 1;
    }
    return used > 0 && n < s.len && s.at[n] == '}' ? n + 1 : 0;
}

/* What a repeat may follow, and how often it repeats what repeats already. */
static bool check_repeat(struct re2 *r, uint64_t min, uint64_t max)
{
    static const char *const after[] = {
        [ITEM_NONE] = "a repeat of nothing",
        [ITEM_ASSERTION] = "a repeat of an assertion",
        [ITEM_REPEATED] = "a repeat of a repeat (in other syntaxes possessive), which RE2 does not "
                          "have",
        [ITEM_ATOM] = NULL,
    };

    if (after[r->last] != NULL) {
        return refuse(r, after[r->last]);
    }
    if (max < min) {
        return refuse(r, "a repeat whose end is before its start");
    }
    if (max > REPEAT_MAX || max * r->last_weight > REPEAT_MAX) {
        return refuse(r, "more than 1,000 repeats");
    }
    return true;
}

static bool read_repeat(struct re2 *r)
{
    struct slice rest = rest_of(r);
    char sign = r->in.at[r->at];
    uint64_t min = 1;
    uint64_t max = 1;
    size_t used = slice_starts_with(rest, SLICE("{")) ? read_braces(rest, &min, &max) : 1;

    if (used == 0) {
        r->at++;
        return put_literal(r, '{');
    }
    if (!check_repeat(r, min, max)) {
        return false;
    }
    if (rest.len > used && rest.at[used] == '?') {
        used++;
    }
    r->at += used;
    needs_repeat(r->needs, sign == '*' || sign == '?' ? 0 : min, sign == '?');
    unsigned weight = r->last_weight * (unsigned)(max == 0 ? 1 : max);
    return ended(r, ITEM_REPEATED, weight, buf_put(r->out, slice_sub(rest, 0, used)));
}

static bool read_dot(struct re2 *r)
{
    r->at++;
    return put_class(r, buf_put(r->out, r->level[r->depth].dot_all ? SLICE("(?s:.)") : SLICE(".")));
}

static bool read_plain(struct re2 *r)
{
    uint32_t point;
    size_t used = utf8_read(rest_of(r), &point);

    if (used == 0) {
        return refuse(r, "bytes that are no UTF-8");
    }
    r->at += used;
    return put_literal(r, point);
}

static bool read_item(struct re2 *r)
{
    switch (r->in.at[r->at]) {
    case '(':
        return read_group(r);
    case ')':
        return close_group(r);
    case '|':
        return read_alternative(r);
    case '[':
        return read_bracket(r);
    case '\\':
        return read_escape(r);
    case '*':
    case '+':
    case '?':
    case '{':
        return read_repeat(r);
    case '.':
        return read_dot(r);
    case '^':
        r->at++;
        return put_assertion(r, SLICE("\\A"));
    case '$':
        r->at++;
        return put_assertion(r, SLICE("\\z"));
    default:
        return read_plain(r);
    }
}

bool re2_translate(struct slice pattern, struct buf *out, struct needs *needs, struct diag *d)
{
    struct re2 r = {.in = pattern, .out = out, .d = d, .needs = needs};

    needs_begin(needs);
    r.level[0].weight = 1;
    if (pattern.len > RE2_PATTERN_MAX) {
        return diag_set(d, "the pattern is longer than %d bytes", RE2_PATTERN_MAX);
    }
    d->text[0] = '\0';
    bool ok = buf_put(out, SLICE("\\A(?:"));
    while (ok && r.at < pattern.len) {
        ok = read_item(&r);
    }
    if (ok && r.depth > 0) {
        ok = refuse(&r, "a ( without its )");
    }
    ok = ok && buf_put(out, SLICE(")\\z"));
    if (ok) {
        needs_end(needs);
    } else {
        needs_drop(needs);
    }
    if (!ok && d->text[0] == '\0') {
        (void)diag_set(d, "the pattern is too long");
    }
    return ok;
}
