/* Times: rows, and every day of four hundred years there and back. */
#include "policy/learn_time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the above, which it needs */
#include <cmocka.h>

static void test_every_day(void **state)
{
    (void)state;
    char text[32];
    for (uint64_t day = 0; day < UINT64_C(146097) + 366; day++) {
        struct buf out;
        uint64_t ms = day * 86400000 + day % 86400 * 1000;
        uint64_t got;
        buf_init(&out, text, sizeof(text));
        learn_time_put(&out, ms);
        struct slice in = buf_slice(&out);
        assert_int_equal(in.len, 20);
        assert_true(learn_time_take_rfc3339(&in, &got));
        assert_int_equal(in.len, 0);
        assert_int_equal(got, ms);
    }
}

static void test_rows(void **state)
{
    (void)state;
    static const struct {
        struct slice classic;
        struct slice rfc;
        uint64_t ms; /* 0: none */
    } rows[] = {
        {SLICE_INIT("01/Jan/1970:00:00:01 +0000"), SLICE_INIT("1970-01-01T00:00:01Z"), 1000},
        {SLICE_INIT("25/Jan/2023:15:25:12 -0500"), SLICE_INIT("2023-01-25T15:25:12-05:00"),
         1674678312000},
        {SLICE_INIT("29/Feb/2024:23:59:60 +0545"), SLICE_INIT("2024-02-29T23:59:60+05:45"),
         1709230500000},
        {SLICE_INIT("31/Dec/9999:23:59:59 +0000"), SLICE_INIT("9999-12-31T23:59:59Z"),
         253402300799000},
        {SLICE_INIT("01/Jan/1970:00:00:01 +0100"), SLICE_INIT("1970-01-01T00:00:01+01:00"), 0},
        {SLICE_INIT("29/Feb/2023:15:25:12 -0500"), SLICE_INIT("2023-02-29T15:25:12-05:00"), 0},
        {SLICE_INIT("00/Jan/2023:15:25:12 -0500"), SLICE_INIT("2023-01-00T15:25:12-05:00"), 0},
        {SLICE_INIT("25/jan/2023:15:25:12 -0500"), SLICE_INIT("2023-13-25T15:25:12-05:00"), 0},
        {SLICE_INIT("25/Jan/1969:15:25:12 -0500"), SLICE_INIT("1969-01-25T15:25:12-05:00"), 0},
        {SLICE_INIT("25/Jan/2023:24:25:12 -0500"), SLICE_INIT("2023-01-25T24:25:12-05:00"), 0},
        {SLICE_INIT("25/Jan/2023:15:25:12  0500"), SLICE_INIT("2023-01-25T15:25:12-0500"), 0},
        {SLICE_INIT("25/Jan/2023 15:25:12 -0500"), SLICE_INIT("2023-01-25 15:25:12-05:00"), 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice in = rows[i].classic;
        uint64_t ms = 0;
        assert_int_equal(learn_time_take_classic(&in, &ms) ? ms : 0, rows[i].ms);
        in = rows[i].rfc;
        assert_int_equal(learn_time_take_rfc3339(&in, &ms) ? ms : 0, rows[i].ms);
    }
}

static void test_spans(void **state)
{
    (void)state;
    static const struct {
        uint64_t ms;
        struct slice text;
    } rows[] = {
        {0, SLICE_INIT("0s")},        {59999, SLICE_INIT("59s")},      {60000, SLICE_INIT("1m")},
        {61000, SLICE_INIT("1m 1s")}, {3600000, SLICE_INIT("1h")},     {3659999, SLICE_INIT("1h")},
        {86400000, SLICE_INIT("1d")}, {90000000, SLICE_INIT("1d 1h")},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[32];
        struct buf out;
        buf_init(&out, text, sizeof(text));
        learn_time_put_span(&out, rows[i].ms);
        assert_true(slice_equal(buf_slice(&out), rows[i].text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_spans),
    };
    return cmocka_run_group_tests_name("learn time", tests, NULL, NULL);
}
