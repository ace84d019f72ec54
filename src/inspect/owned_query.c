/* Queries, parameter by parameter: those of the table are read and written anew, all others go on
 * as they came. What is decided is what is sent: an image is named with its tag, since the engine
 * takes a name without one for all tags here and for "latest" there. */
#include "inspect/owned_query.h"

#include "inspect/image_name.h"
#include "inspect/json_tree.h"
#include "inspect/owned_text.h"
#include "inspect/requests_own.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* What is written may be so much longer than what came, and by so much in any case. */
#define ROOM_FACTOR 8
#define ROOM_MORE   (1024 + OWNED_NAMES_MAX * OWNED_ID_MAX)

enum parameter {
    PARAMETER_OTHER,
    PARAMETER_REPO,      /* half of the name that an image gets */
    PARAMETER_TAG,       /* the other half */
    PARAMETER_GIVEN,     /* such a name, whole */
    PARAMETER_FROM,      /* an image that is pulled; its tag is another parameter */
    PARAMETER_SAVED,     /* an image that is read */
    PARAMETER_CONTAINER, /* the one that an image is made of */
    PARAMETER_NETWORK,   /* the network of a build's containers */
    PARAMETER_LABELS,    /* labels of what is built */
    PARAMETER_CACHE,     /* images whose steps a build may use again */
    PARAMETER_NOCACHE,
    PARAMETER_PULL,
    PARAMETER_VERSION,
    PARAMETER_CHANGE,   /* a line of a Dockerfile */
    PARAMETER_PLATFORM, /* of an image that is pulled */
    PARAMETERS,
};

/* clang-format off */
static const struct row {
    enum owned_query query;
    struct slice name;
    enum parameter is;
    bool many; /* may stand there several times */
} ROWS[] = {
    {OWNED_BUILD,  SLICE_INIT("t"),           PARAMETER_GIVEN,     true},
    {OWNED_BUILD,  SLICE_INIT("labels"),      PARAMETER_LABELS,    false},
    {OWNED_BUILD,  SLICE_INIT("cachefrom"),   PARAMETER_CACHE,     false},
    {OWNED_BUILD,  SLICE_INIT("nocache"),     PARAMETER_NOCACHE,   false},
    {OWNED_BUILD,  SLICE_INIT("pull"),        PARAMETER_PULL,      true},
    {OWNED_BUILD,  SLICE_INIT("version"),     PARAMETER_VERSION,   true},
    {OWNED_BUILD,  SLICE_INIT("networkmode"), PARAMETER_NETWORK,   false},
    {OWNED_COMMIT, SLICE_INIT("container"),   PARAMETER_CONTAINER, false},
    {OWNED_COMMIT, SLICE_INIT("repo"),        PARAMETER_REPO,      false},
    {OWNED_COMMIT, SLICE_INIT("tag"),         PARAMETER_TAG,       false},
    {OWNED_COMMIT, SLICE_INIT("changes"),     PARAMETER_CHANGE,    true},
    {OWNED_IMPORT, SLICE_INIT("fromImage"),   PARAMETER_FROM,      false},
    {OWNED_IMPORT, SLICE_INIT("repo"),        PARAMETER_REPO,      false},
    {OWNED_IMPORT, SLICE_INIT("tag"),         PARAMETER_TAG,       false},
    {OWNED_IMPORT, SLICE_INIT("changes"),     PARAMETER_CHANGE,    true},
    {OWNED_IMPORT, SLICE_INIT("platform"),    PARAMETER_PLATFORM,  true},
    {OWNED_PUSH,   SLICE_INIT("tag"),         PARAMETER_TAG,       false},
    {OWNED_SAVE,   SLICE_INIT("names"),       PARAMETER_SAVED,     true},
    {OWNED_TAG,    SLICE_INIT("repo"),        PARAMETER_REPO,      false},
    {OWNED_TAG,    SLICE_INIT("tag"),         PARAMETER_TAG,       false},
};
/* clang-format on */

struct reader {
    const struct owned_policy *policy;
    enum owned_query query;
    struct owned_names *names;
    struct buf *out;
    struct requests_refusal *refusal;
    struct buf text; /* decoded; slices of it stay */
    struct buf json; /* one text at a time */
    bool seen[PARAMETERS];
    struct slice repo;
    struct slice tag;
    struct slice from;
    struct slice nocache; /* as it came */
    bool platform;        /* one is named */
    bool caches;          /* images are named whose steps may be used again */
};

/* ---- refusals ---- */

__attribute__((format(printf, 3, 4))) static bool refuse(struct reader *r, unsigned status,
                                                         const char *format, ...)
{
    va_list list;

    va_start(list, format);
    int n = vsnprintf(r->refusal->text, sizeof(r->refusal->text), format, list);
    va_end(list);
    r->refusal->status = status;
    r->refusal->rule = owned_rule(r->policy);
    r->refusal->len = n < 0                                   ? 0
                      : (size_t)n >= sizeof(r->refusal->text) ? sizeof(r->refusal->text) - 1
                                                              : (size_t)n;
    return false;
}

static bool refuse_unclear(struct reader *r)
{
    return refuse(r, 400, "the query can't be read in one way only");
}

/* A client's words, escaped and cut, in storage that is written again. */
static const char *shown(struct reader *r, struct slice text)
{
    r->json.len = 0;
    r->json.full = false;
    (void)(buf_put_escaped(&r->json, slice_sub(text, 0, REQUESTS_SHOWN)) &&
           buf_put_byte(&r->json, '\0'));
    return r->json.full ? "" : r->json.at;
}

/* ---- writing ---- */

static void put_name(struct reader *r, struct slice name)
{
    (void)((r->out->len == 0 || buf_put_byte(r->out, '&')) && buf_put(r->out, name) &&
           buf_put_byte(r->out, '='));
}

static void put_raw(struct reader *r, struct slice raw)
{
    (void)((r->out->len == 0 || buf_put_byte(r->out, '&')) && buf_put(r->out, raw));
}

static void put_parameter(struct reader *r, struct slice name, struct slice value)
{
    put_name(r, name);
    owned_text_encode(r->out, value);
}

/* A text as JSON. */
static void put_json(struct reader *r, struct slice text)
{
    r->json.len = 0;
    r->json.full = false;
    (void)(buf_put_byte(&r->json, '"') && buf_put_json(&r->json, text) &&
           buf_put_byte(&r->json, '"'));
    r->out->full = r->out->full || r->json.full;
    owned_text_encode(r->out, buf_slice(&r->json));
}

/* ---- names ---- */

static struct owned_ref *add(struct reader *r, enum owned_kind kind, enum owned_need need,
                             struct slice name)
{
    struct owned_ref *ref = owned_names_add(r->names, kind, need, name);

    if (ref == NULL) {
        (void)refuse(r, 400, "more names than can be looked up for one request");
    }
    return ref;
}

static struct owned_ref *add_tagged(struct reader *r, enum owned_need need, struct slice repo,
                                    struct slice tag)
{
    char room[OWNED_THING_MAX];
    struct buf b;

    buf_init(&b, room, sizeof(room));
    if (!image_name_put(repo, tag, &b)) {
        (void)refuse(r, 400, "\"%s\" is no name with a tag", shown(r, repo));
        return NULL;
    }
    return add(r, OWNED_IMAGE, need, buf_slice(&b));
}

/* An image that is read as a whole. Without a tag the engine would take all that it has of that
 * name; only what may be an id, or the beginning of one, is looked up as it is. */
static struct owned_ref *add_saved(struct reader *r, struct slice name)
{
    bool whole = image_name_tag(name) < name.len || slice_find(name, '@') < name.len;
    bool number = image_name_is_number(name);

    if (!whole && !number) {
        return add_tagged(r, OWNED_USE, name, SLICE(""));
    }
    if (!image_name_is_plain(name)) {
        (void)refuse(r, 400, "\"%s\" is no name of an image", shown(r, name));
        return NULL;
    }
    struct owned_ref *ref = add(r, OWNED_IMAGE, OWNED_USE, name);
    if (ref != NULL) {
        ref->by_id = number;
    }
    return ref;
}

/* The two halves of a name that an image gets; `must`: it has to have one. */
static bool give_name(struct reader *r, bool must)
{
    if (r->repo.len == 0) {
        return !must || refuse(r, 400, "no name is given");
    }
    const struct owned_ref *ref = add_tagged(r, OWNED_GIVE, r->repo, r->tag);
    if (ref == NULL) {
        return false;
    }
    struct slice name = owned_ref_name(r->names, ref);
    size_t colon = image_name_tag(name);
    put_parameter(r, SLICE("repo"), slice_sub(name, 0, colon));
    put_parameter(r, SLICE("tag"), slice_sub(name, colon + 1, name.len));
    return true;
}

/* ---- parameters ---- */

/* The engine puts the lines together and reads them as a Dockerfile, ours as the last one: no other
 * may reach beyond its end, by a backslash (or what a comment says is one) or a here-document. */
static bool read_change(struct reader *r, struct slice line, struct slice raw)
{
    static const struct slice blank = SLICE_INIT(" \t");

    while (line.len > 0 && slice_find(blank, line.at[line.len - 1]) < blank.len) {
        line.len--;
    }
    bool reaches = line.len > 0 && (line.at[line.len - 1] == '\\' || line.at[line.len - 1] == '`');
    for (size_t i = 0; i < line.len; i++) {
        unsigned char c = (unsigned char)line.at[i];
        reaches =
            reaches || (c < 0x20 && c != '\t') || slice_equal(slice_sub(line, i, 2), SLICE("<<"));
    }
    if (reaches) {
        return refuse(r, 400, "changes: \"%s\" is no line that ends by itself", shown(r, line));
    }
    put_raw(r, raw);
    return true;
}

/* Labels of what is built: the owner's is the only one there may be of that name. */
static bool read_labels(struct reader *r, struct slice text)
{
    const char *why;
    struct json_tree *root =
        text.len == 0 || slice_equal(text, SLICE("null")) ? NULL : json_tree_read(text, &why);
    bool ok = root != NULL || text.len == 0 || slice_equal(text, SLICE("null")) ||
              refuse(r, 400, "labels: it can't be read");

    put_name(r, SLICE("labels"));
    (void)buf_put(r->out, SLICE("%7B"));
    put_json(r, SLICE(OWNED_LABEL));
    (void)buf_put(r->out, SLICE("%3A"));
    put_json(r, r->policy->name);
    for (size_t i = 0; ok && i < json_tree_count(root); i++) {
        const struct json_tree *label = json_tree_at(root, i);
        struct slice value = json_tree_kind(label) == JSON_KIND_TEXT ? json_tree_text(label)
                                                                     : (struct slice){NULL, 0};
        if (json_tree_kind(label) != JSON_KIND_TEXT) {
            ok = refuse(r, 400, "labels: %s is no text", shown(r, json_tree_name(label)));
        } else if (!slice_equal(json_tree_name(label), SLICE(OWNED_LABEL))) {
            (void)buf_put(r->out, SLICE("%2C"));
            put_json(r, json_tree_name(label));
            (void)buf_put(r->out, SLICE("%3A"));
            put_json(r, value);
        } else if (!slice_equal(value, r->policy->name)) {
            ok = refuse(r, 403, "labels: " OWNED_LABEL " may only be %.*s",
                        (int)r->policy->name.len, r->policy->name.at);
        }
    }
    (void)buf_put(r->out, SLICE("%7D"));
    json_tree_free(root);
    return ok;
}

/* Each of the images by its id, so that no other one takes its place. */
static bool put_cache(struct reader *r, const struct json_tree *list)
{
    bool ok = json_tree_kind(list) == JSON_KIND_LIST || json_tree_kind(list) == JSON_KIND_NULL ||
              refuse(r, 400, "cachefrom: no list");

    put_name(r, SLICE("cachefrom"));
    (void)buf_put(r->out, SLICE("%5B"));
    for (size_t i = 0; ok && i < json_tree_count(list); i++) {
        const struct json_tree *one = json_tree_at(list, i);
        struct owned_ref *ref = NULL;
        if (json_tree_kind(one) == JSON_KIND_TEXT && json_tree_text(one).len > 0) {
            ref = add(r, OWNED_IMAGE, OWNED_USE, json_tree_text(one));
        } else {
            (void)refuse(r, 400, "cachefrom: no name");
        }
        ok = ref != NULL;
        if (ok) {
            ref->by_id = true;
            (void)(i == 0 || buf_put(r->out, SLICE("%2C")));
            put_json(r, owned_ref_text(r->names, ref));
        }
    }
    (void)buf_put(r->out, SLICE("%5D"));
    r->caches = json_tree_count(list) > 0;
    return ok;
}

static bool read_cache(struct reader *r, struct slice text)
{
    const char *why;
    size_t room = text.len + 8;
    char *around = malloc(room);
    struct buf b;

    if (text.len == 0 || around == NULL) {
        free(around);
        return text.len == 0 || refuse(r, 503, "the gate is out of memory");
    }
    buf_init(&b, around, room); /* documents are objects */
    (void)(buf_put(&b, SLICE("{\"\":")) && buf_put(&b, text) && buf_put_byte(&b, '}'));
    struct json_tree *root = json_tree_read(buf_slice(&b), &why);
    bool ok = json_tree_count(root) == 1 ? put_cache(r, json_tree_at(root, 0))
                                         : refuse(r, 400, "cachefrom: it can't be read");
    json_tree_free(root);
    free(around);
    return ok;
}

static bool read_network(struct reader *r, struct slice name, struct slice raw)
{
    static const struct slice container = SLICE_INIT("container:");
    bool joins = slice_starts_with(name, container);

    if (requests_network_is_builtin(name)) {
        put_raw(r, raw);
        return true;
    }
    const struct owned_ref *ref =
        joins ? add(r, OWNED_CONTAINER, OWNED_USE, slice_sub(name, container.len, name.len))
              : add(r, OWNED_NETWORK, OWNED_USE, name);
    if (ref == NULL) {
        return false;
    }
    put_name(r, SLICE("networkmode"));
    (void)buf_put(r->out, joins ? SLICE("container%3A") : SLICE(""));
    owned_text_encode(r->out, owned_ref_text(r->names, ref));
    return true;
}

/* What engines take for false. */
static bool is_false(struct slice text)
{
    static const struct slice words[] = {SLICE_INIT(""), SLICE_INIT("0"), SLICE_INIT("no"),
                                         SLICE_INIT("false"), SLICE_INIT("none")};
    bool is = false;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        is = is || slice_equal_nocase(words[i], text);
    }
    return is;
}

static bool read_named(struct reader *r, enum parameter is, struct slice value)
{
    const struct owned_ref *ref =
        is == PARAMETER_GIVEN   ? add_tagged(r, OWNED_GIVE, value, SLICE(""))
        : is == PARAMETER_SAVED ? add_saved(r, value)
                                : add(r, OWNED_CONTAINER, OWNED_CHANGE, value);

    if (ref != NULL) {
        put_parameter(r,
                      is == PARAMETER_GIVEN   ? SLICE("t")
                      : is == PARAMETER_SAVED ? SLICE("names")
                                              : SLICE("container"),
                      owned_ref_text(r->names, ref));
    }
    return ref != NULL;
}

static bool read_value(struct reader *r, enum parameter is, struct slice value, struct slice raw)
{
    switch (is) {
    case PARAMETER_REPO:
        r->repo = value;
        return true;
    case PARAMETER_TAG:
        r->tag = value;
        return true;
    case PARAMETER_FROM:
        r->from = value;
        return true;
    case PARAMETER_GIVEN:
        return value.len == 0 || read_named(r, is, value);
    case PARAMETER_SAVED:
    case PARAMETER_CONTAINER:
        return read_named(r, is, value);
    case PARAMETER_NETWORK:
        return read_network(r, value, raw);
    case PARAMETER_LABELS:
        return read_labels(r, value);
    case PARAMETER_CACHE:
        return read_cache(r, value);
    case PARAMETER_NOCACHE:
        r->nocache = raw;
        return true;
    case PARAMETER_PULL:
        return is_false(value) ||
               refuse(r, 403, "pull: a build may not take names from what is there already");
    case PARAMETER_VERSION:
        put_raw(r, raw);
        return value.len == 0 || slice_equal(value, SLICE("1")) ||
               refuse(r, 403, "version: only the classic builder puts the owner's label last");
    case PARAMETER_CHANGE:
        return read_change(r, value, raw);
    case PARAMETER_PLATFORM:
        r->platform = r->platform || value.len > 0;
        break;
    case PARAMETER_OTHER:
    case PARAMETERS:
        break;
    }
    put_raw(r, raw);
    return true;
}

/* What serves the owner's label, and names nothing. */
static bool is_stamped(enum parameter is)
{
    return is == PARAMETER_LABELS || is == PARAMETER_NOCACHE || is == PARAMETER_PULL ||
           is == PARAMETER_VERSION || is == PARAMETER_CHANGE;
}

static const struct row *row_of(const struct reader *r, struct slice name)
{
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        if (ROWS[i].query == r->query && slice_equal(ROWS[i].name, name)) {
            return r->policy->view != NULL && is_stamped(ROWS[i].is) ? NULL : &ROWS[i];
        }
    }
    return NULL;
}

/* Decodes into what is left of the reader's room. */
static bool decode(struct reader *r, struct slice raw, struct slice *text)
{
    size_t from = r->text.len;
    bool ok = owned_text_decode(raw, &r->text);

    *text = slice_sub(buf_slice(&r->text), from, r->text.len);
    return ok;
}

static bool read_parameter(struct reader *r, struct slice raw)
{
    size_t equals = slice_find(raw, '=');
    struct slice name;
    struct slice value;

    if (slice_find(raw, ';') < raw.len || !decode(r, slice_sub(raw, 0, equals), &name) ||
        !decode(r, slice_sub(raw, equals + 1, raw.len), &value)) {
        return refuse_unclear(r);
    }
    const struct row *row = row_of(r, name);
    enum parameter is = row == NULL ? PARAMETER_OTHER : row->is;
    if (row != NULL && r->seen[is] && !row->many) {
        return refuse_unclear(r);
    }
    r->seen[is] = true;
    return read_value(r, is, value, raw);
}

/* ---- the whole ---- */

static void put_stamp(struct reader *r)
{
    if (r->policy->view == NULL) {
        put_name(r, SLICE("changes"));
        owned_text_encode(r->out, SLICE("LABEL "));
        owned_text_encode(r->out, r->policy->label);
    }
}

/* A build may use steps again that stand in images of its owner's: the engine would else take them
 * from anybody's, who can make them contain what they like. */
static bool end_build(struct reader *r)
{
    if (r->policy->view != NULL) {
        return true;
    }
    if (!r->seen[PARAMETER_LABELS] && !read_labels(r, SLICE(""))) {
        return false;
    }
    if (!r->caches) {
        put_parameter(r, SLICE("nocache"), SLICE("1"));
    } else if (r->nocache.len > 0) {
        put_raw(r, r->nocache);
    }
    return true;
}

static bool end_import(struct reader *r)
{
    put_stamp(r);
    return give_name(r, false);
}

/* Whoever pulls takes the name from the image that has it. A digest is no name that could be taken;
 * engines pull all tags where none is said. */
static bool end_pull(struct reader *r)
{
    size_t digest = slice_find(r->from, '@');
    bool by_digest = digest < r->from.len || slice_starts_with(r->tag, SLICE("sha256:"));
    bool tagged = image_name_tag(r->from) < r->from.len;

    if (r->repo.len > 0 || (tagged && r->tag.len > 0)) {
        return refuse(r, 400, "a pull has one tag and gives no other name");
    }
    if (!by_digest && !tagged && r->tag.len == 0) {
        return refuse(r, 403, "no tag is named, and all tags may be others' as well");
    }
    if (!by_digest && r->platform) {
        return refuse(r, 403,
                      "platform: the tag's image is all clients', and may become none that "
                      "runs here; name it by digest");
    }
    if (!by_digest && add_tagged(r, OWNED_PULL, r->from, r->tag) == NULL) {
        return false;
    }
    put_parameter(r, SLICE("fromImage"), r->from);
    if (r->tag.len > 0) {
        put_parameter(r, SLICE("tag"), r->tag);
    }
    return true;
}

static bool end(struct reader *r, struct slice name)
{
    const struct owned_ref *ref = r->names->n > 0 ? &r->names->ref[0] : NULL;

    switch (r->query) {
    case OWNED_BUILD:
        return end_build(r);
    case OWNED_COMMIT:
        if (!r->seen[PARAMETER_CONTAINER]) {
            return refuse(r, 400, "no container is named");
        }
        put_stamp(r);
        return give_name(r, false);
    case OWNED_IMPORT:
        return r->from.len > 0 ? end_pull(r) : end_import(r);
    case OWNED_PUSH:
        ref = add_tagged(r, OWNED_CHANGE, name, r->tag);
        if (ref != NULL) {
            struct slice text = owned_ref_name(r->names, ref);
            put_parameter(r, SLICE("tag"), slice_sub(text, image_name_tag(text) + 1, text.len));
        }
        return ref != NULL;
    case OWNED_SAVE:
        return ref != NULL || refuse(r, 400, "no image is named");
    case OWNED_TAG:
        return give_name(r, true);
    case OWNED_KEEP:
    case OWNED_LIST:
    case OWNED_NAMED:
    case OWNED_PRUNE:
        break;
    }
    return true;
}

/* The path's name; of a push it is known when the query has been read. */
static bool begin(struct reader *r, const struct owned_row *row, struct slice name)
{
    if (row->kind == OWNED_NONE || row->query == OWNED_PUSH) {
        return true;
    }
    struct owned_ref *ref =
        row->query == OWNED_SAVE ? add_saved(r, name) : add(r, row->kind, row->need, name);
    if (ref != NULL && row->query == OWNED_TAG) {
        ref->by_id = true;
    }
    return ref != NULL;
}

static bool read(struct reader *r, const struct owned_row *row, struct slice name,
                 struct slice query)
{
    struct slice raw;

    if (!begin(r, row, name)) {
        return false;
    }
    while (query.len > 0 && slice_next(&query, '&', &raw)) {
        if (raw.len > 0 && !read_parameter(r, raw)) {
            return false;
        }
    }
    return end(r, name);
}

/* Only names of images have a colon, so those don't matter to a list of anything else. */
static bool is_labelled(const struct owned_policy *p, enum owned_query query)
{
    bool filtered = query == OWNED_PRUNE || (query == OWNED_LIST && p->view == NULL);

    for (size_t i = 0; i < p->shared.n && query == OWNED_LIST; i++) {
        filtered = filtered && slice_find(p->shared.at[i], ':') < p->shared.at[i].len;
    }
    return filtered;
}

bool owned_rewrites(const struct owned_policy *p, enum operation_id op, struct slice query)
{
    enum owned_query how = owned_row_get(op)->query;

    if (p == owned_policy_any()) { /* only what the query says more of the path's name */
        return how == OWNED_PUSH || how == OWNED_SAVE;
    }
    return how > OWNED_PRUNE || is_labelled(p, how) || (query.len > 0 && owned_filters_name(op));
}

size_t owned_query_room(struct slice query)
{
    return ROOM_FACTOR * query.len + ROOM_MORE;
}

bool owned_put_query(const struct owned_policy *p, enum operation_id op, struct slice name,
                     struct slice query, struct owned_names *names, struct buf *out,
                     struct requests_refusal *refusal)
{
    const struct owned_row *row = owned_row_get(op);
    /* The longest text in JSON: a control character takes six bytes. */
    size_t json = 6 * (query.len + OWNED_THING_MAX) + 64;
    char *room = malloc(query.len + json);
    struct reader r = {
        .policy = p, .query = row->query, .names = names, .out = out, .refusal = refusal};
    bool ok = room != NULL || refuse(&r, 503, "the gate is out of memory");

    if (ok) {
        buf_init(&r.text, room, query.len);
        buf_init(&r.json, room + query.len, json);
        ok = row->query > OWNED_PRUNE ? read(&r, row, name, query) : begin(&r, row, name);
    }
    if (ok && row->query <= OWNED_PRUNE) {
        bool labelled = is_labelled(p, row->query);
        ok = labelled || owned_filters_name(op)
                 ? owned_put_filters(p, op, labelled, query, names, out) ||
                       refuse(&r, 400, "the query's filters can't be read in one way only")
                 : buf_put(out, query);
    }
    free(room);
    return ok && (!out->full || refuse(&r, 400, "the query is too long"));
}
