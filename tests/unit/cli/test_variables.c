/* Flags as variables: what each becomes, what it lies over, and which are refused. */
#include "cli/variables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#define ARGUMENTS 6

/* Two options are enough here. */
static bool is_option(struct slice name)
{
    return slice_equal(name, SLICE("CONTAINERS")) || slice_equal(name, SLICE("CONTAINERS_START"));
}

/* On top of an environment of HOME=/ and DOCKGATE_LISTEN=old. */
static const struct {
    const char *arguments[ARGUMENTS];
    const char *list;  /* joined with blanks; NULL: refused */
    const char *words; /* or the error's text */
} ROWS[] = {
    {{NULL}, "HOME=/ DOCKGATE_LISTEN=old", ""},
    {{"--listen=new"}, "HOME=/ DOCKGATE_LISTEN=new", ""},
    {{"--listen", "new"}, "HOME=/ DOCKGATE_LISTEN=new", ""},
    {{"--LISTEN=a=b"}, "HOME=/ DOCKGATE_LISTEN=a=b", ""},
    {{"--dockgate-listen=new"}, "HOME=/ DOCKGATE_LISTEN=new", ""},
    {{"--log-format", "json"}, "HOME=/ DOCKGATE_LISTEN=old DOCKGATE_LOG_FORMAT=json", ""},
    {{"--socket-path=/x"}, "HOME=/ DOCKGATE_LISTEN=old SOCKET_PATH=/x", ""},
    {{"--containers=1"}, "HOME=/ DOCKGATE_LISTEN=old CONTAINERS=1", ""},
    {{"--CONTAINERS_START", "0"}, "HOME=/ DOCKGATE_LISTEN=old CONTAINERS_START=0", ""},
    {{"--containers-start="}, "HOME=/ DOCKGATE_LISTEN=old CONTAINERS_START=", ""},
    {{"--containers=default", "--listen=Default"}, "HOME=/", ""},
    {{"--containers=1", "--containers=default"}, "HOME=/ DOCKGATE_LISTEN=old", ""},
    {{"--containers=default", "--containers=1"}, "HOME=/ DOCKGATE_LISTEN=old CONTAINERS=1", ""},
    {{"--containers=defaults"}, "HOME=/ DOCKGATE_LISTEN=old CONTAINERS=defaults", ""},
    {{"--listen=a", "--listen=b"}, "HOME=/ DOCKGATE_LISTEN=b", ""},
    {{"GET", "/x", "--listen=a"}, "HOME=/ DOCKGATE_LISTEN=a", "GET /x"},
    {{"--", "--listen=a", "-x"}, "HOME=/ DOCKGATE_LISTEN=old", "--listen=a -x"},
    {{"-"}, "HOME=/ DOCKGATE_LISTEN=old", "-"},
    {{"--lisen=a"}, NULL, "no flag --lisen; the nearest is --listen"},
    {{"--container=1"}, NULL, "--containers"},
    {{"--port=2375"}, NULL, "no flag --port; the nearest is --listen"},
    {{"--docker-host=x"}, NULL, "no flag --docker-host; the nearest is --engine"},
    {{"--frobnicate"}, NULL, "no flag --frobnicate (dockgate explain --help lists them)"},
    {{"--home=/x"}, NULL, "no flag --home"},
    {{"--listen"}, NULL, "--listen needs a value"},
    {{"--"}, "HOME=/ DOCKGATE_LISTEN=old", ""},
    {{"--=x"}, NULL, "no flag"},
    {{"--bach"}, NULL, "no flag --bach; the nearest is --batch"},
    {{"--batch=1"}, NULL, "--batch takes no value"},
    {{"--batch", "--listen=a"}, "HOME=/ DOCKGATE_LISTEN=a", ""},
    {{"--", "--batch"}, "HOME=/ DOCKGATE_LISTEN=old", "--batch"},
    {{"--markdown"}, NULL, "no flag --markdown"},
    {{"-l"}, NULL, "two dashes"},
    /* other proxies' */
    {{"-allowGET=/a|b", "-loglevel", "debug"},
     "HOME=/ DOCKGATE_LISTEN=old SP_ALLOW_GET=/a|b SP_LOGLEVEL=debug",
     ""},
    {{"--allowGET=/a", "-allowGET", "/b", "-allowGET=/c"},
     "HOME=/ DOCKGATE_LISTEN=old SP_ALLOW_GET=/a SP_ALLOW_GET_2=/b SP_ALLOW_GET_3=/c",
     ""},
    {{"-stoponwatchdog", "-logjson=false", "x"},
     "HOME=/ DOCKGATE_LISTEN=old SP_STOPONWATCHDOG=true SP_LOGJSON=false",
     "x"},
    {{"-rules", "GET /a", "-rules=GET /b", "-no-builtin-rules"},
     "HOME=/ DOCKGATE_LISTEN=old CETUSGUARD_RULES=GET /a CETUSGUARD_RULES:2=GET /b "
     "CETUSGUARD_NO_BUILTIN_RULES=true",
     ""},
    {{"-allowget=/a"}, NULL, "two dashes"},
    {{"-allowGET"}, NULL, "-allowGET needs a value"},
    {{"-listen=x"}, NULL, "two dashes"},
    {{"--a-name-that-is-much-longer-than-any-setting-or-option-could-ever-hope-to-be=1"},
     NULL,
     "no flag"},
};

static void join(char *const *list, size_t n, char *out, size_t max)
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < n && len < max; i++) {
        len += (size_t)snprintf(out + len, max - len, "%s%s", i == 0 ? "" : " ", list[i]);
    }
}

static void test_rows(void **state)
{
    char home[] = "HOME=/";
    char listen[] = "DOCKGATE_LISTEN=old";
    char *environment[] = {home, listen, NULL};

    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        char copies[ARGUMENTS][128];
        char *argv[ARGUMENTS + 2] = {copies[0]};
        int argc = 1;
        char got[256];
        struct variables v;
        struct diag d = {{0}};

        for (size_t k = 0; k < ARGUMENTS && ROWS[i].arguments[k] != NULL; k++) {
            snprintf(copies[k], sizeof(copies[k]), "%s", ROWS[i].arguments[k]);
            argv[argc++] = copies[k];
        }
        print_message("# %s\n", argc > 1 ? argv[1] : "nothing");
        bool ok = variables_gather(environment, COMMAND_EXPLAIN, argc, argv, is_option, &v, &d);
        if (ROWS[i].list == NULL) {
            assert_false(ok);
            assert_non_null(strstr(d.text, ROWS[i].words));
        } else {
            assert_true(ok);
            join(v.list, v.nlist, got, sizeof(got));
            assert_string_equal(got, ROWS[i].list);
            assert_null(v.list[v.nlist]);
            join(v.words, v.nwords, got, sizeof(got));
            assert_string_equal(got, ROWS[i].words);
        }
        variables_free(&v);
    }
}

/* A command's own flags: there or not, and a command that takes no settings. */
static void test_own_flags(void **state)
{
    char name[] = "x";
    char batch[] = "--BATCH";
    char option[] = "--containers=1";
    char *environment[] = {NULL};
    char *argv[] = {name, batch, NULL};
    char *with_option[] = {name, option, NULL};
    struct variables v;
    struct diag d = {{0}};

    (void)state;
    assert_true(variables_gather(environment, COMMAND_EXPLAIN, 2, argv, is_option, &v, &d));
    assert_string_equal(v.flag[FLAG_EXPLAIN_BATCH], "");
    assert_null(v.flag[FLAG_CHECK_ALL]);
    variables_free(&v);
    assert_false(variables_gather(environment, COMMAND_OPTIONS, 2, with_option, is_option, &v, &d));
    assert_string_equal(d.text,
                        "there is no flag --containers (dockgate options --help lists them)");
    variables_free(&v);
}

static void test_help(void **state)
{
    char name[] = "serve";
    char help[] = "--help";
    char *environment[] = {NULL};
    char *argv[] = {name, help, NULL};
    struct variables v;
    struct diag d = {{0}};

    (void)state;
    assert_true(variables_gather(environment, COMMAND_SERVE, 2, argv, is_option, &v, &d));
    assert_true(v.help);
    variables_free(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows), cmocka_unit_test(test_own_flags), cmocka_unit_test(test_help)};
    return cmocka_run_group_tests_name("cli variables", tests, NULL, NULL);
}
