/* Bounded appending: bytes, numbers, and text made safe for JSON and for log lines.
 * Each function writes all of its text or nothing, and the first that does not fit marks the buffer
 * full. No allocation and no locale. */
#include "base/buf.h"

#include "base/utf8.h"
#include "base/word.h"

#include <stdarg.h>
#include <stdio.h>

static bool fail(struct buf *b)
{
    b->full = true;
    return false;
}

static unsigned count_digits(uint64_t value)
{
    unsigned n = 1;

    for (; value >= 1000; value /= 1000) {
        n += 3;
    }
    return value >= 100 ? n + 2 : value >= 10 ? n + 1 : n;
}

/* Each log line has a dozen numbers, most of them short: no copy, and two digits a division. */
bool buf_put_u64(struct buf *b, uint64_t value)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    if (value < 10) {
        return buf_put_byte(b, (char)('0' + value));
    }

    unsigned n = count_digits(value);

    if (b->full || n > b->max - b->len) {
        return fail(b);
    }

    char *at = b->at + b->len;

    b->len += n;
    for (; n > 1; n -= 2) {
        memcpy(at + n - 2, pairs + value % 100 * 2, 2);
        value /= 100;
    }
    if (n == 1) {
        at[0] = (char)('0' + value);
    }
    return true;
}

bool buf_put_hex(struct buf *b, uint64_t value)
{
    char digits[16]; /* UINT64_MAX in hexadecimal */
    size_t at = sizeof(digits);

    do {
        digits[--at] = "0123456789abcdef"[value % 16];
        value /= 16;
    } while (value > 0);
    return buf_put(b, slice_of(digits + at, sizeof(digits) - at));
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

/* How many bytes of a word from its first on surely stand for themselves between quotes. */
static inline size_t plain_of_word(const char *at)
{
    uint64_t word = word_load(at);

    return word_plain(word_below(word, 0x20) | word_delete(word) | word_byte(word, '"') |
                      word_byte(word, '\\'));
}

/* How many bytes of `s` from its start on stand for themselves between quotes: nearly always all.
 */
static size_t plain_length(struct slice s)
{
    size_t n = 0;
    size_t plain = WORD_BYTES;

    while (plain == WORD_BYTES && s.len - n >= WORD_BYTES) {
        plain = plain_of_word(s.at + n);
        n += plain;
    }
    /* The rest, in a word with what stands before it. */
    if (plain == WORD_BYTES && n > 0 && plain_of_word(s.at + s.len - WORD_BYTES) == WORD_BYTES) {
        return s.len;
    }
    while (n < s.len && s.at[n] >= 0x20 && s.at[n] < 0x7f && s.at[n] != '"' && s.at[n] != '\\') {
        n++;
    }
    return n;
}

static void put_two_digits(struct buf *b, uint8_t value)
{
    buf_put_byte(b, "0123456789abcdef"[value >> 4U]);
    buf_put_byte(b, "0123456789abcdef"[value & 15U]);
}

/* One byte or character that needs more than itself in a JSON string; its length in `s`. */
static size_t put_json_special(struct buf *b, struct slice s)
{
    uint8_t value = (uint8_t)s.at[0];

    if (value >= 0x80) {
        size_t len = utf8_length(s);
        buf_put(b, len == 0 ? SLICE("\xef\xbf\xbd") : slice_of(s.at, len));
        return len == 0 ? 1 : len;
    }
    if (value == '"' || value == '\\') {
        buf_put_byte(b, '\\');
        buf_put_byte(b, s.at[0]);
    } else {
        buf_put(b, SLICE("\\u00"));
        put_two_digits(b, value);
    }
    return 1;
}

bool buf_put_json(struct buf *b, struct slice s)
{
    size_t start = b->len;

    while (s.len > 0 && !b->full) {
        size_t len = plain_length(s);

        buf_put(b, slice_of(s.at, len));
        if (len < s.len) {
            len += put_json_special(b, slice_of(s.at + len, s.len - len));
        }
        s = slice_of(s.at + len, s.len - len);
    }
    return whole_or_nothing(b, start);
}

bool buf_put_escaped(struct buf *b, struct slice s)
{
    size_t start = b->len;

    while (s.len > 0 && !b->full) {
        size_t len = plain_length(s);

        buf_put(b, slice_of(s.at, len));
        if (len < s.len) {
            uint8_t value = (uint8_t)s.at[len];
            if (value == '"' || value == '\\') {
                buf_put_byte(b, '\\');
                buf_put_byte(b, s.at[len]);
            } else {
                buf_put(b, SLICE("\\x"));
                put_two_digits(b, value);
            }
            len++;
        }
        s = slice_of(s.at + len, s.len - len);
    }
    return whole_or_nothing(b, start);
}
