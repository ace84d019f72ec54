/* Limits on queries: what they let pass, in every spelling that some engine reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/query.h"
/* after the above, which it needs */
#include <cmocka.h>

static const struct slice PLAIN[] = {SLICE_INIT("aux"), SLICE_INIT("-ef")};
static const struct slice OPTIONAL[] = {SLICE_INIT(""), SLICE_INIT("?"), SLICE_INIT("1*")};
static const struct slice REFERENCE[] = {SLICE_INIT("example.org/**")};

static const struct query_limit LIMITS[] = {
    {.name = SLICE_INIT("ps_args"), .pattern = PLAIN, .n = 2},
    {.name = SLICE_INIT("tail"), .pattern = OPTIONAL, .n = 3},
    {.name = SLICE_INIT("fromImage"), .pattern = REFERENCE, .n = 1},
    {.name = SLICE_INIT("never"), .pattern = NULL, .n = 0},
};

/* clang-format off */
static const struct {
    size_t limit;
    const char *query;
    enum query_wrong wrong;
} ROWS[] = {
    {0, "ps_args=aux",                  QUERY_FINE},
    {0, "ps_args=-ef",                  QUERY_FINE},
    {0, "x=y&ps_args=aux&z",            QUERY_FINE},
    {0, "&&ps_args=aux&&",              QUERY_FINE},
    {0, "%70s_args=%61ux",              QUERY_FINE},
    {0, "ps%5Fargs=aux",                QUERY_FINE},
    {0, "ps_args=auxe",                 QUERY_VALUE},
    {0, "ps_args=aux+e",                QUERY_VALUE},
    {0, "ps_args=aux%00",               QUERY_VALUE},
    {0, "ps_args=AUX",                  QUERY_VALUE},
    {0, "ps_args=",                     QUERY_VALUE},
    {0, "ps_args",                      QUERY_VALUE},
    {0, "ps_args=aux=",                 QUERY_VALUE},
    {0, "",                             QUERY_MISSING},
    {0, "x=aux",                        QUERY_MISSING},
    {0, "ps_args.0=aux",                QUERY_MISSING},
    {0, "ps_args=aux&ps_args=aux",      QUERY_TWICE},
    {0, "ps_args=aux&%70s_args=eww",    QUERY_TWICE},
    {0, "PS_ARGS=eww&ps_args=aux",      QUERY_SPELLING},
    {0, "ps_args=aux&p%73_Args=eww",    QUERY_SPELLING},
    {0, "ps_args=aux&p%C5%BF_args=eww", QUERY_SPELLING},
    {0, "ps_args=aux;ps_args=eww",      QUERY_UNREADABLE},
    {0, "ps_args=aux&x=%zz",            QUERY_UNREADABLE},
    {0, "ps_args=aux&x=%4",             QUERY_UNREADABLE},
    {0, "ps_args=aux&x=%",              QUERY_UNREADABLE},
    {0, "ps_args=aux&x;y",              QUERY_UNREADABLE},
    {0, "ps_args=aux%3Bx",              QUERY_VALUE},
    {1, "",                             QUERY_FINE},
    {1, "tail=",                        QUERY_FINE},
    {1, "tail=7",                       QUERY_FINE},
    {1, "tail=100",                     QUERY_FINE},
    {1, "tail=all",                     QUERY_VALUE},
    {2, "fromImage=example.org/a/b",    QUERY_FINE},
    {2, "fromImage=example.org%2Fa",    QUERY_FINE},
    {2, "fromImage=example.com/a",      QUERY_VALUE},
    {2, "fromimage=example.org/a",      QUERY_SPELLING},
    {3, "",                             QUERY_MISSING},
    {3, "never=",                       QUERY_VALUE},
};

static const struct {
    const char *name;
    const char *other;
    bool fold;
} FOLDS[] = {
    {"ks", "ks", true}, {"ks", "KS", true}, {"ks", "\xe2\x84\xaa\xc5\xbf", true}, {"\xc5\xbf", "S", true},
    {"ks", "k", false}, {"k", "ks", false}, {"a_b", "a-b", false}, {"[", "{", false}, {"", "", true},
};
/* clang-format on */

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct query_limit limit = LIMITS[ROWS[i].limit];
        struct query_limits limits = {.at = &limit, .n = 1};
        const struct query_limit *whose = NULL;
        operation_set_add(&limit.operations, OPERATION_CONTAINER_TOP);
        operation_set_add(&limits.some, OPERATION_CONTAINER_TOP);
        struct slice query = slice_from_text(ROWS[i].query);
        enum query_wrong wrong = query_check(&limits, OPERATION_CONTAINER_TOP, query, &whose);
        if (wrong != ROWS[i].wrong) {
            print_error("row %zu: %s: %d\n", i, ROWS[i].query, (int)wrong);
            fail();
        }
        assert_ptr_equal(whose, &limit);
        assert_int_equal(query_check(&limits, OPERATION_SYSTEM_PING, query, &whose), QUERY_FINE);
    }
}

/* What is too long for any pattern is refused where a pattern is asked, and else left alone. */
static void test_long(void **state)
{
    static char text[5000];
    struct query_limit limit = LIMITS[2];
    struct query_limits limits = {.at = &limit, .n = 1};
    const struct query_limit *whose;
    struct buf b;
    (void)state;
    operation_set_add(&limit.operations, OPERATION_CONTAINER_TOP);
    operation_set_add(&limits.some, OPERATION_CONTAINER_TOP);
    for (unsigned place = 0; place < 2; place++) {
        buf_init(&b, text, sizeof(text));
        (void)buf_put(&b, place == 0 ? SLICE("fromImage=example.org/")
                                     : SLICE("fromImage=example.org/a&x="));
        for (size_t i = 0; i < 4000; i++) {
            (void)buf_put_byte(&b, 'y');
        }
        assert_int_equal(query_check(&limits, OPERATION_CONTAINER_TOP, buf_slice(&b), &whose),
                         place == 0 ? QUERY_VALUE : QUERY_FINE);
    }
}

static void test_folds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(FOLDS) / sizeof(FOLDS[0]); i++) {
        assert_int_equal(
            query_names_fold(slice_from_text(FOLDS[i].name), slice_from_text(FOLDS[i].other)),
            FOLDS[i].fold);
    }
}

static void test_told(void **state)
{
    char text[200];
    struct buf b;
    (void)state;
    buf_init(&b, text, sizeof(text));
    query_put_wrong(QUERY_VALUE, &LIMITS[1], &b);
    assert_true(slice_equal(buf_slice(&b), SLICE("the query's tail must be one of: \"\", ?, 1*")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_folds),
        cmocka_unit_test(test_told),
    };
    return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
