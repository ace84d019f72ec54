/* Sessions and the containers that they come from. */
#include "gate/callers_parts.h"
#include "inspect/containers.h"
#include "sys/log.h"
#include "sys/process.h"

#include <stdlib.h>

static const char NO_ROOM[] = "too many callers have to be asked for at once";
static const char HIDDEN[] = "the process is not visible here; a gate in a container needs the "
                             "host's PID namespace (pid: host)";
static const char GONE[] = "the process that connected is gone";
static const char STRANGE[] = "its control group has too long a path";
const char CALLERS_CLOSED[] = "/proc can't be read; a gate whose first configuration asked for no "
                              "containers has to be restarted";

static struct calling *calling_of(struct session *s, uint64_t since_us)
{
    if (s->calling == NULL) {
        size_t room = s->who.peer.kind == PEER_UNIX ? LIMIT_CGROUP : 0;

        s->calling = calloc(1, sizeof(*s->calling) + room);
        if (s->calling != NULL) {
            s->calling->session = s;
            s->calling->since_us = since_us;
        }
    }
    return s->calling;
}

void callers_open(struct session *s)
{
    const struct gate_clients *clients = &s->worker->policies->snapshot->clients;

    if (clients->by_container && s->who.peer.kind == PEER_UNIX) {
        (void)calling_of(s, s->worker->now_us); /* without it only its age is unknown */
    }
}

/* Where the process is that connected. `*in`: in a container, by its control group. */
static const char *find_place(struct calling *c, bool *in)
{
    struct session *s = c->session;
    char memory[4096];
    struct buf text;
    struct cgroup_place place;
    uint64_t age_us = c->since_us == 0 ? 0 : s->worker->now_us - c->since_us + 1;

    *in = c->placed;
    if (c->placed) {
        return NULL;
    }
    buf_init(&text, memory, sizeof(memory));
    switch (sys_process_peer_cgroup(s->client.fd, s->who.port, age_us, &text)) {
    case SYS_PROCESS_HERE:
        break;
    case SYS_PROCESS_HIDDEN:
        return HIDDEN;
    case SYS_PROCESS_GONE:
        return GONE;
    case SYS_PROCESS_CLOSED:
        return CALLERS_CLOSED;
    }
    if (!cgroup_find(buf_slice(&text), &place)) {
        return NULL;
    }
    if (place.path.len > LIMIT_CGROUP) {
        return STRANGE;
    }
    memcpy(c->id, place.id.at, sizeof(c->id));
    memcpy(c->path, place.path.at, place.path.len);
    c->npath = place.path.len;
    c->placed = true;
    *in = true;
    return NULL;
}

/* What rows are told of it; NULL: it is in no container. */
static void tell(struct clients_more *more, const struct known *k)
{
    bool container = k != NULL && k->container;

    more->is = container ? CLIENTS_CONTAINER : CLIENTS_NO_CONTAINER;
    more->facts = container ? known_facts(k) : (struct slice){0};
    more->label = container && k->labelled ? &k->label : NULL;
}

/* What is known of the caller now, without asking: true where it is enough. `*found`: its
 * container, borrowed; NULL: none. */
static bool look_up(struct calling *c, struct known **found, const char **why)
{
    struct session *s = c->session;
    struct known *k = NULL;
    bool in = true;

    if (c->answered) {
        c->answered = false;
        *why = c->why;
        k = c->answer;
    } else {
        *why = s->who.peer.kind == PEER_UNIX ? find_place(c, &in) : NULL;
        k = *why == NULL && in ? known_find(&s->worker->callers, c) : NULL;
        c->epoch = s->worker->callers.epoch;
        if (*why == NULL && in && k == NULL) {
            return false;
        }
        if (k != NULL && c->placed && !slice_equal(known_path(k), slice_of(c->path, c->npath))) {
            k = NULL; /* it calls itself like the container, but is elsewhere */
        }
    }
    *found = k;
    return true;
}

/* A label that can't be read grants nothing, which whoever wrote it has to know. */
static void say_wrong(struct worker *w, const struct known *k)
{
    char text[LABEL_WRONG_MAX];
    struct slice name = containers_get(known_facts(k), CONTAINERS_NAME);
    char id[64];
    struct buf wrong;
    struct buf who;

    if (k->label.wrong == LABEL_FINE || atomic_exchange(&w->shared->label_said, true)) {
        return;
    }
    buf_init(&wrong, text, sizeof(text));
    buf_init(&who, id, sizeof(id));
    label_put_wrong(&k->label, &wrong);
    (void)buf_put_escaped(&who, name.len > 0 ? name : slice_of(k->id, 12));
    sys_log("the label " LABEL_ALLOW
            " of the container %.*s %.*s, so it grants nothing; others like "
            "it are not named",
            (int)who.len, who.at, (int)wrong.len, wrong.at);
}

/* Keeps the container whose label narrows the policy; NULL: nothing does. */
static void set_bears(struct calling *c, struct known *k)
{
    if (k != NULL) {
        k->users++;
    }
    known_put(c->bears);
    c->bears = k;
}

static enum callers_step find_by_container(struct session *s, const struct gate_clients *clients,
                                           struct clients_more *more, const char **why)
{
    struct worker *w = s->worker;
    struct calling *c = calling_of(s, 0);
    struct known *k = NULL;

    *why = NO_ROOM;
    if (c == NULL) {
        return CALLERS_FAILED;
    }
    if (!look_up(c, &k, why)) {
        *why = NO_ROOM;
        return callers_ask(w, c) ? CALLERS_WAIT : CALLERS_FAILED;
    }
    c->why = NULL;
    if (*why == NULL) {
        tell(more, k);
        struct clients_found found = gate_clients_find(clients, &s->who, more);
        s->policy = found.policy;
        s->generation = w->generation;
        c->depends = true;
        set_bears(c, found.label != NULL ? k : NULL);
        if (c->bears != NULL) {
            say_wrong(w, c->bears);
        }
    }
    known_put(c->answer);
    c->answer = NULL;
    c->ambiguous = false;
    return *why == NULL ? CALLERS_READY : CALLERS_FAILED;
}

/* Its groups, if rows ask for them: in the worker's scratch for heads to be written, of which there
 * is none at that time. */
static void take_groups(struct session *s, const struct gate_clients *clients,
                        struct clients_more *more)
{
    uint32_t *groups = (uint32_t *)(void *)s->worker->out;

    if (clients->by_gid && s->who.peer.kind == PEER_UNIX) {
        more->groups = groups;
        more->ngroups = sys_process_peer_groups(s->client.fd, groups, WORKER_OUT / sizeof(*groups));
    }
}

const struct label *callers_label(const struct session *s)
{
    const struct known *k = s->calling != NULL ? s->calling->bears : NULL;

    return k != NULL ? &k->label : NULL;
}

struct clients_found callers_policy(struct session *s)
{
    const struct gate_clients *clients = &s->worker->policies->snapshot->clients;
    struct clients_more more = {.groups = NULL};
    const struct known *k = NULL;

    if (s->policy != NULL && s->generation == s->worker->generation) {
        return (struct clients_found){s->policy, callers_label(s)};
    }
    take_groups(s, clients, &more);
    struct clients_found found = gate_clients_find(clients, &s->who, &more);
    if (found.policy == NULL && s->calling != NULL) {
        k = known_find(&s->worker->callers, s->calling);
    }
    if (k != NULL && (!s->calling->placed ||
                      slice_equal(known_path(k), slice_of(s->calling->path, s->calling->npath)))) {
        tell(&more, k);
        found = gate_clients_find(clients, &s->who, &more);
    }
    return found.policy != NULL ? found : (struct clients_found){clients->otherwise, NULL};
}

enum callers_step callers_find(struct session *s, const char **why)
{
    struct worker *w = s->worker;
    const struct gate_clients *clients = &w->policies->snapshot->clients;
    struct clients_more more = {.groups = NULL};

    if (s->policy != NULL && s->generation == w->generation &&
        (s->calling == NULL || !s->calling->depends || s->calling->epoch == w->callers.epoch)) {
        return CALLERS_READY;
    }
    take_groups(s, clients, &more);
    s->policy = gate_clients_find(clients, &s->who, &more).policy;
    s->generation = w->generation;
    if (s->policy != NULL) {
        if (s->calling != NULL) {
            s->calling->depends = false;
            set_bears(s->calling, NULL);
        }
        return CALLERS_READY;
    }
    return find_by_container(s, clients, &more, why);
}

void callers_forget(struct session *s)
{
    struct calling *c = s->calling;

    if (c == NULL) {
        return;
    }
    callers_unask(c);
    known_put(c->answer);
    known_put(c->bears);
    free(c);
    s->calling = NULL;
}

void callers_check(struct worker *w)
{
    struct callers *c = &w->callers;

    if (!w->policies->snapshot->clients.by_container && c->events != NULL) {
        callers_events_end(w);
    }
}

void callers_fini(struct worker *w)
{
    callers_ask_fini(w);
    callers_events_end(w);
}
