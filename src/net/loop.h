/* The event loop: edge-triggered epoll, one a worker. */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include "base/diag.h"

/* Who is told of events on a descriptor. Lives inside its owner, which must stay in memory until
 * the turn of the loop in which it was closed has ended. */
struct loop_watch {
    void (*ready)(struct loop_watch *watch, uint32_t events);
};

struct loop {
    int epoll;     /* -1: none */
    unsigned left; /* events of the present turn that nobody was told of yet */
};

bool loop_init(struct loop *l, struct diag *d);
void loop_fini(struct loop *l);

/* Watches `fd` for `events` (EPOLL…). Closing the descriptor ends the watch. False with errno set.
 */
bool loop_add(struct loop *l, int fd, uint32_t events, struct loop_watch *watch);
bool loop_remove(struct loop *l, int fd);

/* One turn: waits for at most `timeout_ms` (-1: for ever), sets `*now_us` to the monotonic clock,
 * so that who is told may start timers by it, and tells the watches what happened. */
void loop_turn(struct loop *l, int timeout_ms, uint64_t *now_us);

#endif
