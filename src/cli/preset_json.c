/* Presets for programs, as JSON. */
#include "cli/json.h"
#include "cli/preset_forms.h"

#include "policy/option.h"

static void put_preset(struct json_out *j, const struct preset *p)
{
    json_begin(j, NULL, '{');
    json_text(j, "name", p->name);
    if (p->alias.len != 0) {
        json_text(j, "alias", p->alias);
    }
    json_text(j, "client", p->client);
    json_text(j, "version", p->version);
    json_text(j, "source", p->source);
    json_text(j, "sentence", p->sentence);
    json_text(j, "grade", preset_grade(p));
    json_end(j, '}');
}

static void put_operation(struct json_out *j, const struct preset_list *list, enum operation_id op)
{
    const struct operation *o = operation_get(op);
    json_begin(j, NULL, '{');
    json_text(j, "method", o->method);
    json_text(j, "path", o->path);
    json_text(j, "operationId", o->operation_id);
    json_text(j, "option", option_name(option_leaf(op)));
    json_text(j, "sentence", o->sentence);
    json_begin(j, "presets", '[');
    for (size_t i = 0; i < list->n; i++) {
        struct operation_set set = preset_operations(list->at[i]);
        if (operation_set_has(&set, op)) {
            json_text(j, NULL, list->at[i]->name);
        }
    }
    json_end(j, ']');
    json_end(j, '}');
}

static void put_variables(struct json_out *j, const struct preset_list *list)
{
    struct policy_variable v[PRESET_VARIABLES_MAX];
    size_t n = preset_variables(list, v);
    json_begin(j, "options", '[');
    for (size_t i = 0; i < n; i++) {
        json_begin(j, NULL, '{');
        json_text(j, "name", v[i].name);
        json_text(j, "value", v[i].value);
        json_end(j, '}');
    }
    json_end(j, ']');
}

void preset_print_json(const struct preset_list *list)
{
    struct json_out j = {.out = stdout};
    struct operation_set set = preset_list_operations(list);
    json_begin(&j, NULL, '{');
    json_begin(&j, "presets", '[');
    for (size_t i = 0; i < list->n; i++) {
        put_preset(&j, list->at[i]);
    }
    json_end(&j, ']');
    json_begin(&j, "operations", '[');
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (operation_set_has(&set, (enum operation_id)i)) {
            put_operation(&j, list, (enum operation_id)i);
        }
    }
    json_end(&j, ']');
    put_variables(&j, list);
    json_end(&j, '}');
    putchar('\n');
}

void preset_print_json_all(void)
{
    struct json_out j = {.out = stdout};
    json_begin(&j, NULL, '{');
    json_begin(&j, "presets", '[');
    for (size_t i = 0; i < preset_count(); i++) {
        put_preset(&j, preset_get(i));
    }
    json_end(&j, ']');
    json_end(&j, '}');
    putchar('\n');
}
