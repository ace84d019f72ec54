/* What a policy comes to as sets of operations, also where patterns decide. */
#ifndef POLICY_SAMPLE_H
#define POLICY_SAMPLE_H

#include "policy/policy.h"

/* A set for each of the two readings. */
struct sample {
    struct operation_set whole; /* allowed for every name, under one API version at least */
    struct operation_set part;  /* allowed for some name and version; includes `whole` */
};

/* Options decide operations, so both sets are `p->allowed`. Rules match paths: each operation is
 * asked for with usual names (a word, an id, an image with registry, tag and digest) and versions.
 * What a rule says of other names stays unseen: `part` may lack an operation whose rule names one
 * container only. `room` as in policy_decide, its path of LIMIT_TARGET bytes. */
void policy_sample(const struct policy *p, struct policy_room *room, struct sample *s);

#endif
