/* Dialects: whose meaning the options have, and how that is found out. One table, dialect.def. */
#ifndef POLICY_DIALECT_H
#define POLICY_DIALECT_H

#include "base/buf.h"
#include "policy/option.h"

enum dialect_id {
#define DIALECT(id, ...) DIALECT_##id,
#include "policy/dialect.def"
#undef DIALECT
    DIALECT_COUNT,
    DIALECT_NONE = DIALECT_COUNT,
};

struct option_values;
struct policy;
struct policy_notes;
struct policy_variable;

/* What a dialect makes a policy of; all borrowed for the call. */
struct dialect_input {
    enum dialect_id dialect;
    const struct policy_variable *variables; /* all of the environment, later ones win */
    size_t n;
    const struct option_values *values; /* a dialect of options: what they set; of rules: only what
                                           is dockgate's own */
    const struct operation_set *base;   /* what is granted where no option speaks; NULL: what the
                                           dialect's defaults say */
    option_id base_option;              /* what decided_by names for it */
};

/* Fills `allowed` and `decided_by` of the policy, which is zeroed but for its dialect. A dialect of
 * rules reads its variables itself and notes those that are wrong. Errors among the notes close the
 * policy. */
typedef void dialect_compile(const struct dialect_input *in, struct policy *p,
                             struct policy_notes *notes);

/* Appends what grants an operation in the dialect: "CONTAINERS_START, ALLOW_START, CONTAINERS with
 * POST". */
typedef void dialect_granted_by(enum dialect_id dialect, enum operation_id op, struct buf *out);

enum dialect_kind {
    DIALECT_OPTIONS,
    DIALECT_RULES,
};

struct dialect {
    struct slice name;
    enum dialect_kind kind;
    struct slice prefix;         /* RULES: of its variables */
    dialect_compile *compile;    /* NULL: not understood yet */
    dialect_granted_by *granted; /* NULL: options grant nothing */
};

/* The row of a dialect; static, `dialect` must be below DIALECT_COUNT. */
const struct dialect *dialect_get(enum dialect_id dialect);

/* The dialect of that name, in any case; DIALECT_NONE. */
enum dialect_id dialect_find(struct slice name);

/* Whether the dialect gives the option a meaning: its own words, and all of dockgate's. */
bool dialect_knows(enum dialect_id dialect, option_id option);

/* Whether the original proxy had the option, so that its meaning there wins over our own. */
bool dialect_has_word(enum dialect_id dialect, option_id option);

/* Whether the option is on there where nobody sets it. */
bool dialect_default(enum dialect_id dialect, option_id option);

/* How a dialect reads the value of an option. */
enum dialect_switch {
    DIALECT_SWITCH_OFF,
    DIALECT_SWITCH_ON,
    DIALECT_SWITCH_WORD, /* on, as everybody would expect; the original read it as off */
    DIALECT_SWITCH_ODD,  /* off, as the original read it, but hardly meant so */
    DIALECT_SWITCH_BAD,  /* nothing that can be read */
};
enum dialect_switch dialect_read_switch(enum dialect_id dialect, struct slice value);

/* Appends what grants an operation in the dialect, as its own `granted` does; nothing where it has
 * none. */
void dialect_put_granted(enum dialect_id dialect, enum operation_id op, struct buf *out);

/* What the variables say of the dialect. */
struct dialect_found {
    enum dialect_id dialect;
    struct slice because; /* the option or the prefix that decided, or "DOCKGATE_DIALECT"; empty:
                             none did. Static. */
    struct slice also;    /* the option beside which it did so, or empty; static */
    struct slice against; /* not empty: it excludes what `because` stands for; nothing is decided,
                             `dialect` is DIALECT_NONE */
    bool open;            /* mjmccans, but it may be Tecnativa's as well: the narrower of the two
                             meanings counts */
};

/* Finds out the dialect: what DOCKGATE_DIALECT names (not a name: DIALECT_NONE with `because`),
 * else the only one that all options and prefixes among the variables allow. POST and its like mean
 * tecnativa where nothing says more. Options that are off say nothing if they are off anyway and
 * grant one operation alone. */
void dialect_detect(const struct policy_variable *variables, size_t n, struct dialect_found *found);

/* ", because POST is set" and the like, for people; nothing where the default was taken. */
void dialect_put_reason(const struct dialect_found *found, struct buf *out);

#endif
