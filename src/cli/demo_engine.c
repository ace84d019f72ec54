/* The sample engine's process: accepts connections, a thread each, reads requests with the gate's
 * own reader, and answers from demo_sample; logs, events and exec are streams and a real tunnel, as
 * an engine's are. It serves the gate and a person who tries it, so everything is plain and
 * blocking. */
#include "cli/demo_engine.h"

#include "base/buf.h"
#include "base/limits.h"
#include "cli/demo_sample.h"
#include "http/chunk.h"
#include "http/target.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Largest answer of the sample, and what of a request body is looked at. */
#define ANSWER_MAX 16384
#define BODY_MAX   16384

/* One event now and then, and a line of a followed log. */
#define EVENT_EVERY_MS 10000
#define LOG_EVERY_MS   3000

/* How long a finished tunnel waits for the client to end its side. */
#define LINGER_MS 2000

/* One connection; heap, owned by its thread. */
struct connection {
    int fd;
    struct http_head head;
    struct api_match match;
    struct http_target target;
    size_t nin; /* bytes in `in` */
    size_t nbody;
    char in[LIMIT_HEAD];
    char raw[LIMIT_HEAD];     /* the target */
    char decoded[LIMIT_HEAD]; /* its path, where that was escaped */
    char body[BODY_MAX];
    char out[ANSWER_MAX];
};

/* ---- bytes ---- */

static bool send_all(const struct connection *c, struct slice s)
{
    while (s.len > 0) {
        ssize_t n = send(c->fd, s.at, s.len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        s = slice_of(s.at + n, s.len - (size_t)n);
    }
    return true;
}

/* Reads more behind what is in the buffer. False at the end, or where the buffer is full. */
static bool read_more(struct connection *c)
{
    ssize_t n;
    do {
        n = recv(c->fd, c->in + c->nin, sizeof(c->in) - c->nin, 0);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) {
        return false;
    }
    c->nin += (size_t)n;
    return true;
}

static void forget(struct connection *c, size_t used)
{
    memmove(c->in, c->in + used, c->nin - used);
    c->nin -= used;
}

/* Waits. False when the client has ended its side, or sent something, which ends a stream as well.
 */
static bool client_stays(const struct connection *c, int ms)
{
    struct pollfd fd = {.fd = c->fd, .events = POLLIN | POLLRDHUP};
    return poll(&fd, 1, ms) == 0;
}

/* ---- requests ---- */

static void keep_body(struct connection *c, struct slice part)
{
    if (part.len > sizeof(c->body) - c->nbody) {
        part.len = sizeof(c->body) - c->nbody;
    }
    if (part.len > 0) {
        memcpy(c->body + c->nbody, part.at, part.len);
        c->nbody += part.len;
    }
}

static bool read_chunked_body(struct connection *c)
{
    struct http_chunk chunk = {0};
    for (;;) {
        size_t used = 0;
        struct slice payload = {NULL, 0};
        enum http_step step = http_chunk_read(&chunk, slice_of(c->in, c->nin), &used, &payload);
        keep_body(c, payload);
        forget(c, used);
        if (step != HTTP_MORE) {
            return step == HTTP_DONE;
        }
        if (used == 0 && !read_more(c)) {
            return false;
        }
    }
}

static bool read_counted_body(struct connection *c, uint64_t left)
{
    for (;;) {
        size_t part = c->nin < left ? c->nin : (size_t)left;
        keep_body(c, slice_of(c->in, part));
        forget(c, part);
        left -= part;
        if (left == 0) {
            return true;
        }
        if (!read_more(c)) {
            return false;
        }
    }
}

static bool read_body(struct connection *c)
{
    c->nbody = 0;
    switch ((enum http_framing)c->head.framing) {
    case HTTP_BODY_LENGTH:
        return read_counted_body(c, c->head.content_length);
    case HTTP_BODY_CHUNKED:
        return read_chunked_body(c);
    case HTTP_BODY_NONE:
    case HTTP_BODY_CLOSE:
        break;
    }
    return true;
}

/* Finds what is asked; the target is copied out of the read buffer, which the body will use. */
static bool understand(struct connection *c)
{
    struct slice method = http_slice(c->in, c->head.method);
    struct slice raw = slice_of(c->raw, c->head.target.len);
    memcpy(c->raw, c->in + c->head.target.at, raw.len);
    if (http_target_read(raw, c->decoded, &c->target) != HTTP_REFUSAL_NONE) {
        return false;
    }
    (void)api_match(method, c->target.path, &c->match); /* no operation is an answer, too */
    return true;
}

static bool read_head(struct connection *c)
{
    http_head_reset(&c->head);
    for (;;) {
        enum http_step step =
            c->nin == 0 ? HTTP_MORE : http_request_read(&c->head, slice_of(c->in, c->nin));
        if (step != HTTP_MORE) {
            return step == HTTP_DONE;
        }
        if (!read_more(c)) {
            return false;
        }
    }
}

static bool body_says(const struct connection *c, struct slice words)
{
    return memmem(c->body, c->nbody, words.at, words.len) != NULL;
}

/* ---- answers ---- */

static const char *reason_of(unsigned status)
{
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 204:
        return "No Content";
    default:
        return "Not Found";
    }
}

/* Sends a whole answer. To HEAD only its head goes out. */
static bool answer(struct connection *c, unsigned status, const char *type, struct slice body,
                   bool to_head)
{
    char head[512];
    struct buf b;
    buf_init(&b, head, sizeof(head));
    buf_putf(
        &b,
        "HTTP/1.1 %u %s\r\nApi-Version: 1.41\r\nDocker-Experimental: false\r\nOstype: linux\r\n"
        "Server: Docker/20.10.24-sample (linux)\r\n",
        status, reason_of(status));
    if (status != 204) {
        buf_putf(&b, "Content-Type: %s\r\nContent-Length: %zu\r\n", type, body.len);
    }
    buf_put(&b, SLICE("\r\n"));
    return !b.full && send_all(c, buf_slice(&b)) && (to_head || status == 204 || send_all(c, body));
}

static bool answer_ping(struct connection *c, bool to_head)
{
    return answer(c, 200, "text/plain; charset=utf-8", SLICE("OK"), to_head);
}

static bool answer_sample(struct connection *c)
{
    struct demo_question q = {&c->match, c->target.query, time(NULL)};
    struct buf body;
    buf_init(&body, c->out, sizeof(c->out));
    unsigned status = demo_sample_answer(&q, &body);
    return answer(c, status, "application/json", buf_slice(&body), false);
}

/* ---- streams ---- */

static bool begin_stream(const struct connection *c, const char *type)
{
    char head[256];
    struct buf b;
    buf_init(&b, head, sizeof(head));
    buf_putf(&b,
             "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nOstype: linux\r\nContent-Type: %s\r\n"
             "Transfer-Encoding: chunked\r\n\r\n",
             type);
    return send_all(c, buf_slice(&b));
}

static bool send_chunk(const struct connection *c, struct slice data)
{
    char size[24];
    struct buf b;
    buf_init(&b, size, sizeof(size));
    buf_putf(&b, "%zx\r\n", data.len);
    return send_all(c, buf_slice(&b)) && send_all(c, data) && send_all(c, SLICE("\r\n"));
}

static bool end_stream(const struct connection *c)
{
    return send_all(c, SLICE("0\r\n\r\n"));
}

/* Puts `data` as the engine frames standard output where there is no terminal: 1, three zeros,
 * length. */
static void put_frame(struct buf *out, struct slice data)
{
    const char lead[8] = {1, 0, 0, 0, 0, 0, (char)(data.len >> 8 & 0xff), (char)(data.len & 0xff)};
    buf_put(out, slice_of(lead, sizeof(lead)));
    buf_put(out, data);
}

static bool send_log_line(struct connection *c, unsigned i)
{
    struct buf b;
    buf_init(&b, c->out, sizeof(c->out));
    put_frame(&b, demo_sample_log(i));
    return send_chunk(c, buf_slice(&b));
}

static bool stream_logs(struct connection *c)
{
    if (!demo_sample_has(c->match.names[0])) {
        return answer(c, 404, "application/json", SLICE("{\"message\":\"No such container\"}\n"),
                      false);
    }
    bool sent = begin_stream(c, "application/vnd.docker.raw-stream");
    for (unsigned i = 0; i < 3 && sent; i++) {
        sent = send_log_line(c, i);
    }
    if (demo_query_is_true(c->target.query, SLICE("follow"))) {
        for (unsigned i = 3; sent && client_stays(c, LOG_EVERY_MS); i++) {
            sent = send_log_line(c, i);
        }
    }
    return sent && end_stream(c);
}

static bool send_event(struct connection *c)
{
    struct buf b;
    buf_init(&b, c->out, sizeof(c->out));
    demo_sample_event(time(NULL), &b);
    return send_chunk(c, buf_slice(&b));
}

static bool stream_events(struct connection *c)
{
    bool sent = begin_stream(c, "application/json");
    if (demo_query_is_true(c->target.query, SLICE("until"))) {
        return sent && send_event(c) && end_stream(c);
    }
    while (sent && client_stays(c, EVENT_EVERY_MS)) {
        sent = send_event(c);
    }
    return sent && end_stream(c);
}

/* ---- exec ---- */

/* The ids of the two execs that there are: one without standard input, one with it. */
#define EXEC_ID(digit) digit "0000000000000000000000000000000000000000000000000000000000000ec"

static bool create_exec(struct connection *c)
{
    if (!demo_sample_has(c->match.names[0])) {
        return answer(c, 404, "application/json", SLICE("{\"message\":\"No such container\"}\n"),
                      false);
    }
    struct slice body = body_says(c, SLICE("\"AttachStdin\":true"))
                            ? SLICE("{\"Id\":\"" EXEC_ID("1") "\"}\n")
                            : SLICE("{\"Id\":\"" EXEC_ID("0") "\"}\n");
    return answer(c, 201, "application/json", body, false);
}

static bool send_output(const struct connection *c, struct slice data, bool tty)
{
    char lead[8] = {1, 0, 0, 0, 0, 0, (char)(data.len >> 8 & 0xff), (char)(data.len & 0xff)};
    return (tty || send_all(c, slice_of(lead, sizeof(lead)))) && send_all(c, data);
}

/* Sends back what comes until the client ends its side, or, on a terminal, presses ^C or ^D. */
static void echo(struct connection *c, bool tty)
{
    for (;;) {
        struct slice got = slice_of(c->in, c->nin);
        bool ends = tty && (slice_find(got, 3) < got.len || slice_find(got, 4) < got.len);
        if (ends || (got.len > 0 && !send_output(c, got, tty))) {
            return;
        }
        c->nin = 0;
        if (!read_more(c)) {
            return;
        }
    }
}

/* Ends our side and waits for the client to end its own: to close on unread bytes would cut what we
 * sent. */
static void end_tunnel(struct connection *c)
{
    shutdown(c->fd, SHUT_WR);
    while (!client_stays(c, LINGER_MS)) {
        c->nin = 0;
        if (!read_more(c)) {
            return;
        }
    }
}

/* The connection becomes a tunnel: a text, and an echo where standard input is attached. */
static bool start_exec(struct connection *c)
{
    if (body_says(c, SLICE("\"Detach\":true"))) {
        return answer(c, 200, "application/json", SLICE(""), false);
    }
    bool tty = body_says(c, SLICE("\"Tty\":true"));
    struct slice head =
        c->head.upgrade.len > 0
            ? SLICE("HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"
                    "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
            : SLICE("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n");
    struct slice text =
        tty ? SLICE("The sample engine runs nothing; the tunnel is real. ^D ends it.\r\n")
            : SLICE("The sample engine runs nothing; the tunnel is real.\n");
    if (send_all(c, head) && send_output(c, text, tty)) {
        if (slice_equal(c->match.names[0], SLICE(EXEC_ID("1")))) {
            echo(c, tty);
        }
        end_tunnel(c);
    }
    return false;
}

static bool answer_ping_get(struct connection *c)
{
    return answer_ping(c, false);
}

static bool answer_ping_head(struct connection *c)
{
    return answer_ping(c, true);
}

/* The operations that are more than a JSON answer. */
static const struct {
    enum operation_id operation;
    bool (*serve)(struct connection *c);
} handlers[] = {
    {OPERATION_SYSTEM_PING, answer_ping_get}, {OPERATION_SYSTEM_PING_HEAD, answer_ping_head},
    {OPERATION_CONTAINER_LOGS, stream_logs},  {OPERATION_SYSTEM_EVENTS, stream_events},
    {OPERATION_CONTAINER_EXEC, create_exec},  {OPERATION_EXEC_START, start_exec},
};

/* Answers one request. False when the connection is to be closed. */
static bool serve_request(struct connection *c)
{
    for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
        if (handlers[i].operation == c->match.operation) {
            return handlers[i].serve(c);
        }
    }
    return answer_sample(c);
}

/* ---- the process ---- */

static void *connection_run(void *argument)
{
    struct connection *c = argument;
    while (read_head(c) && understand(c)) {
        forget(c, c->head.len); /* Upgrade's value goes with it, its length stays */
        if (!read_body(c) || !serve_request(c) || !c->head.keep_alive) {
            break;
        }
    }
    close(c->fd);
    free(c);
    return NULL;
}

/* Gives a connection its thread. What can't be served is closed: the gate then says so to its
 * client. */
static void serve_connection(int fd)
{
    struct connection *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        close(fd);
        return;
    }
    c->fd = fd;
    pthread_t thread;
    if (pthread_create(&thread, NULL, connection_run, c) != 0) {
        close(fd);
        free(c);
        return;
    }
    pthread_detach(thread);
}

/* Accepts until the other end of the lifeline is closed or shut down. */
static void accept_until_end(int listener, int lifeline)
{
    struct pollfd fds[2] = {{.fd = listener, .events = POLLIN}, {.fd = lifeline, .events = POLLIN}};
    while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
        if (fds[1].revents != 0) {
            return;
        }
        int fd = fds[0].revents != 0 ? accept4(listener, NULL, NULL, SOCK_CLOEXEC) : -1;
        if (fd >= 0) {
            serve_connection(fd);
        } else if (errno == EMFILE || errno == ENFILE) {
            (void)poll(&fds[1], 1, 100); /* until connections end; not as fast as we can */
        }
    }
}

static void remove_folder(const struct demo_engine *e)
{
    struct slice path = slice_from_text(e->socket);
    char folder[sizeof(e->socket)];
    size_t last = path.len;
    while (last > 0 && path.at[last - 1] != '/') {
        last--;
    }
    memcpy(folder, path.at, last);
    folder[last > 0 ? last - 1 : 0] = '\0';
    unlink(e->socket);
    rmdir(folder);
}

/* ^C in a terminal reaches this process too; the gate decides when it is over. */
static void ignore_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
        signal(signals[i], SIG_IGN);
    }
}

__attribute__((noreturn)) static void engine_run(const struct demo_engine *e, int listener,
                                                 int lifeline)
{
    ignore_signals();
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    accept_until_end(listener, lifeline);
    remove_folder(e);
    _exit(0); /* with all of its threads, and without the exit handlers of the process it was forked
                 from */
}

/* ---- life ---- */

/* A folder for the socket: in $TMPDIR where that is a usable place, else in /tmp. */
static bool make_folder(char *folder, size_t max, gid_t group, struct diag *d)
{
    const char *place = getenv("TMPDIR");
    struct stat st;
    /* Who gives root up must still be able to walk there; and a socket's path is short. */
    mode_t walk = geteuid() == 0 ? S_IXOTH : 0;
    if (place == NULL || place[0] != '/' || slice_from_text(place).len > 60 ||
        stat(place, &st) != 0 || !S_ISDIR(st.st_mode) || (st.st_mode & walk) != walk) {
        place = "/tmp";
    }
    (void)snprintf(folder, max, "%s/dockgate-demo-XXXXXX", place);
    if (mkdtemp(folder) == NULL) {
        return diag_set(d, "can't make a folder in %s: %s", place, strerrordesc_np(errno));
    }
    if (geteuid() == 0 && (chown(folder, 0, group) != 0 || chmod(folder, 0710) != 0)) {
        int error = errno;
        rmdir(folder);
        return diag_set(d, "can't open %s to the gate: %s", folder, strerrordesc_np(error));
    }
    return true;
}

static int open_listener(const struct demo_engine *e, gid_t group)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    (void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", e->socket);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    if (bind(fd, (const struct sockaddr *)&a, sizeof(a)) != 0 ||
        (geteuid() == 0 && chown(e->socket, 0, group) != 0) || chmod(e->socket, 0660) != 0 ||
        listen(fd, 128) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static void close_open(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

bool demo_engine_start(struct demo_engine *e, gid_t group, struct diag *d)
{
    char folder[sizeof(e->socket) - sizeof("/engine.sock")];
    if (!make_folder(folder, sizeof(folder), group, d)) {
        return false;
    }
    (void)snprintf(e->socket, sizeof(e->socket), "%s/engine.sock", folder);
    int ends[2] = {-1, -1};
    int listener = open_listener(e, group);
    pid_t pid = -1;
    if (listener >= 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0) {
        pid = fork();
    }
    if (pid == 0) {
        close(ends[0]);
        engine_run(e, listener, ends[1]);
    }
    int error = errno;
    close_open(listener);
    close_open(ends[1]);
    if (pid < 0) {
        close_open(ends[0]);
        remove_folder(e);
        return diag_set(d, "can't start the sample engine: %s", strerrordesc_np(error));
    }
    e->lifeline = ends[0];
    return true;
}

void demo_engine_stop(struct demo_engine *e)
{
    char byte;
    shutdown(e->lifeline, SHUT_WR);
    while (read(e->lifeline, &byte, 1) < 0 && errno == EINTR) {
    }
    close(e->lifeline);
    e->lifeline = -1;
}
