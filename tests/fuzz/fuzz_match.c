/* The matcher: input is a method, a space, and a path as it is after decoding.
 * Whatever matches must be what its row says: the template, with the names put in again, is the
 * path; names of one segment hold no slash; the method is the row's, but for HEAD, which goes with
 * GET. */
#include "fuzz.h"

#include "../unit/support/guard.h"
#include "api/match.h"

/* Groups whose names are one segment, never empty (engine-facts, Routing). */
static bool has_single_names(struct slice path)
{
    static const struct slice groups[] = {
        {"/configs/", 9}, {"/nodes/", 7}, {"/secrets/", 9}, {"/services/", 10}, {"/tasks/", 7},
    };
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        if (slice_starts_with(path, groups[i])) {
            return true;
        }
    }
    return false;
}

/* Takes `part` off the front of `*rest`, which must start with it. */
static void expect_next(struct slice *rest, struct slice part)
{
    FUZZ_EXPECT(slice_starts_with(*rest, part));
    *rest = slice_sub(*rest, part.len, rest->len);
}

static void check_template(struct slice template, const struct api_match *m, struct slice rest)
{
    if (m->version.len != 0) {
        expect_next(&rest, SLICE("/v"));
        expect_next(&rest, m->version);
        for (size_t i = 0; i < m->version.len; i++) {
            char c = m->version.at[i];
            FUZZ_EXPECT((c >= '0' && c <= '9') || c == '.');
        }
    }
    for (size_t i = 0; template.len != 0; i++) {
        size_t open = slice_find(template, '{');
        expect_next(&rest, slice_sub(template, 0, open));
        template = slice_sub(template, open, template.len);
        if (template.len != 0) {
            FUZZ_EXPECT(i < 2);
            expect_next(&rest, m->names[i]);
            template = slice_sub(template, slice_find(template, '}') + 1, template.len);
        }
    }
    FUZZ_EXPECT(rest.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = slice_of((const char *)data, size);
    size_t space = slice_find(in, ' ');
    struct slice method = slice_sub(in, 0, space);
    struct slice path = slice_sub(in, space + 1, in.len);
    struct api_match m;

    if (size > FUZZ_MAX || space == size) {
        return 0;
    }
    path.at = guard_place(path);
    if (!api_match(method, path, &m)) {
        FUZZ_EXPECT(m.operation == OPERATION_NONE);
        return 0;
    }
    FUZZ_EXPECT(m.operation < OPERATION_COUNT);
    const struct operation *o = operation_get(m.operation);
    FUZZ_EXPECT(slice_equal(method, o->method) ||
                (slice_equal(method, SLICE("HEAD")) && slice_equal(o->method, SLICE("GET"))));
    check_template(o->path, &m, path);
    FUZZ_EXPECT(slice_find(m.names[0], '\n') == m.names[0].len);
    if (has_single_names(o->path) && slice_find(o->path, '{') != o->path.len) {
        FUZZ_EXPECT(m.names[0].len != 0 && slice_find(m.names[0], '/') == m.names[0].len);
    }
    return 0;
}
