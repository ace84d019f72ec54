/* Finds a client's policy: the first row that fits. */
#include "gate/clients.h"

#include "inspect/containers.h"
#include "policy/glob.h"

/* Compose's label for the service that a container is of. */
static const struct slice SERVICE = SLICE_INIT("com.docker.compose.service");

/* The label by which a container chooses its policy, where a row lets it. */
static const struct slice CHOICE = SLICE_INIT("dockgate.policy");

static bool in_group(const struct gate_client *row, const struct caller *who,
                     const struct clients_more *more)
{
    bool in = row->gid == who->gid;

    for (size_t i = 0; i < more->ngroups && !in; i++) {
        in = row->gid == more->groups[i];
    }
    return in;
}

/* Everything that a row says but for the container. */
static bool fits(const struct gate_client *row, const struct caller *who,
                 const struct clients_more *more)
{
    bool local = who->peer.kind == PEER_UNIX;
    uint32_t uid;

    memcpy(&uid, who->peer.bytes, sizeof(uid));
    if ((row->by & GATE_CLIENT_LISTENER) != 0 && (row->listeners >> who->listener & 1) == 0) {
        return false;
    }
    if ((row->by & (GATE_CLIENT_UID | GATE_CLIENT_GID)) != 0 && !local) {
        return false;
    }
    if ((row->by & GATE_CLIENT_UID) != 0 && row->uid != uid) {
        return false;
    }
    if ((row->by & GATE_CLIENT_GID) != 0 && !in_group(row, who, more)) {
        return false;
    }
    return (row->by & GATE_CLIENT_NETWORK) == 0 ||
           (!local && net_network_has(&row->network, who->peer.bytes, who->peer.kind == PEER_IPV4));
}

/* ---- containers ---- */

static bool has_name(struct slice facts, struct slice glob)
{
    struct containers_fact fact;

    while (containers_next(&facts, &fact)) {
        if (fact.kind == CONTAINERS_NAME && glob_match(glob, fact.value)) {
            return true;
        }
    }
    return false;
}

static bool has_label(struct slice facts, struct slice label)
{
    size_t key = slice_find(label, '=');
    struct slice value;

    return containers_find_label(facts, slice_sub(label, 0, key), &value) &&
           (key == label.len || slice_equal(value, slice_sub(label, key + 1, label.len)));
}

static bool container_fits(const struct gate_client *row, const struct clients_more *more)
{
    const struct gate_container *c = row->container;
    struct slice facts = more->facts;
    struct slice value;

    if ((row->by & GATE_CLIENT_WITHIN) != 0 && more->label == NULL) {
        return false;
    }

    if ((row->by & GATE_CLIENT_CHOSEN) != 0 &&
        (!containers_find_label(facts, CHOICE, &value) || !slice_equal(value, row->policy->name))) {
        return false;
    }

    if (c->name.len > 0 && !has_name(facts, c->name)) {
        return false;
    }
    if (c->service.len > 0 &&
        (!containers_find_label(facts, SERVICE, &value) || !slice_equal(value, c->service))) {
        return false;
    }
    for (size_t i = 0; i < c->nlabels; i++) {
        if (!has_label(facts, c->labels[i])) {
            return false;
        }
    }
    return true;
}

struct clients_found gate_clients_find(const struct gate_clients *c, const struct caller *who,
                                       const struct clients_more *more)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct gate_client *row = &c->at[i];

        if (!fits(row, who, more)) {
            continue;
        }
        if ((row->by & GATE_CLIENT_CONTAINER) == 0) {
            return (struct clients_found){row->policy, NULL};
        }
        if (more->is == CLIENTS_UNASKED) {
            return (struct clients_found){NULL, NULL};
        }
        if (more->is == CLIENTS_CONTAINER && container_fits(row, more)) {
            bool within = (row->by & GATE_CLIENT_WITHIN) != 0;

            return (struct clients_found){row->policy, within ? more->label : NULL};
        }
    }
    return (struct clients_found){c->otherwise, NULL};
}
