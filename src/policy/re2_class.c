/* Brackets and named classes: each is written as the ranges that RE2 means by it, so that nothing
 * depends on what PCRE2 takes \w, [:alpha:] or a dash for. */
#include "policy/re2_class.h"

#include "base/utf8.h"

#define POINT_MAX 0x10ffffU

/* The most ranges that a named class has. */
#define RANGES_MAX 4

struct range {
    uint8_t first;
    uint8_t last;
};

/* Classes by name; ASCII only, as in RE2. In the order of Go's tables. */
static const struct named {
    struct slice name;
    size_t n;
    struct range range[RANGES_MAX];
} NAMED[] = {
    /* clang-format off */
    {SLICE_INIT("alnum"),  3, {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}},
    {SLICE_INIT("alpha"),  2, {{'A', 'Z'}, {'a', 'z'}}},
    {SLICE_INIT("ascii"),  1, {{0x00, 0x7f}}},
    {SLICE_INIT("blank"),  2, {{'\t', '\t'}, {' ', ' '}}},
    {SLICE_INIT("cntrl"),  2, {{0x00, 0x1f}, {0x7f, 0x7f}}},
    {SLICE_INIT("digit"),  1, {{'0', '9'}}},
    {SLICE_INIT("graph"),  1, {{'!', '~'}}},
    {SLICE_INIT("lower"),  1, {{'a', 'z'}}},
    {SLICE_INIT("print"),  1, {{' ', '~'}}},
    {SLICE_INIT("punct"),  4, {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}},
    {SLICE_INIT("space"),  2, {{'\t', '\r'}, {' ', ' '}}},
    {SLICE_INIT("upper"),  1, {{'A', 'Z'}}},
    {SLICE_INIT("word"),   4, {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}},
    {SLICE_INIT("xdigit"), 3, {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}},
    /* clang-format on */
};

/* \d, \s and \w; \s is no [:space:], which has the vertical tab as well. */
static const struct named PERL[] = {
    /* clang-format off */
    {SLICE_INIT("d"), 1, {{'0', '9'}}},
    {SLICE_INIT("s"), 3, {{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}}},
    {SLICE_INIT("w"), 4, {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}},
    /* clang-format on */
};

static bool is_alnum(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool re2_class_put_point(struct buf *out, uint32_t point)
{
    if (is_alnum(point)) {
        return buf_put_byte(out, (char)point);
    }
    if (point > ' ' && point < 0x7f) {
        return buf_put_byte(out, '\\') && buf_put_byte(out, (char)point);
    }
    return buf_put(out, SLICE("\\x{")) && buf_put_hex(out, point) && buf_put_byte(out, '}');
}

static bool put_range(struct buf *out, uint32_t first, uint32_t last)
{
    bool ok = re2_class_put_point(out, first);

    if (last != first) {
        ok = ok && buf_put_byte(out, '-') && re2_class_put_point(out, last);
    }
    return ok;
}

/* The ranges of a class, or all that lies between them. */
static bool put_named(struct buf *out, const struct named *c, bool negated)
{
    uint32_t from = 0;
    bool ok = true;

    for (size_t i = 0; i < c->n && ok; i++) {
        const struct range *r = &c->range[i];

        if (!negated) {
            ok = put_range(out, r->first, r->last);
        } else if (r->first > from) {
            ok = put_range(out, from, r->first - 1U);
        }
        from = r->last + 1U;
    }
    return ok && (!negated || put_range(out, from, POINT_MAX));
}

static const struct named *find(const struct named *table, size_t n, struct slice name)
{
    for (size_t i = 0; i < n; i++) {
        if (slice_equal(table[i].name, name)) {
            return &table[i];
        }
    }
    return NULL;
}

/* d, s and w, or their negated capitals. */
static const struct named *find_perl(char letter, bool *negated)
{
    char lower = letter;

    *negated = letter >= 'A' && letter <= 'Z';
    if (*negated) {
        lower = (char)(letter - 'A' + 'a');
    }
    return find(PERL, sizeof(PERL) / sizeof(PERL[0]), slice_of(&lower, 1));
}

bool re2_class_put_perl(struct buf *out, char letter)
{
    bool negated;
    const struct named *c = find_perl(letter, &negated);

    return c != NULL && buf_put(out, negated ? SLICE("[^") : SLICE("[")) &&
           put_named(out, c, false) && buf_put_byte(out, ']');
}

static bool is_octal(struct slice s, size_t at)
{
    return at < s.len && s.at[at] >= '0' && s.at[at] <= '7';
}

/* "\0", "\012", "\12": up to three digits; a single one but 0 is a back reference elsewhere. */
static size_t read_octal(struct slice s, uint32_t *point)
{
    size_t n = 1;
    uint64_t value = 0;

    if (!is_octal(s, 1) || (s.at[1] != '0' && !is_octal(s, 2))) {
        return 0;
    }
    while (n < 4 && is_octal(s, n)) {
        n++;
    }
    (void)slice_to_u64(slice_sub(s, 1, n - 1), 8, 0777, &value); /* octal digits, three at most */
    *point = (uint32_t)value;
    return n;
}

/* "\x2f", "\x{2f}". */
static size_t read_hex(struct slice s, uint32_t *point)
{
    bool braces = s.len > 2 && s.at[2] == '{';
    struct slice rest = slice_sub(s, braces ? 3 : 2, s.len);
    size_t n = braces ? slice_find(rest, '}') : 2;
    uint64_t value = 0;

    if ((braces ? n == rest.len : rest.len < 2) ||
        !slice_to_u64(slice_sub(rest, 0, n), 16, POINT_MAX, &value)) {
        return 0;
    }
    *point = (uint32_t)value;
    return braces ? n + 4 : 4;
}

size_t re2_class_read_escape(struct slice s, uint32_t *point)
{
    static const struct {
        char letter;
        uint8_t point;
    } letters[] = {{'a', 7}, {'f', 12}, {'n', 10}, {'r', 13}, {'t', 9}, {'v', 11}};

    if (s.len < 2) {
        return 0;
    }
    uint8_t c = (uint8_t)s.at[1];
    if (c < 0x80 && !is_alnum(c)) {
        *point = c;
        return 2;
    }
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        if (s.at[1] == letters[i].letter) {
            *point = letters[i].point;
            return 2;
        }
    }
    return c == 'x' ? read_hex(s, point) : read_octal(s, point);
}

/* A bracket being read. */
struct bracket {
    struct slice in;
    size_t at;
    bool fold;
    struct buf *out;
    const char **why;
};

static bool refuse(struct bracket *b, const char *why)
{
    *b->why = why;
    return false;
}

/* One end of a range. */
static bool read_end(struct bracket *b, uint32_t *point)
{
    struct slice rest = slice_sub(b->in, b->at, b->in.len);
    bool escape = rest.len > 0 && rest.at[0] == '\\';
    size_t used = escape ? re2_class_read_escape(rest, point) : utf8_read(rest, point);

    if (used == 0) {
        return refuse(b, rest.len == 0 ? "a bracket without its end"
                         : escape      ? "an escape in a bracket that stands for no character"
                                       : "bytes that are no UTF-8");
    }
    b->at += used;
    return true;
}

static bool put_class(struct bracket *b, const struct named *c, bool negated)
{
    /* RE2 folds and then negates; here the bracket is folded after it is put together. */
    if (negated && b->fold) {
        return refuse(b, "a negated class inside a bracket under the flag i");
    }
    return put_named(b->out, c, negated);
}

/* "[:alpha:]", "[:^alpha:]". `*is`: it is one, or was meant to be one. */
static bool read_posix(struct bracket *b, bool *is)
{
    struct slice rest = slice_sub(b->in, b->at, b->in.len);
    size_t end = 2;

    *is = false;
    if (!slice_starts_with(rest, SLICE("[:"))) {
        return true;
    }
    while (end + 1 < rest.len && !(rest.at[end] == ':' && rest.at[end + 1] == ']')) {
        end++;
    }
    if (end + 1 >= rest.len) {
        return true;
    }
    *is = true;
    struct slice name = slice_sub(rest, 2, end - 2);
    bool negated = slice_starts_with(name, SLICE("^"));
    const struct named *c =
        find(NAMED, sizeof(NAMED) / sizeof(NAMED[0]), slice_sub(name, negated ? 1 : 0, name.len));
    b->at += end + 2;
    return c == NULL ? refuse(b, "a class in [: :] that is none") : put_class(b, c, negated);
}

/* "\d" and its like. */
static bool read_perl(struct bracket *b, bool *is)
{
    struct slice rest = slice_sub(b->in, b->at, b->in.len);
    bool negated = false;
    const struct named *c =
        rest.len > 1 && rest.at[0] == '\\' ? find_perl(rest.at[1], &negated) : NULL;

    *is = c != NULL;
    if (c == NULL) {
        return true;
    }
    b->at += 2;
    return put_class(b, c, negated);
}

static bool read_range(struct bracket *b)
{
    uint32_t first;

    if (!read_end(b, &first)) {
        return false;
    }
    uint32_t last = first;
    struct slice rest = slice_sub(b->in, b->at, b->in.len);
    if (rest.len >= 2 && rest.at[0] == '-' && rest.at[1] != ']') {
        b->at++;
        if (!read_end(b, &last)) {
            return false;
        }
    }
    return last < first ? refuse(b, "a range whose end is before its start")
                        : put_range(b->out, first, last);
}

static bool read_item(struct bracket *b)
{
    bool is = false;
    bool ok = read_posix(b, &is);

    if (!is) {
        ok = read_perl(b, &is);
    }
    return is ? ok : read_range(b);
}

size_t re2_class_put_bracket(struct slice s, bool fold, struct buf *out, const char **why)
{
    struct bracket b = {s, 1, fold, out, why};
    bool negated = s.len > 1 && s.at[1] == '^';

    *why = NULL;
    b.at += negated ? 1 : 0;
    if (!buf_put(out, negated ? SLICE("[^") : SLICE("["))) {
        return 0;
    }
    size_t start = b.at;
    while (b.at == start || b.at >= s.len || s.at[b.at] != ']') {
        if (!read_item(&b)) {
            return 0;
        }
    }
    return buf_put_byte(out, ']') ? b.at + 1 : 0;
}
