/* Arenas: a chain of blocks, the last one with room. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>

/* Most of what is taken is small; what is larger gets a block of its own. */
#define BLOCK 8192

struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) char bytes[];
};

static bool grow(struct arena *a, size_t n)
{
    size_t size = n > BLOCK ? n : BLOCK;
    struct arena_block *b = size > SIZE_MAX - sizeof(*b) ? NULL : calloc(1, sizeof(*b) + size);

    if (b == NULL) {
        return false;
    }
    b->size = size;
    b->next = a->blocks;
    a->blocks = b;
    return true;
}

void *arena_take(struct arena *a, size_t n)
{
    size_t align = alignof(max_align_t);

    if (n > SIZE_MAX / 2 || (a->max != 0 && n > a->max - a->total)) {
        return NULL;
    }
    size_t whole = (n + align - 1) / align * align;
    if ((a->blocks == NULL || a->blocks->size - a->blocks->used < whole) && !grow(a, whole)) {
        return NULL;
    }
    void *at = a->blocks->bytes + a->blocks->used;
    a->blocks->used += whole;
    a->total += n;
    return at;
}

struct slice arena_copy(struct arena *a, struct slice text)
{
    char *at = arena_take(a, text.len + 1);

    if (at != NULL && text.len > 0) {
        memcpy(at, text.at, text.len);
    }
    return slice_of(at, at == NULL ? 0 : text.len);
}

void arena_free(struct arena *a)
{
    while (a->blocks != NULL) {
        struct arena_block *b = a->blocks;
        a->blocks = b->next;
        free(b);
    }
    *a = (struct arena){.max = a->max};
}
