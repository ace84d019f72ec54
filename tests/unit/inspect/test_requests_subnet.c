/* Subnets: which texts are one, and which is a part of which. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/requests_subnet.h"
/* after the above, which it needs */
#include <cmocka.h>

static void test_texts(void **state)
{
    static const struct {
        const char *text;
        bool ok;
    } rows[] = {
        {"10.0.0.0/8", true},
        {"0.0.0.0/0", true},
        {"255.255.255.255/32", true},
        {"10.0.0.0", false},
        {"10.0.0/8", false},
        {"10.0.0.0.0/8", false},
        {"10.0.0.256/8", false},
        {"10.0.0.0/33", false},
        {"10.0.0.0/", false},
        {"10.0.0.0/08", false},
        {"010.0.0.0/8", false}, /* 8 for some readers */
        {"10.0.0.0./8", false},
        {"10..0.0/8", false},
        {" 10.0.0.0/8", false},
        {"+10.0.0.0/8", false},
        {"10.0.0.0/8/8", false},
        {"", false},
        {"/", false},
        {"/8", false},
        {"::/0", true},
        {"fd00::/8", true},
        {"::1/128", true},
        {"1:2:3:4:5:6:7:8/128", true},
        {"1:2:3:4:5:6:7::/128", true},
        {"::2:3:4:5:6:7:8/128", true},
        {"1::4:5:6:7:8/128", true},
        {"1:2:3:4::5:6:7:8/128", false},
        {"1:2:3:4:5:6:7:8:9/128", false},
        {"1:2:3:4:5:6:7/128", false},
        {"::1::/128", false},
        {":::/128", false},
        {"1:/128", false},
        {":1/128", false},
        {"1:2:3:4:5:6:7:/128", false},
        {":1:2:3:4:5:6:7/128", false},
        {"12345::/128", false},
        {"g::/128", false},
        {"::/129", false},
        {"::ffff:8.8.8.8/128", false},
        {"fe80::1%eth0/64", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct requests_subnet subnet;
        assert_int_equal(requests_subnet_read(slice_from_text(rows[i].text), &subnet), rows[i].ok);
    }
}

static void test_parts(void **state)
{
    static const struct {
        const char *outer;
        const char *inner;
        bool has;
    } rows[] = {
        {"10.0.0.0/8", "10.0.0.0/8", true},
        {"10.0.0.0/8", "10.255.255.255/32", true},
        {"10.0.0.0/8", "10.0.0.0/7", false},
        {"10.0.0.0/8", "11.0.0.0/8", false},
        {"172.16.0.0/12", "172.31.255.0/24", true},
        {"172.16.0.0/12", "172.32.0.0/24", false},
        {"172.16.0.0/12", "172.15.0.0/24", false},
        {"0.0.0.0/0", "8.8.8.8/32", true},
        {"0.0.0.0/0", "::/0", false},
        {"10.0.0.0/31", "10.0.0.2/32", false},
        {"fc00::/7", "fd12:3456::/32", true},
        {"fc00::/7", "fe00::/32", false},
        {"fc00::/7", "::fd00:0:0/96", false},
        {"::1/128", "::1/128", true},
        {"::1/128", "::2/128", false},
        {"2001:db8::/33", "2001:db8:8000::/48", false},
        {"2001:db8::/33", "2001:db8:7fff::/48", true},
        {"1::4:0:0/96", "1::4:5:6/128", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct requests_subnet outer;
        struct requests_subnet inner;
        assert_true(requests_subnet_read(slice_from_text(rows[i].outer), &outer));
        assert_true(requests_subnet_read(slice_from_text(rows[i].inner), &inner));
        assert_int_equal(requests_subnet_has(&outer, &inner), rows[i].has);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
