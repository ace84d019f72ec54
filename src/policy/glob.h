/* Globs on names: "web-*". */
#ifndef POLICY_GLOB_H
#define POLICY_GLOB_H

#include "base/slice.h"

/* Longer patterns are refused, longer texts match none: a match costs their product at most. */
#define GLOB_MAX      128
#define GLOB_TEXT_MAX 1024

/* Whether all of `text` is what the pattern (GLOB_MAX bytes at most) says: `?` stands for one byte
 * but '/', `*` for any number of these, `**` for any bytes, everything else for itself. */
bool glob_match(struct slice pattern, struct slice text);

/* Whether the pattern has `?` or `*`. */
bool glob_is(struct slice pattern);

/* How many bytes stand before the first `?` or `*`, and behind the last one: what matches begins
 * and ends with them. Both are the whole pattern where there is none. */
size_t glob_begin(struct slice pattern);
size_t glob_end(struct slice pattern);

/* Whether some text of hexadecimal digits alone matches: engines take the first digits of an id
 * for a name. */
bool glob_may_be_id(struct slice pattern);

#endif
