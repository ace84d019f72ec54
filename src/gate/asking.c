/* Questions of views: each is answered by lists of the engine, which are asked for one after the
 * other and read as they come, or by an inspect of one thing. */
#include "gate/asking.h"

#include "gate/lookup.h"
#include "gate/worker.h"
#include "inspect/census.h"

#include <stdlib.h>

/* The longest target: a list, and a filter with a label in it. */
#define TARGET_MAX 2048

/* The lists that answer a question, from one to another. */
static const struct {
    uint8_t first; /* enum census_list */
    uint8_t last;
} LISTS[] = {
    [ANSWERS_WHO_RUNS] = {CENSUS_RUNNING, CENSUS_RUNNING},
    [ANSWERS_HOW_MANY] = {CENSUS_CONTAINERS, CENSUS_IMAGES},
    [ANSWERS_WHAT_IS] = {CENSUS_NETWORKS, CENSUS_CONFIGS},
};

struct asking {
    struct session *session;
    struct lookup *lookup; /* under way */
    struct census *census;
    struct bytes kept;
    bool ended; /* the body, behind what is kept */
    uint8_t list;
    uint8_t last; /* enum census_list, of those that answer the question */
};

void asking_free(struct asking *a)
{
    if (a != NULL) {
        if (a->lookup != NULL) {
            lookup_cancel(a->lookup);
        }
        census_free(a->census);
        bytes_free(&a->kept);
        free(a);
    }
}

static bool piece(void *context, unsigned status, struct slice body)
{
    struct asking *a = context;

    return status != 200 || census_feed(a->census, body);
}

static void go_on(struct session *s)
{
    session_view_told(s);
    if (!s->closed) {
        session_run(s);
    }
}

static bool ask_next(struct asking *a);

static void list_done(void *context, unsigned status, struct slice body)
{
    struct asking *a = context;

    (void)body;
    a->lookup = NULL;
    census_end(a->census, status == 200);
    /* Of an engine that does not answer nothing more is asked: it may take as long each time. */
    a->list = status == 0 ? a->last + 1 : a->list + 1;
    if (!ask_next(a)) {
        go_on(a->session);
    }
}

static void thing_done(void *context, unsigned status, struct slice body)
{
    struct asking *a = context;

    (void)body;
    a->lookup = NULL;
    census_end_thing(a->census, status);
    answers_tell(a->session->exchange->view, a->census);
    go_on(a->session);
}

/* Asks for the next list. False: there is none that could be asked for, and the view was told. */
static bool ask_next(struct asking *a)
{
    char text[TARGET_MAX];
    struct buf target;

    for (; a->list <= a->last; a->list++) {
        buf_init(&target, text, sizeof(text));
        if (census_begin(a->census, (enum census_list)a->list, &target)) {
            a->lookup =
                lookup_stream(a->session->worker, buf_slice(&target), false, piece, list_done, a);
        }
        if (a->lookup != NULL) {
            return true;
        }
        census_end(a->census, false);
    }
    answers_tell(a->session->exchange->view, a->census);
    return false;
}

/* The same for the thing that the view asks about. */
static bool ask_about(struct asking *a)
{
    struct answers *view = a->session->exchange->view;
    struct answers_thing thing = answers_about(view);
    char text[TARGET_MAX];
    struct buf target;

    buf_init(&target, text, sizeof(text));
    if (census_begin_thing(a->census, (enum owned_kind)thing.kind, thing.id, &target)) {
        a->lookup =
            lookup_stream(a->session->worker, buf_slice(&target), false, piece, thing_done, a);
    }
    if (a->lookup == NULL) {
        census_end_thing(a->census, 0);
        answers_tell(view, a->census);
    }
    return a->lookup != NULL;
}

struct asking *asking_new(struct session *s)
{
    struct asking *a = calloc(1, sizeof(*a));

    if (a != NULL) {
        a->session = s;
        a->census = census_new(s->exchange->policy->answers);
        if (a->census == NULL) {
            free(a);
            a = NULL;
        }
    }
    return a;
}

void asking_begin(struct asking *a)
{
    struct session *s = a->session;
    enum answers_question question = answers_question(s->exchange->view);
    bool waits;

    if (question == ANSWERS_ABOUT) {
        waits = ask_about(a);
    } else {
        a->list = LISTS[question].first;
        a->last = LISTS[question].last;
        waits = ask_next(a);
    }
    s->down = waits ? DOWN_ASKED : s->down;
}

bool asking_keep(struct asking *a, struct slice payload)
{
    return bytes_append(&a->kept, payload);
}

void asking_keep_end(struct asking *a)
{
    a->ended = true;
}

bool asking_take(struct asking *a, struct bytes *kept)
{
    bool ended = a->ended;

    *kept = a->kept;
    a->kept = (struct bytes){0};
    a->ended = false;
    return ended;
}
