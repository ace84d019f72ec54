/* From the client: bodies are passed on as the gate has read them, those of refused requests are
 * read and dropped, and what follows a request is held back until it is answered. */
#include "gate/gather.h"
#include "gate/request.h"
#include "gate/worker.h"

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
    request_refuse(s, refusal);
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
    if (s->down == DOWN_DIAL || s->down == DOWN_CONNECT || !session_pass_on(s) ||
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
    session_client_gone(s);
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
    if (n == STREAM_END) {
        session_linger(s); /* the answer may still wait to be written */
        return true;
    }
    if (n < 0) {
        session_close(s, true);
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
