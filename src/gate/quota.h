/* What all clients of one policy together may ask of the gate and of the engine behind it. Requests
 * that the policy denies anyway are not counted: they cost the engine nothing. */
#ifndef GATE_QUOTA_H
#define GATE_QUOTA_H

#include "api/operation.h"
#include "base/diag.h"

#include <stdatomic.h>
#include <stdint.h>

/* The limits as they are written; 0: none. */
struct quota_limits {
    uint64_t rate;     /* requests a second */
    uint64_t burst;    /* requests that may come at one moment; without it as many as `rate` */
    uint64_t requests; /* under way at once, streams left out */
    uint64_t streams;  /* open at once: streams and tunnels, by the operation's kind */
    uint64_t body;     /* bytes of a request's body */
    uint64_t answer;   /* bytes of an answer's body, streams and tunnels left out */
};

/* The limits with what is used of them; shared by all workers. Zeroed but for the limits to begin
 * with. */
struct quota {
    struct quota_limits limits;
    atomic_uint_fast64_t due_ns; /* when the rate's next request would be in time */
    atomic_uint_fast64_t requests;
    atomic_uint_fast64_t streams;
};

/* Which limit is in the way. */
enum quota_excess {
    QUOTA_FREE,
    QUOTA_RATE,
    QUOTA_REQUESTS,
    QUOTA_STREAMS,
    QUOTA_BODY,
    QUOTA_ANSWER,
};

/* Asks for a place for a request of that kind at `now_us` (any monotonic clock). QUOTA_FREE: it has
 * one until quota_give. Else the limit that is reached, nothing is held, and after `*retry_s`
 * seconds it may be tried again. Any thread may. */
enum quota_excess quota_take(struct quota *q, enum operation_kind kind, uint64_t now_us,
                             uint32_t *retry_s);
void quota_give(struct quota *q, enum operation_kind kind);

/* "limits.rate" …; static. */
struct slice quota_name(enum quota_excess excess);

/* Reads limits as one line: "rate=50,streams=10,body=1M"; names as in the struct, sizes with an
 * optional K, M or G (of 1,024). False, with what is wrong and what is possible in `d`. */
bool quota_read(struct slice text, struct quota_limits *limits, struct diag *d);

/* Whether any of them is set. */
bool quota_is_set(const struct quota_limits *limits);

#endif
