/* The matcher: from a method and a decoded path to the operation that the engine would run.
 * The first segment picks a group of rows, the method and the ends of the path pick the row.
 * Nothing is allocated or copied; each byte of the path is looked at a bounded number of times. */
#include "api/match.h"

enum method {
    METHOD_OTHER,
    METHOD_DELETE,
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
};

/* What may stand between head and tail; the words of the engine's router are in brackets. */
enum names {
    NAMES_NONE,
    NAMES_ONE,  /* one segment, not empty ({id}) */
    NAMES_ANY,  /* anything, slashes too; nothing only where the path ends in it ({name:.*}) */
    NAMES_SOME, /* as ANY, but never nothing ({id:.+}) */
    NAMES_TWO,  /* one segment, then a tail that ends in a second one */
};

#define TEXT(literal)                                                                              \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

struct route {
    struct slice head;
    struct slice tail;
    uint8_t method; /* enum method */
    uint8_t names;  /* enum names */
};

static const struct route routes[OPERATION_COUNT] = {
/* clang-format off */
#define OPERATION(id, method, head, name, tail, names, ...) \
    {TEXT(head), TEXT(tail), METHOD_##method, NAMES_##names},
#include "api/operations.def"
#undef OPERATION
    /* clang-format on */
};

/* Where each group starts among the rows. A group takes no number of its own: BEFORE_x steps back,
 * so that the row behind it has the number of START_x. */
enum {
#define OPERATION_GROUP(id, ...) START_##id, BEFORE_##id = START_##id - 1,
#define OPERATION(id, ...)       ROW_##id,
#include "api/operations.def"
#undef OPERATION
    ROW_COUNT,
};
_Static_assert((int)ROW_COUNT == (int)OPERATION_COUNT, "groups must not shift the rows");

struct group {
    struct slice segment;
    size_t start;
};

static const struct group groups[] = {
#define OPERATION(...)
#define OPERATION_GROUP(id, segment, ...) {TEXT(segment), START_##id},
#include "api/operations.def"
#undef OPERATION
};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

static enum method method_of(struct slice method)
{
    static const struct {
        struct slice text;
        enum method method;
    } known[] = {
        {TEXT("GET"), METHOD_GET}, {TEXT("POST"), METHOD_POST},     {TEXT("HEAD"), METHOD_HEAD},
        {TEXT("PUT"), METHOD_PUT}, {TEXT("DELETE"), METHOD_DELETE},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (slice_equal(method, known[i].text)) {
            return known[i].method;
        }
    }
    return METHOD_OTHER;
}

/* Takes "/v1.41" off the front of `path` where something follows it. The engine's pattern is one
 * segment "v[0-9.]+", so "v.", "v1..2" and "v01.41" are versions to it as well. */
static struct slice version_take(struct slice *path)
{
    if (!slice_starts_with(*path, SLICE("/v"))) {
        return slice_of(path->at, 0);
    }
    size_t end = 2;
    while (end < path->len &&
           ((path->at[end] >= '0' && path->at[end] <= '9') || path->at[end] == '.')) {
        end++;
    }
    if (end == 2 || end == path->len || path->at[end] != '/') {
        return slice_of(path->at, 0);
    }
    struct slice version = slice_sub(*path, 2, end - 2);
    *path = slice_sub(*path, end, path->len);
    return version;
}

static bool is_segment(struct slice s)
{
    return s.len != 0 && slice_find(s, '/') == s.len;
}

/* "t1" and "cp1" of "t1/checkpoints/cp1", which is `middle`. */
static bool match_two(const struct route *r, struct slice middle, struct slice names[2])
{
    struct slice between = slice_sub(r->tail, 0, slice_find(r->tail, '{'));
    size_t end = slice_find(middle, '/');
    struct slice first = slice_sub(middle, 0, end);
    struct slice rest = slice_sub(middle, end, middle.len);
    struct slice second = slice_sub(rest, between.len, rest.len);
    if (!slice_starts_with(rest, between) || !is_segment(first) || !is_segment(second)) {
        return false;
    }
    names[0] = first;
    names[1] = second;
    return true;
}

/* Whether the path is this route's; `names` is set only then. */
static bool match_route(const struct route *r, struct slice path, struct slice names[2])
{
    if (r->names == NAMES_NONE) {
        return slice_equal(path, r->head);
    }
    if (!slice_starts_with(path, r->head)) {
        return false;
    }
    struct slice middle = slice_sub(path, r->head.len, path.len);
    if (r->names == NAMES_TWO) {
        return match_two(r, middle, names);
    }
    if (!slice_ends_with(middle, r->tail)) {
        return false;
    }
    struct slice name = slice_sub(middle, 0, middle.len - r->tail.len);
    /* A clean path can't have an empty name before a tail ("//"), only at its end. */
    bool matches = r->names == NAMES_ONE
                       ? is_segment(name)
                       : name.len != 0 || (r->names == NAMES_ANY && r->tail.len == 0);
    if (matches) {
        names[0] = name;
    }
    return matches;
}

static enum operation_id match_rows(size_t from, size_t to, enum method method, struct slice path,
                                    struct slice names[2])
{
    for (size_t i = from; i < to; i++) {
        if (routes[i].method == method && match_route(&routes[i], path, names)) {
            return (enum operation_id)i;
        }
    }
    return OPERATION_NONE;
}

/* The first segment of "/containers/json"; two below Podman's own, "libpod/containers". */
static struct slice first_segment(struct slice path)
{
    struct slice rest = slice_sub(path, 1, path.len);
    size_t end = slice_find(rest, '/');
    if (end < rest.len && slice_equal(slice_sub(rest, 0, end), SLICE("libpod"))) {
        end += 1 + slice_find(slice_sub(rest, end + 1, rest.len), '/');
    }
    return slice_sub(rest, 0, end);
}

static const struct group *group_find(struct slice path)
{
    struct slice segment = first_segment(path);
    for (size_t i = 0; i < GROUPS; i++) {
        if (slice_equal(segment, groups[i].segment)) {
            return &groups[i];
        }
    }
    return NULL;
}

bool api_match(struct slice method, struct slice path, struct api_match *m)
{
    *m = (struct api_match){.operation = OPERATION_NONE};
    enum method wanted = method_of(method);
    /* A newline matches no pattern of the engine's; other bytes do. */
    if (wanted == METHOD_OTHER || slice_find(path, '\n') != path.len) {
        return false;
    }
    m->version = version_take(&path);
    const struct group *g = group_find(path);
    if (g == NULL) {
        return false;
    }
    size_t end = g == &groups[GROUPS - 1] ? OPERATION_COUNT : g[1].start;
    struct slice names[2] = {{NULL, 0}, {NULL, 0}};
    m->operation = match_rows(g->start, end, wanted, path, names);
    if (m->operation == OPERATION_NONE && wanted == METHOD_HEAD) {
        m->operation = match_rows(g->start, end, METHOD_GET, path, names);
    }
    if (m->operation == OPERATION_NONE) {
        return false;
    }
    m->names[0] = names[0];
    m->names[1] = names[1];
    return true;
}
