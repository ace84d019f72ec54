/* How many connections each address holds, so that one can't take them all. Shared by the workers;
 * touched when a connection begins and ends only. */
#ifndef GATE_PEERS_H
#define GATE_PEERS_H

#include "base/slice.h"

#include <pthread.h>

/* Who a client is, for counting: an IP address (IPv4 mapped into IPv6), or a user on unix sockets.
 */
struct peer_key {
    uint8_t bytes[16];
    uint32_t kind; /* 0: a free place, 4 or 6: TCP, 1: unix user */
};

struct peer_count {
    struct peer_key key;
    uint32_t n;
};

struct peers {
    pthread_mutex_t lock;
    struct peer_count *table; /* open addressing, a power of two, at most half full */
    uint32_t mask;
    uint32_t total;
    uint32_t max_total;
    uint32_t max_each;
};

bool peers_init(struct peers *p, uint32_t max_total, uint32_t max_each);
void peers_fini(struct peers *p);

/* Counts one connection of `key` in; false when all places, or that address's, are taken. */
bool peers_enter(struct peers *p, const struct peer_key *key);
void peers_leave(struct peers *p, const struct peer_key *key);

/* Whether every place is taken. */
bool peers_full(struct peers *p);

#endif
