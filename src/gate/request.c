/* From the client: heads are read and decided, bodies are passed on as the gate has read them. */
#include "gate/request.h"

#include "gate/callers.h"
#include "gate/gather.h"
#include "gate/identify.h"
#include "gate/own.h"
#include "gate/worker.h"
#include "http/forward.h"
#include "policy/rule_write.h"
#include "sys/clock.h"
#include "sys/log.h"

#include <stdlib.h>

/* The rest of a refused request's body that is read so that the connection can go on. */
#define DISCARD_MAX (256 * 1024)

/* A denial that names the rule which is missing is the longest message; the longest of these has
 * 300 bytes. */
#define MESSAGE_MAX 1024

/* What the head says that outlives it. */
static void exchange_take_head(struct exchange *x, const struct http_head *h, struct slice method)
{
    x->minor = h->minor;
    x->keep_alive = h->keep_alive;
    x->up_framing = h->framing;
    x->up_left = h->framing == HTTP_BODY_LENGTH ? h->content_length : 0;
    x->expects_continue = h->expect_continue && h->minor > 0 && h->framing != HTTP_BODY_NONE;
    x->to_head = slice_equal(method, SLICE("HEAD"));
    x->safe = h->framing == HTTP_BODY_NONE && (x->to_head || slice_equal(method, SLICE("GET")));
}

struct exchange *request_exchange(struct session *s, const struct http_head *h, const char *head,
                                  const struct verdict *v, struct slice forward, bool undecided)
{
    struct worker *w = s->worker;
    struct slice method = http_slice(head, h->method);
    struct slice target = http_slice(head, h->target);
    enum operation_id op = v->match.operation;
    enum operation_kind kind = op < OPERATION_COUNT ? operation_get(op)->kind : OPERATION_PLAIN;
    struct exchange *x = exchanges_take(&w->exchanges, method.len + target.len + forward.len,
                                        kind == OPERATION_PLAIN);
    if (x == NULL) {
        return NULL;
    }
    *x = (struct exchange){.home = x->home,
                           .verdict = *v,
                           .policy = session_policy(s),
                           .policies = snapshot_hold_get(w->policies)};
    x->verdict.match.version = (struct slice){0};
    x->verdict.match.names[0] = (struct slice){0};
    x->verdict.match.names[1] = (struct slice){0};
    x->verdict.target = (struct http_target){0};
    if (v->kind == VERDICT_ASK) {
        x->verdict.kind = VERDICT_DENY; /* until the engine has said what would allow it */
    }
    x->started_us = sys_clock_us();
    x->undecided = undecided;
    if (!undecided) {
        counters_request(&w->counters, &x->verdict, x->started_us);
    }
    x->started_unix_ms =
        access_log_wants(w->config->log, x->verdict.kind) ? worker_unix_ms(w, x->started_us) : 0;
    x->kind = (uint8_t)kind;
    exchange_take_head(x, h, method);
    x->method_len = (uint32_t)method.len;
    x->target_len = (uint32_t)target.len;
    x->head_len = (uint32_t)forward.len;
    memcpy(x->bytes, method.at, method.len);
    memcpy(x->bytes + method.len, target.at, target.len);
    if (forward.len > 0) {
        memcpy(x->bytes + method.len + target.len, forward.at, forward.len);
    }
    return x;
}

/* A body that the policy might care for, or that the engine acts upon before its end, is read whole
 * when its length is not announced; uploads and tunnels flow. */
static bool is_gathered(const struct http_head *h, enum operation_kind kind)
{
    return h->framing == HTTP_BODY_CHUNKED && (kind == OPERATION_PLAIN || kind == OPERATION_STREAM);
}

/* Whether the part of a chunked body that came with its head is malformed already. */
static bool body_malformed(const struct http_head *h, struct slice rest)
{
    struct http_chunk chunk = {0};
    size_t used;
    struct slice payload;
    if (h->framing != HTTP_BODY_CHUNKED) {
        return false;
    }
    while (rest.len > 0) {
        enum http_step step = http_chunk_read(&chunk, rest, &used, &payload);
        if (step != HTTP_MORE) {
            return step == HTTP_REFUSED;
        }
        rest = slice_sub(rest, used, rest.len);
    }
    return false;
}

bool request_head_done(struct session *s, struct slice in, size_t used)
{
    bool kept = session_keep(s, in, used);
    free(s->partial);
    s->partial = NULL;
    return kept;
}

/* Answers instead of the engine; the request's body is read and dropped if it is small. */
void request_answer(struct session *s, unsigned status, struct slice message)
{
    const struct exchange *x = s->exchange;
    bool close = !x->keep_alive || x->expects_continue ||
                 (x->up_framing == HTTP_BODY_LENGTH && x->up_left > DISCARD_MAX);
    s->up = x->up_framing == HTTP_BODY_NONE ? UP_HELD : UP_DISCARD;
    session_answer_own(s, status, message, close);
}

/* Says what would allow a denied request: an option, or a rule where the policy is made of them. */
static void put_remedy(const struct exchange *x, const struct label *label, struct buf *b)
{
    const struct policy *p = x->policy->operations;
    enum operation_id op = x->verdict.match.operation;
    if (!p->descriptive_errors) {
        return;
    }
    if (x->verdict.by_label) {
        (void)buf_put_byte(b, ' ');
        label_put_remedy(label, op, b);
    } else if (x->verdict.option != OPTION_NONE) {
        buf_put(b, SLICE(" To enable this function turn on the "));
        size_t n = policy_put_missing(p, op, b);
        buf_put(b, n > 1 ? SLICE(" options.") : SLICE(" option."));
    } else if (p->rules != NULL && op < OPERATION_COUNT && !x->verdict.rule_limit) {
        buf_put(b, SLICE(" To enable this function add the rule "));
        rule_write(p->dialect.dialect, slice_of(x->bytes, x->method_len), op, b);
    }
}

/* Answers a denied request. */
static void request_denied(struct session *s)
{
    struct exchange *x = s->exchange;
    __attribute__((uninitialized)) char text[MESSAGE_MAX]; /* what is written is read, no more */
    struct buf b;
    buf_init(&b, text, sizeof(text));
    buf_put(&b, SLICE("403 Forbidden: docker-socket-proxy is configured to not allow access to "
                      "this function."));
    if (x->verdict.query != NULL) {
        buf_put(&b, SLICE(" Here "));
        query_put_wrong(x->verdict.query_wrong, x->verdict.query, &b);
        buf_put_byte(&b, '.');
    } else if (x->view_reason.len > 0) {
        buf_put(&b, SLICE(" Here "));
        buf_put(&b, x->view_reason);
        buf_put_byte(&b, '.');
    } else {
        put_remedy(x, callers_label(s), &b);
    }
    request_answer(s, 403, buf_slice(&b));
}

/* Answers a request that the policy would allow if there were not so many, or so much of it. */
static void request_over(struct session *s, enum quota_excess excess)
{
    struct exchange *x = s->exchange;
    const struct quota_limits *limits = &x->policy->quota->limits;
    char text[128];
    struct buf b;
    buf_init(&b, text, sizeof(text));
    if (excess == QUOTA_BODY) {
        (void)buf_putf(&b, "413 Content Too Large: limits.body allows %llu bytes.",
                       (unsigned long long)limits->body);
        request_answer(s, 413, buf_slice(&b));
        return;
    }
    uint64_t allowed = excess == QUOTA_RATE       ? limits->rate
                       : excess == QUOTA_REQUESTS ? limits->requests
                                                  : limits->streams;
    struct slice name = quota_name(excess);
    (void)buf_putf(&b, "429 Too Many Requests: %.*s allows %llu %s.", (int)name.len, name.at,
                   (unsigned long long)allowed,
                   excess == QUOTA_RATE ? "a second" : "at the same time");
    request_answer(s, 429, buf_slice(&b));
}

static void answer_refusal(struct session *s, enum http_refusal refusal)
{
    char text[256];
    struct buf b;
    unsigned status = http_refusal_status(refusal);
    buf_init(&b, text, sizeof(text));
    buf_put_u64(&b, status);
    buf_put_byte(&b, ' ');
    buf_put(&b, http_refusal_text(refusal));
    session_answer_own(s, status, buf_slice(&b), true);
}

/* Writes the head for the engine into the worker's scratch. Empty when it does not fit. */
static struct slice forward_head(struct worker *w, const struct http_head *h, const char *head,
                                 enum operation_kind kind, bool viewed, bool gather)
{
    struct buf out;
    buf_init(&out, w->out, WORKER_OUT);
    struct http_forward how = {
        .framing = h->framing,
        .content_length = h->content_length,
        .length_later = gather,
        .upgrade = kind == OPERATION_UPGRADE && h->upgrade.len > 0,
        /* What is compressed can't be looked at. */
        .without = viewed ? SLICE("Accept-Encoding") : (struct slice){0},
    };
    if (!http_forward_request(h, head, &how, &out)) {
        return (struct slice){0};
    }
    /* A gathered body's length comes later: the head is left without its last, empty line. */
    return slice_of(out.at, gather ? out.len - 2 : out.len);
}

/* Asks the policy's limits for a place. Where there is none the verdict says which limit it was. */
static enum quota_excess request_ask(const struct session *s, const struct http_head *h,
                                     enum operation_kind kind, struct verdict *v, uint32_t *retry_s)
{
    struct quota *q = s->policy->quota;
    enum quota_excess excess = QUOTA_FREE;
    *retry_s = 0;
    if (q == NULL || !verdict_may_pass(v->kind)) {
        return QUOTA_FREE;
    }
    if (q->limits.body > 0 && h->framing == HTTP_BODY_LENGTH &&
        h->content_length > q->limits.body) {
        excess = QUOTA_BODY;
    } else {
        excess = quota_take(q, kind, sys_clock_us(), retry_s);
    }
    if (excess != QUOTA_FREE) {
        v->kind = s->policy->observe ? VERDICT_WOULD_DENY : VERDICT_DENY;
        v->rule = quota_name(excess);
    }
    return excess;
}

void request_begin(struct session *s, const struct http_head *h, struct slice in)
{
    struct worker *w = s->worker;
    timer_stop(&s->timer);
    const struct gate_policy *policy = session_policy(s);
    struct verdict v = policy_decide(policy->operations, http_slice(in.at, h->method),
                                     http_slice(in.at, h->target), &w->room);
    label_narrow(callers_label(s), &v);
    if (v.rule_limit && !atomic_exchange(&w->shared->limit_said, true)) {
        sys_log("a match with %.*s takes too long and was given up, which denies the request; the "
                "access log names each one",
                (int)v.rule.len, v.rule.at);
    }
    if (policy->observe) {
        verdict_observe(&v);
    }
    struct slice view_reason = session_view_decide(s, &v);
    if (verdict_may_pass(v.kind) && body_malformed(h, slice_sub(in, h->len, in.len))) {
        v.kind = VERDICT_REJECT;
        v.refusal = HTTP_REFUSAL_BAD_CHUNK;
    }
    enum operation_kind kind = v.match.operation < OPERATION_COUNT
                                   ? operation_get(v.match.operation)->kind
                                   : OPERATION_PLAIN;
    __attribute__((uninitialized)) struct requests_refusal refusal; /* only its status is read, */
    refusal.status = 0;                                             /* where that stays 0 */
    bool checks = gather_check_head(s, h, in.at, &v, &refusal);
    struct own *own = own_new(s, h->framing != HTTP_BODY_NONE, &v, &refusal);
    bool asks = own != NULL && !own_is_known(own);
    bool gather = checks || is_gathered(h, kind);
    if (verdict_may_pass(v.kind)) {
        refusal.status = 0; /* only observed */
    }
    struct slice forward = {0};
    if (verdict_may_pass(v.kind)) {
        forward = forward_head(w, h, in.at, kind, s->policy->answers != NULL, gather);
        if (forward.len == 0) {
            v.kind = VERDICT_REJECT;
            v.refusal = HTTP_REFUSAL_HEAD_TOO_LARGE;
        }
    }
    bool upgrade = kind == OPERATION_UPGRADE && h->upgrade.len > 0;
    uint32_t retry_s;
    enum quota_excess excess = request_ask(s, h, kind, &v, &retry_s);
    bool in_quota = s->policy->quota != NULL && excess == QUOTA_FREE && verdict_may_pass(v.kind);
    s->exchange =
        request_exchange(s, h, in.at, &v, forward, (checks || asks) && verdict_may_pass(v.kind));
    if (s->exchange == NULL) {
        if (in_quota) {
            quota_give(s->policy->quota, kind);
        }
        own_free(own);
        session_answer_own(s, 503, SLICE("503 Service Unavailable: the gate is out of memory."),
                           true);
        return;
    }
    s->exchange->own = own;
    s->exchange->upgrade = upgrade;
    s->exchange->in_quota = in_quota;
    s->exchange->retry_s = excess != QUOTA_FREE && excess != QUOTA_BODY ? retry_s : 0;
    s->exchange->view_reason = view_reason;
    if (!request_head_done(s, in, h->len)) {
        return;
    }
    if (refusal.status != 0 && !verdict_may_pass(v.kind)) {
        gather_refuse(s, &refusal);
    } else if (v.kind == VERDICT_REJECT) {
        s->up = UP_DISCARD;
        answer_refusal(s, v.refusal);
    } else if (v.kind == VERDICT_DENY && excess != QUOTA_FREE) {
        request_over(s, excess);
    } else if (v.kind == VERDICT_DENY) {
        request_denied(s);
    } else if (gather) {
        gather_begin(s, checks);
    } else if (asks) {
        own_ask(s, false, false);
    } else {
        own_dial(s);
    }
}

/* A head that can't be read: no exchange exists, but the log shall tell. */
static void request_malformed(struct session *s, const struct http_head *h, struct slice in)
{
    struct verdict v = {.kind = VERDICT_REJECT,
                        .refusal = (enum http_refusal)h->refusal,
                        .option = OPTION_NONE,
                        .match = {.operation = OPERATION_NONE}};
    struct http_head start = *h;
    if (!h->has_start_line) {
        start.method = (struct http_span){0};
        start.target = (struct http_span){0};
    }
    start.keep_alive = false;
    s->exchange = request_exchange(s, &start, in.at, &v, (struct slice){0}, false);
    answer_refusal(s, (enum http_refusal)h->refusal);
}

void session_head_late(struct session *s)
{
    if (s->up == UP_GATHER) {
        gather_late(s);
        return;
    }
    struct verdict v = {
        .kind = VERDICT_REJECT, .option = OPTION_NONE, .match = {.operation = OPERATION_NONE}};
    static const struct http_head none = {.has_start_line = false};
    struct http_head start = s->partial != NULL && s->partial->has_start_line ? *s->partial : none;
    s->exchange =
        request_exchange(s, &start, bytes_slice(&s->ahead).at, &v, (struct slice){0}, false);
    session_answer_own(
        s, 408, SLICE("408 Request Timeout: the request head did not arrive in time."), true);
}

static bool request_more(struct session *s, const struct http_head *h, struct slice in)
{
    if (s->partial == NULL) {
        s->partial = malloc(sizeof(*s->partial));
        if (s->partial == NULL) {
            session_close(s, true);
            return true;
        }
        *s->partial = *h;
        if (!session_keep(s, in, 0)) {
            return true;
        }
        s->up = UP_HEAD;
        timer_start(&s->worker->head_timers, &s->timer, s->worker->now_us);
    }
    return true;
}

bool session_step_request(struct session *s)
{
    struct worker *w = s->worker;
    if (s->down != DOWN_NONE || s->client_out.len > 0) {
        return false;
    }
    struct slice in;
    ssize_t n = session_read(s, &in);
    if (n == STREAM_AGAIN) {
        return false;
    }
    if (n <= 0) {
        session_close(s, n == STREAM_BROKEN);
        return true;
    }
    struct http_head *h = s->partial;
    if (h == NULL) {
        h = &w->request;
        http_head_reset(h);
    }
    switch (http_request_read(h, in)) {
    case HTTP_MORE:
        return request_more(s, h, in);
    case HTTP_REFUSED:
        request_malformed(s, h, in);
        return true;
    case HTTP_DONE:
        identify_begin(s, h, in);
        return true;
    }
    return false;
}

/* 100 (Continue) is ours to send: the engine never sees the expectation. */
bool request_continue(struct session *s)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct exchange *x = s->exchange;
    if (!x->expects_continue || x->status != 0) {
        return true; /* behind an answer's head it would stand within its body */
    }
    x->expects_continue = false;
    char line[sizeof(text)];
    memcpy(line, text, sizeof(text));
    struct iovec part = {line, sizeof(text) - 1};
    if (session_write_client(s, &part, 1) < 0) {
        session_close(s, true);
        return false;
    }
    return true;
}

/* The client ended, or wrote nonsense, within a body: the engine must not take it for complete. */
void request_body_broken(struct session *s, enum http_refusal refusal)
{
    struct exchange *x = s->exchange;
    session_release_engine(s, false);
    if (x->status != 0) {
        session_close(s, true);
        return;
    }
    x->verdict.kind = VERDICT_REJECT;
    x->verdict.refusal = refusal;
    gather_decided(s);
    answer_refusal(s, refusal);
}

/* Whether more of the body has come than limits.body allows, which only shows on the way where its
 * length is not announced. */
bool request_body_over(const struct exchange *x)
{
    const struct quota *q = x->policy->quota;
    return q != NULL && q->limits.body > 0 && x->bytes_in > q->limits.body && !x->policy->observe;
}

/* The body can't be passed on to its end: it is malformed, or over the limit. */
void request_body_refused(struct session *s)
{
    struct exchange *x = s->exchange;
    if (!request_body_over(x)) {
        request_body_broken(s, HTTP_REFUSAL_BAD_CHUNK);
        return;
    }
    session_release_engine(s, false);
    if (x->status != 0) {
        session_close(s, true);
        return;
    }
    x->verdict.kind = VERDICT_DENY;
    x->verdict.rule = quota_name(QUOTA_BODY);
    gather_decided(s);
    x->keep_alive = false; /* what follows is in the middle of a body */
    request_over(s, QUOTA_BODY);
}

/* Takes the payload out of `in` into at most BODY_PIECES parts. `*used` of it are done with,
 * `*total` is payload. */
enum http_step request_body_pieces(struct http_chunk *chunk, struct slice in, struct iovec *parts,
                                   int *nparts, size_t *used, size_t *total)
{
    enum http_step step = HTTP_MORE;
    *used = 0;
    *total = 0;
    *nparts = 0;
    while (step == HTTP_MORE && *used < in.len && *nparts < BODY_PIECES) {
        size_t n;
        struct slice payload;
        step = http_chunk_read(chunk, slice_sub(in, *used, in.len), &n, &payload);
        *used += n;
        if (step != HTTP_REFUSED && payload.len > 0) {
            parts[(*nparts)++] = (struct iovec){(void *)(uintptr_t)payload.at, payload.len};
            *total += payload.len;
        }
    }
    return step;
}

void session_body_done(struct session *s)
{
    s->up = s->down == DOWN_TUNNEL || s->down == DOWN_ENDED ? UP_TUNNEL : UP_HELD;
}

/* Passes on what `in` holds of the body, framed anew. `*used` of it are done with; HTTP_DONE at the
 * body's end. The session may be closed behind it. */
static enum http_step body_forward(struct session *s, struct slice in, size_t *used)
{
    struct exchange *x = s->exchange;
    __attribute__((uninitialized)) struct iovec parts[BODY_PIECES + 2]; /* `nparts` are read */
    char text[24];
    if (x->up_framing == HTTP_BODY_LENGTH) {
        *used = in.len < x->up_left ? in.len : (size_t)x->up_left;
        parts[0] = (struct iovec){(void *)(uintptr_t)in.at, *used};
        x->up_left -= *used;
        x->bytes_in += *used;
        bool done = x->up_left == 0;
        (void)session_write_engine(s, parts, 1); /* closes the session itself when it fails */
        return done ? HTTP_DONE : HTTP_MORE;
    }
    int nparts;
    size_t total;
    enum http_step step = request_body_pieces(&x->up_chunk, in, parts + 1, &nparts, used, &total);
    if (step == HTTP_REFUSED) {
        return step;
    }
    x->bytes_in += total;
    if (request_body_over(x)) {
        return HTTP_REFUSED;
    }
    struct buf b;
    buf_init(&b, text, sizeof(text));
    static const char crlf_end[] = "\r\n0\r\n\r\n";
    char tail[sizeof(crlf_end)];
    memcpy(tail, crlf_end, sizeof(crlf_end));
    if (total > 0) {
        buf_put_hex(&b, total);
        buf_put(&b, SLICE("\r\n"));
    }
    parts[0] = (struct iovec){text, b.len};
    size_t tail_from = total > 0 ? 0 : 2;
    size_t tail_to = step == HTTP_DONE ? 7 : 2;
    parts[nparts + 1] = (struct iovec){tail + tail_from, tail_to - tail_from};
    (void)session_write_engine(s, parts, nparts + 2); /* closes the session itself when it fails */
    return step;
}

bool session_step_body(struct session *s)
{
    if (s->down == DOWN_DIAL || s->down == DOWN_CONNECT || !session_flush_engine(s) ||
        !request_continue(s)) {
        return false;
    }
    struct slice in;
    ssize_t n = session_read(s, &in);
    if (n == STREAM_AGAIN) {
        return false;
    }
    if (n == STREAM_BROKEN) {
        session_close(s, true);
        return true;
    }
    if (n == STREAM_END) {
        request_body_broken(s, s->exchange->up_framing == HTTP_BODY_CHUNKED
                                   ? HTTP_REFUSAL_BAD_CHUNK
                                   : HTTP_REFUSAL_BAD_LENGTH);
        return true;
    }
    size_t used;
    enum http_step step = body_forward(s, in, &used);
    if (s->closed) {
        return true;
    }
    if (step == HTTP_REFUSED) {
        request_body_refused(s);
        return true;
    }
    if (!session_keep(s, in, used)) {
        return true;
    }
    if (step == HTTP_DONE) {
        session_body_done(s);
    }
    return true;
}

/* The client has ended: the engine must see that, or it would go on for nobody. Held bytes are sent
 * first where they may still become a tunnel's or another request's; a stream has no end to wait
 * for. */
static void pass_end(struct session *s)
{
    struct exchange *x = s->exchange;
    bool sent = s->engine != NULL && s->down != DOWN_DIAL && s->down != DOWN_CONNECT &&
                x->head_sent == x->head_len && x->engine_out.len == 0;
    if (!sent || x->end_passed || (s->ahead.len > 0 && x->kind != OPERATION_STREAM)) {
        return;
    }
    x->end_passed = true;
    stream_shutdown_write(&s->engine->stream);
}

bool session_step_held(struct session *s)
{
    struct worker *w = s->worker;
    bool moved = false;
    if (s->engine != NULL) {
        (void)session_flush_engine(s); /* what still waits is written when the engine takes it */
    }
    if (!s->up_ended && s->client.readable && s->ahead.len < LIMIT_AHEAD) {
        ssize_t n = stream_read(&s->client, w->in, LIMIT_AHEAD - s->ahead.len);
        if (n == STREAM_BROKEN || (n > 0 && !bytes_append(&s->ahead, slice_of(w->in, (size_t)n)))) {
            session_close(s, true);
            return true;
        }
        s->up_ended = n == STREAM_END;
        moved = n >= 0;
    }
    bool stream_left = s->client.ended && s->exchange->kind == OPERATION_STREAM;
    if (s->up_ended || stream_left) {
        pass_end(s);
        if (s->client.hung_up && s->exchange->end_passed) {
            session_close(s, false); /* nobody is there to read an answer */
            return true;
        }
    }
    return moved;
}

/* Drops the rest of a refused request's body. */
static bool discard_body(struct session *s)
{
    struct exchange *x = s->exchange;
    struct slice in;
    ssize_t n = session_read(s, &in);
    if (n == STREAM_AGAIN) {
        return false;
    }
    if (n <= 0) {
        session_close(s, n == STREAM_BROKEN);
        return true;
    }
    enum http_step step = HTTP_MORE;
    size_t used = 0;
    if (x->up_framing == HTTP_BODY_LENGTH) {
        used = in.len < x->up_left ? in.len : (size_t)x->up_left;
        x->up_left -= used;
        step = x->up_left == 0 ? HTTP_DONE : HTTP_MORE;
    } else {
        struct iovec parts[BODY_PIECES];
        int nparts;
        size_t total;
        step = request_body_pieces(&x->up_chunk, in, parts, &nparts, &used, &total);
    }
    x->bytes_in += used;
    if (step == HTTP_REFUSED || x->bytes_in > DISCARD_MAX) {
        session_linger(s);
        return true;
    }
    if (session_keep(s, in, used) && step == HTTP_DONE) {
        s->up = UP_HELD;
        session_answer_done(s);
    }
    return true;
}

bool session_step_discard(struct session *s)
{
    if (s->exchange != NULL) {
        return discard_body(s);
    }
    if (!s->client.readable) {
        return false;
    }
    ssize_t n = stream_read(&s->client, s->worker->in, LIMIT_READ);
    if (n == STREAM_BROKEN) {
        session_close(s, false);
    } else if (n == STREAM_END) {
        s->up_ended = true;
        s->up = UP_ENDED;
    }
    return n != STREAM_AGAIN;
}
