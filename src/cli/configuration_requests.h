/* `requests:` of a policy in dockgate.yaml, compiled. */
#ifndef CLI_CONFIGURATION_REQUESTS_H
#define CLI_CONFIGURATION_REQUESTS_H

#include "inspect/config.h"
#include "policy/policy.h"

/* What a policy of that name says of requests; heap, freed by requests_policy_free. `*to` stays
 * NULL where that is nothing. What is wrong becomes notes, at its place; false where there was any.
 */
bool configuration_requests(const struct config_requests *from, struct slice name,
                            const struct schema_file *file, struct requests_policy **to);

/* Warns of operations that pass unchecked, by name. */
void configuration_warn_of_unchecked(const struct requests_policy *p, const struct policy *of,
                                     const struct tree_node *where, const struct schema_file *file);

#endif
