/* Addresses as people write them: what each becomes, and what is refused with which words. A case
 * is a row. */
#include "net/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

#define LONG_PATH_107                                                                              \
    "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
    "aaaaaa"                                                                                       \
    "aaaaaaaaa"

/* clang-format off */
static const struct {
    const char *text;
    const char *becomes; /* NULL: refused */
    const char *says;    /* part of the error */
} ROWS[] = {
    {"tcp://127.0.0.1:2375",        "4 127.0.0.1 2375", NULL},
    {"tcp://0.0.0.0:1",             "4 0.0.0.0 1", NULL},
    {"tcp://localhost:2375",        "4 127.0.0.1 2375", NULL},
    {"tcp://LocalHost:2375",        "4 127.0.0.1 2375", NULL},
    {"tcp://[::1]:2375",            "6 ::1 2375", NULL},
    {"tcp://[::]:65535",            "6 :: 65535", NULL},
    {"tcp://[::ffff:1.2.3.4]:2375", "6 ::ffff:1.2.3.4 2375", NULL},
    {"tcp://:2375",                 "any :: 2375", NULL},
    {"tcp://*:2375",                "any :: 2375", NULL},
    {"tcp://127.0.0.1:0",           "4 127.0.0.1 0", NULL},
    {"unix:///run/x.sock",          "unix /run/x.sock", NULL},
    {"unix:/run/x.sock",            "unix /run/x.sock", NULL},
    {"/run/x.sock",                 "unix /run/x.sock", NULL},
    {"unix://" LONG_PATH_107,       "unix " LONG_PATH_107, NULL},
    {"",                            NULL, "empty"},
    {"tcp://",                      NULL, "port is missing"},
    {"tcp://127.0.0.1",             NULL, "port is missing"},
    {"tcp://[::1]",                 NULL, "port is missing"},
    {"tcp://127.0.0.1:",            NULL, "no port"},
    {"tcp://127.0.0.1:65536",       NULL, "no port"},
    {"tcp://127.0.0.1:+1",          NULL, "no port"},
    {"tcp://127.0.0.1: 1",          NULL, "no port"},
    {"tcp://127.0.0.1:2375/",       NULL, "no port"},
    {"tcp://::1:2375",              NULL, "not looked up"},
    {"tcp://[::1:2375",             NULL, "brackets"},
    {"tcp://[]:2375",               NULL, "brackets"},
    {"tcp://[127.0.0.1]:2375",      NULL, "brackets"},
    {"tcp://127.1:2375",            NULL, "not looked up"},
    {"tcp://docker:2375",           NULL, "not looked up"},
    {"tcp://127.0.0.1.extremely.long.name.that.is.no.number.at.all:1", NULL, "not looked up"},
    {"unix://",                     NULL, "absolute"},
    {"unix://run/x.sock",           NULL, "absolute"},
    {"unix:///run/",                NULL, "folder"},
    {"unix://" LONG_PATH_107 "a",   NULL, "longer"},
    {"TCP://127.0.0.1:1",           NULL, "neither"},
    {"http://127.0.0.1:1",          NULL, "neither"},
    {"127.0.0.1:2375",              NULL, "neither"},
    {"run/x.sock",                  NULL, "neither"},
};
/* clang-format on */

static void describe(const struct net_address *a, char *out, size_t max)
{
    char host[INET6_ADDRSTRLEN];
    const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)&a->sockaddr;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)&a->sockaddr;
    const struct sockaddr_un *un = (const struct sockaddr_un *)(const void *)&a->sockaddr;

    switch (a->sockaddr.ss_family) {
    case AF_INET:
        assert_int_equal(a->family, NET_TCP);
        assert_int_equal(a->len, sizeof(*in));
        snprintf(out, max, "4 %s %u", inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host)),
                 ntohs(in->sin_port));
        break;
    case AF_INET6:
        assert_int_equal(a->family, NET_TCP);
        assert_int_equal(a->len, sizeof(*in6));
        snprintf(out, max, "%s %s %u", a->any_family ? "any" : "6",
                 inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host)), ntohs(in6->sin6_port));
        break;
    default:
        assert_int_equal(a->sockaddr.ss_family, AF_UNIX);
        assert_int_equal(a->family, NET_UNIX);
        snprintf(out, max, "unix %s", un->sun_path);
        break;
    }
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct net_address a;
        struct diag d = {{0}};
        char got[256] = "refused";

        print_message("# %s\n", ROWS[i].text);
        bool ok = net_address_parse(slice_from_text(ROWS[i].text), &a, &d);
        if (ROWS[i].becomes == NULL) {
            assert_false(ok);
            assert_non_null(strstr(d.text, ROWS[i].says));
            continue;
        }
        assert_true(ok);
        describe(&a, got, sizeof(got));
        assert_string_equal(got, ROWS[i].becomes);
        assert_string_equal(a.text, ROWS[i].text);
    }
}

static void test_nul_and_length(void **state)
{
    static char text[400];
    struct net_address a;
    struct diag d = {{0}};

    (void)state;
    assert_false(net_address_parse(slice_of("/run/a\0b", 8), &a, &d));
    assert_false(net_address_parse(slice_of("tcp://1.2.3.4\0:1", 16), &a, &d));
    memset(text, 'a', sizeof(text));
    for (size_t len = 0; len < sizeof(text); len++) {
        text[0] = '/';
        assert_int_equal(net_address_parse(slice_of(text, len), &a, &d), len > 1 && len <= 107);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_nul_and_length),
    };
    return cmocka_run_group_tests_name("net address", tests, NULL, NULL);
}
