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

/* As an address that is connected to: the name that is to be looked up, or what is refused. */
/* clang-format off */
static const struct {
    const char *text;
    const char *host; /* NULL: refused */
    const char *says;
    bool named;
} REMOTE[] = {
    {"tcp://podmand:2375",                "podmand", NULL, true},
    {"tcp://engine.example.org:1",        "engine.example.org", NULL, true},
    {"tcp://docker_1.proxy-net:65535",    "docker_1.proxy-net", NULL, true},
    {"tcp://127.0.0.1.in-addr.arpa:1",    "127.0.0.1.in-addr.arpa", NULL, true},
    {"tcp://localhost:2375",              "localhost", NULL, false},
    {"tcp://127.0.0.1:2375",              "127.0.0.1", NULL, false},
    {"tcp://[::1]:2375",                  "[::1]", NULL, false},
    {"unix:///run/podmand:2375",          "", NULL, false},
    {"tcp://podmand",                     NULL, "port is missing", false},
    {"tcp://podmand:",                    NULL, "no port", false},
    {"tcp://podmand:http",                NULL, "no port", false},
    {"tcp://:2375",                       NULL, "host is missing", false},
    {"tcp://*:2375",                      NULL, "host is missing", false},
    {"tcp://127.1:2375",                  NULL, "nor a host's name", false},
    {"tcp://1.2.3.4.5:2375",              NULL, "nor a host's name", false},
    {"tcp://user@podmand:2375",           NULL, "nor a host's name", false},
    {"tcp://pod mand:2375",               NULL, "nor a host's name", false},
    {"tcp://podmand..:2375",              NULL, "nor a host's name", false},
    {"tcp://.podmand:2375",               NULL, "nor a host's name", false},
    {"tcp://podmand:2375:2375",           NULL, "nor a host's name", false},
    {"podmand:2375",                      NULL, "neither", false},
};
/* clang-format on */

static void test_remote(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(REMOTE) / sizeof(REMOTE[0]); i++) {
        struct net_address a;
        struct diag d = {{0}};

        print_message("# %s\n", REMOTE[i].text);
        bool ok = net_address_parse_remote(slice_from_text(REMOTE[i].text), &a, &d);
        if (REMOTE[i].host == NULL) {
            assert_false(ok);
            assert_non_null(strstr(d.text, REMOTE[i].says));
            continue;
        }
        assert_true(ok);
        assert_int_equal(a.named, REMOTE[i].named);
        assert_true(slice_equal(net_address_host(&a), slice_from_text(REMOTE[i].host)));
        assert_string_equal(a.text, REMOTE[i].text);
        if (a.named) { /* nobody connects to it by mistake */
            struct diag listener = {{0}};
            assert_int_equal(a.len, 0);
            assert_int_equal(a.family, NET_TCP);
            assert_false(net_address_parse(slice_from_text(REMOTE[i].text), &a, &listener));
        }
    }
}

static void test_set(void **state)
{
    static const uint8_t v4[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3};
    static const uint8_t v6[16] = {0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    struct net_address a;
    char got[256];

    (void)state;
    net_address_set(&a, v4, 2375);
    describe(&a, got, sizeof(got));
    assert_string_equal(got, "4 10.1.2.3 2375");
    assert_int_equal(net_address_port(&a), 2375);
    net_address_set(&a, v6, 1);
    describe(&a, got, sizeof(got));
    assert_string_equal(got, "6 fd00::1 1");
    assert_int_equal(net_address_port(&a), 1);
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
        cmocka_unit_test(test_remote),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_nul_and_length),
    };
    return cmocka_run_group_tests_name("net address", tests, NULL, NULL);
}
