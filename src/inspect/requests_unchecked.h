/* `unchecked`: the operations that a policy lets pass although nobody can say what they contain. */
#ifndef INSPECT_REQUESTS_UNCHECKED_H
#define INSPECT_REQUESTS_UNCHECKED_H

#include "api/operation.h"
#include "base/diag.h"

/* All that can be named: changes whose contents aren't known, and ImageCreate, which imports as
 * well as it pulls. */
struct operation_set requests_unchecked_all(void);

/* Adds what a word names: an operationId, the option of one operation, "true" or "*" for all,
 * "false" for none. False and `d` where it names nothing that is unchecked. */
bool requests_unchecked_add(struct slice word, struct operation_set *set, struct diag *d);

#endif
