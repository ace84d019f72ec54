/* dockgate.yaml: its tables of keys, and the structs that they fill. How to add a section is said
 * in policy/schema.h. */
#ifndef INSPECT_CONFIG_H
#define INSPECT_CONFIG_H

#include "inspect/requests_policy.h"
#include "policy/schema.h"

/* Nodes are NULL where the file says nothing. All of it lives as long as the file's tree. */
struct config_listener {
    const struct tree_node *node;
    const struct tree_node *name;
    const struct tree_node *address;
    const struct tree_node *mode;
    const struct tree_node *group;
    struct schema_texts policies;
};

struct config_client {
    const struct tree_node *node;
    const struct tree_node *name;
    const struct tree_node *listener;
    struct schema_texts cidr;
    const struct tree_node *uid;
    const struct tree_node *gid;
    const struct tree_node *container;
    const struct tree_node *service;
    struct schema_texts label;
    const struct tree_node *policy;
    struct schema_texts by_label; /* the key by-label */
    const struct tree_node *within;
};

struct config_limits {
    const struct tree_node *node;
    const struct tree_node *rate;
    const struct tree_node *burst;
    const struct tree_node *requests;
    const struct tree_node *streams;
    const struct tree_node *body;
    const struct tree_node *answer;
    const struct tree_node *reopen;
};

/* What clients see of answers; the words of DOCKGATE_REDACT and DOCKGATE_VISIBLE. */
struct config_answers {
    const struct tree_node *node;
    struct schema_texts redact;
    struct schema_texts visible;
};

/* What requests may say: the options of requests_options.def, by their place: switches and numbers
 * in `one`, lists in `list`, whose `at` is NULL where the file doesn't name it. */
struct config_requests {
    const struct tree_node *node;
    const struct tree_node *profile;
    const struct tree_node *one[REQUESTS_OPTIONS];
    struct schema_texts list[REQUESTS_OPTIONS];
    struct config_requests_set {
        const struct tree_node *node;
        const struct tree_node *one[REQUESTS_OPTIONS];
        struct schema_texts list[REQUESTS_OPTIONS];
    } set;
};

struct config_policy {
    const struct tree_node *node; /* its name */
    const struct tree_node *mode;
    struct schema_texts preset;
    struct schema_texts allow;
    struct schema_texts deny;
    struct schema_many query; /* struct schema_pair: operation, parameter, values */
    const struct tree_node *own;
    struct schema_texts shared;
    struct config_requests requests;
    struct config_answers answers;
    struct config_limits limits;
};

struct config {
    const struct tree_node *node;
    const struct tree_node *engine;
    const struct tree_node *watch;
    const struct tree_node *otherwise; /* the key `default` */
    struct schema_many listeners;      /* struct config_listener */
    struct schema_many clients;        /* struct config_client */
    struct schema_many policies;       /* struct config_policy */
};

/* The table of the whole file; static. */
const struct schema_table *config_table(void);

/* Fills `c` from the file's root, and checks what one key says of another: policies and listeners
 * that are named must be there. Errors become notes; false where there was one. */
bool config_read(const struct tree_node *root, struct arena *a, const struct schema_file *file,
                 struct config *c);

/* The place of the policy of that name, or c->policies.n. */
size_t config_find_policy(const struct config *c, struct slice name);

/* The place of the listener of that name or address, or c->listeners.n. */
size_t config_find_listener(const struct config *c, struct slice name);

/* The policy whose place this is. */
const struct config_policy *config_policy_at(const struct config *c, size_t at);
const struct config_client *config_client_at(const struct config *c, size_t at);
const struct config_listener *config_listener_at(const struct config *c, size_t at);

#endif
