/* Bodies that are read whole: short chunked ones, and those that the policy's requests check. */
#ifndef GATE_GATHER_H
#define GATE_GATHER_H

#include "gate/session.h"
#include "http/head.h"
#include "inspect/requests.h"

/* What the policy's requests say of a head that passes so far. True: the body has to be gathered
 * and checked. What it refuses is put into `*refusal` (its status is else left alone) and, unless
 * it is only observed, into the verdict. */
bool gather_check_head(const struct session *s, const struct http_head *h, const char *head,
                       struct verdict *v, struct requests_refusal *refusal);

/* Answers a refused head. */
void gather_refuse(struct session *s, const struct requests_refusal *refusal);

/* Begins to read the body, which has to be there in time if it is to be checked. */
void gather_begin(struct session *s, bool checks);

/* What the body, or its beginning, names is known by now: it is sent. */
void gather_resume(struct session *s, bool complete);

/* The body was too slow: 408. */
void gather_late(struct session *s);

/* The verdict on an exchange that had none yet is known: counts it. */
void gather_decided(struct session *s);

#endif
