/* The event loop: edge-triggered epoll, one a worker. Each descriptor is registered once in its
 * life, so that the price of a wait is one system call. */
#include "net/loop.h"

#include "sys/clock.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

/* More would let those wait who hold back what they write until the last one is told. */
#define LOOP_EVENTS 32

bool loop_init(struct loop *l, struct diag *d)
{
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll < 0) {
        return diag_set(d, "epoll_create1: %s", strerrordesc_np(errno));
    }
    return true;
}

void loop_fini(struct loop *l)
{
    if (l->epoll >= 0) {
        (void)close(l->epoll); /* nothing to be done about an error */
        l->epoll = -1;
    }
}

bool loop_add(struct loop *l, int fd, uint32_t events, struct loop_watch *watch)
{
    struct epoll_event event = {.events = events, .data = {.ptr = watch}};
    return epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool loop_remove(struct loop *l, int fd)
{
    return epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, NULL) == 0;
}

void loop_turn(struct loop *l, int timeout_ms, uint64_t *now_us)
{
    /* The kernel fills what is used of it; setting it all to zero first would cost more than that.
     */
    __attribute__((uninitialized)) struct epoll_event events[LOOP_EVENTS];
    int n = epoll_wait(l->epoll, events, LOOP_EVENTS, timeout_ms);
    *now_us = sys_clock_us();
    for (int i = 0; i < n; i++) {
        l->left = (unsigned)(n - i) - 1;
        struct loop_watch *watch = events[i].data.ptr;
        watch->ready(watch, events[i].events);
    }
}
