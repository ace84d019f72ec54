/* Writes down what was learned. Names and templates are our own; nothing here comes from a client.
 */
#include "policy/learn_report.h"

#include "policy/grants.h"
#include "policy/learn_time.h"

static bool has_name(const struct operation *op)
{
    return !slice_equal(op->operation_id, SLICE("-"));
}

/* Spaces up to a column counted from `start`; at least one. */
static void put_column(struct buf *out, size_t start, size_t column)
{
    do {
        buf_put_byte(out, ' ');
    } while (out->len - start < column && !out->full);
}

static void put_request(struct buf *out, enum operation_id op)
{
    const struct operation *o = operation_get(op);
    buf_put(out, o->method);
    buf_put_byte(out, ' ');
    buf_put(out, o->path);
}

void learn_report_operation(struct buf *out, enum operation_id op)
{
    const struct operation *o = operation_get(op);
    if (has_name(o)) {
        buf_put(out, o->operation_id);
        buf_put(out, SLICE(" ("));
        put_request(out, op);
        buf_put(out, SLICE(")"));
    } else {
        put_request(out, op);
    }
    buf_put(out, SLICE(", "));
    buf_put(out, option_name(option_leaf(op)));
}

struct totals {
    size_t noperations;
    uint64_t nrequests;
};

static struct totals total(const struct learn_use *uses)
{
    struct totals t = {0, 0};
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        t.noperations += uses[i].n > 0 ? 1 : 0;
        t.nrequests += uses[i].n;
    }
    return t;
}

/* ---- text ---- */

static void put_count(struct buf *out, uint64_t n, const char *one, const char *many)
{
    (void)buf_putf(out, "%llu %s", (unsigned long long)n, n == 1 ? one : many);
}

static void put_uses(struct buf *out, const char *title, const struct learn_use *uses)
{
    struct totals t = total(uses);
    (void)buf_putf(out, "%s: ", title);
    put_count(out, t.noperations, "operation", "operations");
    buf_put(out, SLICE(" in "));
    put_count(out, t.nrequests, "request", "requests");
    (void)buf_putf(out, "\n\n  %10s  %-20s  %-20s  %-32s  %s\n", "REQUESTS", "FIRST", "LAST",
                   "OPTION", "OPERATION");
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (uses[i].n == 0) {
            continue;
        }
        (void)buf_putf(out, "  %10llu  ", (unsigned long long)uses[i].n);
        learn_time_put(out, uses[i].first_ms);
        buf_put(out, SLICE("  "));
        learn_time_put(out, uses[i].last_ms);
        buf_put(out, SLICE("  "));
        size_t start = out->len;
        buf_put(out, option_name(option_leaf((enum operation_id)i)));
        put_column(out, start, 34);
        put_request(out, (enum operation_id)i);
        buf_put_byte(out, '\n');
    }
    buf_put_byte(out, '\n');
}

static void put_source(struct buf *out, const struct learn *l, const struct learn_source *source)
{
    if (source->log) {
        buf_put(out, SLICE("Read "));
        put_count(out, source->nread, "line", "lines");
        if (source->nunread > 0) {
            buf_put(out, SLICE("; "));
            put_count(out, source->nunread, "other was", "others were");
            buf_put(out, SLICE(" no line of an access log"));
        }
        buf_put(out, SLICE(". They cover "));
    } else {
        buf_put(out, SLICE("Watched for "));
    }
    learn_time_put_span(out, l->spent_ms);
    if (l->since_ms > 0) {
        buf_put(out, SLICE(", since "));
        learn_time_put(out, l->since_ms);
    }
    buf_put(out, SLICE(".\n\n"));
}

static void put_refused(struct buf *out, const struct learn *l, const struct learn_source *source)
{
    if (total(l->denied).noperations > 0) {
        put_uses(out, source->log ? "Asked for, and denied" : "Also asked for, not within",
                 l->denied);
    }
    if (l->nunknown > 0) {
        put_count(out, l->nunknown, "request was", "requests were");
        buf_put(out, SLICE(" for no operation of the API.\n"));
    }
    if (l->nmalformed > 0) {
        put_count(out, l->nmalformed, "request was", "requests were");
        buf_put(out, SLICE(" malformed.\n"));
    }
    if (l->nunknown > 0 || l->nmalformed > 0) {
        buf_put_byte(out, '\n');
    }
}

/* Each variable that is to be set. */
static void put_options(struct buf *out, const struct learn_policy *p, const char *before,
                        const char *between, const char *after)
{
    struct policy_variable variables[LEARN_VARIABLES_MAX];
    size_t n = learn_variables(p, variables);
    for (size_t i = 0; i < n; i++) {
        (void)buf_putf(out, "%s%.*s%s%.*s%s", before, (int)variables[i].name.len,
                       variables[i].name.at, between, (int)variables[i].value.len,
                       variables[i].value.at, after);
    }
}

/* The same for a file, whose entries can say some operations alone that options can't. */
static void put_configuration(struct buf *out, const struct operation_set *used)
{
    struct slice entries[OPERATION_COUNT];
    struct operation_set said;
    size_t n = grants_entries(used, entries, &said);
    buf_put(out,
            SLICE("\nand for dockgate.yaml:\n\n    policies:\n      learned:\n        allow:"));
    buf_put(out, n == 0 ? SLICE(" []\n\n") : SLICE("\n"));
    for (size_t i = 0; i < n; i++) {
        (void)buf_putf(out, "          - %.*s\n", (int)entries[i].len, entries[i].at);
    }
    buf_put_byte(out, '\n');
}

static void put_policy(struct buf *out, const struct learn_policy *p,
                       const struct operation_set *used)
{
    buf_put(out, SLICE("The smallest policy, as options:\n\n"));
    put_options(out, p, "  ", "=", "\n");
    buf_put(out, SLICE("\nand for a compose file:\n\n    environment:\n"));
    put_options(out, p, "      ", ": \"", "\"\n");
    put_configuration(out, used);
    bool exact = true;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (operation_set_has(&p->besides, (enum operation_id)i)) {
            buf_put(out,
                    exact ? SLICE("With what was used, its options also allow:\n\n") : SLICE(""));
            buf_put(out, SLICE("  "));
            learn_report_operation(out, (enum operation_id)i);
            buf_put_byte(out, '\n');
            exact = false;
        }
    }
    buf_put(out, exact ? SLICE("It allows what was used and nothing else.\n\n") : SLICE("\n"));
}

static void put_leaf_list(struct buf *out, const struct operation_set *adds)
{
    const char *separator = "";
    bool done[OPTION_COUNT] = {false};
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        option_id leaf = option_leaf((enum operation_id)i);
        if (!operation_set_has(adds, (enum operation_id)i) || done[leaf]) {
            continue;
        }
        bool gives = operation_get((enum operation_id)i)->gives != OPERATION_GIVES_NOTHING;
        (void)buf_putf(out, "%s%.*s%s", separator, (int)option_name(leaf).len, option_name(leaf).at,
                       gives ? " (!)" : "");
        separator = ", ";
        done[leaf] = true;
    }
    buf_put(out, separator[0] == '\0' ? SLICE("nothing") : SLICE(""));
}

static void put_wider(struct buf *out, const struct learn_policy *p)
{
    struct operation_set adds;
    bool any = false;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (learn_wider(p, (option_id)i, &adds)) {
            buf_put(out, any ? SLICE("")
                             : SLICE("A section in place of its own options would add ((!): files, "
                                     "images, keys or tokens):\n\n"));
            any = true;
            struct slice name = option_name((option_id)i);
            (void)buf_putf(out, "  %.*s: ", (int)name.len, name.at);
            put_leaf_list(out, &adds);
            buf_put_byte(out, '\n');
        }
    }
}

void learn_report_text(const struct learn *l, const struct learn_source *source, struct buf *out)
{
    struct operation_set used = learn_set(l);
    struct learn_policy p;
    learn_smallest(&used, &p);
    put_source(out, l, source);
    put_uses(out, "Used", l->used);
    put_refused(out, l, source);
    put_policy(out, &p, &used);
    put_wider(out, &p);
}

/* ---- JSON ---- */

static void put_json_time(struct buf *out, const char *lead, uint64_t ms)
{
    (void)buf_putf(out, "%s\"", lead);
    learn_time_put(out, ms);
    buf_put_byte(out, '"');
}

static void put_json_operation(struct buf *out, enum operation_id op)
{
    const struct operation *o = operation_get(op);
    if (has_name(o)) {
        (void)buf_putf(out, "{\"operation\":\"%.*s\"", (int)o->operation_id.len,
                       o->operation_id.at);
    } else {
        buf_put(out, SLICE("{\"operation\":null"));
    }
    struct slice leaf = option_name(option_leaf(op));
    (void)buf_putf(out, ",\"method\":\"%.*s\",\"path\":\"%.*s\",\"option\":\"%.*s\"",
                   (int)o->method.len, o->method.at, (int)o->path.len, o->path.at, (int)leaf.len,
                   leaf.at);
}

static void put_json_uses(struct buf *out, const char *name, const struct learn_use *uses)
{
    const char *separator = "";
    (void)buf_putf(out, ",\"%s\":[", name);
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (uses[i].n == 0) {
            continue;
        }
        (void)buf_putf(out, "%s", separator);
        put_json_operation(out, (enum operation_id)i);
        (void)buf_putf(out, ",\"requests\":%llu", (unsigned long long)uses[i].n);
        put_json_time(out, ",\"first\":", uses[i].first_ms);
        put_json_time(out, ",\"last\":", uses[i].last_ms);
        buf_put_byte(out, '}');
        separator = ",";
    }
    buf_put_byte(out, ']');
}

static void put_json_set(struct buf *out, const struct operation_set *set)
{
    const char *separator = "";
    buf_put_byte(out, '[');
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (operation_set_has(set, (enum operation_id)i)) {
            (void)buf_putf(out, "%s", separator);
            put_json_operation(out, (enum operation_id)i);
            buf_put_byte(out, '}');
            separator = ",";
        }
    }
    buf_put_byte(out, ']');
}

static void put_json_configuration(struct buf *out, const struct operation_set *used)
{
    struct slice entries[OPERATION_COUNT];
    struct operation_set said;
    size_t n = grants_entries(used, entries, &said);
    buf_put(out, SLICE(",\"configuration\":{\"policies\":{\"learned\":{\"allow\":["));
    for (size_t i = 0; i < n; i++) {
        (void)buf_putf(out, "%s\"%.*s\"", i == 0 ? "" : ",", (int)entries[i].len, entries[i].at);
    }
    buf_put(out, SLICE("]}}}"));
}

static void put_json_policy(struct buf *out, const struct learn_policy *p)
{
    struct operation_set adds;
    const char *separator = "";
    buf_put(out, SLICE(",\"options\":{"));
    size_t start = out->len;
    put_options(out, p, "\"", "\":\"", "\",");
    out->len -= out->len > start ? 1 : 0; /* the last comma */
    buf_put(out, SLICE("},\"besides\":"));
    put_json_set(out, &p->besides);
    buf_put(out, SLICE(",\"wider\":{"));
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (learn_wider(p, (option_id)i, &adds)) {
            struct slice name = option_name((option_id)i);
            (void)buf_putf(out, "%s\"%.*s\":", separator, (int)name.len, name.at);
            put_json_set(out, &adds);
            separator = ",";
        }
    }
    buf_put_byte(out, '}');
}

void learn_report_json(const struct learn *l, const struct learn_source *source, struct buf *out)
{
    struct operation_set used = learn_set(l);
    struct learn_policy p;
    learn_smallest(&used, &p);
    (void)buf_putf(out, "{\"from\":\"%s\"", source->log ? "log" : "watching");
    if (source->log) {
        (void)buf_putf(out, ",\"lines_read\":%llu,\"lines_unread\":%llu",
                       (unsigned long long)source->nread, (unsigned long long)source->nunread);
    }
    put_json_time(out, ",\"since\":", l->since_ms);
    (void)buf_putf(out, ",\"seconds\":%llu", (unsigned long long)(l->spent_ms / 1000));
    put_json_uses(out, "used", l->used);
    put_json_uses(out, "denied", l->denied);
    (void)buf_putf(out, ",\"unknown\":%llu,\"malformed\":%llu", (unsigned long long)l->nunknown,
                   (unsigned long long)l->nmalformed);
    put_json_policy(out, &p);
    put_json_configuration(out, &used);
    buf_put(out, SLICE("}\n"));
}
