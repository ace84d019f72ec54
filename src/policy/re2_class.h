/* Brackets and named classes of RE2 patterns. Only for re2.c. */
#ifndef POLICY_RE2_CLASS_H
#define POLICY_RE2_CLASS_H

#include "base/buf.h"

/* Appends the class that the escape `letter` (d D s S w W) stands for, as a bracket. False where it
 * stands for none. */
bool re2_class_put_perl(struct buf *out, char letter);

/* Reads a bracket at the start of `s` ("[^a-z]…") and appends it with every range spelt out.
 * `fold`: the flag i holds. Returns how many bytes it took; 0 where it is refused, `*why` then says
 * why. */
size_t re2_class_put_bracket(struct slice s, bool fold, struct buf *out, const char **why);

/* Reads the escape at the start of `s` ("\n", "\x2f", "\012", "\.") that stands for one character.
 * Returns how many bytes it took, or 0. */
size_t re2_class_read_escape(struct slice s, uint32_t *point);

/* Appends a character so that it stands for itself, in a bracket and outside. */
bool re2_class_put_point(struct buf *out, uint32_t point);

#endif
