/* Clients that may choose by what others are known, names and labels of containers, or by what they
 * reach things themselves. */
#ifndef CLI_CONFIGURATION_CHOICE_H
#define CLI_CONFIGURATION_CHOICE_H

#include "cli/configuration.h"

/* Warns of each policy under which a client may make or rename containers so that a row by
 * container gives them another policy, which allows something that its own does not. Called when
 * all policies are compiled. What really prevents it counts: an owner, or a label that
 * `requests.set` puts there, where the row asks for another one; `requests.labels` without the
 * row's label, where the policy lets no image in that could bear it; `query` on the name where the
 * row asks for one.
 * Also of each that allows operations for what bears a label, and gives it to what others made: an
 * update of a service, a secret, a config or a node writes its labels anew. What the client itself
 * makes with such a label is its own, and labels of containers, networks and volumes stay. */
void configuration_warn_of_choice(const struct configuration *c, const struct schema_file *file);

#endif
