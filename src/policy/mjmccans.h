/* The mjmccans dialect: what its options mean here. */
#ifndef POLICY_MJMCCANS_H
#define POLICY_MJMCCANS_H

#include "policy/values.h"

/* Decides each operation. The option nearest to it that somebody set decides: its leaf, else what
 * grants the leaf as well. A warning for each read that gives away files, images or secrets because
 * a section is on. */
void mjmccans_compile(const struct option_values *values, struct policy *p,
                      struct policy_notes *notes);

#endif
