/* Lists of rules: which rule answers, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "policy/rule.h"
/* after the above, which it needs */
#include <cmocka.h>

#define VERSION       "(?:/v[0-9]+(?:\\.[0-9]+)*)?"
#define TEXT(literal) SLICE_INIT(literal)

static const struct rule_text rules[] = {
    /* clang-format off */
    {TEXT("GET,HEAD"), TEXT("/_ping"),                              TEXT("ping")},
    {TEXT("GET"),      TEXT("/containers/.*"),                      TEXT("containers")},
    {TEXT("GET"),      TEXT("/containers/web/json"),                TEXT("web")},
    {TEXT("GET"),      TEXT("/containers/web/json"),                TEXT("web again")},
    {TEXT("GET"),      TEXT("/images/(json|search)"),               TEXT("images")},
    {TEXT("GET"),      TEXT("/v1\\.4[0-9]/info"),                   TEXT("info")},
    {TEXT("GET"),      TEXT(VERSION "/volumes"),                    TEXT("volumes")},
    {TEXT("GET"),      TEXT(VERSION "/v1.41/tasks"),                TEXT("odd")},
    {TEXT("GET"),      TEXT(VERSION "?/nodes"),                     TEXT("lazy")},
    {TEXT("GET"),      TEXT(VERSION "(/configs|/secrets)"),         TEXT("group")},
    {TEXT("DELETE"),   TEXT(".*"),                                  TEXT("all")},
    {TEXT("POST"),     TEXT("(a*)*[bc]"),                              TEXT("slow")},
    {TEXT("POST"),     TEXT("/auth|/build"),                        TEXT("either")},
    /* clang-format on */
};

static const struct {
    const char *method;
    const char *path;
    const char *name; /* "": denied */
} match_rows[] = {
    /* clang-format off */
    {"GET",    "/_ping",                  "ping"},
    {"HEAD",   "/_ping",                  "ping"},
    {"POST",   "/_ping",                  ""},
    {"get",    "/_ping",                  ""},
    {"BREW",   "/_ping",                  ""},
    {"GET",    "/v1.41/_ping",            ""},
    {"GET",    "/containers/web/json",    "containers"},
    {"GET",    "/containers/web/jso",     "containers"},
    {"GET",    "/containers/web/json2",   "containers"},
    {"GET",    "/containers/",            "containers"},
    {"GET",    "/containers",             ""},
    {"GET",    "/images/search",          "images"},
    {"GET",    "/images/x",               ""},
    {"GET",    "/v1.41/info",             "info"},
    {"GET",    "/info",                   ""},
    {"GET",    "/volumes",                "volumes"},
    {"GET",    "/v1.41/volumes",          "volumes"},
    {"GET",    "/v1./volumes",            ""},
    {"GET",    "/v1.41/v1.41/volumes",    ""},
    {"GET",    "/v1.41/tasks",            "odd"},
    {"GET",    "/v1.41/v1.41/tasks",      "odd"},
    {"GET",    "/v1.41/nodes",            "lazy"},
    {"GET",    "/v1.41/secrets",          "group"},
    {"GET",    "/configs",                "group"},
    {"DELETE", "/x",                      "all"},
    {"DELETE", "/\xc3\xa9",               "all"},
    {"DELETE", "/\xff",                   ""},
    {"POST",   "/build",                  "either"},
    {"POST",   "",                        ""},
    /* clang-format on */
};

static struct rule_list *list_of(const struct rule_text *text, size_t n)
{
    struct rule_list *l = rule_list_new();
    struct diag d;
    for (size_t i = 0; i < n; i++) {
        assert_true(rule_list_add(l, text[i], &d));
    }
    assert_true(rule_list_seal(l));
    return l;
}

static void test_matches(void **state)
{
    struct rule_list *l = list_of(rules, sizeof(rules) / sizeof(rules[0]));
    struct pattern_room *room = pattern_room_new();
    (void)state;
    for (size_t i = 0; i < sizeof(match_rows) / sizeof(match_rows[0]); i++) {
        struct slice name;
        struct slice wanted = slice_from_text(match_rows[i].name);
        enum pattern_answer answer =
            rule_list_match(l, slice_from_text(match_rows[i].method),
                            slice_from_text(match_rows[i].path), room, &name);
        if (!slice_equal(name, wanted)) {
            print_error("%s %s: %.*s\n", match_rows[i].method, match_rows[i].path, (int)name.len,
                        name.at);
        }
        assert_true(slice_equal(name, wanted));
        assert_int_equal(answer, wanted.len == 0 ? PATTERN_NO : PATTERN_YES);
    }
    pattern_room_free(room);
    rule_list_free(l);
}

/* A rule whose match is given up denies, and is named. */
static void test_limit(void **state)
{
    struct rule_list *l = list_of(rules, sizeof(rules) / sizeof(rules[0]));
    struct pattern_room *room = pattern_room_new();
    struct slice name;
    (void)state;
    assert_int_equal(
        rule_list_match(l, SLICE("POST"), SLICE("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), room, &name),
        PATTERN_LIMIT);
    assert_true(slice_equal(name, SLICE("slow")));
    pattern_room_free(room);
    rule_list_free(l);
}

/* Whatever the index leaves out would not have matched: each rule of a list answers as it does
 * alone. */
static void test_order(void **state)
{
    static const char *const parts[] = {"/", "/a", "/ab", "/abc", "/b", "/v1.41/a", "/a.c"};
    const size_t n = sizeof(parts) / sizeof(parts[0]);
    struct pattern_room *room = pattern_room_new();
    (void)state;
    for (size_t skipped = 0; skipped < n; skipped++) {
        struct rule_text text[2 * sizeof(parts) / sizeof(parts[0])];
        size_t used = 0;
        for (size_t i = 0; i < n; i++) {
            if (i != skipped) {
                struct slice p = slice_from_text(parts[i]);
                text[used++] = (struct rule_text){SLICE("GET"), p, p};
            }
        }
        struct rule_list *l = list_of(text, used);
        for (size_t i = 0; i < n; i++) {
            struct slice name;
            struct slice path = slice_from_text(parts[i]);
            bool wanted = i != skipped || slice_equal(path, SLICE("/abc"));
            assert_int_equal(rule_list_match(l, SLICE("GET"), path, room, &name),
                             wanted ? PATTERN_YES : PATTERN_NO);
        }
        rule_list_free(l);
    }
    pattern_room_free(room);
}

static void test_refused(void **state)
{
    static const struct {
        struct rule_text text;
        const char *named;
    } rows[] = {
        {{TEXT("GTE"), TEXT("/"), TEXT("x")}, "\"GTE\" is no method; the nearest is GET"},
        {{TEXT("GET,"), TEXT("/"), TEXT("x")}, "\"\" is no method"},
        {{TEXT("GET"), TEXT("a(?=b)"), TEXT("x")}, "lookahead"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rule_list *l = rule_list_new();
        struct diag d;
        assert_false(rule_list_add(l, rows[i].text, &d));
        assert_non_null(strstr(d.text, rows[i].named));
        assert_int_equal(rule_list_count(l), 0);
        rule_list_free(l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
