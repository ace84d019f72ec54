/* Makes trees of the table in view.def. */
#include "inspect/view_shape.h"

#include <assert.h>
#include <stdlib.h>

static const struct view_answer ANSWERS[OPERATION_COUNT] = {
#define ANSWER(operation, document, visible, errors)                                               \
    [OPERATION_##operation] = {VIEW_##document, VIEW_VISIBLE_##visible, VIEW_##errors},
#include "inspect/view.def"
};

static const struct view_row {
    struct slice path;
    uint8_t document;
    uint8_t kind;
} ROWS[] = {
#define VIEW(document, path, kind) {SLICE_INIT(path), VIEW_##document, VIEW_KIND_##kind},
#include "inspect/view.def"
};

#define NROWS (sizeof(ROWS) / sizeof(ROWS[0]))

/* A path has at most seven parts ("Spec.TaskTemplate.ContainerSpec.Mounts[].VolumeOptions…"), and a
 * tree shares most of them. */
#define NODES_MAX (NROWS * 4)

const struct view_answer *view_answer_get(enum operation_id op)
{
    return &ANSWERS[op];
}

static uint16_t node_new(struct view_shapes *s, struct slice name)
{
    assert(s->n < NODES_MAX);
    s->node[s->n] = (struct view_node){.name = name};
    return s->n++;
}

/* The length of the name at the front of a path. */
static size_t name_length(struct slice path)
{
    size_t i = 0;
    while (i < path.len && path.at[i] != '.' && path.at[i] != '[' && path.at[i] != '{') {
        i++;
    }
    return i;
}

static uint16_t element_of(struct view_shapes *s, uint16_t node, bool map)
{
    if (s->node[node].element == 0) {
        uint16_t made = node_new(s, (struct slice){0});
        s->node[node].element = made;
        s->node[node].map = map;
    }
    return s->node[node].element;
}

static uint16_t member_of(struct view_shapes *s, uint16_t node, struct slice name)
{
    uint16_t found = view_node_member(s, node, name);
    if (found == 0) {
        found = node_new(s, name);
        uint16_t first = s->node[node].first;
        s->node[found].next = first;
        s->node[found].place = first == 0 ? 0 : (uint8_t)(s->node[first].place + 1);
        s->node[node].first = found;
        assert(s->node[found].place < VIEW_SIBLINGS);
    }
    return found;
}

static void row_add(struct view_shapes *s, const struct view_row *row)
{
    struct slice path = row->path;
    if (s->root[row->document] == 0) {
        s->root[row->document] = node_new(s, (struct slice){0});
    }
    uint16_t at = s->root[row->document];
    while (path.len > 0) {
        size_t used;
        if (path.at[0] == '.') {
            used = 1;
        } else if (path.at[0] == '[' || path.at[0] == '{') {
            at = element_of(s, at, path.at[0] == '{');
            used = 2;
        } else {
            used = name_length(path);
            at = member_of(s, at, slice_sub(path, 0, used));
        }
        path = slice_sub(path, used, path.len);
    }
    s->node[at].kind = row->kind;
}

bool view_shapes_init(struct view_shapes *s, uint32_t kinds)
{
    *s = (struct view_shapes){.node = calloc(NODES_MAX, sizeof(struct view_node)), .n = 1};
    if (s->node == NULL) {
        return false;
    }
    for (size_t i = 0; i < NROWS; i++) {
        if ((kinds >> ROWS[i].kind & 1) != 0) {
            row_add(s, &ROWS[i]);
        }
    }
    return true;
}

void view_shapes_fini(struct view_shapes *s)
{
    free(s->node);
    s->node = NULL;
}

uint16_t view_node_member(const struct view_shapes *s, uint16_t node, struct slice name)
{
    for (uint16_t i = s->node[node].first; i != 0; i = s->node[i].next) {
        if (s->node[i].name.len == name.len && slice_equal_nocase(s->node[i].name, name)) {
            return i;
        }
    }
    return 0;
}
