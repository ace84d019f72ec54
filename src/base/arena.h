/* Memory that is freed all at once: what one document or one configuration is made of. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/slice.h"

struct arena_block;

/* Zeroed is empty. Whoever holds it ends it with arena_free. */
struct arena {
    struct arena_block *blocks;
    size_t total;
    size_t max; /* bytes that may be taken in all; 0: no limit but memory */
};

/* `n` zeroed bytes, aligned for anything; NULL without memory or beyond the maximum. */
void *arena_take(struct arena *a, size_t n);

/* A copy of the text with a zero byte behind it; `at` is NULL without memory. */
struct slice arena_copy(struct arena *a, struct slice text);

void arena_free(struct arena *a);

#endif
