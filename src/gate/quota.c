/* Limits of a policy: the rate as a bucket whose fill is one number, the time at which it would be
 * empty (GCRA), so that workers share it without a lock; places at once as two counts. */
#include "gate/quota.h"

#include "policy/nearest.h"

#include <stddef.h>

#define SECOND_NS UINT64_C(1000000000)

#define COUNT_MAX UINT64_C(1000000)
#define SIZE_MOST (UINT64_C(1) << 50)

/* In the order of the struct. */
static const struct limit {
    struct slice name;
    size_t offset;
    uint64_t max;
    bool size; /* in bytes, and may have a unit */
} limits_table[] = {
    {{"rate", 4}, offsetof(struct quota_limits, rate), COUNT_MAX, false},
    {{"burst", 5}, offsetof(struct quota_limits, burst), COUNT_MAX, false},
    {{"requests", 8}, offsetof(struct quota_limits, requests), COUNT_MAX, false},
    {{"streams", 7}, offsetof(struct quota_limits, streams), COUNT_MAX, false},
    {{"body", 4}, offsetof(struct quota_limits, body), SIZE_MOST, true},
    {{"answer", 6}, offsetof(struct quota_limits, answer), SIZE_MOST, true},
};

#define NLIMITS (sizeof(limits_table) / sizeof(limits_table[0]))

struct slice quota_name(enum quota_excess excess)
{
    static const struct slice names[] = {
        [QUOTA_FREE] = {"", 0},
        [QUOTA_RATE] = {"limits.rate", 11},
        [QUOTA_REQUESTS] = {"limits.requests", 15},
        [QUOTA_STREAMS] = {"limits.streams", 14},
        [QUOTA_BODY] = {"limits.body", 11},
        [QUOTA_ANSWER] = {"limits.answer", 13},
    };
    return names[excess];
}

/* ---- places ---- */

/* Takes a request out of the bucket; false, with the seconds until there is one, when it is empty.
 */
static bool take_rate(struct quota *q, uint64_t now_us, uint32_t *retry_s)
{
    uint64_t step = SECOND_NS / q->limits.rate;
    uint64_t burst = q->limits.burst > 0 ? q->limits.burst : q->limits.rate;
    uint64_t ahead = step * (burst - 1); /* below 10^15: no overflow */
    uint64_t now = now_us * 1000;
    uint64_t due = atomic_load_explicit(&q->due_ns, memory_order_relaxed);

    do {
        if (due > now + ahead) {
            *retry_s = (uint32_t)((due - now - ahead + SECOND_NS - 1) / SECOND_NS);
            return false;
        }
    } while (!atomic_compare_exchange_weak_explicit(&q->due_ns, &due,
                                                    (due > now ? due : now) + step,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

static bool take_place(atomic_uint_fast64_t *used, uint64_t limit)
{
    if (atomic_fetch_add_explicit(used, 1, memory_order_relaxed) < limit || limit == 0) {
        return true;
    }
    atomic_fetch_sub_explicit(used, 1, memory_order_relaxed);
    return false;
}

static bool is_stream(enum operation_kind kind)
{
    return kind == OPERATION_STREAM || kind == OPERATION_UPGRADE;
}

enum quota_excess quota_take(struct quota *q, enum operation_kind kind, uint64_t now_us,
                             uint32_t *retry_s)
{
    *retry_s = 1;
    if (is_stream(kind) ? !take_place(&q->streams, q->limits.streams)
                        : !take_place(&q->requests, q->limits.requests)) {
        return is_stream(kind) ? QUOTA_STREAMS : QUOTA_REQUESTS;
    }
    if (q->limits.rate > 0 && !take_rate(q, now_us, retry_s)) {
        quota_give(q, kind);
        return QUOTA_RATE;
    }
    return QUOTA_FREE;
}

void quota_give(struct quota *q, enum operation_kind kind)
{
    atomic_fetch_sub_explicit(is_stream(kind) ? &q->streams : &q->requests, 1,
                              memory_order_relaxed);
}

/* ---- reading ---- */

static bool unknown(struct slice name, struct diag *d)
{
    struct slice best = {NULL, 0};
    size_t distance = NEAREST_FAR;

    for (size_t i = 0; i < NLIMITS; i++) {
        nearest_try(name, limits_table[i].name, &best, &distance);
    }
    return diag_set(d, "%.*s is no limit; the nearest is %.*s", (int)name.len, name.at,
                    (int)best.len, best.at);
}

/* The power of two that a size's unit stands for; 0, and the unit stays, where it has none. */
static unsigned take_unit(struct slice *value)
{
    static const char units[] = "KMG";

    for (unsigned i = 0; value->len > 0 && i < sizeof(units) - 1; i++) {
        if ((value->at[value->len - 1] | 0x20) == (units[i] | 0x20)) {
            value->len--;
            return (i + 1) * 10;
        }
    }
    return 0;
}

static bool read_one(struct slice pair, struct quota_limits *limits, struct diag *d)
{
    size_t equals = slice_find(pair, '=');
    struct slice name = slice_sub(pair, 0, equals);
    struct slice value = slice_sub(pair, equals + 1, pair.len);
    const struct limit *limit = NULL;
    uint64_t n;

    for (size_t i = 0; i < NLIMITS; i++) {
        limit = slice_equal(name, limits_table[i].name) ? &limits_table[i] : limit;
    }
    if (limit == NULL) {
        return unknown(name, d);
    }
    unsigned shift = limit->size ? take_unit(&value) : 0;
    if (!slice_to_u64(value, 10, limit->max >> shift, &n) || n == 0) {
        return diag_set(d, "%.*s: write %.*s=%s, at most %llu", (int)pair.len, pair.at,
                        (int)name.len, name.at, limit->size ? "SIZE (such as 1M)" : "NUMBER",
                        (unsigned long long)limit->max);
    }
    memcpy((char *)limits + limit->offset, &(uint64_t){n << shift}, sizeof(n));
    return true;
}

bool quota_read(struct slice text, struct quota_limits *limits, struct diag *d)
{
    struct slice part;

    *limits = (struct quota_limits){0};
    while (slice_next(&text, ',', &part)) {
        part = slice_trim(part);
        if (part.len > 0 && !read_one(part, limits, d)) {
            return false;
        }
    }
    return limits->burst == 0 || limits->rate > 0 ||
           diag_set(d, "burst has no meaning without rate");
}

bool quota_is_set(const struct quota_limits *limits)
{
    return (limits->rate | limits->requests | limits->streams | limits->body | limits->answer) != 0;
}
