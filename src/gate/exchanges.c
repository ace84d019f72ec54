/* Spare exchanges of one size, in which nearly every plain request fits; others are allocated by
 * themselves. */
#include "gate/exchanges.h"

#include "gate/session.h"

#include <stdlib.h>

/* Method, target and the head for the engine of what clients ask have 100 to 300 bytes. */
#define SPARE_SIZE (sizeof(struct exchange) + 352)

/* As many are kept, 0.4 MB; more under way at once are rare. The sanitizer is to see the bounds and
 * the end of each. */
#ifdef __SANITIZE_ADDRESS__
#define SPARE_MAX 0U
#else
#define SPARE_MAX 512U
#endif

struct exchange *exchanges_take(struct exchanges *of, size_t extra, bool brief)
{
    size_t size = sizeof(struct exchange) + extra;
    bool usual = SPARE_MAX > 0 && brief && size <= SPARE_SIZE;
    struct exchange *x = of->spare;

    if (usual && x != NULL) {
        of->spare = x->next;
        of->nspare--;
    } else {
        x = malloc(usual ? SPARE_SIZE : size);
    }
    if (x != NULL) {
        x->home = usual ? of : NULL;
    }
    return x;
}

void exchanges_give(struct exchange *x)
{
    struct exchanges *home = x->home;

    if (home == NULL || home->nspare == SPARE_MAX) {
        free(x);
        return;
    }
    x->next = home->spare;
    home->spare = x;
    home->nspare++;
}

void exchanges_fini(struct exchanges *of)
{
    while (of->spare != NULL) {
        struct exchange *x = of->spare;
        of->spare = x->next;
        free(x);
    }
    of->nspare = 0;
}
