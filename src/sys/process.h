/* What the kernel says of the process at the other end of a unix socket. */
#ifndef SYS_PROCESS_H
#define SYS_PROCESS_H

#include "base/buf.h"

enum sys_process {
    SYS_PROCESS_HERE,
    SYS_PROCESS_HIDDEN, /* it has no id here: it is in another PID namespace */
    SYS_PROCESS_GONE,   /* it has ended or is about to, or its id may be another's by now */
    SYS_PROCESS_CLOSED, /* the file can't be opened: no /proc, or the sandbox doesn't let us */
};

/* Appends the text of /proc/PID/cgroup of the peer of the unix socket `fd`, whose id was `pid` when
 * it connected. That it is still the same process is told by its descriptor (SO_PEERPIDFD, Linux
 * 6.5), else by its having started at least `age_us` ago, which is how long the connection is there
 * (0: unknown, so that such a kernel can't tell). HERE only if all of it is there. */
enum sys_process sys_process_peer_cgroup(int fd, uint32_t pid, uint64_t age_us, struct buf *out);

/* The same of any process, without a word on whether it is still the same one. */
enum sys_process sys_process_cgroup(uint32_t pid, struct buf *out);

/* The supplementary groups of the peer of a unix socket when it connected: how many were put into
 * `groups`, 0 where there are none, or more than `max`. */
size_t sys_process_peer_groups(int fd, uint32_t *groups, size_t max);

/* What the first does where the kernel gives no descriptor of the peer, by its start alone; for
 * tests. */
enum sys_process sys_process_cgroup_by_start(uint32_t pid, uint64_t age_us, struct buf *out);

/* What /proc/PID/stat says of a process. */
struct sys_process_stat {
    uint64_t flags; /* the kernel's PF_ */
    uint64_t start; /* in clock ticks since the boot */
};

/* Reads the text of that file; for tests. */
bool sys_process_read_stat(struct slice stat, struct sys_process_stat *out);

#endif
