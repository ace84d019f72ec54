/* A resolver's names looked up again and again, by a thread of its own: when a look-up begins, what
 * is waited for, and how long its answer is good for. */
#ifndef NET_INQUIRY_H
#define NET_INQUIRY_H

#include "net/address.h"
#include "net/resolver.h"

/* Times are of the monotonic clock. All but `wake` is the thread's own. */
struct inquiry {
    struct resolver *names;  /* borrowed */
    int wake;                /* eventfd; -1: none */
    bool asking;             /* a look-up is under way, or has ended just now */
    uint64_t begun_us;       /* when it began, or the last one */
    uint64_t complete_us;    /* when the last one that has ended had begun; 0: none has */
    uint64_t fresh_until_us; /* what it has found is good until then */
};

/* False and `d` on error. */
bool inquiry_init(struct inquiry *q, struct resolver *names, struct diag *d);
void inquiry_fini(struct inquiry *q);

/* Ends a wait. Any thread may. */
void inquiry_wake(const struct inquiry *q);

/* True once for each look-up that has ended: resolver_found has it now. */
bool inquiry_ended(struct inquiry *q, uint64_t now_us);

/* Begins a look-up; false where one is under way, or the last one is nearer than
 * LIMIT_NAME_PAUSE_MS. */
bool inquiry_begin(struct inquiry *q, uint64_t now_us);

/* Waits for a look-up to go on or to end, or for inquiry_wake; `wanted`: for LIMIT_NAME_PAUSE_MS at
 * most, or until one may begin. */
void inquiry_wait(struct inquiry *q, bool wanted, uint64_t now_us);

/* Looks up the host of `a`, once, and waits for it: its addresses, the file of hosts' before those
 * of the name servers. False and `d` where there is none, or where it is not known by then. */
bool inquiry_find(const struct net_address *a, uint64_t deadline_us, struct net_networks *found,
                  struct diag *d);

#endif
