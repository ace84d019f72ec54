/* Stream sockets: reading, writing and closing with hints, so that no system call is made that the
 * last event or the last short count has already answered. */
#include "net/stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What is asked for; the kernel cuts it to its own maximum. */
#define STREAM_WIDE (1024 * 1024)

/* Parts that together have no more than this go in one piece. */
#define STREAM_JOINED 4096

/* recv() and send() are where a thread may be cancelled, and mark that on their way in and out with
 * an atomic operation each. Nobody is cancelled here. The sanitizer looks at the buffers of the C
 * library's own. */
#ifdef __SANITIZE_ADDRESS__
#define RECEIVE(fd, at, len) recv(fd, at, len, 0)
#define SEND(fd, at, len)    send(fd, at, len, 0)
#else
#define RECEIVE(fd, at, len) syscall(SYS_recvfrom, fd, at, len, 0, NULL, NULL)
#define SEND(fd, at, len)    syscall(SYS_sendto, fd, at, len, 0, NULL, 0)
#endif

static ssize_t socket_read(struct stream *s, char *at, size_t len)
{
    return RECEIVE(s->fd, at, len);
}

/* One piece of bytes is less to do for the kernel than a list of them, by more than it costs to
 * copy a head and a small body together. */
static ssize_t socket_write(struct stream *s, const struct iovec *parts, int nparts)
{
    __attribute__((
        uninitialized)) char joined[STREAM_JOINED]; /* what is written is read, no more */
    size_t len = 0;
    if (nparts == 1) {
        return SEND(s->fd, parts->iov_base, parts->iov_len);
    }
    for (int i = 0; i < nparts; i++) {
        if (parts[i].iov_len > sizeof(joined) - len) {
            return writev(s->fd, parts, nparts);
        }
        if (parts[i].iov_len > 0) { /* else it may have no bytes to point to */
            memcpy(joined + len, parts[i].iov_base, parts[i].iov_len);
            len += parts[i].iov_len;
        }
    }
    return SEND(s->fd, joined, len);
}

static void socket_shutdown_write(struct stream *s)
{
    (void)shutdown(s->fd,
                   SHUT_WR); /* fails only when the peer is gone, which the next read tells */
}

static void socket_close(struct stream *s, bool reset)
{
    if (reset) {
        struct linger now = {.l_onoff = 1, .l_linger = 0};
        (void)setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &now,
                         sizeof(now)); /* then it is a plain close */
    }
    (void)close(s->fd); /* nothing to be done about an error */
}

const struct stream_ops stream_socket_ops = {
    .read = socket_read,
    .write = socket_write,
    .shutdown_write = socket_shutdown_write,
    .close = socket_close,
};

/* A unix socket takes 208 KiB by default, less than is read at once: each time the rest would have
 * to be kept and written by itself. Where bulk flows its buffer is set to what the kernel permits.
 * TCP finds its own size as long as nobody sets one. */
static void stream_widen(struct stream *s)
{
    int domain = 0;
    socklen_t len = sizeof(domain);
    int size = STREAM_WIDE;
    s->widened = true;
    if (getsockopt(s->fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == AF_UNIX) {
        /* It is slower without, not wrong. */
        (void)setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    }
}

ssize_t stream_read(struct stream *s, char *at, size_t len)
{
    ssize_t n;
    do {
        n = s->ops->read(s, at, len);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            s->readable = false;
            return STREAM_AGAIN;
        }
        return STREAM_BROKEN;
    }
    /* A short read has emptied the socket: epoll will tell of more, but it has told of an end
     * already. */
    if (n > 0 && (size_t)n < len && !s->ended) {
        s->readable = false;
    }
    return n;
}

ssize_t stream_write(struct stream *s, const struct iovec *parts, int nparts)
{
    if (s->broken) {
        return STREAM_BROKEN;
    }
    for (; nparts > 1 && parts[0].iov_len == 0; nparts--) {
        parts++;
    }
    size_t wanted = stream_length(parts, nparts);
    if (wanted == 0) {
        return 0;
    }
    ssize_t n;
    do {
        n = s->ops->write(s, parts, nparts);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            s->writable = false;
            return 0;
        }
        s->broken = true;
        return STREAM_BROKEN;
    }
    if ((size_t)n < wanted) {
        s->writable = false;
        if (!s->widened) {
            stream_widen(s);
        }
    }
    return n;
}

void stream_shutdown_write(struct stream *s)
{
    s->ops->shutdown_write(s);
}

void stream_close(struct stream *s, bool reset)
{
    if (s->fd >= 0) {
        s->ops->close(s, reset);
        s->fd = -1;
    }
    s->readable = false;
    s->writable = false;
}

void stream_note(struct stream *s, uint32_t events)
{
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        s->readable = true;
    }
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
        s->writable = true;
    }
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        s->ended = true;
    }
    if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
        s->hung_up = true;
    }
}

bool stream_open(struct stream *s, struct loop *l, int fd,
                 void (*ready)(struct loop_watch *, uint32_t))
{
    *s = (struct stream){.watch = {ready}, .ops = &stream_socket_ops, .fd = fd};
    if (!loop_add(l, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, &s->watch)) {
        s->fd = -1;
        return false;
    }
    return true;
}

void stream_tune_tcp(int fd)
{
    static const struct {
        int level;
        int name;
        int value;
    } rows[] = {
        {SOL_SOCKET, SO_KEEPALIVE, 1},    {IPPROTO_TCP, TCP_KEEPIDLE, 60},
        {IPPROTO_TCP, TCP_KEEPINTVL, 15}, {IPPROTO_TCP, TCP_KEEPCNT, 9},
        {IPPROTO_TCP, TCP_NODELAY, 1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        /* Without one of them the connection works as well, only later or slower. */
        (void)setsockopt(fd, rows[i].level, rows[i].name, &rows[i].value, sizeof(rows[i].value));
    }
}

int stream_dial(const struct net_address *a, bool *connecting)
{
    int fd = socket(a->sockaddr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    if (a->family == NET_TCP) {
        stream_tune_tcp(fd);
    }
    *connecting = false;
    if (connect(fd, (const struct sockaddr *)&a->sockaddr, a->len) == 0) {
        return fd;
    }
    if (errno == EINPROGRESS) {
        *connecting = true;
        return fd;
    }
    int error = errno;
    (void)close(fd); /* nothing to be done about an error */
    errno = error;
    return -1;
}

int stream_connected(const struct stream *s)
{
    int error = 0;
    socklen_t len = sizeof(error);
    if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0) {
        return errno;
    }
    return error;
}
