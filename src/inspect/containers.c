/* The engine's documents, by one table of the places in them that matter. */
#include "inspect/containers.h"

#include "inspect/view_text.h"

enum place {
    PLACE_ELSEWHERE,
    PLACE_LIST,
    PLACE_LISTED,
    PLACE_ONE,
    PLACE_EVENT,
    PLACE_NAMES,
    PLACE_LABELS,
    PLACE_SETTINGS,
    PLACE_NETWORKS,
    PLACE_NETWORK,
    PLACE_CONFIG,
    PLACE_STATE,
    PLACE_ACTOR,
    PLACE_ATTRIBUTES,
    /* values that are facts */
    PLACE_ID,
    PLACE_NAME,
    PLACE_LABEL,
    PLACE_ADDRESS,
    PLACE_PID,
    PLACE_TYPE,
    PLACE_ACTION,
    PLACE_OWNER,
};

/* clang-format off */
/* From a place by a key to another; an empty key is any key, or any element of a list. */
static const struct {
    uint8_t from;
    uint8_t to;
    struct slice key;
} STEPS[] = {
    {PLACE_LIST,       PLACE_LISTED,     SLICE_INIT("")},
    {PLACE_LISTED,     PLACE_ID,         SLICE_INIT("Id")},
    {PLACE_LISTED,     PLACE_NAMES,      SLICE_INIT("Names")},
    {PLACE_LISTED,     PLACE_LABELS,     SLICE_INIT("Labels")},
    {PLACE_LISTED,     PLACE_SETTINGS,   SLICE_INIT("NetworkSettings")},
    {PLACE_ONE,        PLACE_ID,         SLICE_INIT("Id")},
    {PLACE_ONE,        PLACE_NAME,       SLICE_INIT("Name")},
    {PLACE_ONE,        PLACE_CONFIG,     SLICE_INIT("Config")},
    {PLACE_ONE,        PLACE_STATE,      SLICE_INIT("State")},
    {PLACE_ONE,        PLACE_SETTINGS,   SLICE_INIT("NetworkSettings")},
    {PLACE_NAMES,      PLACE_NAME,       SLICE_INIT("")},
    {PLACE_LABELS,     PLACE_LABEL,      SLICE_INIT("")},
    {PLACE_SETTINGS,   PLACE_NETWORKS,   SLICE_INIT("Networks")},
    {PLACE_NETWORKS,   PLACE_NETWORK,    SLICE_INIT("")},
    {PLACE_NETWORK,    PLACE_ADDRESS,    SLICE_INIT("IPAddress")},
    {PLACE_NETWORK,    PLACE_ADDRESS,    SLICE_INIT("GlobalIPv6Address")},
    {PLACE_CONFIG,     PLACE_LABELS,     SLICE_INIT("Labels")},
    {PLACE_STATE,      PLACE_PID,        SLICE_INIT("Pid")},
    {PLACE_EVENT,      PLACE_TYPE,       SLICE_INIT("Type")},
    {PLACE_EVENT,      PLACE_ACTION,     SLICE_INIT("Action")},
    {PLACE_EVENT,      PLACE_ACTOR,      SLICE_INIT("Actor")},
    {PLACE_ACTOR,      PLACE_ID,         SLICE_INIT("ID")},
    {PLACE_ACTOR,      PLACE_ATTRIBUTES, SLICE_INIT("Attributes")},
    {PLACE_ATTRIBUTES, PLACE_OWNER,      SLICE_INIT("container")},
};

static const uint8_t FACTS[] = {
    [PLACE_ID] = CONTAINERS_ID,           [PLACE_NAME] = CONTAINERS_NAME,
    [PLACE_LABEL] = CONTAINERS_LABEL,     [PLACE_ADDRESS] = CONTAINERS_ADDRESS,
    [PLACE_PID] = CONTAINERS_PID,         [PLACE_TYPE] = CONTAINERS_TYPE,
    [PLACE_ACTION] = CONTAINERS_ACTION,   [PLACE_OWNER] = CONTAINERS_OWNER,
};

static const uint8_t ROOTS[] = {
    [CONTAINERS_LIST] = PLACE_LIST, [CONTAINERS_ONE] = PLACE_ONE, [CONTAINERS_EVENTS] = PLACE_EVENT,
};
/* clang-format on */

static uint8_t step(uint8_t from, struct slice key)
{
    for (size_t i = 0; i < sizeof(STEPS) / sizeof(STEPS[0]); i++) {
        if (STEPS[i].from == from && (STEPS[i].key.len == 0 || slice_equal(STEPS[i].key, key))) {
            return STEPS[i].to;
        }
    }
    return PLACE_ELSEWHERE;
}

/* ---- facts: a kind and two lengths, then key and value ---- */

enum { FACT_HEAD = 5 };

static size_t get16(const char *at)
{
    return (size_t)(uint8_t)at[0] | (size_t)(uint8_t)at[1] << 8;
}

static void put16(char *at, size_t value)
{
    at[0] = (char)(value & 0xff);
    at[1] = (char)(value >> 8 & 0xff);
}

bool containers_next(struct slice *text, struct containers_fact *fact)
{
    if (text->len < FACT_HEAD) {
        return false;
    }
    size_t key = get16(text->at + 1);
    size_t value = get16(text->at + 3);
    fact->kind = (enum containers_kind)text->at[0];
    fact->key = slice_sub(*text, FACT_HEAD, key);
    fact->value = slice_sub(*text, FACT_HEAD + key, value);
    *text = slice_sub(*text, FACT_HEAD + key + value, text->len);
    return true;
}

struct slice containers_get(struct slice text, enum containers_kind kind)
{
    struct containers_fact fact;

    while (containers_next(&text, &fact)) {
        if (fact.kind == kind) {
            return fact.value;
        }
    }
    return SLICE("");
}

bool containers_find_label(struct slice text, struct slice key, struct slice *value)
{
    struct containers_fact fact;

    while (containers_next(&text, &fact)) {
        if (fact.kind == CONTAINERS_LABEL && slice_equal(fact.key, key)) {
            *value = fact.value;
            return true;
        }
    }
    return false;
}

static bool is_fact(uint8_t place)
{
    return place < sizeof(FACTS) && FACTS[place] != CONTAINERS_NOTHING;
}

/* Room that labels leave for what else there is of a container: names, and addresses in more than a
 * hundred networks. */
#define NOT_FOR_LABELS 8192

/* The value follows as it is read; its length is written when it is complete. */
static void fact_begin(struct containers_reader *r)
{
    char head[FACT_HEAD] = {(char)FACTS[r->next]};
    bool label = r->next == PLACE_LABEL;

    r->before = r->text.len;
    r->text.full = false;
    r->text.max = sizeof(r->texts) - (label ? NOT_FOR_LABELS : 0);
    if (label && r->text.len > r->text.max) {
        r->text.full = true; /* what was there before labels has taken their room */
    }
    put16(head + 1, label ? r->key.len : 0);
    (void)buf_put(&r->text, slice_of(head, FACT_HEAD));
    (void)buf_put(&r->text, label ? buf_slice(&r->key) : SLICE(""));
    r->text.full |= label && r->key_partial;
}

/* A name as it is used elsewhere, at the place of the one that begins at `from`. False: it is none:
 * a link's has two slashes. */
static bool name_end(struct slice *value)
{
    struct slice name = slice_sub(*value, 1, value->len);
    bool ok =
        slice_starts_with(*value, SLICE("/")) && name.len > 0 && slice_find(name, '/') == name.len;

    *value = name;
    return ok;
}

/* A string is kept as it is written until it is whole, since its parts may be cut anywhere. */
static void fact_end(struct containers_reader *r)
{
    if (r->text.full) {
        r->text.len = r->before;
        r->partial |= r->next == PLACE_LABEL;
        r->lost |= r->next != PLACE_LABEL;
        return;
    }
    char *head = r->text.at + r->before;
    size_t from = r->before + FACT_HEAD + get16(head + 1);
    struct buf decoded;

    /* What is decoded is never longer, and never overtakes what is read. */
    buf_init(&decoded, r->text.at + from, r->text.len - from);
    (void)view_text_decode(slice_of(r->text.at + from, r->text.len - from), &decoded);
    struct slice value = buf_slice(&decoded);
    if (r->next == PLACE_NAME && !name_end(&value)) {
        r->text.len = r->before;
        return;
    }
    if (value.len > 0) {
        memmove(r->text.at + from, value.at, value.len);
    }
    put16(head + 3, value.len);
    r->text.len = from + value.len;
}

/* ---- reading ---- */

static bool is_whole(uint8_t place)
{
    return place == PLACE_LISTED || place == PLACE_ONE || place == PLACE_EVENT;
}

static void begin_whole(struct containers_reader *r)
{
    buf_init(&r->text, r->texts, sizeof(r->texts));
    r->partial = false;
    r->lost = false;
}

static void take_key(struct containers_reader *r, const struct view_part *part)
{
    if (part->first) {
        buf_init(&r->key, r->keys, sizeof(r->keys));
    }
    (void)buf_put(&r->key, part->bytes);
    if (!part->last) {
        return;
    }
    r->key_partial = r->key.full;
    struct buf decoded;
    buf_init(&decoded, r->keys, r->key.len);
    (void)view_text_decode(buf_slice(&r->key), &decoded);
    r->key.len = decoded.len;
    r->next = step(r->at[r->json.depth], r->key_partial ? SLICE("\xff") : buf_slice(&r->key));
}

static void take_text(struct containers_reader *r, const struct view_part *part)
{
    if (!is_fact(r->next)) {
        return;
    }
    if (part->first) {
        fact_begin(r);
    }
    (void)buf_put(&r->text, part->bytes);
    if (part->last) {
        fact_end(r);
    }
}

static void nest(struct containers_reader *r)
{
    r->at[r->json.depth] = r->next;
    if (is_whole(r->next)) {
        begin_whole(r);
    }
    r->next = step(r->next, SLICE("")); /* of a list; an object's depends on its keys */
}

static void unnest(struct containers_reader *r)
{
    uint8_t ended = r->at[r->json.depth + 1];
    uint8_t around = r->json.depth > 0 ? r->at[r->json.depth] : PLACE_ELSEWHERE;

    if (is_whole(ended)) {
        struct containers_facts facts = {buf_slice(&r->text), r->partial, r->lost};
        r->found(r->context, &facts);
    }
    r->next = r->json.depth > 0 ? step(around, SLICE("")) : ROOTS[r->document];
}

void containers_init(struct containers_reader *r, enum containers_document document,
                     containers_found *found, void *context)
{
    view_reader_init(&r->json, document == CONTAINERS_EVENTS);
    r->found = found;
    r->context = context;
    r->document = (uint8_t)document;
    r->next = ROOTS[document];
    r->at[0] = PLACE_ELSEWHERE;
    r->key_partial = false;
    r->before = 0;
    buf_init(&r->key, r->keys, sizeof(r->keys));
    begin_whole(r);
}

bool containers_read(struct containers_reader *r, struct slice in)
{
    for (;;) {
        struct view_part part;

        switch (view_reader_next(&r->json, &in, &part)) {
        case VIEW_MORE:
            return true;
        case VIEW_REFUSED:
            return false;
        case VIEW_RECORD:
            break;
        case VIEW_OBJECT:
        case VIEW_ARRAY:
            nest(r);
            break;
        case VIEW_OBJECT_END:
        case VIEW_ARRAY_END:
            unnest(r);
            break;
        case VIEW_KEY:
            take_key(r, &part);
            break;
        case VIEW_STRING:
        case VIEW_SCALAR_VALUE:
            take_text(r, &part);
            break;
        }
    }
}

bool containers_complete(const struct containers_reader *r)
{
    return view_reader_complete(&r->json);
}
