/* What the parts of callers share: callers.c (sessions), callers_known.c (what is known, and the
 * events that make it untrue) and callers_ask.c (questions) only. */
#ifndef GATE_CALLERS_PARTS_H
#define GATE_CALLERS_PARTS_H

#include "gate/worker.h"
#include "inspect/cgroup.h"
#include "policy/label.h"

/* What is kept of one caller. */
struct known {
    struct known *next;
    unsigned users; /* the list, and sessions that go by it */
    bool container; /* else: that it is in none */
    bool labelled;  /* it has the label that `label` is read from */
    struct label label;
    struct peer_key address;
    char id[CGROUP_ID]; /* on unix sockets, and of containers */
    size_t npath;       /* on unix sockets: of the container's control group */
    size_t nfacts;
    char text[]; /* path, facts */
};

/* One session's part. */
struct calling {
    struct session *session;
    struct calling *next; /* who waits for the same answer */
    struct question *question;
    struct known *answer; /* to be used once; NULL with `answered`: in no container, or `why` */
    struct known *bears;  /* whose label narrows the policy that was found; NULL: nothing does */
    const char *why;      /* it can't be found out */
    uint64_t since_us;    /* of the connection; 0: unknown */
    unsigned epoch;       /* of the policy that was found */
    bool answered;
    bool depends;   /* that policy depends on the container */
    bool placed;    /* `id` and `path` say where the process is */
    bool ambiguous; /* two containers have its address */
    char id[CGROUP_ID];
    size_t npath;
    char path[]; /* LIMIT_CGROUP on unix sockets */
};

static inline struct slice known_path(const struct known *k)
{
    return slice_of(k->text, k->npath);
}

static inline struct slice known_facts(const struct known *k)
{
    return slice_of(k->text + k->npath, k->nfacts);
}

/* Copies both, and reads the label of what it may do; one use of it is the caller's. NULL without
 * memory. */
struct known *known_new(bool container, struct slice path, struct slice facts);

/* Ends a use; NULL: nothing. */
void known_put(struct known *k);

/* Keeps it, as long as events allow; the oldest goes where there are too many. */
void known_add(struct callers *c, struct known *k);

/* Forgets everything. */
void known_forget(struct callers *c);

/* What is kept of the caller, if it may be trusted; else NULL. */
struct known *known_find(const struct callers *c, const struct calling *calling);

/* Whether both are the same address. */
bool known_same_peer(const struct peer_key *a, const struct peer_key *b);

/* Asks for the engine's events, unless they come in or were asked for a moment ago; ends that. */
void callers_events_begin(struct worker *w);
void callers_events_end(struct worker *w);

/* Asks for this one, with the others who wait for the same. False: it can't be asked. */
bool callers_ask(struct worker *w, struct calling *c);

/* It waits no more; the question goes on, others may want to know. */
void callers_unask(struct calling *c);

/* Ends all questions; nobody waits any more. */
void callers_ask_fini(struct worker *w);

extern const char CALLERS_CLOSED[];

#endif
