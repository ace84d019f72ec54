/* Memory that is given back: whole pages of what was named, and no byte beside them. */
#include "sys/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
/* after the above, which it needs */
#include <cmocka.h>

enum { PAGES = 8 };

/* The bytes [from, to) of eight pages that were full; which bytes are then zero. */
static void check(size_t from, size_t to, size_t zero_from, size_t zero_to)
{
    size_t all = PAGES * (size_t)sysconf(_SC_PAGESIZE);
    char *at = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(at != MAP_FAILED);
    memset(at, 'x', all);
    sys_memory_forget(at + from, to - from);
    for (size_t i = 0; i < all; i++) {
        assert_int_equal(at[i], i >= zero_from && i < zero_to ? 0 : 'x');
    }
    assert_int_equal(munmap(at, all), 0);
}

static void test_whole_pages_alone(void **state)
{
    (void)state;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    check(0, PAGES * page, 0, PAGES * page);
    check(2 * page, 3 * page, 2 * page, 3 * page);
    check(16, 3 * page - 1, page, 2 * page);
    check(page + 1, 3 * page + 7, 2 * page, 3 * page);
    check(1, page, 0, 0);
    check(5, 5, 0, 0);
    check(page - 1, page + 1, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_whole_pages_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
