/* A strict reader of JSON (RFC 8259) as it streams by: any split of the input, no recursion, no
 * memory but its own struct. It says what stands there in pieces; it keeps nothing. */
#ifndef INSPECT_VIEW_READER_H
#define INSPECT_VIEW_READER_H

#include "base/slice.h"

/* Objects and arrays within one another. The deepest answer of an engine has a dozen. */
#define VIEW_DEPTH 64

/* The longest number or literal: a 64-bit number has 20 digits, a float fewer than 30 bytes. */
#define VIEW_SCALAR 64

enum view_token {
    VIEW_MORE,    /* the input is used up */
    VIEW_REFUSED, /* not JSON, or beyond a limit; nothing more may be read */
    VIEW_RECORD,  /* a record separator (RFC 7464) before a document */
    VIEW_OBJECT,
    VIEW_OBJECT_END,
    VIEW_ARRAY,
    VIEW_ARRAY_END,
    VIEW_KEY,          /* a part of a member's name, as written between the quotes */
    VIEW_STRING,       /* a part of a string, the same */
    VIEW_SCALAR_VALUE, /* a number, true, false or null, whole */
};

/* Initialise with view_reader_init. */
struct view_reader {
    uint64_t objects; /* a bit for each depth, the innermost lowest: an object, else an array */
    uint8_t depth;
    uint8_t state;
    bool many;        /* documents follow each other (events) */
    bool is_key;      /* the string under way is a member's name */
    bool started;     /* a part of the string under way was given out */
    uint8_t escape;   /* 0: none; 1: behind a backslash; 2 to 5: hex digits still to come, plus 1 */
    uint8_t utf8;     /* continuation bytes still to come */
    uint8_t utf8_low; /* bounds of the next one */
    uint8_t utf8_high;
    uint8_t nscalar;
    char scalar[VIEW_SCALAR];
};

/* One piece of what was read. */
struct view_part {
    struct slice bytes; /* looks into the input; a VIEW_SCALAR_VALUE that came in several pieces:
                           into the reader, until the next call */
    bool first;         /* of a key or string */
    bool last;
    bool plain; /* nothing but ASCII is in these bytes, and no escape */
};

void view_reader_init(struct view_reader *r, bool many);

/* Reads the next piece off the front of `*in`, which is moved behind it. White space is skipped,
 * commas and colons are checked and not told. */
enum view_token view_reader_next(struct view_reader *r, struct slice *in, struct view_part *part);

/* Whether the input may end here: its document is complete (`many`: no document is open). */
bool view_reader_complete(const struct view_reader *r);

#endif
