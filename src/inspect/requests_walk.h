/* The walk over a document by its table: keys are read as the engine reads them, types and rules
 * are checked, and what passes is written anew. Between requests*.c only. */
#ifndef INSPECT_REQUESTS_WALK_H
#define INSPECT_REQUESTS_WALK_H

#include "base/buf.h"
#include "inspect/json_tree.h"
#include "inspect/requests.h"
#include "inspect/requests_schema.h"

/* Steps of a way into a document that are kept. The tables are eight deep. */
#define REQUESTS_STEPS_MAX 16

/* From a value to one in it. */
struct requests_step {
    struct slice name; /* of a member; at NULL: an element of a list */
    size_t index;
};

struct requests_walk {
    const struct requests_policy *policy;
    struct buf *out;           /* the canonical form */
    struct owned_names *names; /* what the document names; NULL: nobody owns anything */
    struct requests_refusal *refusal;
    enum requests_rule rule; /* at work now */
    bool mount_read_only;    /* the mount at work is of a directory that may only be read */
    bool service;            /* what is at work is what a service's tasks are made of */
    bool attached;           /* a network was named */
    struct slice parameter;  /* of the query; at NULL: it is about a document */
    /* Where in it, said when something is refused: "HostConfig.Binds[0]". */
    struct requests_step step[REQUESTS_STEPS_MAX];
    size_t nsteps;
    char text[2048]; /* room for a value that a rule writes anew */
};

/* One value before a rule, which may put another in its place. */
struct requests_value {
    bool present; /* false: missing; what is set to true is written */
    bool truth;
    int64_t integer;
    struct slice key;  /* maps: its name */
    struct slice text; /* may be pointed at the walk's `text` */
};

/* The members of an object by the rows of its table; NULL: missing, or null. */
struct requests_members {
    const struct requests_object *of;
    const struct json_tree *at[REQUESTS_FIELDS_MAX];
};

/* Walks `root` by `object`. False: refused, and the refusal says why. */
bool requests_walk_document(struct requests_walk *w, const struct requests_object *object,
                            const struct json_tree *root);

/* Bytes of what a client sent that a refusal quotes. */
#define REQUESTS_SHOWN 100

/* The first of them, escaped and terminated, in the walk's `text` until that is written again; ""
 * in quotes where there are none. */
const char *requests_shown(struct requests_walk *w, struct slice text);

/* Refuses what stands where the walk is: 403 by the rule at work, 400 by none. Returns false. */
__attribute__((format(printf, 2, 3))) bool requests_refuse(struct requests_walk *w,
                                                           const char *format, ...);
__attribute__((format(printf, 2, 3))) bool requests_malformed(struct requests_walk *w,
                                                              const char *format, ...);

/* The rules' entries, from the walk. A whole is a list, map or object (the members of objects are
 * known). */
bool requests_rule_whole(struct requests_walk *w, const struct json_tree *v,
                         struct requests_members *m);
bool requests_rule_value(struct requests_walk *w, struct requests_value *v);

/* What is written for the name of a map's member: itself, or what it stands for. */
struct slice requests_rule_name(struct requests_walk *w, struct slice name);

/* The option that governs a rule. */
enum requests_option requests_rule_option(enum requests_rule rule);

/* Whether all bytes are below 0x80. */
bool requests_is_ascii(struct slice s);

/* Writes a text as JSON. */
void requests_write_text(struct requests_walk *w, struct slice text);

#endif
