/* What explain found, for programs: one JSON object. */
#include "cli/explain.h"
#include "cli/json.h"
#include "policy/ability.h"

static void put_name(struct json_out *j, const char *key, struct slice text)
{
    if (slice_equal(text, SLICE("-"))) {
        json_none(j, key);
    } else {
        json_text(j, key, text);
    }
}

static void put_operation(struct json_out *j, enum operation_id op)
{
    static const struct slice kinds[] = {
        [OPERATION_PLAIN] = SLICE_INIT("plain"),
        [OPERATION_STREAM] = SLICE_INIT("stream"),
        [OPERATION_UPLOAD] = SLICE_INIT("upload"),
        [OPERATION_UPGRADE] = SLICE_INIT("upgrade"),
    };
    const struct operation *o = operation_get(op);
    json_begin(j, "operation", '{');
    json_text(j, "method", o->method);
    json_text(j, "path", o->path);
    put_name(j, "operationId", o->operation_id);
    put_name(j, "since", o->since);
    json_text(j, "kind", kinds[o->kind]);
    json_text(j, "gives", o->sentence);
    json_end(j, '}');
}

static void put_abilities(struct json_out *j, enum operation_id op)
{
    size_t n;
    const struct ability_way *ways = ability_ways(&n);
    json_begin(j, "abilities", '[');
    for (size_t i = 0; i < n; i++) {
        const struct ability *a = ability_get(ways[i].ability);
        if (ways[i].operation != op && ways[i].second != op) {
            continue;
        }
        json_begin(j, NULL, '{');
        json_text(j, "grade", ability_grade_name(a->grade));
        json_text(j, "text", a->text);
        if (ways[i].second != OPERATION_NONE) {
            const struct operation *other =
                operation_get(ways[i].second == op ? ways[i].operation : ways[i].second);
            json_begin(j, "together", '{');
            json_text(j, "method", other->method);
            json_text(j, "path", other->path);
            json_end(j, '}');
        }
        json_end(j, '}');
    }
    json_end(j, ']');
}

static void put_granted(struct json_out *j, enum operation_id op)
{
    json_begin(j, "grantedBy", '{');
    for (size_t i = 0; i < DIALECT_COUNT; i++) {
        const struct dialect *dialect = dialect_get((enum dialect_id)i);
        char text[EXPLAIN_TEXT_MAX];
        struct buf b;
        buf_init(&b, text, sizeof(text));
        dialect_put_granted((enum dialect_id)i, op, &b);
        if (b.len > 0) {
            json_text(j, dialect->name.at, buf_slice(&b));
        }
    }
    json_end(j, '}');
}

/* What denies it, all of it. */
static void put_missing(const struct explanation *e, struct json_out *j)
{
    option_id missing[POLICY_MISSING_MAX];
    bool denied = e->verdict.kind == VERDICT_DENY && explain_options_decide(e);
    size_t n = denied ? policy_missing(e->policy, e->verdict.match.operation, missing) : 0;
    json_begin(j, "missing", '[');
    for (size_t i = 0; i < n; i++) {
        json_text(j, NULL, option_name(missing[i]));
    }
    json_end(j, ']');
}

/* Where it is allowed for what bears one of these labels only. */
static void put_labels(const struct explanation *e, struct json_out *j)
{
    if (e->verdict.kind != VERDICT_ASK) {
        return;
    }
    json_begin(j, "labels", '[');
    for (const struct name_rule *rule = e->verdict.label; rule != NULL; rule = rule->next) {
        json_text(j, NULL, rule->label);
    }
    json_end(j, ']');
}

static void put_advice(const struct explanation *e, struct json_out *j)
{
    json_begin(j, "allowedBy", '[');
    for (size_t i = 0; i < e->nadvice; i++) {
        json_begin(j, NULL, '{');
        json_text(j, "option", option_name(e->advice[i].option));
        json_bool(j, "namesDialect", e->advice[i].names_dialect);
        json_number(j, "opens", e->advice[i].opens);
        json_end(j, '}');
    }
    json_end(j, ']');
}

void explain_print_json(const struct explanation *e)
{
    struct json_out j = {.out = stdout};
    enum operation_id op = e->verdict.match.operation;
    char text[EXPLAIN_TEXT_MAX];
    struct buf b;
    json_begin(&j, NULL, '{');
    json_text(&j, "method", e->method);
    json_text(&j, "target", e->target);
    json_text(&j, "verdict", explain_verdict_word(e->verdict.kind));
    buf_init(&b, text, sizeof(text));
    explain_put_reason(e, &b);
    json_text(&j, "reason", buf_slice(&b));
    if (e->policy->name.len != 0) {
        json_text(&j, "policy", e->policy->name);
    } else {
        json_text(&j, "dialect", dialect_get(e->policy->dialect.dialect)->name);
    }
    put_labels(e, &j);
    put_name(&j, "option", option_name(e->verdict.option));
    put_missing(e, &j);
    if (op == OPERATION_NONE) {
        json_none(&j, "operation");
    } else {
        put_operation(&j, op);
        put_abilities(&j, op);
        put_granted(&j, op);
        put_advice(e, &j);
    }
    json_end(&j, '}');
    fputc('\n', stdout);
}
