/* A small writer of JSON on a stream. It keeps no stack: a list or object that has just ended is
 * something that stands before whatever follows it. */
#include "cli/json.h"

#include "base/buf.h"
#include "base/limits.h"

/* An escaped byte takes six. */
#define ESCAPED_MAX ((size_t)6 * LIMIT_TARGET)

static void begin_value(struct json_out *j, const char *key)
{
    fputs(j->more ? "," : "", j->out);
    if (key != NULL) {
        fprintf(j->out, "\"%s\":", key);
    }
    j->more = true;
}

void json_text(struct json_out *j, const char *key, struct slice text)
{
    static char storage[ESCAPED_MAX];
    struct buf b;

    begin_value(j, key);
    buf_init(&b, storage, sizeof(storage));
    (void)buf_put_json(&b, slice_sub(text, 0, LIMIT_TARGET)); /* there is room for the worst */
    fprintf(j->out, "\"%.*s\"", (int)b.len, storage);
}

void json_bool(struct json_out *j, const char *key, bool value)
{
    begin_value(j, key);
    fputs(value ? "true" : "false", j->out);
}

void json_number(struct json_out *j, const char *key, size_t value)
{
    begin_value(j, key);
    fprintf(j->out, "%zu", value);
}

void json_none(struct json_out *j, const char *key)
{
    begin_value(j, key);
    fputs("null", j->out);
}

void json_begin(struct json_out *j, const char *key, char bracket)
{
    begin_value(j, key);
    fputc(bracket, j->out);
    j->more = false;
}

void json_end(struct json_out *j, char bracket)
{
    fputc(bracket, j->out);
    j->more = true;
}
