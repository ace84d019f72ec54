/* Which address is tried next. Pure: the look-ups are engine_name.c's. */
#include "gate/way.h"

#include <netinet/in.h>

/* A dial tries the addresses that are known and, where all fail, those that are then found. Where
 * these change meanwhile it may be one more; beyond that they are no help. */
#define ANSWERS_MAX 3

static bool is_ipv4(const struct net_network *network)
{
    struct in6_addr v6;

    memcpy(&v6, network->bytes, sizeof(v6));
    return IN6_IS_ADDR_V4MAPPED(&v6);
}

static void add_family(struct way_answer *a, const struct net_networks *found, bool ipv4,
                       uint16_t port)
{
    for (size_t i = 0; i < found->n && a->n < LIMIT_ENGINE_ADDRESSES; i++) {
        if (is_ipv4(&found->at[i]) == ipv4) {
            net_address_set(&a->at[a->n++], found->at[i].bytes, port);
        }
    }
}

void way_answer_set(struct way_answer *a, const struct net_networks *found, uint16_t port)
{
    struct net_address reached = {.len = 0};

    if (a->n > 0) {
        reached = a->at[a->first];
    }
    a->n = 0;
    a->first = 0;
    add_family(a, found, true, port);
    add_family(a, found, false, port);
    for (unsigned i = 0; i < a->n; i++) {
        if (a->at[i].len == reached.len &&
            memcmp(&a->at[i].sockaddr, &reached.sockaddr, reached.len) == 0) {
            a->first = i;
        }
    }
}

/* Whether a dial may go by this answer. */
static bool is_good(const struct way *way, const struct way_answer *a, uint64_t now_us)
{
    return a->number != 0 &&
           (a->begun_us >= way->since_us || (!way->anew && now_us < a->fresh_until_us));
}

enum way_next way_next(struct way *way, const struct way_answer *a, uint64_t now_us,
                       const struct net_address **to)
{
    if (way->since_us == 0) {
        way->since_us = now_us;
    }
    if (is_good(way, a, now_us)) {
        if (way->number != a->number) {
            way->number = a->number;
            way->first = (uint8_t)a->first;
            way->tried = 0;
            way->answers++;
        }
        if (way->tried < a->n && way->answers <= ANSWERS_MAX) {
            *to = &a->at[(way->first + way->tried++) % a->n];
            return WAY_GO;
        }
        if (a->begun_us >= way->since_us || way->answers > ANSWERS_MAX) {
            way->no_answer = a->error;
            return WAY_NONE;
        }
        way->since_us = now_us;
        way->anew = true;
    }
    if (now_us - way->since_us >= (uint64_t)LIMIT_NAME_WAIT_MS * 1000) {
        way->no_answer = "no answer from name servers";
        return WAY_NONE;
    }
    return WAY_WAIT;
}

void way_reached(struct way *way, struct way_answer *a)
{
    if (way->number == a->number && a->n > 0 && way->tried > 0) {
        a->first = (way->first + way->tried - 1U) % a->n;
    }
    *way = (struct way){.since_us = 0};
}
