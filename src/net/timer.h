/* Timers: queues in which everybody waits equally long, so that starting and stopping one is a few
 * pointers. */
#ifndef NET_TIMER_H
#define NET_TIMER_H

#include <stdbool.h>
#include <stdint.h>

/* Lives inside its owner; zeroed storage is a stopped timer. In at most one queue at a time. */
struct timer {
    struct timer *next; /* NULL: stopped */
    struct timer *prev;
    uint64_t due_us;
};

struct timer_queue {
    struct timer list; /* the ring's own link */
    uint64_t after_us; /* how long everybody in it waits; 0: for ever, nobody is queued */
    void (*expired)(struct timer *timer);
};

void timer_queue_init(struct timer_queue *q, uint64_t after_us,
                      void (*expired)(struct timer *timer));

/* (Re)starts; `now_us` is the monotonic clock. */
void timer_start(struct timer_queue *q, struct timer *t, uint64_t now_us);
void timer_stop(struct timer *t);

/* Stops and calls each timer that is due. */
void timer_queue_run(struct timer_queue *q, uint64_t now_us);

/* When the first one is due; UINT64_MAX: none. */
uint64_t timer_queue_due(const struct timer_queue *q);

#endif
