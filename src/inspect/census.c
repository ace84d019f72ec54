/* The census: a list goes through the view, and what comes out is read for its ids and states. It
 * comes out in whole elements, since the view holds each until it is shown. */
#include "inspect/census.h"

#include "inspect/answers_policy.h"
#include "inspect/owned_text.h"
#include "inspect/view_reader.h"

#include <stdlib.h>

/* A label that is asked for by; longer ones are left to the view. */
#define LABEL_MAX 512

/* The longest id, or name of a volume, that is asked about. */
#define ID_MAX 256

static const struct {
    struct slice target;
    struct slice id; /* the member that is an element's id */
    enum operation_id op;
    enum owned_kind kind; /* of which ids are kept; OWNED_NONE: elements are counted */
} LISTS[CENSUS_LISTS] = {
    [CENSUS_RUNNING] = {SLICE_INIT("/containers/json?all=0"), SLICE_INIT("Id"),
                        OPERATION_CONTAINER_LIST, OWNED_CONTAINER},
    [CENSUS_CONTAINERS] = {SLICE_INIT("/containers/json?all=1"), SLICE_INIT("Id"),
                           OPERATION_CONTAINER_LIST, OWNED_NONE},
    [CENSUS_IMAGES] = {SLICE_INIT("/images/json?all=1"), SLICE_INIT("Id"), OPERATION_IMAGE_LIST,
                       OWNED_NONE},
    [CENSUS_NETWORKS] = {SLICE_INIT("/networks"), SLICE_INIT("Id"), OPERATION_NETWORK_LIST,
                         OWNED_NETWORK},
    [CENSUS_VOLUMES] = {SLICE_INIT("/volumes"), SLICE_INIT("Name"), OPERATION_VOLUME_LIST,
                        OWNED_VOLUME},
    [CENSUS_SERVICES] = {SLICE_INIT("/services"), SLICE_INIT("ID"), OPERATION_SERVICE_LIST,
                         OWNED_SERVICE},
    [CENSUS_SECRETS] = {SLICE_INIT("/secrets"), SLICE_INIT("ID"), OPERATION_SECRET_LIST,
                        OWNED_SECRET},
    [CENSUS_CONFIGS] = {SLICE_INIT("/configs"), SLICE_INIT("ID"), OPERATION_CONFIG_LIST,
                        OWNED_CONFIG},
};

/* Members of an element that matter. */
enum member { MEMBER_NONE, MEMBER_ID, MEMBER_STATE };

/* What an inspect said. */
enum said { SAID_NOTHING, SAID_ABSENT, SAID_HIDDEN, SAID_VISIBLE };

struct census {
    const struct answers_policy *policy;
    enum census_list list;     /* under way; CENSUS_LISTS: an inspect is */
    enum answers_step inspect; /* what its view says so far */
    struct answers *view;      /* of either */
    struct view_reader seen;   /* of what comes out */
    enum member member;        /* whose value comes next */
    bool lost;                 /* it has more ids than are kept */
    struct slice id;           /* of the element; into what comes out */
    enum census_count state;
    size_t before; /* known before this list */
    size_t len;
    size_t room;
    char *text; /* owned: what is known, a line each: kind, verdict, id */
    uint64_t count[CENSUS_COUNTS];
    enum said said; /* of this thing */
    enum owned_kind asked;
    size_t id_len;
    char asked_id[ID_MAX];
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
        bool more = slice_find(LISTS[c->list].target, '?') < LISTS[c->list].target.len;
        (void)buf_put(out, more ? SLICE("&filters=") : SLICE("?filters="));
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

bool census_begin_thing(struct census *c, enum owned_kind kind, struct slice id, struct buf *out)
{
    c->list = CENSUS_LISTS;
    c->said = SAID_NOTHING;
    c->asked = kind;
    c->id_len = id.len < sizeof(c->asked_id) ? id.len : 0;
    memcpy(c->asked_id, id.at, c->id_len);
    c->view = answers_begin(c->policy, owned_inspect(kind), 200);
    c->inspect = ANSWERS_OK;
    return c->view != NULL && c->id_len > 0 && owned_put_lookup(kind, id, out);
}

/* ---- what is known ---- */

/* The line of a thing; its end where there is none. */
static size_t find(const struct census *c, enum owned_kind kind, struct slice id)
{
    size_t at = 0;
    while (c->text != NULL && at < c->len) {
        struct slice line = slice_of(c->text + at, c->len - at);
        line.len = slice_find(line, '\n');
        if (line.at[0] == (char)('0' + kind) && slice_equal(slice_sub(line, 2, line.len), id)) {
            return at;
        }
        at += line.len + 1;
    }
    return at;
}

/* Makes room for a line. False: there is none. */
static bool make_room(struct census *c, size_t more)
{
    size_t wanted = c->len + more;
    if (wanted > CENSUS_TEXT_MAX) {
        return false;
    }
    if (wanted > c->room) {
        size_t room = wanted < CENSUS_TEXT_MAX / 2 ? wanted * 2 : CENSUS_TEXT_MAX;
        char *text = realloc(c->text, room);
        if (text == NULL) {
            return false;
        }
        c->text = text;
        c->room = room;
    }
    return c->text != NULL;
}

/* Adds a line. False: it does not fit. */
static bool add(struct census *c, enum owned_kind kind, struct slice id, bool visible)
{
    if (!make_room(c, id.len + 3)) {
        return false;
    }
    char *at = c->text + c->len;
    *at++ = (char)('0' + kind);
    *at++ = visible ? '+' : '-';
    memcpy(at, id.at, id.len);
    at[id.len] = '\n';
    c->len += id.len + 3;
    return true;
}

void census_note(struct census *c, enum owned_kind kind, struct slice id, bool visible)
{
    size_t at = find(c, kind, id);
    if (c->text != NULL && at < c->len) {
        c->text[at + 1] = visible ? '+' : '-';
        return;
    }
    while (id.len > 0 && id.len < ID_MAX && !add(c, kind, id, visible) && c->len > 0) {
        size_t oldest = slice_find(slice_of(c->text, c->len), '\n') + 1;
        c->len -= oldest;
        memmove(c->text, c->text + oldest, c->len);
    }
}

enum census_verdict census_about(const struct census *c, enum owned_kind kind, struct slice id,
                                 bool anew, bool made)
{
    size_t at = find(c, kind, id);
    bool noted = at < c->len;
    bool visible = noted && c->text[at + 1] == '+';
    bool asked =
        c->id_len > 0 && c->asked == kind && slice_equal(slice_of(c->asked_id, c->id_len), id);
    if (asked && c->said != SAID_ABSENT) {
        visible = c->said == SAID_VISIBLE;
    } else if (asked) {
        visible = visible && !made;
    } else if (!noted || anew) {
        return id.len < sizeof(c->asked_id) && id.len > 0 ? CENSUS_ASK : CENSUS_HIDDEN;
    }
    return visible ? CENSUS_VISIBLE : CENSUS_HIDDEN;
}

void census_settle(struct census *c)
{
    c->id_len = 0;
}

/* ---- reading ---- */

static void begin_element(struct census *c)
{
    c->id = (struct slice){0};
    c->state = CENSUS_COUNT_STOPPED;
}

static void end_element(struct census *c)
{
    enum owned_kind kind = LISTS[c->list].kind;
    if (kind != OWNED_NONE) {
        c->lost = (c->id.len > 0 && !add(c, kind, c->id, true)) || c->lost;
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

static enum member member_of(const struct census *c, struct slice name)
{
    return slice_equal(name, LISTS[c->list].id) ? MEMBER_ID
           : slice_equal(name, SLICE("State"))  ? MEMBER_STATE
                                                : MEMBER_NONE;
}

/* Reads what the view has let out: a list of objects; that of volumes stands in another. */
static void read_seen(struct census *c, struct slice in)
{
    struct view_part part;
    enum view_token token;
    unsigned depth = c->list == CENSUS_VOLUMES ? 3 : 2;
    while ((token = view_reader_next(&c->seen, &in, &part)) > VIEW_REFUSED) {
        bool within = c->seen.depth == depth;
        if (token == VIEW_OBJECT && within) {
            begin_element(c);
        } else if (token == VIEW_OBJECT_END && c->seen.depth == depth - 1) {
            end_element(c);
        } else if (token == VIEW_STRING && within) {
            take_text(c, part.bytes);
        }
        c->member = token == VIEW_KEY && within ? member_of(c, part.bytes) : MEMBER_NONE;
    }
}

bool census_feed(struct census *c, struct slice in)
{
    enum answers_step step = c->list == CENSUS_LISTS ? c->inspect : ANSWERS_OK;
    while (in.len > 0 && step == ANSWERS_OK) {
        step = answers_feed(c->view, slice_sub(in, 0, ANSWERS_PIECE));
        in = slice_sub(in, ANSWERS_PIECE, in.len);
        if (c->list != CENSUS_LISTS) {
            read_seen(c, answers_ready(c->view));
        }
        answers_taken(c->view);
    }
    c->inspect = step;
    return step == ANSWERS_OK || (step == ANSWERS_HIDDEN && c->list == CENSUS_LISTS);
}

static void end_view(struct census *c)
{
    answers_free(c->view);
    c->view = NULL;
}

void census_end(struct census *c, bool whole)
{
    if (!whole || c->view == NULL || answers_end(c->view) != ANSWERS_OK || c->lost) {
        size_t first = c->list == CENSUS_IMAGES ? CENSUS_COUNT_IMAGES : 0;
        size_t behind = c->list == CENSUS_IMAGES       ? CENSUS_COUNTS
                        : c->list == CENSUS_CONTAINERS ? CENSUS_COUNT_IMAGES
                                                       : 0;
        memset(c->count + first, 0, (behind - first) * sizeof(c->count[0]));
        c->len = c->before;
    }
    end_view(c);
}

void census_end_thing(struct census *c, unsigned status)
{
    if (status == 200 && c->inspect == ANSWERS_OK) {
        c->inspect = answers_end(c->view);
    }
    if (status == 404) {
        c->said = SAID_ABSENT;
    } else if (status == 200 && c->inspect != ANSWERS_REFUSED) {
        c->said = c->inspect == ANSWERS_OK ? SAID_VISIBLE : SAID_HIDDEN;
        census_note(c, c->asked, slice_of(c->asked_id, c->id_len), c->said == SAID_VISIBLE);
    }
    end_view(c);
}

uint64_t census_count(const struct census *c, enum census_count what)
{
    return c->count[what];
}
