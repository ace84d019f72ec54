/* The filter: reads an answer piece by piece (view_reader), knows by the tables where it stands
 * (view_shape), and writes what may be seen. What may still turn out to be hidden is held back; an
 * element that is not shown is taken off the end again, its comma with it. */
#include "inspect/answers_state.h"

#include "inspect/census.h"

#include <assert.h>
#include <stdlib.h>

/* What becomes of a string. */
enum {
    MODE_COPY, /* it passes */
    MODE_SKIP, /* a mask stands for it */
    MODE_HOLD, /* it is looked at when it is whole, and may be cut then */
};

static const uint8_t MODE_OF[VIEW_KINDS] = {
    [VIEW_KIND_USER] = MODE_HOLD,       [VIEW_KIND_NAME] = MODE_HOLD,
    [VIEW_KIND_ENV] = MODE_HOLD,        [VIEW_KIND_ENV_VALUE] = MODE_SKIP,
    [VIEW_KIND_COMMAND] = MODE_SKIP,    [VIEW_KIND_ACTION] = MODE_HOLD,
    [VIEW_KIND_LABEL_LIST] = MODE_HOLD, [VIEW_KIND_BIND] = MODE_HOLD,
    [VIEW_KIND_PATH] = MODE_SKIP,       [VIEW_KIND_CREDENTIAL] = MODE_SKIP,
    [VIEW_KIND_USERINFO] = MODE_HOLD,   [VIEW_KIND_TOKEN] = MODE_SKIP,
    [VIEW_KIND_DATA] = MODE_SKIP,       [VIEW_KIND_STEP] = MODE_SKIP,
};

/* Output grows by as much at least, and as much memory stays between two pieces although nothing is
 * in it. */
#define ROOM_STEP ((size_t)16 * 1024)
#define ROOM_KEPT (4 * ROOM_STEP)

static bool make_room(struct answers *a, size_t more)
{
    size_t wanted = a->len + more;
    wanted += wanted / 4 < ROOM_STEP ? ROOM_STEP : wanted / 4;
    char *at = realloc(a->at, wanted);
    if (at == NULL) {
        return false;
    }
    a->at = at;
    a->room = wanted;
    return true;
}

void answers_put(struct answers *a, struct slice s)
{
    if (s.len > a->room - a->len) {
        a->no_room = true;
    } else if (s.len > 0) {
        memcpy(a->at + a->len, s.at, s.len);
        a->len += s.len;
    }
}

struct answers *answers_begin(const struct answers_policy *p, enum operation_id op, unsigned status)
{
    struct answers *a = malloc(sizeof(*a));
    if (a != NULL) {
        const struct view_answer *answer = view_answer_get(op);
        *a = (struct answers){.policy = p, .last_at = SIZE_MAX};
        /* What an owner makes bears its label: without it, it is another's. */
        a->made = !p->settings.owner && op == OPERATION_VOLUME_CREATE;
        a->root = p->shapes.root[status >= 400 ? answer->errors : answer->document];
        view_reader_init(&a->reader, answer->document == VIEW_EVENT && status < 400);
    }
    return a;
}

void answers_free(struct answers *a)
{
    if (a != NULL) {
        free(a->at);
        free(a);
    }
}

/* A new member or element: its comma, and where it begins. */
static void begin_item(struct answers *a, struct frame *in)
{
    a->mark = a->len;
    a->any_before = in->any;
    if (in->any) {
        answers_put_byte(a, ',');
    }
    in->any = true;
}

/* The value that begins now. */
static struct place begin_value(struct answers *a)
{
    struct frame *in = &a->frame[a->depth];
    struct place place = {0};
    if (a->depth == 0) {
        place.node = a->root;
    } else if (in->object) {
        place.node = a->next_node;
    } else {
        begin_item(a, in);
        place.node = answers_node(a, in->node)->map ? 0 : answers_node(a, in->node)->element;
    }
    place.kind = place.node != 0 ? answers_node(a, place.node)->kind : in->kind;
    a->pending = false;
    return place;
}

/* Whether the table expects something else at this place than an object, or than an array. */
static bool nested_unexpected(const struct answers *a, struct place place, bool object)
{
    const struct view_node *n = answers_node(a, place.node);
    uint8_t around = a->frame[a->depth].kind;
    if (answers_is_labels(around) || around == VIEW_KIND_LAST || answers_is_count(place.kind)) {
        return true;
    }
    if (object) {
        return place.kind == VIEW_KIND_LAST || (n->element != 0 && !n->map);
    }
    return n->first != 0 || n->map || answers_is_labels(place.kind) || answers_is_unit(place.kind);
}

/* Whether the container whose id is the key at hand is shown. */
static bool is_member(const struct answers *a)
{
    return a->known != NULL &&
           census_about(a->known, OWNED_CONTAINER, slice_of(a->at + a->key_at, a->key_len), false,
                        false) == CENSUS_VISIBLE;
}

static bool begin_nested(struct answers *a, bool object)
{
    struct place place = begin_value(a);
    if (nested_unexpected(a, place, object)) {
        return false;
    }
    bool unit = answers_is_unit(place.kind);
    a->frame[++a->depth] = (struct frame){
        .mark = a->mark,
        .node = place.node,
        .kind = unit ? VIEW_KIND_NONE : place.kind,
        .object = object,
        .any_before = a->any_before,
        .unit = unit,
        .passes = place.node == 0 && place.kind == VIEW_KIND_NONE,
        .shown = place.kind == VIEW_KIND_MEMBER && is_member(a),
    };
    a->holds += unit || place.kind == VIEW_KIND_LAST;
    a->last_at = SIZE_MAX;
    answers_put_byte(a, object ? '{' : '[');
    return true;
}

/* A document's end. A newline stands behind each, as the engine's own. */
static void end_document(struct answers *a)
{
    answers_put_byte(a, '\n');
    a->frame[0].any = false;
}

static void end_last(struct answers *a)
{
    if (a->last_at != SIZE_MAX) {
        a->len = a->last_at;
        answers_put_mask(a, VIEW_KIND_LAST);
        answers_put_byte(a, '"');
        a->last_at = SIZE_MAX;
    }
    a->holds--;
}

/* What ends was written: whether it stays. */
static enum answers_step end_written(struct answers *a)
{
    struct frame *f = &a->frame[a->depth];
    if (f->unit && a->asks && a->reader.many && !a->no_room) {
        a->question = (uint8_t)answers_end_event(a, f);
        a->stands = a->question != ANSWERS_NOTHING;
        if (a->stands) {
            return ANSWERS_OK;
        }
    }
    a->depth--;
    if (f->unit) {
        a->holds--;
    }
    if (f->unit && (!(f->shown || a->made) || f->foreign)) {
        a->len = f->mark;
        a->frame[a->depth].any = f->any_before;
        return a->depth > 0 || a->reader.many ? ANSWERS_OK : ANSWERS_HIDDEN;
    }
    if (a->depth == 0) {
        end_document(a);
    }
    return ANSWERS_OK;
}

/* What the value behind this key needs to be known. */
static void ask(struct answers *a)
{
    uint8_t kind = answers_node(a, a->next_node)->kind;
    if (!a->asks || a->known != NULL) {
        return;
    }
    if (kind == VIEW_KIND_MEMBER) {
        a->question = ANSWERS_WHO_RUNS;
    } else if (kind > VIEW_KIND_COUNT && kind <= VIEW_KIND_IMAGES) {
        a->question = ANSWERS_HOW_MANY;
    }
}

/* The name of a member is complete: what does the table say of it? False where nobody could tell
 * for sure: the engine writes these names plainly, and once. */
static bool end_key(struct answers *a, struct frame *f)
{
    struct slice raw = answers_written(a, a->string_at);
    const struct view_node *n = answers_node(a, f->node);
    a->next_node = n->map ? n->element : 0;
    if (answers_is_labels(f->kind)) {
        return answers_label_key(a, f, raw);
    }
    if (n->map) {
        a->key_at = a->string_at;
        a->key_len = raw.len;
        ask(a);
    }
    if (n->first == 0) {
        return true;
    }
    if (!a->plain) {
        return false;
    }
    a->next_node = view_node_member(&a->policy->shapes, f->node, raw);
    if (a->next_node != 0) {
        uint64_t bit = UINT64_C(1) << answers_node(a, a->next_node)->place;
        if ((f->seen & bit) != 0) {
            return false;
        }
        f->seen |= bit;
        ask(a);
    }
    return true;
}

static bool take_key(struct answers *a, const struct view_part *part)
{
    struct frame *f = &a->frame[a->depth];
    if (part->first) {
        begin_item(a, f);
        a->pending = true;
        a->plain = true;
        answers_put_byte(a, '"');
        a->string_at = a->len;
    }
    a->plain &= part->plain;
    answers_put(a, part->bytes);
    if (part->last) {
        if (a->no_room || !end_key(a, f)) {
            return false;
        }
        answers_put_byte(a, '"');
        answers_put_byte(a, ':');
    }
    return true;
}

/* What becomes of a label's value. */
static uint8_t label_mode(const struct answers *a, uint8_t kind)
{
    if (kind == VIEW_KIND_ATTRIBUTES || a->conditions != 0) {
        return MODE_HOLD;
    }
    return a->masked ? MODE_SKIP : MODE_COPY;
}

static bool begin_string(struct answers *a)
{
    struct place place = begin_value(a);
    const struct frame *in = &a->frame[a->depth];
    const struct view_node *n = answers_node(a, place.node);
    bool label = answers_is_labels(in->kind);
    if (n->first != 0 || n->element != 0 || answers_is_unit(place.kind) ||
        answers_is_count(place.kind) || (answers_is_labels(place.kind) && !label) ||
        (place.kind == VIEW_KIND_LAST && in->kind != VIEW_KIND_LAST)) {
        return false;
    }
    a->string_kind = place.kind;
    a->mode = label ? label_mode(a, place.kind) : MODE_OF[place.kind];
    a->holding = a->mode == MODE_HOLD;
    a->skipped = false;
    answers_put_byte(a, '"');
    a->string_at = a->len;
    if (in->kind == VIEW_KIND_LAST) {
        a->last_at = a->len;
    }
    return true;
}

/* The string under way is not told: it is taken off the end again, with the comma before it. */
static void drop_string(struct answers *a)
{
    a->len = a->mark;
    a->frame[a->depth].any = a->any_before;
}

static bool take_string(struct answers *a, const struct view_part *part)
{
    if (part->first && !begin_string(a)) {
        return false;
    }
    if (a->mode != MODE_SKIP) {
        answers_put(a, part->bytes);
    } else if (part->bytes.len > 0 && !a->skipped) {
        a->skipped = true;
        answers_put_mask(a, a->string_kind);
    }
    if (part->last) {
        if (a->holding && !a->no_room) {
            answers_end_string(a);
        }
        a->holding = false;
        if (a->string_kind == VIEW_KIND_USER) {
            drop_string(a);
            return true;
        }
        answers_put_byte(a, '"');
        if (a->depth == 0) {
            end_document(a);
        }
    }
    return true;
}

static_assert(CENSUS_COUNTS == VIEW_KIND_IMAGES - VIEW_KIND_CONTAINERS + 1, "each is counted");

/* What is written for a number of things. */
static struct slice count_shown(const struct answers *a, uint8_t kind, struct buf *number)
{
    uint64_t count = 0;
    if (kind > VIEW_KIND_COUNT && a->known != NULL) {
        count = census_count(a->known, (enum census_count)(kind - VIEW_KIND_CONTAINERS));
    }
    (void)buf_put_u64(number, count); /* it has room */
    return buf_slice(number);
}

/* What is written for a number or literal; nothing where the table expects something else. */
static struct slice scalar_shown(const struct answers *a, struct place place, struct slice text,
                                 struct buf *number)
{
    const struct view_node *n = answers_node(a, place.node);
    bool held = MODE_OF[place.kind] == MODE_HOLD && place.kind != VIEW_KIND_USERINFO;
    if (slice_equal(text, SLICE("null"))) {
        return text;
    }
    if (answers_is_count(place.kind)) {
        return count_shown(a, place.kind, number);
    }
    if (n->first != 0 || n->element != 0 || answers_is_labels(place.kind) || held ||
        answers_is_unit(place.kind) || place.kind == VIEW_KIND_LAST) {
        return (struct slice){0};
    }
    if (MODE_OF[place.kind] == MODE_SKIP) {
        return text.at[0] == 't' || text.at[0] == 'f' ? SLICE("false") : SLICE("0");
    }
    return text;
}

static bool take_scalar(struct answers *a, struct slice text)
{
    char room[24];
    struct buf number;
    buf_init(&number, room, sizeof(room));
    struct slice shown = scalar_shown(a, begin_value(a), text, &number);
    answers_put(a, shown);
    if (a->depth == 0) {
        end_document(a);
    }
    return shown.len > 0;
}

static enum answers_step end_nested(struct answers *a)
{
    struct frame *f = &a->frame[a->depth];
    if (f->kind == VIEW_KIND_LAST) {
        end_last(a);
    }
    answers_put_byte(a, f->object ? '}' : ']');
    return end_written(a);
}

static enum answers_step step_of(bool ok)
{
    return ok ? ANSWERS_OK : ANSWERS_REFUSED;
}

static enum answers_step take(struct answers *a, enum view_token token,
                              const struct view_part *part)
{
    if (a->depth == 0 && token != VIEW_KEY && (token != VIEW_STRING || part->first) &&
        !a->frame[0].any) {
        a->mark = a->len;
        a->any_before = false;
        a->frame[0].any = true;
    }
    switch (token) {
    case VIEW_RECORD:
        answers_put_byte(a, '\x1e');
        a->pending = true; /* it goes with its document */
        return ANSWERS_OK;
    case VIEW_OBJECT:
    case VIEW_ARRAY:
        return step_of(begin_nested(a, token == VIEW_OBJECT));
    case VIEW_OBJECT_END:
    case VIEW_ARRAY_END:
        return end_nested(a);
    case VIEW_KEY:
        return step_of(take_key(a, part));
    case VIEW_STRING:
        return step_of(take_string(a, part));
    case VIEW_SCALAR_VALUE:
        return step_of(take_scalar(a, part->bytes));
    case VIEW_MORE:
    case VIEW_REFUSED:
        break;
    }
    return ANSWERS_REFUSED;
}

/* More is held back than there is room for. In a list, or among events, what is too large is left
 * out as what is hidden is: somebody else may have made it, and the rest shall not end with it.
 * False: it is the answer itself. */
static bool leave_out(struct answers *a)
{
    uint8_t unit = 1;
    while (unit <= a->depth && !a->frame[unit].unit) {
        unit++;
    }
    if (unit > a->depth || (unit == 1 && !a->reader.many)) {
        return false;
    }
    a->open = (unsigned)a->reader.depth - unit + 1;
    a->depth = unit;
    a->len = a->frame[unit].mark;
    a->holds = 1;
    a->pending = false;
    a->holding = false;
    a->last_at = SIZE_MAX;
    a->left_out |= 1U;
    return true;
}

static enum answers_step take_left_out(struct answers *a, enum view_token token)
{
    a->open += token == VIEW_OBJECT || token == VIEW_ARRAY;
    a->open -= token == VIEW_OBJECT_END || token == VIEW_ARRAY_END;
    if (a->open == 0) {
        a->holds = 0;
        a->frame[a->depth - 1].any = a->frame[a->depth].any_before;
        a->depth--;
    }
    return ANSWERS_OK;
}

bool answers_left_out(struct answers *a)
{
    bool untold = a->left_out == 1;
    a->left_out |= untold ? 2U : 0;
    return untold;
}

static bool reserve(struct answers *a, size_t len)
{
    size_t more = len + ANSWERS_ADDED;
    return more <= a->room - a->len || make_room(a, more);
}

/* Reads on in an object or array in which nothing matters, up to its end or that of the input. What
 * is read passes as it came, white space as well; not the end itself, which is the token. */
static enum view_token pass(struct answers *a, struct slice *in, struct view_part *part)
{
    struct slice before = *in;
    enum view_token token;
    do {
        token = view_reader_next(&a->reader, in, part);
    } while (a->reader.depth >= a->depth && token != VIEW_MORE && token != VIEW_REFUSED);
    size_t len = before.len - in->len - (token == VIEW_MORE ? 0 : 1);
    if (token == VIEW_REFUSED || !reserve(a, len)) {
        return VIEW_REFUSED;
    }
    answers_put(a, slice_of(before.at, len));
    return token;
}

/* What is written is looked at. False where it can't go on. */
static bool settle(struct answers *a)
{
    if (a->holds == 0 && !a->pending && !a->holding) {
        a->ready = a->len;
    }
    return !a->no_room && (a->len - a->ready <= ANSWERS_HELD_MAX || leave_out(a));
}

enum answers_step answers_feed(struct answers *a, struct slice in)
{
    struct view_part part = {.first = false};
    /* An event's end may need what stood in no event that came. */
    if (a->asks && a->reader.many && a->known == NULL) {
        a->question = ANSWERS_WHAT_IS;
        a->rest = in;
        return ANSWERS_ASK;
    }
    for (bool stands = a->stands;; stands = false) {
        bool passes = a->frame[a->depth].passes;
        enum view_token token = stands   ? VIEW_OBJECT_END
                                : passes ? pass(a, &in, &part)
                                         : view_reader_next(&a->reader, &in, &part);
        if (token == VIEW_MORE) {
            return !passes || settle(a) ? ANSWERS_OK : ANSWERS_REFUSED;
        }
        if (token == VIEW_REFUSED || !reserve(a, part.bytes.len)) {
            return ANSWERS_REFUSED;
        }
        enum answers_step step = stands        ? end_written(a)
                                 : a->open > 0 ? take_left_out(a, token)
                                               : take(a, token, &part);
        if (step != ANSWERS_OK) {
            return step;
        }
        if (!settle(a)) {
            return ANSWERS_REFUSED;
        }
        if (a->question != ANSWERS_NOTHING) {
            a->rest = in;
            return ANSWERS_ASK;
        }
    }
}

void answers_may_ask(struct answers *a)
{
    a->asks = a->policy->narrows;
}

enum answers_question answers_question(const struct answers *a)
{
    return (enum answers_question)a->question;
}

struct slice answers_rest(const struct answers *a)
{
    return a->rest;
}

struct answers_thing answers_about(const struct answers *a)
{
    return a->about;
}

void answers_tell(struct answers *a, struct census *known)
{
    a->known = known;
    a->question = ANSWERS_NOTHING;
}

enum answers_step answers_end(struct answers *a)
{
    /* A number ends only where something follows it. */
    enum answers_step step = answers_feed(a, SLICE("\n"));
    if (step == ANSWERS_OK && !view_reader_complete(&a->reader)) {
        return ANSWERS_REFUSED;
    }
    return step;
}

struct slice answers_ready(const struct answers *a)
{
    return slice_of(a->at, a->ready);
}

void answers_taken(struct answers *a)
{
    size_t left = a->len - a->ready;
    if (left == 0 && a->room > ROOM_KEPT) {
        free(a->at);
        a->at = NULL;
        a->room = 0;
    } else if (left > 0 && a->ready > 0) {
        memmove(a->at, a->at + a->ready, left);
    }
    a->len = left;
    for (size_t i = 0; i <= a->depth; i++) {
        a->frame[i].mark -= a->frame[i].mark < a->ready ? a->frame[i].mark : a->ready;
    }
    size_t *places[] = {&a->mark, &a->string_at, &a->key_at};
    for (size_t i = 0; i < 3; i++) {
        *places[i] -= *places[i] < a->ready ? *places[i] : a->ready;
    }
    if (a->last_at != SIZE_MAX) {
        a->last_at -= a->ready;
    }
    a->ready = 0;
}
