/* Edit distance by rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/nearest.h"
/* after the above, which it needs */
#include <cmocka.h>

static void test_rows(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        size_t distance;
    } rows[] = {
        {"PING", "PING", 0},    {"PING", "PIN", 1},        {"PING", "PINGS", 1},
        {"PING", "PONG", 1},    {"PING", "IPNG", 1},       {"PATH", "AUTH", 2},
        {"LANG", "PING", 2},    {"START", "STRAT", 1},     {"ABC", "CBA", 2},
        {"A", "XYZ", 3},        {"", "PING", NEAREST_FAR}, {"PING", "", NEAREST_FAR},
        {"EVENTS", "EVENT", 1}, {"INFO", "IFNO", 1},       {"INFO", "ping", 4},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice a = slice_from_text(rows[i].a);
        struct slice b = slice_from_text(rows[i].b);
        assert_int_equal(nearest_distance(a, b), rows[i].distance);
        assert_int_equal(nearest_distance(b, a), rows[i].distance);
    }
}

static void test_long_names(void **state)
{
    char text[NEAREST_NAME_MAX + 1];
    (void)state;
    memset(text, 'A', sizeof(text));
    struct slice longest = slice_of(text, NEAREST_NAME_MAX);
    assert_int_equal(nearest_distance(longest, longest), 0);
    assert_int_equal(nearest_distance(slice_of(text, sizeof(text)), longest), NEAREST_FAR);
}

static void test_best(void **state)
{
    struct slice best = {NULL, 0};
    size_t distance = NEAREST_FAR;
    (void)state;
    nearest_try(SLICE("IMAGE"), SLICE("INFO"), &best, &distance);
    nearest_try(SLICE("IMAGE"), SLICE("IMAGES"), &best, &distance);
    nearest_try(SLICE("IMAGE"), SLICE("SERVICES"), &best, &distance);
    assert_int_equal(distance, 1);
    assert_true(slice_equal(best, SLICE("IMAGES")));
}

static void test_close(void **state)
{
    static const struct {
        const char *wanted;
        const char *known;
        bool close;
    } rows[] = {
        {"srve", "serve", true},
        {"policy", "policies", true},
        {"helthcheck", "healthcheck", true},
        {"start", "learn", false},
        {"run", "man", false},
        {"version", "serve", false},
        {"TLS", "OWN", false},
        {"FOO", "LOG", false},
        {"", "LOG", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slice wanted = slice_from_text(rows[i].wanted);
        size_t distance = nearest_distance(wanted, slice_from_text(rows[i].known));
        assert_int_equal(nearest_is_close(wanted, distance), rows[i].close);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_best),
        cmocka_unit_test(test_close),
    };
    return cmocka_run_group_tests_name("policy nearest", tests, NULL, NULL);
}
