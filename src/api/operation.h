/* The operations of the Engine API: one row each, in operations.def. */
#ifndef API_OPERATION_H
#define API_OPERATION_H

#include "base/slice.h"

/* What kind of exchange an operation is; the relay goes by it. */
enum operation_kind {
    OPERATION_PLAIN,   /* a request and an answer that ends by itself */
    OPERATION_STREAM,  /* an answer without an end in sight (events, logs -f, stats, wait) */
    OPERATION_UPLOAD,  /* a body of any size (build, load, archive PUT) */
    OPERATION_UPGRADE, /* the connection becomes a tunnel (attach, exec start, session, grpc,
                          attach/ws) */
};

/* Each row's identity; OPERATION_NONE is no operation. */
enum operation_id {
#define OPERATION(id, ...) OPERATION_##id,
#include "api/operations.def"
#undef OPERATION
    OPERATION_COUNT,
    OPERATION_NONE = OPERATION_COUNT,
};

/* What a read gives away that a monitoring client should not see (DOCKGATE_STRICT closes these). */
enum operation_gives {
    OPERATION_GIVES_NOTHING,
    OPERATION_GIVES_FILES,  /* contents of containers' files (archive, export) */
    OPERATION_GIVES_IMAGE,  /* whole images */
    OPERATION_GIVES_SECRET, /* keys, tokens, configuration data */
};

struct operation {
    struct slice method;
    struct slice path; /* template: "/containers/{id}/json" */
    struct slice
        operation_id;      /* the API's own: "ContainerInspect"; "-" outside the specification */
    struct slice sentence; /* what it gives a client */
    struct slice since;    /* first API version that has it; "-" where none says so */
    enum operation_kind kind;
    enum operation_gives gives;
};

/* Whether its names come from a registry and may have slashes: images, plugins. */
bool operation_has_image_names(const struct operation *o);

/* The row of an operation; static, `op` must be below OPERATION_COUNT. */
const struct operation *operation_get(enum operation_id op);

/* A set of operations, a bit each. */
#define OPERATION_SET_WORDS ((OPERATION_COUNT + 63) / 64)
struct operation_set {
    uint64_t word[OPERATION_SET_WORDS];
};

static inline bool operation_set_has(const struct operation_set *s, enum operation_id op)
{
    return op < OPERATION_COUNT && (s->word[op / 64] >> (op % 64) & 1) != 0;
}

static inline bool operation_set_is_empty(const struct operation_set *s)
{
    uint64_t any = 0;

    for (size_t i = 0; i < OPERATION_SET_WORDS; i++) {
        any |= s->word[i];
    }
    return any == 0;
}

static inline void operation_set_add(struct operation_set *s, enum operation_id op)
{
    s->word[op / 64] |= UINT64_C(1) << (op % 64);
}

static inline void operation_set_remove(struct operation_set *s, enum operation_id op)
{
    s->word[op / 64] &= ~(UINT64_C(1) << (op % 64));
}

#endif
