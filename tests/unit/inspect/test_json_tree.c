/* JSON documents: what is refused, and what stands in those that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/limits.h"
#include "inspect/json_tree.h"

#include <stdlib.h>
/* after the above, which it needs */
#include <cmocka.h>

static void test_refused(void **state)
{
    static const struct {
        struct slice text;
        const char *why;
    } rows[] = {
        {SLICE_INIT(""), "it is empty"},
        {SLICE_INIT("null "), "it is no object"},
        {SLICE_INIT("1 "), "it is no object"},
        {SLICE_INIT("\"a\""), "it is no object"},
        {SLICE_INIT("nul"), "it ends too early"},
        {SLICE_INIT("[]"), "it is no object"},
        {SLICE_INIT("{\"a\":1"), "it ends too early"},
        {SLICE_INIT("{\"a"), "it ends too early"},
        {SLICE_INIT("{\"a\":\"b"), "it ends too early"},
        {SLICE_INIT("{\"a\":[{}"), "it ends too early"},
        {SLICE_INIT(" "), "it ends too early"},
        {SLICE_INIT("{]"), "it is no valid JSON"},
        {SLICE_INIT("{\"a\":[}"), "it is no valid JSON"},
        {SLICE_INIT("{} {}"), "something follows the document"},
        {SLICE_INIT("{}\0"), "something follows the document"},
        {SLICE_INIT("\xef\xbb\xbf{}"), "it is no valid JSON"},
        {SLICE_INIT("{\"a\":1,\"a\":2}"), "it has a name twice in one object"},
        {SLICE_INIT("{\"a\":1,\"\\u0061\":2}"), "it has a name twice in one object"},
        {SLICE_INIT("{\"a\":\"\xff\"}"), "it has bytes that are no UTF-8"},
        {SLICE_INIT("{\"a\":\"\xed\xa0\x80\"}"), "it has bytes that are no UTF-8"},
        {SLICE_INIT("{\"a\":\"\\ud800\"}"), "it has half a surrogate pair"},
        {SLICE_INIT("{\"a\":\"\\ud800\\u0041\"}"), "it has half a surrogate pair"},
        {SLICE_INIT("{\"a\":\"\\\\\\udc00\"}"), "it has half a surrogate pair"},
        {SLICE_INIT("{\"\\udc00\":\"\"}"), "it has half a surrogate pair"},
        {SLICE_INIT("{\"a\":\"\\x\"}"), "it is no valid JSON"},
        {SLICE_INIT("{\"a\":\"\\u12g4\"}"), "it is no valid JSON"},
        {SLICE_INIT("{\"a\\u0000b\":1}"), "it has a name with NUL"},
        {SLICE_INIT("{\"a\":9223372036854775808}"), "it has a number that is too large"},
        {SLICE_INIT("{\"a\":-9223372036854775809}"), "it has a number that is too large"},
        {SLICE_INIT("{\"a\":1000000000000000000000000000000000000000000000000000000000000000.0}"),
         "it is no valid JSON"},
        {SLICE_INIT("{\"a\":-0.5}"), "it has a number that begins with -0"},
        {SLICE_INIT("{\"a\":-0}"), "it has a number that begins with -0"},
        {SLICE_INIT("{\"a\":1\0}"), "it is no valid JSON"},
        {SLICE_INIT("{\"a\":true\0,\"b\":1}"), "it is no valid JSON"},
        {SLICE_INIT("{\"a\":08}"), "it is no valid JSON"},
        {SLICE_INIT("{\"a\":NaN}"), "it is no valid JSON"},
        {SLICE_INIT("{\"a\":1,}"), "it is no valid JSON"},
        {SLICE_INIT("{\"a\":\"\t\"}"), "it is no valid JSON"},
        {SLICE_INIT("{/**/}"), "it is no valid JSON"},
        {SLICE_INIT("{\v}"), "it is no valid JSON"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *why = NULL;
        assert_null(json_tree_read(rows[i].text, &why));
        assert_string_equal(why, rows[i].why);
    }
}

static struct slice repeated(char *room, const char *part, size_t n, struct slice tail)
{
    struct slice one = slice_from_text(part);
    size_t len = 5;
    memcpy(room, "{\"a\":", 5);
    for (size_t i = 0; i < n; i++, len += one.len) {
        memcpy(room + len, one.at, one.len);
    }
    memcpy(room + len, tail.at, tail.len);
    return slice_of(room, len + tail.len);
}

static void test_limits(void **state)
{
    static char room[LIMIT_JSON_VALUES * 4];
    static char tail[LIMIT_JSON_DEPTH + 1];
    const char *why;
    (void)state;
    memset(tail, ']', sizeof(tail));
    tail[LIMIT_JSON_DEPTH - 1] = '}';
    struct json_tree *tree = json_tree_read(
        repeated(room, "[", LIMIT_JSON_DEPTH - 1, slice_of(tail, LIMIT_JSON_DEPTH)), &why);
    assert_non_null(tree);
    json_tree_free(tree);
    assert_null(json_tree_read(repeated(room, "[", LIMIT_JSON_DEPTH, slice_of(tail, 1)), &why));
    assert_string_equal(why, "it is nested too deeply");
    /* Object and list are values as well. */
    struct slice many = repeated(room, "1,", LIMIT_JSON_VALUES - 3, SLICE("1]}"));
    memcpy(room, "{\"\":[", 5);
    tree = json_tree_read(many, &why);
    assert_non_null(tree);
    assert_int_equal(json_tree_count(json_tree_at(tree, 0)), LIMIT_JSON_VALUES - 2);
    json_tree_free(tree);
    many = repeated(room, "1,", LIMIT_JSON_VALUES - 2, SLICE("1]}"));
    memcpy(room, "{\"\":[", 5);
    assert_null(json_tree_read(many, &why));
    assert_string_equal(why, "it has too many values");
    /* Brackets in texts are no levels. */
    /* Nor are commas there values. */
    assert_true(sizeof(room) > LIMIT_JSON_VALUES + 10);
    repeated(room, ",", LIMIT_JSON_VALUES + 1, SLICE("\"}"));
    room[5] = '"';
    tree = json_tree_read(slice_of(room, LIMIT_JSON_VALUES + 8), &why);
    assert_non_null(tree);
    json_tree_free(tree);
    tree =
        json_tree_read(SLICE("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[\"}"), &why);
    assert_non_null(tree);
    json_tree_free(tree);
}

static void test_values(void **state)
{
    static const struct {
        const char *name;
        enum json_kind kind;
    } rows[] = {
        {"z", JSON_KIND_INTEGER}, {"b", JSON_KIND_BOOL}, {"t", JSON_KIND_TEXT},
        {"l", JSON_KIND_LIST},    {"n", JSON_KIND_NULL}, {"r", JSON_KIND_REAL},
        {"o", JSON_KIND_OBJECT},
    };
    const char *why;
    size_t i = 0;
    (void)state;
    struct json_tree *tree = json_tree_read(
        SLICE(" {\"z\":-9223372036854775808,\"b\":true,\"t\":\"a\\u0000\\ud83d\\ude00\","
              "\"l\":[1,2],\"n\":null,\"r\":0.5,\"o\":{}} \r\n"),
        &why);
    assert_non_null(tree);
    for (; i < json_tree_count(tree); i++) {
        const struct json_tree *value = json_tree_at(tree, i);
        assert_true(slice_equal(json_tree_name(value), slice_from_text(rows[i].name)));
        assert_int_equal(json_tree_kind(value), rows[i].kind);
        if (i == 0) {
            assert_true(json_tree_integer(value) == INT64_MIN);
        } else if (i == 1) {
            assert_true(json_tree_truth(value));
        } else if (i == 2) {
            assert_true(slice_equal(json_tree_text(value), SLICE("a\0\xf0\x9f\x98\x80")));
        } else if (i == 3) {
            assert_int_equal(json_tree_count(value), 2);
            assert_int_equal(json_tree_integer(json_tree_at(value, 1)), 2);
            assert_null(json_tree_at(value, 2));
        }
    }
    assert_int_equal(i, 7);
    json_tree_free(tree);
    json_tree_free(NULL);
}

/* Numbers of all forms, times a thousand; a million at most. */
static void test_scaled(void **state)
{
    static const struct {
        struct slice number;
        bool ok;
        uint64_t scaled;
    } rows[] = {
        {SLICE_INIT("0"), true, 0},
        {SLICE_INIT("0.0"), true, 0},
        {SLICE_INIT("0e-99"), true, 0},
        {SLICE_INIT("7"), true, 7000},
        {SLICE_INIT("1000"), true, 1000000},
        {SLICE_INIT("1001"), false, 0},
        {SLICE_INIT("0.125"), true, 125},
        {SLICE_INIT("0.1250000000"), true, 125},
        {SLICE_INIT("0.1251"), false, 0},
        {SLICE_INIT("0.12500000000000000000000001"), false, 0},
        {SLICE_INIT("12.5e-1"), true, 1250},
        {SLICE_INIT("12.5E+1"), true, 125000},
        {SLICE_INIT("1e3"), true, 1000000},
        {SLICE_INIT("1e4"), false, 0},
        {SLICE_INIT("1e-3"), true, 1},
        {SLICE_INIT("1e-4"), false, 0},
        {SLICE_INIT("1e999"), false, 0},
        {SLICE_INIT("1e99"), false, 0},
        {SLICE_INIT("-1"), false, 0},
        {SLICE_INIT("-1.5"), false, 0},
        {SLICE_INIT("9223372036854775807"), false, 0},
        {SLICE_INIT("99999999999999999999.0"), false, 0},
        {SLICE_INIT("null"), false, 0},
        {SLICE_INIT("\"1\""), false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char room[80];
        struct buf b;
        const char *why;
        uint64_t scaled = 0;
        buf_init(&b, room, sizeof(room));
        assert_true(buf_put(&b, SLICE("{\"a\":")) && buf_put(&b, rows[i].number) &&
                    buf_put(&b, SLICE("}")));
        struct json_tree *tree = json_tree_read(buf_slice(&b), &why);
        assert_non_null(tree);
        assert_int_equal(json_tree_scaled(json_tree_at(tree, 0), 3, 1000000, &scaled), rows[i].ok);
        assert_true(!rows[i].ok || scaled == rows[i].scaled);
        json_tree_free(tree);
    }
}

/* Names that come twice among few and among many. */
static void test_names(void **state)
{
    static char room[65536];
    (void)state;
    for (size_t n = 2; n < 3000; n = n * 3 / 2) {
        for (size_t again = 0; again <= n; again += n / 2) {
            struct buf b;
            const char *why = NULL;
            buf_init(&b, room, sizeof(room));
            (void)buf_put_byte(&b, '{');
            for (size_t i = 0; i < n; i++) {
                /* The last one has the name of another, or one of its own. */
                size_t name = i + 1 == n && again < n - 1 ? again : i;
                (void)buf_putf(&b, "%s\"%zu\":%zu", i > 0 ? "," : "", name * 7919 % 10007, i);
            }
            assert_true(buf_put_byte(&b, '}'));
            struct json_tree *tree = json_tree_read(buf_slice(&b), &why);
            assert_int_equal(tree == NULL, again < n - 1);
            if (tree == NULL) {
                assert_string_equal(why, "it has a name twice in one object");
            }
            for (size_t i = 0; i < json_tree_count(tree); i++) {
                assert_true(json_tree_integer(json_tree_at(tree, i)) == (int64_t)i);
            }
            json_tree_free(tree);
        }
    }
}

/* Names that differ in one byte, at each place, in objects of all sizes that a table serves; the
 * last one is another's or its own. Their first and last bytes are often the same. */
static void test_close_names(void **state)
{
    (void)state;
    for (size_t len = 1; len < 26; len++) {
        for (size_t n = 2; n <= 70; n += n < 5 ? 1 : 13) {
            for (size_t at = 0; at < len; at++) {
                for (size_t again = 0; again < 2; again++) {
                    char room[4096];
                    struct buf b;
                    const char *why = NULL;
                    buf_init(&b, room, sizeof(room));
                    for (size_t i = 0; i < n; i++) {
                        char name[32];
                        memset(name, '-', len);
                        name[at] = (char)('0' + (again == 1 && i + 1 == n ? i / 2 : i));
                        name[at] = name[at] == '\\' ? '!' : name[at];
                        (void)(buf_put(&b, i == 0 ? SLICE("{\"") : SLICE(",\"")) &&
                               buf_put(&b, slice_of(name, len)) && buf_put(&b, SLICE("\":1")));
                    }
                    assert_true(buf_put_byte(&b, '}'));
                    struct json_tree *tree = json_tree_read(buf_slice(&b), &why);
                    assert_int_equal(tree == NULL, again);
                    assert_int_equal(json_tree_count(tree), again == 1 ? 0 : n);
                    json_tree_free(tree);
                }
            }
        }
    }
}

/* As much memory as the values need, wherever what separates them falls in a word. */
static void test_room(void **state)
{
    (void)state;
    for (size_t spaces = 0; spaces < 9; spaces++) {
        for (size_t n = 1; n < 30; n++) {
            char room[512];
            struct buf b;
            const char *why = NULL;
            buf_init(&b, room, sizeof(room));
            (void)buf_put(&b, slice_of("         ", spaces));
            /* Bytes that are a comma and a brace but for their high bit. */
            (void)buf_put(&b, SLICE("{\"\xc2\xac\xc3\xbb\":["));
            for (size_t i = 0; i < n; i++) {
                (void)buf_put(&b, i == 0 ? SLICE("[]") : i % 2 == 0 ? SLICE(",{}") : SLICE(",1"));
            }
            assert_true(buf_put(&b, SLICE("]}")));
            /* On the heap, so that a sanitizer sees what is read behind its end. */
            char *text = malloc(b.len);
            assert_non_null(text);
            memcpy(text, room, b.len);
            struct json_tree *tree = json_tree_read(slice_of(text, b.len), &why);
            assert_non_null(tree);
            assert_int_equal(json_tree_count(json_tree_at(tree, 0)), n);
            json_tree_free(tree);
            free(text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_values),  cmocka_unit_test(test_scaled),
        cmocka_unit_test(test_names),   cmocka_unit_test(test_close_names),
        cmocka_unit_test(test_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
