/* Reads the entries of allow and deny. A path is found by the matcher that requests are matched by,
 * so that an entry can't mean another operation than a request of that path. */
#include "policy/grants.h"

#include "policy/glob.h"
#include "policy/named.h"
#include "policy/nearest.h"
#include "policy/opening.h"

struct compiler {
    const struct grants *grants;
    const struct schema_file *file;
    struct arena *arena;
    struct policy *policy;
    struct name_rule *rule;
    size_t nrules;
    struct operation_set some;
    bool ok;
};

/* What an entry names. */
struct entry {
    const struct tree_node *node;
    struct operation_set operations;
    option_id option;     /* that it is, or OPTION_NONE */
    struct slice glob[2]; /* with `at`: only these names, of the one operation */
    enum operation_id only;
};

static bool wrong(struct compiler *c, const struct tree_node *where, struct slice text,
                  struct slice says, struct slice nearest)
{
    struct slice parts[] = {SLICE("\""), text, says, nearest};

    schema_note(c->file, NOTE_ERROR, where, parts, 4);
    c->ok = false;
    return false;
}

static bool unknown_entry(struct compiler *c, const struct entry *e)
{
    struct slice nearest = named_nearest(e->node->text);

    return wrong(c, e->node, e->node->text,
                 nearest.len == 0 ? SLICE("\" is no option, operationId or METHOD /PATH")
                                  : SLICE("\" is no option, operationId or METHOD /PATH; the "
                                          "nearest is "),
                 nearest);
}

/* The template that is nearest to a path that is none. */
static bool unknown_path(struct compiler *c, const struct entry *e, struct slice method,
                         struct slice path)
{
    struct slice best = {NULL, 0};
    size_t distance = NEAREST_FAR;

    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        const struct operation *o = operation_get((enum operation_id)i);
        if (slice_equal(o->method, method)) {
            nearest_try(path, o->path, &best, &distance);
        }
    }
    return wrong(c, e->node, e->node->text,
                 best.at == NULL
                     ? SLICE("\" is no operation of the API; `dockgate options` lists them")
                     : SLICE("\" is no operation of the API; the nearest path is "),
                 best);
}

/* "{id}" is any name; braces stand for nothing else yet. */
static bool read_name(struct compiler *c, struct entry *e, struct slice name, struct slice *glob)
{
    bool braces = slice_find(name, '{') < name.len || slice_find(name, '}') < name.len;

    if (name.at == NULL || name.len == 0) {
        return true;
    }
    if (braces) {
        bool whole = name.at[0] == '{' && slice_find(name, '}') == name.len - 1;
        if (!whole || slice_find(name, ':') < name.len || slice_find(name, '=') < name.len) {
            return wrong(c, e->node, name,
                         SLICE("\": in braces stands what the API calls the name, {id}, for any"),
                         SLICE(""));
        }
        return true;
    }
    if (name.len > GLOB_MAX) {
        return wrong(c, e->node, name, SLICE("\": a name has at most 128 bytes here"), SLICE(""));
    }
    *glob = name;
    return true;
}

static bool read_path(struct compiler *c, struct entry *e)
{
    size_t blank = slice_find(e->node->text, ' ');
    struct slice method = slice_sub(e->node->text, 0, blank);
    struct slice path = slice_trim(slice_sub(e->node->text, blank, e->node->text.len));
    struct api_match m;

    if (!slice_starts_with(path, SLICE("/")) || path.len == 1) {
        return unknown_entry(c, e);
    }
    if (slice_find(path, '%') < path.len || slice_find(path, ' ') < path.len) {
        return wrong(c, e->node, e->node->text,
                     SLICE("\": a path is written decoded, without % and blanks"), SLICE(""));
    }
    if (!api_match(method, path, &m) || !slice_equal(operation_get(m.operation)->method, method)) {
        return unknown_path(c, e, method, path);
    }
    if (m.version.len > 0) {
        return wrong(c, e->node, e->node->text,
                     SLICE("\": leave the version out, every one is meant"), SLICE(""));
    }
    operation_set_add(&e->operations, m.operation);
    e->only = m.operation;
    return read_name(c, e, m.names[0], &e->glob[0]) && read_name(c, e, m.names[1], &e->glob[1]);
}

static bool read_entry(struct compiler *c, const struct tree_node *node, struct entry *e)
{
    *e = (struct entry){.node = node, .only = OPERATION_NONE};
    if (named_operations(node->text, &e->option, &e->operations)) {
        return !operation_set_is_empty(&e->operations) ||
               wrong(c, node, node->text, SLICE("\" grants nothing by itself; name operations"),
                     SLICE(""));
    }
    return slice_find(node->text, ' ') < node->text.len ? read_path(c, e) : unknown_entry(c, e);
}

/* Engines look for an id, or for its first digits, where there is no such name. */
static void warn_of_ids(struct compiler *c, const struct entry *e)
{
    for (size_t i = 0; i < 2; i++) {
        struct slice glob = e->glob[i];
        struct slice parts[] = {
            SLICE("\""), glob,
            SLICE("\" may be the beginning of an id as well, of whatever name: "
                  "engines take both; use names with other letters than a to f")};
        if (glob.at != NULL && glob_may_be_id(glob)) {
            schema_note(c->file, NOTE_WARNING, e->node, parts, 3);
        }
    }
}

static void allow_names(struct compiler *c, const struct entry *e)
{
    warn_of_ids(c, e);
    c->rule[c->nrules++] = (struct name_rule){
        .operation = e->only, .glob = {e->glob[0], e->glob[1]}, .text = e->node->text};
    operation_set_add(&c->some, e->only);
}

static void allow(struct compiler *c, const struct tree_node *node)
{
    struct entry e;

    if (!read_entry(c, node, &e)) {
        return;
    }
    if (e.glob[0].at != NULL || e.glob[1].at != NULL) {
        allow_names(c, &e);
        return;
    }
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        if (!operation_set_has(&e.operations, op) || operation_set_has(&c->policy->allowed, op)) {
            continue;
        }
        operation_set_add(&c->policy->allowed, op);
        c->policy->decided_by[op] = e.option != OPTION_NONE ? e.option : option_leaf(op);
    }
}

/* What is denied by one spelling is denied by the others, and HEAD beside GET. */
static bool shares_leaf(const struct operation_set *set, enum operation_id op)
{
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (operation_set_has(set, (enum operation_id)i) &&
            option_leaf((enum operation_id)i) == option_leaf(op)) {
            return true;
        }
    }
    return false;
}

static void deny(struct compiler *c, const struct tree_node *node)
{
    struct entry e;

    if (!read_entry(c, node, &e)) {
        return;
    }
    if (e.glob[0].at != NULL || e.glob[1].at != NULL) {
        (void)wrong(
            c, node, node->text,
            SLICE("\": deny can't name names, since the engine takes the id of what has that "
                  "name as well; allow the names that are meant"),
            SLICE(""));
        return;
    }
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        if (shares_leaf(&e.operations, op)) {
            operation_set_remove(&c->policy->allowed, op);
            operation_set_remove(&c->some, op);
            c->policy->decided_by[op] = option_leaf(op);
            c->policy->preset_of[op] = NULL;
        }
    }
}

bool grants_read_operations(const struct tree_node *node, const struct schema_file *file,
                            struct operation_set *set)
{
    struct compiler c = {.file = file, .ok = true};
    struct entry e;

    if (!read_entry(&c, node, &e)) {
        return false;
    }
    if (e.glob[0].at != NULL || e.glob[1].at != NULL) {
        return wrong(&c, node, node->text,
                     SLICE("\": limits are for all names alike; write what the API calls the name, "
                           "{id}"),
                     SLICE(""));
    }
    *set = (struct operation_set){{0}};
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (shares_leaf(&e.operations, (enum operation_id)i)) {
            operation_set_add(set, (enum operation_id)i);
        }
    }
    return true;
}

static void grant_preset(struct compiler *c, const struct tree_node *node)
{
    const struct preset *preset = preset_find(node->text);

    if (preset == NULL) {
        struct slice nearest = preset_nearest(node->text);
        (void)wrong(c, node, node->text,
                    nearest.len == 0 ? SLICE("\" names no preset (dockgate preset lists them)")
                                     : SLICE("\" names no preset; the nearest is "),
                    nearest);
        return;
    }
    struct operation_set set = preset_operations(preset);
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        if (operation_set_has(&set, op) && !operation_set_has(&c->policy->allowed, op)) {
            operation_set_add(&c->policy->allowed, op);
            c->policy->preset_of[op] = preset;
        }
    }
}

/* A section that opens a read which gives something away, as with options of the environment. */
static void warn_of_openings(struct compiler *c)
{
    bool warned[OPTION_COUNT] = {false};

    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        option_id by = c->policy->decided_by[op];
        option_id leaf = option_leaf(op);
        if (!operation_set_has(&c->policy->allowed, op) || c->policy->preset_of[op] != NULL ||
            !opening_is(op, by) || warned[leaf]) {
            continue;
        }
        struct slice parts[] = {SLICE("policy "),
                                c->grants->name,
                                SLICE(": "),
                                option_name(by),
                                SLICE(" also opens "),
                                operation_get(op)->path,
                                SLICE(", which gives away files, images or secrets; close it with "
                                      "deny: "),
                                option_name(leaf)};
        warned[leaf] = true;
        schema_note(c->file, NOTE_WARNING, NULL, parts, 8);
    }
}

/* Rules of operations that deny has taken away, or that are granted for all names, decide nothing.
 */
static bool keep_rules(struct compiler *c)
{
    struct name_rules *rules = arena_take(c->arena, sizeof(*rules));
    size_t n = 0;

    if (rules == NULL) {
        return false;
    }
    for (size_t i = 0; i < c->nrules; i++) {
        if (operation_set_has(&c->some, c->rule[i].operation) &&
            !operation_set_has(&c->policy->allowed, c->rule[i].operation)) {
            c->rule[n++] = c->rule[i];
        }
    }
    *rules = (struct name_rules){.at = c->rule, .n = n, .some = c->some};
    c->policy->names = n > 0 ? rules : NULL;
    return true;
}

bool grants_compile(const struct grants *g, struct arena *a, const struct schema_file *file,
                    struct policy *p)
{
    struct compiler c = {.grants = g, .file = file, .arena = a, .policy = p, .ok = true};

    *p = (struct policy){.name = g->name, .descriptive_errors = true};
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        p->decided_by[i] = option_leaf((enum operation_id)i);
    }
    c.rule = arena_take(a, (g->allow.n + 1) * sizeof(*c.rule));
    if (c.rule == NULL) {
        return wrong(&c, NULL, g->name, SLICE("\": no memory"), SLICE(""));
    }
    for (size_t i = 0; i < g->preset.n; i++) {
        grant_preset(&c, g->preset.at[i]);
    }
    for (size_t i = 0; i < g->allow.n; i++) {
        allow(&c, g->allow.at[i]);
    }
    for (size_t i = 0; i < g->deny.n; i++) {
        deny(&c, g->deny.at[i]);
    }
    warn_of_openings(&c);
    if (!keep_rules(&c)) {
        return wrong(&c, NULL, g->name, SLICE("\": no memory"), SLICE(""));
    }
    if (!c.ok) {
        p->allowed = (struct operation_set){{0}};
        p->names = NULL;
    }
    return c.ok;
}
