/* Networks: which addresses a list has, and which lists are refused with which words. */
#include "net/network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* As long as a part of a name may be. */
#define LABEL "abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ_012345678"
_Static_assert(sizeof(LABEL) == 63 + 1, "RFC 1035");

/* clang-format off */
static const struct {
    const char *list;
    const char *address; /* "unix": a unix socket's */
    bool has;
} ROWS[] = {
    {"",                              "127.0.0.1",        false},
    {"127.0.0.1",                     "127.0.0.1",        true},
    {"127.0.0.1/32",                  "127.0.0.2",        false},
    {"10.1.0.0/16",                   "10.1.255.1",       true},
    {"10.1.0.0/16",                   "10.2.0.1",         false},
    {"10.1.2.3/16",                   "10.1.255.1",       true},
    {"10.0.0.0/15",                   "10.1.0.1",         true},
    {"10.0.0.0/15",                   "10.2.0.1",         false},
    {"0.0.0.0/0",                     "1.2.3.4",          true},
    {"0.0.0.0/0",                     "fd00::1",          false},
    {"0.0.0.0/0",                     "::ffff:1.2.3.4",   true},
    {"::ffff:1.2.3.4",                "1.2.3.4",          true},
    {"::/0",                          "1.2.3.4",          true},
    {"::/0",                          "fd00::1",          true},
    {"fd00::/8",                      "fdff::1",          true},
    {"fd00::/8",                      "fe00::1",          false},
    {"::1",                           "::1",              true},
    {"10.0.0.1, ,192.168.0.0/16 ,::1", "192.168.7.7",     true},
    {"10.0.0.1,192.168.0.0/16",       "10.0.0.2",         false},
    {"0.0.0.0/0,::/0",                "unix",             false},
};

/* Names, and what else was in the list. */
static const struct {
    const char *list;
    const char *names;
    size_t networks;
} NAMED[] = {
    {"",                                "",                       0},
    {"traefik",                         "traefik",                0},
    {"10.0.0.0/8, traefik ,a-b_c.D.e9", "traefik a-b_c.D.e9",     1},
    {"dead.beef,7up,0x7f.a,a.b.",       "dead.beef 7up 0x7f.a a.b.", 0},
    {LABEL "." LABEL,                   LABEL "." LABEL,          0},
};

static const struct {
    const char *list;
    const char *says;
} REFUSED[] = {
    {"träfik",          "\"träfik\" is neither an IP address nor a network"},
    {"a b",             "\"a b\": separate several by commas"},
    {"10.1.0.0/16 ::1", "separate several by commas"},
    {"a..b",            "neither"},
    {".a",              "neither"},
    {"a/8",             "neither"},
    {"a:80",            "neither"},
    {"10.0.0.256",      "neither"},
    {"web.7",           "neither"},
    {"a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", "more than 16 names"},
    {LABEL "x",         "neither"},
    {LABEL "." LABEL "." LABEL "." LABEL, "neither"},
    {"10.1",            "neither"},
    {"10.0.0.0/33",     "from 0 to 32"},
    {"10.0.0.0/",       "from 0 to 32"},
    {"10.0.0.0/-1",     "from 0 to 32"},
    {"fd00::/129",      "from 0 to 128"},
    {"[::1]",           "neither"},
    {"/8",              "neither"},
    {"10.0.0.1;10.0.0.2", "neither"},
};
/* clang-format on */

static struct sockaddr_storage address_of(const char *text)
{
    struct sockaddr_storage all = {.ss_family = AF_UNIX};
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
        memcpy(&all, &in, sizeof(in));
    } else if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1) {
        memcpy(&all, &in6, sizeof(in6));
    }
    return all;
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        static struct net_networks l;
        struct net_names names;
        struct diag d;
        struct sockaddr_storage address = address_of(ROWS[i].address);
        assert_true(net_networks_parse(slice_from_text(ROWS[i].list), &l, &names, &d));
        if (net_networks_have(&l, &address) != ROWS[i].has) {
            print_error("%s and %s\n", ROWS[i].list, ROWS[i].address);
        }
        assert_int_equal(net_networks_have(&l, &address), ROWS[i].has);
    }
}

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(NAMED) / sizeof(NAMED[0]); i++) {
        static struct net_networks l;
        char text[512] = "";
        struct net_names names;
        struct diag d;
        assert_true(net_networks_parse(slice_from_text(NAMED[i].list), &l, &names, &d));
        for (size_t n = 0, at = 0; n < names.n; n++) {
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", n > 0 ? " " : "",
                                   names.at[n]);
        }
        assert_string_equal(text, NAMED[i].names);
        assert_string_equal(d.text, "");
        assert_int_equal(l.n, NAMED[i].networks);
    }
}

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++) {
        static struct net_networks l;
        struct net_names names;
        struct diag d;
        assert_false(net_networks_parse(slice_from_text(REFUSED[i].list), &l, &names, &d));
        assert_non_null(strstr(d.text, REFUSED[i].says));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
