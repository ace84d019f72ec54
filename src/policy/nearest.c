/* Edit distance between names (optimal string alignment): what makes "CONTAINERS_STRAT" an error
 * that says CONTAINERS_START. Used for options, settings, flags and commands. */
#include "policy/nearest.h"

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t nearest_distance(struct slice a, struct slice b)
{
    if (a.len == 0 || b.len == 0 || a.len > NEAREST_NAME_MAX || b.len > NEAREST_NAME_MAX) {
        return NEAREST_FAR;
    }
    /* Three rows of the usual table: a swap of neighbours looks two rows back. */
    size_t rows[3][NEAREST_NAME_MAX + 1] = {{0}};
    for (size_t j = 0; j <= b.len; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];
        const size_t *before = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t replaced = above[j - 1] + (a.at[i - 1] != b.at[j - 1]);
            row[j] = least(replaced, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] && a.at[i - 2] == b.at[j - 1]) {
                row[j] = least(row[j], before[j - 2] + 1);
            }
        }
    }
    return rows[a.len % 3][b.len];
}

void nearest_try(struct slice wanted, struct slice known, struct slice *best, size_t *distance)
{
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
