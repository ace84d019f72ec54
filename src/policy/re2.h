/* Patterns in RE2's syntax (Go's regexp/syntax), read strictly and written anew for PCRE2. */
#ifndef POLICY_RE2_H
#define POLICY_RE2_H

#include "base/buf.h"
#include "base/diag.h"
#include "policy/need.h"

/* The longest pattern that is read, and how deep its groups may nest. The longest that predecessors
 * ship, a reference to an image in cetusguard's rules, has 1.2 KiB. */
#define RE2_PATTERN_MAX 16384
#define RE2_DEPTH_MAX   100

/* Reads `pattern` and appends to `out` what PCRE2 reads exactly as RE2 reads the pattern when it
 * has to match a whole text (`^(?:pattern)$` without flags); for PCRE2_UTF without PCRE2_UCP.
 * `needs` (or NULL) gets what every text that matches has in it, as far as that is plain to see.
 *
 * Nothing is passed on unread: what RE2 does not have (back references, lookaround, possessive and
 * atomic groups …), what the two would read differently, and what is malformed is refused, with its
 * place and name in `d`. Of RE2's own syntax these are refused: the flags m and U, classes by
 * Unicode property, repeated assertions, and negated classes inside a bracket under the flag i.
 * False also when `out` is full. Pure. */
bool re2_translate(struct slice pattern, struct buf *out, struct needs *needs, struct diag *d);

#endif
