/* Look-ups: a request is written, its answer read whole. */
#include "gate/lookup.h"

#include "gate/worker.h"
#include "http/grammar.h"

#include <errno.h>
#include <stdlib.h>

/* Reads in one go before others get their turn. */
#define LOOKUP_BUDGET 4

enum lookup_state {
    LOOKUP_DIAL,    /* the engine's backlog is full: dialled again by a timer */
    LOOKUP_CONNECT, /* the connection is under way */
    LOOKUP_HEAD,    /* the request is written, the answer's head expected */
    LOOKUP_BODY,
    LOOKUP_FAILED, /* told in the loop's next turn */
};

struct lookup {
    struct worker *worker;
    struct lookup *next; /* the worker's list */
    struct lookup *prev;
    struct engine *engine; /* NULL in LOOKUP_DIAL and LOOKUP_FAILED */
    struct timer deadline;
    struct timer redial;
    struct way way;      /* to an engine that has a name */
    lookup_piece *piece; /* NULL: the body is kept for `done` */
    lookup_done *done;
    void *context;
    struct bytes in; /* part of the answer's head */
    struct bytes body;
    size_t body_max;
    uint64_t left; /* bytes of a counted body */
    struct http_chunk chunk;
    uint32_t len; /* of the request */
    uint32_t sent;
    uint16_t status;
    uint8_t state;   /* enum lookup_state */
    uint8_t framing; /* enum http_framing */
    uint8_t interim;
    bool keep_alive; /* the engine's connection may go on after it */
    bool retried;    /* on a second connection */
    bool endless;
    bool due; /* to be run in the loop's next turn */
    struct http_head head;
    char request[];
};

#define OF(timer_, member)                                                                         \
    ((struct lookup *)(void *)((char *)(timer_)-offsetof(struct lookup, member)))

static void release_engine(struct lookup *l, bool keep)
{
    struct engine *e = l->engine;

    if (e == NULL) {
        return;
    }
    l->engine = NULL;
    if (keep) {
        engine_put(l->worker, e);
    } else {
        engine_close(e);
    }
}

/* Leaves every list but that of the dead, who are freed at the end of the turn. */
static void lookup_end(struct lookup *l, bool keep)
{
    struct worker *w = l->worker;

    timer_stop(&l->deadline);
    timer_stop(&l->redial);
    release_engine(l, keep);
    if (l->prev != NULL) {
        l->prev->next = l->next;
    } else {
        w->lookups = l->next;
    }
    if (l->next != NULL) {
        l->next->prev = l->prev;
    }
    w->nlookups--;
    if (l->due) {
        w->nlookups_due--;
    }
    bytes_free(&l->in);
    l->next = w->dead_lookups;
    w->dead_lookups = l;
}

/* The end of a look-up that has begun: with its status, or 0. */
static void lookup_finish(struct lookup *l, unsigned status)
{
    lookup_done *done = l->done;
    void *context = l->context;
    struct bytes body = l->body;
    /* A connection is used again when its answer has an end of its own, and none was sent behind.
     */
    bool keep = status != 0 && l->keep_alive && l->framing != HTTP_BODY_CLOSE && l->sent == l->len;

    lookup_end(l, keep);
    done(context, status, status != 0 ? bytes_slice(&body) : (struct slice){0});
    bytes_free(&body);
}

static void run_later(struct lookup *l)
{
    if (!l->due) {
        l->due = true;
        l->worker->nlookups_due++;
    }
}

/* ---- dialling ---- */

/* Where the dial fails at once it is told later: who began it is not ready to hear it. */
static void dial_failed(struct lookup *l, int error)
{
    struct worker *w = l->worker;

    if (error == EAGAIN || error == EINPROGRESS) {
        l->state = LOOKUP_DIAL;
        timer_start(&w->lookup_dial_timers, &l->redial, w->now_us);
        return;
    }
    counter_add(&w->counters, COUNTER_DIAL_FAILED, 1);
    l->state = LOOKUP_FAILED;
    run_later(l);
}

static void dial(struct lookup *l)
{
    struct worker *w = l->worker;
    bool connecting = false;
    struct engine *e = l->retried ? NULL : engine_take(w);

    if (e == NULL) {
        e = engine_dial(w, NULL, &l->way, &connecting);
    }
    if (e == NULL) {
        dial_failed(l, errno);
        return;
    }
    e->lookup = l;
    l->engine = e;
    l->sent = 0;
    l->state = connecting ? LOOKUP_CONNECT : LOOKUP_HEAD;
}

/* ---- the request ---- */

static void write_request(struct lookup *l)
{
    struct stream *engine = &l->engine->stream;

    while (l->sent < l->len && engine->writable) {
        struct iovec part = {l->request + l->sent, l->len - l->sent};
        ssize_t n = stream_write(engine, &part, 1);

        if (n < 0) {
            engine->readable = true; /* reading tells what became of it */
            return;
        }
        l->sent += (uint32_t)n;
    }
}

/* ---- the answer ---- */

static bool body_add(struct lookup *l, struct slice payload)
{
    if (l->piece != NULL) {
        return payload.len == 0 || l->piece(l->context, l->status, payload);
    }
    return payload.len <= l->body_max - l->body.len && bytes_append(&l->body, payload);
}

static enum http_step body_chunks(struct lookup *l, struct slice in, struct slice *rest)
{
    enum http_step step = HTTP_MORE;

    while (step == HTTP_MORE && in.len > 0) {
        size_t used;
        struct slice payload;

        step = http_chunk_read(&l->chunk, in, &used, &payload);
        in = slice_sub(in, used, in.len);
        if (step != HTTP_REFUSED && !body_add(l, payload)) {
            step = HTTP_REFUSED;
        }
    }
    *rest = in;
    return step;
}

/* Takes what `in` holds of the body. */
static enum http_step body_take(struct lookup *l, struct slice in)
{
    struct slice rest = {0};
    enum http_step step = HTTP_MORE;

    switch ((enum http_framing)l->framing) {
    case HTTP_BODY_NONE:
        step = HTTP_DONE;
        rest = in;
        break;
    case HTTP_BODY_LENGTH:
        rest = slice_sub(in, l->left < in.len ? (size_t)l->left : in.len, in.len);
        in.len -= rest.len;
        l->left -= in.len;
        step = !body_add(l, in) ? HTTP_REFUSED : l->left == 0 ? HTTP_DONE : HTTP_MORE;
        break;
    case HTTP_BODY_CHUNKED:
        step = body_chunks(l, in, &rest);
        break;
    case HTTP_BODY_CLOSE:
        step = body_add(l, in) ? HTTP_MORE : HTTP_REFUSED;
        break;
    }
    if (rest.len > 0) {
        l->keep_alive = false; /* what the engine says behind its answer is nobody's answer */
    }
    return step;
}

/* The head is complete; `in` begins with it. An interim one is skipped. */
static enum http_step head_take(struct lookup *l, struct slice in)
{
    const struct http_head *h = &l->head;
    struct slice rest = slice_sub(in, h->len, in.len);

    if (h->status == 101 || (h->status < 200 && ++l->interim > LIMIT_INTERIM)) {
        return HTTP_REFUSED;
    }
    if (h->status < 200) {
        struct bytes old = l->in; /* `rest` may look into it */
        l->in = (struct bytes){0};
        http_head_reset(&l->head);
        bool kept = bytes_append(&l->in, rest);
        bytes_free(&old);
        return kept ? HTTP_MORE : HTTP_REFUSED;
    }
    if (http_head_value(h, in.at, SLICE("Content-Encoding")).at != NULL ||
        (l->piece == NULL && h->framing == HTTP_BODY_LENGTH && h->content_length > l->body_max)) {
        return HTTP_REFUSED;
    }
    l->status = h->status;
    l->framing = h->framing;
    l->keep_alive = h->keep_alive;
    l->left = h->framing == HTTP_BODY_LENGTH ? h->content_length : 0;
    l->state = LOOKUP_BODY;
    if (l->endless) {
        timer_stop(&l->deadline);
    }
    enum http_step step = HTTP_REFUSED;
    if (l->piece == NULL || l->piece(l->context, l->status, SLICE(""))) {
        step = body_take(l, rest);
    }
    bytes_free(&l->in);
    return step;
}

/* Heads may come in pieces: these are kept together until it is whole. */
static enum http_step head_read(struct lookup *l, struct slice more)
{
    enum http_step step = HTTP_MORE;

    if (!bytes_append(&l->in, more)) {
        return HTTP_REFUSED;
    }
    while (step == HTTP_MORE && l->state == LOOKUP_HEAD && l->in.len > 0) {
        struct slice in = bytes_slice(&l->in);

        step = http_response_read(&l->head, in, false);
        if (step == HTTP_MORE) {
            return HTTP_MORE;
        }
        if (step == HTTP_DONE) {
            step = head_take(l, in);
        }
    }
    return step;
}

/* The engine has closed the connection. One that was kept alive may have been closed before the
 * request came: a look-up changes nothing, so it is asked once more. */
static void answer_ended(struct lookup *l, bool broken)
{
    if (l->state == LOOKUP_BODY && l->framing == HTTP_BODY_CLOSE && !broken) {
        lookup_finish(l, l->status);
        return;
    }
    if (l->state == LOOKUP_HEAD && l->engine->reused && !l->retried && l->in.len == 0) {
        l->retried = true;
        counter_add(&l->worker->counters, COUNTER_RETRIED, 1);
        release_engine(l, false);
        dial(l);
        if (l->state == LOOKUP_HEAD) {
            write_request(l);
        }
        return;
    }
    lookup_finish(l, 0);
}

/* True: there may be more to do at once. */
static bool answer_step(struct lookup *l)
{
    struct worker *w = l->worker;
    ssize_t n = stream_read(&l->engine->stream, w->in, LIMIT_READ);

    if (n == STREAM_AGAIN) {
        return false;
    }
    if (n <= 0) {
        answer_ended(l, n == STREAM_BROKEN);
        return false;
    }
    struct slice in = slice_of(w->in, (size_t)n);
    enum http_step step = l->state == LOOKUP_HEAD ? head_read(l, in) : body_take(l, in);
    if (step != HTTP_MORE) {
        lookup_finish(l, step == HTTP_DONE ? l->status : 0);
    }
    return step == HTTP_MORE;
}

void lookup_run(struct lookup *l)
{
    if (l->state == LOOKUP_CONNECT) {
        if (!l->engine->stream.writable) {
            return;
        }
        int error = stream_connected(&l->engine->stream);
        if (error != 0) {
            release_engine(l, false);
            if (engine_dial_again(l->worker, &l->way, error)) {
                dial(l);
            } else {
                dial_failed(l, error);
            }
            if (l->state != LOOKUP_HEAD) {
                return;
            }
        } else {
            engine_reached(l->worker, &l->way);
            l->state = LOOKUP_HEAD;
        }
    }
    write_request(l);
    for (int budget = LOOKUP_BUDGET; l->engine->stream.readable; budget--) {
        if (budget == 0) {
            run_later(l);
            return;
        }
        if (!answer_step(l)) {
            return;
        }
    }
}

/* ---- the worker's ---- */

void lookup_expired(struct timer *deadline)
{
    lookup_finish(OF(deadline, deadline), 0);
}

void lookup_redial(struct timer *redial)
{
    struct lookup *l = OF(redial, redial);

    dial(l);
    if (l->state == LOOKUP_HEAD) {
        write_request(l);
    }
}

void lookup_run_due(struct worker *w)
{
    /* Who is told may begin or cancel others, so the list is looked through anew each time; those
     * that are due again have the next turn. */
    for (unsigned n = w->nlookups_due; n > 0 && w->nlookups_due > 0; n--) {
        struct lookup *l = w->lookups;

        while (!l->due) {
            l = l->next;
        }
        l->due = false;
        w->nlookups_due--;
        if (l->state == LOOKUP_FAILED) {
            lookup_finish(l, 0);
        } else {
            lookup_run(l);
        }
    }
}

void lookup_bury(struct worker *w)
{
    while (w->dead_lookups != NULL) {
        struct lookup *l = w->dead_lookups;

        w->dead_lookups = l->next;
        free(l);
    }
}

static bool is_target(struct slice target)
{
    return target.len > 0 && target.len <= LIMIT_TARGET && target.at[0] == '/' &&
           http_skip(target.at, 0, target.len, HTTP_CLASS_VISIBLE) == target.len;
}

static struct lookup *begin(struct worker *w, struct slice target, const struct lookup *how)
{
    static const struct slice head = SLICE_INIT("GET ");
    static const struct slice tail = SLICE_INIT(" HTTP/1.1\r\nHost: docker\r\n\r\n");
    size_t len = head.len + target.len + tail.len;

    if (w->nlookups >= LIMIT_LOOKUPS || !is_target(target)) {
        return NULL;
    }
    struct lookup *l = calloc(1, sizeof(*l) + len);
    if (l == NULL) {
        return NULL;
    }
    *l = *how;
    struct buf b;
    buf_init(&b, l->request, len);
    (void)(buf_put(&b, head) && buf_put(&b, target) && buf_put(&b, tail)); /* it was measured */
    l->worker = w;
    l->len = (uint32_t)len;
    l->next = w->lookups;
    if (w->lookups != NULL) {
        w->lookups->prev = l;
    }
    w->lookups = l;
    w->nlookups++;
    timer_start(&w->lookup_timers, &l->deadline, w->now_us);
    dial(l);
    if (l->state == LOOKUP_HEAD) {
        write_request(l);
    }
    return l;
}

struct lookup *lookup_begin(struct worker *w, struct slice target, size_t body_max,
                            lookup_done *done, void *context)
{
    return begin(w, target,
                 &(struct lookup){.body_max = body_max, .done = done, .context = context});
}

struct lookup *lookup_stream(struct worker *w, struct slice target, bool endless,
                             lookup_piece *piece, lookup_done *done, void *context)
{
    return begin(
        w, target,
        &(struct lookup){.endless = endless, .piece = piece, .done = done, .context = context});
}

void lookup_cancel(struct lookup *l)
{
    if (l != NULL) {
        bytes_free(&l->body);
        lookup_end(l, false);
    }
}
