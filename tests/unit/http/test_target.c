/* Targets: the path as the engine routes it, or why there is none.
 * Each row's input ends at a page that nobody may read, and the storage is exactly as long as the
 * contract says. Sorted by what they try. */
#include "../support/guard.h"

#include "http/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define NO_QUERY                                                                                   \
    {                                                                                              \
        NULL, 0                                                                                    \
    }

static const struct target_case {
    struct slice in;
    enum http_refusal refusal;
    struct slice path;
    struct slice query;
} targets[] = {
/* clang-format off */
#define READS(in, path, query) {SLICE_INIT(in), HTTP_REFUSAL_NONE, SLICE_INIT(path), query}
#define FAILS(in, why) {SLICE_INIT(in), HTTP_REFUSAL_##why, {NULL, 0}, {NULL, 0}}
    READS("/",                         "/",                   NO_QUERY),
    READS("/containers/json",          "/containers/json",    NO_QUERY),
    READS("/networks/",                "/networks/",          NO_QUERY),
    READS("/a?",                       "/a",                  SLICE_INIT("")),
    READS("/a??",                      "/a",                  SLICE_INIT("?")),
    READS("/a?x=1&y",                  "/a",                  SLICE_INIT("x=1&y")),
    READS("/a?f={\"l\":[\"x\"]}",      "/a",                  SLICE_INIT("f={\"l\":[\"x\"]}")),
    READS("/a?/../b//c/%zz%00#d",      "/a",                  SLICE_INIT("/../b//c/%zz%00#d")),
    READS("/%63ontainers/json",        "/containers/json",    NO_QUERY),
    READS("/containers%2fjson",        "/containers/json",    NO_QUERY),
    READS("/containers%2Fjson?%2F",    "/containers/json",    SLICE_INIT("%2F")),
    READS("/a%25%36%61",               "/a%6a",               NO_QUERY),
    READS("/a%252e%252e",              "/a%2e%2e",            NO_QUERY),
    READS("/%252e%252e/a",             "/%2e%2e/a",           NO_QUERY),
    READS("/a%3fb",                    "/a?b",                NO_QUERY),
    READS("/a%23b",                    "/a#b",                NO_QUERY),
    READS("/a%20b",                    "/a b",                NO_QUERY),
    READS("/a+b",                      "/a+b",                NO_QUERY),
    READS("/a%5c",                     "/a\\",                NO_QUERY),
    READS("/a\\..\\b",                 "/a\\..\\b",           NO_QUERY),
    READS("/..;/a",                    "/..;/a",              NO_QUERY),
    READS("/.../a",                    "/.../a",              NO_QUERY),
    READS("/.a/a./..a/a..",            "/.a/a./..a/a..",      NO_QUERY),
    READS("/%c0%af",                   "/\xc0\xaf",           NO_QUERY),
    READS("/a{b}|^`<>\"",              "/a{b}|^`<>\"",        NO_QUERY),
    FAILS("",                          BAD_TARGET),
    FAILS("a",                         BAD_TARGET),
    FAILS("*",                         BAD_TARGET),
    FAILS("?a",                        BAD_TARGET),
    FAILS("%2fa",                      BAD_TARGET),
    FAILS("\\a",                       BAD_TARGET),
    FAILS("http://d/",                 BAD_TARGET),
    FAILS("/a#b",                      BAD_TARGET),
    FAILS("/a#?b",                     BAD_TARGET),
    FAILS("/a\xc3\xa9",                BAD_TARGET),
    FAILS("/a?\xff",                   BAD_TARGET),
    FAILS("/a b",                      BAD_TARGET),
    FAILS("/a?b c",                    BAD_TARGET),
    FAILS("/a\tb",                     BAD_BYTE),
    FAILS("/a\0b",                     BAD_BYTE),
    FAILS("/a\x7f",                    BAD_BYTE),
    FAILS("/a?\n",                     BAD_BYTE),
    FAILS("/a?\x7f",                   BAD_BYTE),
    FAILS("/a%00",                     BAD_BYTE),
    FAILS("/a%0a",                     BAD_BYTE),
    FAILS("/a%0d%0aX:y",               BAD_BYTE),
    FAILS("/a%1F",                     BAD_BYTE),
    FAILS("/a%7f",                     BAD_BYTE),
    FAILS("/a%",                       BAD_PATH),
    FAILS("/a%2",                      BAD_PATH),
    FAILS("/a%2?f",                    BAD_PATH),
    FAILS("/a%zz",                     BAD_PATH),
    FAILS("/a%u006a",                  BAD_PATH),
    FAILS("/a%%41",                    BAD_PATH),
    FAILS("/a%+1",                     BAD_PATH),
    FAILS("//",                        BAD_PATH),
    FAILS("//a",                       BAD_PATH),
    FAILS("/a//b",                     BAD_PATH),
    FAILS("/a//",                      BAD_PATH),
    FAILS("/%2fa",                     BAD_PATH),
    FAILS("/a/%2F",                    BAD_PATH),
    FAILS("/.",                        BAD_PATH),
    FAILS("/..",                       BAD_PATH),
    FAILS("/./",                       BAD_PATH),
    FAILS("/a/.",                      BAD_PATH),
    FAILS("/a/..",                     BAD_PATH),
    FAILS("/a/../b",                   BAD_PATH),
    FAILS("/a/./b",                    BAD_PATH),
    FAILS("/%2e",                      BAD_PATH),
    FAILS("/%2E%2e/b",                 BAD_PATH),
    FAILS("/.%2e/b",                   BAD_PATH),
    FAILS("/a%2f..%2fb",               BAD_PATH),
    FAILS("/a/..?b",                   BAD_PATH),
#undef READS
#undef FAILS
    /* clang-format on */
};

static bool same(struct slice a, struct slice b)
{
    return (a.at == NULL) == (b.at == NULL) && slice_equal(a, b);
}

static void test_targets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        const struct target_case *row = &targets[i];
        struct http_target target;
        char *storage = malloc(row->in.len + 1);
        struct slice in = slice_of(guard_place(row->in), row->in.len);
        enum http_refusal refusal = http_target_read(in, storage, &target);

        if (refusal != row->refusal) {
            fail_msg("%.*s: %.*s", (int)row->in.len, row->in.at,
                     (int)http_refusal_name(refusal).len, http_refusal_name(refusal).at);
        }
        if (refusal == HTTP_REFUSAL_NONE &&
            (!same(target.path, row->path) || !same(target.query, row->query))) {
            fail_msg("%.*s: path %.*s, query %.*s", (int)row->in.len, row->in.at,
                     (int)target.path.len, target.path.at, (int)target.query.len, target.query.at);
        }
        free(storage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_targets)};

    return cmocka_run_group_tests_name("http target", tests, NULL, NULL);
}
