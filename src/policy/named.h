/* The operations that a name stands for: an option, or an operationId of the API. */
#ifndef POLICY_NAMED_H
#define POLICY_NAMED_H

#include "policy/option.h"

/* Adds them to `*set`, which is left as it was where an option grants nothing by itself (words of
 * methods, settings): CONTAINERS_START is its operation, CONTAINERS all reads of its section,
 * ContainerStart the operations of that id, second spellings included. `*option`: the option that
 * it is, or OPTION_NONE. False: it is neither. */
bool named_operations(struct slice name, option_id *option, struct operation_set *set);

/* The option or operationId that is nearest to a name which is none; static, empty: none is. */
struct slice named_nearest(struct slice name);

#endif
