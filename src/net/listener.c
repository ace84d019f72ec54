/* Opens listening sockets: TCP over IPv6 and IPv4 together where both exist, unix sockets with
 * mode, owner and group. A socket file is replaced only when nobody accepts on it, and removed only
 * when it is still the one that was made here. */
#include "net/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* What waits while the loop is busy; the kernel's own somaxconn cuts it. */
#define BACKLOG 4096

static bool fail(struct diag *d, const struct net_address *a, const char *what)
{
    return diag_set(d, "%s: %s: %s", a->text, what, strerror(errno));
}

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        int saved = errno;

        close(*fd);
        *fd = -1;
        errno = saved;
    }
}

static const char *unix_path(const struct net_address *a)
{
    const struct sockaddr_un *un = (const struct sockaddr_un *)(const void *)&a->sockaddr;

    return un->sun_path;
}

static int open_socket(const struct net_address *a)
{
    return socket(a->sockaddr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static bool set_flag(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof(value)) == 0;
}

/* One attempt at a TCP address; errno says why it failed. */
static int listen_tcp(const struct net_address *a, bool dual)
{
    int fd = open_socket(a);

    if (fd < 0) {
        return -1;
    }
    /* Without it a restarted gate would wait for old connections to be forgotten. */
    bool ok = set_flag(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (ok && a->sockaddr.ss_family == AF_INET6) {
        ok = set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY, dual ? 0 : 1);
    }
    if (!ok || bind(fd, (const struct sockaddr *)&a->sockaddr, a->len) < 0 ||
        listen(fd, BACKLOG) < 0) {
        close_fd(&fd);
    }
    return fd;
}

/* What a kernel without IPv6 says: no such family, no such address (disabled by sysctl), or no such
 * option. */
static bool means_no_ipv6(int error)
{
    return error == EAFNOSUPPORT || error == EADDRNOTAVAIL || error == EPROTONOSUPPORT ||
           error == ENOPROTOOPT;
}

/* The same port on all IPv4 addresses. */
static void make_ipv4(struct net_address *a)
{
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)&a->sockaddr;
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = in6->sin6_port};

    memset(&a->sockaddr, 0, sizeof(a->sockaddr));
    memcpy(&a->sockaddr, &in, sizeof(in));
    a->len = sizeof(in);
}

static bool open_tcp(struct net_listener *l, struct diag *d)
{
    struct net_address *a = &l->address;

    l->fd = listen_tcp(a, a->any_family);
    if (l->fd < 0 && a->any_family && means_no_ipv6(errno)) {
        make_ipv4(a);
        l->fd = listen_tcp(a, false);
    }
    if (l->fd < 0) {
        return fail(d, a,
                    errno == EADDRINUSE ? "cannot listen, something else does"
                    : errno == EACCES   ? "cannot listen, ports below 1024 are root's"
                                        : "cannot listen");
    }
    return true;
}

/* Asks whether somebody accepts on a socket file: 1 yes, 0 no, -1 can't be known (errno). */
static int is_served(const struct net_address *a)
{
    int fd = open_socket(a);

    if (fd < 0) {
        return -1;
    }
    int answer = 1;
    if (connect(fd, (const struct sockaddr *)&a->sockaddr, a->len) < 0) {
        if (errno == ECONNREFUSED || errno == ENOENT) {
            answer = 0;
        } else if (errno != EAGAIN) { /* EAGAIN: its queue is full, so somebody is there */
            answer = -1;
        }
    }
    close_fd(&fd);
    return answer;
}

/* Makes room for the socket file: a stale one is removed, anything else is left alone. */
static bool clear_path(const struct net_address *a, struct diag *d)
{
    struct stat st;
    const char *path = unix_path(a);

    if (lstat(path, &st) < 0) {
        return errno == ENOENT ? true : fail(d, a, "cannot look at the socket file");
    }
    if (!S_ISSOCK(st.st_mode)) {
        return diag_set(
            d, "%s: there is a file of that name, and it is no socket; it is left as it is",
            a->text);
    }
    int served = is_served(a);
    if (served < 0) {
        return fail(d, a, "cannot find out whether the socket file is in use");
    }
    if (served > 0) {
        return diag_set(d, "%s: something else accepts connections on this socket", a->text);
    }
    if (unlink(path) < 0 && errno != ENOENT) {
        return fail(d, a, "cannot remove the stale socket file");
    }
    return true;
}

/* The identity of the file just made, and who may connect to it. */
static bool settle_file(const struct net_listener_access *access, struct net_listener *l,
                        struct diag *d)
{
    const char *path = unix_path(&l->address);
    struct stat st;

    if (lstat(path, &st) < 0) {
        return fail(d, &l->address, "cannot look at the socket file");
    }
    l->dev = st.st_dev;
    l->ino = st.st_ino;
    l->unlink_at_exit = true;
    if ((access->uid != (uid_t)-1 || access->gid != (gid_t)-1) &&
        lchown(path, access->uid, access->gid) < 0) {
        return fail(d, &l->address, "cannot change the socket file's owner");
    }
    if (chmod(path, access->mode) < 0) {
        return fail(d, &l->address, "cannot change the socket file's mode");
    }
    return true;
}

static bool open_unix(const struct net_listener_access *access, struct net_listener *l,
                      struct diag *d)
{
    const struct net_address *a = &l->address;

    if (!clear_path(a, d)) {
        return false;
    }
    l->fd = open_socket(a);
    if (l->fd < 0) {
        return fail(d, a, "cannot make a socket");
    }
    /* The file is born closed: nobody slips in between bind and chmod. */
    mode_t umask_before = umask(0777);
    int bound = bind(l->fd, (const struct sockaddr *)&a->sockaddr, a->len);
    umask(umask_before);
    if (bound < 0) {
        return fail(d, a, "cannot make the socket file");
    }
    if (!settle_file(access, l, d)) {
        return false;
    }
    return listen(l->fd, BACKLOG) == 0 ? true : fail(d, a, "cannot listen");
}

bool net_listener_open(const struct net_address *a, const struct net_listener_access *access,
                       struct net_listener *l, struct diag *d)
{
    *l = (struct net_listener){.fd = -1, .address = *a};
    if (a->family == NET_UNIX ? open_unix(access, l, d) : open_tcp(l, d)) {
        return true;
    }
    net_listener_close(l);
    return false;
}

/* What a socket that came from outside is called in messages and logs. */
static void describe(struct net_address *a, int fd)
{
    char host[INET6_ADDRSTRLEN + 1];
    const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)&a->sockaddr;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)&a->sockaddr;

    switch (a->sockaddr.ss_family) {
    case AF_UNIX:
        snprintf(a->text, sizeof(a->text), "unix://%s", unix_path(a));
        break;
    case AF_INET:
        snprintf(a->text, sizeof(a->text), "tcp://%s:%u",
                 inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host)), ntohs(in->sin_port));
        break;
    case AF_INET6:
        snprintf(a->text, sizeof(a->text), "tcp://[%s]:%u",
                 inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host)), ntohs(in6->sin6_port));
        break;
    default:
        snprintf(a->text, sizeof(a->text), "descriptor %d", fd);
        break;
    }
}

static bool is_listening_stream(int fd)
{
    int type = 0;
    int accepts = 0;
    socklen_t len = sizeof(type);

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || type != SOCK_STREAM) {
        return false;
    }
    len = sizeof(accepts);
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &len) == 0 && accepts != 0;
}

bool net_listener_adopt(int fd, struct net_listener *l, struct diag *d)
{
    *l = (struct net_listener){.fd = -1};
    struct net_address *a = &l->address;

    a->len = sizeof(a->sockaddr) - 1; /* a path of full length stays terminated */
    if (!is_listening_stream(fd) || getsockname(fd, (struct sockaddr *)&a->sockaddr, &a->len) < 0) {
        return diag_set(
            d, "descriptor %d, passed by the service manager, is no listening stream socket", fd);
    }
    sa_family_t family = a->sockaddr.ss_family;
    if (family != AF_UNIX && family != AF_INET && family != AF_INET6) {
        return diag_set(d, "descriptor %d, passed by the service manager, is neither TCP nor unix",
                        fd);
    }
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
        return diag_set(d, "descriptor %d, passed by the service manager: %s", fd, strerror(errno));
    }
    a->family = family == AF_UNIX ? NET_UNIX : NET_TCP;
    describe(a, fd);
    l->fd = fd;
    l->adopted = true;
    return true;
}

void net_listener_refuse(const struct net_listener *l)
{
    if (!l->adopted) {
        (void)shutdown(l->fd, SHUT_RDWR); /* where it fails, clients wait until it is closed */
    }
}

/* Somebody else's file may stand there by now; that one stays. As long as our socket is open the
 * kernel holds its inode, so that no other file can have its number. */
static void remove_file(const struct net_listener *l)
{
    const char *path = unix_path(&l->address);
    struct stat st;

    if (lstat(path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino) {
        (void)unlink(path); /* where it may not, the janitor does it */
    }
}

void net_listener_close(struct net_listener *l)
{
    if (l->unlink_at_exit) {
        remove_file(l);
        l->unlink_at_exit = false;
    }
    close_fd(&l->fd);
}
