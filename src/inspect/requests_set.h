/* What a policy adds to lists and maps (`set`): labels, no-new-privileges. Between requests*.c
 * only.
 */
#ifndef INSPECT_REQUESTS_SET_H
#define INSPECT_REQUESTS_SET_H

#include "inspect/requests_walk.h"

/* Whether a security option is no-new-privileges switched on, as clients spell it. */
bool requests_is_no_new_privileges(struct slice text);

/* Whether a member of the map that is written stays: a label that the policy sets is not the
 * client's to set. */
bool requests_set_keeps(const struct requests_walk *w, struct slice key);

/* All values of the list or map `v` (NULL: the client sent none) were written, `n` of them: writes
 * what the policy adds by the rule at work. */
void requests_set_end(struct requests_walk *w, const struct json_tree *v, size_t n);

#endif
