/* What check found, for programs. */
#include "cli/check.h"
#include "cli/json.h"

static void put_operation(struct json_out *j, enum operation_id op)
{
    const struct operation *o = operation_get(op);
    json_text(j, "method", o->method);
    json_text(j, "path", o->path);
    json_text(j, "operationId", o->operation_id);
}

static void put_operations(const struct check *c, struct json_out *j)
{
    json_begin(j, "operations", '[');
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        bool may = operation_set_has(&c->allowed, op);
        if (!may && !c->all) {
            continue;
        }
        json_begin(j, NULL, '{');
        put_operation(j, op);
        json_bool(j, "allowed", may);
        json_bool(j, "whole", operation_set_has(&c->sure, op));
        json_text(j, "grantedBy", check_decider(c, op));
        json_end(j, '}');
    }
    json_end(j, ']');
}

static void put_rules(const struct rule_list *rules, struct json_out *j)
{
    json_begin(j, "rules", '[');
    for (size_t i = 0; rules != NULL && i < rule_list_count(rules); i++) {
        struct rule_text text = rule_list_get(rules, i);
        json_begin(j, NULL, '{');
        json_text(j, "name", text.name);
        json_text(j, "methods", text.methods);
        json_text(j, "pattern", text.pattern);
        json_end(j, '}');
    }
    json_end(j, ']');
}

static void put_abilities(const struct check *c, struct json_out *j)
{
    json_begin(j, "abilities", '[');
    for (size_t i = 0; i < c->nabilities; i++) {
        const struct check_ability *a = &c->ability[i];
        json_begin(j, NULL, '{');
        json_text(j, "grade", ability_grade_name(a->grade));
        json_text(j, "text", a->text);
        json_text(j, "by", slice_of(a->by, a->by_len));
        json_end(j, '}');
    }
    json_end(j, ']');
}

static void put_warnings(const struct policy_notes *notes, struct json_out *j)
{
    for (size_t i = 0; i < notes->n; i++) {
        if (notes->note[i].kind == NOTE_WARNING) {
            json_text(j, NULL, notes->note[i].text);
        }
    }
}

static void put_list(const struct check *c, struct json_out *j, const char *key,
                     bool (*is)(const struct check *c, enum operation_id op))
{
    json_begin(j, key, '[');
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        if (is(c, op)) {
            json_begin(j, NULL, '{');
            put_operation(j, op);
            json_text(j, "option", option_name(option_leaf(op)));
            json_end(j, '}');
        }
    }
    json_end(j, ']');
}

static void put_presets(const struct check *c, struct json_out *j)
{
    bool enough = true;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enough = enough && !check_is_missing(c, (enum operation_id)i);
    }
    json_begin(j, "presets", '{');
    json_begin(j, "names", '[');
    for (size_t i = 0; i < c->presets.n; i++) {
        json_text(j, NULL, c->presets.at[i]->name);
    }
    json_end(j, ']');
    json_bool(j, "enough", enough);
    put_list(c, j, "missing", check_is_missing);
    put_list(c, j, "more", check_is_extra);
    json_end(j, '}');
}

/* Clients that get as much of the policy as their containers' labels name. */
static void put_within(const struct cli_load *load, struct json_out *j)
{
    const struct config *c = load->configuration == NULL ? NULL : &load->configuration->config;
    json_begin(j, "within", '[');
    for (size_t i = 0; c != NULL && i < c->clients.n; i++) {
        const struct config_client *client = config_client_at(c, i);
        if (client->within == NULL || !slice_equal(client->within->text, load->policy.name)) {
            continue;
        }
        json_begin(j, NULL, '{');
        if (client->name != NULL) {
            json_text(j, "client", client->name->text);
        } else {
            json_none(j, "client");
        }
        json_number(j, "line", client->node->line);
        json_end(j, '}');
    }
    json_end(j, ']');
}

void check_print_json(const struct check *c)
{
    struct json_out j = {.out = stdout};
    json_begin(&j, NULL, '{');
    if (c->load->policy.name.len != 0) {
        json_text(&j, "policy", c->load->policy.name);
        put_within(c->load, &j);
    } else {
        json_text(&j, "dialect", dialect_get(c->load->policy.dialect.dialect)->name);
    }
    json_text(&j, "grade", ability_grade_name(check_grade(c)));
    const struct owned_policy *own = c->load->seen == NULL ? NULL : c->load->seen->own;
    json_text(&j, "reaches",
              own == NULL         ? SLICE("all")
              : own->view != NULL ? SLICE("visible")
                                  : SLICE("own"));
    put_operations(c, &j);
    put_rules(c->load->policy.rules, &j);
    put_abilities(c, &j);
    json_begin(&j, "warnings", '[');
    put_warnings(&c->load->notes, &j);
    put_warnings(&c->notes, &j);
    json_end(&j, ']');
    if (c->presets.n != 0) {
        put_presets(c, &j);
    }
    json_end(&j, '}');
    fputc('\n', stdout);
}
