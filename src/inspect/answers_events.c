/* Events that say no labels: those of networks, volumes and what is a swarm's tell by an id whose
 * they are. What is known of it decides, and where nothing is, the filter asks. Containers are
 * known by their own events, which bear their labels. */
#include "inspect/answers_state.h"
#include "inspect/census.h"

/* Of an event, as written; it is whole and stands in the output. */
struct event {
    enum owned_kind kind; /* of what it is about; OWNED_NONE: others */
    bool made;            /* it is new */
    bool updated;         /* its labels may be others now */
    struct slice id;
    struct slice container; /* that is connected, or mounts */
};

static const struct {
    struct slice type;
    enum owned_kind kind;
} TYPES[] = {
    {SLICE_INIT("container"), OWNED_CONTAINER}, {SLICE_INIT("network"), OWNED_NETWORK},
    {SLICE_INIT("volume"), OWNED_VOLUME},       {SLICE_INIT("service"), OWNED_SERVICE},
    {SLICE_INIT("secret"), OWNED_SECRET},       {SLICE_INIT("config"), OWNED_CONFIG},
    {SLICE_INIT("node"), OWNED_NODE},
};

static enum owned_kind kind_of(struct slice type)
{
    enum owned_kind kind = OWNED_NONE;
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        kind = slice_equal(TYPES[i].type, type) ? TYPES[i].kind : kind;
    }
    return kind;
}

/* A text at this depth, behind these keys. */
static void take(struct event *e, unsigned depth, const struct slice *key, struct slice text)
{
    if (depth == 1 && slice_equal(key[1], SLICE("Type"))) {
        e->kind = kind_of(text);
    } else if (depth == 1 && slice_equal(key[1], SLICE("Action"))) {
        e->made = slice_equal(text, SLICE("create"));
        e->updated = slice_equal(text, SLICE("update"));
    } else if (!slice_equal(key[1], SLICE("Actor"))) {
        return;
    } else if (depth == 2 && slice_equal(key[2], SLICE("ID"))) {
        e->id = text;
    } else if (depth == 3 && slice_equal(key[2], SLICE("Attributes")) &&
               slice_equal(key[3], SLICE("container"))) {
        e->container = text;
    }
}

static struct event read_event(struct slice in)
{
    struct event e = {.kind = OWNED_NONE};
    struct slice key[4] = {{0}};
    struct view_reader r;
    struct view_part part;
    enum view_token token;
    view_reader_init(&r, true);
    while ((token = view_reader_next(&r, &in, &part)) > VIEW_REFUSED) {
        if (token == VIEW_KEY && r.depth < 4) {
            key[r.depth] = part.bytes;
        } else if (token == VIEW_STRING && r.depth < 4) {
            take(&e, r.depth, key, part.bytes);
        }
    }
    return e;
}

/* What is known of one of its things; where it has to be asked about, that is `about`. */
static enum census_verdict verdict(struct answers *a, enum owned_kind kind, struct slice id,
                                   bool anew, bool made)
{
    a->about = (struct answers_thing){(unsigned)kind, id};
    return census_about(a->known, kind, id, anew, made);
}

enum answers_question answers_end_event(struct answers *a, struct frame *f)
{
    struct event e = read_event(answers_written(a, f->mark));
    bool shown = f->shown && !f->foreign;
    if (e.kind == OWNED_NONE) {
        return ANSWERS_NOTHING;
    }
    if (e.kind == OWNED_CONTAINER) {
        census_note(a->known, e.kind, e.id, shown);
        return ANSWERS_NOTHING;
    }
    enum census_verdict v = CENSUS_VISIBLE;
    if (e.container.len > 0) {
        v = verdict(a, OWNED_CONTAINER, e.container, false, false);
    }
    /* By its name it may be visible, but not an owner's: nobody knows whose label it bears. */
    if (v == CENSUS_VISIBLE && (!shown || a->policy->settings.owner)) {
        /* A volume's name may be another one's by now. */
        v = verdict(a, e.kind, e.id, e.updated || e.kind == OWNED_VOLUME, e.made);
    }
    if (v == CENSUS_ASK) {
        return ANSWERS_ABOUT;
    }
    census_settle(a->known);
    f->shown = v == CENSUS_VISIBLE;
    return ANSWERS_NOTHING;
}
