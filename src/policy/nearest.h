/* The known name that a misspelt one is nearest to. */
#ifndef POLICY_NEAREST_H
#define POLICY_NEAREST_H

#include "base/slice.h"

/* Longer names are not compared. */
#define NEAREST_NAME_MAX 64

/* What is further away than anything that counts. */
#define NEAREST_FAR SIZE_MAX

/* How many edits (a letter put in, left out, replaced, or swapped with its neighbour) lead from one
 * name to the other; NEAREST_FAR where either is empty or too long. */
size_t nearest_distance(struct slice a, struct slice b);

/* Keeps the nearer one of `*best` and `known`, seen from `wanted`; start with `*distance`
 * NEAREST_FAR, or with one more than what still counts: much is then not even compared. */
void nearest_try(struct slice wanted, struct slice known, struct slice *best, size_t *distance);

/* Whether a name that far away may be the one that was meant: every second letter is right. Further
 * ones had better not be named at all. `wanted` is without what all names begin with. */
bool nearest_is_close(struct slice wanted, size_t distance);

#endif
