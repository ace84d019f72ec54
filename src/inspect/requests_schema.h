/* The documents that the engine reads from requests, as tables: what it calls a field, which type
 * it wants, and which rule looks at the value. */
#ifndef INSPECT_REQUESTS_SCHEMA_H
#define INSPECT_REQUESTS_SCHEMA_H

#include "base/slice.h"

/* Types, as strict as Go's: true is no "true", 1 is no 1.0. */
enum requests_type {
    REQUESTS_TYPE_BOOL,
    REQUESTS_TYPE_INT,
    REQUESTS_TYPE_RATIO, /* a small number with at most six digits behind the point */
    REQUESTS_TYPE_TEXT,
    REQUESTS_TYPE_TEXTS,   /* a list of texts */
    REQUESTS_TYPE_WORDS,   /* a text, or a list of texts (Go: strslice.StrSlice) */
    REQUESTS_TYPE_INTS,    /* a list of integers */
    REQUESTS_TYPE_MAP,     /* an object with any names, of texts */
    REQUESTS_TYPE_OBJECT,  /* of the row's `of` */
    REQUESTS_TYPE_OBJECTS, /* a list of them */
    REQUESTS_TYPE_NAMED,   /* an object with any names, of objects */
    REQUESTS_TYPE_LISTED,  /* an object with any names, of lists of objects */
    REQUESTS_TYPE_NOTHING, /* accepted only as null: nobody has said what may stand here */
};

enum requests_rule {
    REQUESTS_RULE_FREE, /* any value of the type */
#define REQUESTS_RULE(id, ...) REQUESTS_RULE_##id,
#include "inspect/requests_rules.def"
#undef REQUESTS_RULE
    REQUESTS_RULES,
};

struct requests_object;

struct requests_field {
    struct slice name; /* as the engine spells it; read in any case, sent on like this */
    enum requests_type type;
    enum requests_rule rule;
    const struct requests_object *of; /* OBJECT, OBJECTS, NAMED, LISTED */
    bool absent;                      /* the rule wants to see that it is missing, too */
};

/* At most REQUESTS_FIELDS_MAX fields. */
struct requests_object {
    const struct requests_field *fields;
    size_t n;
    enum requests_rule rule; /* looks at the object as a whole */
};
#define REQUESTS_FIELDS_MAX 96

/* The documents. */
extern const struct requests_object REQUESTS_CONTAINER_CREATE;
extern const struct requests_object REQUESTS_CONTAINER_UPDATE;
extern const struct requests_object REQUESTS_EXEC_CREATE;
extern const struct requests_object REQUESTS_EXEC_START;
extern const struct requests_object REQUESTS_SERVICE;
extern const struct requests_object REQUESTS_SECRET;
extern const struct requests_object REQUESTS_CONFIG;
extern const struct requests_object REQUESTS_VOLUME_CREATE;
extern const struct requests_object REQUESTS_NETWORK_CREATE;
extern const struct requests_object REQUESTS_NETWORK_CONNECT;
extern const struct requests_object REQUESTS_NETWORK_DISCONNECT;
extern const struct requests_object REQUESTS_EMPTY; /* an object without members */

#endif
