/* A slice: borrowed bytes, a pointer and a length. How untrusted bytes travel in dockgate. */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed, never owned, never terminated. `at` may be NULL only when `len` is 0. */
struct slice {
    const char *at;
    size_t len;
};

/* A slice of a string literal, without its terminator. */
#define SLICE(literal) ((struct slice){"" literal, sizeof(literal) - 1})

/* The same as an initialiser, for rows of static tables. */
#define SLICE_INIT(literal)                                                                        \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

static inline struct slice slice_of(const char *at, size_t len)
{
    return (struct slice){at, len};
}

/* A slice over a terminated string of ours (arguments, environment, messages), up to 1 MiB long. */
struct slice slice_from_text(const char *text);

/* The part of `s` from `from` on, at most `len` bytes; both are clipped to `s`. */
static inline struct slice slice_sub(struct slice s, size_t from, size_t len)
{
    if (from > s.len) {
        from = s.len;
    }
    if (len > s.len - from) {
        len = s.len - from;
    }
    /* No arithmetic on NULL; a slice without bytes has no part but itself. */
    return s.at == NULL ? (struct slice){NULL, 0} : (struct slice){s.at + from, len};
}

/* NULL has no bytes, so it is never looked at; gcc's analyser can't tell and wants to see it. */
static inline bool slice_same(const char *a, const char *b, size_t len)
{
    return len == 0 || (a != NULL && b != NULL && memcmp(a, b, len) == 0);
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && slice_same(a.at, b.at, a.len);
}

static inline bool slice_starts_with(struct slice s, struct slice prefix)
{
    return s.len >= prefix.len && slice_same(s.at, prefix.at, prefix.len);
}

static inline bool slice_ends_with(struct slice s, struct slice suffix)
{
    return s.len >= suffix.len &&
           (suffix.len == 0 || slice_same(s.at + s.len - suffix.len, suffix.at, suffix.len));
}

/* Equal but for the case of ASCII letters; no locale, no Unicode. */
bool slice_equal_nocase(struct slice a, struct slice b);

/* The offset of the first `byte` in `s`, or s.len. */
size_t slice_find(struct slice s, char byte);

/* Without the spaces and tabs (RFC 9110 §5.6.3, OWS) at both ends. */
struct slice slice_trim(struct slice s);

/* Takes what stands before the next `separator` off the front of `*rest` into `*part`; false when
 * `*rest` is used up (its `at` is then NULL). "a,,b" gives "a", "", "b". */
bool slice_next(struct slice *rest, char separator, struct slice *part);

/* Reads all of `s` as an unsigned number: digits of `radix` (10, 16 or 8) only, no sign, no blank,
 * no prefix, at least one digit, at most `max`. False leaves `*value` untouched. */
bool slice_to_u64(struct slice s, unsigned radix, uint64_t max, uint64_t *value);

#endif
