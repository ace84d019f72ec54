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
    socklen_t len;
    struct sockaddr_storage sockaddr;
    char text[192]; /* as written, terminated; for messages and logs */
};

/* Reads `tcp://HOST:PORT` (a numeric IPv4, [IPv6], `localhost`, or nothing for all addresses) or
 * `unix:///PATH` (or a bare absolute path). On error false, with the remedy in `d`. */
bool net_address_parse(struct slice text, struct net_address *a, struct diag *d);

#endif
