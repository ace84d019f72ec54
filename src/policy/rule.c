/* The list of rules. Which of a thousand rules can match a path is found out by what their patterns
 * begin with, so that only these are run.
 *
 * Rules of one method are sorted by their front, the literal bytes that every match begins with.
 * The fronts that a path begins with form a chain: from the last one that is not after the path,
 * each one's parent is the longest front among the others that it begins with itself. */
#include "policy/rule.h"

#include "base/utf8.h"
#include "policy/nearest.h"
#include "policy/re2.h"

#include <stdlib.h>

/* How cetusguard's patterns begin: an optional version. What stands behind it is the front then. */
static const struct slice VERSION = SLICE_INIT("(?:/v[0-9]+(?:\\.[0-9]+)*)?");

static const struct slice METHODS[] = {
    SLICE_INIT("CONNECT"), SLICE_INIT("DELETE"),  SLICE_INIT("GET"),
    SLICE_INIT("HEAD"),    SLICE_INIT("OPTIONS"), SLICE_INIT("PATCH"),
    SLICE_INIT("POST"),    SLICE_INIT("PUT"),     SLICE_INIT("TRACE"),
};
#define NMETHODS (sizeof(METHODS) / sizeof(METHODS[0]))

struct rule {
    struct rule_text text;
    struct pattern *pattern;
    struct slice front;
    uint16_t methods; /* a bit each, as in METHODS */
    bool versioned;   /* the front stands behind an optional version */
    char *storage;
};

/* A rule's place in the order of one method. */
struct entry {
    const struct rule *rule;
    size_t parent; /* its place + 1; 0: none */
};

/* The rules of one method: those whose front is the path's, and those whose front may stand behind
 * its version. */
struct order {
    struct entry *entry;
    size_t n;
};

struct rule_list {
    struct rule *rule;
    size_t n;
    size_t room;
    struct order order[NMETHODS][2];
};

struct rule_list *rule_list_new(void)
{
    return calloc(1, sizeof(struct rule_list));
}

void rule_list_free(struct rule_list *l)
{
    if (l == NULL) {
        return;
    }
    for (size_t i = 0; i < l->n; i++) {
        pattern_free(l->rule[i].pattern);
        free(l->rule[i].storage);
    }
    for (size_t i = 0; i < NMETHODS; i++) {
        free(l->order[i][0].entry);
        free(l->order[i][1].entry);
    }
    free(l->rule);
    free(l);
}

/* The method's place, or NMETHODS. */
static size_t find_method(struct slice name)
{
    size_t i = 0;

    while (i < NMETHODS && !slice_equal(METHODS[i], name)) {
        i++;
    }
    return i;
}

static bool unknown_method(struct slice name, struct diag *d)
{
    struct slice best = {NULL, 0};
    size_t distance = NEAREST_FAR;
    char text[64];
    struct buf b;

    for (size_t i = 0; i < NMETHODS; i++) {
        nearest_try(name, METHODS[i], &best, &distance);
    }
    buf_init(&b, text, sizeof(text));
    (void)buf_put_escaped(&b, slice_sub(name, 0, 15)); /* 60 bytes at most */
    if (best.at == NULL) {
        return diag_set(d, "\"%.*s\" is no method", (int)b.len, text);
    }
    return diag_set(d, "\"%.*s\" is no method; the nearest is %.*s", (int)b.len, text,
                    (int)best.len, best.at);
}

static bool read_methods(struct slice methods, uint16_t *bits, struct diag *d)
{
    struct slice name;

    while (slice_next(&methods, ',', &name)) {
        size_t place = find_method(name);

        if (place == NMETHODS) {
            return unknown_method(name, d);
        }
        *bits = (uint16_t)(*bits | 1U << place);
    }
    return true;
}

/* Copies the texts into one piece of memory, with room for the front behind them. */
static bool copy_texts(struct rule *r, struct rule_text text)
{
    struct slice *parts[] = {&text.methods, &text.pattern, &text.name};
    size_t len = RE2_FRONT_MAX;
    struct buf b;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        len += parts[i]->len;
    }
    r->storage = malloc(len);
    if (r->storage == NULL) {
        return false;
    }
    buf_init(&b, r->storage, len);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct slice copy = slice_of(b.at + b.len, parts[i]->len);

        (void)buf_put(&b, *parts[i]); /* it fits */
        *parts[i] = copy;
    }
    r->text = text;
    r->front = slice_of(b.at + b.len, 0);
    return true;
}

/* What the pattern begins with. Behind an optional version only a front that starts with a slash is
 * one: the version ends there. */
static bool find_front(struct rule *r, struct slice pattern, size_t from)
{
    static const size_t spelt_max = (size_t)10 * RE2_PATTERN_MAX;
    char *spelt = malloc(spelt_max);
    char *storage = r->storage + r->text.methods.len + r->text.pattern.len + r->text.name.len;
    struct diag ignored;
    struct buf out;
    struct buf front;

    if (spelt == NULL) {
        return false;
    }
    buf_init(&out, spelt, spelt_max);
    buf_init(&front, storage, RE2_FRONT_MAX);
    bool read = re2_translate(slice_sub(pattern, from, pattern.len), &out, &front, &ignored);
    free(spelt);
    r->versioned = from > 0 && read && slice_starts_with(buf_slice(&front), SLICE("/"));
    if (from == 0 || r->versioned) {
        r->front = buf_slice(&front);
    }
    return true;
}

static bool make_rule(struct rule *r, struct rule_text text, struct diag *d)
{
    *r = (struct rule){.pattern = NULL};
    if (!read_methods(text.methods, &r->methods, d)) {
        return false;
    }
    r->pattern = pattern_new(text.pattern, d);
    if (r->pattern == NULL) {
        return false;
    }
    size_t from = slice_starts_with(text.pattern, VERSION) ? VERSION.len : 0;
    if (!copy_texts(r, text) || !find_front(r, text.pattern, from)) {
        pattern_free(r->pattern);
        free(r->storage);
        return diag_set(d, "no memory for a rule");
    }
    return true;
}

bool rule_list_add(struct rule_list *l, struct rule_text text, struct diag *d)
{
    if (l->n == RULES_MAX) {
        return diag_set(d, "more than %d rules", RULES_MAX);
    }
    if (l->n == l->room) {
        size_t room = l->room == 0 ? 16 : l->room * 2;
        struct rule *grown = realloc(l->rule, room * sizeof(*grown));

        if (grown == NULL) {
            return diag_set(d, "no memory for a rule");
        }
        l->rule = grown;
        l->room = room;
    }
    if (!make_rule(&l->rule[l->n], text, d)) {
        return false;
    }
    l->n++;
    return true;
}

static int compare(struct slice a, struct slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = a.at == NULL || b.at == NULL ? 0 : memcmp(a.at, b.at, len);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* By front; those with the same front the later first, so that the chain meets the first first. */
static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    int order = compare(x->rule->front, y->rule->front);

    return order != 0 ? order : (x->rule < y->rule) - (x->rule > y->rule);
}

static void link_parents(struct order *o)
{
    for (size_t i = 0; i < o->n; i++) {
        size_t parent = i; /* the one before, as a place + 1 */

        while (parent > 0 &&
               !slice_starts_with(o->entry[i].rule->front, o->entry[parent - 1].rule->front)) {
            parent = o->entry[parent - 1].parent;
        }
        o->entry[i].parent = parent;
    }
}

static bool make_order(const struct rule_list *l, size_t method, bool versioned, struct order *o)
{
    o->entry = calloc(l->n + 1, sizeof(*o->entry));
    if (o->entry == NULL) {
        return false;
    }
    for (size_t i = 0; i < l->n; i++) {
        const struct rule *r = &l->rule[i];

        if ((r->methods >> method & 1U) != 0 && r->versioned == versioned) {
            o->entry[o->n++].rule = r;
        }
    }
    qsort(o->entry, o->n, sizeof(*o->entry), compare_entries);
    link_parents(o);
    return true;
}

bool rule_list_seal(struct rule_list *l)
{
    for (size_t i = 0; i < NMETHODS; i++) {
        if (!make_order(l, i, false, &l->order[i][0]) || !make_order(l, i, true, &l->order[i][1])) {
            return false;
        }
    }
    return true;
}

size_t rule_list_count(const struct rule_list *l)
{
    return l->n;
}

struct rule_text rule_list_get(const struct rule_list *l, size_t i)
{
    return l->rule[i].text;
}

/* How many entries have a front that is not after `path`. */
static size_t count_before(const struct order *o, struct slice path)
{
    size_t low = 0;
    size_t high = o->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare(o->entry[middle].rule->front, path) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Runs the patterns whose front `front_of` begins with on `path`. */
static enum pattern_answer match_order(const struct order *o, struct slice front_of,
                                       struct slice path, struct pattern_room *room,
                                       struct slice *name)
{
    for (size_t at = count_before(o, front_of); at > 0; at = o->entry[at - 1].parent) {
        const struct rule *r = o->entry[at - 1].rule;

        if (!slice_starts_with(front_of, r->front)) {
            continue;
        }
        enum pattern_answer answer = pattern_match(r->pattern, path, room);
        if (answer != PATTERN_NO) {
            *name = r->text.name;
            return answer;
        }
    }
    return PATTERN_NO;
}

enum pattern_answer rule_list_match(const struct rule_list *l, struct slice method,
                                    struct slice path, size_t version, struct pattern_room *room,
                                    struct slice *name)
{
    size_t place = find_method(method);

    *name = (struct slice){NULL, 0};
    if (place == NMETHODS || !utf8_is_valid(path)) {
        return PATTERN_NO;
    }
    const struct order *o = l->order[place];
    enum pattern_answer answer = match_order(&o[0], path, path, room, name);
    if (answer == PATTERN_NO) {
        answer = match_order(&o[1], slice_sub(path, version, path.len), path, room, name);
    }
    if (answer == PATTERN_NO && version > 0) {
        answer = match_order(&o[1], path, path, room, name);
    }
    return answer;
}
