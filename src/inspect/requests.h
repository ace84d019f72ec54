/* Requests: whether a policy lets what a request says pass, and the body that is sent on. Pure. */
#ifndef INSPECT_REQUESTS_H
#define INSPECT_REQUESTS_H

#include "api/operation.h"
#include "base/buf.h"
#include "inspect/owned.h"
#include "inspect/requests_policy.h"

#define REQUESTS_REFUSAL_MAX 512

/* Why a request is refused. */
struct requests_refusal {
    unsigned status;   /* 403: by the policy; 400, 415: nobody can say what an engine makes of it */
    struct slice rule; /* for logs: "requests.binds", "requests" where no option is to blame; static
                        */
    size_t len;
    char text[REQUESTS_REFUSAL_MAX]; /* "HostConfig.Binds[0]: /etc is not below /data (policy ci,
                                        requests.binds)"; a client's words are escaped */
};

/* What a request's head says. `query` without its "?", as sent. */
struct requests_head {
    enum operation_id operation;
    struct slice version; /* of the API, as the path says it, "1.41"; empty: none */
    struct slice name;    /* of what the path names, decoded; empty: none */
    struct slice content_type;
    struct slice content_encoding;
    struct slice query;
    bool has_body;
};

/* Checks what can be checked before the body is there: whether the operation can be checked at all,
 * media type, query, names. False: refused. */
bool requests_check_head(const struct requests_policy *p, const struct requests_head *h,
                         struct requests_refusal *refusal);

/* Whether all of it or a part can't be checked: what `unchecked` may name. */
bool requests_is_unchecked(enum operation_id operation);

/* Whether the policy refuses the operation whatever it says, since it can't be checked. */
bool requests_closes(const struct requests_policy *p, enum operation_id operation);

/* Whether a body or a query is looked at of the operation. */
bool requests_reads(enum operation_id operation);

/* Whether a body of that type takes the place of the operation's query. */
bool requests_is_form(enum operation_id operation, struct slice content_type);

/* Whether the operation's body has to be read whole and checked; whether it may be empty. */
bool requests_wants_body(enum operation_id operation);
bool requests_may_be_empty(enum operation_id operation);

/* How much longer than a body its checked form can be at most. */
size_t requests_growth(const struct requests_policy *p);

/* Checks a whole body, and writes what is to be sent in its place into `out`, which has to have
 * room for the body and requests_growth. It is written anew from what was read: fields in the order
 * and the spelling of the engine's own declaration, each once, no null, what the policy adds; so no
 * reader can find in it what was not checked. An empty body stays empty where the engine takes it.
 * False: refused, `out` is void. */
bool requests_check_body(const struct requests_policy *p, enum operation_id operation,
                         struct slice body, struct buf *out, struct requests_refusal *refusal);

/* The same where the policy says what may be named. The things that the body names are added to
 * `names`; those that are known there are written as their ids. While some are not, `out` can't be
 * sent: ask about them, and check again. */
bool requests_check_owned(const struct requests_policy *p, enum operation_id operation,
                          struct slice body, struct owned_names *names, struct buf *out,
                          struct requests_refusal *refusal);

#endif
