/* Rules out of the templates of the operation table. */
#include "policy/rule_write.h"

/* In the order in which they are written. */
static const struct slice METHODS[] = {
    SLICE_INIT("GET"), SLICE_INIT("HEAD"),   SLICE_INIT("POST"),
    SLICE_INIT("PUT"), SLICE_INIT("DELETE"),
};

/* Whether paths of another operation begin as this one's and go on behind a slash, which a name
 * with slashes would take in. */
static bool goes_on(const struct operation *o)
{
    bool found = false;

    for (size_t i = 0; i < OPERATION_COUNT && !found; i++) {
        const struct operation *other = operation_get((enum operation_id)i);

        found = slice_equal(other->method, o->method) && slice_starts_with(other->path, o->path) &&
                slice_starts_with(slice_sub(other->path, o->path.len, other->path.len), SLICE("/"));
    }
    return found;
}

/* The template with a pattern for each name; a dot stands for itself. */
static void put_path(const struct operation *o, struct buf *out)
{
    bool slashes = operation_has_image_names(o) && !goes_on(o);
    struct slice name = slashes ? SLICE(".+") : SLICE("[^/]+");
    struct slice rest = o->path;

    while (rest.len > 0) {
        size_t used = 1;

        if (rest.at[0] == '{') {
            used = slice_find(rest, '}') + 1;
            (void)buf_put(out, name);
        } else {
            (void)buf_put(out, rest.at[0] == '.' ? SLICE("\\") : SLICE(""));
            (void)buf_put_byte(out, rest.at[0]);
        }
        rest = slice_sub(rest, used, rest.len);
    }
}

/* What stands before the path. */
static void put_front(enum dialect_id dialect, struct slice method, struct buf *out)
{
    bool lines = dialect == DIALECT_CETUSGUARD;

    (void)buf_put(out, lines ? SLICE("") : SLICE("SP_ALLOW_"));
    (void)buf_put(out, method);
    (void)buf_put(out, lines ? SLICE(" %API_PREFIX%") : SLICE("=(/v[0-9.]+)?"));
}

void rule_write(enum dialect_id dialect, struct slice method, enum operation_id op, struct buf *out)
{
    put_front(dialect, method, out);
    put_path(operation_get(op), out);
}

/* All operations of a method: as alternatives of one variable, or on lines of their own. */
static void write_method(enum dialect_id dialect, struct slice method,
                         const struct operation_set *wanted, struct buf *out)
{
    bool lines = dialect == DIALECT_CETUSGUARD;
    bool any = false;

    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        const struct operation *o = operation_get((enum operation_id)i);

        if (!operation_set_has(wanted, (enum operation_id)i) || !slice_equal(o->method, method)) {
            continue;
        }
        if (lines || !any) {
            put_front(dialect, method, out);
        }
        (void)buf_put(out, lines ? SLICE("") : any ? SLICE("|") : SLICE("("));
        put_path(o, out);
        (void)buf_put(out, lines ? SLICE("\n") : SLICE(""));
        any = true;
    }
    (void)buf_put(out, any && !lines ? SLICE(")\n") : SLICE(""));
}

void rule_write_all(enum dialect_id dialect, const struct operation_set *wanted, struct buf *out)
{
    for (size_t i = 0; i < sizeof(METHODS) / sizeof(METHODS[0]); i++) {
        write_method(dialect, METHODS[i], wanted, out);
    }
}
