/* Questions to the engine: which container is at an address, and what a container is. */
#include "gate/callers_parts.h"
#include "gate/lookup.h"
#include "inspect/containers.h"
#include "sys/process.h"

#include <arpa/inet.h>
#include <stdlib.h>

/* One question under way: for the list of containers, or for one of them. */
struct question {
    struct question *next;
    struct worker *worker;
    struct lookup *lookup;
    struct calling *asked;   /* who came before it began */
    struct calling *waiting; /* who came since, for whom it is asked once more */
    unsigned seen;           /* as of its beginning */
    unsigned epoch;
    bool fresh;
    bool one; /* of the container `id` */
    char id[CGROUP_ID];
    struct known *found; /* the container */
    struct containers_reader reader;
};

static const char NO_ENGINE[] = "the container engine does not say which container this is";
static const char NO_ROOM[] = "too many callers have to be asked for at once";
static const char TOO_MUCH[] = "the container has more labels than are looked at";
static const char TWO[] = "two containers have this address";

/* The session goes on with what was found. */
static void tell(struct calling *c)
{
    c->question = NULL;
    c->answered = true;
    c->session->up = UP_IDLE;
    worker_queue(c->session->worker, c->session);
}

static struct calling *take_first(struct calling **list)
{
    struct calling *c = *list;

    *list = c->next;
    c->next = NULL;
    return c;
}

static void tell_failed(struct calling **list, const char *why)
{
    while (*list != NULL) {
        struct calling *c = take_first(list);

        c->why = why;
        tell(c);
    }
}

static void question_free(struct question *q)
{
    struct question **from = &q->worker->callers.questions;

    while (*from != q) {
        from = &(*from)->next;
    }
    *from = q->next;
    known_put(q->found);
    free(q);
}

/* An address as the engine writes it. */
static bool read_address(struct slice text, struct peer_key *key)
{
    char line[INET6_ADDRSTRLEN];
    struct buf b;
    bool v6 = slice_find(text, ':') < text.len;

    *key = (struct peer_key){.kind = v6 ? PEER_IPV6 : PEER_IPV4};
    buf_init(&b, line, sizeof(line));
    return text.len > 0 && buf_put(&b, text) && buf_put_byte(&b, '\0') &&
           inet_pton(v6 ? AF_INET6 : AF_INET, line, key->bytes) == 1;
}

static bool has_address(struct slice facts, const struct peer_key *peer)
{
    struct containers_fact fact;
    struct peer_key key;

    while (containers_next(&facts, &fact)) {
        if (fact.kind == CONTAINERS_ADDRESS && read_address(fact.value, &key) &&
            known_same_peer(&key, peer)) {
            return true;
        }
    }
    return false;
}

static bool copy_id(char *to, struct slice id)
{
    if (id.len != CGROUP_ID) {
        return false;
    }
    memcpy(to, id.at, CGROUP_ID);
    return true;
}

/* One container of the list: whoever has its address is in it. */
static void listed(struct question *q, const struct containers_facts *facts)
{
    struct slice id = containers_get(facts->text, CONTAINERS_ID);

    for (struct calling *c = q->asked; c != NULL; c = c->next) {
        const struct peer_key *peer = &c->session->who.peer;

        if (!has_address(facts->text, peer)) {
            c->why = facts->lost ? TOO_MUCH : c->why; /* it might be this one */
            continue;
        }
        if (facts->partial) {
            c->why = TOO_MUCH;
            continue;
        }
        c->ambiguous |= c->answer != NULL;
        known_put(c->answer);
        c->answer = known_new(true, SLICE(""), facts->text);
        if (c->answer == NULL || !copy_id(c->answer->id, id)) {
            c->why = NO_ENGINE;
            continue;
        }
        c->answer->address = *peer;
    }
}

/* Where the container's first process is, into `text`. */
static const char *find_first(struct slice facts, struct buf *text, struct cgroup_place *place)
{
    uint64_t pid;

    if (!slice_to_u64(containers_get(facts, CONTAINERS_PID), 10, INT32_MAX, &pid) || pid == 0) {
        return NO_ENGINE; /* it does not run (any more) */
    }
    switch (sys_process_cgroup((uint32_t)pid, text)) {
    case SYS_PROCESS_HERE:
        return cgroup_find(buf_slice(text), place) ? NULL : NO_ENGINE;
    case SYS_PROCESS_HIDDEN:
    case SYS_PROCESS_GONE:
        return NO_ENGINE;
    case SYS_PROCESS_CLOSED:
        break;
    }
    return CALLERS_CLOSED;
}

/* The one container that was asked for: whoever is in its control group is in it. */
static void inspected(struct question *q, const struct containers_facts *facts)
{
    char memory[4096];
    struct buf text;
    struct cgroup_place place;
    struct slice id = slice_of(q->id, CGROUP_ID);

    buf_init(&text, memory, sizeof(memory));
    const char *why =
        facts->partial || facts->lost ? TOO_MUCH : find_first(facts->text, &text, &place);
    if (why == NULL && (!slice_equal(containers_get(facts->text, CONTAINERS_ID), id) ||
                        !slice_equal(place.id, id))) {
        why = NO_ENGINE;
    }
    if (why == NULL && q->found == NULL) {
        q->found = known_new(true, place.path, facts->text);
        why = q->found == NULL ? NO_ENGINE : NULL;
    }
    if (why == NULL) {
        memcpy(q->found->id, q->id, CGROUP_ID);
    }
    for (struct calling *c = q->asked; c != NULL; c = c->next) {
        c->why = why;
        if (why == NULL && slice_equal(known_path(q->found), slice_of(c->path, c->npath))) {
            c->answer = q->found;
            q->found->users++;
        }
    }
}

static void question_found(void *context, const struct containers_facts *facts)
{
    struct question *q = context;

    if (q->one) {
        inspected(q, facts);
    } else {
        listed(q, facts);
    }
}

static bool question_piece(void *context, unsigned status, struct slice body)
{
    struct question *q = context;

    return status != 200 || containers_read(&q->reader, body);
}

/* What was found may be kept if nothing has happened since it was asked for. */
static void keep(const struct question *q, struct calling *c)
{
    struct callers *callers = &q->worker->callers;
    bool still = callers->fresh && q->fresh && q->seen == callers->seen;

    /* Else it counts for this request alone, unless there are no events to go by. */
    c->epoch = still || !callers->fresh ? q->epoch : callers->epoch - 1;
    if (!still || c->why != NULL || (c->answer == NULL && c->placed) ||
        known_find(callers, c) != NULL) {
        return;
    }
    struct known *k = c->answer;
    if (k == NULL) {
        k = known_new(false, SLICE(""), SLICE(""));
        if (k == NULL) {
            return;
        }
        k->address = c->session->who.peer;
        known_add(callers, k);
        known_put(k);
        return;
    }
    known_add(callers, k);
}

static bool question_ask(struct question *q);

static void question_done(void *context, unsigned status, struct slice body)
{
    struct question *q = context;
    /* One that the engine doesn't know is of another engine. */
    bool ok = (status == 200 && containers_complete(&q->reader)) || (q->one && status == 404);

    (void)body;
    q->lookup = NULL;
    while (q->asked != NULL) {
        struct calling *c = take_first(&q->asked);

        if (!ok) {
            c->why = NO_ENGINE;
        } else if (c->ambiguous) {
            c->why = TWO;
        }
        keep(q, c);
        tell(c);
    }
    if (q->waiting == NULL || !question_ask(q)) {
        tell_failed(&q->asked, NO_ROOM);
        question_free(q);
    }
}

/* Asks for all who wait. False: it can't be asked; they are in `asked` then. */
static bool question_ask(struct question *q)
{
    struct worker *w = q->worker;
    char text[160];
    struct buf b;

    q->asked = q->waiting;
    q->waiting = NULL;
    q->seen = w->callers.seen;
    q->epoch = w->callers.epoch;
    q->fresh = w->callers.fresh;
    known_put(q->found);
    q->found = NULL;
    buf_init(&b, text, sizeof(text));
    buf_put(&b, SLICE("/containers/"));
    if (q->one) {
        buf_put(&b, slice_of(q->id, CGROUP_ID));
        buf_put_byte(&b, '/');
    }
    buf_put(&b, SLICE("json"));
    containers_init(&q->reader, q->one ? CONTAINERS_ONE : CONTAINERS_LIST, question_found, q);
    q->lookup = lookup_stream(w, buf_slice(&b), false, question_piece, question_done, q);
    return q->lookup != NULL;
}

static struct question *question_of(struct worker *w, const struct calling *c)
{
    struct question *q = w->callers.questions;

    while (q != NULL &&
           (q->one != c->placed || (q->one && memcmp(q->id, c->id, sizeof(q->id)) != 0))) {
        q = q->next;
    }
    if (q != NULL) {
        return q;
    }
    q = malloc(sizeof(*q));
    if (q == NULL) {
        return NULL;
    }
    q->worker = w;
    q->lookup = NULL;
    q->asked = NULL;
    q->waiting = NULL;
    q->found = NULL;
    q->one = c->placed;
    memcpy(q->id, c->id, sizeof(q->id));
    q->next = w->callers.questions;
    w->callers.questions = q;
    return q;
}

/* Asks for this one, with the others who wait for the same. */
bool callers_ask(struct worker *w, struct calling *c)
{
    struct question *q = question_of(w, c);

    if (q == NULL) {
        return false;
    }
    callers_events_begin(w);
    c->next = q->waiting;
    q->waiting = c;
    c->question = q;
    if (q->lookup != NULL || question_ask(q)) {
        return true;
    }
    c->question = NULL; /* it is the only one */
    q->asked = NULL;
    question_free(q);
    return false;
}

static void unlink_calling(struct calling **list, const struct calling *c)
{
    while (*list != NULL && *list != c) {
        list = &(*list)->next;
    }
    if (*list != NULL) {
        *list = c->next;
    }
}

void callers_unask(struct calling *c)
{
    if (c->question != NULL) {
        unlink_calling(&c->question->asked, c);
        unlink_calling(&c->question->waiting, c);
        c->question = NULL;
    }
}

void callers_ask_fini(struct worker *w)
{
    struct callers *c = &w->callers;

    while (c->questions != NULL) {
        struct question *q = c->questions;

        c->questions = q->next;
        lookup_cancel(q->lookup);
        known_put(q->found);
        free(q);
    }
}
