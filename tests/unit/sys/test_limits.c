/* How many connections a number of descriptors allows; core files forbidden. */
#include "sys/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/resource.h>

static const struct {
    uint64_t descriptors;
    uint32_t wanted;
    uint32_t allowed;
} ROWS[] = {
    {1048576, 4096, 4096}, {20000, 4096, 4096}, {8256, 4096, 4096}, {8254, 4096, 4095},
    {1024, 4096, 480},     {1024, 100, 100},    {70, 4096, 3},      {10, 4096, 1},
    {0, 4096, 1},          {UINT64_MAX, 7, 7},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        assert_int_equal(sys_limits_connections(ROWS[i].descriptors, ROWS[i].wanted),
                         ROWS[i].allowed);
    }
}

static void test_set(void **state)
{
    struct rlimit limit;

    (void)state;
    uint64_t descriptors = sys_limits_set();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(limit.rlim_cur, limit.rlim_max);
    assert_int_equal(limit.rlim_cur, descriptors);
    assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
    assert_int_equal(limit.rlim_max, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_set)};
    return cmocka_run_group_tests_name("sys limits", tests, NULL, NULL);
}
