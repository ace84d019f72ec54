/* Tunnels: after an upgrade bytes pass both ways unread, and each direction ends by itself. */
#include "gate/worker.h"

void session_tunnel(struct session *s)
{
    s->down = DOWN_TUNNEL;
    if (s->up == UP_HELD) {
        s->up = UP_TUNNEL;
    }
}

/* Both directions have ended, or the engine is gone altogether: what waits for the client is
 * written, then it is closed. */
static bool tunnel_ended(struct session *s)
{
    bool ended = s->down == DOWN_ENDED && (s->up == UP_ENDED || s->engine->stream.hung_up);
    if (ended) {
        session_linger(s);
    }
    return ended;
}

bool session_step_tunnel_up(struct session *s)
{
    struct exchange *x = s->exchange;
    if (!session_pass_on(s)) {
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
        s->up = UP_ENDED;
        if (s->client.hung_up) {
            session_close(s, false);
            return true;
        }
        if (!x->end_passed) {
            x->end_passed = true;
            stream_shutdown_write(&s->engine->stream);
        }
        (void)tunnel_ended(s); /* it has moved either way */
        return true;
    }
    struct iovec part = {(void *)(uintptr_t)in.at, in.len};
    x->bytes_in += in.len;
    if (!session_write_engine(s, &part, 1)) {
        return true;
    }
    if (s->engine->stream.broken) {
        s->up = UP_ENDED;
        return true;
    }
    return session_keep(s, in, in.len);
}

bool session_step_tunnel_end(struct session *s)
{
    return tunnel_ended(s);
}

/* A unix socket tells of a reset where its peer left unread what we wrote; all that the peer had
 * written was read before. Behind a reset of TCP there may have been more. */
static bool is_end(const struct session *s, ssize_t n)
{
    return n == STREAM_END || (n == STREAM_BROKEN && s->worker->config->engine.family == NET_UNIX);
}

bool session_step_tunnel_down(struct session *s)
{
    struct stream *engine = &s->engine->stream;
    struct exchange *x = s->exchange;
    if (s->up == UP_ENDED && s->client.hung_up) {
        session_close(s, false); /* nobody is there to read */
        return true;
    }
    if (s->client_out.len > 0 || !engine->readable) {
        return false;
    }
    ssize_t n = stream_read(engine, s->worker->in, session_piece(s));
    if (n == STREAM_AGAIN) {
        return false;
    }
    if (is_end(s, n)) {
        engine->hung_up |= n == STREAM_BROKEN;
        s->down = DOWN_ENDED;
        stream_shutdown_write(&s->client);
        s->wr_shut = true;
        (void)tunnel_ended(s); /* it has moved either way */
        return true;
    }
    if (n == STREAM_BROKEN) {
        session_close(s, true);
        return true;
    }
    struct iovec part = {s->worker->in, (size_t)n};
    x->bytes_out += (size_t)n;
    if (session_write_client(s, &part, 1) < 0) {
        session_close(s, true);
    }
    return true;
}
