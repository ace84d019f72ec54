/* The census: a list goes through the view, and what comes out is read for its ids and states. It
 * comes out in whole elements, since the view holds each until it is shown. */
#include "inspect/census.h"

#include "inspect/answers_policy.h"
#include "inspect/owned_text.h"
#include "inspect/view_reader.h"

#include <stdlib.h>

/* A label that is asked for by; longer ones are left to the view. */
#define LABEL_MAX 512

static const struct {
    enum operation_id op;
    struct slice target;
    bool named; /* what is in it is kept */
} LISTS[CENSUS_LISTS] = {
    [CENSUS_RUNNING] = {OPERATION_CONTAINER_LIST, SLICE_INIT("/containers/json?all=0"), true},
    [CENSUS_CONTAINERS] = {OPERATION_CONTAINER_LIST, SLICE_INIT("/containers/json?all=1"), false},
    [CENSUS_IMAGES] = {OPERATION_IMAGE_LIST, SLICE_INIT("/images/json?all=1"), false},
};

/* Members of an element that matter. */
enum member { MEMBER_NONE, MEMBER_ID, MEMBER_STATE };

struct census {
    const struct answers_policy *policy;
    enum census_list list;   /* under way */
    struct answers *view;    /* of it */
    struct view_reader seen; /* of what comes out */
    enum member member;      /* whose value comes next */
    bool lost;               /* it has more names than are kept */
    struct slice id;         /* of the element; into what comes out */
    enum census_count state;
    size_t before; /* names of other lists */
    size_t len;
    size_t room;
    char *text; /* owned: names, a line each */
    uint64_t count[CENSUS_COUNTS];
};

struct census *census_new(const struct answers_policy *p)
{
    struct census *c = calloc(1, sizeof(*c));
    if (c != NULL) {
        c->policy = p;
    }
    return c;
}

void census_free(struct census *c)
{
    if (c != NULL) {
        answers_free(c->view);
        free(c->text);
        free(c);
    }
}

/* Whether everything that is visible in the list bears one label: the engine can then leave out the
 * rest, which is cheaper. Globs with a colon are of images. */
static bool is_labelled(const struct census *c)
{
    const struct answers_settings *s = &c->policy->settings;
    bool labelled = s->visible_labels.n == 1;
    for (size_t i = 0; i < s->visible_names.n && labelled; i++) {
        struct slice glob = s->visible_names.at[i];
        labelled = c->list != CENSUS_IMAGES && slice_find(glob, ':') < glob.len;
    }
    return labelled;
}

static void put_target(const struct census *c, struct buf *out)
{
    char text[LABEL_MAX];
    struct buf filters;
    buf_init(&filters, text, sizeof(text));
    (void)buf_put(out, LISTS[c->list].target); /* looked at by the caller */
    if (!is_labelled(c)) {
        return;
    }
    if (buf_put(&filters, SLICE("{\"label\":[\"")) &&
        buf_put_json(&filters, c->policy->settings.visible_labels.at[0]) &&
        buf_put(&filters, SLICE("\"]}"))) {
        (void)buf_put(out, SLICE("&filters="));
        owned_text_encode(out, buf_slice(&filters));
    }
}

bool census_begin(struct census *c, enum census_list list, struct buf *out)
{
    c->list = list;
    c->before = c->len;
    c->lost = false;
    c->view = answers_begin(c->policy, LISTS[list].op, 200);
    view_reader_init(&c->seen, false);
    put_target(c, out);
    return c->view != NULL && !out->full;
}

/* Keeps a name. */
static void keep(struct census *c, struct slice name)
{
    size_t wanted = c->len + name.len + 1;
    if (wanted > CENSUS_TEXT_MAX) {
        c->lost = true;
        return;
    }
    if (wanted > c->room) {
        size_t room = wanted < CENSUS_TEXT_MAX / 2 ? wanted * 2 : CENSUS_TEXT_MAX;
        char *text = realloc(c->text, room);
        if (text == NULL) {
            c->lost = true;
            return;
        }
        c->text = text;
        c->room = room;
    }
    memcpy(c->text + c->len, name.at, name.len);
    c->text[wanted - 1] = '\n';
    c->len = wanted;
}

static void begin_element(struct census *c)
{
    c->id = (struct slice){0};
    c->state = CENSUS_COUNT_STOPPED;
}

static void end_element(struct census *c)
{
    if (LISTS[c->list].named) {
        keep(c, c->id);
    } else if (c->list == CENSUS_IMAGES) {
        c->count[CENSUS_COUNT_IMAGES]++;
    } else {
        c->count[CENSUS_COUNT_CONTAINERS]++;
        c->count[c->state]++;
    }
}

/* A text within an element, which is there as a whole. */
static void take_text(struct census *c, struct slice text)
{
    if (c->member == MEMBER_ID) {
        c->id = text;
    } else if (c->member == MEMBER_STATE && slice_equal(text, SLICE("running"))) {
        c->state = CENSUS_COUNT_RUNNING;
    } else if (c->member == MEMBER_STATE && slice_equal(text, SLICE("paused"))) {
        c->state = CENSUS_COUNT_PAUSED;
    }
}

static enum member member_of(struct slice name)
{
    return slice_equal(name, SLICE("Id"))      ? MEMBER_ID
           : slice_equal(name, SLICE("State")) ? MEMBER_STATE
                                               : MEMBER_NONE;
}

/* Reads what the view has let out: a list of objects. */
static void read_seen(struct census *c, struct slice in)
{
    struct view_part part;
    enum view_token token;
    while ((token = view_reader_next(&c->seen, &in, &part)) > VIEW_REFUSED) {
        bool within = c->seen.depth == 2;
        if (token == VIEW_OBJECT && within) {
            begin_element(c);
        } else if (token == VIEW_OBJECT_END && c->seen.depth == 1) {
            end_element(c);
        } else if (token == VIEW_STRING && within) {
            take_text(c, part.bytes);
        }
        c->member = token == VIEW_KEY && within ? member_of(part.bytes) : MEMBER_NONE;
    }
}

bool census_feed(struct census *c, struct slice in)
{
    enum answers_step step = ANSWERS_OK;
    while (in.len > 0 && step == ANSWERS_OK) {
        step = answers_feed(c->view, slice_sub(in, 0, ANSWERS_PIECE));
        in = slice_sub(in, ANSWERS_PIECE, in.len);
        read_seen(c, answers_ready(c->view));
        answers_taken(c->view);
    }
    return step == ANSWERS_OK;
}

void census_end(struct census *c, bool whole)
{
    if (!whole || c->view == NULL || answers_end(c->view) != ANSWERS_OK || c->lost) {
        size_t first = c->list == CENSUS_IMAGES ? CENSUS_COUNT_IMAGES : 0;
        size_t behind = c->list == CENSUS_IMAGES ? CENSUS_COUNTS : CENSUS_COUNT_IMAGES;
        memset(c->count + first, 0, (behind - first) * sizeof(c->count[0]));
        c->len = c->before;
    }
    answers_free(c->view);
    c->view = NULL;
}

uint64_t census_count(const struct census *c, enum census_count what)
{
    return c->count[what];
}

bool census_has(const struct census *c, struct slice id)
{
    struct slice rest = slice_of(c->text, c->len);
    struct slice name;
    bool found = false;
    while (rest.len > 0 && !found && slice_next(&rest, '\n', &name)) {
        found = id.len > 0 && slice_equal(name, id);
    }
    return found;
}
