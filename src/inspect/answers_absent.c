/* What the engine says of things that are not there (measured on 20.10): nothing may tell those
 * that a client may not see from those that never were. Later engines say it of images in other
 * words, so there it could be told. */
#include "inspect/answers.h"
#include "inspect/view_shape.h"

/* The words around the name; the engine writes the name of an image with its tag. */
static const struct {
    uint8_t document;
    struct slice before;
    struct slice behind;
} TEXTS[] = {
    {VIEW_CONTAINER, SLICE_INIT("No such container: "), SLICE_INIT("")},
    {VIEW_EXEC, SLICE_INIT("No such exec instance: "), SLICE_INIT("")},
    {VIEW_IMAGE, SLICE_INIT("No such image: "), SLICE_INIT("")},
    {VIEW_NETWORK, SLICE_INIT("network "), SLICE_INIT(" not found")},
    {VIEW_VOLUME, SLICE_INIT("get "), SLICE_INIT(": no such volume")},
    {VIEW_SERVICE, SLICE_INIT("service "), SLICE_INIT(" not found")},
    {VIEW_TASK, SLICE_INIT("task "), SLICE_INIT(" not found")},
    {VIEW_NODE, SLICE_INIT("node "), SLICE_INIT(" not found")},
    {VIEW_PLUGIN, SLICE_INIT("plugin \""), SLICE_INIT("\" not found")},
};

bool answers_is_untagged(struct slice name)
{
    while (slice_find(name, '/') < name.len) {
        name = slice_sub(name, slice_find(name, '/') + 1, name.len);
    }
    return slice_find(name, ':') == name.len && slice_find(name, '@') == name.len;
}

/* Writes a part, as the inside of a JSON string where that is wanted. */
static void put(struct buf *out, struct slice s, bool json)
{
    (void)(json ? buf_put_json(out, s) : buf_put(out, s));
}

static void put_text(enum operation_id op, struct slice name, bool json, struct buf *out)
{
    uint8_t document = view_answer_get(op)->document;
    bool secret = op == OPERATION_SECRET_INSPECT;
    struct slice before = secret ? SLICE("secret ") : SLICE("config ");
    struct slice behind = SLICE(" not found");
    for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
        if (TEXTS[i].document == document) {
            before = TEXTS[i].before;
            behind = TEXTS[i].behind;
        }
    }
    if (document == VIEW_IMAGE) { /* it says so twice, once with the tag */
        put(out, SLICE("no such image: "), json);
        put(out, name, json);
        put(out, SLICE(": "), json);
    }
    put(out, before, json);
    put(out, name, json);
    if (document == VIEW_IMAGE && answers_is_untagged(name)) {
        put(out, SLICE(":latest"), json);
    }
    put(out, behind, json);
}

void answers_put_absent_text(enum operation_id op, struct slice name, struct buf *out)
{
    put_text(op, name, false, out);
}

void answers_put_absent(enum operation_id op, struct slice name, struct buf *out)
{
    buf_put(out, SLICE("{\"message\":\""));
    put_text(op, name, true, out);
    buf_put(out, SLICE("\"}\n"));
}
