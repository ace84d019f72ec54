/* A thread of its own, so that a slow look at the engine or a slow asker delays no client. It asks
 * only whether the engine takes connections, as wollomatic/socket-proxy does: no request is sent.
 */
#include "admin/watch.h"

#include "base/buf.h"
#include "http/head.h"
#include "sys/clock.h"
#include "sys/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A connection to the engine, and an asker's request, must be there within. */
#define PATIENCE_MS 5000

/* How often it looks whether the engine's name is known by now. */
#define NAME_MS 5

/* Any asker's head. */
#define HEAD_MAX 4096

struct admin_watch {
    struct admin_watch_config config;
    pthread_t thread;
    int wake; /* eventfd: end */
    atomic_bool stopped;
    bool gone; /* as of the last look */
    struct http_head head;
    char in[HEAD_MAX];
};

static bool wait_for(int fd, short events, int timeout_ms)
{
    struct pollfd p = {.fd = fd, .events = events};
    int n;

    do {
        n = poll(&p, 1, timeout_ms);
    } while (n < 0 && errno == EINTR);
    return n > 0;
}

/* Begins a connection to the engine; its name, where it has one, is waited for. */
static int dial(const struct admin_watch *w, struct way *way, bool *connecting)
{
    int fd;

    while ((fd = gate_dial(w->config.gate, way, connecting)) < 0 && errno == EINPROGRESS) {
        (void)poll(NULL, 0, NAME_MS); /* it gives up by itself */
    }
    return fd;
}

/* What became of a connection that was begun: 0, or the error. */
static int outcome(int fd)
{
    int error = 0;
    socklen_t len = sizeof(error);

    if (!wait_for(fd, POLLOUT, PATIENCE_MS)) {
        return ETIMEDOUT;
    }
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 ? errno : error;
}

/* Why the engine takes no connection; NULL: it does. A full backlog has somebody behind it. */
static const char *look(const struct admin_watch *w)
{
    struct way way = {.since_us = 0};

    for (;;) { /* until the way gives up, where the engine has a name; else once */
        bool connecting = false;
        int fd = dial(w, &way, &connecting);

        if (fd < 0) {
            const char *error = way.no_answer != NULL ? way.no_answer : strerrordesc_np(errno);
            return errno == EAGAIN ? NULL : error;
        }
        way.failed = connecting ? outcome(fd) : 0;
        (void)close(fd); /* nothing was sent */
        if (way.failed == 0 || !w->config.engine->named) {
            return way.failed == 0 ? NULL : strerrordesc_np(way.failed);
        }
    }
}

static void look_at_interval(struct admin_watch *w)
{
    const char *error = look(w);

    if (error == NULL) {
        if (w->gone) {
            sys_log("watchdog: engine %s is there again", w->config.engine->text);
        }
        w->gone = false;
        return;
    }
    w->gone = true;
    sys_log("watchdog: engine %s: %s%s", w->config.engine->text, error,
            w->config.stop ? "; stopping" : "");
    if (w->config.stop && !atomic_exchange(&w->stopped, true)) {
        gate_stop(w->config.gate);
    }
}

/* Reads one request's head; false where there is none in time. */
static bool read_head(struct admin_watch *w, int fd, size_t *len)
{
    uint64_t deadline_us = sys_clock_us() + UINT64_C(1000) * PATIENCE_MS;

    http_head_reset(&w->head);
    *len = 0;
    while (*len < sizeof(w->in)) {
        uint64_t now_us = sys_clock_us();
        int left_ms = now_us < deadline_us ? (int)((deadline_us - now_us) / 1000) : 0;
        if (!wait_for(fd, POLLIN, left_ms)) {
            return false;
        }
        ssize_t n = recv(fd, w->in + *len, sizeof(w->in) - *len, 0);
        if (n <= 0) {
            return false;
        }
        *len += (size_t)n;
        enum http_step step = http_request_read(&w->head, slice_of(w->in, *len));
        if (step != HTTP_MORE) {
            return step == HTTP_DONE;
        }
    }
    return false;
}

static struct slice answer_to(struct admin_watch *w)
{
    struct slice method = http_slice(w->in, w->head.method);

    if (!slice_equal(http_slice(w->in, w->head.target), SLICE("/health"))) {
        return SLICE("HTTP/1.1 404 Not Found\r\n");
    }
    if (!slice_equal(method, SLICE("HEAD")) && !slice_equal(method, SLICE("GET"))) {
        return SLICE("HTTP/1.1 405 Method Not Allowed\r\n");
    }
    const char *error = look(w);
    if (error == NULL) {
        return SLICE("HTTP/1.1 200 OK\r\n");
    }
    sys_log("health: engine %s: %s", w->config.engine->text, error);
    return SLICE("HTTP/1.1 503 Service Unavailable\r\n");
}

static void answer_one(struct admin_watch *w)
{
    static const char rest[] = "Content-Length: 0\r\nConnection: close\r\n\r\n";
    char out[256];
    struct buf b;
    size_t len;
    int fd = accept4(w->config.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0) {
        return; /* it has gone again */
    }
    if (read_head(w, fd, &len)) {
        buf_init(&b, out, sizeof(out));
        buf_put(&b, answer_to(w));
        buf_put(&b, slice_of(rest, sizeof(rest) - 1));
        (void)send(fd, b.at, b.len, MSG_NOSIGNAL); /* a fresh connection takes this much at once */
    }
    (void)close(fd); /* answered or not */
}

static void *watch_thread(void *argument)
{
    struct admin_watch *w = argument;
    uint64_t interval_us = (uint64_t)w->config.interval_ms * 1000;
    uint64_t due_us = sys_clock_us() + interval_us;

    for (;;) {
        struct pollfd p[] = {{.fd = w->wake, .events = POLLIN},
                             {.fd = w->config.listener, .events = POLLIN}};
        uint64_t now_us = sys_clock_us();
        int left_ms = due_us > now_us ? (int)((due_us - now_us + 999) / 1000) : 0;
        (void)poll(p, 2, interval_us == 0 ? -1 : left_ms); /* an interrupted one is done again */
        if ((p[0].revents & POLLIN) != 0) {
            return NULL;
        }
        if (interval_us != 0 && sys_clock_us() >= due_us) {
            look_at_interval(w);
            due_us = sys_clock_us() + interval_us;
        }
        if ((p[1].revents & POLLIN) != 0) {
            answer_one(w);
        }
    }
}

struct admin_watch *admin_watch_new(const struct admin_watch_config *config, struct diag *d)
{
    struct admin_watch *w = calloc(1, sizeof(*w));

    if (w == NULL) {
        (void)diag_set(d, "no memory for the watchdog");
        return NULL;
    }
    w->config = *config;
    w->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int error = w->wake < 0 ? errno : pthread_create(&w->thread, NULL, watch_thread, w);
    if (error != 0) {
        (void)diag_set(d, "the watchdog can't be started: %s", strerrordesc_np(error));
        if (w->wake >= 0) {
            (void)close(w->wake); /* unused */
        }
        free(w);
        return NULL;
    }
    return w;
}

bool admin_watch_stopped(const struct admin_watch *w)
{
    return w != NULL && atomic_load(&w->stopped);
}

void admin_watch_free(struct admin_watch *w)
{
    uint64_t one = 1;

    if (w == NULL) {
        return;
    }
    ssize_t n = write(w->wake, &one, sizeof(one));
    (void)n; /* a counter of 64 bits takes it */
    (void)pthread_join(w->thread, NULL);
    (void)close(w->wake); /* nothing to be done about an error */
    free(w);
}
