/* What reading requests shares: request.c, request_body.c, gather.c, identify.c and own.c only. */
#ifndef GATE_REQUEST_H
#define GATE_REQUEST_H

#include "gate/session.h"

#include <sys/uio.h>

/* Makes the exchange of a complete head; NULL without memory. `forward`: the head for the engine.
 * `undecided`: its body is still to be checked, or what it names to be looked up. */
struct exchange *request_exchange(struct session *s, const struct http_head *h, const char *head,
                                  const struct verdict *v, struct slice forward, bool undecided);

/* The head is used up: what follows it waits, its reader goes. False: the session is closed. */
bool request_head_done(struct session *s, struct slice in, size_t used);

/* A head is complete, and the client's policy is known: decide, then send it on or refuse it. */
void request_begin(struct session *s, const struct http_head *h, struct slice in);

/* The rest of a refused request's body that is read so that the connection can go on. */
#define DISCARD_MAX (256 * 1024)

/* Answers instead of the engine; the request's body is read and dropped if it is small. */
void request_answer(struct session *s, unsigned status, struct slice message);

/* The same of one that can't be read: the connection ends behind it. */
void request_refuse(struct session *s, enum http_refusal refusal);

/* The same of one that the policy would allow if there were not so many, or so much of it. */
void request_over(struct session *s, enum quota_excess excess);

/* Sends the 100 (Continue) that is still to be sent. False: the session is closed. */
bool request_continue(struct session *s);

/* The client ended, or wrote nonsense, within a body: the engine must not take it for complete. */
void request_body_broken(struct session *s, enum http_refusal refusal);

/* A body is malformed, or longer than the policy's limits allow. */
void request_body_refused(struct session *s);

/* Takes the payload out of `in` into at most BODY_PIECES parts. `*used` of it are done with,
 * `*total` is payload. */
enum http_step request_body_pieces(struct http_chunk *chunk, struct slice in, struct iovec *parts,
                                   int *nparts, size_t *used, size_t *total);

/* Whether more of a body came than the policy's limits allow. */
bool request_body_over(const struct exchange *x);

#endif
