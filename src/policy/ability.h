/* Abilities: what a set of operations lets a client do, in plain words, and how bad that is. */
#ifndef POLICY_ABILITY_H
#define POLICY_ABILITY_H

#include "api/operation.h"

/* From nothing to all; the grade of a policy is that of its worst ability. */
enum ability_grade {
    ABILITY_HARMLESS,
    ABILITY_OBSERVING,
    ABILITY_DISCLOSING,
    ABILITY_DISRUPTING,
    ABILITY_ROOT,
};
#define ABILITY_NGRADES (ABILITY_ROOT + 1)

/* Worst first. */
enum ability_id {
#define ABILITY(id, ...) ABILITY_IS_##id,
#include "policy/ability.def"
    ABILITY_COUNT,
    ABILITY_IS_NONE = ABILITY_COUNT,
};

struct ability {
    enum ability_grade grade;
    enum ability_id part_of; /* the wider one that includes it */
    struct slice text;       /* goes on after "a client can" */
};

/* One way to an ability: an operation, or two of them together. */
struct ability_way {
    enum ability_id ability;
    enum operation_id operation;
    enum operation_id second; /* OPERATION_NONE: the first one is enough */
};

/* The rows, static. */
const struct ability *ability_get(enum ability_id ability);
const struct ability_way *ability_ways(size_t *n);

/* "root-equivalent", and what that means for people. */
struct slice ability_grade_name(enum ability_grade grade);
struct slice ability_grade_sentence(enum ability_grade grade);

/* Whether the way is open under `allowed`. */
bool ability_way_open(const struct ability_way *way, const struct operation_set *allowed);

/* Whether `allowed` gives the ability. */
bool ability_given(enum ability_id ability, const struct operation_set *allowed);

/* The same, but false also where a wider ability that includes it is given: what is worth telling.
 */
bool ability_shown(enum ability_id ability, const struct operation_set *allowed);

/* The worst grade among the abilities that `allowed` gives; ABILITY_HARMLESS for none. */
enum ability_grade ability_grade_of(const struct operation_set *allowed);

#endif
