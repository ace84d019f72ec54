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

/* The same by the table itself, row by row; a swap of neighbours looks two rows back. */
static size_t by_rows(struct slice a, struct slice b)
{
    size_t rows[NEAREST_NAME_MAX + 1][NEAREST_NAME_MAX + 1];
    for (size_t i = 0; i <= a.len; i++) {
        for (size_t j = 0; j <= b.len; j++) {
            if (i == 0 || j == 0) {
                rows[i][j] = i + j;
                continue;
            }
            size_t least = rows[i - 1][j - 1] + (a.at[i - 1] != b.at[j - 1]);
            least = rows[i - 1][j] + 1 < least ? rows[i - 1][j] + 1 : least;
            least = rows[i][j - 1] + 1 < least ? rows[i][j - 1] + 1 : least;
            if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] && a.at[i - 2] == b.at[j - 1] &&
                rows[i - 2][j - 2] + 1 < least) {
                least = rows[i - 2][j - 2] + 1;
            }
            rows[i][j] = least;
        }
    }
    return rows[a.len][b.len];
}

/* Made-up names of few letters, so that much of them is alike; every length up to the longest. */
static void test_against_the_table(void **state)
{
    uint32_t random = 1;
    char text[2][NEAREST_NAME_MAX];
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct slice name[2];
        for (size_t side = 0; side < 2; side++) {
            random = random * 1664525U + 1013904223U;
            name[side] = slice_of(text[side], 1 + (random >> 16U) % NEAREST_NAME_MAX);
            for (size_t i = 0; i < name[side].len; i++) {
                random = random * 1664525U + 1013904223U;
                text[side][i] = (char)("AB_\xff"[random >> 30U]);
            }
        }
        assert_int_equal(nearest_distance(name[0], name[1]), by_rows(name[0], name[1]));
    }
}

/* What counts no more is not kept, however near it is. */
static void test_bound(void **state)
{
    struct slice best = {NULL, 0};
    size_t distance = 2;
    (void)state;
    nearest_try(SLICE("IMAGE"), SLICE("IMAGINED"), &best, &distance);
    assert_null(best.at);
    nearest_try(SLICE("IMAGE"), SLICE("IMAGES"), &best, &distance);
    assert_true(slice_equal(best, SLICE("IMAGES")));
    nearest_try(SLICE("IMAGE"), SLICE("IMAGED"), &best, &distance);
    assert_true(slice_equal(best, SLICE("IMAGES"))); /* as near as that is not nearer */
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
        cmocka_unit_test(test_rows),  cmocka_unit_test(test_against_the_table),
        cmocka_unit_test(test_bound), cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_best),  cmocka_unit_test(test_close),
    };
    return cmocka_run_group_tests_name("policy nearest", tests, NULL, NULL);
}
