/* Ownership: what a client has made bears a label with its owner's name, and other things are as
 * good as absent for it. Here is what can be said without asking the engine: whose things an
 * operation works on, what to ask about a name, and what an answer says. Pure. */
#ifndef INSPECT_OWNED_H
#define INSPECT_OWNED_H

#include "api/operation.h"
#include "base/buf.h"
#include "base/diag.h"
#include "inspect/answers.h"

/* The label that everything bears which a client has made. */
#define OWNED_LABEL "dockgate.owner"

/* Longest name of an owner. */
#define OWNED_NAME_MAX 63

/* Longest name of a thing that is asked about. Images have the longest ones that clients use. */
#define OWNED_THING_MAX 512

/* An id has 64 hex digits, in a swarm 25 letters and digits; an image's has "sha256:" before it. */
#define OWNED_ID_MAX 71

/* An answer about one thing. A container with a health check that talks a lot has 30 KiB. */
#define OWNED_ANSWER_MAX (512 * 1024)

/* Who owns, and what it may use beside its own; compiled once, then read only. */
struct owned_policy {
    struct slice label;         /* "dockgate.owner=NAME" */
    struct slice name;          /* NAME */
    struct answers_list shared; /* globs on names ("busybox:*"), of all kinds of things */
    char text[sizeof(OWNED_LABEL) + OWNED_NAME_MAX + 1];
};

/* Sets the owner's name; `d` where it is none: letters, digits, "_", "." and "-". The list of what
 * is shared is borrowed. */
bool owned_policy_init(struct owned_policy *p, struct slice name, struct answers_list shared,
                       struct diag *d);

enum owned_kind {
    OWNED_NONE,
    OWNED_CONTAINER,
    OWNED_EXEC, /* belongs to its container, which has to be asked about as well */
    OWNED_NETWORK,
    OWNED_VOLUME,
    OWNED_IMAGE,
    OWNED_SECRET, /* from here on things of a swarm */
    OWNED_CONFIG,
    OWNED_SERVICE,
    OWNED_TASK, /* bears its service's labels for containers */
    OWNED_KINDS,
};

enum owned_need {
    OWNED_USE,    /* the client's own, or a shared one */
    OWNED_CHANGE, /* its own alone */
    OWNED_GIVE,   /* a name that it gives to something: its own, or nothing's yet */
    OWNED_PULL,   /* the same, which may be a shared thing's: a pull puts another one there */
};

/* What is done with a query: see owned.def. */
enum owned_query {
    OWNED_KEEP,
    OWNED_LIST,
    OWNED_PRUNE,
    OWNED_BUILD,
    OWNED_COMMIT,
    OWNED_IMPORT,
    OWNED_PUSH,
    OWNED_SAVE,
    OWNED_TAG,
};

/* What owned.def says of an operation. */
struct owned_row {
    bool listed; /* else it is refused */
    enum owned_kind kind;
    enum owned_need need;
    enum owned_query query;
};

/* Why an operation without a row is refused. */
#define OWNED_CLOSED                                                                               \
    "nobody can say whose things this works on, so it is closed to clients that have their own"

/* The row of an operation below OPERATION_COUNT; static. */
const struct owned_row *owned_row_get(enum operation_id op);

/* Those operations whose name is asked about, or whose filters get the label, so that a view needs
 * not to refuse them. */
void owned_narrowed(struct operation_set *set);

/* Writes the target of a GET that tells about the thing of that name, "/containers/NAME/json", all
 * but plain characters escaped. False where no thing can be called so, or `out` is too small. */
bool owned_put_lookup(enum owned_kind kind, struct slice name, struct buf *out);

/* What the engine says of a thing. */
struct owned_thing {
    bool own;      /* bears the owner's label */
    bool shared;   /* has a name that is shared, and bears nobody else's label */
    size_t id_len; /* of the thing; of an exec instance: of its container */
    char id[OWNED_ID_MAX];
};

/* Reads such an answer. False: it can't be understood, so nothing can be said. */
bool owned_read(const struct owned_policy *p, enum owned_kind kind, struct slice body,
                struct owned_thing *t);

/* Whether a name is among those that are shared. */
bool owned_is_shared(const struct owned_policy *p, struct slice name);

/* Writes a query anew whose filters (engine-facts: {"label":{"KEY=VALUE":true}} or
 * {"label":["KEY=VALUE"]}) have the owner's label as well; other parameters stay as they are.
 * False: it can't be read in one way only, or `out` is too small (three times the query and 256
 * bytes are enough where it can). */
bool owned_put_filters(const struct owned_policy *p, struct slice query, struct buf *out);

/* What the engine says of a thing that is not there, without the JSON around it; of a name that
 * somebody else's thing has: that it is taken. */
void owned_put_absent(enum owned_kind kind, struct slice name, struct buf *out);
void owned_put_taken(enum owned_kind kind, struct slice name, struct buf *out);

/* Names that a request says, and what the engine has said of them. */
#define OWNED_NAMES_MAX  64
#define OWNED_NAMES_TEXT 4096

struct owned_ref {
    enum owned_kind kind;
    enum owned_need need;
    bool known; /* asked about, and the client may */
    bool by_id; /* what is sent on is its id: that is the kind's, or the adder's, to say */
    uint16_t at;
    uint16_t len;
    uint8_t id_len; /* 0: the name stands for itself */
    char id[OWNED_ID_MAX];
};

struct owned_names {
    size_t n;
    size_t used;
    struct owned_ref ref[OWNED_NAMES_MAX];
    char text[OWNED_NAMES_TEXT];
};

/* The entry for a name, a new one where there is none of this kind and need; NULL: no room. */
struct owned_ref *owned_names_add(struct owned_names *names, enum owned_kind kind,
                                  enum owned_need need, struct slice name);

/* The name as it was said; borrowed of `names`. */
struct slice owned_ref_name(const struct owned_names *names, const struct owned_ref *ref);

/* What is sent on in its place: the full id where it is known and there is one, else the name. */
struct slice owned_ref_text(const struct owned_names *names, const struct owned_ref *ref);

#endif
