/* What a configuration file may say: static tables of keys, and one reader of them.
 *
 * A section is one table and the struct that it fills. To add one: write both, add a row of kind
 * SCHEMA_MAP to the table that it stands in (inspect/config.c), and compile the struct where
 * cli/configuration.c builds a policy. */
#ifndef POLICY_SCHEMA_H
#define POLICY_SCHEMA_H

#include "base/arena.h"
#include "base/tree.h"
#include "policy/notes.h"

enum schema_kind {
    SCHEMA_TEXT,   /* const struct tree_node *: a text that is not empty */
    SCHEMA_WORD,   /* the same, one of those that `accepts` lists ("a|b") */
    SCHEMA_NUMBER, /* the same, decimal digits; schema_number gives its value */
    SCHEMA_MODE,   /* the same, octal digits */
    SCHEMA_SWITCH, /* the same, true or false; schema_is_true gives its value */
    SCHEMA_TEXTS,  /* struct schema_texts: one text, or a list of them */
    SCHEMA_MAP,    /* the table's struct itself, whose first member is its node: NULL where it is
                      not there */
    SCHEMA_LIST,   /* struct schema_many: a list of maps */
    SCHEMA_PAIRS,  /* struct schema_many of struct schema_pair: a map of names to maps of names to
                      texts, which may be empty */
    SCHEMA_NAMED,  /* struct schema_many: a map of names to maps; each struct's node is its name */
};

struct schema_table;

struct schema_field {
    struct slice key;
    enum schema_kind kind;
    size_t offset;                    /* in the struct of the table */
    const struct schema_table *table; /* MAP, LIST, NAMED */
    const char *accepts;              /* for people; WORD: the words */
    const char *help;
};

struct schema_table {
    struct slice name; /* for messages: "a policy" */
    const struct schema_field *field;
    size_t n;
    size_t size; /* of its struct, which begins with `const struct tree_node *node` */
};

/* Both are empty where the key is not there. */
struct schema_texts {
    const struct tree_node **at;
    size_t n;
};
struct schema_many {
    void *at;
    size_t n;
};

struct schema_pair {
    const struct tree_node *outer; /* the names */
    const struct tree_node *inner;
    struct schema_texts texts;
};

/* Where notes say that something stands. */
struct schema_file {
    struct slice name;
    struct policy_notes *notes;
};

/* Adds "FILE:LINE:COLUMN: …"; the parts as policy_note_add has them, from the first on. */
void schema_note(const struct schema_file *file, enum note_kind kind, const struct tree_node *where,
                 const struct slice *parts, size_t n);

/* Fills `out` (the table's struct, zeroed here) from a node. What is wrong becomes notes, all of
 * it; false where there was any. What `out` points to is of the tree or the arena. */
bool schema_read(const struct schema_table *table, const struct tree_node *node, struct arena *a,
                 const struct schema_file *file, void *out);

/* The values of nodes that schema_read has taken; `fallback` where there is none. */
uint64_t schema_number(const struct tree_node *node, unsigned radix, uint64_t fallback);
bool schema_is_true(const struct tree_node *node, bool fallback);

#endif
