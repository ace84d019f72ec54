/* A load generator of small requests. Closed loop: each connection sends its next request when the
 * answer is complete. Open loop (-r): requests are due at a fixed rate, whatever the answers do,
 * and a request's latency counts from the moment at which it was due, so that a stall costs all the
 * requests that fell into it. Nothing ends it early: a connection that breaks is counted (`lost`
 * where an answer was owed) and made anew. Prints one line of JSON, times in microseconds.
 *
 * usage: load [-c CONNECTIONS] [-s SECONDS | -n REQUESTS] [-r RATE] [-x EXPECTED-STATUS] [-1]
 *             [-a SOURCE-ADDRESSES] [-m METHOD] [-b FILE] [-p SECONDS] [-w] ADDRESS TARGET
 * -b: the body of each request, JSON. -1: a new connection for each request. -p: prints "progress
 * REQUESTS" to standard error so often, for runs of many minutes. -w: makes its connections and one
 * request on each, says "ready", waits for a line on standard input, and keeps the connections
 * until the input ends: who measures can leave out what connections cost. */
#include "wire.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#define MAX_CONNECTIONS 4096
#define SILENCE_NS      20000000000U

struct connection {
    int fd; /* -1: to be made anew */
    bool busy;
    bool in_body;
    bool closes; /* the answer says that it is the last one */
    uint64_t started;
    struct intake intake;
    size_t len;
    char head[4096];
};

static struct {
    const char *address;
    const char *target;
    const char *method;
    const char *body;
    unsigned nconnections;
    unsigned nsources;
    unsigned expected;
    uint64_t duration_ns;
    uint64_t nrequests;
    uint64_t interval_ns; /* open loop: between two requests */
    uint64_t progress_ns;
    bool short_lived;
    bool waits;
} want = {.method = "GET", .nconnections = 1, .expected = 200, .duration_ns = 1000000000};

static struct connection connections[MAX_CONNECTIONS];

/* Open loop: who may send, a ring, so that all of them take turns. */
static struct connection *idle[MAX_CONNECTIONS];
static unsigned nidle;
static unsigned idle_first;

static struct histogram latency;
static uint64_t nsent;
static uint64_t nanswered;
static uint64_t nunexpected;
static uint64_t nlost;
static uint64_t nrefused;
static uint64_t statuses[1000]; /* how often each */
static uint64_t nbytes;         /* of bodies */
static char request[65536];
static size_t request_len;
static int epoll;

static void connection_open(struct connection *c)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    unsigned source = want.nsources == 0 ? 0 : (unsigned)(nsent % want.nsources) + 1;
    c->busy = false;
    c->fd = wire_connect(want.address, source);
    if (c->fd >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) != 0) {
        wire_fail("epoll");
    }
}

static void connection_close(struct connection *c)
{
    if (c->fd >= 0) {
        close(c->fd);
    }
    c->fd = -1;
}

/* Sends a request that was due at `due`. False: it could not be sent. */
static bool connection_ask(struct connection *c, uint64_t due)
{
    if (c->fd < 0) {
        connection_open(c);
    }
    nsent++;
    if (c->fd < 0) {
        nrefused++;
        return false;
    }
    c->started = due;
    c->len = 0;
    c->in_body = false;
    c->busy = true;
    if (write(c->fd, request, request_len) != (ssize_t)request_len) {
        nlost++;
        connection_close(c);
        c->busy = false;
        return false;
    }
    return true;
}

/* Looks for a whole head in what has come. False: more is needed, or it is too long. */
static bool connection_head(struct connection *c)
{
    c->head[c->len] = '\0';
    char *end = strstr(c->head, "\r\n\r\n");
    if (end == NULL) {
        return false;
    }
    unsigned status = (unsigned)strtoul(c->head + 9, NULL, 10) % 1000;
    statuses[status]++;
    nunexpected += status != want.expected;
    char *rest = end + 4;
    char first = *rest;
    *rest = '\0';
    intake_init(&c->intake, c->head);
    c->closes = strcasestr(c->head, "\r\nconnection: close") != NULL;
    *rest = first;
    (void)intake_eat(&c->intake, rest, c->len - (size_t)(rest - c->head));
    c->in_body = true;
    return true;
}

enum progress { MORE, COMPLETE, BROKEN };

static enum progress connection_read(struct connection *c)
{
    static char body[65536];
    if (!c->busy) {
        return BROKEN; /* the end of an idle connection: nothing is owed */
    }
    char *into = c->in_body ? body : c->head + c->len;
    ssize_t n = read(c->fd, into, c->in_body ? sizeof(body) : sizeof(c->head) - 1 - c->len);
    if (n < 0 && errno == EAGAIN) {
        return MORE;
    }
    if (n <= 0) {
        bool complete = n == 0 && c->in_body && c->intake.framing == INTAKE_CLOSE;
        c->closes = true;
        return complete ? COMPLETE : BROKEN;
    }
    if (c->in_body) {
        (void)intake_eat(&c->intake, body, (size_t)n);
    } else {
        c->len += (size_t)n;
        if (!connection_head(c)) {
            return MORE;
        }
    }
    return intake_done(&c->intake) ? COMPLETE : MORE;
}

/* One event of a connection. True: it is free for the next request. */
static bool connection_ready(struct connection *c)
{
    enum progress is = connection_read(c);
    if (is == MORE) {
        return false;
    }
    bool owed = c->busy;
    c->busy = false;
    if (is == BROKEN) {
        nlost += owed;
        connection_close(c);
        return owed;
    }
    nanswered++;
    nbytes += c->intake.payload;
    histogram_add(&latency, wire_now_ns() - c->started);
    if (c->closes || want.short_lived) {
        connection_close(c);
    }
    return true;
}

static void progress_print(uint64_t now)
{
    static uint64_t next;
    if (want.progress_ns > 0 && now >= next) {
        next = now + want.progress_ns;
        (void)fprintf(stderr, "progress %llu\n", (unsigned long long)nanswered);
    }
}

static bool enough(uint64_t now, uint64_t start)
{
    return want.nrequests > 0 ? nsent >= want.nrequests : now - start >= want.duration_ns;
}

static void run_closed(void)
{
    uint64_t start = wire_now_ns();
    unsigned nbusy = 0;
    for (unsigned i = 0; i < want.nconnections && !enough(start, start); i++) {
        nbusy += connection_ask(&connections[i], wire_now_ns());
    }
    while (nbusy > 0) {
        struct epoll_event events[256];
        int n = epoll_wait(epoll, events, 256, (int)(SILENCE_NS / 1000000));
        if (n <= 0) {
            nlost += nbusy; /* nobody answers any more */
            break;
        }
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            if (!connection_ready(c)) {
                continue;
            }
            nbusy--;
            uint64_t now = wire_now_ns();
            while (!enough(now, start)) {
                if (connection_ask(c, now)) {
                    nbusy++;
                    break;
                }
                (void)usleep(1000); /* refused: it may come back, until the time is over */
                now = wire_now_ns();
            }
            progress_print(now);
        }
    }
}

static void idle_put(struct connection *c)
{
    idle[(idle_first + nidle++) % MAX_CONNECTIONS] = c;
}

static struct connection *idle_take(void)
{
    struct connection *c = idle[idle_first];
    idle_first = (idle_first + 1) % MAX_CONNECTIONS;
    nidle--;
    return c;
}

/* Waits for events until `until`. */
static int wait_until(struct epoll_event *events, int nevents, uint64_t until)
{
    uint64_t now = wire_now_ns();
    uint64_t left = until > now ? until - now : 0;
    struct timespec t = {(time_t)(left / 1000000000), (long)(left % 1000000000)};
    return epoll_pwait2(epoll, events, nevents, &t, NULL);
}

static void run_open(void)
{
    uint64_t start = wire_now_ns();
    uint64_t total = want.nrequests > 0 ? want.nrequests : want.duration_ns / want.interval_ns;
    uint64_t due = start;
    uint64_t heard = start;
    for (unsigned i = 0; i < want.nconnections; i++) {
        idle_put(&connections[i]);
    }
    while (nsent < total || nidle < want.nconnections) {
        uint64_t now = wire_now_ns();
        while (nsent < total && nidle > 0 && due <= now) {
            struct connection *c = idle_take();
            if (!connection_ask(c, due)) {
                idle_put(c);
            }
            due += want.interval_ns;
        }
        struct epoll_event events[256];
        bool waits = nsent == total || nidle == 0;
        int n = wait_until(events, 256, waits ? now + 1000000000 : due);
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            heard = now;
            if (connection_ready(c)) {
                idle_put(c);
            }
        }
        if (now > heard + SILENCE_NS && nidle < want.nconnections) {
            nlost += want.nconnections - nidle;
            break;
        }
    }
}

/* One request on each connection, which does not count; then waits for the word. */
static void warm_up(void)
{
    struct pollfd one = {.events = POLLIN};
    for (unsigned i = 0; i < want.nconnections; i++) {
        struct connection *c = &connections[i];
        if (!connection_ask(c, wire_now_ns())) {
            continue;
        }
        one.fd = c->fd;
        while (poll(&one, 1, 20000) > 0 && !connection_ready(c) && c->fd >= 0) {
        }
    }
    nsent = nanswered = nunexpected = nlost = nrefused = nbytes = 0;
    memset(&latency, 0, sizeof(latency));
    memset(statuses, 0, sizeof(statuses));
    puts("ready");
    (void)fflush(stdout);
    if (getchar() != '\n') {
        exit(1);
    }
}

static void report(double seconds, double cpu)
{
    static const struct {
        const char *name;
        double share;
    } ROWS[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};
    printf("{\"requests\": %llu, \"answered\": %llu, \"unexpected\": %llu, \"lost\": %llu, "
           "\"refused\": %llu, \"bytes\": %llu, \"seconds\": %.6f, \"cpu\": %.6f",
           (unsigned long long)nsent, (unsigned long long)nanswered,
           (unsigned long long)nunexpected, (unsigned long long)nlost, (unsigned long long)nrefused,
           (unsigned long long)nbytes, seconds, cpu);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        printf(", \"%s\": %.1f", ROWS[i].name, (double)histogram_at(&latency, ROWS[i].share) / 1e3);
    }
    printf(", \"max\": %.1f, \"statuses\": {", (double)latency.max / 1e3);
    const char *comma = "";
    for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
        if (statuses[i] > 0) {
            printf("%s\"%zu\": %llu", comma, i, (unsigned long long)statuses[i]);
            comma = ", ";
        }
    }
    puts("}}");
}

static bool request_make(void)
{
    static char body[sizeof(request) / 2];
    char framing[96] = "";
    size_t len = 0;
    if (want.body != NULL) {
        FILE *file = fopen(want.body, "rb");
        if (file == NULL) {
            wire_fail(want.body);
        }
        len = fread(body, 1, sizeof(body), file);
        (void)fclose(file);
        (void)snprintf(framing, sizeof(framing),
                       "Content-Type: application/json\r\nContent-Length: %zu\r\n", len);
    }
    int n = snprintf(request, sizeof(request),
                     "%s %s HTTP/1.1\r\nHost: docker\r\nUser-Agent: Docker-Client/20.10.24 "
                     "(linux)\r\nAccept: application/json\r\n%s\r\n%.*s",
                     want.method, want.target, framing, (int)len, body);
    request_len = (size_t)n;
    return n > 0 && request_len < sizeof(request);
}

static bool options_read(int argc, char **argv)
{
    int option = 0;
    while ((option = getopt(argc, argv, "c:s:n:r:x:a:m:b:p:1w")) != -1) {
        double number = optarg == NULL ? 0 : strtod(optarg, NULL);
        /* clang-format off */
        switch (option) {
        case 'c': want.nconnections = (unsigned)number; break;
        case 's': want.duration_ns = (uint64_t)(number * 1e9); break;
        case 'n': want.nrequests = (uint64_t)number; break;
        case 'r': want.interval_ns = (uint64_t)(1e9 / number); break;
        case 'x': want.expected = (unsigned)number; break;
        case 'a': want.nsources = (unsigned)number; break;
        case 'm': want.method = optarg; break;
        case 'b': want.body = optarg; break;
        case 'p': want.progress_ns = (uint64_t)(number * 1e9); break;
        case '1': want.short_lived = true; break;
        case 'w': want.waits = true; break;
        default: return false;
        }
        /* clang-format on */
    }
    if (argc - optind != 2 || want.nconnections == 0 || want.nconnections > MAX_CONNECTIONS) {
        return false;
    }
    want.address = argv[optind];
    want.target = argv[optind + 1];
    return request_make();
}

int main(int argc, char **argv)
{
    if (!options_read(argc, argv)) {
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)prctl(PR_SET_TIMERSLACK, 1);
    wire_raise_limits();
    epoll = epoll_create1(EPOLL_CLOEXEC);
    for (unsigned i = 0; i < want.nconnections; i++) {
        connections[i].fd = -1;
        if (!want.short_lived) {
            connection_open(&connections[i]);
        }
    }
    if (want.waits) {
        warm_up();
    }
    uint64_t start = wire_now_ns();
    uint64_t cpu = wire_cpu_ns();
    if (want.interval_ns > 0) {
        run_open();
    } else {
        run_closed();
    }
    report((double)(wire_now_ns() - start) / 1e9, (double)(wire_cpu_ns() - cpu) / 1e9);
    (void)fflush(stdout);
    while (want.waits && getchar() != EOF) {
    }
    return 0;
}
