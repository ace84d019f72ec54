/* One answer under way, as the parts of src/inspect that rewrite it share it: answers.c and
 * answers_*.c only. */
#ifndef INSPECT_ANSWERS_STATE_H
#define INSPECT_ANSWERS_STATE_H

#include "inspect/answers_policy.h"
#include "inspect/view_reader.h"

/* An object or array that is open. */
struct frame {
    uint64_t seen; /* its members that matter, or conditions on labels, that were met already */
    size_t mark;   /* where it begins in the output, the comma before it included */
    uint16_t node;
    uint8_t kind; /* of everything within; VIEW_KIND_NONE: each as its own node says */
    bool object;
    bool any;        /* something stands in it */
    bool any_before; /* something stood before it in what it stands in */
    bool unit;
    bool passes;  /* nothing in it matters */
    bool shown;   /* it is visible */
    bool foreign; /* it bears another owner's label */
};

/* Where a value stands. */
struct place {
    uint16_t node;
    uint8_t kind;
};

struct answers {
    const struct answers_policy *policy;
    struct census *known; /* NULL: nothing was told so far */
    struct slice rest;    /* of the input, behind a question */
    struct view_reader reader;
    uint16_t root;
    char *at; /* output, owned */
    size_t len;
    size_t room;
    size_t ready;     /* of these may be sent */
    size_t mark;      /* where the member or element under way begins, its comma included */
    size_t string_at; /* where the key or string under way begins */
    size_t key_at;    /* the last key of a map of labels */
    size_t key_len;
    size_t last_at;      /* VIEW_KIND_LAST: the last string of the array; SIZE_MAX: none */
    uint64_t conditions; /* that the label under way may meet */
    unsigned holds;      /* frames that hold the output back */
    uint16_t next_node;  /* of the value behind the key */
    uint8_t mode;        /* of the string under way */
    uint8_t string_kind;
    bool plain;   /* nothing in it is escaped or beyond ASCII */
    bool skipped; /* of it, something */
    bool masked;  /* the label under way */
    bool pending; /* between the begin of a key and its value */
    bool holding; /* a string is looked at when it is whole */
    bool any_before;
    bool no_room;
    bool asks;        /* whoever gives it the answer tells what it asks */
    uint8_t question; /* enum answers_question */
    bool stands;      /* at an event's end, until that is answered */
    struct answers_thing about;
    bool made;        /* it tells of what was made just now, which is shown to who made it */
    uint8_t left_out; /* something was: 1, and 3 when that was told */
    unsigned open;    /* of what is left out at present, how deep it is open; 0: nothing is */
    uint8_t depth;
    struct frame frame[VIEW_DEPTH + 1]; /* 0: what the document stands in */
};

static inline const struct view_node *answers_node(const struct answers *a, uint16_t node)
{
    return &a->policy->shapes.node[node];
}

/* Output that a piece of the input may come to beside its own bytes: a comma, quotes, a colon or a
 * newline, and what stands for something masked or counted. Room for it is made before the piece is
 * looked at. */
#define ANSWERS_ADDED 128

/* Each appends what it was given. Were there no room, which would be our mistake, the answer ends,
 * as it does without memory. */
void answers_put(struct answers *a, struct slice s);

static inline void answers_put_byte(struct answers *a, char byte)
{
    if (a->len < a->room) {
        a->at[a->len++] = byte;
    } else {
        a->no_room = true;
    }
}

static inline struct slice answers_written(const struct answers *a, size_t from)
{
    return slice_sub(slice_of(a->at, a->at == NULL ? 0 : a->len), from, a->len);
}

static inline bool answers_is_labels(uint8_t kind)
{
    return kind == VIEW_KIND_LABELS || kind == VIEW_KIND_ATTRIBUTES;
}

/* A thing, which is shown or not. */
static inline bool answers_is_unit(uint8_t kind)
{
    return kind == VIEW_KIND_UNIT || kind == VIEW_KIND_MEMBER;
}

static inline bool answers_is_count(uint8_t kind)
{
    return kind >= VIEW_KIND_COUNT && kind <= VIEW_KIND_IMAGES;
}

/* The thing that the filter stands in. */
static inline struct frame *answers_unit(struct answers *a)
{
    size_t i = a->depth;
    while (i > 0 && !a->frame[i].unit) {
        i--;
    }
    return &a->frame[i]; /* outermost: what the document stands in, of which nobody asks */
}

/* Writes what stands for something that is masked. */
void answers_put_mask(struct answers *a, uint8_t kind);

/* A label's name is complete. False where one that decides was there before. */
bool answers_label_key(struct answers *a, struct frame *f, struct slice raw);

/* An event is whole: whether it is shown, for its frame; or what has to be known for that. */
enum answers_question answers_end_event(struct answers *a, struct frame *f);

/* A string that was to be looked at is whole. */
void answers_end_string(struct answers *a);

#endif
