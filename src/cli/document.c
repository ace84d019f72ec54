/* Builds a tree of libyaml's events, without recursion. */
#include "cli/document.h"

#include <yaml.h>

/* Anchors that a Compose file may set. */
#define ANCHORS_MAX 256

/* Bytes that nodes and texts of a file of the largest size may take. */
#define TREE_MAX ((size_t)64 * 1024 * 1024)

struct anchor {
    struct slice name;
    struct tree_node *node;
};

/* A list or map that is being read. */
struct level {
    struct tree_node *node;
    size_t room;
};

struct builder {
    yaml_parser_t parser;
    struct slice file;
    enum document_form form;
    struct document *out;
    struct document_error *e;
    struct level level[DOCUMENT_DEPTH];
    size_t depth;
    struct anchor anchor[ANCHORS_MAX];
    size_t nanchors;
    bool documents; /* one was begun */
    bool ended;
};

static bool fail(struct builder *b, const yaml_mark_t *mark, const char *what)
{
    *b->e = (struct document_error){(uint32_t)mark->line + 1, (uint32_t)mark->column + 1, what};
    return false;
}

static struct slice text_of(const yaml_char_t *at)
{
    return at == NULL ? (struct slice){NULL, 0} : slice_from_text((const char *)at);
}

/* In a map: whether the key is there already. Maps are short where keys must not repeat. */
static bool is_twin(const struct tree_node *map, const struct tree_node *key)
{
    for (size_t i = 0; i < map->n; i += 2) {
        if (map->child[i]->kind == TREE_TEXT && slice_equal(map->child[i]->text, key->text)) {
            return true;
        }
    }
    return false;
}

static bool append(struct builder *b, struct level *l, struct tree_node *node)
{
    if (l->node->n == l->room) {
        size_t room = l->room == 0 ? 8 : l->room * 2;
        struct tree_node **grown = arena_take(&b->out->arena, room * sizeof(struct tree_node *));

        if (grown == NULL) {
            return false;
        }
        for (size_t i = 0; i < l->node->n; i++) {
            grown[i] = l->node->child[i];
        }
        l->node->child = grown;
        l->room = room;
    }
    l->node->child[l->node->n++] = node;
    return true;
}

/* Puts a node where it belongs: at the top, or into the list or map that is open. */
static bool place(struct builder *b, struct tree_node *node, const yaml_mark_t *mark)
{
    if (b->depth == 0) {
        b->out->root = node;
        return true;
    }
    struct level *l = &b->level[b->depth - 1];
    bool key = l->node->kind == TREE_MAP && l->node->n % 2 == 0;
    if (key && b->form == DOCUMENT_STRICT && node->kind != TREE_TEXT) {
        return fail(b, mark, "a key must be a text");
    }
    if (key && b->form == DOCUMENT_STRICT && is_twin(l->node, node)) {
        return fail(b, mark, "this key stands twice in one mapping");
    }
    return append(b, l, node) || fail(b, mark, "there is no memory for a file this large");
}

static bool remember(struct builder *b, const yaml_char_t *name, struct tree_node *node,
                     const yaml_mark_t *mark)
{
    if (name == NULL) {
        return true;
    }
    if (b->form == DOCUMENT_STRICT) {
        return fail(b, mark, "anchors and aliases are not taken");
    }
    if (b->nanchors == ANCHORS_MAX) {
        return fail(b, mark, "there are too many anchors");
    }
    struct slice copy = arena_copy(&b->out->arena, text_of(name));
    b->anchor[b->nanchors++] = (struct anchor){copy, node};
    return copy.at != NULL || fail(b, mark, "there is no memory for a file this large");
}

static bool follow(struct builder *b, const yaml_char_t *name, const yaml_mark_t *mark)
{
    if (b->form == DOCUMENT_STRICT) {
        return fail(b, mark, "anchors and aliases are not taken");
    }
    for (size_t i = b->nanchors; i > 0; i--) {
        if (slice_equal(b->anchor[i - 1].name, text_of(name))) {
            return place(b, b->anchor[i - 1].node, mark);
        }
    }
    return fail(b, mark, "found undefined alias");
}

static struct tree_node *new_node(struct builder *b, enum tree_kind kind, const yaml_mark_t *mark)
{
    struct tree_node *node = arena_take(&b->out->arena, sizeof(*node));

    if (node == NULL) {
        (void)fail(b, mark, "there is no memory for a file this large");
        return NULL;
    }
    *node = (struct tree_node){
        .kind = kind, .line = (uint32_t)mark->line + 1, .column = (uint32_t)mark->column + 1};
    return node;
}

static bool on_scalar(struct builder *b, const yaml_event_t *event)
{
    const yaml_mark_t *mark = &event->start_mark;
    struct tree_node *node = new_node(b, TREE_TEXT, mark);

    if (node == NULL) {
        return false;
    }
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->text = arena_copy(&b->out->arena, slice_of((const char *)event->data.scalar.value,
                                                     event->data.scalar.length));
    if (node->text.at == NULL) {
        return fail(b, mark, "there is no memory for a file this large");
    }
    if (b->form == DOCUMENT_STRICT && event->data.scalar.tag != NULL) {
        return fail(b, mark, "tags are not taken");
    }
    return remember(b, event->data.scalar.anchor, node, mark) && place(b, node, mark);
}

/* A list or map begins. */
static bool on_open(struct builder *b, enum tree_kind kind, const yaml_event_t *event)
{
    const yaml_mark_t *mark = &event->start_mark;
    const yaml_char_t *anchor =
        kind == TREE_MAP ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    const yaml_char_t *tag =
        kind == TREE_MAP ? event->data.mapping_start.tag : event->data.sequence_start.tag;
    struct tree_node *node = new_node(b, kind, mark);

    if (node == NULL) {
        return false;
    }
    if (b->form == DOCUMENT_STRICT && tag != NULL) {
        return fail(b, mark, "tags are not taken");
    }
    if (b->depth == DOCUMENT_DEPTH) {
        return fail(b, mark, "the file is too nested");
    }
    if (!remember(b, anchor, node, mark) || !place(b, node, mark)) {
        return false;
    }
    b->level[b->depth++] = (struct level){node, 0};
    return true;
}

/* Another document behind the first one would be read by nobody. */
static bool on_document(struct builder *b, const yaml_event_t *event)
{
    if (b->documents) {
        return fail(b, &event->start_mark, "there is more than one document in the file");
    }
    b->documents = true;
    return true;
}

static bool on_event(struct builder *b, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return on_scalar(b, event);
    case YAML_SEQUENCE_START_EVENT:
        return on_open(b, TREE_LIST, event);
    case YAML_MAPPING_START_EVENT:
        return on_open(b, TREE_MAP, event);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        b->depth--;
        return true;
    case YAML_ALIAS_EVENT:
        return follow(b, event->data.alias.anchor, &event->start_mark);
    case YAML_DOCUMENT_START_EVENT:
        return on_document(b, event);
    case YAML_STREAM_END_EVENT:
        b->ended = true;
        return true;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
    return true;
}

/* What the parser could not read, in its words but for the commonest slips. */
static const char *problem(const struct builder *b)
{
    size_t at = b->parser.problem_mark.index;

    if (at < b->file.len && b->file.at[at] == '\t') {
        return "a tab: YAML is indented with blanks";
    }
    if (at < b->file.len && b->file.at[at] == '{') { /* GET /containers/{id}/json in a list of [] */
        return "a text with { needs quotes here";
    }
    return b->parser.problem != NULL ? b->parser.problem : "this is no YAML";
}

static bool next_event(struct builder *b)
{
    yaml_event_t event;

    if (yaml_parser_parse(&b->parser, &event) == 0) {
        return fail(b, &b->parser.problem_mark, problem(b));
    }
    bool ok = on_event(b, &event);
    yaml_event_delete(&event);
    return ok;
}

bool document_read(struct slice file, enum document_form form, struct document *y,
                   struct document_error *e)
{
    static struct builder b; /* too large for the stack */
    bool ok = true;

    *y = (struct document){.arena = {.max = TREE_MAX}};
    *e = (struct document_error){.what = ""};
    b = (struct builder){.file = file, .form = form, .out = y, .e = e};
    if (file.len > DOCUMENT_MAX || yaml_parser_initialize(&b.parser) == 0) {
        e->what = "the file is too large";
        return false;
    }
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)file.at, file.len);
    while (ok && !b.ended) {
        ok = next_event(&b);
    }
    yaml_parser_delete(&b.parser);
    return ok;
}

void document_free(struct document *y)
{
    arena_free(&y->arena);
    y->root = NULL;
}
