/* Addresses as people write them: tcp://HOST:PORT and unix:///PATH. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include "base/diag.h"

#include <sys/socket.h>

enum net_family { NET_TCP, NET_UNIX };

/* Caller's storage, no pointers inside. */
struct net_address {
    enum net_family family;
    bool any_family; /* tcp://:PORT: IPv6 and IPv4 on one socket, IPv4 alone where there is no IPv6
                      */
    bool named;      /* the host is a name that has to be looked up: of `sockaddr` only the port is
                      * known, and `len` is 0 */
    socklen_t len;
    struct sockaddr_storage sockaddr;
    char text[192]; /* as written, terminated; for messages and logs */
};

/* Reads `tcp://HOST:PORT` (a numeric IPv4, [IPv6], `localhost`, or nothing for all addresses) or
 * `unix:///PATH` (or a bare absolute path). On error false, with the remedy in `d`. */
bool net_address_parse(struct slice text, struct net_address *a, struct diag *d);

/* The same for an address that is connected to: HOST may be a host's name as well, which is not
 * looked up here, and may not be missing. */
bool net_address_parse_remote(struct slice text, struct net_address *a, struct diag *d);

/* The host of a TCP address as it was written, inside it. */
struct slice net_address_host(const struct net_address *a);

/* A TCP address out of 16 bytes, where IPv4 stands as IPv6 sees it (::ffff:a.b.c.d). Without a
 * text. */
void net_address_set(struct net_address *a, const uint8_t bytes[16], uint16_t port);

/* The port of a TCP address, or 0. */
uint16_t net_address_port(const struct net_address *a);

#endif
