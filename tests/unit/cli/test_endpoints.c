/* The two ends of the gate: which variable names the engine, how listeners are separated. */
#include "cli/endpoints.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

static const struct {
    const char *variables[2];
    const char *engine; /* NULL: refused */
    const char *says;
} ENGINES[] = {
    {{NULL}, "unix:///var/run/docker.sock", NULL},
    {{"SOCKET_PATH=/run/x.sock"}, "/run/x.sock", NULL},
    {{"SOCKET_PATH=/run/x.sock", "DOCKGATE_ENGINE=tcp://127.0.0.1:1"}, "tcp://127.0.0.1:1", NULL},
    {{"SOCKET_PATH=", "DOCKGATE_ENGINE="}, "unix:///var/run/docker.sock", NULL},
    {{"SOCKET_PATH=run/x.sock"}, NULL, "SOCKET_PATH: address"},
    {{"DOCKGATE_ENGINE=tcp://:2375"}, NULL, "host is missing"},
    {{"DOCKGATE_ENGINE=tcp://podmand:2375"}, "tcp://podmand:2375", NULL},
    {{"SOCKET_PATH=tcp://podmand:2375"}, "tcp://podmand:2375", NULL},
    {{"DOCKGATE_ENGINE=tcp://docker:x"}, NULL, "DOCKGATE_ENGINE: address"},
};

static const struct {
    const char *value;
    size_t n; /* 0: refused */
    const char *last;
} LISTENERS[] = {
    {"tcp://127.0.0.1:1", 1, "tcp://127.0.0.1:1"},
    {"tcp://127.0.0.1:1,unix:///x", 2, "unix:///x"},
    {" tcp://127.0.0.1:1 ,\tunix:///x , ", 2, "unix:///x"},
    {"/a /b /c", 3, "/c"},
    {"/a unix:///a", 0, "DOCKGATE_LISTEN names unix:///a twice"},
    {"tcp://127.0.0.1:1,tcp://localhost:1", 0, "names tcp://localhost:1 twice"},
    {"tcp://127.0.0.1:1,tcp://[::1]:1", 2, "tcp://[::1]:1"},
    {"tcp://127.0.0.1:0,tcp://127.0.0.1:0", 2, "tcp://127.0.0.1:0"},
    {" , ", 0, "names no address"},
    {"tcp://127.0.0.1:1;unix:///x", 0, "DOCKGATE_LISTEN: address"},
    {"/1 /2 /3 /4 /5 /6 /7 /8 /9 /10 /11 /12 /13 /14 /15 /16 /17 /18 /19 /20 /21 /22 /23 /24 /25 "
     "/26 "
     "/27 /28 /29 /30 /31 /32 /33",
     0, "more than 32"},
};

static void load(const char *const *from, size_t n, char texts[2][256], struct settings *s)
{
    char *variables[3] = {NULL};
    struct diag d = {{0}};

    for (size_t i = 0; i < n && from[i] != NULL; i++) {
        snprintf(texts[i], 256, "%s", from[i]);
        variables[i] = texts[i];
    }
    assert_true(settings_read(variables, s, &d));
}

static void test_engines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ENGINES) / sizeof(ENGINES[0]); i++) {
        char texts[2][256];
        struct settings s;
        struct net_address a;
        struct diag d = {{0}};

        load(ENGINES[i].variables, 2, texts, &s);
        bool ok = endpoints_engine(&s, &a, &d);
        assert_int_equal(ok, ENGINES[i].engine != NULL);
        if (ok) {
            assert_string_equal(a.text, ENGINES[i].engine);
            assert_true((endpoints_path(&a) == NULL) == (net_address_port(&a) != 0));
        } else {
            assert_non_null(strstr(d.text, ENGINES[i].says));
        }
    }
}

static void test_listeners(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(LISTENERS) / sizeof(LISTENERS[0]); i++) {
        static struct net_address listen[ENDPOINTS_MAX];
        char value[256];
        const char *const variables[] = {value};
        char texts[2][256];
        struct settings s;
        size_t n = 0;
        struct diag d = {{0}};

        snprintf(value, sizeof(value), "DOCKGATE_LISTEN=%s", LISTENERS[i].value);
        load(variables, 1, texts, &s);
        bool ok = endpoints_listen(&s, listen, &n, &d);
        assert_int_equal(ok, LISTENERS[i].n > 0);
        if (ok) {
            assert_int_equal(n, LISTENERS[i].n);
            assert_string_equal(listen[n - 1].text, LISTENERS[i].last);
        } else {
            assert_non_null(strstr(d.text, LISTENERS[i].last));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_engines),
                                       cmocka_unit_test(test_listeners)};
    return cmocka_run_group_tests_name("cli endpoints", tests, NULL, NULL);
}
