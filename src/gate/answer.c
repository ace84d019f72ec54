/* From the engine: dialling it, reading its heads, passing its bodies on. */
#include "gate/worker.h"
#include "http/forward.h"
#include "sys/clock.h"
#include "sys/log.h"

#include <errno.h>
#include <stdlib.h>

/* 5 ms apart: how long a full backlog of the engine is waited for. */
#define DIALS_MAX 1000

static void dial_failed(struct session *s, int error)
{
    const struct gate_config *c = s->worker->config;
    if (error == EINPROGRESS || (error == EAGAIN && s->dials++ < DIALS_MAX)) {
        s->down = DOWN_DIAL;
        timer_start(&s->worker->dial_timers, &s->timer, s->worker->now_us);
        return;
    }
    s->dials = 0;
    counter_add(&s->worker->counters, COUNTER_DIAL_FAILED, 1);
    if (error == EACCES && c->permission_remedy != NULL &&
        !atomic_exchange(&s->worker->shared->remedy_said, true)) {
        sys_log("%s", c->permission_remedy);
    }
    char text[512];
    struct buf b;
    buf_init(&b, text, sizeof(text));
    unsigned status =
        error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE ? 503 : 502;
    const char *no_answer = s->exchange->way.no_answer;
    (void)buf_putf(&b, "%u %s: the container engine can't be reached at %s: %s.", status,
                   status == 503 ? "Service Unavailable" : "Bad Gateway", c->engine.text,
                   no_answer != NULL ? no_answer : strerrordesc_np(error));
    session_fail(s, status, buf_slice(&b));
}

void session_dial(struct session *s)
{
    struct worker *w = s->worker;
    struct exchange *x = s->exchange;
    bool connecting = false;
    struct engine *e = NULL;
    s->up = x->up_framing == HTTP_BODY_NONE ? UP_HELD : UP_BODY;
    x->head_sent = 0;
    if (x->safe && !x->retried) {
        e = engine_take(w);
    }
    if (e == NULL) {
        e = engine_dial(w, s, &x->way, &connecting);
    }
    if (e == NULL) {
        dial_failed(s, errno);
        return;
    }
    e->session = s;
    s->engine = e;
    s->dials = 0;
    s->down = connecting ? DOWN_CONNECT : DOWN_HEAD;
    timer_stop(&s->timer);
    if (x->safe && x->kind == OPERATION_PLAIN) {
        timer_start(&w->engine_timers, &s->timer, w->now_us);
    }
    if (!connecting && worker_holds_writes(w)) {
        worker_queue(w, s);
    } else if (!connecting) {
        (void)session_flush_engine(s); /* what still waits is written when the engine takes it */
    }
}

bool session_step_connect(struct session *s)
{
    struct stream *engine = &s->engine->stream;
    if (!engine->writable) {
        return false;
    }
    int error = stream_connected(engine);
    if (error != 0) {
        session_release_engine(s, false);
        if (engine_dial_again(s->worker, &s->exchange->way, error)) {
            session_dial(s);
        } else {
            dial_failed(s, error);
        }
        return true;
    }
    engine_reached(s->worker, &s->exchange->way);
    s->down = DOWN_HEAD;
    (void)session_flush_engine(s); /* what still waits is written when the engine takes it */
    return true;
}

/* Whether what has come of the body goes along with the head. With the head of a request that
 * begins a tunnel the engine drops what it reads, and takes what it reads later for the tunnel's:
 * parted here, they would leave that to chance. */
static bool head_waits(const struct session *s)
{
    return s->up == UP_BODY && s->ahead.len > 0 && s->exchange->engine_out.len == 0;
}

/* Writes what is left of the head, and `parts` behind it. Bytes of `parts` that were taken, or
 * STREAM_BROKEN. */
static ssize_t write_head(struct session *s, const struct iovec *parts, int nparts)
{
    struct exchange *x = s->exchange;
    __attribute__((uninitialized)) struct iovec all[BODY_PIECES + 3]; /* `nparts` + 1 are read */
    size_t left = x->head_len - x->head_sent;
    const char *at = x->bytes + x->method_len + x->target_len + x->head_sent;

    all[0] = (struct iovec){(void *)(uintptr_t)at, left};
    memcpy(all + 1, parts, (size_t)nparts * sizeof(*parts));
    ssize_t n = stream_write(&s->engine->stream, all, nparts + 1);
    if (n < 0) {
        return n;
    }
    size_t of_head = (size_t)n < left ? (size_t)n : left;
    x->head_sent += (uint32_t)of_head;
    return n - (ssize_t)of_head;
}

bool session_flush_engine(struct session *s)
{
    struct exchange *x = s->exchange;
    if (s->down == DOWN_DIAL || s->down == DOWN_CONNECT) {
        return false;
    }
    struct stream *engine = &s->engine->stream;
    if (x->head_sent < x->head_len && head_waits(s)) {
        return true;
    }
    while (x->head_sent < x->head_len) {
        if (!engine->writable) {
            return false;
        }
        struct slice behind = bytes_slice(&x->engine_out);
        struct iovec part = {(void *)(uintptr_t)behind.at, behind.len};
        ssize_t n = write_head(s, &part, behind.len > 0 ? 1 : 0);
        if (n < 0) {
            engine->readable = true; /* reading tells whether it has answered before it closed */
            return false;
        }
        bytes_drop(&x->engine_out, (size_t)n);
    }
    bool broken = false;
    bool done = bytes_flush(engine, &x->engine_out, &broken);
    if (broken) {
        engine->readable = true;
    }
    return done && !engine->broken;
}

bool session_write_engine(struct session *s, const struct iovec *parts, int nparts)
{
    struct stream *engine = &s->engine->stream;
    struct exchange *x = s->exchange;
    int rc;

    if (x->head_sent < x->head_len) {
        ssize_t n = engine->writable ? write_head(s, parts, nparts) : 0;
        rc = n < 0 ? STREAM_BROKEN : bytes_keep(&x->engine_out, parts, nparts, (size_t)n);
    } else {
        rc = bytes_write(engine, &x->engine_out, parts, nparts);
    }
    if (rc == 0) {
        return true;
    }
    if (!engine->broken) {
        session_close(s, true);
        return false;
    }
    engine->readable = true;
    return true;
}

void session_fail(struct session *s, unsigned status, struct slice message)
{
    if (s->exchange->status != 0) {
        session_close(s, true); /* part of an answer is out: it must not look complete */
        return;
    }
    /* An engine that talks nonsense is a reason to start anew; one that is away is not. */
    bool nonsense = s->down == DOWN_HEAD && status == 502;
    bool complete = s->up == UP_HELD;
    session_release_engine(s, false);
    session_answer_own(s, status, message, nonsense || !complete || !s->exchange->keep_alive);
}

/* The engine closed without an answer: a kept-alive connection that it had just given up is tried
 * again. */
static void answer_missing(struct session *s)
{
    struct exchange *x = s->exchange;
    if (s->engine->reused && x->safe && !x->retried && x->engine_in.len == 0 && x->interim == 0) {
        x->retried = true;
        x->end_passed = false; /* the next engine has to learn of the client's end as well */
        counter_add(&s->worker->counters, COUNTER_RETRIED, 1);
        session_release_engine(s, false);
        session_dial(s);
        return;
    }
    session_fail(
        s, 502,
        SLICE("502 Bad Gateway: the container engine closed the connection without an answer."));
}

/* The engine's bytes of a head: what waits unread, or more. */
static ssize_t answer_read(struct session *s, struct slice *in)
{
    struct exchange *x = s->exchange;
    struct stream *engine = &s->engine->stream;
    if (x->engine_in.len > 0 && x->answer == NULL) {
        *in = bytes_slice(&x->engine_in);
        return (ssize_t)in->len;
    }
    if (!engine->readable) {
        return STREAM_AGAIN;
    }
    if (x->engine_in.len == 0) {
        ssize_t n = stream_read(engine, s->worker->in, LIMIT_READ);
        *in = slice_of(s->worker->in, n > 0 ? (size_t)n : 0);
        return n;
    }
    char *room = bytes_room(&x->engine_in, 4096);
    if (room == NULL) {
        return STREAM_BROKEN;
    }
    ssize_t n = stream_read(engine, room, 4096);
    x->engine_in.len += n > 0 ? (uint32_t)n : 0;
    *in = bytes_slice(&x->engine_in);
    return n;
}

/* Keeps `in` from `used` on for the next reading. */
static bool answer_keep(struct session *s, struct slice in, size_t used)
{
    struct exchange *x = s->exchange;
    if (x->engine_in.len > 0) {
        bytes_drop(&x->engine_in, used);
        return true;
    }
    if (!bytes_append(&x->engine_in, slice_sub(in, used, in.len))) {
        session_close(s, true);
        return false;
    }
    return true;
}

static void answer_more(struct session *s, const struct http_head *h, struct slice in)
{
    struct exchange *x = s->exchange;
    if (x->answer == NULL) {
        x->answer = malloc(sizeof(*x->answer));
        if (x->answer == NULL) {
            session_close(s, true);
            return;
        }
        *x->answer = *h;
        (void)answer_keep(s, in, 0); /* closes the session itself when it fails */
    }
}

static void answer_head_done(struct exchange *x)
{
    free(x->answer);
    x->answer = NULL;
}

/* Passes an interim answer (1xx) on; HTTP/1.0 clients don't know them. */
static void answer_interim(struct session *s, const struct http_head *h, struct slice in)
{
    struct exchange *x = s->exchange;
    struct buf out;
    if (++x->interim > LIMIT_INTERIM) {
        session_fail(s, 502,
                     SLICE("502 Bad Gateway: the container engine sent too many interim answers."));
        return;
    }
    buf_init(&out, s->worker->out, WORKER_OUT);
    struct http_forward how = {.framing = HTTP_BODY_NONE};
    if (x->minor > 0 && h->status != 100) {
        if (!http_forward_response(h, in.at, &how, &out)) {
            session_close(s, true);
            return;
        }
        struct iovec part = {out.at, out.len};
        if (session_write_client(s, &part, 1) < 0) {
            session_close(s, true);
            return;
        }
    }
    size_t used = h->len;
    answer_head_done(x);
    (void)answer_keep(s, in, used); /* closes the session itself when it fails */
}

static bool client_write(struct session *s, struct iovec *parts, int nparts)
{
    if (session_write_client(s, parts, nparts) < 0) {
        session_close(s, true);
        return false;
    }
    return true;
}

static struct iovec part_of(struct slice s)
{
    return (struct iovec){(void *)(uintptr_t)s.at, s.len};
}

const struct slice session_excess_text =
    SLICE_INIT("502 Bad Gateway: the answer is larger than limits.answer allows.");

bool session_answer_excess(struct exchange *x, uint64_t more)
{
    const struct quota *q = x->policy->quota;
    if (q == NULL || q->limits.answer == 0 || x->policy->observe || x->kind == OPERATION_STREAM ||
        x->kind == OPERATION_UPGRADE || x->bytes_out + more <= q->limits.answer) {
        return false;
    }
    x->verdict.kind = VERDICT_DENY;
    x->verdict.rule = quota_name(QUOTA_ANSWER);
    return true;
}

/* The first run of `in` that the client gets as it stands: with its framing, or bare for HTTP/1.0.
 */
static enum http_step next_run(struct exchange *x, struct slice in, size_t *used, struct slice *run,
                               size_t *payload)
{
    if (x->minor > 0) {
        return http_chunk_pass(&x->down_chunk, in, used, run, payload);
    }
    enum http_step step = http_chunk_read(&x->down_chunk, in, used, run);
    *payload = run->len;
    return step;
}

/* Passes on a chunked body, without extensions and trailers. In most reads that is one run: to cut
 * one into its chunks and make one of them costs the kernel 0.03 of what the floor takes. `*left`
 * is what stood behind its end. */
static enum http_step relay_chunks(struct session *s, struct slice head, struct slice in,
                                   struct slice *left)
{
    struct exchange *x = s->exchange;
    enum http_step step = HTTP_MORE;
    do {
        __attribute__((uninitialized)) struct iovec parts[BODY_PIECES + 1]; /* `n` are read */
        size_t total = 0;
        int n = 1;
        while (step == HTTP_MORE && in.len > 0 && n <= BODY_PIECES) {
            size_t used;
            size_t payload;
            struct slice run;
            step = next_run(x, in, &used, &run, &payload);
            in = slice_sub(in, used, in.len);
            total += payload;
            if (run.len > 0) {
                parts[n++] = part_of(run);
            }
        }
        if (step == HTTP_REFUSED || session_answer_excess(x, total)) {
            return HTTP_REFUSED;
        }
        parts[0] = part_of(head);
        x->bytes_out += total;
        if (!client_write(s, parts, n)) {
            return HTTP_REFUSED;
        }
        head = (struct slice){0};
    } while (step == HTTP_MORE && in.len > 0);
    *left = in;
    return step;
}

/* Passes on the answer's `head` (may be empty) with what `in` holds of its body. */
static void relay_emit(struct session *s, struct slice head, struct slice in)
{
    struct exchange *x = s->exchange;
    enum http_step step = HTTP_MORE;
    struct slice left = {0};
    if (x->down_framing == HTTP_BODY_CHUNKED) {
        step = relay_chunks(s, head, in, &left);
    } else {
        size_t n = in.len;
        if (x->down_framing != HTTP_BODY_CLOSE) {
            n = n < x->down_left ? n : (size_t)x->down_left;
            x->down_left -= n;
            step = x->down_left == 0 ? HTTP_DONE : HTTP_MORE;
            left = slice_sub(in, n, in.len);
        }
        struct iovec parts[2] = {part_of(head), part_of(slice_sub(in, 0, n))};
        if (session_answer_excess(x, n)) {
            step = HTTP_REFUSED;
        } else if (!client_write(s, parts, 2)) {
            return;
        } else {
            x->bytes_out += n;
        }
    }
    if (s->closed) {
        return;
    }
    if (step == HTTP_REFUSED) {
        if (head.len > 0 && x->bytes_out == 0) {
            x->status = 0; /* the head is not out yet either */
            s->down = DOWN_HEAD;
        }
        /* Answered with 502, or cut: the client must not take it for complete. */
        session_fail(s, 502,
                     x->verdict.kind == VERDICT_DENY
                         ? session_excess_text
                         : SLICE("502 Bad Gateway: the container engine's body is malformed."));
        return;
    }
    if (step == HTTP_DONE) {
        if (left.len > 0) {
            x->engine_keep_alive =
                false; /* what the engine says behind its answer is nobody's answer */
        }
        session_answer_done(s);
    }
}

/* Whether this answer turns the connection into a tunnel: 101 where an upgrade was asked for, or
 * the raw 200 of attach and exec. */
static bool is_tunnel(const struct exchange *x, const struct http_head *h)
{
    if (x->kind != OPERATION_UPGRADE) {
        return false;
    }
    return h->status == 101 ? x->upgrade
                            : h->status == 200 && h->framing == HTTP_BODY_CLOSE && !x->to_head;
}

/* `viewed`: its body, and so its length, will be another. */
static struct http_forward answer_framing(const struct session *s, const struct http_head *h,
                                          bool tunnel, bool viewed)
{
    struct exchange *x = s->exchange;
    struct http_forward how = {
        .framing = viewed ? HTTP_BODY_CHUNKED : h->framing,
        .content_length = h->content_length,
        .upgrade = h->status == 101,
        .keep_length = h->framing == HTTP_BODY_NONE && !viewed,
    };
    if (tunnel) {
        return how;
    }
    if (how.framing == HTTP_BODY_CHUNKED && x->minor == 0) {
        how.framing = HTTP_BODY_CLOSE;
    }
    if (how.framing == HTTP_BODY_CLOSE || s->up != UP_HELD || s->worker->draining) {
        x->keep_alive = false;
    }
    how.close = !x->keep_alive;
    how.keep_alive = x->keep_alive && x->minor == 0;
    return how;
}

/* Whether a view rewrites this answer. An empty one has nothing to rewrite, but HEAD's announces
 * the length of what would be. */
static bool is_viewed(const struct exchange *x, const struct http_head *h)
{
    return x->policy->answers != NULL && (h->framing != HTTP_BODY_NONE || x->to_head) &&
           answers_apply(x->policy->answers, x->verdict.match.operation, h->status);
}

/* Makes the view of an answer with a body. False: the session has failed. */
static bool view_begin(struct session *s, const struct http_head *h, struct slice in)
{
    struct exchange *x = s->exchange;
    if (http_head_value(h, in.at, SLICE("Content-Encoding")).at != NULL) {
        session_fail(s, 502,
                     SLICE("502 Bad Gateway: the container engine's answer is compressed, so it "
                           "can't be looked at."));
        return false;
    }
    x->view = answers_begin(x->policy->answers, x->verdict.match.operation, h->status);
    if (x->view == NULL) {
        session_fail(s, 503, SLICE("503 Service Unavailable: the gate is out of memory."));
        return false;
    }
    answers_may_ask(x->view);
    return true;
}

/* The final head is complete. */
static void answer_begin(struct session *s, const struct http_head *h, struct slice in)
{
    struct exchange *x = s->exchange;
    bool tunnel = is_tunnel(x, h);
    if (h->status == 101 && !tunnel) {
        session_fail(s, 502,
                     SLICE("502 Bad Gateway: the container engine upgraded a connection unasked."));
        return;
    }
    bool viewed = !tunnel && is_viewed(x, h);
    /* A view makes it shorter. */
    if (!viewed && h->framing == HTTP_BODY_LENGTH && session_answer_excess(x, h->content_length)) {
        session_fail(s, 502, session_excess_text);
        return;
    }
    if (viewed && h->framing != HTTP_BODY_NONE && !view_begin(s, h, in)) {
        return;
    }
    struct http_forward how = answer_framing(s, h, tunnel, viewed);
    struct buf out;
    buf_init(&out, s->worker->out, WORKER_OUT);
    if (!http_forward_response(h, in.at, &how, &out)) {
        session_fail(s, 502,
                     SLICE("502 Bad Gateway: the container engine's answer has too large a head."));
        return;
    }
    timer_stop(&s->timer);
    x->status = h->status;
    x->head_us = sys_clock_us() - x->started_us;
    x->engine_keep_alive = h->keep_alive;
    x->down_framing = h->framing;
    x->down_left = h->framing == HTTP_BODY_LENGTH ? h->content_length : 0;
    struct slice rest = slice_sub(in, h->len, in.len);
    struct bytes held = x->engine_in; /* `rest` may look into it */
    x->engine_in = (struct bytes){0};
    answer_head_done(x);
    if (tunnel) {
        x->down_framing = HTTP_BODY_CLOSE;
        session_tunnel(s);
    } else {
        s->down = DOWN_BODY;
    }
    if (x->kind == OPERATION_STREAM || tunnel) {
        session_log(s, true);
    }
    if (x->view != NULL) {
        session_view(s, buf_slice(&out), rest);
    } else {
        relay_emit(s, buf_slice(&out), rest);
    }
    bytes_free(&held);
}

bool session_step_answer(struct session *s)
{
    struct exchange *x = s->exchange;
    struct slice in;
    if (s->client_out.len > 0) {
        return false;
    }
    ssize_t n = answer_read(s, &in);
    if (n == STREAM_AGAIN) {
        return false;
    }
    if (n <= 0) {
        answer_missing(s);
        return true;
    }
    struct http_head *h = x->answer;
    if (h == NULL) {
        h = &s->worker->answer;
        http_head_reset(h);
    }
    switch (http_response_read(h, in, x->to_head)) {
    case HTTP_MORE:
        answer_more(s, h, in);
        break;
    case HTTP_REFUSED:
        session_fail(s, 502,
                     SLICE("502 Bad Gateway: the container engine's answer is not valid HTTP."));
        break;
    case HTTP_DONE:
        if (h->status < 200 && h->status != 101) {
            answer_interim(s, h, in);
        } else {
            answer_begin(s, h, in);
        }
        break;
    }
    return true;
}

bool session_step_relay(struct session *s)
{
    struct stream *engine = &s->engine->stream;
    struct exchange *x = s->exchange;
    if (s->client_out.len > 0 || !engine->readable) {
        return false;
    }
    ssize_t n = stream_read(engine, s->worker->in, session_piece(s));
    if (n == STREAM_AGAIN) {
        return false;
    }
    if (n > 0) {
        relay_emit(s, (struct slice){0}, slice_of(s->worker->in, (size_t)n));
    } else if (n == STREAM_END && x->down_framing == HTTP_BODY_CLOSE) {
        session_answer_done(s);
    } else {
        session_close(s, true); /* cut off: the client must not take it for complete */
    }
    return true;
}
