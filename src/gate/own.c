/* Clients that reach some things only: names are looked up one after the other, while the session
 * waits in UP_RESOLVE and other sessions go on. What is out of a client's reach is not there, in
 * the engine's own words. Of what is within reach, a label that an operation is allowed for decides
 * by the same answer; until then the exchange is a denied one. */
#include "gate/own.h"

#include "gate/exchanges.h"
#include "gate/gather.h"
#include "gate/lookup.h"
#include "gate/request.h"
#include "gate/worker.h"
#include "inspect/owned_query.h"

#include <stdlib.h>

/* Names in messages are cut here: one of them is told twice. */
#define SHOWN 200

struct own {
    const struct owned_policy *policy;
    const struct name_rule *labels; /* what the path names has to bear one of them; NULL: nothing */
    struct lookup *lookup;          /* under way */
    char *query;                    /* owned: takes the place of the client's; NULL: that stays */
    uint32_t query_len;
    bool has_name;  /* the first of the names is the path's */
    bool of_swarm;  /* which means a network of the swarm */
    bool forced;    /* what is not there is removed all the same, as engines have it */
    bool again;     /* the query names something: it is written once more when that is known */
    bool container; /* an exec instance is known, and its container asked about */
    bool gathered;  /* the body is here, or its beginning */
    bool complete;
    bool applied; /* the head for the engine says what was found */
    bool missing; /* what the path names bears none of the labels */
    size_t at;    /* the name that is asked about */
    struct owned_names names;
};

static const struct slice SCOPE = SLICE_INIT("scope=swarm");

static void ask_next(struct session *s);

void own_free(struct own *own)
{
    if (own != NULL) {
        if (own->lookup != NULL) {
            lookup_cancel(own->lookup);
        }
        free(own->query);
        free(own);
    }
}

struct owned_names *own_names(struct own *own)
{
    return &own->names;
}

bool own_is_known(const struct own *own)
{
    for (size_t i = 0; i < own->names.n; i++) {
        if (!own->names.ref[i].known) {
            return false;
        }
    }
    return true;
}

/* Who refuses: an entry with a label where nobody else says what is within reach. */
static struct slice refuser(const struct owned_policy *p, const struct name_rule *labels)
{
    return p == owned_policy_any() ? labels->text : owned_rule(p);
}

/* ---- the head ---- */

/* Observing, what can be read is let through all the same. */
static enum verdict_kind denial(const struct gate_policy *p, unsigned status)
{
    return p->observe && status == 403 ? VERDICT_WOULD_DENY : VERDICT_DENY;
}

static void refuse(const struct gate_policy *p, struct verdict *v, struct requests_refusal *r,
                   unsigned status, struct slice text)
{
    v->kind = denial(p, status);
    v->option = OPTION_NONE;
    v->rule = p->own == NULL ? v->label->text : owned_rule(p->own);
    r->status = status;
    r->rule = v->rule;
    r->len = text.len;
    memmove(r->text, text.at, text.len); /* it may be what stands there */
}

/* The query that is sent on, and what it names; `name` is the path's. */
static bool take_query(struct own *own, enum operation_id op, struct slice name, struct slice query,
                       struct requests_refusal *refusal)
{
    struct buf b;
    size_t room = owned_query_room(query);

    free(own->query);
    own->query = malloc(room);
    buf_init(&b, own->query, own->query == NULL ? 0 : room);
    if (!owned_put_query(own->policy, op, name, query, &own->names, &b, refusal)) {
        return false;
    }
    own->query_len = (uint32_t)b.len;
    own->again = own->names.n > 0;
    return true;
}

/* Whether a query asks for the swarm's networks. One that says so in other words is not understood
 * here, so that the name may stand for another network, or none; it is sent on as that one's id. */
static bool asks_swarm(struct slice query)
{
    struct slice part;
    bool asks = false;

    while (query.len > 0 && slice_next(&query, '&', &part)) {
        asks = asks || slice_equal(part, SCOPE);
    }
    return asks;
}

/* Whether a volume is removed by force, in the words of clients. */
static bool asks_force(struct slice query)
{
    struct slice part;
    bool asks = false;

    while (query.len > 0 && slice_next(&query, '&', &part)) {
        asks = asks || slice_equal(part, SLICE("force=1")) ||
               slice_equal_nocase(part, SLICE("force=true"));
    }
    return asks;
}

/* Whether something may have to be found out. */
static bool is_concerned(const struct owned_policy *p, enum operation_id op, struct slice query)
{
    bool names = owned_row_get(op)->kind != OWNED_NONE || requests_wants_body(op);

    return owned_rewrites(p, op, query) || (names && owned_asks(p, op));
}

/* Takes the names of a head. False: refused. */
static bool take_head(struct own *own, const struct verdict *v, struct requests_refusal *refusal)
{
    enum operation_id op = v->match.operation;
    const struct owned_row *row = owned_row_get(op);
    struct slice name = slice_sub(v->match.names[0], 0, OWNED_THING_MAX + 1);

    own->has_name = row->kind != OWNED_NONE;
    own->of_swarm = op == OPERATION_NETWORK_INSPECT && asks_swarm(v->target.query);
    own->forced = op == OPERATION_VOLUME_DELETE && asks_force(v->target.query);
    if (owned_rewrites(own->policy, op, v->target.query)) {
        return take_query(own, op, name, v->target.query, refusal);
    }
    struct owned_ref *ref =
        own->has_name ? owned_names_add(&own->names, row->kind, row->need, name) : NULL;
    if (own->has_name && ref == NULL) {
        /* The first of all fits; what could not be asked about must not pass as known. */
        struct slice text = SLICE("the name can't be looked up");
        refusal->status = 400;
        refusal->len = text.len;
        memcpy(refusal->text, text.at, text.len);
        return false;
    }
    /* Its owner keeps an image's name; who has a label only does not. */
    if (ref != NULL && own->labels != NULL && owned_image_by_id(op)) {
        ref->by_id = true;
    }
    return true;
}

struct own *own_new(const struct session *s, bool has_body, struct verdict *v,
                    struct requests_refusal *refusal)
{
    bool asks = v->kind == VERDICT_ASK;
    const struct owned_policy *p = s->policy->own;

    if ((p == NULL && !asks) || !verdict_may_pass(v->kind) ||
        v->match.operation >= OPERATION_COUNT) {
        return NULL;
    }
    p = p == NULL ? owned_policy_any() : p;
    struct slice closed = owned_refusal(p, v->match.operation, has_body);
    if (closed.len > 0) {
        refuse(s->policy, v, refusal, 403, closed);
        return NULL;
    }
    if (!asks && !is_concerned(p, v->match.operation, v->target.query)) {
        return NULL;
    }
    struct own *own = malloc(sizeof(*own));
    if (own == NULL) {
        refuse(s->policy, v, refusal, 503, SLICE("the gate is out of memory"));
        return NULL;
    }
    memset(own, 0, offsetof(struct own, names.ref)); /* the rest is written before it is read */
    own->policy = p;
    own->labels = asks ? v->label : NULL;
    if (!take_head(own, v, refusal)) {
        refuse(s->policy, v, refusal, refusal->status, slice_of(refusal->text, refusal->len));
        own_free(own);
        return NULL;
    }
    return own;
}

/* ---- answers of ours ---- */

static void answer(struct session *s, unsigned status, struct slice message)
{
    struct exchange *x = s->exchange;
    const struct own *own = x->own;

    if (status < 500) {
        x->verdict.kind = VERDICT_DENY;
        x->verdict.option = OPTION_NONE;
        x->verdict.rule = own->missing ? own->labels->text : refuser(own->policy, own->labels);
    }
    gather_decided(s);
    bytes_free(&x->engine_out);
    if (!own->gathered) {
        request_answer(s, status, message);
        return;
    }
    s->up = own->complete ? UP_HELD : UP_DISCARD;
    session_answer_own(s, status, message, !own->complete || !x->keep_alive);
}

static void answer_of(struct session *s, unsigned status)
{
    const struct exchange *x = s->exchange;
    const struct own *own = x->own;
    const struct owned_ref *ref = &own->names.ref[own->at];
    struct slice name = slice_sub(owned_ref_name(&own->names, ref), 0, SHOWN);
    char text[1024];
    struct buf b;

    buf_init(&b, text, sizeof(text));
    if (status == 404 && own->forced) {
        answer(s, 204, SLICE(""));
        return;
    }
    if (status == 404) {
        owned_put_absent(x->verdict.match.operation, ref->kind, name, &b);
    } else if (status == 409) {
        owned_put_taken(ref->kind, name, &b);
    } else if (status == 403 && own->missing) {
        const struct operation *o = operation_get(x->verdict.match.operation);
        struct slice policy = x->policy->name;
        (void)buf_putf(&b, "403 Forbidden: %.*s %.*s is allowed for what bears ",
                       (int)o->method.len, o->method.at, (int)o->path.len, o->path.at);
        name_rule_put_labels(own->labels, &b);
        (void)buf_putf(&b, " (policy %.*s)", (int)policy.len, policy.at);
    } else if (status == 403) {
        (void)buf_putf(&b, "403 Forbidden: %.*s is shared: it may be used, not changed",
                       (int)name.len, name.at);
    } else if (status == 503) {
        (void)buf_put(&b, SLICE("503 Service Unavailable: the container engine is no manager of a "
                                "swarm, or its swarm is not ready"));
    } else {
        bool view = own->policy->view != NULL;
        bool any = own->policy == owned_policy_any();
        (void)buf_putf(&b, "502 Bad Gateway: the container engine did not say %s %.*s %s",
                       any    ? "which labels"
                       : view ? "whether"
                              : "whose",
                       (int)name.len, name.at,
                       any    ? "has"
                       : view ? "is visible"
                              : "is");
    }
    answer(s, status, buf_slice(&b));
}

/* ---- look-ups ---- */

/* All is known: the request goes on. */
static void go_on(struct session *s)
{
    const struct own *own = s->exchange->own;

    if (own->gathered) {
        gather_resume(s, own->complete);
    } else {
        own_dial(s);
    }
}

/* Whether the name may be nothing's yet. */
static bool is_given(const struct owned_ref *ref)
{
    return ref->need == OWNED_GIVE || ref->need == OWNED_PULL;
}

/* What is to be answered; 0: the client may. */
static unsigned decide(const struct owned_ref *ref, const struct owned_thing *t)
{
    bool shared = t->shared && (ref->need == OWNED_USE || ref->need == OWNED_PULL);

    if (t->own || shared) {
        return 0;
    }
    if (is_given(ref)) {
        return 409;
    }
    return t->shared ? 403 : 404;
}

/* Whether what the path names bears one of the labels that it must. Then it is allowed, unless
 * something else about the request has been refused and is only observed. */
static bool is_labelled(struct own *own, const struct owned_thing *t, struct verdict *v)
{
    own->missing = t->label == NULL;
    if (t->label != NULL && v->kind == VERDICT_DENY) {
        v->kind = VERDICT_ALLOW;
        v->rule = t->label->text;
    }
    return t->label != NULL;
}

/* Takes the engine's answer about the name at hand; the status to answer with, 0: none. */
static unsigned take_answer(struct own *own, unsigned status, struct slice body, struct verdict *v)
{
    const struct name_rule *labels = own->at == 0 ? own->labels : NULL;
    struct owned_ref *ref = &own->names.ref[own->at];
    enum owned_kind kind = own->container ? OWNED_CONTAINER : ref->kind;
    struct owned_thing t;

    if (status == 404 || status == 400) { /* 400: the beginning of several ids */
        ref->known = is_given(ref) && status == 404;
        return ref->known ? 0 : 404;
    }
    if (status == 503 && ref->kind >= OWNED_SECRET) {
        return 503;
    }
    if (status != 200 || !owned_read(own->policy, kind, body, labels, &t)) {
        return 502;
    }
    if (kind == OWNED_EXEC) {
        memcpy(ref->id, t.id, t.id_len); /* not sent on: it is asked about next */
        ref->id_len = (uint8_t)t.id_len;
        own->container = true;
        return 0;
    }
    own->container = false;
    ref->id_len = 0;
    if (ref->by_id && !is_given(ref)) {
        memcpy(ref->id, t.id, t.id_len);
        ref->id_len = (uint8_t)t.id_len;
    }
    unsigned refusal = decide(ref, &t);
    if (refusal == 0 && labels != NULL && !is_labelled(own, &t, v)) {
        refusal = 403;
    }
    ref->known = refusal == 0;
    return refusal;
}

/* The name at hand is none that the client may say, for the reason of this status. False: it was
 * answered. True: observing, the request goes on with the name as it was said. */
static bool refuse_name(struct session *s, unsigned status)
{
    struct exchange *x = s->exchange;
    struct owned_ref *ref = &x->own->names.ref[x->own->at];

    if (!x->policy->observe) {
        answer_of(s, status);
        return false;
    }
    x->verdict.kind = VERDICT_WOULD_DENY;
    x->verdict.option = OPTION_NONE;
    x->verdict.rule =
        x->own->missing ? x->own->labels->text : refuser(x->own->policy, x->own->labels);
    x->own->container = false;
    ref->id_len = 0;
    ref->known = true;
    return true;
}

static void answered(void *context, unsigned status, struct slice body)
{
    struct session *s = context;
    struct own *own = s->exchange->own;

    own->lookup = NULL;
    unsigned refusal = take_answer(own, status, body, &s->exchange->verdict);
    if (refusal == 0 || refuse_name(s, refusal)) {
        ask_next(s);
    }
    if (!s->closed) {
        session_run(s);
    }
}

/* Writes the look-up of the name at hand. False: nothing is called so. */
static bool put_lookup(const struct own *own, struct buf *target)
{
    const struct owned_ref *ref = &own->names.ref[own->at];
    bool ok = own->container
                  ? owned_put_lookup(OWNED_CONTAINER, slice_of(ref->id, ref->id_len), target)
                  : owned_put_lookup(ref->kind, owned_ref_name(&own->names, ref), target);

    return ok &&
           (!own->of_swarm || own->at > 0 || (buf_put_byte(target, '?') && buf_put(target, SCOPE)));
}

/* Asks about the next name that isn't known. */
static void ask_next(struct session *s)
{
    struct own *own = s->exchange->own;
    char room[3 * OWNED_THING_MAX + 64];
    struct buf target;

    for (own->at = 0; own->at < own->names.n; own->at++) {
        buf_init(&target, room, sizeof(room));
        if (own->names.ref[own->at].known) {
            continue;
        }
        if (put_lookup(own, &target)) {
            break;
        }
        if (!refuse_name(s, 404)) {
            return;
        }
    }
    if (own->at == own->names.n) {
        go_on(s);
        return;
    }
    own->lookup = lookup_begin(s->worker, buf_slice(&target), OWNED_ANSWER_MAX, answered, s);
    if (own->lookup == NULL) {
        answer(s, 503, SLICE("503 Service Unavailable: the gate asks the engine about too much."));
    }
}

void own_ask(struct session *s, bool gathered, bool complete)
{
    struct own *own = s->exchange->own;

    own->gathered = gathered;
    own->complete = complete;
    timer_stop(&s->timer); /* a look-up has a limit of its own */
    s->up = UP_RESOLVE;
    ask_next(s);
}

bool session_step_resolve(struct session *s)
{
    if (s->client.hung_up) {
        session_close(s, false); /* nobody is there to read an answer */
        return true;
    }
    return false;
}

/* ---- sending on ---- */

/* The target that is sent on. False: it does not fit. */
static bool put_target(struct session *s, struct buf *out)
{
    const struct exchange *x = s->exchange;
    struct own *own = x->own;
    struct slice method = slice_of(x->bytes, x->method_len);
    struct http_target t;
    struct api_match m = {0};

    (void)http_target_read(slice_of(x->bytes + x->method_len, x->target_len), s->worker->room.path,
                           &t); /* it was read before */
    (void)api_match(method, t.path, &m);
    struct requests_refusal refusal;
    if (own->again && !take_query(own, m.operation, m.names[0], t.query, &refusal)) {
        return false;
    }
    if (own->has_name &&
        !slice_equal(owned_ref_text(&own->names, &own->names.ref[0]), m.names[0])) {
        struct slice path = operation_get(m.operation)->path;
        size_t name = slice_find(path, '{');
        size_t behind = slice_find(path, '}') + 1;
        if (m.version.len > 0) {
            (void)(buf_put(out, SLICE("/v")) && buf_put(out, m.version));
        }
        (void)(buf_put(out, slice_sub(path, 0, name)) &&
               buf_put(out, owned_ref_text(&own->names, &own->names.ref[0])) &&
               buf_put(out, slice_sub(path, behind, path.len)));
    } else {
        (void)buf_put(out, t.raw_path);
    }
    struct slice query = own->query != NULL ? slice_of(own->query, own->query_len) : t.query;
    bool none = own->query != NULL ? query.len == 0 : query.at == NULL;
    (void)(none || (buf_put_byte(out, '?') && buf_put(out, query)));
    return !out->full;
}

/* Puts another target into the head for the engine; the exchange keeps what the client has sent for
 * its log and answers. False: no memory, or it does not fit. */
static bool retarget(struct session *s)
{
    struct exchange *x = s->exchange;
    struct buf target;

    buf_init(&target, s->worker->out, WORKER_OUT);
    if (!put_target(s, &target)) {
        return false;
    }
    size_t kept = (size_t)x->method_len + x->target_len;
    size_t old = (size_t)x->method_len + 1 + x->target_len; /* in the head: "GET /…" */
    struct slice rest = slice_of(x->bytes + kept + old, x->head_len - old);
    size_t head_len = (size_t)x->method_len + 1 + target.len + rest.len;
    struct exchange *other =
        exchanges_take(&s->worker->exchanges, kept + head_len, x->kind == OPERATION_PLAIN);
    if (other == NULL) {
        return false;
    }
    struct exchanges *home = other->home;
    *other = *x;
    other->home = home;
    memcpy(other->bytes, x->bytes, kept + x->method_len + 1);
    memcpy(other->bytes + kept + x->method_len + 1, target.at, target.len);
    memcpy(other->bytes + kept + x->method_len + 1 + target.len, rest.at, rest.len);
    other->head_len = (uint32_t)head_len;
    s->exchange = other;
    exchanges_give(x); /* what it held is the other one's */
    return true;
}

void own_dial(struct session *s)
{
    struct own *own = s->exchange->own;

    if (!verdict_passes(s->exchange->verdict.kind)) {
        session_close(s, true); /* nothing that is denied, or waits for its label, gets this far */
        return;
    }
    bool same = own == NULL || own->applied ||
                (own->query == NULL && (!own->has_name || own->names.ref[0].id_len == 0));

    if (!same) {
        if (!retarget(s)) {
            answer(s, 503, SLICE("503 Service Unavailable: the gate is out of memory."));
            return;
        }
        own->applied = true;
    }
    gather_decided(s);
    session_dial(s);
}
