/* The counters: what a request and an exchange's end add, and the sum over workers. That the relay
 * counts each exchange once, however it ends, is checked by test_relay. */
#include "gate/counters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* after the above, which it needs */
#include <cmocka.h>

static struct counters *fresh(void)
{
    struct counters *c = calloc(1, sizeof(*c));
    assert_non_null(c);
    return c;
}

static struct counters_sum sum_of(const struct counters *a, const struct counters *b)
{
    struct counters_sum sum = {.n = {0}};
    counters_add_to(a, &sum);
    counters_add_to(b, &sum);
    return sum;
}

static void ask(struct counters *c, enum operation_id op, enum verdict_kind kind, uint64_t now_us)
{
    struct verdict v = {.kind = kind, .match = {.operation = op}};
    counters_request(c, &v, now_us);
}

static void test_requests(void **state)
{
    (void)state;
    struct counters *a = fresh();
    struct counters *b = fresh();
    ask(a, OPERATION_SYSTEM_INFO, VERDICT_ALLOW, 500);
    ask(a, OPERATION_SYSTEM_INFO, VERDICT_ALLOW, 900);
    ask(b, OPERATION_SYSTEM_INFO, VERDICT_ALLOW, 300);
    ask(b, OPERATION_SYSTEM_INFO, VERDICT_WOULD_DENY, 400);
    ask(b, OPERATION_CONTAINER_KILL, VERDICT_DENY, 100);
    ask(b, OPERATION_NONE, VERDICT_DENY, 100);
    ask(b, OPERATION_NONE, VERDICT_REJECT, 100);
    struct counters_sum sum = sum_of(a, b);
    assert_int_equal(sum.n[COUNTER_VERDICT + VERDICT_ALLOW], 3);
    assert_int_equal(sum.n[COUNTER_VERDICT + VERDICT_DENY], 2);
    assert_int_equal(sum.n[COUNTER_VERDICT + VERDICT_REJECT], 1);
    assert_int_equal(sum.n[COUNTER_VERDICT + VERDICT_WOULD_DENY], 1);
    const struct counters_use_sum *info = sum.use[OPERATION_SYSTEM_INFO];
    assert_int_equal(info[VERDICT_ALLOW].n, 3);
    assert_int_equal(info[VERDICT_ALLOW].first_us, 300);
    assert_int_equal(info[VERDICT_ALLOW].last_us, 900);
    assert_int_equal(info[VERDICT_WOULD_DENY].n, 1);
    assert_int_equal(info[VERDICT_DENY].n, 0);
    assert_int_equal(sum.use[OPERATION_CONTAINER_KILL][VERDICT_DENY].n, 1);
    free(a);
    free(b);
}

static void test_ends(void **state)
{
    (void)state;
    static const struct {
        unsigned status;
        unsigned class;
    } rows[] = {{0, 0},   {101, 1}, {200, 2}, {299, 2}, {304, 3},
                {404, 4}, {503, 5}, {599, 5}, {600, 0}, {999, 0}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct counters *a = fresh();
        struct counters *b = fresh();
        counters_end(a, rows[i].status, UINT64_C(1) << 40, 7);
        counters_end(b, rows[i].status, 1, 0);
        struct counters_sum sum = sum_of(a, b);
        for (unsigned class = 0; class < COUNTERS_CLASSES; class ++) {
            assert_int_equal(sum.n[COUNTER_STATUS + class], class == rows[i].class ? 2 : 0);
        }
        assert_int_equal(sum.n[COUNTER_BYTES_IN], (UINT64_C(1) << 40) + 1);
        assert_int_equal(sum.n[COUNTER_BYTES_OUT], 7);
        free(a);
        free(b);
    }
}

static void test_own(void **state)
{
    (void)state;
    struct counters *a = fresh();
    struct counters *b = fresh();
    static const unsigned statuses[] = {400, 403, 501, 502, 502, 503, 504, 505};
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        counters_own(a, statuses[i]);
    }
    struct counters_sum sum = sum_of(a, b);
    assert_int_equal(sum.n[COUNTER_OWN_502], 2);
    assert_int_equal(sum.n[COUNTER_OWN_503], 1);
    assert_int_equal(sum.n[COUNTER_OWN_504], 1);
    free(a);
    free(b);
}

/* What one worker writes and what the next one writes are a line apart, wherever the two lie. */
static void test_lines(void **state)
{
    (void)state;
    assert_true(offsetof(struct counters, n) >= COUNTERS_LINE);
    assert_true(sizeof(struct counters) - offsetof(struct counters, after) >= COUNTERS_LINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_own),
        cmocka_unit_test(test_lines),
    };
    return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
