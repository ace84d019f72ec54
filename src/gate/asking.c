/* Questions of views: each is answered by lists of the engine, which are asked for one after the
 * other and read as they come. */
#include "gate/asking.h"

#include "gate/lookup.h"
#include "gate/worker.h"
#include "inspect/census.h"

#include <stdlib.h>

/* The longest target: a list, and a filter with a label in it. */
#define TARGET_MAX 2048

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

static bool list_piece(void *context, unsigned status, struct slice body)
{
    struct asking *a = context;

    return status == 200 && census_feed(a->census, body);
}

static bool ask_next(struct asking *a);

static void list_done(void *context, unsigned status, struct slice body)
{
    struct asking *a = context;
    struct session *s = a->session;

    (void)body;
    a->lookup = NULL;
    census_end(a->census, status == 200);
    a->list++;
    if (!ask_next(a)) {
        session_view_told(s);
    }
    if (!s->closed) {
        session_run(s);
    }
}

/* Asks for the next list. False: there is none that could be asked for, and the view was told. */
static bool ask_next(struct asking *a)
{
    char text[TARGET_MAX];
    struct buf target;

    for (; a->list <= a->last; a->list++) {
        buf_init(&target, text, sizeof(text));
        if (census_begin(a->census, (enum census_list)a->list, &target)) {
            a->lookup = lookup_stream(a->session->worker, buf_slice(&target), false, list_piece,
                                      list_done, a);
        }
        if (a->lookup != NULL) {
            return true;
        }
        census_end(a->census, false);
    }
    answers_tell(a->session->exchange->view, a->census);
    return false;
}

static struct asking *asking_new(struct session *s)
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

bool asking_begin(struct session *s)
{
    struct exchange *x = s->exchange;
    bool counts = answers_question(x->view) == ANSWERS_HOW_MANY;

    x->asking = x->asking == NULL ? asking_new(s) : x->asking;
    if (x->asking == NULL) {
        return false;
    }
    x->asking->list = counts ? CENSUS_CONTAINERS : CENSUS_RUNNING;
    x->asking->last = counts ? CENSUS_IMAGES : CENSUS_RUNNING;
    if (ask_next(x->asking)) {
        s->down = DOWN_ASKED;
    }
    return true;
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
