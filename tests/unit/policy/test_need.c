/* What patterns need, by rows: needs that hold at once are separated by " & ", texts of which one
 * must be there by " | "; < and > are the ends, and = in front says that there is nothing else to
 * a match. */
#include "policy/re2.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
    const char *pattern;
    const char *needs;
} ROWS[] = {
    /* clang-format off */
    {"/_ping",                                    "=</_ping>"},
    {"^/_ping$",                                  "</_ping>"},
    {"/_ping|/info",                              "=</_ping> | </info>"},
    {"/_ping|.*",                                 ""},
    {"/_ping|/x.*",                               ""},
    {"/_ping|/containers/.*",                     "</_ping> | </containers/"},
    {"(/v1\\.41)?/info",                          "=</v1.41/info> | </info>"},
    {"(/v[0-9.]+)?/info",                         "/info>"},
    {"(/v[0-9.]+)/info",                          "/info>"},
    {"(?:/v1\\.4[0-9])+/info",                    "/v1.4 & /info>"},
    {"(?:/v1\\.4[0-9])*/info",                    "/info>"},
    {"/v1\\..{1,2}/containers/(json|web/.*)",     "</v1. & /containers/ & json | web/"},
    {"/v1\\..{1,2}/(version|events)",             "</v1. & /version> | /events>"},
    {"/containers/(a|b)?/json",                   "=</containers/a/json> | </containers/b/json> | </containers//json>"},
    {"/ab*cdef",                                  "cdef>"},
    {"/abcd+efgh",                                "</abcd & efgh>"},
    {"/abcd{2}efgh",                              "</abcd & efgh>"},
    {"/abcd{0,}efgh",                             "</abc & efgh>"},
    {"/abcd{1,}efgh",                             "</abcd & efgh>"},
    {"/abcd{0}efgh",                              "</abc & efgh>"},
    {"/abcd??efgh",                               "=</abcdefgh> | </abcefgh>"},
    {"/abc(defg){0,1}",                           "</abc"},
    {"/abc(defg|hi.k)*/xyz",                      "</abc & /xyz>"},
    {"/abc(defg|hijk.)+/xyz",                     "</abc & defg | hijk & /xyz>"},
    {"/abc(?i)d/1234",                            "</abc & /1234>"},
    {"/abc(?i:d)/1234",                           "</abc & /1234>"},
    {"(?i)/abc/1234",                             "/1234>"},
    {"/a\\x62\\Qc.\\E",                           "=</abc.>"},
    {"/abc\xc3\xa9/def",                          "</abc & /def>"},
    {"/abc\\b/def",                               "</abc/def>"},
    {".*",                                        ""},
    {"/x",                                        "=</x>"},
    {"/",                                         ""},
    {"a{,2}",                                     "=<a{,2}>"},
    {"",                                          ""},
    {"()",                                        ""},
    {"(a|b|c|d)(e|f|g|h)(i|j)/x",                 "i/x> | j/x>"},
    {"((((((((((a))))))))))/info",                "/info>"},
    {"a/0(",                                      "refused"},
    /* clang-format on */
};

static void show(const struct needs *n, struct buf *out)
{
    (void)buf_put(out, n->whole ? SLICE("=") : SLICE(""));
    for (size_t i = 0; i < n->n; i++) {
        (void)buf_put(out, i > 0 ? SLICE(" & ") : SLICE(""));
        for (size_t k = 0; k < n->need[i].n; k++) {
            const struct need_text *t = &n->need[i].text[k];

            (void)buf_put(out, k > 0 ? SLICE(" | ") : SLICE(""));
            for (size_t b = 0; b < t->len; b++) {
                char c = t->at[b];
                (void)buf_put_byte(out, c == NEED_START ? '<' : c == NEED_END ? '>' : c);
            }
        }
    }
}

static void test_rows(void **state)
{
    static struct needs needs;

    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        char spelt[1024];
        char storage[1024];
        struct buf out;
        struct buf shown;
        struct diag d;

        buf_init(&out, spelt, sizeof(spelt));
        buf_init(&shown, storage, sizeof(storage));
        if (re2_translate(slice_from_text(ROWS[i].pattern), &out, &needs, &d)) {
            show(&needs, &shown);
        } else {
            assert_int_equal(needs.n, 0);
            (void)buf_put(&shown, SLICE("refused"));
        }
        if (!slice_equal(buf_slice(&shown), slice_from_text(ROWS[i].needs))) {
            print_error("%s needs %.*s\n", ROWS[i].pattern, (int)shown.len, shown.at);
        }
        assert_true(slice_equal(buf_slice(&shown), slice_from_text(ROWS[i].needs)));
    }
}

/* Long texts are cut into pieces, many needs lose the shortest. */
static void test_bounds(void **state)
{
    static char pattern[4096];
    static char spelt[40960];
    static struct needs needs;
    struct buf in;
    struct buf out;
    struct diag d;

    (void)state;
    memset(pattern, 'a', sizeof(pattern));
    buf_init(&out, spelt, sizeof(spelt));
    assert_true(re2_translate(slice_of(pattern, 200), &out, &needs, &d));
    assert_false(needs.whole);
    assert_int_equal(needs.n, 4);
    assert_int_equal(needs.need[0].text[0].len, NEED_TEXT_MAX);
    buf_init(&in, pattern, sizeof(pattern));
    for (unsigned i = 0; i < 2 * NEEDS_MAX; i++) {
        assert_true(buf_putf(&in, ".%.*s", (int)(NEED_TEXT_MIN + i), "abcdefghijklmnopqrstuvwxyz"));
    }
    buf_init(&out, spelt, sizeof(spelt));
    assert_true(re2_translate(buf_slice(&in), &out, &needs, &d));
    assert_int_equal(needs.n, NEEDS_MAX);
    for (size_t i = 0; i < NEEDS_MAX; i++) {
        assert_true(needs.need[i].text[0].len >= NEED_TEXT_MIN + NEEDS_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests_name("policy need", tests, NULL, NULL);
}
