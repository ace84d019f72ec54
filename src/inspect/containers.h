/* What the engine says of containers, as far as callers are told apart by it: read as it streams
 * by, out of the list of containers, of one container's details, and of events. */
#ifndef INSPECT_CONTAINERS_H
#define INSPECT_CONTAINERS_H

#include "base/buf.h"
#include "base/limits.h"
#include "inspect/view_reader.h"

enum containers_document {
    CONTAINERS_LIST,   /* GET /containers/json */
    CONTAINERS_ONE,    /* GET /containers/{id}/json */
    CONTAINERS_EVENTS, /* GET /events */
};

enum containers_kind {
    CONTAINERS_NOTHING,
    CONTAINERS_ID,      /* of the container, or of what the event is about */
    CONTAINERS_NAME,    /* without the slash before it; legacy links' names are left out */
    CONTAINERS_LABEL,   /* with its key */
    CONTAINERS_ADDRESS, /* as the engine writes it; empty where there is none */
    CONTAINERS_PID,     /* of its first process, decimal */
    CONTAINERS_TYPE,    /* events: container, network … */
    CONTAINERS_ACTION,  /* events: start, die, connect … */
    CONTAINERS_OWNER,   /* events of networks: the id of the container that it is about */
};

struct containers_fact {
    enum containers_kind kind;
    struct slice key; /* of a label */
    struct slice value;
};

/* All facts of one container or event, one behind the other in a text of at most LIMIT_CONTAINER
 * bytes. Borrowed; a copy of the text is as good. */
struct containers_facts {
    struct slice text;
    bool partial; /* there are more labels than fit */
    bool lost;    /* there is more of something else */
};

/* Takes the next fact off the front of a text; false at its end. */
bool containers_next(struct slice *text, struct containers_fact *fact);

/* The value of the first fact of that kind, or an empty slice. */
struct slice containers_get(struct slice text, enum containers_kind kind);

/* Finds the label of that key in a text of facts. False: there is none. */
bool containers_find_label(struct slice text, struct slice key, struct slice *value);

typedef void containers_found(void *context, const struct containers_facts *facts);

/* The reader; its owner's memory. Its members are its own. */
struct containers_reader {
    struct view_reader json;
    containers_found *found;
    void *context;
    uint8_t at[VIEW_DEPTH + 1]; /* where each level stands: enum place in containers.c */
    uint8_t next;               /* what the next value is */
    uint8_t document;
    bool partial;
    bool lost;
    bool key_partial;
    size_t before; /* length of `text` before the fact under way */
    struct buf key;
    struct buf text;
    char keys[1024];
    char texts[LIMIT_CONTAINER];
};

/* `found` is called for each container or event as soon as it is read, with `context`. */
void containers_init(struct containers_reader *r, enum containers_document document,
                     containers_found *found, void *context);

/* Reads what comes next, in any split. False: it is not what it should be. */
bool containers_read(struct containers_reader *r, struct slice in);

/* Whether the document is complete. */
bool containers_complete(const struct containers_reader *r);

#endif
