/* A stub engine for benchmarks, fast enough not to be what is measured: answers any GET at once
 * with 300 bytes of JSON, and GET …/archive… with SIZE bytes. Single thread, epoll, keep-alive;
 * reads heads only up to their empty line and trusts them. usage: engine SOCKET SIZE */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define HEAD  65536
#define CHUNK (256 * 1024)

struct peer {
    int fd;
    uint64_t left; /* bytes of a download still to send */
    size_t len;
    char head[HEAD];
};

static char zeros[CHUNK];
static char small[512];
static size_t small_len;
static uint64_t big;

static void small_make(void)
{
    char body[301];
    memset(body, 'x', 300);
    memcpy(body, "{\"Id\":\"", 7);
    memcpy(body + 298, "\"}", 3);
    int n = snprintf(small, sizeof(small),
                     "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\n"
                     "Docker-Experimental: false\r\nOstype: linux\r\nContent-Length: 300\r\n\r\n%s",
                     body);
    small_len = (size_t)n;
}

/* False when the peer is gone. */
static bool peer_send(struct peer *p)
{
    while (p->left > 0) {
        size_t n = p->left < CHUNK ? (size_t)p->left : CHUNK;
        ssize_t done = write(p->fd, zeros, n);
        if (done < 0) {
            return errno == EAGAIN;
        }
        p->left -= (uint64_t)done;
    }
    return true;
}

static bool peer_answer(struct peer *p, const char *end)
{
    const char *line_end = memchr(p->head, '\r', (size_t)(end - p->head));
    size_t line = line_end == NULL ? 0 : (size_t)(line_end - p->head);
    if (memmem(p->head, line, "/archive", 8) == NULL) {
        return write(p->fd, small, small_len) == (ssize_t)small_len;
    }
    char head[128];
    int n = snprintf(
        head, sizeof(head),
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-tar\r\nContent-Length: %llu\r\n\r\n",
        (unsigned long long)big);
    p->left = big;
    return write(p->fd, head, (size_t)n) == n && peer_send(p);
}

static bool peer_ready(struct peer *p)
{
    if (!peer_send(p)) {
        return false;
    }
    for (;;) {
        ssize_t n = read(p->fd, p->head + p->len, HEAD - p->len);
        if (n < 0) {
            return errno == EAGAIN;
        }
        if (n == 0) {
            return false;
        }
        p->len += (size_t)n;
        for (;;) {
            char *end = memmem(p->head, p->len, "\r\n\r\n", 4);
            if (end == NULL) {
                break;
            }
            if (!peer_answer(p, end)) {
                return false;
            }
            size_t used = (size_t)(end - p->head) + 4;
            memmove(p->head, p->head + used, p->len - used);
            p->len -= used;
        }
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (argc != 3 || strlen(argv[1]) >= sizeof(address.sun_path)) {
        return 2;
    }
    memcpy(address.sun_path, argv[1], strlen(argv[1]) + 1);
    big = strtoull(argv[2], NULL, 10);
    small_make();
    (void)unlink(argv[1]);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        chmod(argv[1], 0666) != 0 || listen(listener, 1024) != 0 ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0) {
        perror("engine");
        return 1;
    }
    for (;;) {
        struct epoll_event events[256];
        int n = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < n; i++) {
            struct peer *p = events[i].data.ptr;
            if (p == NULL) {
                int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
                struct peer *made = fd < 0 ? NULL : malloc(sizeof(*made));
                if (made == NULL) {
                    continue;
                }
                made->fd = fd;
                made->left = 0;
                made->len = 0;
                event = (struct epoll_event){EPOLLIN | EPOLLOUT | EPOLLET, {.ptr = made}};
                (void)epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
            } else if (!peer_ready(p)) {
                close(p->fd);
                free(p);
            }
        }
    }
}
