/* Our letters of ASCII, beside the C library's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define STANDS_FOR(symbol)
#include "../../../src/sys/libc_letters.c"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
/* after the above, which it needs */
#include <cmocka.h>

static void test_tables(void **state)
{
    const unsigned short *class = *__ctype_b_loc() - 128;
    const int32_t *upper = *__ctype_toupper_loc() - 128;
    const int32_t *lower = *__ctype_tolower_loc() - 128;
    (void)state;

    for (size_t i = 0; i < LETTERS; i++) {
        if (letters_class[i] != class[i] || letters_upper[i] != (uint32_t)upper[i] ||
            letters_lower[i] != (uint32_t)lower[i]) {
            fail_msg("%d: %x, %x, %x", (int)i - 128, letters_class[i], letters_upper[i],
                     letters_lower[i]);
        }
    }
}

/* Numbers of values are the library's own. */
static void test_values(void **state)
{
    (void)state;

    assert_int_equal(_NL_ITEM_INDEX(_NL_CTYPE_CLASS), CLASS);
    assert_int_equal(_NL_ITEM_INDEX(_NL_CTYPE_TOUPPER), UPPER);
    assert_int_equal(_NL_ITEM_INDEX(_NL_CTYPE_TOLOWER), LOWER);
    assert_int_equal(_NL_ITEM_INDEX(_NL_CTYPE_MB_CUR_MAX), BYTES_MAX);
    assert_int_equal(_NL_ITEM_INDEX(CODESET), CHARSET);
    assert_int_equal(_NL_ITEM_INDEX(_NL_NUM_LC_CTYPE), VALUES);
    assert_string_equal(letters_locale.value[CHARSET].at, nl_langinfo(CODESET));
    assert_int_equal(letters_locale.value[BYTES_MAX].word, MB_CUR_MAX);
    assert_int_equal(offsetof(struct letters, value), 0x38);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tables),
                                       cmocka_unit_test(test_values)};
    return cmocka_run_group_tests_name("sys libc_letters", tests, NULL, NULL);
}
