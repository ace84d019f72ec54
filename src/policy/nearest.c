/* Edit distance between names (optimal string alignment): what makes "CONTAINERS_STRAT" an error
 * that says CONTAINERS_START. Used for options, settings, flags and commands. */
#include "policy/nearest.h"

#include <assert.h>
#include <stdint.h>

static_assert(NEAREST_NAME_MAX <= 64, "a name's letters have a bit each");

/* A column of the usual table at a time, all of its rows at once: a bit says that a cell is one
 * more, or one less, than its neighbour (Hyyrö, "A Bit-Vector Algorithm for Computing Levenshtein
 * and Damerau Edit Distances", 2003). An environment of a thousand variables is compared with
 * hundreds of names each before the gate starts. */
size_t nearest_distance(struct slice a, struct slice b)
{
    if (a.len == 0 || b.len == 0 || a.len > NEAREST_NAME_MAX || b.len > NEAREST_NAME_MAX) {
        return NEAREST_FAR;
    }
    uint64_t places[UINT8_MAX + 1] = {0}; /* where each letter stands in `a` */
    for (size_t i = 0; i < a.len; i++) {
        places[(uint8_t)a.at[i]] |= 1ULL << i;
    }
    uint64_t above_less = ~0ULL; /* than the cell: the first column counts upwards */
    uint64_t above_more = 0;
    uint64_t same = 0; /* as the cell left of the one above */
    uint64_t before = 0;
    size_t distance = a.len;
    for (size_t j = 0; j < b.len; j++) {
        uint64_t here = places[(uint8_t)b.at[j]];
        uint64_t swapped = (~same & here) << 1U & before;
        same = (((here & above_less) + above_less) ^ above_less) | here | above_more | swapped;
        uint64_t left_less = above_more | ~(same | above_less);
        uint64_t left_more = same & above_less;
        distance += left_less >> (a.len - 1) & 1U;
        distance -= left_more >> (a.len - 1) & 1U;
        left_less = left_less << 1U | 1U; /* so does the first row */
        above_less = left_more << 1U | ~(same | left_less);
        above_more = left_less & same;
        before = here;
    }
    return distance;
}

void nearest_try(struct slice wanted, struct slice known, struct slice *best, size_t *distance)
{
    /* So many letters at least have to be put in or left out. */
    size_t gap = wanted.len > known.len ? wanted.len - known.len : known.len - wanted.len;
    if (gap >= *distance) {
        return;
    }
    size_t d = nearest_distance(wanted, known);
    if (d < *distance) {
        *distance = d;
        *best = known;
    }
}

bool nearest_is_close(struct slice wanted, size_t distance)
{
    return distance <= wanted.len / 2;
}
