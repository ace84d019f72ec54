/* UTF-8 (Unicode 15, table 3-7): one sequence at a time. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/slice.h"

/* The length of the well-formed sequence at the start of `s`, whose first byte is from 0x80 up, or
 * 0. */
size_t utf8_length(struct slice s);

/* Reads one code point off the start of `s`: returns its length, or 0 where there is none that is
 * well-formed. */
size_t utf8_read(struct slice s, uint32_t *point);

/* Whether all of `s` is well-formed. */
bool utf8_is_valid(struct slice s);

#endif
