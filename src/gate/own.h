/* Clients that reach some things only, since they have their own, by a view, or where an operation
 * is allowed for what bears a label: what a request names is looked up before the engine gets the
 * request, and sent on as what it was found to be. */
#ifndef GATE_OWN_H
#define GATE_OWN_H

#include "gate/session.h"
#include "inspect/requests.h"

/* What is looked up for a request; heap, of its exchange. */
struct own;

/* What has to be known before a request whose head may pass so far may go on; never nothing where
 * the verdict is VERDICT_ASK. NULL: nothing, or it is refused (then by the verdict and `*refusal`,
 * which is else left alone). */
struct own *own_new(const struct session *s, bool has_body, struct verdict *v,
                    struct requests_refusal *refusal);
void own_free(struct own *own);

/* What bodies name is added here. */
struct owned_names *own_names(struct own *own);

/* Whether all names are known. */
bool own_is_known(const struct own *own);

/* Looks up what isn't known yet, in UP_RESOLVE; then goes on with gather_resume (`gathered`, with
 * `complete`) or own_dial, or answers the client that something is not there. */
void own_ask(struct session *s, bool gathered, bool complete);

/* Dials the engine with the head that the look-ups have led to; of an exchange without any: with
 * the one that it has. It is decided by then, and counted. */
void own_dial(struct session *s);

#endif
