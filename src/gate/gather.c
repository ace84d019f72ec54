/* Gathering: a body is read whole before the engine sees any of it, checked where the policy says
 * so, and sent with a length of our own. */
#include "gate/gather.h"

#include "gate/own.h"
#include "gate/request.h"
#include "gate/worker.h"

static const struct slice NO_BODY = {NULL, 0};

/* What a refusal makes of a verdict. What nobody can read in one way only is refused even where the
 * policy is only observed. */
static void refuse(const struct gate_policy *p, const struct requests_refusal *r, struct verdict *v)
{
    v->option = OPTION_NONE;
    v->rule = r->rule;
    if (r->status != 403) {
        v->kind = VERDICT_REJECT;
        v->refusal = r->status == 413   ? HTTP_REFUSAL_BODY_TOO_LARGE
                     : r->status == 415 ? HTTP_REFUSAL_BODY_TYPE
                                        : HTTP_REFUSAL_BAD_BODY;
    } else {
        v->kind = p->observe ? VERDICT_WOULD_DENY : VERDICT_DENY;
    }
}

static void set_refusal(struct requests_refusal *r, unsigned status, struct slice rule,
                        struct slice text)
{
    r->status = status;
    r->rule = rule;
    r->len = text.len;
    memcpy(r->text, text.at, text.len);
}

/* What is known of the body before it is there. False: refused. */
static bool check_length(const struct requests_policy *p, const struct http_head *h,
                         enum operation_id op, struct requests_refusal *refusal)
{
    struct buf none;

    if (h->framing == HTTP_BODY_LENGTH && h->content_length > LIMIT_BODY) {
        set_refusal(refusal, 413, SLICE("requests"), SLICE("the body is too long to be checked"));
        return false;
    }
    buf_init(&none, NULL, 0);
    return h->framing != HTTP_BODY_NONE || requests_check_body(p, op, NO_BODY, &none, refusal);
}

/* What limits a query would be void if the body said it again, and what it names as well. */
static bool replaces_query(const struct gate_policy *p, const struct requests_head *h, bool asks)
{
    const struct query_limits *limits = p->operations->query;
    bool counts = asks || p->own != NULL ||
                  (limits != NULL && operation_set_has(&limits->some, h->operation));

    return counts && h->has_body && requests_is_form(h->operation, h->content_type);
}

bool gather_check_head(const struct session *s, const struct http_head *h, const char *head,
                       struct verdict *v, struct requests_refusal *refusal)
{
    const struct requests_policy *p = s->policy->requests;
    enum operation_id op = v->match.operation;
    bool asks = v->kind == VERDICT_ASK;

    if ((p == NULL && s->policy->operations->query == NULL && s->policy->own == NULL && !asks) ||
        op >= OPERATION_COUNT || !verdict_may_pass(v->kind)) {
        return false;
    }
    struct requests_head what = {
        .operation = op,
        .version = v->match.version,
        .name = v->match.names[0],
        .content_type = http_head_value(h, head, SLICE("Content-Type")),
        .content_encoding = http_head_value(h, head, SLICE("Content-Encoding")),
        .query = v->target.query,
        .has_body = h->framing != HTTP_BODY_NONE,
    };
    if (replaces_query(s->policy, &what, asks)) {
        set_refusal(refusal, 415, SLICE("query"),
                    SLICE("forms are not accepted: their values take the place of the query"));
        refuse(s->policy, refusal, v);
        return false;
    }
    if (p == NULL) {
        return false;
    }
    bool wanted = requests_wants_body(op);
    if (!requests_check_head(p, &what, refusal) || (wanted && !check_length(p, h, op, refusal))) {
        refuse(s->policy, refusal, v);
        return false;
    }
    return wanted && what.has_body;
}

/* "403 Forbidden: HostConfig.Privileged: …" */
static struct slice message(const struct requests_refusal *r, struct buf *b)
{
    (void)buf_putf(b, "%u %s: ", r->status,
                   r->status == 403   ? "Forbidden"
                   : r->status == 413 ? "Content Too Large"
                   : r->status == 415 ? "Unsupported Media Type"
                   : r->status == 503 ? "Service Unavailable"
                                      : "Bad Request");
    (void)buf_put(b, slice_of(r->text, r->len));
    return buf_slice(b);
}

void gather_refuse(struct session *s, const struct requests_refusal *refusal)
{
    char text[REQUESTS_REFUSAL_MAX + 64];
    struct buf b;

    buf_init(&b, text, sizeof(text));
    request_answer(s, refusal->status, message(refusal, &b));
}

void gather_begin(struct session *s, bool checks)
{
    s->exchange->checks = checks;
    s->up = UP_GATHER;
    if (checks) {
        timer_start(&s->worker->head_timers, &s->timer, s->worker->now_us);
    }
}

void gather_decided(struct session *s)
{
    struct worker *w = s->worker;
    struct exchange *x = s->exchange;

    if (!x->undecided) {
        return;
    }
    x->undecided = false;
    counters_request(&w->counters, &x->verdict, x->started_us);
}

void gather_late(struct session *s)
{
    s->exchange->verdict.kind = VERDICT_REJECT;
    s->exchange->verdict.refusal = HTTP_REFUSAL_BAD_BODY;
    gather_decided(s);
    session_answer_own(
        s, 408, SLICE("408 Request Timeout: the request body did not arrive in time."), true);
}

/* Refuses a body of which all, or too much, is here. */
static void refuse_body(struct session *s, const struct requests_refusal *r, bool complete)
{
    struct exchange *x = s->exchange;
    char text[REQUESTS_REFUSAL_MAX + 64];
    struct buf b;

    refuse(x->policy, r, &x->verdict);
    gather_decided(s);
    bytes_free(&x->engine_out);
    s->up = complete ? UP_HELD : UP_DISCARD;
    buf_init(&b, text, sizeof(text));
    session_answer_own(s, r->status, message(r, &b), !complete || !x->keep_alive);
}

/* Puts what the check wrote in the place of a complete body. False: refused, or no memory. */
static bool check_body(struct session *s)
{
    struct exchange *x = s->exchange;
    const struct requests_policy *p = x->policy->requests;
    struct requests_refusal refusal;
    struct bytes checked = {0};
    struct buf out;

    size_t room = x->engine_out.len + requests_growth(p);
    buf_init(&out, bytes_room(&checked, room), room);
    if (out.at == NULL) {
        session_close(s, true);
        return false;
    }
    enum operation_id op = x->verdict.match.operation;
    /* Where nobody says what may be reached, only the path's name may be asked about. */
    bool named = x->own != NULL && x->policy->own != NULL;
    struct owned_names *names = named ? own_names(x->own) : NULL;
    if (requests_check_owned(p, op, bytes_slice(&x->engine_out), names, &out, &refusal)) {
        if (x->own != NULL && !own_is_known(x->own)) {
            bytes_free(&checked); /* checked once more when it is known what it names */
            return true;
        }
        checked.len = (uint32_t)out.len;
        bytes_free(&x->engine_out);
        x->engine_out = checked;
        gather_decided(s);
        return true;
    }
    bytes_free(&checked);
    if (refusal.status == 403 && x->policy->observe) {
        refuse(x->policy, &refusal, &x->verdict);
        gather_decided(s);
        return true; /* the very bytes that were looked at */
    }
    refuse_body(s, &refusal, true);
    return false;
}

/* A gathered body is complete, or too long to be kept: the head gets its framing and goes. */
static void gather_done(struct session *s, bool complete)
{
    struct exchange *x = s->exchange;
    char text[64];
    struct buf b;

    if (x->checks && !check_body(s)) {
        return;
    }
    if (x->own != NULL && !own_is_known(x->own)) {
        own_ask(s, true, complete);
        return;
    }
    struct bytes body = x->engine_out;
    x->engine_out = (struct bytes){0};
    buf_init(&b, text, sizeof(text));
    if (complete) {
        buf_put(&b, SLICE("Content-Length: "));
        buf_put_u64(&b, body.len);
        buf_put(&b, SLICE("\r\n\r\n"));
    } else {
        buf_put(&b, SLICE("Transfer-Encoding: chunked\r\n\r\n"));
        buf_put_hex(&b, body.len);
        buf_put(&b, SLICE("\r\n"));
    }
    bool ok = bytes_append(&x->engine_out, buf_slice(&b)) &&
              bytes_append(&x->engine_out, bytes_slice(&body)) &&
              (complete || bytes_append(&x->engine_out, SLICE("\r\n")));
    bytes_free(&body);
    if (!ok) {
        session_close(s, true);
        return;
    }
    if (complete) {
        x->up_framing = HTTP_BODY_NONE;
    }
    own_dial(s);
}

void gather_resume(struct session *s, bool complete)
{
    gather_done(s, complete);
}

/* Takes what `in` holds of the body. `*used` of it are done with; HTTP_REFUSED where it is
 * malformed. False: no memory. */
static bool gather_take(struct exchange *x, struct slice in, size_t *used, enum http_step *step)
{
    struct iovec parts[BODY_PIECES];
    int nparts;
    size_t total;

    if (x->up_framing == HTTP_BODY_LENGTH) {
        *used = in.len < x->up_left ? in.len : (size_t)x->up_left;
        x->up_left -= *used;
        x->bytes_in += *used;
        *step = x->up_left == 0 ? HTTP_DONE : HTTP_MORE;
        return bytes_append(&x->engine_out, slice_sub(in, 0, *used));
    }
    *step = request_body_pieces(&x->up_chunk, in, parts, &nparts, used, &total);
    x->bytes_in += total;
    for (int i = 0; i < nparts; i++) {
        if (!bytes_append(&x->engine_out, slice_of(parts[i].iov_base, parts[i].iov_len))) {
            return false;
        }
    }
    return true;
}

/* All bodies that a worker gathers to check take LIMIT_GATHERED at most. False: there is no place
 * for this one, or it is too long. */
static bool gather_has_place(struct session *s, size_t before)
{
    struct worker *w = s->worker;
    struct exchange *x = s->exchange;
    struct requests_refusal refusal;
    size_t more = x->engine_out.len - before;

    x->gathered += (uint32_t)more;
    w->gathered += more;
    if (x->engine_out.len > LIMIT_BODY) {
        set_refusal(&refusal, 413, SLICE("requests"), SLICE("the body is too long to be checked"));
    } else if (w->gathered > LIMIT_GATHERED) {
        set_refusal(&refusal, 503, SLICE("requests"), SLICE("too many bodies are checked at once"));
    } else {
        return true;
    }
    refuse_body(s, &refusal, false);
    return false;
}

bool session_step_gather(struct session *s)
{
    struct exchange *x = s->exchange;
    if (!request_continue(s)) {
        return true;
    }
    struct slice in;
    ssize_t n = session_read(s, &in);
    if (n == STREAM_AGAIN) {
        return false;
    }
    if (n <= 0) {
        request_body_broken(s, x->up_framing == HTTP_BODY_CHUNKED ? HTTP_REFUSAL_BAD_CHUNK
                                                                  : HTTP_REFUSAL_BAD_LENGTH);
        return true;
    }
    size_t before = x->engine_out.len;
    size_t used;
    enum http_step step;
    if (!gather_take(x, in, &used, &step)) {
        session_close(s, true);
        return true;
    }
    if (step == HTTP_REFUSED || request_body_over(x)) {
        request_body_refused(s);
        return true;
    }
    if (!session_keep(s, in, used) || (x->checks && !gather_has_place(s, before))) {
        return true;
    }
    if (step == HTTP_DONE || (!x->checks && x->engine_out.len > LIMIT_AHEAD)) {
        gather_done(s, step == HTTP_DONE);
    }
    return true;
}
