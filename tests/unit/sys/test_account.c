/* Users and groups by name and number, as DOCKGATE_USER and DOCKGATE_SOCKET_GROUP give them. */
#include "sys/account.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
    const char *text;
    bool ok;
    uid_t uid;
    gid_t gid;
    bool has_gid;
} ROWS[] = {
    {"root", true, 0, 0, true},
    {"0", true, 0, 0, false},
    {"1000", true, 1000, 0, false},
    {"1000:998", true, 1000, 998, true},
    {"root:998", true, 0, 998, true},
    {"daemon", true, 1, 1, true}, /* Debian's fixed ids */
    {"daemon:root", true, 1, 0, true},
    {"4294967294", true, 4294967294U, 0, false},
    {"4294967295", false, 0, 0, false}, /* stands for "no change" */
    {"-1", false, 0, 0, false},
    {"1000:", false, 0, 0, false},
    {":998", false, 0, 0, false},
    {"no-such-user", false, 0, 0, false},
    {"1000:no-such-group", false, 0, 0, false},
    {"1000:1:2", false, 0, 0, false},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct sys_account a;
        struct diag d = {{0}};

        print_message("# %s\n", ROWS[i].text);
        assert_int_equal(sys_account_parse(slice_from_text(ROWS[i].text), &a, &d), ROWS[i].ok);
        if (ROWS[i].ok) {
            assert_int_equal(a.uid, ROWS[i].uid);
            assert_int_equal(a.has_gid, ROWS[i].has_gid);
            assert_int_equal(a.gid, ROWS[i].gid);
        } else {
            assert_true(d.text[0] != '\0');
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests_name("sys account", tests, NULL, NULL);
}
