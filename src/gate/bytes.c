/* Bytes that wait: copied out of the worker's shared buffer only when a peer does not take them at
 * once. */
#include "gate/bytes.h"

#include <stdlib.h>

#define BYTES_LEAST 512

void bytes_free(struct bytes *b)
{
    free(b->at);
    *b = (struct bytes){0};
}

char *bytes_room(struct bytes *b, size_t more)
{
    if (more > UINT32_MAX / 4 || b->len > UINT32_MAX / 4) {
        return NULL;
    }
    if (b->at != NULL && b->cap - b->from - b->len >= more) {
        return b->at + b->from + b->len;
    }
    if (b->at != NULL && b->from > 0) {
        memmove(b->at, b->at + b->from, b->len);
        b->from = 0;
    }
    if (b->at == NULL || b->cap - b->len < more) {
        size_t cap = b->len + more;
        /* Grows by doubling when it grows again; a first time exactly, since most never do. */
        if (b->at != NULL && cap < (size_t)b->cap * 2) {
            cap = (size_t)b->cap * 2;
        }
        if (cap < BYTES_LEAST) {
            cap = BYTES_LEAST;
        }
        char *at = realloc(b->at, cap);
        if (at == NULL) {
            return NULL;
        }
        b->at = at;
        b->cap = (uint32_t)cap;
    }
    return b->at + b->len;
}

bool bytes_append(struct bytes *b, struct slice s)
{
    if (s.len == 0) {
        return true;
    }
    char *room = bytes_room(b, s.len);
    if (room == NULL) {
        return false;
    }
    memcpy(room, s.at, s.len);
    b->len += (uint32_t)s.len;
    return true;
}

void bytes_drop(struct bytes *b, size_t n)
{
    if (n >= b->len) {
        bytes_free(b);
        return;
    }
    b->from += (uint32_t)n;
    b->len -= (uint32_t)n;
}

bool bytes_flush(struct stream *s, struct bytes *b, bool *broken)
{
    while (b->len > 0) {
        if (!s->writable) {
            return false;
        }
        struct iovec part = {b->at + b->from, b->len};
        ssize_t n = stream_write(s, &part, 1);
        if (n < 0) {
            *broken = true;
            return false;
        }
        bytes_drop(b, (size_t)n);
    }
    return true;
}

int bytes_keep(struct bytes *b, const struct iovec *parts, int nparts, size_t written)
{
    size_t length = stream_length(parts, nparts);
    if (length <= written) {
        return 0;
    }
    char *room = bytes_room(b, length - written);
    if (room == NULL) {
        return STREAM_BROKEN;
    }
    b->len += (uint32_t)(length - written);
    for (int i = 0; i < nparts; i++) {
        size_t skipped = written < parts[i].iov_len ? written : parts[i].iov_len;
        size_t rest = parts[i].iov_len - skipped;
        written -= skipped;
        if (rest > 0) { /* else it may have no bytes to point to */
            memcpy(room, (const char *)parts[i].iov_base + skipped, rest);
            room += rest;
        }
    }
    return 0;
}

int bytes_write(struct stream *s, struct bytes *b, const struct iovec *parts, int nparts)
{
    size_t written = 0;
    if (b->len == 0 && s->writable) {
        ssize_t n = stream_write(s, parts, nparts);
        if (n < 0) {
            return STREAM_BROKEN;
        }
        written = (size_t)n;
    }
    return bytes_keep(b, parts, nparts, written);
}
