/* The service manager: sockets that it passes, and what it is told (systemd's protocols, without
 * its library). */
#ifndef SYS_SERVICE_H
#define SYS_SERVICE_H

#include <stddef.h>
#include <sys/types.h>

/* The first descriptor that a service manager passes. */
#define SYS_SERVICE_FIRST_FD 3

/* How many listening sockets were passed, from SYS_SERVICE_FIRST_FD on (sd_listen_fds(3)); 0 where
 * none were or they are meant for another process. Removes the variables, so that no child takes
 * them for its own. */
size_t sys_service_sockets(void);

/* Opens the way to the service manager (NOTIFY_SOCKET, sd_notify(3)) while that is still permitted;
 * -1 where there is none. The caller closes it. */
int sys_service_open(void);

/* Tells the service manager ("READY=1", "STOPPING=1"). Nothing happens where `fd` is -1. */
void sys_service_tell(int fd, const char *state);

#endif
