/* What reads the numbers of time zones, beside the C library's own reader of everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define STANDS_FOR(symbol)
#include "../../../src/sys/libc_parts.c"

#include <stdio.h>
/* after the above, which it needs */
#include <cmocka.h>

#define CLOCK "%hu%n:%hu%n:%hu%n"
#define RULE  "M%hu.%hu.%hu%n"

static void check(const char *text)
{
    unsigned short want[3] = {7, 8, 9};
    unsigned short got[3] = {7, 8, 9};
    int want_len = -1;
    int got_len = -1;
    int n = sscanf(text, CLOCK, &want[0], &want_len, &want[1], &want_len, &want[2], &want_len);
    int m = parts_scan(text, CLOCK, &got[0], &got_len, &got[1], &got_len, &got[2], &got_len);
    assert_int_equal(m, n < 0 ? 0 : n); /* EOF is as good as none: nobody asks for it */
    assert_int_equal(got_len, want_len);
    assert_memory_equal(got, want, sizeof(got));

    want_len = got_len = -1;
    n = sscanf(text, RULE, &want[0], &want[1], &want[2], &want_len);
    m = parts_scan(text, RULE, &got[0], &got[1], &got[2], &got_len);
    assert_int_equal(m, n < 0 ? 0 : n);
    assert_int_equal(got_len, want_len);
    assert_memory_equal(got, want, sizeof(got));
}

static void test_as_the_library(void **state)
{
    static const char *const rows[] = {
        "",        "5",      "5:30",    "5:30:15",   "05:00EDT", "4,M3.2.0",
        "5:",      "5:x",    "x",       ":1",        "00:0:00",  "24:59:59",
        "65535:1", "M3.2.0", "M11.1.0", "M10.5.0/3", "M3.2.0/2", "M3.2",
        "M3..0",   "M.2.0",  "M",       "m3.2.0",    "J60",      "M3.2.0,M11.1.0/2:30:15",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check(rows[i]);
    }
}

/* All texts of up to five bytes of these. */
static void test_all_short(void **state)
{
    static const char bytes[] = "\0M.:05x";
    enum { N = sizeof(bytes) - 1 };
    (void)state;
    for (unsigned number = 0; number < N * N * N * N * N; number++) {
        char text[6] = {0};
        unsigned rest = number;
        for (size_t i = 0; i < 5; i++, rest /= N) {
            text[i] = bytes[rest % N];
        }
        check(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_the_library),
        cmocka_unit_test(test_all_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
