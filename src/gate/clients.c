/* Finds a client's policy: the first row that fits. */
#include "gate/clients.h"

static bool fits(const struct gate_client *row, const struct caller *who)
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
    if ((row->by & GATE_CLIENT_GID) != 0 && row->gid != who->gid) {
        return false;
    }
    return (row->by & GATE_CLIENT_NETWORK) == 0 ||
           (!local && net_network_has(&row->network, who->peer.bytes, who->peer.kind == PEER_IPV4));
}

const struct gate_policy *gate_clients_find(const struct gate_clients *c, const struct caller *who)
{
    for (size_t i = 0; i < c->n; i++) {
        if (fits(&c->at[i], who)) {
            return c->at[i].policy;
        }
    }
    return c->otherwise;
}
