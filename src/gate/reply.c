/* What the gate itself says: its own answers, and the entries of the access log. */
#include "base/buf.h"
#include "gate/worker.h"
#include "sys/clock.h"

#include <arpa/inet.h>

static const struct {
    unsigned status;
    struct slice reason;
} reasons[] = {
    {204, {"No Content", 10}},
    {400, {"Bad Request", 11}},
    {403, {"Forbidden", 9}},
    {404, {"Not Found", 9}},
    {408, {"Request Timeout", 15}},
    {409, {"Conflict", 8}},
    {413, {"Content Too Large", 17}},
    {415, {"Unsupported Media Type", 22}},
    {417, {"Expectation Failed", 18}},
    {429, {"Too Many Requests", 17}},
    {431, {"Request Header Fields Too Large", 31}},
    {502, {"Bad Gateway", 11}},
    {503, {"Service Unavailable", 19}},
    {504, {"Gateway Timeout", 15}},
    {505, {"HTTP Version Not Supported", 26}},
};

static struct slice reason_of(unsigned status)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].status == status) {
            return reasons[i].reason;
        }
    }
    return SLICE("Error");
}

/* Writes the whole answer; returns the length of its body. 204 has none. */
static size_t write_answer(struct buf *out, unsigned status, struct slice message, bool close,
                           const struct exchange *x)
{
    bool keep_alive = x != NULL && x->minor == 0;
    bool bodyless = status == 204 || (x != NULL && x->to_head);
    /* A message of 1,024 bytes, some of them escaped. What is written is read, no more. */
    __attribute__((uninitialized)) char text[2048];
    struct buf body;
    buf_init(&body, text, sizeof(text));
    buf_put(&body, SLICE("{\"message\":\""));
    buf_put_json(&body, message);
    /* A 404 is said in the engine's words, and its last one is the end of a line. */
    buf_put(&body, status == 404 ? SLICE("\"}\n") : SLICE("\"}"));
    buf_put(out, SLICE("HTTP/1.1 "));
    buf_put_u64(out, status);
    buf_put_byte(out, ' ');
    buf_put(out, reason_of(status));
    if (status != 204) { /* RFC 9110 section 8.6: no length either */
        buf_put(out, SLICE("\r\nContent-Type: application/json\r\nContent-Length: "));
        buf_put_u64(out, body.len);
    }
    if (x != NULL && x->retry_s > 0) {
        buf_put(out, SLICE("\r\nRetry-After: "));
        buf_put_u64(out, x->retry_s);
    }
    if (close) {
        buf_put(out, SLICE("\r\nConnection: close"));
    } else if (keep_alive) {
        buf_put(out, SLICE("\r\nConnection: keep-alive"));
    }
    buf_put(out, SLICE("\r\n\r\n"));
    if (!bodyless) {
        buf_put(out, buf_slice(&body));
    }
    return bodyless ? 0 : body.len;
}

/* "127.0.0.1:51234", "[::1]:51234", or "uid=1000 pid=4242". */
static void put_client(const struct session *s, struct buf *b)
{
    char address[INET6_ADDRSTRLEN] = "";
    if (s->who.peer.kind == PEER_UNIX) {
        uint32_t uid;
        memcpy(&uid, s->who.peer.bytes, sizeof(uid));
        buf_put(b, SLICE("uid="));
        buf_put_u64(b, uid);
        buf_put(b, SLICE(" pid="));
        buf_put_u64(b, s->who.port);
    } else if (s->who.peer.kind == PEER_IPV4) {
        for (size_t i = 0; i < 4; i++) {
            buf_put_u64(b, s->who.peer.bytes[i]);
            buf_put_byte(b, i < 3 ? '.' : ':');
        }
        buf_put_u64(b, s->who.port);
    } else {
        (void)inet_ntop(AF_INET6, s->who.peer.bytes, address, sizeof(address)); /* it fits */
        (void)buf_putf(b, "[%s]:%u", address, s->who.port);
    }
}

/* What put_client says, kept in the session where it has room, else written into `b`. */
static struct slice client_name(struct session *s, struct buf *b)
{
    if (s->name_len > 0) {
        return slice_of(s->name, s->name_len);
    }
    put_client(s, b);
    if (b->len <= sizeof(s->name)) {
        memcpy(s->name, b->at, b->len);
        s->name_len = (uint8_t)b->len;
    }
    return buf_slice(b);
}

/* `total_us`: how long it has taken, or 0 to ask the clock. */
static void log_entry(struct session *s, bool starts, uint64_t total_us)
{
    const struct gate_config *c = s->worker->config;
    struct exchange *x = s->exchange;
    if (!starts) {
        counters_end(&s->worker->counters, x->status, x->bytes_in, x->bytes_out);
    }
    if (!access_log_wants(c->log, x->verdict.kind)) {
        return;
    }
    if (x->started_unix_ms == 0) { /* the log did not want it by its first verdict */
        x->started_unix_ms = worker_unix_ms(s->worker, x->started_us);
    }
    __attribute__((uninitialized)) char client[64]; /* what is written is read, no more */
    struct buf b;
    buf_init(&b, client, sizeof(client));
    const char *listener = c->listeners[s->who.listener].address.text;
    struct access_entry entry = {
        .started_unix_ms = x->started_unix_ms,
        .client = client_name(s, &b),
        .listener = slice_from_text(listener),
        .method = slice_of(x->bytes, x->method_len),
        .target = slice_of(x->bytes + x->method_len, x->target_len),
        .minor = x->minor,
        .verdict = &x->verdict,
        .policy = x->policy->name,
        .starts = starts,
        .status = x->status,
        .bytes_in = x->bytes_in,
        .bytes_out = x->bytes_out,
        .head_us = x->head_us,
        .total_us = total_us > 0 ? total_us : sys_clock_us() - x->started_us,
    };
    access_log_write(c->log, &entry);
}

void session_log(struct session *s, bool starts)
{
    if (!s->exchange->answered) {
        log_entry(s, starts, 0);
    }
}

void session_answer_own(struct session *s, unsigned status, struct slice message, bool close)
{
    struct worker *w = s->worker;
    struct exchange *x = s->exchange;
    struct buf out;
    close |= w->draining;
    counters_own(&w->counters, status);
    buf_init(&out, w->out, WORKER_OUT);
    size_t len = write_answer(&out, status, message, close, x);
    struct iovec part = {out.at, out.len};
    if (x != NULL) {
        x->status = (uint16_t)status;
        x->head_us = sys_clock_us() - x->started_us;
        x->bytes_out = len;
        x->keep_alive = !close;
        if (!x->answered) {
            log_entry(s, false, x->head_us);
        }
        x->answered = true;
    }
    timer_stop(&s->timer);
    session_release_engine(s, false);
    if (session_write_client(s, &part, 1) < 0) {
        session_close(s, false);
    } else if (close) {
        session_linger(s);
    } else if (s->up == UP_DISCARD) {
        s->down = DOWN_NONE;
        timer_start(&w->idle_timers, &s->timer, w->now_us); /* its body is waited for no longer */
    } else {
        session_answer_done(s);
    }
}
