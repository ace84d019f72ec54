/* Patterns that a whole text must match: RE2's syntax, run by PCRE2 under strict limits. */
#ifndef POLICY_PATTERN_H
#define POLICY_PATTERN_H

#include "base/diag.h"
#include "policy/need.h"

/* Compiled once, read only, may be used by several threads. */
struct pattern;

/* What one match at a time needs: one a thread. */
struct pattern_room;

enum pattern_answer {
    PATTERN_NO,
    PATTERN_YES,
    PATTERN_LIMIT, /* given up: more steps, depth or memory than a match may take */
};

/* Compiles a pattern in RE2's syntax (re2.h has what of it) that has to match all of a text. NULL
 * where it is refused, `d` says why. `needs` as in re2_translate. */
struct pattern *pattern_new(struct slice text, struct needs *needs, struct diag *d);
void pattern_free(struct pattern *p);

/* NULL without memory. */
struct pattern_room *pattern_room_new(void);
void pattern_room_free(struct pattern_room *room);

/* Whether all of `text`, which must be well-formed UTF-8 (utf8_is_valid), matches. Allocates
 * nothing but, once in a room, the memory for deeper matches. */
enum pattern_answer pattern_match(const struct pattern *p, struct slice text,
                                  struct pattern_room *room);

#endif
