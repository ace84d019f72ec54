/* Reads that a section opens although they give away files, images or secrets: what people are
 * warned of, and what DOCKGATE_STRICT closes. */
#ifndef POLICY_OPENING_H
#define POLICY_OPENING_H

#include "policy/notes.h"
#include "policy/option.h"

/* Whether `by` grants the operation without naming it, and it gives something away. */
bool opening_is(enum operation_id op, option_id by);

/* Warns of it, with the option that closes it; once for all operations of one leaf. `warned` starts
 * all false. */
void opening_warn(enum operation_id op, option_id by, bool warned[OPTION_COUNT],
                  struct policy_notes *notes);

#endif
