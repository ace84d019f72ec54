/* Our plain forms of comparing and copying, beside the C library's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define STANDS_FOR(symbol)
#include "../../../src/sys/libc_strings.c"

#include <string.h>
#include <strings.h>
/* after the above, which it needs */
#include <cmocka.h>

enum { LENGTH = 4 };

/* All texts of up to four bytes of these: what is folded and its neighbours, and bytes above 127.
 */
static const char bytes[] = "\0aA@[z\xc1\xe1";

enum { N = sizeof(bytes) - 1, TEXTS = N * N * N * N };

static void text_of(unsigned number, char *text)
{
    for (size_t i = 0; i < LENGTH; i++, number /= N) {
        text[i] = bytes[number % N];
    }
    text[LENGTH] = '\0';
}

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static void check_pair(const char *a, const char *b)
{
    assert_int_equal(sign(strings_compare(a, b)), sign(strcmp(a, b)));
    assert_int_equal(sign(strings_fold(a, b)), sign(strcasecmp(a, b)));
    assert_int_equal(sign(strings_fold_internal(a, b)), sign(strcasecmp(a, b)));
    for (size_t n = 0; n <= LENGTH + 1; n++) {
        assert_int_equal(sign(strings_compare_n(a, b, n)), sign(strncmp(a, b, n)));
        assert_int_equal(sign(strings_fold_n(a, b, n)), sign(strncasecmp(a, b, n)));
    }
}

/* Each text beside a few hundred others, the first bytes of all kinds among them. */
static void test_comparing(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TEXTS; i++) {
        char a[LENGTH + 1];
        char b[LENGTH + 1];
        text_of(i, a);
        check_pair(a, a);
        for (unsigned j = i % 13; j < TEXTS; j += 13) {
            text_of(j, b);
            check_pair(a, b);
        }
    }
}

static void test_copying(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TEXTS; i++) {
        char from[LENGTH + 1];
        char want[LENGTH + 3];
        char got[LENGTH + 3];
        text_of(i, from);
        memset(want, 'x', sizeof(want));
        memset(got, 'x', sizeof(got));
        memcpy(want, from, strlen(from) + 1);
        assert_ptr_equal(strings_copy(got, from), got);
        assert_memory_equal(got, want, sizeof(got));
        assert_ptr_equal(strings_copy_end(got, from), got + strlen(from));
        assert_memory_equal(got, want, sizeof(got));
        for (size_t n = 0; n <= LENGTH + 2; n++) {
            size_t len = strnlen(from, n);
            memset(want, 'x', sizeof(want));
            memset(got, 'x', sizeof(got));
            memset(want, 0, n);
            memcpy(want, from, len);
            assert_ptr_equal(strings_copy_n(got, from, n), got);
            assert_memory_equal(got, want, sizeof(got));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comparing),
        cmocka_unit_test(test_copying),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
