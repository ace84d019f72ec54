/* Lists of addresses, networks and names of hosts: "10.1.0.0/16, 192.168.1.7, fd00::/8, traefik".
 */
#ifndef NET_NETWORK_H
#define NET_NETWORK_H

#include "base/diag.h"
#include "base/limits.h"

#include <sys/socket.h>

/* More is a mistake. */
#define NETWORKS_MAX 256

/* IPv4 as IPv6 sees it (::ffff:a.b.c.d), so that one comparison does for both. */
struct net_network {
    uint8_t bytes[16];
    unsigned bits;
};

/* Caller's storage, no pointers inside. */
struct net_networks {
    struct net_network at[NETWORKS_MAX];
    size_t n;
};

/* Names of hosts, terminated; caller's storage. */
struct net_names {
    char at[LIMIT_NAMES][LIMIT_NAME + 1];
    size_t n;
};

/* Reads a list, separated by commas and blanks; a network's bits behind its prefix are ignored.
 * What is no address goes to `names` where it may be the name of a host: letters, digits, "-" and
 * "_" between dots, the last part not of digits alone. On error false, and `d` names what is none.
 */
bool net_networks_parse(struct slice text, struct net_networks *l, struct net_names *names,
                        struct diag *d);

/* Reads one address or network; as above. */
bool net_network_parse(struct slice text, struct net_network *network, struct diag *d);

/* Whether it may be the name of a host, as above. */
bool net_is_name(struct slice text);

/* Adds one that may be. */
bool net_names_add(struct net_names *names, struct slice name, struct diag *d);

/* Adds a single address (as it travels: 4 bytes where `ipv4`, else 16). False: the list is full. */
bool net_networks_add(struct net_networks *l, const void *address, bool ipv4);

/* Whether the address (as it travels: 4 bytes where `ipv4`, else 16) is in it. */
bool net_network_has(const struct net_network *network, const uint8_t *address, bool ipv4);

/* Whether the address is in one of them; only IPv4 and IPv6 can be. */
bool net_networks_have(const struct net_networks *l, const struct sockaddr_storage *address);

#endif
