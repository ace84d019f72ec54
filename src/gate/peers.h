/* How many connections each address holds, so that one can't take them all. Shared by the workers;
 * touched when a connection begins and ends only. */
#ifndef GATE_PEERS_H
#define GATE_PEERS_H

#include "base/slice.h"

#include <pthread.h>

enum peer_kind {
    PEER_NONE, /* a free place */
    PEER_UNIX, /* a user on a unix socket */
    PEER_IPV4 = 4,
    PEER_IPV6 = 6,
};

/* Who a client is, for counting: an IP address, or a user. */
struct peer_key {
    uint8_t bytes[16]; /* the address as it travels, or the user's number as a uint32_t */
    uint32_t kind;     /* enum peer_kind */
};

/* All that is known of who is at the other end. */
struct caller {
    struct peer_key peer;
    uint32_t port; /* TCP port, or process id on unix sockets */
    uint32_t gid;  /* primary group, on unix sockets */
    uint16_t listener;
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
