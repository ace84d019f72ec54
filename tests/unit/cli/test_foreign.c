/* Other proxies' settings as ours, by rows: what is added to the variables, and what is refused. */
#include "cli/foreign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/variables.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define VARIABLES_MAX 8

static bool is_option(struct slice name)
{
    (void)name;
    return false;
}

/* clang-format off */
static const struct {
    const char *variables[VARIABLES_MAX];
    const char *added; /* joined with blanks; NULL: refused */
    const char *says;
} ROWS[] = {
    {{"HOME=/"}, "", NULL},
    {{"CONTAINERS=1"}, "", NULL},
    /* the haproxy family: the line that bind stands before, and levels of its log */
    {{"POST=1", "BIND_CONFIG=[::]:2375 v4v6"}, "DOCKGATE_LISTEN=tcp://:2375", NULL},
    {{"POST=1", "BIND_CONFIG=[::]:2375 v4v6", "DOCKGATE_LISTEN=tcp://:99"}, "DOCKGATE_LISTEN=tcp://:2375", NULL},
    {{"CONTAINERS=1", "BIND_CONFIG=:2375"}, "DOCKGATE_LISTEN=tcp://0.0.0.0:2375", NULL},
    {{"POST=1", "BIND_CONFIG=*:80"}, "DOCKGATE_LISTEN=tcp://0.0.0.0:80", NULL},
    {{"POST=1", "BIND_CONFIG=127.0.0.1:2375,[::1]:2375"}, "DOCKGATE_LISTEN=tcp://127.0.0.1:2375,tcp://[::1]:2375", NULL},
    {{"POST=1", "BIND_CONFIG=:::2375\tv6only "}, "DOCKGATE_LISTEN=tcp://[::]:2375", NULL},
    {{"POST=1", "BIND_CONFIG=/run/x.sock"}, "DOCKGATE_LISTEN=unix:///run/x.sock", NULL},
    {{"POST=1", "BIND_CONFIG=unix@/run/x.sock"}, "DOCKGATE_LISTEN=unix:///run/x.sock", NULL},
    {{"POST=1", "BIND_CONFIG="}, "", NULL},
    {{"POST=1", "BIND_CONFIG=:2375 ssl crt /x.pem"}, NULL, "BIND_CONFIG=:2375 ssl crt /x.pem: \"ssl\" can't be had here"},
    {{"POST=1", "BIND_CONFIG=proxy.example:2375"}, NULL, "BIND_CONFIG: address \"tcp://proxy.example:2375\""},
    {{"POST=1", "BIND_CONFIG=2375"}, NULL, "BIND_CONFIG=2375: the port is missing"},
    {{"POST=1", "BIND_CONFIG= v4v6"}, NULL, "BIND_CONFIG= v4v6: the port is missing"},
    {{"POST=1", "DISABLE_IPV6=1"}, "", NULL},
    {{"POST=1", "DISABLE_IPV6=1", "DOCKGATE_LISTEN=tcp://:2375"}, "DOCKGATE_LISTEN=tcp://0.0.0.0:2375", NULL},
    {{"POST=1", "DISABLE_IPV6=0", "DOCKGATE_LISTEN=tcp://:2375"}, "", NULL},
    {{"POST=1", "DISABLE_IPV6=1", "DOCKGATE_LISTEN=tcp://[::1]:2375"}, "", NULL},
    {{"POST=1", "DISABLE_IPV6=1", "BIND_CONFIG=[::]:2375 v4v6"}, "DOCKGATE_LISTEN=tcp://:2375", NULL},
    {{"POST=1", "DISABLE_IPV6=maybe"}, NULL, "DISABLE_IPV6=maybe: accepted is 1 or 0"},
    {{"POST=1", "LOG_LEVEL=info"}, "DOCKGATE_LOG=all", NULL},
    {{"POST=1", "LOG_LEVEL=DEBUG"}, "DOCKGATE_LOG=all", NULL},
    {{"POST=1", "LOG_LEVEL=warning"}, "DOCKGATE_LOG=denied", NULL},
    {{"POST=1", "LOG_LEVEL=err"}, "DOCKGATE_LOG=off", NULL},
    {{"POST=1", "LOG_LEVEL=err", "DOCKGATE_LOG=denied"}, "", NULL},
    {{"POST=1", "LOG_LEVEL=loud"}, NULL, "LOG_LEVEL=loud: accepted is debug, info, notice"},
    {{"CONTAINERS=1", "LOG_LEVEL=loud"}, "", NULL},
    {{"IMAGES_BUILD=1", "LOG_LEVEL=err", "BIND_CONFIG=x"}, "", NULL},
    /* wollomatic: without anything, the local address may connect, and what is denied is logged */
    {{"SP_ALLOW_GET=x"}, "DOCKGATE_ALLOW_FROM=127.0.0.1/32 DOCKGATE_LOG=denied", NULL},
    {{"DOCKGATE_DIALECT=wollomatic"}, "DOCKGATE_ALLOW_FROM=127.0.0.1/32 DOCKGATE_LOG=denied", NULL},
    {{"SP_LISTENIP=0.0.0.0", "SP_ALLOWFROM=10.0.0.0/8,::1", "SP_LOGLEVEL=debug"},
     "DOCKGATE_LISTEN=tcp://0.0.0.0:2375 DOCKGATE_ALLOW_FROM=10.0.0.0/8,::1 DOCKGATE_LOG=all", NULL},
    {{"SP_LISTENIP=::", "SP_PROXYPORT=99", "SP_LOGLEVEL=Error", "SP_ALLOWFROM=::/0"},
     "DOCKGATE_LISTEN=tcp://[::]:99 DOCKGATE_ALLOW_FROM=::/0 DOCKGATE_LOG=off", NULL},
    {{"SP_PROXYPORT=99", "DOCKGATE_LISTEN=tcp://:2375", "DOCKGATE_LOG=all"},
     "DOCKGATE_LISTEN=tcp://127.0.0.1:99 DOCKGATE_ALLOW_FROM=127.0.0.1/32", NULL},
    {{"SP_ALLOW_GET=x", "SP_ALLOWFROM=traefik,dozzle"}, "DOCKGATE_ALLOW_FROM=traefik,dozzle DOCKGATE_LOG=denied", NULL},
    {{"SP_PROXYSOCKETENDPOINT=/s", "SP_LISTENIP=0.0.0.0", "SP_ALLOWFROM=10.0.0.1"},
     "DOCKGATE_LISTEN=unix:///s DOCKGATE_SOCKET_MODE=0600 DOCKGATE_LOG=denied", NULL},
    {{"SP_PROXYSOCKETENDPOINT=/s", "SP_PROXYSOCKETENDPOINTFILEMODE=0o660"},
     "DOCKGATE_LISTEN=unix:///s DOCKGATE_SOCKET_MODE=660 DOCKGATE_LOG=denied", NULL},
    {{"SP_SOCKETPATH=/e", "SP_LOGJSON=t", "SP_SHUTDOWNGRACETIME=5", "SP_WATCHDOGINTERVAL=3600", "SP_STOPONWATCHDOG=true", "SP_ALLOWHEALTHCHECK=1"},
     "DOCKGATE_ALLOW_FROM=127.0.0.1/32 DOCKGATE_LOG=denied DOCKGATE_ENGINE=unix:///e DOCKGATE_LOG_FORMAT=json DOCKGATE_GRACE=5 "
     "DOCKGATE_WATCHDOG=3600 DOCKGATE_WATCHDOG_STOP=1 DOCKGATE_HEALTH_LISTEN=tcp://127.0.0.1:55555", NULL},
    {{"SP_SOCKETPATH=/e", "DOCKGATE_ENGINE=/mine", "SP_LOGJSON=F", "SP_STOPONWATCHDOG="},
     "DOCKGATE_ALLOW_FROM=127.0.0.1/32 DOCKGATE_LOG=denied", NULL},
    {{"SP_ALLOWBINDMOUNTFROM=/tmp", "SP_ALLOW_GET=.*"}, "DOCKGATE_ALLOW_FROM=127.0.0.1/32 DOCKGATE_LOG=denied", NULL},
    {{"SP_ALLOWBINDMOUNTFROM=/tmp", "SP_ALLOW_POST_2=.*"}, NULL, "SP_ALLOWBINDMOUNTFROM beside SP_ALLOW_POST: say DOCKGATE_REQUESTS=safe"},
    {{"SP_ALLOWBINDMOUNTFROM=/tmp", "SP_ALLOW_POST=.*", "DOCKGATE_REQUESTS=none"}, NULL, "SP_ALLOWBINDMOUNTFROM beside SP_ALLOW_POST"},
    {{"SP_ALLOWBINDMOUNTFROM=/tmp,/srv", "SP_ALLOW_POST=.*", "DOCKGATE_REQUESTS=safe"},
     "DOCKGATE_BINDS=/tmp,/srv DOCKGATE_ALLOW_FROM=127.0.0.1/32 DOCKGATE_LOG=denied", NULL},
    {{"SP_PROXYCONTAINERNAME=x"}, NULL, "SP_PROXYCONTAINERNAME: rules in the labels"},
    {{"SP_LOGLEVEL=loud"}, NULL, "SP_LOGLEVEL=loud: accepted is DEBUG, INFO, WARN or ERROR"},
    {{"SP_WATCHDOGINTERVAL=1h"}, NULL, "SP_WATCHDOGINTERVAL=1h: accepted is a number of seconds"},
    {{"SP_LOGJSON=maybe"}, NULL, "SP_LOGJSON=maybe: accepted is true or false"},
    /* cetusguard */
    {{"CETUSGUARD_RULES=x"}, "DOCKGATE_LOG=denied", NULL},
    {{"CETUSGUARD_LOG_LEVEL=7", "CETUSGUARD_BACKEND_ADDR=unix:///e", "DOCKER_HOST=tcp://x:1"}, "DOCKGATE_ENGINE=unix:///e DOCKGATE_LOG=all", NULL},
    {{"CETUSGUARD_LOG_LEVEL=3", "CONTAINER_HOST=unix:///p", "DOCKER_HOST=tcp://x:1"}, "DOCKGATE_ENGINE=unix:///p DOCKGATE_LOG=off", NULL},
    {{"CETUSGUARD_FRONTEND_ADDR=tcp://:2375", "CETUSGUARD_FRONTEND_ADDR:2=unix:///s"}, "DOCKGATE_LISTEN=tcp://:2375,unix:///s DOCKGATE_LOG=denied", NULL},
    {{"CETUSGUARD_LOG_LEVEL=8"}, NULL, "CETUSGUARD_LOG_LEVEL=8: accepted is a number from 0 to 7"},
    {{"CETUSGUARD_BACKEND_TLS_CACERT=/c"}, NULL, "CETUSGUARD_BACKEND_TLS_CACERT: TLS settings come with a later version"},
    {{"CETUSGUARD_FRONTEND_TLS_KEY=/c"}, NULL, "CETUSGUARD_FRONTEND_TLS_KEY: TLS"},
    {{"CETUSGUARD_BACKEND_TLS_KEY=", "CETUSGUARD_RULES_FILE="}, "DOCKGATE_LOG=denied", NULL},
    {{"CETUSGUARD_RULES_FILE=/no/such"}, NULL, "CETUSGUARD_RULES_FILE: /no/such: No such file or directory"},
    {{"CETUSGUARD_RULES_FILE=/"}, NULL, "CETUSGUARD_RULES_FILE: /: Is a directory"},
    {{"CETUSGUARD_RULES_FILE=/dev/zero"}, NULL, "CETUSGUARD_RULES_FILE: /dev/zero: larger than"},
};
/* clang-format on */

/* The variables of the list that were not there before. */
static void join_added(const struct variables *v, char *const *before, char *out, size_t max)
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < v->nlist; i++) {
        bool old = false;
        for (size_t j = 0; before[j] != NULL; j++) { /* variables_gather goes to its end, too */
            old = old || v->list[i] == before[j];
        }
        if (!old) {
            int n = snprintf(out + len, max - len, "%s%s", len == 0 ? "" : " ", v->list[i]);
            assert_true(n > 0 && (size_t)n < max - len);
            len += (size_t)n;
        }
    }
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        char serve[] = "serve";
        char *argv[] = {serve, NULL};
        struct variables v;
        struct diag d = {{0}};
        char added[1024];
        char *environment[VARIABLES_MAX];
        memcpy(environment, ROWS[i].variables, sizeof(environment)); /* nobody writes into them */
        assert_true(variables_gather(environment, COMMAND_SERVE, 1, argv, is_option, &v, &d));
        bool ok = foreign_apply(&v, &d);
        join_added(&v, environment, added, sizeof(added));
        if (ROWS[i].added == NULL) {
            if (ok || strstr(d.text, ROWS[i].says) == NULL) {
                print_error("%s: %s\n", ROWS[i].variables[0], ok ? added : d.text);
            }
            assert_false(ok);
            assert_non_null(strstr(d.text, ROWS[i].says));
        } else {
            if (!ok) {
                print_error("%s: %s\n", ROWS[i].variables[0], d.text);
            }
            assert_true(ok);
            assert_string_equal(added, ROWS[i].added);
        }
        variables_free(&v);
    }
}

/* The text of each file takes the place of its name. */
static void test_files(void **state)
{
    char name[] = "/tmp/dockgate-test-XXXXXX";
    char first[64];
    char second[64];
    char serve[] = "serve";
    char *argv[] = {serve, NULL};
    char *environment[] = {first, second, NULL};
    struct variables v;
    struct diag d = {{0}};
    char added[256];
    int fd = mkstemp(name);
    (void)state;
    assert_int_equal(write(fd, "GET /x\n", 7), 7);
    close(fd);
    snprintf(first, sizeof(first), "CETUSGUARD_RULES_FILE=%s", name);
    snprintf(second, sizeof(second), "CETUSGUARD_RULES_FILE:2=%s", name);
    assert_true(variables_gather(environment, COMMAND_SERVE, 1, argv, is_option, &v, &d));
    assert_true(foreign_apply(&v, &d));
    join_added(&v, environment, added, sizeof(added));
    assert_string_equal(added, "DOCKGATE_LOG=denied CETUSGUARD_RULES_FILE:1=GET /x\n "
                               "CETUSGUARD_RULES_FILE:2=GET /x\n");
    variables_free(&v);
    unlink(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
