/* The command schema: a JSON schema of dockgate.yaml for editors, made from the tables that the
 * file is read by. */
#include "cli/command.h"
#include "cli/json.h"
#include "cli/load.h"
#include "inspect/config.h"

/* Texts that YAML readers take for numbers or truth values are texts to the gate. */
static void put_type(struct json_out *j, const char *const *types)
{
    json_begin(j, "type", '[');
    for (; *types != NULL; types++) {
        json_text(j, NULL, slice_from_text(*types));
    }
    json_end(j, ']');
}

static void put_text_type(struct json_out *j, bool may_be_empty)
{
    static const char *const types[] = {"string", "number", "boolean", NULL};

    put_type(j, types);
    if (!may_be_empty) {
        json_number(j, "minLength", 1);
    }
}

static void put_words(struct json_out *j, struct slice words)
{
    struct slice word;

    json_begin(j, "enum", '[');
    while (slice_next(&words, '|', &word)) {
        json_text(j, NULL, word);
    }
    json_end(j, ']');
}

static void put_number_type(struct json_out *j, const char *pattern)
{
    static const char *const types[] = {"integer", "string", NULL};

    put_type(j, types);
    json_number(j, "minimum", 0);
    json_text(j, "pattern", slice_from_text(pattern));
}

static void put_switch(struct json_out *j)
{
    json_begin(j, "enum", '[');
    json_bool(j, NULL, true);
    json_bool(j, NULL, false);
    json_text(j, NULL, SLICE("true"));
    json_text(j, NULL, SLICE("false"));
    json_end(j, ']');
}

/* ---- keys whose words are known, so that editors can offer them ---- */

static void put_presets(struct json_out *j)
{
    json_begin(j, "enum", '[');
    for (size_t i = 0; i < preset_count(); i++) {
        json_text(j, NULL, preset_get(i)->name);
    }
    json_end(j, ']');
}

static bool is_named_before(size_t op)
{
    struct slice id = operation_get((enum operation_id)op)->operation_id;

    for (size_t i = 0; i < op; i++) {
        if (slice_equal(operation_get((enum operation_id)i)->operation_id, id)) {
            return true;
        }
    }
    return slice_equal(id, SLICE("-"));
}

/* Options, operationIds, or METHOD /PATH. */
static void put_entries(struct json_out *j)
{
    json_begin(j, "anyOf", '[');
    json_begin(j, NULL, '{');
    json_begin(j, "enum", '[');
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        json_text(j, NULL, option_name((option_id)i));
    }
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (!is_named_before(i)) {
            json_text(j, NULL, operation_get((enum operation_id)i)->operation_id);
        }
    }
    json_end(j, ']');
    json_end(j, '}');
    json_begin(j, NULL, '{');
    json_text(j, "type", SLICE("string"));
    json_text(j, "pattern", SLICE("^[A-Z]+ +/."));
    json_end(j, '}');
    json_end(j, ']');
}

static void put_one_text(struct json_out *j, const struct schema_field *f)
{
    static const struct {
        struct slice key;
        void (*put)(struct json_out *j);
    } known[] = {
        {SLICE_INIT("preset"), put_presets},
        {SLICE_INIT("allow"), put_entries},
        {SLICE_INIT("deny"), put_entries},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (slice_equal(known[i].key, f->key)) {
            known[i].put(j);
            return;
        }
    }
    put_text_type(j, f->kind == SCHEMA_PAIRS);
}

/* One text, or a list of them. */
static void put_texts(struct json_out *j, const struct schema_field *f)
{
    json_begin(j, "anyOf", '[');
    json_begin(j, NULL, '{');
    put_one_text(j, f);
    json_end(j, '}');
    json_begin(j, NULL, '{');
    json_text(j, "type", SLICE("array"));
    json_begin(j, "items", '{');
    put_one_text(j, f);
    json_end(j, '}');
    json_end(j, '}');
    json_end(j, ']');
}

static void put_pairs(struct json_out *j, const struct schema_field *f)
{
    json_text(j, "type", SLICE("object"));
    json_begin(j, "additionalProperties", '{');
    json_text(j, "type", SLICE("object"));
    json_begin(j, "additionalProperties", '{');
    put_texts(j, f);
    json_end(j, '}');
    json_end(j, '}');
}

/* Where a table needs exactly one of some keys; inspect/config.c refuses what has none, or two. */
static void put_required(struct json_out *j, const struct schema_table *table)
{
    static const struct {
        struct slice table;
        struct slice keys;
    } rows[] = {
        {SLICE_INIT("a listener"), SLICE_INIT("address")},
        {SLICE_INIT("a client"), SLICE_INIT("policy|by-label|within")},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice keys = rows[i].keys;
        struct slice key;

        if (!slice_equal(rows[i].table, table->name)) {
            continue;
        }
        json_begin(j, "oneOf", '[');
        while (slice_next(&keys, '|', &key)) {
            json_begin(j, NULL, '{');
            json_begin(j, "required", '[');
            json_text(j, NULL, key);
            json_end(j, ']');
            json_end(j, '}');
        }
        json_end(j, ']');
    }
}

/* ---- tables; as deep as they are: NOLINTBEGIN(misc-no-recursion) ---- */

static void put_table(struct json_out *j, const struct schema_table *table);

static void put_inner(struct json_out *j, const char *key, const struct schema_table *table)
{
    json_begin(j, key, '{');
    put_table(j, table);
    json_end(j, '}');
}

static void put_kind(struct json_out *j, const struct schema_field *f)
{
    switch (f->kind) {
    case SCHEMA_TEXT:
        put_text_type(j, false);
        break;
    case SCHEMA_WORD:
        put_words(j, slice_from_text(f->accepts));
        break;
    case SCHEMA_NUMBER:
        put_number_type(j, "^[0-9]+$");
        break;
    case SCHEMA_MODE:
        put_number_type(j, "^[0-7]+$");
        break;
    case SCHEMA_SWITCH:
        put_switch(j);
        break;
    case SCHEMA_TEXTS:
        put_texts(j, f);
        break;
    case SCHEMA_PAIRS:
        put_pairs(j, f);
        break;
    case SCHEMA_MAP:
        put_table(j, f->table);
        break;
    case SCHEMA_LIST:
        json_text(j, "type", SLICE("array"));
        put_inner(j, "items", f->table);
        break;
    case SCHEMA_NAMED:
        json_text(j, "type", SLICE("object"));
        put_inner(j, "additionalProperties", f->table);
        break;
    }
}

static void put_table(struct json_out *j, const struct schema_table *table)
{
    static const char *const types[] = {"object", "null", NULL};

    put_type(j, types);
    json_bool(j, "additionalProperties", false);
    json_begin(j, "properties", '{');
    for (size_t i = 0; i < table->n; i++) {
        json_begin(j, table->field[i].key.at, '{');
        json_text(j, "description", slice_from_text(table->field[i].help));
        put_kind(j, &table->field[i]);
        json_end(j, '}');
    }
    json_end(j, '}');
    put_required(j, table);
}
/* NOLINTEND(misc-no-recursion) */

static void print_schema(void)
{
    struct json_out j = {.out = stdout};

    json_begin(&j, NULL, '{');
    json_text(&j, "$schema", SLICE("http://json-schema.org/draft-07/schema#"));
    json_text(&j, "title", SLICE("dockgate.yaml"));
    put_table(&j, config_table());
    json_end(&j, '}');
    fputc('\n', stdout);
}

int command_schema(int argc, char **argv)
{
    static char *const nothing[] = {NULL};
    struct variables v = {0};
    struct diag d = {{0}};
    int status = 2;

    if (!variables_gather(nothing, COMMAND_SCHEMA, argc, argv, cli_is_option, &v, &d)) {
        fprintf(stderr, "dockgate: %s\n", d.text);
    } else if (v.help) {
        command_print_help(COMMAND_SCHEMA, stdout);
        status = 0;
    } else if (v.nwords == 0) {
        print_schema();
        status = 0;
    } else {
        status = command_takes_no(COMMAND_SCHEMA, v.words[0]);
    }
    variables_free(&v);
    return status;
}
