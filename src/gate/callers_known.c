/* What is known of callers, while the engine's events say that it is still true. */
#include "gate/callers_parts.h"
#include "gate/lookup.h"
#include "inspect/containers.h"
#include "sys/clock.h"
#include "sys/log.h"

#include <stdlib.h>

/* How long after events could not be had they are asked for again. */
#define EVENTS_AGAIN_US 1000000

/* Events of so many seconds ago are told again: the engine says that it tells them a moment before
 * it does. */
#define EVENTS_SINCE_S 10

struct events {
    struct worker *worker;
    struct containers_reader reader;
};

void known_put(struct known *k)
{
    if (k != NULL && --k->users == 0) {
        free(k);
    }
}

struct known *known_new(bool container, struct slice path, struct slice facts)
{
    struct known *k = malloc(sizeof(*k) + path.len + facts.len);

    if (k == NULL) {
        return NULL;
    }
    *k = (struct known){.users = 1, .container = container, .npath = path.len, .nfacts = facts.len};
    if (path.len > 0) {
        memcpy(k->text, path.at, path.len);
    }
    if (facts.len > 0) {
        memcpy(k->text + path.len, facts.at, facts.len);
    }
    struct slice allow;
    k->labelled = containers_find_label(known_facts(k), SLICE(LABEL_ALLOW), &allow);
    if (k->labelled) {
        (void)label_read(allow, &k->label); /* what is wrong with it is told where it decides */
    }
    return k;
}

/* Takes out of the list what `drop` says. */
static void known_drop(struct callers *c, bool (*drop)(const struct known *k, struct slice id),
                       struct slice id)
{
    struct known **from = &c->known;

    while (*from != NULL) {
        struct known *k = *from;

        if (drop(k, id)) {
            *from = k->next;
            c->nknown--;
            c->epoch++;
            known_put(k);
        } else {
            from = &k->next;
        }
    }
}

static bool is_any(const struct known *k, struct slice id)
{
    (void)k;
    (void)id;
    return true;
}

/* What an event about a container makes untrue: who was in none may be in this one now. */
static bool is_changed(const struct known *k, struct slice id)
{
    return !k->container || slice_equal(slice_of(k->id, CGROUP_ID), id);
}

void known_add(struct callers *c, struct known *k)
{
    k->users++;
    k->next = c->known;
    c->known = k;
    if (++c->nknown <= LIMIT_CALLERS) {
        return;
    }
    struct known **from = &c->known;
    while ((*from)->next != NULL) {
        from = &(*from)->next;
    }
    known_put(*from);
    *from = NULL;
    c->nknown--;
}

bool known_same_peer(const struct peer_key *a, const struct peer_key *b)
{
    return a->kind == b->kind && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static bool is_of(const struct known *k, const struct calling *c)
{
    return c->placed ? k->npath > 0 && memcmp(k->id, c->id, sizeof(c->id)) == 0
                     : k->npath == 0 && known_same_peer(&k->address, &c->session->who.peer);
}

struct known *known_find(const struct callers *c, const struct calling *calling)
{
    struct known *k = c->fresh ? c->known : NULL;

    while (k != NULL && !is_of(k, calling)) {
        k = k->next;
    }
    return k;
}

void known_forget(struct callers *c)
{
    known_drop(c, is_any, SLICE(""));
}

/* ---- events ---- */

/* What a container may do without becoming another, or ending. */
static bool is_harmless(struct slice action)
{
    static const struct slice words[] = {
        SLICE_INIT("attach"),  SLICE_INIT("detach"),        SLICE_INIT("commit"),
        SLICE_INIT("copy"),    SLICE_INIT("export"),        SLICE_INIT("resize"),
        SLICE_INIT("top"),     SLICE_INIT("exec_"),         SLICE_INIT("archive"),
        SLICE_INIT("extract"), SLICE_INIT("health_status"),
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (slice_starts_with(action, words[i])) {
            return true;
        }
    }
    return false;
}

static void event_found(void *context, const struct containers_facts *facts)
{
    struct callers *c = &((struct events *)context)->worker->callers;
    bool network = slice_equal(containers_get(facts->text, CONTAINERS_TYPE), SLICE("network"));

    if (facts->partial || facts->lost) {
        c->seen++;
        known_drop(c, is_any, SLICE(""));
        return;
    }
    if (!network && is_harmless(containers_get(facts->text, CONTAINERS_ACTION))) {
        return;
    }
    c->seen++;
    known_drop(c, is_changed,
               containers_get(facts->text, network ? CONTAINERS_OWNER : CONTAINERS_ID));
}

static bool events_piece(void *context, unsigned status, struct slice body)
{
    struct events *e = context;
    struct callers *c = &e->worker->callers;

    if (status != 200) {
        return false;
    }
    if (body.len == 0) {
        c->fresh = true;
        c->epoch++; /* what was found without them is found anew */
        return true;
    }
    return containers_read(&e->reader, body);
}

/* Nothing is trusted from here on. */
static void events_over(struct callers *c)
{
    c->events = NULL;
    free(c->reader);
    c->reader = NULL;
    c->epoch += c->fresh ? 1 : 0;
    c->fresh = false;
    known_drop(c, is_any, SLICE(""));
}

static void events_done(void *context, unsigned status, struct slice body)
{
    struct worker *w = ((struct events *)context)->worker;

    (void)status;
    (void)body;
    if (!w->callers.said && !w->draining) {
        w->callers.said = true;
        sys_log("the engine's events can't be read: which container a client is in is asked for "
                "each connection until they can");
    }
    events_over(&w->callers);
}

void callers_events_begin(struct worker *w)
{
    struct callers *c = &w->callers;
    char text[160];
    struct buf b;

    if (c->events != NULL || w->draining ||
        (c->tried_us != 0 && w->now_us - c->tried_us < EVENTS_AGAIN_US)) {
        return;
    }
    c->tried_us = w->now_us;
    c->reader = malloc(sizeof(*c->reader));
    if (c->reader == NULL) {
        return;
    }
    c->reader->worker = w;
    containers_init(&c->reader->reader, CONTAINERS_EVENTS, event_found, c->reader);
    buf_init(&b, text, sizeof(text));
    /* {"type":["container","network"]} */
    (void)buf_putf(&b,
                   "/events?since=%llu&filters=%%7B%%22type%%22%%3A%%5B%%22container%%22%%2C%%22"
                   "network%%22%%5D%%7D",
                   (unsigned long long)(sys_clock_unix_us() / 1000000 - EVENTS_SINCE_S));
    c->events = lookup_stream(w, buf_slice(&b), true, events_piece, events_done, c->reader);
    if (c->events == NULL) {
        free(c->reader);
        c->reader = NULL;
    }
}

void callers_events_end(struct worker *w)
{
    lookup_cancel(w->callers.events);
    events_over(&w->callers);
}
