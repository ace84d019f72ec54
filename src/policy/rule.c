/* The list of rules: whose pattern can match a path at all is looked up (rule_index), and only
 * these are run, in the list's order. */
#include "policy/rule.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "policy/nearest.h"
#include "policy/rule_index.h"

#include <stdlib.h>

static const struct slice METHODS[] = {
    SLICE_INIT("CONNECT"), SLICE_INIT("DELETE"),  SLICE_INIT("GET"),
    SLICE_INIT("HEAD"),    SLICE_INIT("OPTIONS"), SLICE_INIT("PATCH"),
    SLICE_INIT("POST"),    SLICE_INIT("PUT"),     SLICE_INIT("TRACE"),
};
#define NMETHODS (sizeof(METHODS) / sizeof(METHODS[0]))

struct rule {
    struct rule_text text;
    struct pattern *pattern;
    uint16_t methods; /* a bit each, as in METHODS */
    bool found;       /* whatever the index finds matches */
    char *storage;
};

struct rule_list {
    struct rule *rule;
    size_t n;
    size_t room;
    struct rule_index *index;
};

struct rule_list *rule_list_new(void)
{
    struct rule_list *l = calloc(1, sizeof(*l));

    if (l != NULL) {
        l->index = rule_index_new();
    }
    if (l != NULL && l->index == NULL) {
        free(l);
        return NULL;
    }
    return l;
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
    rule_index_free(l->index);
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

/* Copies the texts into one piece of memory. */
static bool copy_texts(struct rule *r, struct rule_text text)
{
    struct slice *parts[] = {&text.methods, &text.pattern, &text.name};
    size_t len = 1;
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
    return true;
}

static bool make_rule(struct rule *r, struct rule_text text, struct needs *needs, struct diag *d)
{
    *r = (struct rule){.pattern = NULL};
    if (!read_methods(text.methods, &r->methods, d)) {
        return false;
    }
    r->pattern = pattern_new(text.pattern, needs, d);
    if (r->pattern == NULL) {
        return false;
    }
    r->found = needs->whole;
    if (!copy_texts(r, text)) {
        pattern_free(r->pattern);
        return diag_set(d, "no memory for a rule");
    }
    return true;
}

static bool make_and_index(struct rule_list *l, struct rule_text text, struct needs *needs,
                           struct diag *d)
{
    struct rule *r = &l->rule[l->n];

    if (!make_rule(r, text, needs, d)) {
        return false;
    }
    if (!rule_index_add(l->index, needs)) {
        pattern_free(r->pattern);
        free(r->storage);
        return diag_set(d, "no memory for a rule");
    }
    l->n++;
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
    struct needs *needs = malloc(sizeof(*needs));
    bool ok =
        needs != NULL ? make_and_index(l, text, needs, d) : diag_set(d, "no memory for a rule");
    free(needs);
    return ok;
}

bool rule_list_seal(struct rule_list *l)
{
    return rule_index_seal(l->index);
}

size_t rule_list_count(const struct rule_list *l)
{
    return l->n;
}

struct rule_text rule_list_get(const struct rule_list *l, size_t i)
{
    return l->rule[i].text;
}

/* Asks one rule that the index has found. */
static enum pattern_answer ask(const struct rule *r, size_t method, struct slice path,
                               struct pattern_room *room)
{
    if ((r->methods >> method & 1U) == 0) {
        return PATTERN_NO;
    }
    return r->found ? PATTERN_YES : pattern_match(r->pattern, path, room);
}

enum pattern_answer rule_list_match(const struct rule_list *l, struct slice method,
                                    struct slice path, struct pattern_room *room,
                                    struct slice *name)
{
    uint64_t found[RULE_INDEX_WORDS(RULES_MAX)];
    size_t place = find_method(method);

    *name = (struct slice){NULL, 0};
    if (place == NMETHODS || !utf8_is_valid(path)) {
        return PATTERN_NO;
    }
    rule_index_find(l->index, path, found);
    for (size_t word = 0; word < RULE_INDEX_WORDS(l->n); word++) {
        for (uint64_t bits = found[word]; bits != 0; bits &= bits - 1) {
            const struct rule *r = &l->rule[word * 64 + (size_t)__builtin_ctzll(bits)];
            enum pattern_answer answer = ask(r, place, path, room);

            if (answer != PATTERN_NO) {
                *name = r->text.name;
                return answer;
            }
        }
    }
    return PATTERN_NO;
}
