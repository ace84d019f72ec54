/* What explain found, for people: label and text, a line each. */
#include "cli/explain.h"

#include <stdio.h>

#include "policy/ability.h"

static void print_line(const char *label, struct slice text)
{
    printf("%-12s%.*s\n", label, (int)text.len, text.at);
}

static void print_name(const struct operation *o)
{
    printf("%-12s%.*s %.*s", "operation", (int)o->method.len, o->method.at, (int)o->path.len,
           o->path.at);
    bool named = !slice_equal(o->operation_id, SLICE("-"));
    bool dated = !slice_equal(o->since, SLICE("-"));
    if (named || dated) {
        printf(" (%.*s%s%s%.*s)", named ? (int)o->operation_id.len : 0, o->operation_id.at,
               named && dated ? ", " : "", dated ? "since API " : "", dated ? (int)o->since.len : 0,
               o->since.at);
    }
    fputc('\n', stdout);
}

/* What the operation lets a client do, and which other one that takes. */
static void print_abilities(enum operation_id op)
{
    size_t n;
    const struct ability_way *ways = ability_ways(&n);
    const char *label = "lets one";
    for (size_t i = 0; i < n; i++) {
        const struct ability *a = ability_get(ways[i].ability);
        struct slice grade = ability_grade_name(a->grade);
        if (ways[i].operation != op && ways[i].second != op) {
            continue;
        }
        printf("%-12s%.*s", label, (int)a->text.len, a->text.at);
        if (ways[i].second != OPERATION_NONE) {
            const struct operation *other =
                operation_get(ways[i].second == op ? ways[i].operation : ways[i].second);
            printf("; together with %.*s %.*s", (int)other->method.len, other->method.at,
                   (int)other->path.len, other->path.at);
        }
        printf(" [%.*s]\n", (int)grade.len, grade.at);
        label = "";
    }
}

/* What grants it in the present dialect, then in those others that say it in other words. */
static void print_granted(const struct policy *p, enum operation_id op)
{
    char own_text[EXPLAIN_TEXT_MAX];
    char text[EXPLAIN_TEXT_MAX];
    struct buf own;
    struct buf granted;
    buf_init(&own, own_text, sizeof(own_text));
    dialect_put_granted(p->dialect.dialect, op, &own);
    if (own.len > 0) {
        print_line("granted by", buf_slice(&own));
    }
    for (size_t i = 0; i < DIALECT_COUNT; i++) {
        struct slice name = dialect_get((enum dialect_id)i)->name;
        buf_init(&granted, text, sizeof(text));
        dialect_put_granted((enum dialect_id)i, op, &granted);
        if (granted.len > 0 && !slice_equal(buf_slice(&granted), buf_slice(&own))) {
            printf("  %-12.*s%.*s\n", (int)name.len, name.at, (int)granted.len, text);
        }
    }
}

static void print_advice(const struct explanation *e)
{
    for (size_t i = 0; i < e->nadvice; i++) {
        struct slice name = option_name(e->advice[i].option);
        size_t others = e->advice[i].opens - 1;
        printf("%-12s%.*s=1", i == 0 ? "allow it by" : "or by", (int)name.len, name.at);
        if (e->advice[i].names_dialect) {
            struct slice dialect = dialect_get(e->policy->dialect.dialect)->name;
            printf(" DOCKGATE_DIALECT=%.*s", (int)dialect.len, dialect.at);
        }
        if (others > 0) {
            printf(", which opens %zu other operation%s as well", others, others == 1 ? "" : "s");
        }
        fputc('\n', stdout);
    }
}

void explain_print_text(const struct explanation *e)
{
    enum operation_id op = e->verdict.match.operation;
    if (op != OPERATION_NONE) {
        print_name(operation_get(op));
        print_line("gives", operation_get(op)->sentence);
        print_abilities(op);
        print_granted(e->policy, op);
    }
    char text[EXPLAIN_TEXT_MAX];
    struct buf reason;
    struct slice word = explain_verdict_word(e->verdict.kind);
    buf_init(&reason, text, sizeof(text));
    explain_put_reason(e, &reason);
    printf("%-12s%.*s: %.*s\n", "verdict", (int)word.len, word.at, (int)reason.len, text);
    print_advice(e);
}
