/* Buffers: whole or nothing, full for good, and escapes that nothing gets through.
 * Each row is tried with every size of buffer up to one that fits exactly.
 * The same file tries the error object, which is a buffer of its own kind. */
#include "base/buf.h"
#include "base/diag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

typedef bool (*putter)(struct buf *b, struct slice s);

struct put_case {
    struct slice in;
    const char *out;
};

#define PUT(in, out)                                                                               \
    {                                                                                              \
        SLICE_INIT(in), out                                                                        \
    }

/* clang-format off */
static const struct put_case json_cases[] = {
    PUT("",                          ""),
    PUT("a b",                       "a b"),
    PUT("\"\\/",                     "\\\"\\\\/"),
    PUT("\0\n\x1f\x7f",              "\\u0000\\u000a\\u001f\\u007f"),
    PUT("\xc3\xa9",                  "\xc3\xa9"),
    PUT("\xe2\x82\xac\xf0\x9f\x90\xb3", "\xe2\x82\xac\xf0\x9f\x90\xb3"),
    PUT("\xef\xbf\xbf\xf4\x8f\xbf\xbf", "\xef\xbf\xbf\xf4\x8f\xbf\xbf"),
    PUT("\xff" "a",                  "\xef\xbf\xbd" "a"),
    PUT("\x80",                      "\xef\xbf\xbd"),
    PUT("\xc3",                      "\xef\xbf\xbd"),
    PUT("\xc3\"",                    "\xef\xbf\xbd\\\""),
    PUT("\xc0\xaf",                  "\xef\xbf\xbd\xef\xbf\xbd"),
    PUT("\xe0\x80\xaf",              "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"),
    PUT("\xed\xa0\x80",              "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"),
    PUT("\xf4\x90\x80\x80",          "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"),
    PUT("\xe2\x82",                  "\xef\xbf\xbd\xef\xbf\xbd"),
};

static const struct put_case escape_cases[] = {
    PUT("",                          ""),
    PUT("GET /a?b=c",                "GET /a?b=c"),
    PUT("\"\\",                      "\\\"\\\\"),
    PUT("a\r\nb",                    "a\\x0d\\x0ab"),
    PUT("\0\x1b[0m\x7f\xff",         "\\x00\\x1b[0m\\x7f\\xff"),
    PUT("~ ",                        "~ "),
};
/* clang-format on */

static void check(putter put, const struct put_case *row)
{
    struct slice wanted = slice_from_text(row->out);
    struct buf b;

    for (size_t size = 0; size <= wanted.len; size++) {
        char *storage = malloc(size + 1); /* one more only because 0 may give none */

        buf_init(&b, storage, size);
        if (put(&b, row->in) != (size == wanted.len)) {
            fail_msg("\"%s\" and %zu bytes", row->out, size);
        }
        assert_int_equal(b.full, size < wanted.len);
        assert_int_equal(b.len, size < wanted.len ? 0 : wanted.len);
        assert_true(b.full || slice_equal(buf_slice(&b), wanted));
        free(storage);
    }
}

static void test_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(json_cases) / sizeof(json_cases[0]); i++) {
        check(buf_put_json, &json_cases[i]);
    }
}

static void test_escaped(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(escape_cases) / sizeof(escape_cases[0]); i++) {
        check(buf_put_escaped, &escape_cases[i]);
    }
}

/* Each byte at each place of texts of each length must come out as it does by itself: the writers
 * look at eight bytes at a time where they can. */
static void check_everywhere(bool (*put)(struct buf *b, struct slice s))
{
    char in[32];
    char storage[256];
    char single[16];
    struct buf out;
    struct buf one;

    for (size_t len = 1; len <= sizeof(in); len++) {
        for (size_t place = 0; place < len; place++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                memset(in, 'a', sizeof(in));
                in[place] = (char)byte;
                buf_init(&out, storage, sizeof(storage));
                buf_init(&one, single, sizeof(single));
                assert_true(put(&out, slice_of(in, len)) && put(&one, slice_of(in + place, 1)));
                assert_int_equal(out.len, len - 1 + one.len);
                assert_memory_equal(out.at, in, place);
                assert_memory_equal(out.at + place, one.at, one.len);
                assert_memory_equal(out.at + place + one.len, in + place + 1, len - place - 1);
            }
        }
    }
}

static void test_everywhere(void **state)
{
    (void)state;
    check_everywhere(buf_put_json);
    check_everywhere(buf_put_escaped);
}

static void test_full(void **state)
{
    char storage[4];
    struct buf b;

    (void)state;
    buf_init(&b, storage, sizeof(storage));
    assert_true(buf_put(&b, SLICE("abc")));
    assert_false(buf_put(&b, SLICE("de")));
    assert_true(b.full);
    assert_false(buf_put_byte(&b, 'd')); /* would fit, but something is missing already */
    assert_false(buf_put(&b, SLICE("")));
    assert_false(buf_putf(&b, "%s", ""));
    assert_false(buf_put_json(&b, SLICE("")));
    assert_true(slice_equal(buf_slice(&b), SLICE("abc")));
}

static void test_numbers(void **state)
{
    char storage[64];
    struct buf b;

    (void)state;
    buf_init(&b, storage, sizeof(storage));
    assert_true(buf_put_u64(&b, 0) && buf_put_byte(&b, ' ') && buf_put_u64(&b, UINT64_MAX));
    assert_true(buf_put_byte(&b, ' ') && buf_put_hex(&b, 0) && buf_put_hex(&b, UINT64_MAX));
    assert_true(slice_equal(buf_slice(&b), SLICE("0 18446744073709551615 0ffffffffffffffff")));
}

static void check_number(uint64_t value)
{
    char storage[20];
    char wanted[24];
    struct buf b;
    size_t len = (size_t)snprintf(wanted, sizeof(wanted), "%llu", (unsigned long long)value);

    buf_init(&b, storage, len - 1);
    assert_false(buf_put_u64(&b, value));
    assert_true(b.full && b.len == 0);
    buf_init(&b, storage, len);
    assert_true(buf_put_u64(&b, value));
    assert_int_equal(b.len, len);
    assert_memory_equal(storage, wanted, len);
}

/* Each number of digits at its ends, and all short numbers. */
static void test_digits(void **state)
{
    uint64_t power = 1;

    (void)state;
    for (int digits = 0; digits < 20; digits++, power *= 10) {
        check_number(power - 1);
        check_number(power);
        check_number(power + 1);
    }
    for (uint64_t value = 0; value < 11000; value++) {
        check_number(value);
    }
}

static void test_format(void **state)
{
    char storage[5];
    struct buf b;

    (void)state;
    buf_init(&b, storage, sizeof(storage));
    assert_true(buf_putf(&b, "%d", 1234)); /* the fifth byte is for the terminator */
    assert_true(slice_equal(buf_slice(&b), SLICE("1234")));
    assert_false(buf_putf(&b, "%d", 5));
    assert_true(b.full && b.len == 4);
}

static void test_diag(void **state)
{
    static char huge[2 * DIAG_MAX];
    struct diag d = {""};

    (void)state;
    assert_false(diag_set(&d, "no %s", "file"));
    assert_false(diag_wrap(&d, "line %d", 7));
    assert_string_equal(d.text, "line 7: no file");

    memset(huge, 'x', sizeof(huge) - 1);
    assert_false(diag_set(&d, "%s", huge));
    assert_int_equal(strnlen(d.text, sizeof(d.text)), DIAG_MAX - 1);
    assert_false(diag_wrap(&d, "a"));
    assert_int_equal(strnlen(d.text, sizeof(d.text)), DIAG_MAX - 1);
    assert_memory_equal(d.text, "a: xxx", 6);
    assert_false(diag_wrap(&d, "%s", huge));
    assert_int_equal(strnlen(d.text, sizeof(d.text)), DIAG_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),       cmocka_unit_test(test_escaped),
        cmocka_unit_test(test_full),       cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_format),     cmocka_unit_test(test_diag),
        cmocka_unit_test(test_everywhere), cmocka_unit_test(test_digits),
    };

    return cmocka_run_group_tests_name("base buf", tests, NULL, NULL);
}
