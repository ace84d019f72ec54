/* JSON documents: what is refused, and what stands in those that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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
        {SLICE_INIT("null"), "it is no valid JSON"},
        {SLICE_INIT("[]"), "it is no object"},
        {SLICE_INIT("{\"a\":1"), "it ends too early"},
        {SLICE_INIT("{} {}"), "something follows the document"},
        {SLICE_INIT("{}\0"), "something follows the document"},
        {SLICE_INIT("\xef\xbb\xbf{}"), "it is no valid JSON"},
        {SLICE_INIT("{\"a\":1,\"a\":2}"), "it has a name twice in one object"},
        {SLICE_INIT("{\"a\":1,\"\\u0061\":2}"), "it has a name twice in one object"},
        {SLICE_INIT("{\"a\":\"\xff\"}"), "it has bytes that are no UTF-8"},
        {SLICE_INIT("{\"a\":\"\xed\xa0\x80\"}"), "it has bytes that are no UTF-8"},
        {SLICE_INIT("{\"a\":\"\\ud800\"}"), "it is no valid JSON"},
        {SLICE_INIT("{\"a\":\"\\ud800\\u0041\"}"), "it is no valid JSON"},
        {SLICE_INIT("{\"a\":\"\\udc00\"}"), "it is no valid JSON"},
        {SLICE_INIT("{\"a\\u0000b\":1}"), "it has a name with NUL"},
        {SLICE_INIT("{\"a\":9223372036854775808}"), "it has a number that is too large"},
        {SLICE_INIT("{\"a\":1e999}"), "it has a number that is too large"},
        {SLICE_INIT("{\"a\":-0}"), "it has a number that begins with -0"},
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
    repeated(room, "1,", LIMIT_JSON_VALUES, SLICE("1}"));
    assert_null(json_tree_read(slice_of(room, LIMIT_JSON_VALUES * 2 + 7), &why));
    assert_string_equal(why, "it has too many values");
    /* Brackets in texts are no levels. */
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
    const struct json_tree *value;
    struct slice name;
    void *at = NULL;
    size_t i = 0;
    (void)state;
    struct json_tree *tree = json_tree_read(
        SLICE(" {\"z\":-9223372036854775808,\"b\":true,\"t\":\"a\\u0000\\ud83d\\ude00\","
              "\"l\":[1,2],\"n\":null,\"r\":0.5,\"o\":{}} \r\n"),
        &why);
    assert_non_null(tree);
    for (; json_tree_next(tree, &at, &name, &value); i++) {
        assert_true(slice_equal(name, slice_from_text(rows[i].name)));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_values),
    };
    json_tree_seed(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
