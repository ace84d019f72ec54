/* The command healthcheck: asks the gate for /_ping as a client would, through its first listener;
 * where the policy denies that, the engine is asked directly. Says which of the two failed. */
#include "cli/command.h"
#include "cli/document.h"
#include "cli/endpoints.h"
#include "cli/file.h"
#include "cli/foreign.h"
#include "cli/load.h"
#include "http/head.h"
#include "inspect/config.h"
#include "net/inquiry.h"
#include "sys/clock.h"
#include "sys/log.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* All of it together, both questions. */
#define TIMEOUT_US UINT64_C(5000000)

/* For a status: the connection was closed without a word. */
#define CLOSED 0U

/* Enough for any answer's head to a ping. */
#define ANSWER_MAX 16384

static const char REQUEST[] =
    "GET /_ping HTTP/1.1\r\nHost: dockgate\r\nUser-Agent: dockgate-healthcheck\r\n"
    "Connection: close\r\n\r\n";

static const char HEALTH[] = "GET /health HTTP/1.1\r\nHost: dockgate\r\nConnection: close\r\n\r\n";

static bool wait_until(int fd, short events, uint64_t deadline_us, struct diag *d)
{
    struct pollfd p = {.fd = fd, .events = events};
    uint64_t now = sys_clock_us();
    int timeout_ms = now < deadline_us ? (int)((deadline_us - now) / 1000) : 0;
    int n = poll(&p, 1, timeout_ms);

    if (n > 0) {
        return true;
    }
    return n == 0 ? diag_set(d, "no answer within 5 seconds") : diag_set(d, "%s", strerror(errno));
}

static bool connect_to(int fd, const struct net_address *a, uint64_t deadline_us, struct diag *d)
{
    int error = 0;
    socklen_t len = sizeof(error);

    if (connect(fd, (const struct sockaddr *)&a->sockaddr, a->len) == 0) {
        return true;
    }
    if (errno != EINPROGRESS) {
        return diag_set(d, "%s", strerror(errno));
    }
    if (!wait_until(fd, POLLOUT, deadline_us, d)) {
        return false;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error != 0) {
        return diag_set(d, "%s", strerror(error != 0 ? error : errno));
    }
    return true;
}

static bool send_request(int fd, const char *request, size_t len, struct diag *d)
{
    /* A fresh connection takes this much at once. */
    ssize_t sent = send(fd, request, len, MSG_NOSIGNAL);

    return sent == (ssize_t)len || diag_set(d, "the request was not taken");
}

static bool read_status(int fd, uint64_t deadline_us, unsigned *status, struct diag *d)
{
    static char answer[ANSWER_MAX];
    static struct http_head head;
    size_t len = 0;

    http_head_reset(&head);
    while (len < sizeof(answer)) {
        if (!wait_until(fd, POLLIN, deadline_us, d)) {
            return false;
        }
        ssize_t n = recv(fd, answer + len, sizeof(answer) - len, 0);
        if (n == 0 && len == 0) {
            *status = CLOSED;
            return true;
        }
        if (n == 0) {
            return diag_set(d, "the connection was closed without an answer");
        }
        if (n < 0) {
            return diag_set(d, "%s", strerror(errno));
        }
        len += (size_t)n;
        switch (http_response_read(&head, slice_of(answer, len), false)) {
        case HTTP_DONE:
            *status = head.status;
            return true;
        case HTTP_REFUSED:
            return diag_set(d, "the answer is no HTTP");
        case HTTP_MORE:
            break;
        }
    }
    return diag_set(d, "the answer's head is too long");
}

/* The status of the answer that a request gets at that address. */
static bool ask(const struct net_address *a, const char *request, size_t len, uint64_t deadline_us,
                unsigned *status, struct diag *d)
{
    int fd = socket(a->sockaddr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return diag_set(d, "%s", strerror(errno));
    }
    bool ok = connect_to(fd, a, deadline_us, d) && send_request(fd, request, len, d) &&
              read_status(fd, deadline_us, status, d);
    close(fd);
    return ok;
}

static bool ping(const struct net_address *a, uint64_t deadline_us, unsigned *status,
                 struct diag *d)
{
    return ask(a, REQUEST, sizeof(REQUEST) - 1, deadline_us, status, d);
}

/* Where a listener on all addresses is reached from here. IPv4, since the gate falls back to it. */
static void make_reachable(struct net_address *a)
{
    struct sockaddr_in *in = (struct sockaddr_in *)(void *)&a->sockaddr;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)&a->sockaddr;

    if (a->sockaddr.ss_family == AF_INET && in->sin_addr.s_addr == htonl(INADDR_ANY)) {
        in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    } else if (a->any_family) {
        struct sockaddr_in loopback = {.sin_family = AF_INET,
                                       .sin_port = in6->sin6_port,
                                       .sin_addr = {htonl(INADDR_LOOPBACK)}};

        memset(&a->sockaddr, 0, sizeof(a->sockaddr));
        memcpy(&a->sockaddr, &loopback, sizeof(loopback));
        a->len = sizeof(loopback);
    } else if (a->sockaddr.ss_family == AF_INET6 &&
               memcmp(&in6->sin6_addr, &in6addr_any, sizeof(in6addr_any)) == 0) {
        in6->sin6_addr = in6addr_loopback;
    }
}

/* Asks the gate; `*denied` when it answers, but its policy keeps the engine's answer back. */
static bool gate_answers(const struct settings *s, uint64_t deadline_us, bool *denied,
                         struct diag *d)
{
    struct net_address listen[ENDPOINTS_MAX];
    size_t n;
    unsigned status = 0;

    if (!endpoints_listen(s, listen, &n, d)) {
        return false;
    }
    make_reachable(&listen[0]);
    if (!ping(&listen[0], deadline_us, &status, d)) {
        return diag_wrap(d, "the gate (%s)", listen[0].text);
    }
    /* A gate that closes at once lets nobody in from here: DOCKGATE_ALLOW_FROM. */
    *denied = status == 403 || status == CLOSED;
    if (status == 200 || *denied) {
        return true;
    }
    if (status == 502 || status == 504) {
        return diag_set(d, "the engine behind the gate does not answer (status %u)", status);
    }
    return diag_set(d, "the gate (%s) answers /_ping with status %u", listen[0].text, status);
}

/* The same at an engine that has a name: at the first of its addresses that answers. */
static bool ping_named(const struct net_address *a, uint64_t deadline_us, unsigned *status,
                       struct diag *d)
{
    static struct net_networks found;
    struct net_address at;
    bool ok = false;

    if (!inquiry_find(a, deadline_us, &found, d)) {
        return false;
    }
    for (size_t i = 0; i < found.n && !ok; i++) {
        net_address_set(&at, found.at[i].bytes, net_address_port(a));
        ok = ping(&at, deadline_us, status, d);
    }
    return ok;
}

static bool engine_answers(const struct settings *s, uint64_t deadline_us, struct diag *d)
{
    struct net_address engine;
    unsigned status = 0;

    if (!endpoints_engine(s, &engine, d)) {
        return false;
    }
    if (!(engine.named ? ping_named : ping)(&engine, deadline_us, &status, d)) {
        return diag_wrap(d, "the engine (%s)", engine.text);
    }
    return status == 200 ||
           diag_set(d, "the engine (%s) answers /_ping with status %u", engine.text, status);
}

static int check(const struct settings *s)
{
    struct diag d = {{0}};
    bool denied = false;
    uint64_t deadline_us = sys_clock_us() + TIMEOUT_US;

    if (!gate_answers(s, deadline_us, &denied, &d) ||
        (denied && !engine_answers(s, deadline_us, &d))) {
        sys_log("healthcheck: %s", d.text);
        return 1;
    }
    return 0;
}

/* Where the file says where the gate and its engine are, and nothing else does. What else is wrong
 * in it is serve's affair. `file` and `arena` keep the texts. */
static bool take_file(struct settings *s, struct document *file, struct arena *arena,
                      struct diag *d)
{
    static struct policy_notes notes;
    static struct config c;
    const char *path = s->at[SETTING_CONFIG].text.at;
    struct schema_file named = {slice_from_text(path), &notes};
    struct document_error e;
    size_t len = 0;
    char *bytes = file_read(path, DOCUMENT_MAX, &len, d);

    if (bytes == NULL) {
        return false;
    }
    bool ok = document_read(slice_of(bytes, len), DOCUMENT_STRICT, file, &e);
    free(bytes);
    if (!ok) {
        return diag_set(d, "%s:%u:%u: %s", path, e.line, e.column, e.what);
    }
    policy_notes_init(&notes);
    if (file->root != NULL) {
        (void)config_read(file->root, arena, &named, &c);
    }
    const struct tree_node *address = c.listeners.n > 0 ? config_listener_at(&c, 0)->address : NULL;
    if (address != NULL && !s->at[SETTING_LISTEN].set) {
        s->at[SETTING_LISTEN] = (struct setting_value){.set = true, .text = address->text};
    }
    if (c.engine != NULL && !s->at[SETTING_ENGINE].set && !s->at[SETTING_SOCKET_PATH].set) {
        s->at[SETTING_ENGINE] = (struct setting_value){.set = true, .text = c.engine->text};
    }
    return true;
}

static int check_with_file(struct settings *s)
{
    struct document file = {.root = NULL};
    struct arena arena = {.max = 0};
    struct diag d = {{0}};
    int status = 2;

    if (s->at[SETTING_CONFIG].text.len == 0 || take_file(s, &file, &arena, &d)) {
        status = check(s);
    } else {
        sys_log("healthcheck: %s", d.text);
    }
    arena_free(&arena);
    document_free(&file);
    return status;
}

int healthcheck_ask_port(void)
{
    static const struct slice text = {"tcp://127.0.0.1:55555", 21};
    struct net_address port;
    struct diag d = {{0}};
    unsigned status = 0;

    if (net_address_parse(text, &port, &d) &&
        ask(&port, HEALTH, sizeof(HEALTH) - 1, sys_clock_us() + TIMEOUT_US, &status, &d) &&
        status == 200) {
        return 0;
    }
    sys_log("healthcheck: %s%s", port.text,
            d.text[0] != '\0' ? d.text : ": the engine is not there");
    return 1;
}

int command_healthcheck(int argc, char **argv)
{
    struct variables variables;
    struct settings settings;
    struct diag d = {{0}};
    int status = 2;

    /* Options with mistakes are serve's affair: a gate that runs is healthy. */
    if (!variables_gather(environ, COMMAND_HEALTHCHECK, argc, argv, cli_is_option, &variables,
                          &d) ||
        (!variables.help && !foreign_apply(&variables, &d)) ||
        (!variables.help && !settings_read(variables.list, &settings, &d))) {
        sys_log("%s", d.text);
    } else if (variables.help) {
        command_print_help(COMMAND_HEALTHCHECK, stdout);
        status = 0;
    } else if (variables.nwords > 0) {
        status = command_takes_no(COMMAND_HEALTHCHECK, variables.words[0]);
    } else {
        status = check_with_file(&settings);
    }
    variables_free(&variables);
    return status;
}
