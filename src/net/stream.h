/* Stream sockets behind one small table of functions: TCP and unix today, TLS and the tests'
 * scripted sockets alike. Non-blocking, edge-triggered: the hints say what is worth trying. */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "net/address.h"
#include "net/loop.h"

#include <sys/uio.h>

struct stream;

/* What a stream can do. read and write return bytes, or -1 with errno. */
struct stream_ops {
    ssize_t (*read)(struct stream *s, char *at, size_t len);
    ssize_t (*write)(struct stream *s, const struct iovec *parts, int nparts);
    void (*shutdown_write)(struct stream *s);
    void (*close)(struct stream *s, bool reset);
};

extern const struct stream_ops stream_socket_ops;

struct stream {
    struct loop_watch watch; /* first, so that a watch is its stream */
    const struct stream_ops *ops;
    int fd;        /* -1: closed; owned */
    bool readable; /* a read may bring something */
    bool writable; /* a write may take something */
    bool ended;    /* the peer has announced its end; there may be bytes before it */
    bool hung_up;  /* the peer is gone in both directions */
    bool broken;   /* a write has failed: the peer takes no more */
    bool widened;  /* its buffer was made as large as it may be, after a first short write */
};

/* Other answers of stream_read and stream_write than a number of bytes. */
enum { STREAM_END = 0, STREAM_AGAIN = -1, STREAM_BROKEN = -2 };

/* Reads up to `len` bytes: their number, STREAM_END, STREAM_AGAIN or STREAM_BROKEN. */
ssize_t stream_read(struct stream *s, char *at, size_t len);

/* How many bytes the parts have together. */
static inline size_t stream_length(const struct iovec *parts, int nparts)
{
    size_t n = 0;
    for (int i = 0; i < nparts; i++) {
        n += parts[i].iov_len;
    }
    return n;
}

/* Writes what the kernel takes of the parts: bytes (0 where it takes none now), or STREAM_BROKEN.
 */
ssize_t stream_write(struct stream *s, const struct iovec *parts, int nparts);

/* Passes an end on: the peer reads what was written, then an end. */
void stream_shutdown_write(struct stream *s);

/* Closes; with `reset` a TCP peer sees a reset instead of an end. Does nothing when closed. */
void stream_close(struct stream *s, bool reset);

/* Takes events of the loop into the hints. */
void stream_note(struct stream *s, uint32_t events);

/* Makes a stream of a connected or connecting socket and registers it. The caller keeps `fd` on
 * failure. */
bool stream_open(struct stream *s, struct loop *l, int fd,
                 void (*ready)(struct loop_watch *, uint32_t));

/* Sets what a TCP socket needs: no delay, and probes by which a peer that is gone is found out on a
 * silent stream, as Go's servers do. */
void stream_tune_tcp(int fd);

/* Starts to connect to `a`: a descriptor, or -1 with errno; `*connecting` tells that it is under
 * way (stream becomes writable when done; stream_connected then tells). EAGAIN: the engine's
 * backlog is full. */
int stream_dial(const struct net_address *a, bool *connecting);

/* The outcome of a connection under way: 0, or the errno. */
int stream_connected(const struct stream *s);

#endif
