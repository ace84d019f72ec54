/* Memory of exchanges. Those of plain requests end soon, and the next one begins: a worker keeps
 * some for itself, since with many under way at once malloc takes its slow path for each of them.
 */
#ifndef GATE_EXCHANGES_H
#define GATE_EXCHANGES_H

#include <stdbool.h>
#include <stddef.h>

struct exchange;

/* A worker's own; zeroed is empty. */
struct exchanges {
    struct exchange *spare; /* those that are kept */
    unsigned nspare;
};

/* Memory for an exchange with `extra` bytes behind it, of which nothing is set but where it goes
 * back to; NULL without memory. `brief`: it will not live long, so it may be larger than it needs
 * to be. */
struct exchange *exchanges_take(struct exchanges *of, size_t extra, bool brief);

/* Takes it back; what it owned has been freed. */
void exchanges_give(struct exchange *x);

/* Frees all that are kept. */
void exchanges_fini(struct exchanges *of);

#endif
