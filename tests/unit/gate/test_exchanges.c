/* Memory of exchanges: what is kept for the next one, and what is not. */
#include "gate/exchanges.h"
#include "gate/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* after the above, which it needs */
#include <cmocka.h>

/* The sanitizer has each of them allocated by itself. */
#ifdef __SANITIZE_ADDRESS__
#define KEEPS 0
#else
#define KEEPS 1
#endif

static struct exchange *take(struct exchanges *of, size_t extra, bool brief)
{
    struct exchange *x = exchanges_take(of, extra, brief);
    assert_non_null(x);
    memset(x->bytes, 'x', extra); /* all of it is there */
    return x;
}

static void test_usual_one_comes_again(void **state)
{
    (void)state;
    struct exchanges of = {0};
    struct exchange *first = take(&of, 100, true);
    exchanges_give(first);
    assert_int_equal(of.nspare, KEEPS);
    struct exchange *again = take(&of, 352, true); /* whatever it was taken for before */
    assert_true(again == first || !KEEPS);
    assert_int_equal(of.nspare, 0);
    exchanges_give(again);
    exchanges_fini(&of);
    assert_null(of.spare);
    assert_int_equal(of.nspare, 0);
}

/* A long one would take a large place for an hour, and a large one has none. */
static void test_others_are_allocated_by_themselves(void **state)
{
    (void)state;
    struct exchanges of = {0};
    exchanges_give(take(&of, 100, true));
    struct exchange *stays = take(&of, 100, false);
    struct exchange *large = take(&of, 353, true);
    assert_null(stays->home);
    assert_null(large->home);
    assert_int_equal(of.nspare, KEEPS);
    exchanges_give(stays);
    exchanges_give(large);
    assert_int_equal(of.nspare, KEEPS);
    exchanges_fini(&of);
}

static void test_no_more_than_some_are_kept(void **state)
{
    (void)state;
    enum { MANY = 600, KEPT = 512 };
    static struct exchange *all[MANY];
    struct exchanges of = {0};
    for (size_t i = 0; i < MANY; i++) {
        all[i] = take(&of, i % 352, true);
    }
    for (size_t i = 0; i < MANY; i++) {
        exchanges_give(all[i]);
    }
    assert_int_equal(of.nspare, KEEPS * KEPT);
    exchanges_fini(&of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual_one_comes_again),
        cmocka_unit_test(test_others_are_allocated_by_themselves),
        cmocka_unit_test(test_no_more_than_some_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
