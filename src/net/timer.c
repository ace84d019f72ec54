/* Timers: queues in which everybody waits equally long. The first in the ring is always the first
 * due. */
#include "net/timer.h"

#include <stddef.h>

void timer_queue_init(struct timer_queue *q, uint64_t after_us,
                      void (*expired)(struct timer *timer))
{
    q->list.next = &q->list;
    q->list.prev = &q->list;
    q->after_us = after_us;
    q->expired = expired;
}

void timer_stop(struct timer *t)
{
    if (t->next != NULL) {
        t->prev->next = t->next;
        t->next->prev = t->prev;
        t->next = NULL;
        t->prev = NULL;
    }
}

void timer_start(struct timer_queue *q, struct timer *t, uint64_t now_us)
{
    timer_stop(t);
    if (q->after_us == 0) {
        return;
    }
    t->due_us = now_us + q->after_us;
    t->prev = q->list.prev;
    t->next = &q->list;
    t->prev->next = t;
    q->list.prev = t;
}

void timer_queue_run(struct timer_queue *q, uint64_t now_us)
{
    while (q->list.next != &q->list && q->list.next->due_us <= now_us) {
        struct timer *t = q->list.next;
        timer_stop(t);
        q->expired(t);
    }
}

uint64_t timer_queue_due(const struct timer_queue *q)
{
    return q->list.next == &q->list ? UINT64_MAX : q->list.next->due_us;
}
