/* Adds up what a policy lets a client do. The facts are in ability.def; here is only the asking. */
#include "policy/ability.h"

#include <assert.h>

static const struct ability abilities[ABILITY_COUNT] = {
#define ABILITY(id, grade, part_of, text) {ABILITY_##grade, ABILITY_IS_##part_of, SLICE_INIT(text)},
#include "policy/ability.def"
};

static const struct ability_way ways[] = {
#define WAY(ability, operation, second)                                                            \
    {ABILITY_IS_##ability, OPERATION_##operation, OPERATION_##second},
#include "policy/ability.def"
};
#define NWAYS (sizeof(ways) / sizeof(ways[0]))

static const struct {
    struct slice name;
    struct slice sentence;
} grades[ABILITY_NGRADES] = {
    [ABILITY_HARMLESS] = {SLICE_INIT("harmless"), SLICE_INIT("tells nothing of what runs")},
    [ABILITY_OBSERVING] = {SLICE_INIT("observing"), SLICE_INIT("sees what there is and happens")},
    [ABILITY_DISCLOSING] = {SLICE_INIT("disclosing"), SLICE_INIT("reads what is often secret")},
    [ABILITY_DISRUPTING] = {SLICE_INIT("disrupting"),
                            SLICE_INIT("can stop, change or delete what runs")},
    [ABILITY_ROOT] = {SLICE_INIT("root-equivalent"), SLICE_INIT("as good as root on the host")},
};

const struct ability *ability_get(enum ability_id ability)
{
    assert(ability < ABILITY_COUNT);
    return &abilities[ability];
}

const struct ability_way *ability_ways(size_t *n)
{
    *n = NWAYS;
    return ways;
}

struct slice ability_grade_name(enum ability_grade grade)
{
    return grades[grade].name;
}

struct slice ability_grade_sentence(enum ability_grade grade)
{
    return grades[grade].sentence;
}

bool ability_way_open(const struct ability_way *way, const struct operation_set *allowed)
{
    return operation_set_has(allowed, way->operation) &&
           (way->second == OPERATION_NONE || operation_set_has(allowed, way->second));
}

bool ability_given(enum ability_id ability, const struct operation_set *allowed)
{
    for (size_t i = 0; i < NWAYS; i++) {
        if (ways[i].ability == ability && ability_way_open(&ways[i], allowed)) {
            return true;
        }
    }
    return false;
}

bool ability_shown(enum ability_id ability, const struct operation_set *allowed)
{
    enum ability_id wider = ability_get(ability)->part_of;
    return ability_given(ability, allowed) &&
           (wider == ABILITY_IS_NONE || !ability_given(wider, allowed));
}

enum ability_grade ability_grade_of(const struct operation_set *allowed)
{
    enum ability_grade worst = ABILITY_HARMLESS;
    for (size_t i = 0; i < NWAYS; i++) {
        enum ability_grade grade = abilities[ways[i].ability].grade;
        if (grade > worst && ability_way_open(&ways[i], allowed)) {
            worst = grade;
        }
    }
    return worst;
}
