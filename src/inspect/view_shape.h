/* What answers look like, as trees made of the rows in view.def: where a view has something to
 * look at. */
#ifndef INSPECT_VIEW_SHAPE_H
#define INSPECT_VIEW_SHAPE_H

#include "api/operation.h"

/* What a row of the table says of the place that its path names. */
enum view_kind {
    VIEW_KIND_NONE,
    VIEW_KIND_UNIT,
    VIEW_KIND_MEMBER,
    VIEW_KIND_USER,
    VIEW_KIND_NAME,
    VIEW_KIND_LABELS,
    VIEW_KIND_ATTRIBUTES,
    VIEW_KIND_COUNT,
    VIEW_KIND_CONTAINERS, /* in the order of enum census_count */
    VIEW_KIND_RUNNING,
    VIEW_KIND_PAUSED,
    VIEW_KIND_STOPPED,
    VIEW_KIND_IMAGES,
    VIEW_KIND_ENV,
    VIEW_KIND_ENV_VALUE,
    VIEW_KIND_COMMAND,
    VIEW_KIND_STEP,
    VIEW_KIND_ACTION,
    VIEW_KIND_LAST,
    VIEW_KIND_LABEL_LIST,
    VIEW_KIND_BIND,
    VIEW_KIND_PATH,
    VIEW_KIND_CREDENTIAL,
    VIEW_KIND_USERINFO,
    VIEW_KIND_TOKEN,
    VIEW_KIND_DATA,
    VIEW_KINDS,
};

enum view_document {
    VIEW_NONE,
    VIEW_CONTAINER_LIST,
    VIEW_CONTAINER,
    VIEW_IMAGE_LIST,
    VIEW_IMAGE,
    VIEW_HISTORY,
    VIEW_EXEC,
    VIEW_TOP,
    VIEW_WAIT,
    VIEW_ERROR,
    VIEW_EVENT,
    VIEW_INFO,
    VIEW_NETWORK_LIST,
    VIEW_NETWORK,
    VIEW_VOLUME_LIST,
    VIEW_VOLUME,
    VIEW_DATA_USAGE,
    VIEW_SERVICE_LIST,
    VIEW_SERVICE,
    VIEW_TASK_LIST,
    VIEW_TASK,
    VIEW_CONFIG_LIST,
    VIEW_CONFIG,
    VIEW_NODE_LIST,
    VIEW_NODE,
    VIEW_PLUGIN_LIST,
    VIEW_PLUGIN,
    VIEW_SWARM,
    VIEW_UNLOCKKEY,
    VIEW_DOCUMENTS,
};

/* What decides whether an operation's answer is shown where only some things are. */
enum view_visible {
    VIEW_VISIBLE_RAW, /* no row: raw content */
    VIEW_VISIBLE_UNITS,
    VIEW_VISIBLE_ALWAYS,
    VIEW_VISIBLE_NEVER,
};

struct view_answer {
    uint8_t document; /* enum view_document */
    uint8_t visible;  /* enum view_visible */
    uint8_t errors;   /* enum view_document */
};

/* The row of an operation; static. */
const struct view_answer *view_answer_get(enum operation_id op);

/* A place in a document. Places are numbered; 0 is none. */
struct view_node {
    struct slice name; /* of the member that it is; static */
    uint16_t first;    /* its own members that matter, in a row by `next` */
    uint16_t next;
    uint16_t element; /* what stands for each element of an array, or each member of a map */
    uint8_t place;    /* among its siblings, from 0 */
    bool map;         /* `element` is of a map */
    uint8_t kind;     /* enum view_kind */
};

struct view_shapes {
    struct view_node *node; /* owned */
    uint16_t n;
    uint16_t root[VIEW_DOCUMENTS]; /* 0: nothing in it matters */
};

/* Members of one object that may matter. */
#define VIEW_SIBLINGS 64

/* Makes the trees of the rows whose kind is wanted (a bit for each enum view_kind). False without
 * memory. */
bool view_shapes_init(struct view_shapes *s, uint32_t kinds);
void view_shapes_fini(struct view_shapes *s);

/* The member of that name, in any case of ASCII letters, for Go's readers fold names; 0: none
 * that matters. */
uint16_t view_node_member(const struct view_shapes *s, uint16_t node, struct slice name);

#endif
