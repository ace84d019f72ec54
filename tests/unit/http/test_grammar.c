/* Skipping bytes of a class: it looks at several bytes at a time where it can, and must stop where
 * the table says, for each byte at each place before an end of each length. */
#include "http/grammar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct {
    const char *name;
    enum http_class class;
} classes[] = {
    {"token", HTTP_CLASS_TOKEN},         {"visible", HTTP_CLASS_VISIBLE},
    {"value", HTTP_CLASS_VALUE},         {"host", HTTP_CLASS_HOST},
    {"extension", HTTP_CLASS_EXTENSION}, {"path", HTTP_CLASS_PATH},
    {"control", HTTP_CLASS_CONTROL},
};

/* `byte` at `place` of `len` bytes that are all of the class, skipped from each position. */
static void check(size_t row, size_t len, size_t place, unsigned byte)
{
    enum http_class class = classes[row].class;
    char *text = malloc(len); /* so that the sanitizer sees a look behind the end */

    assert_non_null(text);
    memset(text, class == HTTP_CLASS_CONTROL ? '\n' : 'a', len);
    text[place] = (char)byte;
    size_t stop = http_is(text[place], class) ? len : place;
    for (size_t from = 0; from <= len; from++) {
        size_t wanted = from > stop ? len : stop;
        if (http_skip(text, from, len, class) != wanted) {
            fail_msg("%s: byte %u at %zu of %zu from %zu", classes[row].name, byte, place, len,
                     from);
        }
    }
    free(text);
}

static void test_skip(void **state)
{
    (void)state;
    for (size_t row = 0; row < sizeof(classes) / sizeof(classes[0]); row++) {
        for (size_t len = 1; len <= 19; len++) {
            for (size_t place = 0; place < len; place++) {
                for (unsigned byte = 0; byte < 256; byte++) {
                    check(row, len, place, byte);
                }
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_skip)};

    return cmocka_run_group_tests_name("http grammar", tests, NULL, NULL);
}
