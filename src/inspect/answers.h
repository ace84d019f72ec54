/* What a client may see of the engine's answers: things that are not visible are left out, and
 * secrets are masked, as the answer streams by. */
#ifndef INSPECT_ANSWERS_H
#define INSPECT_ANSWERS_H

#include "api/operation.h"
#include "base/buf.h"

/* Classes of redaction, a bit each. */
enum answers_class {
    ANSWERS_ENV = 1,          /* values of environment variables */
    ANSWERS_COMMANDS = 2,     /* command lines, and what they print into an answer */
    ANSWERS_LABELS = 4,       /* values of labels, by prefix */
    ANSWERS_BINDS = 8,        /* paths of the host */
    ANSWERS_CREDENTIALS = 16, /* of registries, proxies, log drivers */
    ANSWERS_TOKENS = 32,      /* the swarm's */
    ANSWERS_CONFIGS = 64,     /* data of configs */
};

/* Bytes of one thing (a container of a list, an event) that are held until it is known whether it
 * is shown; a larger one ends the answer. */
#define ANSWERS_HELD_MAX (128 * 1024)

/* Input that is best given at once: what comes out of it is bounded by what goes in. */
#define ANSWERS_PIECE (16 * 1024)

/* Conditions of one sort. */
#define ANSWERS_LIST_MAX 64

struct answers_list {
    const struct slice *at;
    size_t n; /* at most ANSWERS_LIST_MAX */
};

/* What a view is made of. All is borrowed and must outlive the policy made of it. */
struct answers_settings {
    unsigned redact;            /* of enum answers_class */
    struct answers_list keep;   /* environment variables whose values are shown */
    struct answers_list labels; /* prefixes of labels whose values are not shown */
    /* Where there is one of these, only what bears one of the labels ("key" or "key=value") or has
     * a name that matches one of the globs is shown. */
    struct answers_list visible_labels;
    struct answers_list visible_names;
    const struct operation_set *raw;   /* operations of raw content that are let through although
                                          something is masked elsewhere; NULL: none */
    const struct operation_set *asked; /* operations that somebody else narrows, who asks the engine
                                          about the names in them; NULL: none */
    bool owner; /* the first visible label names an owner: what bears another one's is hidden,
                   whatever its name */
};

/* A view, compiled; opaque, read only. */
struct answers_policy;

/* NULL without memory. Free with answers_policy_free. */
struct answers_policy *answers_policy_new(const struct answers_settings *settings);
void answers_policy_free(struct answers_policy *p);

/* Why a request is refused under this view: its answer could be neither narrowed nor masked. Static
 * text; empty: it is not. `query`: as sent. */
struct slice answers_refusal(const struct answers_policy *p, enum operation_id op,
                             struct slice query);

/* Whether the body of an answer with this status is rewritten. */
bool answers_apply(const struct answers_policy *p, enum operation_id op, unsigned status);

/* Whether nothing of the answer may be sent before it is known whether the client may see it. */
bool answers_decide_first(const struct answers_policy *p, enum operation_id op, unsigned status);

/* Writes what the engine says of something that is not there: JSON. `name`: decoded, as the client
 * sent it. */
void answers_put_absent(enum operation_id op, struct slice name, struct buf *out);

/* The same without the JSON around it, and nothing in it escaped. */
void answers_put_absent_text(enum operation_id op, struct slice name, struct buf *out);

/* Whether the name of an image has neither tag nor digest; the engine says it with "latest". */
bool answers_is_untagged(struct slice name);

/* One answer under way; opaque, below 4 KiB and what it holds back (ANSWERS_HELD_MAX and four times
 * the input). */
struct answers;

/* What an answer does not say itself, and a view has to know. */
enum answers_question {
    ANSWERS_NOTHING,
    ANSWERS_WHO_RUNS, /* which containers run */
    ANSWERS_HOW_MANY, /* of each sort */
    ANSWERS_WHAT_IS,  /* there of what events tell by id */
    ANSWERS_ABOUT,    /* one thing: answers_about */
};

struct answers_thing {
    unsigned kind; /* enum owned_kind */
    struct slice id;
};

struct census;

/* NULL without memory. `p` must outlive it. Only where answers_apply says so. */
struct answers *answers_begin(const struct answers_policy *p, enum operation_id op,
                              unsigned status);

/* From now on it asks for what it has to know. Else it goes on as if there was nothing of it. */
void answers_may_ask(struct answers *a);
void answers_free(struct answers *a);

enum answers_step {
    ANSWERS_OK,
    ANSWERS_HIDDEN,  /* the whole answer is of something that the client may not see */
    ANSWERS_REFUSED, /* not understood, or too large: nothing more of it may be sent */
    ANSWERS_ASK, /* it has a question (answers_question), and goes on when it was told; what of the
                    input it has not taken yet is answers_rest */
};

/* Takes the next bytes of the body, in any split. What may be sent then stands in answers_ready. */
enum answers_step answers_feed(struct answers *a, struct slice in);

/* The body has ended. */
enum answers_step answers_end(struct answers *a);

enum answers_question answers_question(const struct answers *a);
struct slice answers_rest(const struct answers *a);

/* What thing it asks about; looks into the answer, until the next call of it. */
struct answers_thing answers_about(const struct answers *a);

/* What it asked for; empty where that could not be found out. It must outlive the answer, which
 * notes there what events say. */
void answers_tell(struct answers *a, struct census *known);

/* What may be sent and was not yet taken; valid until the next call but this one. */
struct slice answers_ready(const struct answers *a);

/* Whether things were left out because they are too large to be held; true once an answer. */
bool answers_left_out(struct answers *a);

/* It was sent. */
void answers_taken(struct answers *a);

#endif
