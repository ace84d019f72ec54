/* Sessions: opening, moving, closing. The steps themselves stand in request.c (up), answer.c (down)
 * and tunnel.c. */
#include "gate/session.h"

#include "gate/asking.h"
#include "gate/callers.h"
#include "gate/own.h"
#include "gate/worker.h"
#include "sys/clock.h"

#include <stdlib.h>
#include <unistd.h>

/* Steps in one go before other sessions get their turn: two directions of 256 KiB each. */
#define RUN_BUDGET 8

/* A larger piece is written at once: copying it costs more than there is to gain. */
#define HELD_MAX 4096

/* Requests that may not be sent twice dial anew, so their connections would only pile up in the
 * pool: so many of them are kept for those that may. */
#define POOL_SPARE 16

static void session_ready(struct loop_watch *watch, uint32_t events)
{
    struct session *s = (struct session *)watch;
    if (s->closed) {
        return;
    }
    stream_note(&s->client, events);
    session_run(s);
}

void exchange_free(struct exchange *x)
{
    if (x != NULL) {
        if (x->in_quota) {
            quota_give(x->policy->quota, (enum operation_kind)x->kind);
        }
        bytes_free(&x->engine_out);
        bytes_free(&x->engine_in);
        snapshot_hold_put(x->policies);
        free(x->answer);
        answers_free(x->view);
        asking_free(x->asking);
        own_free(x->own);
        bytes_free(&x->view_head);
        exchanges_give(x);
    }
}

static void session_link(struct session *s)
{
    struct worker *w = s->worker;
    s->next = w->sessions;
    if (w->sessions != NULL) {
        w->sessions->prev = s;
    }
    w->sessions = s;
    atomic_fetch_add_explicit(&w->nsessions, 1, memory_order_relaxed);
}

static void session_unlink(struct session *s)
{
    if (s->prev != NULL) {
        s->prev->next = s->next;
    } else {
        s->worker->sessions = s->next;
    }
    if (s->next != NULL) {
        s->next->prev = s->prev;
    }
    atomic_fetch_sub_explicit(&s->worker->nsessions, 1, memory_order_relaxed);
}

void session_open(struct worker *w, const struct arrival *a, bool over_limit)
{
    struct session *s = calloc(1, sizeof(*s));
    if (s == NULL || !stream_open(&s->client, &w->loop, a->fd, session_ready)) {
        free(s);
        if (!over_limit) {
            peers_leave(&w->shared->peers, &a->who.peer);
        }
        (void)close(a->fd); /* nothing to be done about an error */
        return;
    }
    s->client.writable = true;
    s->worker = w;
    s->who = a->who;
    s->counted = !over_limit;
    session_link(s);
    callers_open(s);
    counter_add(&w->counters, over_limit ? COUNTER_REFUSED : COUNTER_ACCEPTED, 1);
    if (over_limit) {
        w->nrefused++;
        session_answer_own(s, 503, SLICE("503 Service Unavailable: too many connections."), true);
        session_run(s);
        return;
    }
    timer_start(&w->idle_timers, &s->timer, w->now_us);
    if (w->draining) {
        session_linger(s); /* it came with the order to stop */
        session_run(s);
    }
}

const struct gate_policy *session_policy(struct session *s)
{
    return callers_policy(s).policy;
}

void session_release_engine(struct session *s, bool keep)
{
    struct engine *e = s->engine;
    if (e == NULL) {
        return;
    }
    s->engine = NULL;
    if (keep) {
        engine_put(s->worker, e);
    } else {
        engine_close(e);
    }
}

void session_close(struct session *s, bool reset)
{
    struct worker *w = s->worker;
    if (s->closed) {
        return;
    }
    s->closed = true;
    if (s->exchange != NULL) {
        session_log(s, false);
        w->gathered -= s->exchange->gathered;
        exchange_free(s->exchange);
        s->exchange = NULL;
    }
    timer_stop(&s->timer);
    callers_forget(s);
    session_release_engine(s, false);
    stream_close(&s->client, reset);
    bytes_free(&s->ahead);
    bytes_free(&s->client_out);
    free(s->partial);
    s->partial = NULL;
    session_unlink(s);
    if (s->counted) {
        counter_add(&w->counters, COUNTER_CLOSED, 1);
        peers_leave(&w->shared->peers, &s->who.peer);
    } else {
        w->nrefused--;
    }
    s->next = w->dead_sessions;
    w->dead_sessions = s;
    worker_accept_resume(w);
}

ssize_t session_read(struct session *s, struct slice *in)
{
    struct worker *w = s->worker;
    bool partial = s->up == UP_HEAD;
    if (s->ahead.len > 0 && !partial) {
        *in = bytes_slice(&s->ahead);
        return (ssize_t)in->len;
    }
    if (s->up_ended) {
        return STREAM_END;
    }
    if (!s->client.readable) {
        return STREAM_AGAIN;
    }
    char *room = w->in;
    size_t len = LIMIT_READ;
    if (partial) {
        len = 4096;
        room = bytes_room(&s->ahead, len);
        if (room == NULL) {
            return STREAM_BROKEN;
        }
    }
    ssize_t n = stream_read(&s->client, room, len);
    if (n == STREAM_END) {
        s->up_ended = true;
    } else if (n > 0 && partial) {
        s->ahead.len += (uint32_t)n;
        *in = bytes_slice(&s->ahead);
    } else if (n > 0) {
        *in = slice_of(room, (size_t)n);
    }
    return n;
}

void session_client_gone(struct session *s)
{
    struct worker *w = s->worker;
    /* Behind our own end it may only have ended its direction. */
    if (s->client.hung_up && !s->wr_shut && s->timer.next == NULL) {
        timer_start(&w->idle_timers, &s->timer, w->now_us);
    }
}

bool session_pass_on(struct session *s)
{
    uint32_t waits = s->exchange->engine_out.len;
    bool done = session_flush_engine(s);
    if (done || s->exchange->engine_out.len < waits) {
        timer_stop(&s->timer);
    }
    if (!done) {
        session_client_gone(s);
    }
    return done;
}

bool session_keep(struct session *s, struct slice in, size_t used)
{
    if (s->ahead.len > 0) {
        bytes_drop(&s->ahead, used); /* `in` is what was read ahead */
        return true;
    }
    if (!bytes_append(&s->ahead, slice_sub(in, used, in.len))) {
        session_close(s, true);
        return false;
    }
    return true;
}

void session_linger(struct session *s)
{
    if (s->exchange != NULL) {
        session_log(s, false);
        s->worker->gathered -= s->exchange->gathered;
    }
    exchange_free(s->exchange);
    s->exchange = NULL;
    timer_stop(&s->timer);
    session_release_engine(s, false);
    bytes_free(&s->ahead);
    free(s->partial);
    s->partial = NULL;
    s->up = s->up_ended ? UP_ENDED : UP_DISCARD;
    s->down = DOWN_LINGER;
}

void session_answer_done(struct session *s)
{
    struct exchange *x = s->exchange;
    struct worker *w = s->worker;
    bool complete = s->up == UP_HELD;
    timer_stop(&s->timer);
    bool useful = x->safe || w->npool < POOL_SPARE;
    /* Of what was never written the next request would be taken for the rest. */
    bool sent = x->head_sent == x->head_len && x->engine_out.len == 0;
    session_release_engine(s, x->engine_keep_alive && complete && sent && !x->end_passed && useful);
    if (!x->keep_alive || !complete || w->draining) {
        session_linger(s);
        return;
    }
    session_log(s, false);
    w->gathered -= x->gathered;
    exchange_free(x);
    s->exchange = NULL;
    s->up = UP_IDLE;
    s->down = DOWN_NONE;
    timer_start(&w->idle_timers, &s->timer, w->now_us);
}

int session_write_client(struct session *s, const struct iovec *parts, int nparts)
{
    if (worker_holds_writes(s->worker) && stream_length(parts, nparts) <= HELD_MAX) {
        worker_queue(s->worker, s);
        return bytes_keep(&s->client_out, parts, nparts, 0);
    }
    return bytes_write(&s->client, &s->client_out, parts, nparts);
}

/* What waits for the client goes first. False when the session was closed. */
static bool flush_client(struct session *s)
{
    if (s->client_out.len > 0) {
        bool broken = false;
        (void)bytes_flush(&s->client, &s->client_out, &broken); /* the steps look what is left */
        if (broken) {
            session_close(s, true);
            return false;
        }
    }
    return true;
}

/* DOWN_LINGER: our end goes behind the last byte; then the client has a moment to read it and end
 * as well, since closing on unread bytes would destroy what we wrote. */
static bool step_linger(struct session *s)
{
    if (s->client_out.len > 0) {
        return false;
    }
    if (!s->wr_shut) {
        s->wr_shut = true;
        stream_shutdown_write(&s->client);
    }
    if (s->timer.next == NULL) { /* a tunnel's end was passed on before */
        timer_start(&s->worker->linger_timers, &s->timer, s->worker->now_us);
    }
    if (s->up == UP_ENDED) {
        session_close(s, false);
        return true;
    }
    return false;
}

static bool step_up(struct session *s)
{
    switch ((enum up_state)s->up) {
    case UP_IDLE:
    case UP_HEAD:
        return session_step_request(s);
    case UP_GATHER:
        return session_step_gather(s);
    case UP_RESOLVE:
        return session_step_resolve(s);
    case UP_BODY:
        return session_step_body(s);
    case UP_HELD:
        return session_step_held(s);
    case UP_TUNNEL:
        return session_step_tunnel_up(s);
    case UP_DISCARD:
        return session_step_discard(s);
    case UP_ASKED:
    case UP_ENDED:
        break;
    }
    return false;
}

static bool step_down(struct session *s)
{
    switch ((enum down_state)s->down) {
    case DOWN_CONNECT:
        return session_step_connect(s);
    case DOWN_HEAD:
        return session_step_answer(s);
    case DOWN_BODY:
        return s->exchange->view != NULL ? session_step_view(s) : session_step_relay(s);
    case DOWN_TUNNEL:
        return session_step_tunnel_down(s);
    case DOWN_LINGER:
        return step_linger(s);
    case DOWN_ENDED:
        return session_step_tunnel_end(s);
    case DOWN_NONE:
    case DOWN_DIAL:
    case DOWN_ASKED:
        break;
    }
    return false;
}

void session_run(struct session *s)
{
    for (int budget = RUN_BUDGET; budget > 0; budget--) {
        if (s->closed || session_held(s) || !flush_client(s)) {
            return;
        }
        bool moved = step_up(s);
        if (s->closed || session_held(s)) {
            return;
        }
        moved |= step_down(s);
        if (s->closed || !moved) {
            return;
        }
    }
    worker_queue(s->worker, s);
}
