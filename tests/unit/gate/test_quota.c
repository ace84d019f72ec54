/* Limits: how they are written, the bucket at moments that the test says, places taken and given.
 */
#include "gate/quota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#define SECOND_US UINT64_C(1000000)

/* What is written, and all limits in the order of the struct; or a part of the error. */
static const struct {
    const char *text;
    const char *limits;
    const char *error;
} WRITTEN[] = {
    {"", "0 0 0 0 0 0", NULL},
    {"rate=50", "50 0 0 0 0 0", NULL},
    {"rate=50, burst=100 ,requests=2,streams=3,body=7,answer=8", "50 100 2 3 7 8", NULL},
    {"body=1K", "0 0 0 0 1024 0", NULL},
    {"body=2m", "0 0 0 0 2097152 0", NULL},
    {"body=3G,", "0 0 0 0 3221225472 0", NULL},
    {"rate=1000000", "1000000 0 0 0 0 0", NULL},
    {"rate=1,rate=2", "2 0 0 0 0 0", NULL},
    {"rate=1000001", NULL, "rate=NUMBER, at most 1000000"},
    {"rate=0", NULL, "rate=0: write rate=NUMBER"},
    {"rate", NULL, "rate: write rate=NUMBER"},
    {"rate=1K", NULL, "rate=1K"},
    {"rate=-1", NULL, "rate=-1"},
    {"body=K", NULL, "body=SIZE (such as 1M)"},
    {"body=9999999G", NULL, "body=9999999G"},
    {"body=18446744073709551616", NULL, "body=18446744073709551616"},
    {"stream=1", NULL, "stream is no limit; the nearest is streams"},
    {"burst=1", NULL, "burst has no meaning without rate"},
};

static void test_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(WRITTEN) / sizeof(WRITTEN[0]); i++) {
        struct quota_limits l;
        struct diag d = {{0}};
        char text[128];
        bool ok = quota_read(slice_from_text(WRITTEN[i].text), &l, &d);

        (void)snprintf(text, sizeof(text), "%ju %ju %ju %ju %ju %ju", (uintmax_t)l.rate,
                       (uintmax_t)l.burst, (uintmax_t)l.requests, (uintmax_t)l.streams,
                       (uintmax_t)l.body, (uintmax_t)l.answer);
        if (ok != (WRITTEN[i].limits != NULL) || (ok ? strcmp(text, WRITTEN[i].limits) != 0
                                                     : strstr(d.text, WRITTEN[i].error) == NULL)) {
            fail_msg("%s: %s", WRITTEN[i].text, ok ? text : d.text);
        }
        assert_int_equal(quota_is_set(&l), ok && i > 0);
    }
}

/* Requests at these moments (in milliseconds), and which of them pass. */
static const struct {
    uint64_t rate;
    uint64_t burst;
    unsigned ms[8];
    const char *passes; /* '+', or the seconds after which to try again */
} TIMES[] = {
    {2, 1, {0, 0, 499, 500, 501, 1000, 1000, 5000}, "+11+1+1+"},
    {1, 3, {0, 0, 0, 0, 999, 1000, 1000, 2000}, "+++11+1+"},
    {2, 0, {0, 0, 0, 500, 500, 9000, 9000, 9000}, "++1+1++1"},
    {1, 1, {0, 0, 0, 1, 999, 1000, 1999, 2000}, "+1111+1+"},
};

static void test_rate(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(TIMES) / sizeof(TIMES[0]); i++) {
        struct quota q = {.limits = {.rate = TIMES[i].rate, .burst = TIMES[i].burst}};
        for (size_t n = 0; n < 8; n++) {
            uint32_t retry_s;
            uint64_t now_us = 7 * SECOND_US + TIMES[i].ms[n] * UINT64_C(1000);
            enum quota_excess excess = quota_take(&q, OPERATION_PLAIN, now_us, &retry_s);
            char seen = excess == QUOTA_FREE ? '+' : (char)('0' + retry_s);

            if (seen != TIMES[i].passes[n] || (excess != QUOTA_FREE && excess != QUOTA_RATE)) {
                fail_msg("row %zu, request %zu: %c", i, n, seen);
            }
        }
        /* What was refused holds no place. */
        size_t passed = 0;
        for (size_t n = 0; n < 8; n++) {
            passed += TIMES[i].passes[n] == '+';
        }
        assert_int_equal(q.requests, passed);
    }
}

static void test_retry_is_when_it_passes(void **state)
{
    (void)state;
    struct quota q = {.limits = {.rate = 1, .burst = 1}};
    uint32_t retry_s;
    /* A burst of one a second, but the bucket is nine seconds behind. */
    q.due_ns = 10 * SECOND_US * 1000;
    assert_int_equal(quota_take(&q, OPERATION_PLAIN, 1 * SECOND_US, &retry_s), QUOTA_RATE);
    assert_int_equal(retry_s, 9);
    assert_int_equal(quota_take(&q, OPERATION_PLAIN, 10 * SECOND_US, &retry_s), QUOTA_FREE);
}

static void test_places(void **state)
{
    (void)state;
    struct quota q = {.limits = {.requests = 2, .streams = 1}};
    uint32_t retry_s;
    assert_int_equal(quota_take(&q, OPERATION_PLAIN, 0, &retry_s), QUOTA_FREE);
    assert_int_equal(quota_take(&q, OPERATION_UPLOAD, 0, &retry_s), QUOTA_FREE);
    assert_int_equal(quota_take(&q, OPERATION_PLAIN, 0, &retry_s), QUOTA_REQUESTS);
    assert_int_equal(retry_s, 1);
    assert_int_equal(quota_take(&q, OPERATION_STREAM, 0, &retry_s), QUOTA_FREE);
    assert_int_equal(quota_take(&q, OPERATION_UPGRADE, 0, &retry_s), QUOTA_STREAMS);
    quota_give(&q, OPERATION_UPLOAD);
    assert_int_equal(quota_take(&q, OPERATION_PLAIN, 0, &retry_s), QUOTA_FREE);
    quota_give(&q, OPERATION_STREAM);
    assert_int_equal(quota_take(&q, OPERATION_UPGRADE, 0, &retry_s), QUOTA_FREE);
    assert_int_equal(q.requests, 2);
    assert_int_equal(q.streams, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written),
        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_retry_is_when_it_passes),
        cmocka_unit_test(test_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
