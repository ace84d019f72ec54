/* Presets: what one client of the engine needs, as a set of operations. They are text files in
 * presets/, made into one table by the build. */
#ifndef POLICY_PRESET_H
#define POLICY_PRESET_H

#include "api/operation.h"
#include "base/slice.h"

/* Longer names are none. */
#define PRESET_NAME_MAX 48

/* So many presets may be named at once. */
#define PRESET_LIST_MAX 16

/* Some lines of text; static. */
struct preset_lines {
    const struct slice *at;
    size_t n;
};

/* One preset; all static. What is not said in its file is empty. */
struct preset {
    struct slice name;        /* "watchtower-update" */
    struct slice source_name; /* "preset:watchtower-update", where something says who decided */
    struct slice alias;       /* a shorter name for the same: "watchtower" */
    struct slice client;      /* whom it is for */
    struct slice version;     /* of the client, from which the calls were read */
    struct slice source;      /* how: "source", "trace", "source and trace" */
    struct slice sentence;    /* what the client can do then */
    struct slice service;     /* for a Compose file: the client's service … */
    struct slice image;       /* … its image … */
    struct preset_lines environment; /* … NAME=VALUE … */
    struct preset_lines command;     /* … and arguments */
    struct preset_lines setup;       /* what has to be said to the client elsewhere */
    const uint16_t *operations;      /* enum operation_id, in their order */
    size_t noperations;
};

/* How many there are, and each of them, sorted by name; `at` must be below the count. */
size_t preset_count(void);
const struct preset *preset_get(size_t at);

/* The preset of that name, or whose alias it is; NULL where there is none. */
const struct preset *preset_find(struct slice name);

/* The name or alias that is nearest to a misspelt one; empty where it is too long to compare. */
struct slice preset_nearest(struct slice name);

/* What a preset grants. */
struct operation_set preset_operations(const struct preset *p);

/* Presets in the order in which somebody named them, each once. */
struct preset_list {
    const struct preset *at[PRESET_LIST_MAX];
    size_t n;
};

/* What preset_list_read found. */
enum preset_list_result {
    PRESET_LIST_OK,
    PRESET_LIST_EMPTY,   /* no name at all */
    PRESET_LIST_UNKNOWN, /* `*wrong` is no preset's name */
    PRESET_LIST_LONG,    /* more than PRESET_LIST_MAX */
};

/* Reads names separated by commas or spaces. `*wrong` looks into `text`. */
enum preset_list_result preset_list_read(struct slice text, struct preset_list *list,
                                         struct slice *wrong);

/* Whether `text` has the word among those that preset_list_read would find. */
bool preset_list_has_word(struct slice text, struct slice word);

/* What all presets of the list grant together. */
struct operation_set preset_list_operations(const struct preset_list *list);

/* The first preset of the list that grants the operation; NULL where none does. */
const struct preset *preset_list_grants(const struct preset_list *list, enum operation_id op);

#endif
