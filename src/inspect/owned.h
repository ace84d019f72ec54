/* What a client may reach, by the names that it says. There are two who answer that: an owner,
 * whose label everything bears that its clients have made, and a view, which shows some things
 * only. Other things are as good as absent. Beside them an entry of `allow` may ask for a label of
 * what the path names. Here is what can be said without asking the engine:
 * what an operation works on, what to ask about a name, and what an answer says. Pure. */
#ifndef INSPECT_OWNED_H
#define INSPECT_OWNED_H

#include "api/operation.h"
#include "base/buf.h"
#include "base/diag.h"
#include "inspect/answers.h"
#include "policy/names.h"

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

/* Who says what may be reached; compiled once, then read only. */
struct owned_policy {
    const struct answers_policy *view; /* NULL: an owner says it */
    struct slice name;                 /* of the owner; by a view: empty */
    /* "dockgate.owner=NAME"; by a view: the label that everything visible bears; empty: visible
     * things have no label in common. */
    struct slice label;
    /* Globs on names ("busybox:*"), of all kinds of things: what owners may use beside their own,
     * or what is visible by its name. */
    struct answers_list shared;
    bool bodies; /* bodies are read, so that what they name is found */
    char text[sizeof(OWNED_LABEL) + OWNED_NAME_MAX + 1];
};

/* Sets the owner's name; `d` where it is none: letters, digits, "_", "." and "-". The list of what
 * is shared is borrowed. */
bool owned_policy_init(struct owned_policy *p, struct slice name, struct answers_list shared,
                       struct diag *d);

/* The same by a view that was made of these settings. It and all that they borrow must stay. */
void owned_policy_view(struct owned_policy *p, const struct answers_policy *view,
                       const struct answers_settings *settings, bool bodies);

/* For clients that reach everything: names are asked about for other reasons. Static. */
const struct owned_policy *owned_policy_any(void);

/* Who refuses, for logs: "own" or "view". */
struct slice owned_rule(const struct owned_policy *p);

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
    OWNED_TASK,   /* bears its service's labels for containers */
    OWNED_NODE,   /* and these are looked up for views, or for a label */
    OWNED_PLUGIN, /* has none */
    OWNED_KINDS,
};

/* By a view all that is visible may be changed as well. */
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
    OWNED_NAMED,
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
    bool listed; /* else it is refused to clients that have their own */
    bool seen;   /* a view looks up what it names; else its own tables say what becomes of it */
    bool body;   /* its body names things as well */
    enum owned_kind kind;
    enum owned_need need;
    enum owned_query query;
};

/* The row of an operation below OPERATION_COUNT; static. */
const struct owned_row *owned_row_get(enum operation_id op);

/* Those operations whose name is asked about, or whose filters get the label, so that a view needs
 * not to refuse them: where there are owners, and where a view alone says what is visible. */
void owned_narrowed(struct operation_set *set);
void owned_seen(struct operation_set *set);

/* Those operations that can be allowed for what bears a label: their path names a thing that has
 * labels and can be asked about. */
void owned_labelled(struct operation_set *set);

/* Whether an image that such an operation names is sent on by its id. The others do something to
 * the name: they take it away, push it, save it. */
bool owned_image_by_id(enum operation_id op);

/* Whether what an operation names is asked about, and not left to a view's own tables. */
bool owned_asks(const struct owned_policy *p, enum operation_id op);

/* Why an operation is refused whatever it names: nobody could say what it reaches. Static text;
 * empty: it is not. */
struct slice owned_refusal(const struct owned_policy *p, enum operation_id op, bool has_body);

/* Writes the target of a GET that tells about the thing of that name, "/containers/NAME/json", all
 * but plain characters escaped. False where no thing can be called so, or `out` is too small. */
bool owned_put_lookup(enum owned_kind kind, struct slice name, struct buf *out);

/* The operation that is the same GET. */
enum operation_id owned_inspect(enum owned_kind kind);

/* What the engine says of a thing. */
struct owned_thing {
    bool own;    /* bears the owner's label; by a view: is visible */
    bool shared; /* has a name that is shared, and bears nobody else's label; by a view: never */
    const struct name_rule *label; /* the first of those asked for that it bears; NULL: none */
    size_t id_len;                 /* of the thing; of an exec instance: of its container */
    char id[OWNED_ID_MAX];
};

/* Reads such an answer, and looks for the labels of a chain of rules, NULL: for none. False: it
 * can't be understood, so nothing can be said. */
bool owned_read(const struct owned_policy *p, enum owned_kind kind, struct slice body,
                const struct name_rule *labels, struct owned_thing *t);

/* Whether a name is among those that are shared, or visible. */
bool owned_is_shared(const struct owned_policy *p, struct slice name);

struct owned_names;

/* Whether filters of this operation may name things: engines answer to a name that nothing has in
 * other words than to one that something has, which need not be in the list. */
bool owned_filters_name(enum operation_id op);

/* Writes a query anew whose filters (engine-facts: {"label":{"KEY=VALUE":true}} or
 * {"label":["KEY=VALUE"]}) have the policy's label as well, where they are `labelled`; other
 * parameters stay as they are. What the filters name is added to `names`, and written as its id
 * where that is known. False: it can't be read in one way only, names too much, or `out` is too
 * small (three times the query and 256 bytes are enough where it can, and an id for each name). */
bool owned_put_filters(const struct owned_policy *p, enum operation_id op, bool labelled,
                       struct slice query, struct owned_names *names, struct buf *out);

/* What the engine says to an operation on a thing that is not there, without the JSON around it; of
 * a name that somebody else's thing has: that it is taken. */
void owned_put_absent(enum operation_id op, enum owned_kind kind, struct slice name,
                      struct buf *out);
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
