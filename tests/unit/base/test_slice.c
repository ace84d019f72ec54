/* Slices: every function at its edges.
 * Rows where there are several cases of one kind.
 * Inputs end at a page that nobody may read. */
#include "../support/guard.h"

#include "base/word.h"

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

/* Texts of all lengths that a word or two hold, with one byte that differs, at each place. */
static void test_nocase(void **state)
{
    static const struct {
        char one;
        char other;
        bool equal;
    } rows[] = {
        {'a', 'A', true},     {'Z', 'z', true},        {'@', '`', false},      {'[', '{', false},
        {'a', 'b', false},    {'a', 'B', false},       {'0', '\x10', false},   {'\0', ' ', false},
        {'a', '\0', false},   {'\xc1', '\xe1', false}, {'A', '\xc1', false},   {'a', '\xc1', false},
        {'?', '\x7f', false}, {'_', '\x7f', false},    {'\xff', '\xff', true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t len = 1; len < 28; len++) {
            for (size_t at = 0; at < len; at++) {
                char one[32];
                char other[32];
                memset(one, 'q', len);
                memset(other, 'Q', len);
                one[at] = rows[i].one;
                other[at] = rows[i].other;
                bool equal = slice_equal_nocase(slice_of(guard_place(slice_of(one, len)), len),
                                                slice_of(other, len)) &&
                             slice_equal_nocase(slice_of(guard_place(slice_of(other, len)), len),
                                                slice_of(one, len));
                if (equal != rows[i].equal) {
                    fail_msg("row %zu, %zu bytes, at %zu", i, len, at);
                }
            }
        }
    }
}

/* Each byte at each place among each others: none is counted that is not there. */
static void test_word_count(void **state)
{
    (void)state;
    for (unsigned of = 0; of < 0x80; of++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            for (size_t at = 0; at < WORD_BYTES; at++) {
                char text[WORD_BYTES];
                memset(text, (int)(of ^ 1U), sizeof(text));
                text[at] = (char)byte;
                assert_int_equal(word_count(word_other(word_load(text), (uint8_t)of)), byte == of);
                memset(text, (int)of, sizeof(text));
                text[at] = (char)byte;
                assert_int_equal(word_count(word_other(word_load(text), (uint8_t)of)),
                                 byte == of ? WORD_BYTES : WORD_BYTES - 1);
            }
        }
    }
}

/* Each byte at each place: it becomes what it should, and no neighbour does. */
static void test_word_lower(void **state)
{
    (void)state;
    for (unsigned around = 0; around < 256; around++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            for (size_t at = 0; at < WORD_BYTES; at++) {
                char text[WORD_BYTES];
                char low[WORD_BYTES];
                memset(text, (int)around, sizeof(text));
                memset(low, around >= 'A' && around <= 'Z' ? (int)(around + 32) : (int)around,
                       sizeof(low));
                text[at] = (char)byte;
                low[at] = (char)(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
                assert_true(word_lower(word_load(text)) == word_load(low));
            }
        }
    }
}

/* All bytes of a short text bear on its word, and none beside them. */
static void test_word_short(void **state)
{
    (void)state;
    for (size_t len = 1; len < WORD_BYTES; len++) {
        char text[WORD_BYTES] = "abcdefg";
        const char *placed_at = guard_place(slice_of(text, len));
        uint64_t word = word_load_short(placed_at, len);
        for (size_t at = 0; at < len; at++) {
            char changed[WORD_BYTES];
            memcpy(changed, text, sizeof(text));
            changed[at] = 'x';
            assert_true(word_load_short(changed, len) != word);
        }
    }
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
        cmocka_unit_test(test_number),     cmocka_unit_test(test_next),
        cmocka_unit_test(test_trim),       cmocka_unit_test(test_compare),
        cmocka_unit_test(test_nocase),     cmocka_unit_test(test_word_count),
        cmocka_unit_test(test_word_lower), cmocka_unit_test(test_word_short),
        cmocka_unit_test(test_parts),
    };

    return cmocka_run_group_tests_name("base slice", tests, NULL, NULL);
}
