/* Accepted connections on their way to another worker: a bounded list under a lock. */
#include "gate/handoff.h"

bool handoff_init(struct handoff *h)
{
    h->closed = false;
    h->n = 0;
    return pthread_mutex_init(&h->lock, NULL) == 0;
}

void handoff_fini(struct handoff *h)
{
    (void)pthread_mutex_destroy(&h->lock); /* nobody holds it any more */
}

bool handoff_put(struct handoff *h, const struct arrival *a)
{
    (void)pthread_mutex_lock(&h->lock); /* a plain mutex of ours: can't fail */
    bool fits = !h->closed && h->n < HANDOFF_MAX;
    if (fits) {
        h->arrivals[h->n++] = *a;
    }
    (void)pthread_mutex_unlock(&h->lock);
    return fits;
}

unsigned handoff_take(struct handoff *h, struct arrival *out, bool close)
{
    (void)pthread_mutex_lock(&h->lock);
    unsigned n = h->n;
    memcpy(out, h->arrivals, n * sizeof(*out));
    h->n = 0;
    h->closed |= close;
    (void)pthread_mutex_unlock(&h->lock);
    return n;
}
