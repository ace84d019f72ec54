/* The haproxy family: Tecnativa, fluencelabs, linuxserver. What they share is written down once:
 * to each operation lead some ways, each a few options that must all be on. */
#include "policy/haproxy.h"

#include "policy/opening.h"
#include "policy/policy.h"
#include "policy/values.h"

#include <assert.h>

/* How an option grants an operation. */
enum grant {
    GRANT_NO,
    GRANT_FREE,
    GRANT_SWITCH,
};

/* The columns of haproxy.def. */
#define FAMILY (DIALECT_LINUXSERVER - DIALECT_TECNATIVA + 1)

static const struct grant_row {
    option_id option;
    uint16_t operation;
    uint8_t grant[FAMILY]; /* enum grant */
} grants[] = {
#define HAPROXY_GRANT(option, operation, t, f, l)                                                  \
    {OPTION_##option, OPERATION_##operation, {GRANT_##t, GRANT_##f, GRANT_##l}},
#include "policy/haproxy.def"
};

static const struct {
    option_id option;
    uint16_t operation;
} vetoes[] = {
#define HAPROXY_VETO(option, operation) {OPTION_##option, OPERATION_##operation},
#include "policy/haproxy.def"
};

/* Where each group starts among the operations, as in api/match.c: a group takes no number. */
enum {
#define OPERATION_GROUP(id, ...) START_##id, BEFORE_##id = START_##id - 1,
#define OPERATION(id, ...)       ROW_##id,
#include "api/operations.def"
#undef OPERATION
};

static const struct {
    size_t start;
    option_id section;
} groups[] = {
#define OPERATION(...)
#define OPERATION_GROUP(id, segment, section) {START_##id, OPTION_##section},
#include "api/operations.def"
#undef OPERATION
};

/* Options that lead to an operation if all of them are on, the one that stands for it first. */
#define NEED_MAX 3
struct way {
    option_id need[NEED_MAX];
    size_t n;
};

/* Stopping is granted by four single options at most, and by its section. */
#define WAYS_MAX 5
struct ways {
    struct way at[WAYS_MAX];
    size_t n;
};

static option_id section_of(enum dialect_id dialect, enum operation_id op)
{
    size_t i = sizeof(groups) / sizeof(groups[0]);
    do {
        i--;
    } while (groups[i].start > op);
    return dialect_has_word(dialect, groups[i].section) ? groups[i].section : OPTION_NONE;
}

static option_id veto_of(enum dialect_id dialect, enum operation_id op)
{
    for (size_t i = 0; dialect == DIALECT_LINUXSERVER && i < sizeof(vetoes) / sizeof(vetoes[0]);
         i++) {
        if (vetoes[i].operation == op) {
            return vetoes[i].option;
        }
    }
    return OPTION_NONE;
}

/* The switch that opens the operation's method; `*opens` false where none does. Attaching over a
 * websocket is no read, although its method is GET. */
static option_id switch_of(enum dialect_id dialect, enum operation_id op, bool *opens)
{
    const struct operation *o = operation_get(op);
    bool gets = slice_equal(o->method, SLICE("GET")) || slice_equal(o->method, SLICE("HEAD"));
    *opens = true;
    if (gets) {
        return o->kind == OPERATION_UPGRADE ? OPTION_POST : OPTION_NONE;
    }
    if (dialect != DIALECT_FLUENCELABS || slice_equal(o->method, SLICE("POST"))) {
        return OPTION_POST;
    }
    *opens = slice_equal(o->method, SLICE("DELETE"));
    return OPTION_DELETE;
}

static void way_add(struct ways *w, option_id by, option_id method, option_id veto)
{
    assert(w->n < WAYS_MAX);
    struct way *way = &w->at[w->n++];
    option_id need[NEED_MAX] = {by, method, veto};
    for (size_t i = 0; i < NEED_MAX; i++) {
        if (need[i] != OPTION_NONE) {
            way->need[way->n++] = need[i];
        }
    }
}

/* All ways to the operation, those of single options first. */
static struct ways find_ways(enum dialect_id dialect, enum operation_id op)
{
    struct ways w = {.n = 0};
    bool opens;
    option_id method = switch_of(dialect, op, &opens);
    option_id veto = veto_of(dialect, op);
    for (size_t i = 0; i < sizeof(grants) / sizeof(grants[0]); i++) {
        uint8_t grant = grants[i].grant[dialect - DIALECT_TECNATIVA];
        if (grants[i].operation == op && grant != GRANT_NO) {
            way_add(&w, grants[i].option, grant == GRANT_SWITCH ? method : OPTION_NONE, veto);
        }
    }
    option_id section = section_of(dialect, op);
    if (section != OPTION_NONE && opens) {
        way_add(&w, section, method, veto);
    }
    return w;
}

static bool is_on(const struct dialect_input *in, option_id option)
{
    uint8_t state = in->values->state[option];
    bool by_default = in->base == NULL && dialect_default(in->dialect, option);
    return state == OPTION_ON || (state == OPTION_UNSET && by_default);
}

/* What decided: an option, and where it is missing, those that are missing besides. */
struct decision {
    option_id by;
    struct policy_also also;
};
_Static_assert(POLICY_ALSO_MAX == NEED_MAX - 1, "all of a way, but for the first one");

static size_t find_missing(const struct dialect_input *in, const struct way *way,
                           struct decision *missing)
{
    size_t n = 0;
    *missing = (struct decision){OPTION_NONE, {.n = 0}};
    for (size_t i = 0; i < way->n; i++) {
        if (is_on(in, way->need[i])) {
            continue;
        }
        if (n == 0) {
            missing->by = way->need[i];
        } else {
            missing->also.at[missing->also.n++] = way->need[i];
        }
        n++;
    }
    return n;
}

/* Whether one of dockgate's own options decides: the nearest above the operation that is set, as
 * far as the dialect has no meaning of its own for it. */
static bool decide_own(const struct dialect_input *in, enum operation_id op, option_id *by)
{
    for (option_id i = option_leaf(op); i != OPTION_NONE; i = option_parent(i)) {
        if (dialect_has_word(in->dialect, i)) {
            return false;
        }
        if (in->values->state[i] != OPTION_UNSET) {
            *by = i;
            return true;
        }
    }
    return false;
}

/* What is granted where no way is open, by a preset: unless somebody switched off what leads there.
 * Denied, the option to name is the one that was switched off, else the operation's own. */
static bool decide_base(const struct dialect_input *in, enum operation_id op, const struct ways *w,
                        option_id *by)
{
    const struct way *widest = w->n != 0 ? &w->at[w->n - 1] : NULL;
    for (size_t i = 0; widest != NULL && i < widest->n; i++) {
        if (in->values->state[widest->need[i]] == OPTION_OFF) {
            *by = widest->need[i];
            return false;
        }
    }
    bool granted = operation_set_has(in->base, op);
    if (granted) {
        *by = in->base_option;
    } else if (!dialect_has_word(in->dialect, option_leaf(op))) {
        *by = option_leaf(op);
    }
    return granted;
}

static bool is_strictly_closed(const struct dialect_input *in, enum operation_id op,
                               const struct way *way)
{
    /* A veto that was lifted names the operation. */
    return in->values->strict && opening_is(op, way->need[0]) &&
           veto_of(in->dialect, op) == OPTION_NONE;
}

/* Decides by the ways. Denied, the options to name are those that are missing where fewest are. */
static bool decide_ways(const struct dialect_input *in, enum operation_id op, struct decision *d)
{
    struct ways w = find_ways(in->dialect, op);
    size_t least = NEED_MAX + 1;
    for (size_t i = 0; i < w.n; i++) {
        struct decision missing;
        size_t n = find_missing(in, &w.at[i], &missing);
        bool closed = n == 0 && is_strictly_closed(in, op, &w.at[i]);
        if (n == 0 && !closed) {
            *d = (struct decision){w.at[i].need[0], {.n = 0}};
            return true;
        }
        if (n < least) {
            least = n;
            *d = missing;
            d->by = closed ? option_leaf(op) : missing.by;
        }
    }
    if (in->base == NULL) {
        return false;
    }
    /* What a preset lacks is named by one option: its own, or the one that was switched off. */
    option_id first = d->by;
    bool granted = decide_base(in, op, &w, &d->by);
    d->also.n = d->by == first ? d->also.n : 0;
    return granted;
}

static bool decide(const struct dialect_input *in, enum operation_id op, struct decision *d)
{
    *d = (struct decision){option_leaf(op), {.n = 0}};
    if (!decide_own(in, op, &d->by)) {
        return decide_ways(in, op, d);
    }
    bool on = in->values->state[d->by] == OPTION_ON;
    if (on && in->values->strict && opening_is(op, d->by)) {
        d->by = option_leaf(op);
        return false;
    }
    return on;
}

bool haproxy_allows(enum dialect_id dialect, const struct option_values *values,
                    enum operation_id op)
{
    struct dialect_input in = {.dialect = dialect, .values = values};
    struct decision d;
    return decide(&in, op, &d);
}

void haproxy_compile(const struct dialect_input *in, struct policy *p, struct policy_notes *notes)
{
    bool warned[OPTION_COUNT] = {false};
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        struct decision d;
        bool allowed = decide(in, op, &d);
        p->decided_by[op] = d.by;
        p->also[op] = d.also;
        if (allowed) {
            operation_set_add(&p->allowed, op);
        }
        if (allowed && opening_is(op, p->decided_by[op]) &&
            veto_of(in->dialect, op) == OPTION_NONE) {
            opening_warn(op, p->decided_by[op], warned, notes);
        }
    }
}

void haproxy_granted_by(enum dialect_id dialect, enum operation_id op, struct buf *out)
{
    struct ways w = find_ways(dialect, op);
    struct slice separator = SLICE("");
    for (option_id i = option_leaf(op); i != OPTION_NONE && !dialect_has_word(dialect, i);
         i = option_parent(i)) {
        buf_put(out, separator);
        buf_put(out, option_name(i));
        separator = SLICE(", ");
    }
    for (size_t i = 0; i < w.n; i++) {
        buf_put(out, separator);
        buf_put(out, option_name(w.at[i].need[0]));
        for (size_t j = 1; j < w.at[i].n; j++) {
            buf_put(out, j == 1 ? SLICE(" with ") : SLICE(" and "));
            buf_put(out, option_name(w.at[i].need[j]));
        }
        separator = SLICE(", ");
    }
}
