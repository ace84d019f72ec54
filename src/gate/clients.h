/* Who is calling, and which policy that client has. */
#ifndef GATE_CLIENTS_H
#define GATE_CLIENTS_H

#include "gate/handoff.h"
#include "gate/quota.h"
#include "inspect/answers.h"
#include "inspect/owned.h"
#include "inspect/requests_policy.h"
#include "net/network.h"
#include "policy/policy.h"

/* Everything that decides on one client's requests and answers. Read only once the gate runs;
 * shared by the clients that have it and by all workers. What another part of a policy needs
 * compiled (bodies, views, limits) becomes a member here and is reached the same way, by
 * `session_policy` before a request is decided and by `exchange->policy` from then on. */
struct gate_policy {
    struct slice name; /* for log and messages; empty: the environment's, which has none */
    const struct policy *operations;
    const struct answers_policy *answers; /* what it may see; NULL: everything */
    bool observe; /* the policy decides and is logged, but what it denies is let through */
    const struct requests_policy *requests; /* what bodies may say; NULL: they are not looked at */
    const struct owned_policy *own;         /* whose its clients' things are; NULL: nobody's */
    struct quota *quota; /* what its clients together may ask for; NULL: as much as they like */
    struct slice text;   /* all that it was made of: another policy has another text */
    bool reopen; /* streams end at a reload that changes it, or takes it from their client */
};

/* What a row of the table asks for; all of it must be true of a client. */
enum gate_client_by {
    GATE_CLIENT_LISTENER = 1,
    GATE_CLIENT_NETWORK = 2, /* its IP address */
    GATE_CLIENT_UID = 4,     /* SO_PEERCRED of a unix socket: user, primary group */
    GATE_CLIENT_GID = 8,
};

struct gate_client {
    unsigned by;        /* of enum gate_client_by; 0: anybody */
    uint64_t listeners; /* any of these, a bit each by its place */
    struct net_network network;
    uint32_t uid;
    uint32_t gid;
    const struct gate_policy *policy;
};

/* The first row that fits decides. A gate with one policy has no rows. */
struct gate_clients {
    const struct gate_client *at;
    size_t n;
    const struct gate_policy *otherwise; /* whom no row fits; never NULL */
};

/* The client's policy; never NULL. Called once a connection, and again after a reload. */
const struct gate_policy *gate_clients_find(const struct gate_clients *c, const struct caller *who);

#endif
