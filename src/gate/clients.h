/* Who is calling, and which policy that client has. */
#ifndef GATE_CLIENTS_H
#define GATE_CLIENTS_H

#include "gate/handoff.h"
#include "gate/quota.h"
#include "inspect/answers.h"
#include "inspect/owned.h"
#include "inspect/requests_policy.h"
#include "net/network.h"
#include "policy/label.h"
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
    const struct owned_policy *own; /* who says what its clients reach; NULL: they reach all */
    struct quota *quota; /* what its clients together may ask for; NULL: as much as they like */
    struct slice text;   /* all that it was made of: another policy has another text */
    bool reopen; /* streams end at a reload that changes it, or takes it from their client */
};

/* A container that a row asks for; all of it must be true. */
struct gate_container {
    struct slice name;          /* a glob (policy/glob.h); empty: any */
    struct slice service;       /* of Compose; empty: any */
    const struct slice *labels; /* "KEY=VALUE", or "KEY" with any value */
    size_t nlabels;
};

/* What a row of the table asks for; all of it must be true of a client. */
enum gate_client_by {
    GATE_CLIENT_LISTENER = 1,
    GATE_CLIENT_NETWORK = 2, /* its IP address */
    GATE_CLIENT_UID = 4,     /* SO_PEERCRED of a unix socket: user */
    GATE_CLIENT_GID = 8,     /* the same: a group that it is in */
    GATE_CLIENT_CONTAINER = 16,
    GATE_CLIENT_CHOSEN = 32, /* the container's label names the row's policy */
    GATE_CLIENT_WITHIN = 64, /* the container has a label that says what it may do of the policy */
};

struct gate_client {
    unsigned by;        /* of enum gate_client_by; 0: anybody */
    uint64_t listeners; /* any of these, a bit each by its place */
    struct net_network network;
    uint32_t uid;
    uint32_t gid;
    const struct gate_container *container;
    const struct gate_policy *policy;
};

/* The first row that fits decides. A gate with one policy has no rows. */
struct gate_clients {
    const struct gate_client *at;
    size_t n;
    const struct gate_policy *otherwise; /* whom no row fits; never NULL */
    bool by_container;                   /* a row asks for a container */
    bool by_gid;
};

/* What is known of a caller beside its address or user. Zeroed: nothing. */
struct clients_more {
    enum { CLIENTS_UNASKED, CLIENTS_NO_CONTAINER, CLIENTS_CONTAINER } is;
    struct slice facts;        /* of its container (inspect/containers.h) */
    const struct label *label; /* that one's label dockgate.allow; NULL: it has none */
    const uint32_t *groups;    /* that it is in beside its primary one */
    size_t ngroups;
};

/* What a client may do: what its policy allows and, where a row says `within`, its container's
 * label grants as well. */
struct clients_found {
    const struct gate_policy *policy;
    const struct label *label; /* `more`'s; NULL: nothing is narrowed */
};

/* The client's policy. NULL: it depends on the container, and nobody has asked; never without a row
 * that asks for one. Called once a connection, and again after a reload. */
struct clients_found gate_clients_find(const struct gate_clients *c, const struct caller *who,
                                       const struct clients_more *more);

#endif
