/* Which container a client is in: asked of the engine, kept while its events say that it is still
 * true, and found for each connection. A worker has its own.
 *
 * By address: the running container that has it. On a unix socket: the process's control group
 * names a container, and the container's first process is in the same group, which nobody can
 * forge who may not make groups beside the engine's.
 *
 * What is kept is trusted while the engine's events come in: each that is about a container drops
 * what is known of it. While they don't, each connection is asked for anew. */
#ifndef GATE_CALLERS_H
#define GATE_CALLERS_H

#include "gate/clients.h"

struct worker;
struct session;
struct lookup;
struct calling;

/* A worker's; zeroed is empty. Its members are the callers' own (callers_parts.h). */
struct callers {
    struct known *known; /* newest first, at most LIMIT_CALLERS */
    unsigned nknown;
    struct question *questions; /* under way */
    struct lookup *events;      /* NULL: not asked for */
    struct events *reader;      /* of the events */
    bool fresh;                 /* they come in */
    bool said;                  /* that they don't */
    uint64_t tried_us;          /* when they were asked for */
    unsigned seen;              /* events that may change what an answer says */
    unsigned epoch;             /* moves when something known is dropped */
};

enum callers_step {
    CALLERS_READY,  /* s->policy is the session's policy */
    CALLERS_WAIT,   /* the engine is asked; callers run the session again */
    CALLERS_FAILED, /* it can't be found out: `*why` says so, static text */
};

/* Finds the session's policy before a request is decided; where it was found already and is still
 * true, at once. CALLERS_WAIT: the caller has to keep the request and to set UP_ASKED; the session
 * is queued in UP_IDLE when there is an answer. */
enum callers_step callers_find(struct session *s, const char **why);

/* The session's policy as far as it is known without asking; whom nobody fits has it else. Not for
 * deciding on requests. */
struct clients_found callers_policy(struct session *s);

/* The label that narrows the policy which callers_find has found; NULL: nothing does. Valid until
 * it is called again. */
const struct label *callers_label(const struct session *s);

/* A new connection: what may not be known any more by its first request. */
void callers_open(struct session *s);

/* The session ends, or waits no more. */
void callers_forget(struct session *s);

/* The worker has new policies: without rows that ask for containers everything goes. */
void callers_check(struct worker *w);

/* Ends everything. */
void callers_fini(struct worker *w);

#endif
