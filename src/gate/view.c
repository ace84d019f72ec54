/* From the engine to a client that may not see everything: bodies pass through the filter
 * (inspect/answers) and are framed anew, since nobody knows their length before their end. */
#include "gate/asking.h"
#include "gate/worker.h"
#include "sys/log.h"

/* What is read of a body at once. Less than of others: what the client does not take of it waits.
 */
#define VIEW_READ (4 * ANSWERS_PIECE)

/* As much as this is written at once. */
#define VIEW_WRITE (2 * ANSWERS_PIECE)

struct slice session_view_decide(const struct session *s, struct verdict *v)
{
    const struct gate_policy *policy = s->policy;
    struct slice reason = {0};
    if (policy->answers != NULL && verdict_may_pass(v->kind) &&
        v->match.operation < OPERATION_COUNT) {
        reason = answers_refusal(policy->answers, v->match.operation, v->target.query);
    }
    if (reason.len > 0) {
        v->kind = policy->observe ? VERDICT_WOULD_DENY : VERDICT_DENY;
        v->option = OPTION_NONE;
        v->rule = SLICE("view");
    }
    return reason;
}

static struct iovec part_of(struct slice s)
{
    return (struct iovec){(void *)(uintptr_t)s.at, s.len};
}

static bool write_parts(struct session *s, struct iovec *parts, int nparts)
{
    if (session_write_client(s, parts, nparts) < 0) {
        session_close(s, true);
        return false;
    }
    return true;
}

/* The answer can't be shown as a whole: 502 where its head still waits, else it is cut. */
static void view_fail(struct session *s, struct slice message)
{
    struct exchange *x = s->exchange;
    if (x->view_head.len > 0) {
        x->status = 0; /* nothing of it is out */
        s->down = DOWN_HEAD;
    }
    session_fail(s, 502, message);
}

/* Writes what the filter has ready, behind the head if that still waits. `last`: the body ends
 * here. */
static bool write_ready(struct session *s, bool last)
{
    struct exchange *x = s->exchange;
    struct slice payload = answers_ready(x->view);
    char text[24];
    struct buf size;
    struct slice tail = {0};
    if (payload.len == 0 && !last) {
        return true;
    }
    if (session_answer_excess(x, payload.len)) {
        view_fail(s, session_excess_text);
        return false;
    }
    buf_init(&size, text, sizeof(text));
    if (x->minor > 0 && payload.len > 0) {
        buf_put_hex(&size, payload.len);
        buf_put(&size, SLICE("\r\n"));
        tail = last ? SLICE("\r\n0\r\n\r\n") : SLICE("\r\n");
    } else if (x->minor > 0) {
        tail = SLICE("0\r\n\r\n");
    }
    struct iovec parts[] = {part_of(bytes_slice(&x->view_head)), part_of(buf_slice(&size)),
                            part_of(payload), part_of(tail)};
    if (!write_parts(s, parts, 4)) {
        return false;
    }
    x->bytes_out += payload.len;
    bytes_free(&x->view_head);
    answers_taken(x->view);
    return true;
}

/* Said once an answer: whoever makes such things could else fill the log. */
static void say_left_out(struct session *s)
{
    const struct operation *o = operation_get(s->exchange->verdict.match.operation);
    if (answers_left_out(s->exchange->view)) {
        sys_log(
            "an answer to %.*s %.*s has a part that is too large, which was left out under a view",
            (int)o->method.len, o->method.at, (int)o->path.len, o->path.at);
    }
}

static void view_refused(struct session *s)
{
    const struct operation *o = operation_get(s->exchange->verdict.match.operation);
    sys_log("an answer to %.*s %.*s is not understood, or has a part that is too large, and was "
            "not passed on under a view",
            (int)o->method.len, o->method.at, (int)o->path.len, o->path.at);
    view_fail(s, SLICE("502 Bad Gateway: the container engine's answer is not understood, or has a "
                       "part that is too large, so what it hides can't be told."));
}

/* What the client asked for is not visible: the head that waits becomes that of the engine's own
 * 404. Its other fields stay, so that it looks like one. */
static void view_hidden(struct session *s)
{
    struct exchange *x = s->exchange;
    struct slice head = bytes_slice(&x->view_head);
    struct slice method = slice_of(x->bytes, x->method_len);
    struct http_target target;
    struct api_match match = {0};
    char text[1024];
    char storage[64];
    struct buf body;
    struct buf length;
    if (head.at == NULL) { /* streams are never hidden as a whole */
        session_close(s, true);
        return;
    }
    (void)http_target_read(slice_of(x->bytes + x->method_len, x->target_len), s->worker->room.path,
                           &target); /* it was read before */
    (void)api_match(method, target.path, &match);
    buf_init(&body, text, sizeof(text));
    buf_init(&length, storage, sizeof(storage));
    answers_put_absent(match.operation, match.names[0], &body);
    buf_put(&length, SLICE("Content-Length: "));
    buf_put_u64(&length, body.len);
    buf_put(&length, SLICE("\r\n"));
    struct slice framing = SLICE("Transfer-Encoding: chunked\r\n");
    size_t start = slice_find(head, '\n') + 1;
    const char *at = memmem(head.at, head.len, framing.at, framing.len);
    size_t fields = at == NULL ? head.len - 2 : (size_t)(at - head.at);
    size_t rest = at == NULL ? fields : fields + framing.len;
    struct iovec parts[] = {
        part_of(SLICE("HTTP/1.1 404 Not Found\r\n")),
        part_of(slice_sub(head, start, fields - start)),
        part_of(buf_slice(&length)),
        part_of(slice_sub(head, rest, head.len)),
        part_of(buf_slice(&body)),
    };
    if (!write_parts(s, parts, 5)) {
        return;
    }
    x->status = 404;
    x->bytes_out = body.len;
    x->engine_keep_alive = false; /* the rest of its body is not read */
    session_answer_done(s);
}

/* Asks the engine what the view has to know. False: no memory. */
static bool ask(struct session *s)
{
    struct exchange *x = s->exchange;
    if (x->asking == NULL) {
        x->asking = asking_new(s);
    }
    if (x->asking != NULL) {
        asking_begin(x->asking);
    }
    return x->asking != NULL;
}

/* Gives the filter a part of the body, or keeps it while the filter waits. False: the answer is
 * over. */
static bool view_feed(struct session *s, struct slice payload)
{
    struct exchange *x = s->exchange;
    bool goes_on = s->down != DOWN_ASKED;
    while (goes_on) {
        struct slice piece = slice_sub(payload, 0, ANSWERS_PIECE);
        enum answers_step step = answers_feed(x->view, piece);
        size_t used = piece.len - (step == ANSWERS_ASK ? answers_rest(x->view).len : 0);
        payload = slice_sub(payload, used, payload.len);
        say_left_out(s);
        if (step == ANSWERS_ASK && !ask(s)) {
            session_close(s, true);
            return false;
        }
        if (step == ANSWERS_REFUSED) {
            view_refused(s);
            return false;
        }
        if (step == ANSWERS_HIDDEN) {
            view_hidden(s);
            return false;
        }
        if (answers_ready(x->view).len >= VIEW_WRITE && !write_ready(s, false)) {
            return false;
        }
        goes_on = s->down != DOWN_ASKED && (payload.len > 0 || step == ANSWERS_ASK);
    }
    if (payload.len > 0 && !asking_keep(x->asking, payload)) {
        session_close(s, true);
        return false;
    }
    return true;
}

static void view_end(struct session *s)
{
    if (answers_end(s->exchange->view) != ANSWERS_OK) {
        view_refused(s);
    } else if (write_ready(s, true)) {
        session_answer_done(s);
    }
}

/* Takes the payload out of `in`, as the engine has framed it. HTTP_DONE: the body ends. False: the
 * answer is over already. */
static bool view_unframe(struct session *s, struct slice in, enum http_step *step)
{
    struct exchange *x = s->exchange;
    struct slice payload = in;
    *step = HTTP_MORE;
    while (x->down_framing == HTTP_BODY_CHUNKED && *step == HTTP_MORE && in.len > 0) {
        size_t used;
        *step = http_chunk_read(&x->down_chunk, in, &used, &payload);
        in = slice_sub(in, used, in.len);
        if (*step != HTTP_REFUSED && !view_feed(s, payload)) {
            return false;
        }
    }
    if (x->down_framing == HTTP_BODY_LENGTH) {
        payload = slice_sub(in, 0, x->down_left < in.len ? (size_t)x->down_left : in.len);
        in = slice_sub(in, payload.len, in.len);
        x->down_left -= payload.len;
        *step = x->down_left == 0 ? HTTP_DONE : HTTP_MORE;
    }
    if (*step == HTTP_DONE && in.len > 0) {
        x->engine_keep_alive = false; /* what stands behind an answer is nobody's */
    }
    return x->down_framing == HTTP_BODY_CHUNKED || view_feed(s, payload);
}

static void view_emit(struct session *s, struct slice in)
{
    enum http_step step;
    if (!view_unframe(s, in, &step)) {
        return;
    }
    if (step == HTTP_REFUSED) {
        view_fail(s, SLICE("502 Bad Gateway: the container engine's body is malformed."));
    } else if (step == HTTP_DONE && s->down == DOWN_ASKED) {
        asking_keep_end(s->exchange->asking);
    } else if (step == HTTP_DONE) {
        view_end(s);
    } else {
        (void)write_ready(s, false); /* closes the session itself when it fails */
    }
}

void session_view(struct session *s, struct slice head, struct slice in)
{
    struct exchange *x = s->exchange;
    /* Clients wait for a stream's head; of others it waits, since it may yet turn out wrong. */
    if (x->kind == OPERATION_STREAM) {
        struct iovec part = part_of(head);
        if (!write_parts(s, &part, 1) || !view_feed(s, (struct slice){0})) { /* it may ask first */
            return;
        }
    } else if (!bytes_append(&x->view_head, head)) {
        session_close(s, true);
        return;
    }
    if (in.len > 0) {
        view_emit(s, in);
    }
}

void session_view_told(struct session *s)
{
    struct bytes kept;
    bool ended = asking_take(s->exchange->asking, &kept);
    s->down = DOWN_BODY;
    if (view_feed(s, bytes_slice(&kept))) {
        if (ended && s->down == DOWN_ASKED) {
            asking_keep_end(s->exchange->asking);
        } else if (ended) {
            view_end(s);
        } else {
            (void)write_ready(s, false); /* closes the session itself when it fails */
        }
    }
    bytes_free(&kept);
}

bool session_step_view(struct session *s)
{
    struct stream *engine = &s->engine->stream;
    struct exchange *x = s->exchange;
    if (s->client_out.len > 0 || !engine->readable) {
        return false;
    }
    ssize_t n = stream_read(engine, s->worker->in, VIEW_READ);
    if (n == STREAM_AGAIN) {
        return false;
    }
    if (n > 0) {
        view_emit(s, slice_of(s->worker->in, (size_t)n));
    } else if (n == STREAM_END && x->down_framing == HTTP_BODY_CLOSE) {
        view_end(s);
    } else {
        view_fail(s, SLICE("502 Bad Gateway: the container engine closed the connection within its "
                           "answer."));
    }
    return true;
}
