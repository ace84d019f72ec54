/* YAML to a tree of nodes; the one place where libyaml is used. */
#ifndef CLI_DOCUMENT_H
#define CLI_DOCUMENT_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/tree.h"

/* Largest file. */
#define DOCUMENT_MAX ((size_t)1024 * 1024)

/* Lists and maps within each other. */
#define DOCUMENT_DEPTH 64

enum document_form {
    DOCUMENT_FULL,   /* aliases are followed; what stands twice is the reader's to find */
    DOCUMENT_STRICT, /* no anchors, aliases or tags, no key twice in one map, every key a text */
};

struct document {
    struct arena arena;     /* owns all nodes and texts */
    struct tree_node *root; /* NULL: the file is empty */
};

/* Why a file was not read. */
struct document_error {
    uint32_t line; /* from 1; 0: it has none */
    uint32_t column;
    const char *what; /* static */
};

/* Reads one document; a second one is an error. To be ended with yaml_free in any case. */
bool document_read(struct slice file, enum document_form form, struct document *y,
                   struct document_error *e);

void document_free(struct document *y);

#endif
