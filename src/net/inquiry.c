/* When names are looked up. They can't be once and for all: a container that is made anew has
 * another address; and not each time that somebody asks: there may be many. */
#include "net/inquiry.h"

#include "sys/clock.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MS_US UINT64_C(1000)

bool inquiry_init(struct inquiry *q, struct resolver *names, struct diag *d)
{
    *q = (struct inquiry){.names = names, .wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    return q->wake >= 0 || diag_set(d, "names can't be looked up: %s", strerrordesc_np(errno));
}

void inquiry_fini(struct inquiry *q)
{
    if (q->wake >= 0) {
        (void)close(q->wake); /* nothing to be done about an error */
        q->wake = -1;
    }
}

void inquiry_wake(const struct inquiry *q)
{
    (void)eventfd_write(q->wake, 1); /* it can't be full: the thread empties it */
}

bool inquiry_ended(struct inquiry *q, uint64_t now_us)
{
    if (!q->asking || resolver_busy(q->names)) {
        return false;
    }
    q->asking = false;
    q->complete_us = q->begun_us;
    q->fresh_until_us = now_us + resolver_ttl_s(q->names) * 1000 * MS_US;
    return true;
}

static uint64_t pause_left_us(const struct inquiry *q, uint64_t now_us)
{
    uint64_t since_us = now_us - q->begun_us;

    return since_us < LIMIT_NAME_PAUSE_MS * MS_US ? LIMIT_NAME_PAUSE_MS * MS_US - since_us : 0;
}

bool inquiry_begin(struct inquiry *q, uint64_t now_us)
{
    if (q->asking || pause_left_us(q, now_us) > 0) {
        return false;
    }
    q->begun_us = now_us;
    q->asking = true;
    resolver_begin(q->names);
    return true;
}

static int timeout_of(const struct inquiry *q, bool wanted, uint64_t now_us)
{
    uint64_t left_us = pause_left_us(q, now_us);

    if (q->asking && !resolver_busy(q->names)) {
        return 0;
    }
    if (!wanted) {
        return -1;
    }
    return left_us > 0 ? (int)(left_us / MS_US) + 1 : LIMIT_NAME_PAUSE_MS;
}

void inquiry_wait(struct inquiry *q, bool wanted, uint64_t now_us)
{
    struct pollfd p[RESOLVER_DESCRIPTORS + 1];
    int timeout_ms = timeout_of(q, wanted, now_us);
    nfds_t n = resolver_watch(q->names, p, &timeout_ms);

    p[n] = (struct pollfd){.fd = q->wake, .events = POLLIN};
    if (poll(p, n + 1, timeout_ms) < 0) {
        return; /* interrupted: it is done again */
    }
    if (p[n].revents != 0) {
        eventfd_t ignored;
        (void)eventfd_read(q->wake, &ignored); /* what it announces is seen elsewhere */
    }
    resolver_step(q->names, p, n);
}

static bool wait_for_end(struct resolver *names, uint64_t deadline_us)
{
    resolver_begin(names);
    while (resolver_busy(names)) {
        struct pollfd p[RESOLVER_DESCRIPTORS];
        uint64_t now_us = sys_clock_us();
        int timeout_ms = now_us < deadline_us ? (int)((deadline_us - now_us + 999) / MS_US) : 0;
        nfds_t n = resolver_watch(names, p, &timeout_ms);

        if (now_us >= deadline_us) {
            return false;
        }
        if (poll(p, n, timeout_ms) >= 0) {
            resolver_step(names, p, n);
        }
    }
    return true;
}

bool inquiry_find(const struct net_address *a, uint64_t deadline_us, struct net_networks *found,
                  struct diag *d)
{
    struct net_names names = {.n = 0};
    struct resolver *asked = NULL;

    found->n = 0;
    if (!net_names_add(&names, net_address_host(a), d) || !resolver_new(&names, found, &asked, d)) {
        return false;
    }
    if (asked == NULL) {
        return true; /* the file of hosts has it */
    }
    bool ended = wait_for_end(asked, deadline_us);
    const char *error = ended ? resolver_name_at(asked, 0).error : "no answer from name servers";
    if (error == NULL) {
        *found = *resolver_found(asked);
    }
    resolver_free(asked);
    return error == NULL || diag_set(d, "%s", error);
}
