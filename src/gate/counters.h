/* What a worker counts: plain numbers that only it writes and that anybody may read at any time. A
 * count costs a load and a store; nothing here takes a lock or asks a clock. */
#ifndef GATE_COUNTERS_H
#define GATE_COUNTERS_H

#include "policy/policy.h"

#include <stdatomic.h>

/* No two workers write to the same line of the cache. */
#define COUNTERS_LINE 64

/* Status classes: none or odd, 1xx to 5xx. */
#define COUNTERS_CLASSES 6

enum counter {
    /* Requests by their verdict (enum verdict_kind), counted when it is known. */
    COUNTER_VERDICT,
    /* Exchanges that have ended, by the class of the status which the client got; the first: none,
     * or outside of 100 to 599. */
    COUNTER_STATUS = COUNTER_VERDICT + VERDICT_KINDS,
    /* Body bytes from and to clients, of exchanges that have ended (tunnels: all that passed). */
    COUNTER_BYTES_IN = COUNTER_STATUS + COUNTERS_CLASSES,
    COUNTER_BYTES_OUT,
    /* Client connections: served, refused for there were too many, and over (of those served). */
    COUNTER_ACCEPTED,
    COUNTER_REFUSED,
    COUNTER_CLOSED,
    /* Connections to the engine: dialled, not reached, taken from the pool; and requests that were
     * sent a second time. */
    COUNTER_DIALLED,
    COUNTER_DIAL_FAILED,
    COUNTER_REUSED,
    COUNTER_RETRIED,
    /* The gate's own answers for an engine that can't be reached, is too busy, or is silent. */
    COUNTER_OWN_502,
    COUNTER_OWN_503,
    COUNTER_OWN_504,
    COUNTER_COUNT,
};

/* How often an operation was asked for under one verdict, and when (sys_clock_us) at first and at
 * last; all 0: never. */
struct counter_use {
    atomic_uint_fast64_t n;
    atomic_uint_fast64_t first_us;
    atomic_uint_fast64_t last_us;
};

/* One worker's; zeroed to begin with. The ends keep neighbours off its lines, wherever it lies. */
struct counters {
    char before[COUNTERS_LINE];
    atomic_uint_fast64_t n[COUNTER_COUNT];
    struct counter_use use[OPERATION_COUNT][VERDICT_KINDS];
    char after[COUNTERS_LINE];
};

/* Adds `by`. Only the thread of the worker may. */
static inline void counter_add(struct counters *c, enum counter which, uint64_t by)
{
    uint64_t n = atomic_load_explicit(&c->n[which], memory_order_relaxed);
    atomic_store_explicit(&c->n[which], n + by, memory_order_relaxed);
}

/* Counts a request with its verdict. `now_us`: sys_clock_us when its head was complete. Only the
 * thread of the worker may. */
void counters_request(struct counters *c, const struct verdict *v, uint64_t now_us);

/* Counts the end of an exchange; `status` 0: the client got none. Only the thread of the worker
 * may. */
void counters_end(struct counters *c, unsigned status, uint64_t bytes_in, uint64_t bytes_out);

/* Counts an answer of the gate itself. Only the thread of the worker may. */
void counters_own(struct counters *c, unsigned status);

/* The counts of several workers together, at one moment for each number by itself. */
struct counters_sum {
    uint64_t n[COUNTER_COUNT];
    struct counters_use_sum {
        uint64_t n;
        uint64_t first_us;
        uint64_t last_us;
    } use[OPERATION_COUNT][VERDICT_KINDS];
};

/* Adds one worker's counts to `*sum` (zeroed before the first). Any thread may. */
void counters_add_to(const struct counters *c, struct counters_sum *sum);

#endif
