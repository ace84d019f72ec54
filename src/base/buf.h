/* A writable buffer over storage that the caller owns, born with a maximum. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/slice.h"

/* `full` sticks: once something did not fit, nothing more is written, so that a caller may write a
 * whole message and look once at the end. */
struct buf {
    char *at;
    size_t len;
    size_t max;
    bool full;
};

static inline void buf_init(struct buf *b, char *storage, size_t max)
{
    *b = (struct buf){storage, 0, max, false};
}

static inline struct slice buf_slice(const struct buf *b)
{
    return (struct slice){b->at, b->len};
}

/* Each appends whole or not at all; false (and `full` set) when it would not fit. The first two are
 * inline: lines and heads are written from many literals, and the compiler knows their lengths. */
static inline bool buf_put(struct buf *b, struct slice s)
{
    if (b->full || s.len > b->max - b->len) {
        b->full = true;
        return false;
    }
    if (s.len > 0) {
        memcpy(b->at + b->len, s.at, s.len);
        b->len += s.len;
    }
    return true;
}

static inline bool buf_put_byte(struct buf *b, char byte)
{
    if (b->full || b->len == b->max) {
        b->full = true;
        return false;
    }
    b->at[b->len++] = byte;
    return true;
}

bool buf_put_u64(struct buf *b, uint64_t value);
bool buf_put_hex(struct buf *b, uint64_t value);

/* As vsnprintf, appended; for text of ours, not on the path of each request. */
__attribute__((format(printf, 2, 3))) bool buf_putf(struct buf *b, const char *format, ...);

/* `s` as the inside of a JSON string (RFC 8259 §7): quote, backslash and control bytes escaped,
 * bytes that are no valid UTF-8 as U+FFFD. */
bool buf_put_json(struct buf *b, struct slice s);

/* `s` for a log line between quotes: quote and backslash get a backslash, bytes outside 0x20-0x7e
 * become \xHH. Nothing that comes out can end a line or a quoted text. */
bool buf_put_escaped(struct buf *b, struct slice s);

#endif
