/* Peers of unix sockets: /proc by the process's id, and proof that the id is still its own. */
#include "sys/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

/* /proc counts in these, whatever the kernel's own ticks are (proc(5), USER_HZ). */
#define TICKS_A_SECOND 100

/* Fields of /proc/PID/stat (proc(5)), and the flag of one that is about to end (PF_EXITING). */
#define STAT_STATE 3
#define STAT_FLAGS 9
#define STAT_START 22
#define EXITING    UINT64_C(4)

/* Reads a file of /proc whole; these say all they have at once, or in a few pieces. */
static enum sys_process read_file(uint32_t pid, const char *name, struct buf *out)
{
    char path[64];
    int n = snprintf(path, sizeof(path), "/proc/%u/%s", pid, name);
    int fd = n > 0 && (size_t)n < sizeof(path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;

    if (fd < 0) {
        return errno == ENOENT || errno == ESRCH ? SYS_PROCESS_GONE : SYS_PROCESS_CLOSED;
    }
    ssize_t got;
    do {
        got = read(fd, out->at + out->len, out->max - out->len);
        out->len += got > 0 ? (size_t)got : 0;
    } while (got > 0 && out->len < out->max);
    (void)close(fd);
    if (got < 0) {
        return errno == ESRCH ? SYS_PROCESS_GONE : SYS_PROCESS_CLOSED;
    }
    out->full |= got != 0; /* there may be more */
    return out->full ? SYS_PROCESS_CLOSED : SYS_PROCESS_HERE;
}

bool sys_process_read_stat(struct slice stat, struct sys_process_stat *out)
{
    struct slice part = {0};
    size_t name_end = stat.len;
    bool ok = true;

    /* Its name stands between brackets and may hold anything, these among it. */
    while (name_end > 0 && stat.at[name_end - 1] != ')') {
        name_end--;
    }
    struct slice rest = slice_sub(stat, name_end, stat.len);
    if (name_end == 0 || rest.len == 0 || rest.at[0] != ' ') {
        return false;
    }
    rest = slice_sub(rest, 1, rest.len);
    for (int field = STAT_STATE; ok && field <= STAT_START; field++) {
        ok = slice_next(&rest, ' ', &part) &&
             (field != STAT_FLAGS || slice_to_u64(part, 10, UINT32_MAX, &out->flags));
    }
    return ok && slice_to_u64(part, 10, UINT64_MAX, &out->start);
}

/* False: it can't be read, or the process is about to end. Then its control group is no longer told
 * (by kernels with a hierarchy for each controller), though other threads of it may go on. */
static bool read_stat(uint32_t pid, struct sys_process_stat *stat)
{
    char text[1024];
    struct buf b;

    buf_init(&b, text, sizeof(text));
    return read_file(pid, "stat", &b) == SYS_PROCESS_HERE &&
           sys_process_read_stat(buf_slice(&b), stat) && (stat->flags & EXITING) == 0;
}

/* Whether the process of that id is as old as the connection. A tick more: starts are rounded. */
static bool is_as_old(uint32_t pid, uint64_t age_us, uint64_t *start)
{
    struct sys_process_stat stat;
    struct timespec now;

    if (!read_stat(pid, &stat) || clock_gettime(CLOCK_BOOTTIME, &now) != 0) {
        return false;
    }
    *start = stat.start;
    uint64_t now_ticks = (uint64_t)now.tv_sec * TICKS_A_SECOND +
                         (uint64_t)now.tv_nsec / (1000000000 / TICKS_A_SECOND);
    return *start <= now_ticks && now_ticks - *start + 1 >= age_us / (1000000 / TICKS_A_SECOND);
}

static bool has_ended(int process)
{
    struct pollfd watch = {.fd = process, .events = POLLIN};

    return poll(&watch, 1, 0) != 0;
}

enum sys_process sys_process_cgroup(uint32_t pid, struct buf *out)
{
    return pid == 0 ? SYS_PROCESS_HIDDEN : read_file(pid, "cgroup", out);
}

enum sys_process sys_process_cgroup_by_start(uint32_t pid, uint64_t age_us, struct buf *out)
{
    uint64_t before;
    uint64_t behind;

    if (age_us == 0 || !is_as_old(pid, age_us, &before)) {
        return SYS_PROCESS_GONE;
    }
    enum sys_process result = read_file(pid, "cgroup", out);
    if (result == SYS_PROCESS_HERE && (!is_as_old(pid, age_us, &behind) || behind != before)) {
        return SYS_PROCESS_GONE;
    }
    return result;
}

enum sys_process sys_process_peer_cgroup(int fd, uint32_t pid, uint64_t age_us, struct buf *out)
{
    int process = -1;
    socklen_t len = sizeof(process);

    if (pid == 0) {
        return SYS_PROCESS_HIDDEN;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &process, &len) != 0) {
        return errno == ENOPROTOOPT ? sys_process_cgroup_by_start(pid, age_us, out)
                                    : SYS_PROCESS_GONE;
    }
    /* Its id is its own as long as it has not ended, so it was that at the time of reading. */
    struct sys_process_stat stat;
    enum sys_process result = read_file(pid, "cgroup", out);
    if ((result == SYS_PROCESS_HERE && !read_stat(pid, &stat)) || has_ended(process)) {
        result = SYS_PROCESS_GONE;
    }
    (void)close(process);
    return result;
}

size_t sys_process_peer_groups(int fd, uint32_t *groups, size_t max)
{
    socklen_t len = (socklen_t)(max * sizeof(*groups));

    return getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == 0 ? len / sizeof(*groups) : 0;
}
