/* The reader of streaming JSON: a state for what may come next, a bit a level for where it stands.
 * Strings are run through by a table of byte classes, since nearly all of an answer is strings. */
#include "inspect/view_reader.h"

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

/* Bytes of a string that are more than themselves. */
enum { BYTE_PLAIN, BYTE_QUOTE, BYTE_ESCAPE, BYTE_HIGH, BYTE_CONTROL };

#define SIXTEEN(c) c, c, c, c, c, c, c, c, c, c, c, c, c, c, c, c

/* clang-format off */
static const uint8_t CLASS[256] = {
    SIXTEEN(BYTE_CONTROL), SIXTEEN(BYTE_CONTROL),
    BYTE_PLAIN, BYTE_PLAIN, BYTE_QUOTE, BYTE_PLAIN, BYTE_PLAIN, BYTE_PLAIN, BYTE_PLAIN, BYTE_PLAIN,
    BYTE_PLAIN, BYTE_PLAIN, BYTE_PLAIN, BYTE_PLAIN, BYTE_PLAIN, BYTE_PLAIN, BYTE_PLAIN, BYTE_PLAIN,
    SIXTEEN(BYTE_PLAIN), SIXTEEN(BYTE_PLAIN),
    BYTE_PLAIN, BYTE_PLAIN, BYTE_PLAIN, BYTE_PLAIN, BYTE_PLAIN, BYTE_PLAIN, BYTE_PLAIN, BYTE_PLAIN,
    BYTE_PLAIN, BYTE_PLAIN, BYTE_PLAIN, BYTE_PLAIN, BYTE_ESCAPE, BYTE_PLAIN, BYTE_PLAIN, BYTE_PLAIN,
    SIXTEEN(BYTE_PLAIN), SIXTEEN(BYTE_PLAIN),
    SIXTEEN(BYTE_HIGH), SIXTEEN(BYTE_HIGH), SIXTEEN(BYTE_HIGH), SIXTEEN(BYTE_HIGH),
    SIXTEEN(BYTE_HIGH), SIXTEEN(BYTE_HIGH), SIXTEEN(BYTE_HIGH), SIXTEEN(BYTE_HIGH),
};
/* clang-format on */

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
    return r->depth > 0 && (r->objects >> (r->depth - 1) & 1) != 0;
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
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
    if (CLASS[byte] == BYTE_ESCAPE) {
        r->escape = 1;
        return true;
    }
    return CLASS[byte] == BYTE_HIGH && utf8_begin(r, byte);
}

/* How many bytes of `in` are of a string; `*end`: the quote behind them was met. False where one
 * may not be. */
static bool string_run(struct view_reader *r, struct slice in, size_t *run, bool *end)
{
    size_t i = 0;
    *end = false;
    while (i < in.len) {
        if (r->escape == 0 && r->utf8 == 0) {
            while (i < in.len && CLASS[(uint8_t)in.at[i]] == BYTE_PLAIN) {
                i++;
            }
            *end = i < in.len && in.at[i] == '"';
            if (*end || i == in.len) {
                break;
            }
        }
        if (!string_byte(r, (uint8_t)in.at[i])) {
            return false;
        }
        i++;
    }
    *run = i;
    return true;
}

static enum view_token read_string(struct view_reader *r, struct slice *in, struct view_part *part)
{
    size_t run = 0;
    bool end;
    if (!string_run(r, *in, &run, &end)) {
        return refuse(r);
    }
    *part = (struct view_part){slice_of(in->at, run), !r->started, end};
    r->started = true;
    *in = slice_sub(*in, run + (end ? 1 : 0), in->len);
    if (!end && run == 0) {
        r->started = !part->first;
        return VIEW_MORE;
    }
    if (end && r->is_key) {
        r->state = STATE_COLON;
    } else if (end) {
        value_done(r);
    }
    return r->is_key ? VIEW_KEY : VIEW_STRING;
}

static enum view_token begin_string(struct view_reader *r, struct slice *in, struct view_part *part,
                                    bool is_key)
{
    *in = slice_sub(*in, 1, in->len);
    r->state = STATE_STRING;
    r->is_key = is_key;
    r->started = false;
    return read_string(r, in, part);
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

static enum view_token scalar_done(struct view_reader *r, struct view_part *part)
{
    struct slice s = slice_of(r->scalar, r->nscalar);
    bool ok = slice_equal(s, SLICE("null")) || slice_equal(s, SLICE("true")) ||
              slice_equal(s, SLICE("false")) || is_number(s);
    if (!ok) {
        return refuse(r);
    }
    *part = (struct view_part){s, true, true};
    value_done(r);
    return VIEW_SCALAR_VALUE;
}

static enum view_token read_scalar(struct view_reader *r, struct slice *in, struct view_part *part)
{
    size_t i = 0;
    while (i < in->len && is_scalar_byte(in->at[i])) {
        if (r->nscalar == VIEW_SCALAR) {
            return refuse(r);
        }
        r->scalar[r->nscalar++] = in->at[i++];
    }
    *in = slice_sub(*in, i, in->len);
    return in->len == 0 ? VIEW_MORE : scalar_done(r, part);
}

static enum view_token begin_nested(struct view_reader *r, struct slice *in, bool object)
{
    if (r->depth == VIEW_DEPTH) {
        return refuse(r);
    }
    *in = slice_sub(*in, 1, in->len);
    uint64_t bit = UINT64_C(1) << r->depth;
    r->objects = object ? r->objects | bit : r->objects & ~bit;
    r->depth++;
    r->state = object ? STATE_KEY_OR_END : STATE_VALUE_OR_END;
    return object ? VIEW_OBJECT : VIEW_ARRAY;
}

static enum view_token end_nested(struct view_reader *r, struct slice *in, bool object)
{
    if (r->depth == 0 || in_object(r) != object) {
        return refuse(r);
    }
    *in = slice_sub(*in, 1, in->len);
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
        *in = slice_sub(*in, 1, in->len);
        return VIEW_RECORD;
    }
    r->state = STATE_SCALAR;
    r->nscalar = 0;
    return is_scalar_byte(byte) ? read_scalar(r, in, part) : refuse(r);
}

/* Behind a value or a name: nothing to tell, but what comes next is another thing. */
static bool read_separator(struct view_reader *r, struct slice *in)
{
    char byte = in->at[0];
    if (r->state == STATE_COLON && byte == ':') {
        r->state = STATE_VALUE;
    } else if (r->state == STATE_BEHIND && byte == ',') {
        r->state = in_object(r) ? STATE_KEY : STATE_VALUE;
    } else {
        return false;
    }
    *in = slice_sub(*in, 1, in->len);
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
        if (byte == '"') {
            return begin_string(r, in, part, true);
        }
        return byte == '}' && r->state == STATE_KEY_OR_END ? end_nested(r, in, true) : refuse(r);
    case STATE_BEHIND:
        return byte == '}' || byte == ']' ? end_nested(r, in, byte == '}') : refuse(r);
    default:
        return refuse(r);
    }
}

enum view_token view_reader_next(struct view_reader *r, struct slice *in, struct view_part *part)
{
    while (in->len > 0) {
        if (r->state == STATE_STRING) {
            return read_string(r, in, part);
        }
        if (r->state == STATE_SCALAR) {
            return read_scalar(r, in, part);
        }
        if (is_space(in->at[0])) {
            *in = slice_sub(*in, 1, in->len);
            continue;
        }
        if (r->state == STATE_DONE && r->many) {
            r->state = STATE_VALUE;
        }
        if (!read_separator(r, in)) {
            return read_next(r, in, part);
        }
    }
    return r->state == STATE_REFUSED ? VIEW_REFUSED : VIEW_MORE;
}
