/* Counting: plain loads and stores, since each number has one writer, and readers want no order
 * among them but for an operation's count and its times. */
#include "gate/counters.h"

static uint64_t get(const atomic_uint_fast64_t *n)
{
    return atomic_load_explicit(n, memory_order_relaxed);
}

static void set(atomic_uint_fast64_t *n, uint64_t value)
{
    atomic_store_explicit(n, value, memory_order_relaxed);
}

void counters_request(struct counters *c, const struct verdict *v, uint64_t now_us)
{
    counter_add(c, (enum counter)(COUNTER_VERDICT + (int)v->kind), 1);
    if (v->match.operation >= OPERATION_COUNT) {
        return;
    }
    struct counter_use *use = &c->use[v->match.operation][v->kind];
    uint64_t n = get(&use->n);
    if (n == 0) {
        set(&use->first_us, now_us);
    }
    set(&use->last_us, now_us);
    /* Who sees the count sees the times as well. */
    atomic_store_explicit(&use->n, n + 1, memory_order_release);
}

void counters_end(struct counters *c, unsigned status, uint64_t bytes_in, uint64_t bytes_out)
{
    unsigned class = status / 100 < COUNTERS_CLASSES ? status / 100 : 0;
    counter_add(c, (enum counter)(COUNTER_STATUS + (int)class), 1);
    counter_add(c, COUNTER_BYTES_IN, bytes_in);
    counter_add(c, COUNTER_BYTES_OUT, bytes_out);
}

void counters_own(struct counters *c, unsigned status)
{
    if (status >= 502 && status <= 504) {
        counter_add(c, (enum counter)(COUNTER_OWN_502 + (int)(status - 502)), 1);
    }
}

static void add_use(const struct counter_use *use, struct counters_use_sum *sum)
{
    uint64_t n = atomic_load_explicit(&use->n, memory_order_acquire);
    if (n == 0) {
        return;
    }
    uint64_t first = get(&use->first_us);
    uint64_t last = get(&use->last_us);
    if (sum->n == 0 || first < sum->first_us) {
        sum->first_us = first;
    }
    if (last > sum->last_us) {
        sum->last_us = last;
    }
    sum->n += n;
}

void counters_add_to(const struct counters *c, struct counters_sum *sum)
{
    for (size_t i = 0; i < COUNTER_COUNT; i++) {
        sum->n[i] += get(&c->n[i]);
    }
    for (size_t op = 0; op < OPERATION_COUNT; op++) {
        for (size_t kind = 0; kind < VERDICT_KINDS; kind++) {
            add_use(&c->use[op][kind], &sum->use[op][kind]);
        }
    }
}
