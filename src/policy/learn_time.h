/* Times as the access logs and the reports of learning write them; pure, by the proleptic Gregorian
 * calendar, years 1970 to 9999. */
#ifndef POLICY_LEARN_TIME_H
#define POLICY_LEARN_TIME_H

#include "base/buf.h"

/* Takes "25/Jan/2023:15:25:12 -0500" off the front of `*in`: milliseconds of Unix time. False where
 * there is no such time; `*in` is then undefined. */
bool learn_time_take_classic(struct slice *in, uint64_t *ms);

/* The same for "2023-01-25T15:25:12.042-05:00" (RFC 3339); fraction optional, Z for the zone. */
bool learn_time_take_rfc3339(struct slice *in, uint64_t *ms);

/* Writes "2023-01-25T20:25:12Z". */
void learn_time_put(struct buf *out, uint64_t ms);

/* Writes a length of time for people: "9d 3h", "12m 30s", "5s". */
void learn_time_put_span(struct buf *out, uint64_t ms);

#endif
