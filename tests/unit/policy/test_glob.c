/* Globs, row by row, and against texts that would make a backtracking matcher slow. */
#include "policy/glob.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* clang-format off */
static const struct {
    const char *pattern;
    const char *text;
    bool matches;
} ROWS[] = {
    {"web",     "web",      true},
    {"web",     "web1",     false},
    {"web-*",   "web-",     true},
    {"web-*",   "web-1",    true},
    {"web-*",   "xweb-1",   false},
    {"*-web",   "a-web",    true},
    {"*-web",   "a-web-b",  false},
    {"*",       "",         true},
    {"*",       "a/b",      false},
    {"**",      "a/b",      true},
    {"**",      "",         true},
    {"a/*",     "a/b",      true},
    {"a/*",     "a/b/c",    false},
    {"a/**",    "a/b/c",    true},
    {"a/**/z",  "a/b/c/z",  true},
    {"a/**/z",  "a/z",      false},
    {"a/**z",   "a/b/z",    true},
    {"***",     "a/b",      true},
    {"?",       "a",        true},
    {"?",       "/",        false},
    {"?",       "",         false},
    {"a?c*",    "abcd",     true},
    {"*a*b*",   "xxaxxbxx", true},
    {"*a*b*",   "xxbxxaxx", false},
    {"**a/*b",  "x/a/cb",   true},
    {"a*a",     "a",        false},
    {"a*a",     "aa",       true},
    {"ab*ba",   "aba",      false},
    {"ab**cd",  "ab/cd",    true},
    {"ab*cd",   "ab/cd",    false},
    {"*?",      "",         false},
    {"[ab]",    "a",        false},
    {"[ab]",    "[ab]",     true},
    {"web-*",   "WEB-1",    false},
};
/* clang-format on */

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        bool matches = glob_match(slice_from_text(ROWS[i].pattern), slice_from_text(ROWS[i].text));
        if (matches != ROWS[i].matches) {
            print_error("row %zu: %s on %s\n", i, ROWS[i].pattern, ROWS[i].text);
            fail();
        }
    }
}

/* What stands for itself at both ends. */
static void test_ends(void **state)
{
    static const struct {
        const char *pattern;
        size_t begin;
        size_t end;
    } rows[] = {{"web", 3, 3}, {"web-*", 4, 0}, {"*-web", 0, 4}, {"a?bc*d", 1, 1},
                {"**", 0, 0},  {"", 0, 0},      {"a*b", 1, 1},   {"?ab", 0, 2}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice pattern = slice_from_text(rows[i].pattern);
        assert_int_equal(glob_begin(pattern), rows[i].begin);
        assert_int_equal(glob_end(pattern), rows[i].end);
    }
}

static void test_limits(void **state)
{
    (void)state;
    static char pattern[GLOB_MAX + 2];
    static char text[GLOB_TEXT_MAX + 2];
    memset(text, 'a', sizeof(text));
    for (size_t i = 0; i < sizeof(pattern); i++) {
        pattern[i] = i % 2 == 0 ? '*' : 'a';
    }
    /* Each star may end anywhere: this takes ages where one after the other is tried. */
    pattern[GLOB_MAX - 1] = 'b';
    assert_false(glob_match(slice_of(pattern, GLOB_MAX), slice_of(text, GLOB_TEXT_MAX)));
    pattern[GLOB_MAX - 1] = 'a';
    assert_true(glob_match(slice_of(pattern, GLOB_MAX), slice_of(text, GLOB_TEXT_MAX)));
    assert_false(glob_match(slice_of(pattern, GLOB_MAX + 2), slice_of(text, GLOB_TEXT_MAX)));
    assert_false(glob_match(slice_of(pattern, GLOB_MAX), slice_of(text, GLOB_TEXT_MAX + 1)));
}

static void test_ids(void **state)
{
    (void)state;
    assert_true(glob_may_be_id(SLICE("*")));
    assert_true(glob_may_be_id(SLICE("cafe")));
    assert_true(glob_may_be_id(SLICE("0?F*")));
    assert_false(glob_may_be_id(SLICE("web*")));
    assert_false(glob_may_be_id(SLICE("ca-fe")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_ids),
    };
    return cmocka_run_group_tests_name("glob", tests, NULL, NULL);
}
