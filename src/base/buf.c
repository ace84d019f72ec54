/* Bounded appending: bytes, numbers, and text made safe for JSON and for log lines.
 * Each function writes all of its text or nothing, and the first that does not fit marks the buffer
 * full. No allocation and no locale. */
#include "base/buf.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>

static bool fail(struct buf *b)
{
    b->full = true;
    return false;
}

bool buf_put(struct buf *b, struct slice s)
{
    if (b->full || s.len > b->max - b->len) {
        return fail(b);
    }
    if (s.len > 0) {
        memcpy(b->at + b->len, s.at, s.len);
        b->len += s.len;
    }
    return true;
}

bool buf_put_byte(struct buf *b, char byte)
{
    return buf_put(b, slice_of(&byte, 1));
}

/* `value` in `radix` (10 or 16, lower case), without leading zeros. */
static bool put_number(struct buf *b, uint64_t value, unsigned radix)
{
    char digits[20]; /* UINT64_MAX in decimal */
    size_t at = sizeof(digits);

    do {
        digits[--at] = "0123456789abcdef"[value % radix];
        value /= radix;
    } while (value > 0);
    return buf_put(b, slice_of(digits + at, sizeof(digits) - at));
}

bool buf_put_u64(struct buf *b, uint64_t value)
{
    return put_number(b, value, 10);
}

bool buf_put_hex(struct buf *b, uint64_t value)
{
    return put_number(b, value, 16);
}

bool buf_putf(struct buf *b, const char *format, ...)
{
    if (b->full) {
        return false;
    }

    size_t room = b->max - b->len;
    va_list args;

    va_start(args, format);
    /* The C library wants room for its terminator: the last byte of the storage is never used by
     * this function. */
    int len = vsnprintf(b->at + b->len, room, format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= room) {
        return fail(b);
    }
    b->len += (size_t)len;
    return true;
}

/* Takes back what was appended since `start` where something of it did not fit. */
static bool whole_or_nothing(struct buf *b, size_t start)
{
    if (b->full) {
        b->len = start;
    }
    return !b->full;
}

/* One ASCII byte as the inside of a JSON string. */
static void put_json_byte(struct buf *b, char byte)
{
    uint8_t value = (uint8_t)byte;

    if (value == '"' || value == '\\') {
        buf_put_byte(b, '\\');
        buf_put_byte(b, byte);
    } else if (value < 0x20 || value == 0x7f) {
        buf_put(b, SLICE("\\u00"));
        buf_put_byte(b, "0123456789abcdef"[value >> 4U]);
        buf_put_byte(b, "0123456789abcdef"[value & 15U]);
    } else {
        buf_put_byte(b, byte);
    }
}

bool buf_put_json(struct buf *b, struct slice s)
{
    size_t start = b->len;

    while (s.len > 0 && !b->full) {
        size_t len = 1;

        if ((uint8_t)s.at[0] < 0x80) {
            put_json_byte(b, s.at[0]);
        } else {
            len = utf8_length(s);
            buf_put(b, len == 0 ? SLICE("\xef\xbf\xbd") : slice_of(s.at, len));
            len = len == 0 ? 1 : len;
        }
        s = slice_of(s.at + len, s.len - len);
    }
    return whole_or_nothing(b, start);
}

bool buf_put_escaped(struct buf *b, struct slice s)
{
    size_t start = b->len;

    for (size_t i = 0; i < s.len && !b->full; i++) {
        uint8_t value = (uint8_t)s.at[i];

        if (value < 0x20 || value > 0x7e) {
            buf_put(b, SLICE("\\x"));
            buf_put_byte(b, "0123456789abcdef"[value >> 4U]);
            buf_put_byte(b, "0123456789abcdef"[value & 15U]);
            continue;
        }
        if (value == '"' || value == '\\') {
            buf_put_byte(b, '\\');
        }
        buf_put_byte(b, s.at[i]);
    }
    return whole_or_nothing(b, start);
}
