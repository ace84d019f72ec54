/* The character classes of RFC 9110 and RFC 9112, one table look-up each.
 * A byte may be in several classes; each class is one bit of its entry.
 * Used by every reader in this folder, so that a rule of the grammar is written once. */
#ifndef HTTP_GRAMMAR_H
#define HTTP_GRAMMAR_H

#include "base/word.h"

#include <stdbool.h>
#include <stddef.h>

enum http_class {
    HTTP_CLASS_TOKEN = 1,   /* tchar, RFC 9110 §5.6.2 */
    HTTP_CLASS_VISIBLE = 2, /* VCHAR, RFC 5234: 0x21-0x7e */
    HTTP_CLASS_VALUE =
        4, /* what a field value may hold, RFC 9110 §5.5: VCHAR, obs-text, SP, HTAB */
    HTTP_CLASS_HOST = 8, /* uri-host [ ":" port ], RFC 3986 §3.2: unreserved, sub-delims, "%:[]" */
    HTTP_CLASS_EXTENSION = 16, /* what a chunk extension may hold here: tchar, ";", "=", DQUOTE */
    HTTP_CLASS_PATH = 32,      /* VCHAR but "?" and "#"; the engine takes more than pchar */
    HTTP_CLASS_CONTROL = 64,   /* CTL, RFC 5234: 0x00-0x1f, 0x7f */
};

extern const uint8_t http_grammar[256];

static inline bool http_is(char byte, enum http_class class)
{
    return (http_grammar[(unsigned char)byte] & class) != 0;
}

/* Whether four bytes are all of `class`. */
static inline bool http_are(const char *at, enum http_class class)
{
    const unsigned char *b = (const unsigned char *)at;

    return (http_grammar[b[0]] & http_grammar[b[1]] & http_grammar[b[2]] & http_grammar[b[3]] &
            class) != 0;
}

/* How many of eight bytes from the first on are surely of `class`, which is one of these two: a
 * value's bytes from 0x80 up and its tabs are not sure. */
static inline size_t http_sure(const char *at, enum http_class class)
{
    uint64_t word = word_load(at);

    return word_plain(word_below(word, class == HTTP_CLASS_VALUE ? 0x20 : 0x21) |
                      word_delete(word));
}

/* The offset of the first byte from `pos` on that is not of `class`, or `end`. */
static inline size_t http_skip(const char *at, size_t pos, size_t end, enum http_class class)
{
    while ((class == HTTP_CLASS_VALUE || class == HTTP_CLASS_VISIBLE) && end - pos >= WORD_BYTES) {
        size_t sure = http_sure(at + pos, class);

        pos += sure;
        if (sure < WORD_BYTES && !http_is(at[pos], class)) {
            return pos;
        }
        pos += sure < WORD_BYTES ? 1 : 0;
    }
    while (end - pos >= 4 && http_are(at + pos, class)) {
        pos += 4;
    }
    while (pos < end && http_is(at[pos], class)) {
        pos++;
    }
    return pos;
}

#endif
