/* The reader of streaming JSON: a state for what may come next, a bit a level for where it stands.
 * Strings are run through eight bytes at a time, since nearly all of an answer is strings. */
#include "inspect/view_reader.h"

#include "base/utf8.h"
#include "base/word.h"

enum {
    STATE_VALUE,        /* a value must come */
    STATE_VALUE_OR_END, /* a value, or the end of the array just begun */
    STATE_KEY,          /* a name must come */
    STATE_KEY_OR_END,   /* a name, or the end of the object just begun */
    STATE_COLON,        /* behind a name */
    STATE_BEHIND,       /* behind a value: a comma or an end */
    STATE_STRING,       /* within a string or a name */
    STATE_SCALAR,       /* within a number or a literal */
    STATE_DONE,         /* behind the document */
    STATE_REFUSED,
};

void view_reader_init(struct view_reader *r, bool many)
{
    *r = (struct view_reader){.state = STATE_VALUE, .many = many};
}

bool view_reader_complete(const struct view_reader *r)
{
    return r->state == STATE_DONE || (r->many && r->depth == 0 && r->state == STATE_VALUE);
}

static enum view_token refuse(struct view_reader *r)
{
    r->state = STATE_REFUSED;
    return VIEW_REFUSED;
}

static bool in_object(const struct view_reader *r)
{
    return (r->objects & 1) != 0;
}

static bool is_space(char byte)
{
    return (uint8_t)byte <= ' ' && (byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t');
}

/* The byte at the front was read; there is one. */
static void skip(struct slice *in)
{
    in->at++;
    in->len--;
}

static void value_done(struct view_reader *r)
{
    r->state = r->depth > 0 ? STATE_BEHIND : STATE_DONE;
}

/* The first byte of a sequence (Unicode 15, table 3-7): how many follow, and which may be next. */
static bool utf8_begin(struct view_reader *r, uint8_t byte)
{
    r->utf8_low = 0x80;
    r->utf8_high = 0xbf;
    if (byte >= 0xc2 && byte <= 0xdf) {
        r->utf8 = 1;
    } else if (byte >= 0xe0 && byte <= 0xef) {
        r->utf8 = 2;
        r->utf8_low = byte == 0xe0 ? 0xa0 : 0x80;
        r->utf8_high = byte == 0xed ? 0x9f : 0xbf;
    } else if (byte >= 0xf0 && byte <= 0xf4) {
        r->utf8 = 3;
        r->utf8_low = byte == 0xf0 ? 0x90 : 0x80;
        r->utf8_high = byte == 0xf4 ? 0x8f : 0xbf;
    } else {
        return false;
    }
    return true;
}

static bool is_hex(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f');
}

/* A byte within an escape. */
static bool escape_byte(struct view_reader *r, uint8_t byte)
{
    if (r->escape > 1) {
        r->escape = r->escape == 2 ? 0 : (uint8_t)(r->escape - 1);
        return is_hex(byte);
    }
    r->escape = byte == 'u' ? 5 : 0;
    return byte == 'u' || slice_find(SLICE("\"\\/bfnrt"), (char)byte) < 8;
}

static bool utf8_byte(struct view_reader *r, uint8_t byte)
{
    bool ok = byte >= r->utf8_low && byte <= r->utf8_high;
    r->utf8--;
    r->utf8_low = 0x80;
    r->utf8_high = 0xbf;
    return ok;
}

/* A byte that is not plain, or within something longer. False where it may not be. */
static bool string_byte(struct view_reader *r, uint8_t byte)
{
    if (r->escape != 0) {
        return escape_byte(r, byte);
    }
    if (r->utf8 != 0) {
        return utf8_byte(r, byte);
    }
    if (byte == '\\') {
        r->escape = 1;
        return true;
    }
    return byte >= 0x80 && utf8_begin(r, byte);
}

static bool is_plain(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/* Where the bytes of a string end that are nothing but themselves. */
static inline const char *plain_end(const char *at, const char *end)
{
    while ((size_t)(end - at) >= WORD_BYTES) {
        uint64_t word = word_load(at);
        size_t plain =
            word_plain(word_below(word, 0x20) | word_byte(word, '"') | word_byte(word, '\\'));
        at += plain;
        if (plain < WORD_BYTES) {
            break;
        }
    }
    while (at < end && is_plain((uint8_t)*at)) {
        at++;
    }
    return at;
}

/* Whether the next byte of the string under way begins a character. */
static bool is_between(const struct view_reader *r)
{
    return (r->escape | r->utf8) == 0;
}

/* Where the bytes of the string under way end: at its quote, or at `end`. NULL where one may not
 * be. */
static const char *string_end(struct view_reader *r, const char *at, const char *end, bool *plain)
{
    *plain = is_between(r);
    for (;;) {
        size_t whole = 0;
        if (is_between(r)) {
            at = plain_end(at, end);
            if (at == end || *at == '"') {
                return at;
            }
            whole = (uint8_t)*at >= 0x80 ? utf8_length(slice_of(at, (size_t)(end - at))) : 0;
        } else if (at == end) {
            return at;
        }
        *plain = false;
        if (whole == 0 && !string_byte(r, (uint8_t)*at)) {
            return NULL;
        }
        at += whole == 0 ? 1 : whole;
    }
}

static void string_done(struct view_reader *r, bool is_key)
{
    if (is_key) {
        r->state = STATE_COLON;
    } else {
        value_done(r);
    }
}

static enum view_token read_string(struct view_reader *r, struct slice *in, struct view_part *part)
{
    const char *end = in->at + in->len;
    bool plain;
    const char *at = string_end(r, in->at, end, &plain);
    if (at == NULL) {
        return refuse(r);
    }
    bool last = at < end;
    if (!last && at == in->at) {
        return VIEW_MORE;
    }
    *part = (struct view_part){slice_of(in->at, (size_t)(at - in->at)), !r->started, last, plain};
    r->started = true;
    *in = slice_of(at, (size_t)(end - at));
    if (last) {
        skip(in);
        string_done(r, r->is_key);
    }
    return r->is_key ? VIEW_KEY : VIEW_STRING;
}

/* Most strings are plain, and here up to their end. */
static inline enum view_token begin_string(struct view_reader *r, struct slice *in,
                                           struct view_part *part, bool is_key)
{
    const char *end = in->at + in->len;
    const char *from = in->at + 1;
    const char *at = plain_end(from, end);
    if (at == end || *at != '"') {
        skip(in);
        r->state = STATE_STRING;
        r->is_key = is_key;
        r->started = false;
        return read_string(r, in, part);
    }
    *part = (struct view_part){slice_of(from, (size_t)(at - from)), true, true, true};
    *in = slice_of(at + 1, (size_t)(end - at) - 1);
    string_done(r, is_key);
    return is_key ? VIEW_KEY : VIEW_STRING;
}

static size_t digits(struct slice s, size_t i)
{
    while (i < s.len && s.at[i] >= '0' && s.at[i] <= '9') {
        i++;
    }
    return i;
}

/* RFC 8259 §6. */
static bool is_number(struct slice s)
{
    size_t i = s.len > 0 && s.at[0] == '-' ? 1 : 0;
    size_t from = i;
    i = digits(s, i);
    if (i == from || (s.at[from] == '0' && i > from + 1)) {
        return false;
    }
    if (i < s.len && s.at[i] == '.') {
        from = i + 1;
        i = digits(s, from);
        if (i == from) {
            return false;
        }
    }
    if (i < s.len && (s.at[i] | 0x20) == 'e') {
        from = i + 1;
        from += from < s.len && (s.at[from] == '+' || s.at[from] == '-') ? 1 : 0;
        i = digits(s, from);
        if (i == from) {
            return false;
        }
    }
    return i == s.len;
}

static bool is_scalar_byte(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || byte == 'E' ||
           byte == '+' || byte == '-' || byte == '.';
}

static bool is_scalar(struct slice s)
{
    switch (s.at[0]) {
    case 'n':
        return slice_equal(s, SLICE("null"));
    case 't':
        return slice_equal(s, SLICE("true"));
    case 'f':
        return slice_equal(s, SLICE("false"));
    default:
        return is_number(s);
    }
}

/* One that comes in pieces is put together in the reader. */
static enum view_token read_scalar(struct view_reader *r, struct slice *in, struct view_part *part)
{
    size_t i = 0;
    while (i < in->len && is_scalar_byte(in->at[i])) {
        i++;
    }
    if (i > (size_t)VIEW_SCALAR - r->nscalar) {
        return refuse(r);
    }
    struct slice s = slice_of(in->at, i);
    if (r->nscalar > 0 || i == in->len) {
        memcpy(r->scalar + r->nscalar, in->at, i);
        r->nscalar = (uint8_t)(r->nscalar + i);
        s = slice_of(r->scalar, r->nscalar);
    }
    *in = slice_of(in->at + i, in->len - i);
    if (in->len == 0) {
        return VIEW_MORE;
    }
    if (!is_scalar(s)) {
        return refuse(r);
    }
    *part = (struct view_part){s, true, true, true};
    value_done(r);
    return VIEW_SCALAR_VALUE;
}

static enum view_token begin_nested(struct view_reader *r, struct slice *in, bool object)
{
    if (r->depth == VIEW_DEPTH) {
        return refuse(r);
    }
    skip(in);
    r->objects = r->objects << 1 | (object ? 1 : 0);
    r->depth++;
    r->state = object ? STATE_KEY_OR_END : STATE_VALUE_OR_END;
    return object ? VIEW_OBJECT : VIEW_ARRAY;
}

static enum view_token end_nested(struct view_reader *r, struct slice *in, bool object)
{
    if (r->depth == 0 || in_object(r) != object) {
        return refuse(r);
    }
    skip(in);
    r->objects >>= 1;
    r->depth--;
    value_done(r);
    return object ? VIEW_OBJECT_END : VIEW_ARRAY_END;
}

static enum view_token read_value(struct view_reader *r, struct slice *in, struct view_part *part)
{
    char byte = in->at[0];
    if (byte == '"') {
        return begin_string(r, in, part, false);
    }
    if (byte == '{' || byte == '[') {
        return begin_nested(r, in, byte == '{');
    }
    if (byte == ']' && r->state == STATE_VALUE_OR_END) {
        return end_nested(r, in, false);
    }
    if (byte == '\x1e' && r->many && r->depth == 0) {
        skip(in);
        return VIEW_RECORD;
    }
    r->state = STATE_SCALAR;
    r->nscalar = 0;
    return is_scalar_byte(byte) ? read_scalar(r, in, part) : refuse(r);
}

static enum view_token read_key(struct view_reader *r, struct slice *in, struct view_part *part)
{
    char byte = in->at[0];
    if (byte == '"') {
        return begin_string(r, in, part, true);
    }
    return byte == '}' && r->state == STATE_KEY_OR_END ? end_nested(r, in, true) : refuse(r);
}

/* Behind a value or a name: nothing to tell, but what comes next is another thing. */
static bool read_separator(struct view_reader *r, struct slice *in)
{
    char byte = in->at[0];
    if (r->state == STATE_BEHIND && byte == ',') {
        r->state = in_object(r) ? STATE_KEY : STATE_VALUE;
    } else if (r->state == STATE_COLON && byte == ':') {
        r->state = STATE_VALUE;
    } else {
        return false;
    }
    skip(in);
    return true;
}

static enum view_token read_next(struct view_reader *r, struct slice *in, struct view_part *part)
{
    char byte = in->at[0];
    switch (r->state) {
    case STATE_VALUE:
    case STATE_VALUE_OR_END:
        return read_value(r, in, part);
    case STATE_KEY:
    case STATE_KEY_OR_END:
        return read_key(r, in, part);
    case STATE_BEHIND:
        return byte == '}' || byte == ']' ? end_nested(r, in, byte == '}') : refuse(r);
    default:
        return refuse(r);
    }
}

enum view_token view_reader_next(struct view_reader *r, struct slice *in, struct view_part *part)
{
    if (in->len > 0 && (r->state == STATE_STRING || r->state == STATE_SCALAR)) {
        return r->state == STATE_STRING ? read_string(r, in, part) : read_scalar(r, in, part);
    }
    while (in->len > 0) {
        if (is_space(in->at[0])) {
            skip(in);
        } else if (!read_separator(r, in)) {
            if (r->state == STATE_DONE && r->many) {
                r->state = STATE_VALUE;
            }
            return read_next(r, in, part);
        }
    }
    return r->state == STATE_REFUSED ? VIEW_REFUSED : VIEW_MORE;
}
