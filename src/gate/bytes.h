/* Bytes that wait: what could not be written yet, and what was read ahead. Both hold memory only
 * while there is something in them. */
#ifndef GATE_BYTES_H
#define GATE_BYTES_H

#include "net/stream.h"

/* A run of owned bytes; zeroed storage is empty. */
struct bytes {
    char *at; /* owned; NULL when empty */
    uint32_t from;
    uint32_t len; /* bytes that wait, from `from` on */
    uint32_t cap;
};

static inline struct slice bytes_slice(const struct bytes *b)
{
    return (struct slice){b->at == NULL ? NULL : b->at + b->from, b->len};
}

/* Appends a copy; false when there is no memory for it (`b` is then unchanged). */
bool bytes_append(struct bytes *b, struct slice s);

/* Makes room for `more` bytes behind those that wait and returns where it starts, or NULL. */
char *bytes_room(struct bytes *b, size_t more);

/* Drops the first `n` bytes; frees the memory when nothing is left. */
void bytes_drop(struct bytes *b, size_t n);

void bytes_free(struct bytes *b);

/* Appends what of `parts` lies behind their first `written` bytes. STREAM_BROKEN for want of
 * memory, else 0. */
int bytes_keep(struct bytes *b, const struct iovec *parts, int nparts, size_t written);

/* Writes `parts` to `s` behind what waits already; what the peer does not take waits in `b`.
 * STREAM_BROKEN (also for want of memory), else 0. */
int bytes_write(struct stream *s, struct bytes *b, const struct iovec *parts, int nparts);

/* Writes what waits. True when nothing waits any more; `*broken` is set when it can never be
 * written. */
bool bytes_flush(struct stream *s, struct bytes *b, bool *broken);

#endif
