/* Listeners: sockets on which clients are accepted. */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include "net/address.h"

#include <sys/types.h>

/* One listening socket; owns `fd` and, where `unlink_at_exit`, the socket file. */
struct net_listener {
    int fd; /* non-blocking, CLOEXEC */
    struct net_address address;
    bool unlink_at_exit;
    bool adopted; /* the socket is somebody else's too */
    dev_t dev;    /* identity of the socket file, so that only our own is removed */
    ino_t ino;
};

/* For unix listeners: who may connect. -1 as uid or gid leaves it as it is. */
struct net_listener_access {
    mode_t mode; /* of the socket file, 0660 by default */
    uid_t uid;
    gid_t gid;
};

/* Binds and listens. A stale unix socket file (nobody accepts on it) is replaced; one that is
 * served by somebody, or a file that is no socket, is an error. Backlog 4096. */
bool net_listener_open(const struct net_address *a, const struct net_listener_access *access,
                       struct net_listener *l, struct diag *d);

/* Takes over a listening socket that somebody else opened (systemd socket activation); finds its
 * address out. */
bool net_listener_adopt(int fd, struct net_listener *l, struct diag *d);

/* From now on the kernel refuses who connects, instead of letting them wait for nobody. The
 * descriptor stays, so that other threads may still try to accept (EINVAL). An adopted socket is
 * left as it is: who passed it queues its clients for the next process. */
void net_listener_refuse(const struct net_listener *l);

/* Closes the socket and removes the socket file if it is still the one that was made. */
void net_listener_close(struct net_listener *l);

#endif
