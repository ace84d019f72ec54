/* Sessions: a client's connection with the exchange that is under way on it, as two small state
 * machines, one for each direction. session.c moves them; request.c, answer.c and tunnel.c are
 * their steps. */
#ifndef GATE_SESSION_H
#define GATE_SESSION_H

#include "gate/bytes.h"
#include "gate/exchanges.h"
#include "gate/snapshot.h"
#include "gate/way.h"
#include "http/chunk.h"
#include "net/timer.h"

/* Runs of a chunked body's payload passed on in one system call. The engine's chunks have 32 KiB,
 * so a read seldom holds more than nine; log lines are chunks of their own. */
#define BODY_PIECES 64

/* What is read at once of an answer for a client on TCP: half of what the engine's unix socket
 * holds (219 KiB of payload by default). The engine fills it again while the first half goes out,
 * the client reads the one while the other is copied, and both fit the nearer cache of a processor.
 * A client on a unix socket takes all of it at once, so for that one nothing is halved. */
#define BODY_TCP (112 * 1024)

/* A client's name in log lines, where it is no longer: any over IPv4 or a unix socket. */
#define SESSION_NAME 31

struct worker;
struct session;
struct own;
struct asking;
struct lookup;
struct calling;

/* From the client to the engine. */
enum up_state {
    UP_IDLE,    /* between requests; unread bytes may wait in `ahead` */
    UP_HEAD,    /* part of a head is in `ahead` and `partial` */
    UP_ASKED,   /* a head is complete; the engine is asked whose it is */
    UP_GATHER,  /* a small chunked body is read whole before the engine sees any of it */
    UP_RESOLVE, /* what it names is looked up before the engine sees any of it */
    UP_BODY,    /* the body is passed on */
    UP_HELD,    /* the request is complete; what follows is held back until it is answered */
    UP_TUNNEL,  /* bytes are passed on unread */
    UP_DISCARD, /* bytes are read and dropped: the rest of a refused body, or until the client ends
                 */
    UP_ENDED,   /* nothing more is read */
};

/* From the engine to the client. */
enum down_state {
    DOWN_NONE,    /* no answer is expected */
    DOWN_DIAL,    /* the engine's backlog is full: dialled again by a timer */
    DOWN_CONNECT, /* the connection to the engine is under way */
    DOWN_HEAD,    /* the engine's head is expected */
    DOWN_BODY,    /* its body is passed on */
    DOWN_ASKED,   /* it waits for what the view has asked the engine */
    DOWN_TUNNEL,  /* bytes are passed on unread */
    DOWN_ENDED,   /* tunnels: the engine's end was passed on */
    DOWN_LINGER,  /* what waits is written, then the client's end is awaited and the connection
                     closed */
};

/* A connection to the engine; belongs to a session or to a look-up, or waits in the worker's pool.
 */
struct engine {
    struct stream stream; /* first */
    struct worker *worker;
    struct session *session;
    struct lookup *lookup; /* with neither of both it is in the pool */
    struct engine *next;   /* pool or graveyard */
    struct engine *prev;
    struct timer timer; /* in the pool */
    bool reused;        /* has carried an exchange before */
};

/* One request and its answer. */
struct exchange {
    union {
        struct exchanges *home; /* where its memory goes back to; NULL: to malloc */
        struct exchange *next;  /* of those that are spare */
    };
    struct verdict verdict;           /* its slices are not kept */
    const struct gate_policy *policy; /* that it was decided by; the hold keeps it */
    struct snapshot_hold *policies;
    uint64_t started_us;
    uint64_t started_unix_ms;
    uint64_t head_us; /* from the request's head to the answer's; 0: none yet */
    uint64_t bytes_in;
    uint64_t bytes_out;
    uint64_t up_left; /* body bytes still to come, by counted framing */
    uint64_t down_left;
    struct http_chunk up_chunk;
    struct http_chunk down_chunk;
    struct bytes engine_out;  /* waits to be written to the engine, behind the head */
    struct bytes engine_in;   /* part of the answer's head */
    struct http_head *answer; /* its reader, while only part is here */
    struct answers *view;     /* rewrites the answer's body; NULL: it passes unread */
    struct asking *asking;    /* what the view has asked the engine; NULL: nothing */
    struct bytes view_head;   /* the answer's head, while nothing of its body may be sent yet */
    struct own *own;          /* what it names is looked up; NULL: nothing */
    struct way way;           /* to an engine that has a name */
    struct slice view_reason; /* why the view refuses the request; static, empty: it does not */
    uint16_t status;          /* sent to the client; 0: none yet */
    uint8_t kind;             /* enum operation_kind */
    uint8_t up_framing;       /* enum http_framing */
    uint8_t down_framing;
    uint8_t minor; /* the client's HTTP/1.minor */
    uint8_t interim;
    bool to_head;    /* answers HEAD */
    bool safe;       /* may be sent twice: GET or HEAD without a body */
    bool retried;    /* has been sent twice */
    bool upgrade;    /* an upgrade was asked for and passed on */
    bool keep_alive; /* the client's connection may go on after it */
    bool engine_keep_alive;
    bool expects_continue; /* 100 (Continue) is still to be sent */
    bool end_passed;       /* the client's end was passed on to the engine */
    bool answered;         /* the gate's own answer was written */
    bool checks;           /* its body is checked before the engine sees it */
    bool undecided;        /* it is not counted before its body and its names were looked at */
    uint32_t gathered;     /* bytes of it that count in the worker's sum */
    bool in_quota;         /* holds a place of its policy's */
    uint32_t retry_s;      /* told to the client with an answer of ours; 0: nothing is */
    uint32_t method_len;
    uint32_t target_len;
    uint32_t head_len;
    uint32_t head_sent;
    char bytes[]; /* method, target, and the head for the engine */
};

struct session {
    struct stream client; /* first */
    struct worker *worker;
    struct session *next; /* the worker's list, or its graveyard */
    struct session *prev;
    struct session *queued_next; /* those to be run again behind the events of a turn */
    struct timer timer;
    struct engine *engine;
    struct exchange *exchange;
    const struct gate_policy *policy; /* ask session_policy; an exchange has its own */
    struct calling *calling;          /* where it comes from; NULL: nobody needs to know */
    struct http_head *partial;        /* reader of a request head of which only part is here */
    struct bytes ahead;               /* read from the client, not yet used */
    struct bytes client_out;          /* waits to be written to the client */
    struct caller who;
    unsigned generation; /* of the policies that `policy` is one of */
    uint16_t dials;      /* attempts in DOWN_DIAL */
    uint8_t up;          /* enum up_state */
    uint8_t down;        /* enum down_state */
    bool up_ended;       /* the client's end was read */
    bool queued;
    bool closed;  /* in the graveyard until the loop's turn ends */
    bool counted; /* holds a place among the peers */
    bool wr_shut; /* our end was sent to the client */
    uint8_t name_len;
    char name[SESSION_NAME]; /* who it is, for log lines; written with the first of them */
};

/* Takes over an accepted connection; `over_limit` refuses it with 503. Closes it on failure. */
void session_open(struct worker *w, const struct arrival *a, bool over_limit);

/* The client's policy, as callers_find has left it; before that, and behind a reload, as far as it
 * is known without asking the engine (callers_policy). */
const struct gate_policy *session_policy(struct session *s);

/* Moves everything that can be moved, within a budget; queues itself for the next turn when that is
 * used up. */
void session_run(struct session *s);

/* The one door: leaves every list, closes both connections; freed at the end of the loop's turn. An
 * exchange under way is logged. `reset`: the peers see a reset, not an end. */
void session_close(struct session *s, bool reset);

/* The steps. Each returns whether anything moved. */
bool session_step_request(struct session *s); /* UP_IDLE, UP_HEAD */
bool session_step_gather(struct session *s);
bool session_step_resolve(struct session *s);
bool session_step_body(struct session *s);
bool session_step_held(struct session *s);
bool session_step_discard(struct session *s);
bool session_step_connect(struct session *s);
bool session_step_answer(struct session *s); /* DOWN_HEAD */
bool session_step_relay(struct session *s);  /* DOWN_BODY */
bool session_step_view(struct session *s);   /* the same, where a view rewrites it */
bool session_step_tunnel_up(struct session *s);
bool session_step_tunnel_down(struct session *s);
bool session_step_tunnel_end(struct session *s); /* DOWN_ENDED */

/* Reads from the client into the worker's buffer, or takes what was read ahead. STREAM_… or the
 * number of bytes in `*in`. The bytes must be used up or kept (session_keep) before the next call.
 */
ssize_t session_read(struct session *s, struct slice *in);

/* How much of an answer's body or of a tunnel to read at once for this client. */
static inline size_t session_piece(const struct session *s)
{
    return s->who.peer.kind == PEER_UNIX ? LIMIT_READ : BODY_TCP;
}

/* A client that is gone, while what it sent can't be passed on or waits for an answer: the engine
 * has as long as an idle connection to take it, then the session is closed. Does nothing where a
 * timer runs. */
void session_client_gone(struct session *s);

/* Writes what waits for the engine in UP_BODY and UP_TUNNEL. False: it doesn't take all of it now;
 * for each part that it takes of a client that is gone it has the time of session_client_gone. */
bool session_pass_on(struct session *s);

/* Keeps what `in` holds behind its first `used` bytes for the next call. False: no memory, session
 * closed. */
bool session_keep(struct session *s, struct slice in, size_t used);

/* Connects to the engine (or takes a kept-alive connection) and sends the exchange's head. Answers
 * 502 or 503 itself when that fails. */
void session_dial(struct session *s);

/* Writes the rest of the head and body that waits for the engine. True when nothing waits any more
 * but a head for the part of its body that was read with it: session_write_engine sends both. */
bool session_flush_engine(struct session *s);

/* Writes to the engine, behind what waits for it. Where the engine takes no more (its stream is
 * then `broken`) the bytes are dropped and it is read, for it may have answered before. False: no
 * memory, session closed, since a gap would change what the engine reads. */
bool session_write_engine(struct session *s, const struct iovec *parts, int nparts);

/* Writes to the client, behind what waits for it already. A small piece waits as well while the
 * loop has other events to tell (worker_holds_writes). STREAM_BROKEN (also for want of memory),
 * else 0. */
int session_write_client(struct session *s, const struct iovec *parts, int nparts);

/* The body is complete: from now on the request is held or, once answered, over. */
void session_body_done(struct session *s);

/* The answer is complete: logs, lets the engine's connection go, and goes on to the next request or
 * to the end. */
void session_answer_done(struct session *s);

/* Lets go of the engine's connection; kept for others if `keep` and nothing speaks against it. */
void session_release_engine(struct session *s, bool keep);

/* The head that has begun to arrive is too slow: 408. */
void session_head_late(struct session *s);

/* Answers for the gate: JSON with `message`; `close` ends the connection behind it. The exchange
 * may be missing (malformed heads). */
void session_answer_own(struct session *s, unsigned status, struct slice message, bool close);

/* The answer of the engine can't be had or used: 502, 503, 504, or cut when its head has been
 * passed on already. */
void session_fail(struct session *s, unsigned status, struct slice message);

/* Whether `more` bytes of the answer's body would be more than the policy's limit allows; the
 * verdict then says so. */
bool session_answer_excess(struct exchange *x, uint64_t more);
extern const struct slice session_excess_text;

/* No more requests: what waits is written, then the connection is closed once the client has read
 * it. */
void session_linger(struct session *s);

/* What the client's view says of a request that the policy lets through: why it refuses it, static
 * text, or an empty slice. The verdict is then the view's. */
struct slice session_view_decide(const struct session *s, struct verdict *v);

/* The answer that has begun is rewritten by a view: takes its head (kept until its body may be
 * sent) and what `in` holds of its body. */
void session_view(struct session *s, struct slice head, struct slice in);

/* The view was told what it has asked: the answer goes on. */
void session_view_told(struct session *s);

/* Becomes a tunnel: the answer's head has been written. */
void session_tunnel(struct session *s);

/* Writes the access log's entry of the exchange and counts its end; `starts` for the start of a
 * stream. */
void session_log(struct session *s, bool starts);

void exchange_free(struct exchange *x);

#endif
