/* Reach: what a policy lets a client do where its requests are checked, in plain words, and how bad
 * that is. policy/ability says what the operations alone come to. Pure. */
#ifndef INSPECT_REACH_H
#define INSPECT_REACH_H

#include "base/buf.h"
#include "inspect/requests_policy.h"
#include "policy/ability.h"

struct reach_row {
    enum ability_grade grade;
    struct slice text; /* goes on after "a client can"; static */
};

/* Takes out of `*set` what the policy's requests refuse whatever they say. */
void reach_narrow(const struct requests_policy *p, struct operation_set *set);

/* Whether the operation passes only as far as its body or query is checked. */
bool reach_is_checked(const struct requests_policy *p, enum operation_id op);

/* What an ability comes to where all ways to it that are open are checked; NULL: nothing else than
 * without. */
const struct reach_row *reach_confined(const struct requests_policy *p, enum ability_id ability);

/* What options open beside that, `n` below REACH_OPENINGS. True where this one does: what it opens,
 * and by what, "requests.binds (/etc, /srv:ro)", appended to `by`, cut where that is full. */
#define REACH_OPENINGS 15
bool reach_opened(const struct requests_policy *p, size_t n, struct reach_row *row, struct buf *by);

#endif
