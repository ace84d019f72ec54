/* The command explain: which operation a request is, which options grant it, and the verdict under
 * the present environment. For people one request, for programs a batch of lines, or JSON. */
#include "cli/explain.h"

#include <stdio.h>

#include "base/limits.h"
#include "cli/command.h"

/* A method as RFC 9110 §9.1 has it: a token. The gate's reader of heads has checked that before. */
static bool is_token(struct slice s)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        bool alphanumeric =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alphanumeric && memchr(marks, c, sizeof(marks) - 1) == NULL) {
            return false;
        }
    }
    return s.len != 0;
}

struct verdict explain_decide(const struct explain_subject *s, struct slice method,
                              struct slice target, struct policy_room *room, struct slice *refused)
{
    *refused = (struct slice){0};
    if (!is_token(method) || target.len > LIMIT_TARGET) {
        return (struct verdict){
            .kind = VERDICT_REJECT, .option = OPTION_NONE, .match = {.operation = OPERATION_NONE}};
    }
    struct verdict v = policy_decide(s->policy, method, target, room);
    label_narrow(s->label, &v);
    struct slice rule = {0};
    if (verdict_may_pass(v.kind) && s->view != NULL) {
        *refused = cli_view_refusal(s->view, v.match.operation, v.target.query, &rule);
    }
    if (verdict_may_pass(v.kind) && refused->len == 0 && s->requests != NULL &&
        requests_closes(s->requests, v.match.operation)) {
        *refused =
            SLICE("what it says can't be checked; unchecked, in requests, would let it pass");
        rule = SLICE("requests");
    }
    if (refused->len > 0) {
        v.kind = VERDICT_DENY;
        v.option = OPTION_NONE;
        v.rule = rule;
    }
    return v;
}

struct slice explain_verdict_word(enum verdict_kind kind)
{
    static const struct slice words[] = {
        [VERDICT_ALLOW] = SLICE_INIT("allow"),
        [VERDICT_ASK] = SLICE_INIT("allow"), /* for some things, as globs on names do */
        [VERDICT_DENY] = SLICE_INIT("deny"),
        [VERDICT_REJECT] = SLICE_INIT("reject"),
    };
    return words[kind];
}

static void put_rule(const struct verdict *v, struct buf *out)
{
    if (v->rule.len == 0) {
        buf_put(out, SLICE("no rule matches"));
        return;
    }
    buf_put(out, v->rule);
    buf_put(out,
            v->rule_limit ? SLICE(" takes too long to match and was given up") : SLICE(" matches"));
}

/* What the policy allows and the container's label doesn't grant. */
static void put_label(const struct explanation *e, struct buf *out)
{
    buf_put(out, SLICE("the label " LABEL_ALLOW " "));
    if (e->label->wrong != LABEL_FINE) {
        label_put_wrong(e->label, out);
        buf_put(out, SLICE(", so it grants nothing"));
    } else {
        buf_put(out, SLICE("does not name "));
        buf_put(out, option_name(e->verdict.option));
    }
}

/* What a policy of a configuration file says. */
static void put_configured(const struct explanation *e, struct buf *out)
{
    buf_putf(out, "policy %.*s: ", (int)e->policy->name.len, e->policy->name.at);
    if (e->verdict.query != NULL) {
        query_put_wrong(e->verdict.query_wrong, e->verdict.query, out);
    } else if (e->verdict.by_label) {
        put_label(e, out);
    } else if (e->verdict.kind == VERDICT_DENY) {
        buf_put(out, SLICE("nothing in it allows that, or its deny takes it away; its option is "));
        buf_put(out, option_name(option_leaf(e->verdict.match.operation)));
    } else {
        buf_put(out, verdict_decided_by(&e->verdict));
        buf_put(out, SLICE(" grants it"));
    }
    if (e->verdict.kind == VERDICT_ASK) {
        buf_put(out, SLICE(" for what bears "));
        name_rule_put_labels(e->verdict.label, out);
        buf_put(out, SLICE(", which the gate asks the engine about"));
    }
}

bool explain_options_decide(const struct explanation *e)
{
    return e->verdict.kind != VERDICT_REJECT && e->verdict.match.operation != OPERATION_NONE &&
           e->policy->rules == NULL && e->policy->name.len == 0 && e->refused.len == 0;
}

/* Methods are compared as they are written: `get` is none. */
static bool is_lower(struct slice method)
{
    return method.len > 0 && method.at[0] >= 'a' && method.at[0] <= 'z';
}

void explain_put_reason(const struct explanation *e, struct buf *out)
{
    const struct verdict *v = &e->verdict;
    if (v->kind == VERDICT_REJECT) {
        buf_put(out, v->refusal == HTTP_REFUSAL_NONE ? SLICE("no request that HTTP knows")
                                                     : http_refusal_text(v->refusal));
    } else if (v->match.operation == OPERATION_NONE) {
        buf_put(out, SLICE("no operation of the Engine API, which no option grants"));
        buf_put(out, is_lower(e->method) ? SLICE("; methods are in capitals") : SLICE(""));
    } else if (e->refused.len > 0) {
        buf_put(out, e->refused);
    } else if (e->policy->rules != NULL) {
        put_rule(v, out);
    } else if (e->policy->name.len != 0) {
        put_configured(e, out);
    } else if (v->rule.len != 0) {
        buf_put(out, v->rule);
        buf_put(out, SLICE(" grants it"));
    } else if (v->kind == VERDICT_DENY) { /* as the 403 has it */
        size_t n = policy_put_missing(e->policy, v->match.operation, out);
        buf_put(out, n == 0   ? SLICE("no option grants it")
                     : n == 1 ? SLICE(" is off")
                              : SLICE(" are off"));
    } else {
        buf_put(out, option_name(v->option));
        buf_put(out, SLICE(" is on"));
    }
}

static int explain_one(const struct cli_load *l, const struct label *label)
{
    static char storage[LIMIT_TARGET];
    struct policy_room room = {storage, pattern_room_new()};
    struct explain_subject subject = {&l->policy, l->seen, l->checked, label};
    struct explanation e = {
        .policy = &l->policy,
        .label = label,
        .method = slice_from_text(l->variables.words[0]),
        .target = slice_from_text(l->variables.words[1]),
    };
    e.verdict = explain_decide(&subject, e.method, e.target, &room, &e.refused);
    enum operation_id op = e.verdict.match.operation;
    if (e.verdict.kind == VERDICT_DENY && explain_options_decide(&e)) {
        e.nadvice = advice_find(l->variables.list, e.policy, op, e.advice);
    }
    if (l->variables.flag[FLAG_EXPLAIN_JSON] != NULL) {
        explain_print_json(&e);
    } else {
        explain_print_text(&e);
    }
    pattern_room_free(room.patterns);
    /* Allow, deny and reject are 0, 1 and 2 as the design has them. */
    return e.verdict.kind == VERDICT_ASK ? (int)VERDICT_ALLOW : (int)e.verdict.kind;
}

/* The label goes with a client that has one to say. */
static bool read_label(const struct cli_load *l, struct label *label)
{
    const char *text = l->variables.flag[FLAG_EXPLAIN_LABEL];

    if (text != NULL && l->within) {
        (void)label_read(slice_from_text(text), label); /* what is wrong with it is a reason */
        return true;
    }
    if (text != NULL) {
        fprintf(stderr, "dockgate: --label goes with --as and a client that has within\n");
    } else if (l->within) {
        fprintf(stderr, "dockgate: this client's container says by its label " LABEL_ALLOW
                        " what it gets: give that label's text with --label\n");
    }
    return text == NULL && !l->within;
}

static int explain_loaded(struct cli_load *l)
{
    static struct label bears;
    bool batch = l->variables.flag[FLAG_EXPLAIN_BATCH] != NULL;
    bool json = l->variables.flag[FLAG_EXPLAIN_JSON] != NULL;
    if (l->variables.help) {
        command_print_help(COMMAND_EXPLAIN, stdout);
        return 0;
    }
    if (!cli_choose_policy(l, l->variables.flag[FLAG_EXPLAIN_POLICY],
                           l->variables.flag[FLAG_EXPLAIN_AS]) ||
        !read_label(l, &bears)) {
        return 2;
    }
    const struct label *label = l->within ? &bears : NULL;
    if (batch && !json && l->variables.nwords == 0) {
        return explain_batch(&(struct explain_subject){&l->policy, l->seen, l->checked, label});
    }
    if (batch || l->variables.nwords != 2) {
        return command_misused(COMMAND_EXPLAIN, batch ? "--batch takes no argument and no --json"
                                                      : "takes a method and a path, such as GET "
                                                        "/containers/json");
    }
    return explain_one(l, label);
}

int command_explain(int argc, char **argv)
{
    static struct cli_load load;
    bool loaded = cli_load(COMMAND_EXPLAIN, argc, argv, &load);
    loaded = loaded && (load.variables.help || cli_load_view(&load));
    int status = loaded ? explain_loaded(&load) : 2;
    cli_load_free(&load);
    return status;
}
