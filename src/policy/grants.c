/* Reads the entries of allow and deny. A path is found by the matcher that requests are matched by,
 * so that an entry can't mean another operation than a request of that path. */
#include "policy/grants.h"

#include "policy/glob.h"
#include "policy/named.h"
#include "policy/nearest.h"
#include "policy/opening.h"

/* The beginning of what stands for things with a label, and what stands in its place when the path
 * is looked for: labels may have slashes. */
static const struct slice LABEL = SLICE_INIT("{label:");
static const struct slice LABELLED = SLICE_INIT("{}");

/* A path without its label. */
#define PATH_ROOM 256

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
    struct slice label;   /* with `at`: only what bears it */
    enum operation_id only;
};

/* Whether it is about some things only. */
static bool is_narrow(const struct entry *e)
{
    return e->glob[0].at != NULL || e->glob[1].at != NULL || e->label.at != NULL;
}

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

/* "{id}" is any name. */
static bool read_name(struct compiler *c, struct entry *e, struct slice name, struct slice *glob)
{
    bool braces = slice_find(name, '{') < name.len || slice_find(name, '}') < name.len;

    if (name.at == NULL || name.len == 0) {
        return true;
    }
    if (braces) {
        bool whole = name.at[0] == '{' && slice_find(name, '}') == name.len - 1;
        if (!whole || slice_find(name, ':') < name.len || slice_find(name, '=') < name.len) {
            return wrong(
                c, e->node, name,
                SLICE("\": in braces stands what the API calls the name, {id}, for any, or "
                      "{label:KEY=VALUE}"),
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

static bool wrong_entry(struct compiler *c, const struct entry *e, struct slice says)
{
    return wrong(c, e->node, e->node->text, says, SLICE(""));
}

/* Takes a label out of the path, which is then written to `room`. */
static bool take_label(struct compiler *c, struct entry *e, struct slice *path, struct buf *room)
{
    size_t at = 0;

    while (at < path->len && !slice_starts_with(slice_sub(*path, at, path->len), LABEL)) {
        at++;
    }
    if (at == path->len) {
        return true;
    }
    struct slice label = slice_sub(*path, at + LABEL.len, path->len);
    size_t end = slice_find(label, '}');
    (void)(buf_put(room, slice_sub(*path, 0, at)) && buf_put(room, LABELLED) &&
           buf_put(room, slice_sub(label, end + 1, label.len)));
    e->label = slice_sub(label, 0, end);
    *path = buf_slice(room);
    return (end < label.len && end <= GLOB_MAX && !room->full) ||
           wrong_entry(c, e, SLICE("\": a label ends with }, and has at most 128 bytes here"));
}

/* What engines compare letter by letter is read so: neither patterns nor slips shall be taken for a
 * label that nothing bears. */
static bool check_label(struct compiler *c, const struct entry *e)
{
    static const struct slice never = SLICE_INIT("{*?\x7f");
    size_t key = slice_find(e->label, '=');

    if (key == 0 || e->label.len == 0) {
        return wrong_entry(c, e,
                           SLICE("\": a label has a key, {label:KEY=VALUE}, or {label:KEY} for any "
                                 "value"));
    }
    for (size_t i = 0; i < e->label.len; i++) {
        char byte = e->label.at[i];
        if ((unsigned char)byte < 0x20 || slice_find(never, byte) < never.len ||
            (byte == ' ' && i < key)) {
            return wrong(c, e->node, slice_sub(e->label, i, 1),
                         SLICE("\" can't stand in {label:KEY=VALUE}: both are compared letter by "
                               "letter, {label:KEY} takes any value"),
                         SLICE(""));
        }
    }
    return true;
}

static bool read_label(struct compiler *c, const struct entry *e, const struct api_match *m)
{
    if (c->grants != NULL && !operation_set_has(&c->grants->labelled, m->operation)) {
        return wrong_entry(
            c, e,
            SLICE("\": the engine can't be asked for labels of what this names; write {id}, or "
                  "names. Labels go with containers, exec, networks, volumes, images, services, "
                  "tasks, secrets, configs and nodes, but not below /libpod"));
    }
    return (slice_equal(m->names[0], LABELLED) ||
            wrong_entry(c, e, SLICE("\": {label:KEY=VALUE} stands for a whole name"))) &&
           check_label(c, e);
}

static bool read_path(struct compiler *c, struct entry *e)
{
    size_t blank = slice_find(e->node->text, ' ');
    struct slice method = slice_sub(e->node->text, 0, blank);
    struct slice path = slice_trim(slice_sub(e->node->text, blank, e->node->text.len));
    struct api_match m;
    char text[PATH_ROOM];
    struct buf room;

    buf_init(&room, text, sizeof(text));
    if (!take_label(c, e, &path, &room)) {
        return false;
    }

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
    if (e->label.at != NULL) {
        return read_label(c, e, &m);
    }
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

static void allow_some(struct compiler *c, const struct entry *e)
{
    warn_of_ids(c, e);
    c->rule[c->nrules++] = (struct name_rule){.operation = e->only,
                                              .glob = {e->glob[0], e->glob[1]},
                                              .label = e->label,
                                              .text = e->node->text};
    operation_set_add(&c->some, e->only);
}

static void allow(struct compiler *c, const struct tree_node *node)
{
    struct entry e;

    if (!read_entry(c, node, &e)) {
        return;
    }
    if (is_narrow(&e)) {
        allow_some(c, &e);
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
    if (is_narrow(&e)) {
        (void)wrong_entry(
            c, &e,
            e.label.at != NULL
                ? SLICE("\": deny can't name labels, it takes whole operations; allow the labels "
                        "that are meant")
                : SLICE("\": deny can't name names, since the engine takes the id of what has "
                        "that name as well; allow the names that are meant"));
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
    if (is_narrow(&e)) {
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

/* Any of the labels of one operation will do. */
static void link_labels(struct name_rule *rule, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = i; rule[i].label.len > 0 && k-- > 0;) {
            if (rule[k].label.len > 0 && rule[k].operation == rule[i].operation) {
                rule[k].next = &rule[i];
                break;
            }
        }
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
    link_labels(c->rule, n);
    *rules = (struct name_rules){.at = c->rule, .n = n, .some = c->some};
    c->policy->names = n > 0 ? rules : NULL;
    return name_rules_seal(rules, c->arena);
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
