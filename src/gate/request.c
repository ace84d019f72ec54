/* From the client: heads are read and decided. What follows them is request_body.c's. */
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
void request_over(struct session *s, enum quota_excess excess)
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

void request_refuse(struct session *s, enum http_refusal refusal)
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

/* A request between its head and its exchange. */
struct request {
    struct verdict v;
    enum operation_kind kind;
    struct slice view_reason;        /* why the view refuses it; static, empty: it does not */
    struct requests_refusal refusal; /* of its body or names; where its status is 0: none */
    bool checks;                     /* the policy looks at its body */
    bool gather;                     /* its body is read whole before the engine sees it */
    bool asks;                       /* the engine is asked what it names */
    struct own *own;                 /* owned until the exchange has it */
    struct slice forward;            /* the head for the engine, in the worker's scratch */
    enum quota_excess excess;
    uint32_t retry_s;
};

static void say_rule_limit(struct worker *w, const struct verdict *v)
{
    if (v->rule_limit && !atomic_exchange(&w->shared->limit_said, true)) {
        sys_log("a match with %.*s takes too long and was given up, which denies the request; the "
                "access log names each one",
                (int)v->rule.len, v->rule.at);
    }
}

/* What the policy, a label and the view say of it. */
static void request_decide(struct session *s, const struct http_head *h, struct slice in,
                           struct request *r)
{
    struct worker *w = s->worker;
    const struct gate_policy *policy = session_policy(s);
    struct verdict *v = &r->v;
    *v = policy_decide(policy->operations, http_slice(in.at, h->method),
                       http_slice(in.at, h->target), &w->room);
    label_narrow(callers_label(s), v);
    say_rule_limit(w, v);
    if (policy->observe) {
        verdict_observe(v);
    }
    r->view_reason = session_view_decide(s, v);
    if (verdict_may_pass(v->kind) && body_malformed(h, slice_sub(in, h->len, in.len))) {
        v->kind = VERDICT_REJECT;
        v->refusal = HTTP_REFUSAL_BAD_CHUNK;
    }
    enum operation_id op = v->match.operation;
    r->kind = op < OPERATION_COUNT ? operation_get(op)->kind : OPERATION_PLAIN;
}

/* What has to be looked at before the engine sees any of it. */
static void request_inspect(struct session *s, const struct http_head *h, struct slice in,
                            struct request *r)
{
    r->refusal.status = 0;
    r->checks = gather_check_head(s, h, in.at, &r->v, &r->refusal);
    r->own = own_new(s, h->framing != HTTP_BODY_NONE, &r->v, &r->refusal);
    r->asks = r->own != NULL && !own_is_known(r->own);
    r->gather = r->checks || is_gathered(h, r->kind);
    if (verdict_may_pass(r->v.kind)) {
        r->refusal.status = 0; /* only observed */
    }
}

/* Its head for the engine, and a place within the policy's limits. */
static void request_prepare(struct session *s, const struct http_head *h, struct slice in,
                            struct request *r)
{
    r->forward = (struct slice){0};
    if (verdict_may_pass(r->v.kind)) {
        r->forward =
            forward_head(s->worker, h, in.at, r->kind, s->policy->answers != NULL, r->gather);
        if (r->forward.len == 0) {
            r->v.kind = VERDICT_REJECT;
            r->v.refusal = HTTP_REFUSAL_HEAD_TOO_LARGE;
        }
    }
    r->excess = request_ask(s, h, r->kind, &r->v, &r->retry_s);
}

/* Makes the exchange. False: no memory, which the client is told. */
static bool request_keep(struct session *s, const struct http_head *h, struct slice in,
                         struct request *r)
{
    bool passes = verdict_may_pass(r->v.kind);
    bool in_quota = s->policy->quota != NULL && r->excess == QUOTA_FREE && passes;
    bool undecided = (r->checks || r->asks) && passes;
    s->exchange = request_exchange(s, h, in.at, &r->v, r->forward, undecided);
    if (s->exchange == NULL) {
        if (in_quota) {
            quota_give(s->policy->quota, r->kind);
        }
        own_free(r->own);
        session_answer_own(s, 503, SLICE("503 Service Unavailable: the gate is out of memory."),
                           true);
        return false;
    }
    struct exchange *x = s->exchange;
    x->own = r->own;
    x->upgrade = r->kind == OPERATION_UPGRADE && h->upgrade.len > 0;
    x->in_quota = in_quota;
    x->retry_s = r->excess != QUOTA_FREE && r->excess != QUOTA_BODY ? r->retry_s : 0;
    x->view_reason = r->view_reason;
    return true;
}

/* Answers it, or sends it on its way. */
static void request_go(struct session *s, const struct request *r)
{
    const struct verdict *v = &r->v;
    if (r->refusal.status != 0 && !verdict_may_pass(v->kind)) {
        gather_refuse(s, &r->refusal);
    } else if (v->kind == VERDICT_REJECT) {
        s->up = UP_DISCARD;
        request_refuse(s, v->refusal);
    } else if (v->kind == VERDICT_DENY && r->excess != QUOTA_FREE) {
        request_over(s, r->excess);
    } else if (v->kind == VERDICT_DENY) {
        request_denied(s);
    } else if (r->gather) {
        gather_begin(s, r->checks);
    } else if (r->asks) {
        own_ask(s, false, false);
    } else {
        own_dial(s);
    }
}

void request_begin(struct session *s, const struct http_head *h, struct slice in)
{
    __attribute__((uninitialized)) struct request r; /* each step sets what the next ones read */
    timer_stop(&s->timer);
    request_decide(s, h, in, &r);
    request_inspect(s, h, in, &r);
    request_prepare(s, h, in, &r);
    if (request_keep(s, h, in, &r) && request_head_done(s, in, h->len)) {
        request_go(s, &r);
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
    request_refuse(s, (enum http_refusal)h->refusal);
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
