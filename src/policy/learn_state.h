/* What was learned, as text that a later run reads: lines, strictly read, with a checksum. */
#ifndef POLICY_LEARN_STATE_H
#define POLICY_LEARN_STATE_H

#include "base/buf.h"
#include "policy/learn.h"

/* The text never grows beyond this: a line of at most 200 bytes for each operation, used or
 * denied, and four more. */
#define LEARN_STATE_MAX ((size_t)128 * 1024)

/* Writes it: `generation` tells the newer of two texts. False where `out` is too small. */
bool learn_state_write(const struct learn *l, uint64_t generation, struct buf *out);

/* Reads what learn_state_write wrote. What stands behind its last line is not looked at (it may be
 * the rest of a longer, older text). False for anything else, be it one byte; `*l` is then
 * undefined. */
bool learn_state_read(struct slice in, struct learn *l, uint64_t *generation);

#endif
