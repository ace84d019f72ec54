/* Slices: every function at its edges.
 * Rows where there are several cases of one kind.
 * Inputs end at a page that nobody may read. */
#include "../support/guard.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct slice placed(const char *text)
{
    struct slice s = slice_from_text(text);

    return slice_of(guard_place(s), s.len);
}

static void test_number(void **state)
{
    static const struct {
        const char *text;
        unsigned radix;
        uint64_t max;
        bool ok;
        uint64_t value;
    } rows[] = {
        /* clang-format off */
        {"0",                      10, 9,          true,  0},
        {"007",                    10, 9,          true,  7},
        {"9",                      10, 9,          true,  9},
        {"10",                     10, 9,          false, 0},
        {"18446744073709551615",   10, UINT64_MAX, true,  UINT64_MAX},
        {"18446744073709551616",   10, UINT64_MAX, false, 0},
        {"18446744073709551625",   10, UINT64_MAX, false, 0},
        {"99999999999999999999",   10, UINT64_MAX, false, 0},
        {"000000000000000000000009", 10, 9,        true,  9},
        {"fF",                     16, 255,        true,  255},
        {"ffffffffffffffff",       16, UINT64_MAX, true,  UINT64_MAX},
        {"10000000000000000",      16, UINT64_MAX, false, 0},
        {"777",                    8,  511,        true,  511},
        {"8",                      8,  511,        false, 0},
        {"",                       10, 9,          false, 0},
        {"a",                      10, 99,         false, 0},
        {"g",                      16, 99,         false, 0},
        {"+1",                     10, 9,          false, 0},
        {"-1",                     10, 9,          false, 0},
        {" 1",                     10, 9,          false, 0},
        {"1 ",                     10, 9,          false, 0},
        {"0x1",                    16, 9,          false, 0},
        {"/",                      10, 99,         false, 0},
        {":",                      10, 99,         false, 0},
        {"@",                      16, 99,         false, 0},
        {"`",                      16, 99,         false, 0},
        /* clang-format on */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t value = 42;
        bool ok = slice_to_u64(placed(rows[i].text), rows[i].radix, rows[i].max, &value);

        if (ok != rows[i].ok || value != (ok ? rows[i].value : 42)) {
            fail_msg("\"%s\" in radix %u: %d, %lu", rows[i].text, rows[i].radix, ok, value);
        }
    }
}

static void test_next(void **state)
{
    struct slice rest = placed("a,,b,");
    struct slice part;

    (void)state;
    assert_true(slice_next(&rest, ',', &part) && slice_equal(part, SLICE("a")));
    assert_true(slice_next(&rest, ',', &part) && slice_equal(part, SLICE("")));
    assert_true(slice_next(&rest, ',', &part) && slice_equal(part, SLICE("b")));
    assert_true(slice_next(&rest, ',', &part) && slice_equal(part, SLICE("")));
    assert_false(slice_next(&rest, ',', &part));
    assert_null(rest.at);

    rest = SLICE("");
    assert_true(slice_next(&rest, ',', &part) && part.len == 0);
    assert_false(slice_next(&rest, ',', &part));
}

static void test_trim(void **state)
{
    (void)state;
    assert_true(slice_equal(slice_trim(placed(" \t a b\t ")), SLICE("a b")));
    assert_true(slice_equal(slice_trim(placed("a")), SLICE("a")));
    assert_int_equal(slice_trim(placed(" \t ")).len, 0);
    assert_int_equal(slice_trim(slice_of(NULL, 0)).len, 0);
    assert_true(slice_equal(slice_trim(placed("\r\na\v")), SLICE("\r\na\v")));
}

static void test_compare(void **state)
{
    (void)state;
    assert_true(slice_equal_nocase(placed("Content-LENGTH"), SLICE("cONTENT-length")));
    assert_false(slice_equal_nocase(placed("a"), SLICE("ab")));
    assert_false(slice_equal_nocase(placed("@"), SLICE("`")));
    assert_false(slice_equal_nocase(placed("["), SLICE("{")));
    assert_false(slice_equal_nocase(placed("\xc1"), SLICE("\xe1")));
    assert_true(slice_equal_nocase(slice_of(NULL, 0), SLICE("")));
    assert_true(slice_equal(slice_of(NULL, 0), SLICE("")));
    assert_true(slice_starts_with(placed("abc"), SLICE("ab")));
    assert_false(slice_starts_with(placed("a"), SLICE("ab")));
    assert_true(slice_ends_with(placed("abc"), SLICE("bc")));
    assert_false(slice_ends_with(placed("c"), SLICE("bc")));
}

static void test_parts(void **state)
{
    (void)state;
    assert_int_equal(slice_find(placed("abcb"), 'b'), 1);
    assert_int_equal(slice_find(placed("abc"), 'x'), 3);
    assert_int_equal(slice_find(slice_of(NULL, 0), 'x'), 0);
    assert_true(slice_equal(slice_sub(placed("abc"), 1, 1), SLICE("b")));
    assert_true(slice_equal(slice_sub(placed("abc"), 1, SIZE_MAX), SLICE("bc")));
    assert_int_equal(slice_sub(placed("abc"), 9, 1).len, 0);
    assert_int_equal(slice_sub(slice_of(NULL, 0), 1, 1).len, 0);
    assert_int_equal(slice_from_text(NULL).len, 0);
    assert_int_equal(slice_from_text("abc").len, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number),  cmocka_unit_test(test_next),  cmocka_unit_test(test_trim),
        cmocka_unit_test(test_compare), cmocka_unit_test(test_parts),
    };

    return cmocka_run_group_tests_name("base slice", tests, NULL, NULL);
}
