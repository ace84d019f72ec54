/* The way to an engine that has a host's name: its addresses as they were found last, and how far a
 * dial has got with them. */
#ifndef GATE_WAY_H
#define GATE_WAY_H

#include "base/limits.h"
#include "net/address.h"
#include "net/network.h"

/* What a look-up has found. Times are of the monotonic clock. */
struct way_answer {
    uint32_t number;         /* of the answer; 0: nothing has been looked up yet */
    uint64_t begun_us;       /* when the look-up began; UINT64_MAX: it is true for ever */
    uint64_t fresh_until_us; /* a dial that begins before may go by it */
    const char *error;       /* why there is no address, static text; NULL: there is one */
    unsigned n;
    unsigned first; /* that one is tried first: it was reached */
    struct net_address at[LIMIT_ENGINE_ADDRESSES];
};

/* A dial under way; zeroed storage is one that begins. */
struct way {
    uint64_t since_us;     /* when the answer that it goes by was wanted; 0: it begins */
    const char *no_answer; /* why there is no address, static text */
    int failed;            /* errno of the last address that was tried; 0: none was */
    uint32_t number;       /* of the answer whose addresses are tried */
    uint8_t answers;       /* how many that is */
    uint8_t first;
    uint8_t tried; /* addresses of it */
    bool anew;     /* all have failed: only what is looked up from `since_us` on counts */
};

/* An answer out of what was found: IPv4 before IPv6, as far as there is room. An address that was
 * reached before stays the first. */
void way_answer_set(struct way_answer *a, const struct net_networks *found, uint16_t port);

/* What a dial does next. */
enum way_next {
    WAY_GO,   /* connects to `*to`, which lives as long as the answer */
    WAY_WAIT, /* for a look-up, which somebody has to begin */
    WAY_NONE, /* gives up: `no_answer` says why, or `failed` */
};

/* Each address is tried once. Nobody gives up by what was looked up before he came: a container
 * that was made anew has another address, and whoever does not answer at the old one is looked up
 * again. */
enum way_next way_next(struct way *way, const struct way_answer *a, uint64_t now_us,
                       const struct net_address **to);

/* The address tried last was reached; the dial is over. */
void way_reached(struct way *way, struct way_answer *a);

#endif
