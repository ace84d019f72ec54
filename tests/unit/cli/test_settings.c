/* The settings: each default is valid, each kind accepts what it says, and errors name the
 * variable. */
#include "cli/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* clang-format off */
static const struct {
    const char *variable;
    enum setting_id id;
    uint64_t number;   /* what it becomes */
    const char *says;  /* or the error's text */
} ROWS[] = {
    {"DOCKGATE_HEAD_TIMEOUT=5",          SETTING_HEAD_TIMEOUT,    5000, NULL},
    {"DOCKGATE_HEAD_TIMEOUT=5s",         SETTING_HEAD_TIMEOUT,    5000, NULL},
    {"DOCKGATE_HEAD_TIMEOUT=250ms",      SETTING_HEAD_TIMEOUT,    250, NULL},
    {"DOCKGATE_IDLE_TIMEOUT=2m",         SETTING_IDLE_TIMEOUT,    120000, NULL},
    {"DOCKGATE_IDLE_TIMEOUT=1h",         SETTING_IDLE_TIMEOUT,    3600000, NULL},
    {"DOCKGATE_ENGINE_TIMEOUT=0",        SETTING_ENGINE_TIMEOUT,  0, NULL},
    {"DOCKGATE_GRACE=0",                 SETTING_GRACE,           0, NULL},
    {"DOCKGATE_GRACE=168h",              SETTING_GRACE,           604800000, NULL},
    {"DOCKGATE_GRACE=169h",              SETTING_GRACE,           0, "DOCKGATE_GRACE=169h: accepted is a time"},
    {"DOCKGATE_HEAD_TIMEOUT=0",          SETTING_HEAD_TIMEOUT,    0, "above 0"},
    {"DOCKGATE_HEAD_TIMEOUT=-1",         SETTING_HEAD_TIMEOUT,    0, "DOCKGATE_HEAD_TIMEOUT=-1"},
    {"DOCKGATE_HEAD_TIMEOUT=5d",         SETTING_HEAD_TIMEOUT,    0, "DOCKGATE_HEAD_TIMEOUT=5d"},
    {"DOCKGATE_HEAD_TIMEOUT=s",          SETTING_HEAD_TIMEOUT,    0, "DOCKGATE_HEAD_TIMEOUT=s"},
    {"DOCKGATE_HEAD_TIMEOUT=99999999999999999999", SETTING_HEAD_TIMEOUT, 0, "DOCKGATE_HEAD_TIMEOUT="},
    {"DOCKGATE_SOCKET_MODE=0666",        SETTING_SOCKET_MODE,     0666, NULL},
    {"DOCKGATE_SOCKET_MODE=600",         SETTING_SOCKET_MODE,     0600, NULL},
    {"DOCKGATE_SOCKET_MODE=0888",        SETTING_SOCKET_MODE,     0, "octal"},
    {"DOCKGATE_SOCKET_MODE=7777",        SETTING_SOCKET_MODE,     0, "octal"},
    {"DOCKGATE_LOG=denied",              SETTING_LOG,             1, NULL},
    {"DOCKGATE_LOG=OFF",                 SETTING_LOG,             2, NULL},
    {"DOCKGATE_LOG=none",                SETTING_LOG,             0, "DOCKGATE_LOG=none: accepted is all|denied|off"},
    {"DOCKGATE_LOG_FORMAT=json",         SETTING_LOG_FORMAT,      1, NULL},
    {"DOCKGATE_LOG_FORMAT=xml",          SETTING_LOG_FORMAT,      0, "classic|json"},
    {"DOCKGATE_DIALECT=mjmccans",        SETTING_DIALECT,         0, NULL},
    {"DOCKGATE_DIALECT=tecnativa",       SETTING_DIALECT,         1, NULL},
    {"DOCKGATE_DIALECT=",                SETTING_DIALECT,         0, NULL},
    {"DOCKGATE_DIALECT=nginx",           SETTING_DIALECT,         0, "accepted is mjmccans|tecnativa|"},
    {"DOCKGATE_CONFIG=/etc/x.yaml",      SETTING_CONFIG,          0, NULL},
    {"DOCKGATE_STRICT=Yes",              SETTING_STRICT,          1, NULL},
    {"DOCKGATE_STRICT=2",                SETTING_STRICT,          0, "DOCKGATE_STRICT=2"},
    {"DOCKGATE_WORKERS=64",              SETTING_WORKERS,         64, NULL},
    {"DOCKGATE_WORKERS=65",              SETTING_WORKERS,         0, "1 to 64"},
    {"DOCKGATE_WORKERS=0",               SETTING_WORKERS,         0, "1 to 64"},
    {"DOCKGATE_MAX_CONNECTIONS=1000000", SETTING_MAX_CONNECTIONS, 1000000, NULL},
    {"DOCKGATE_MAX_CONNECTIONS=1000001", SETTING_MAX_CONNECTIONS, 0, "DOCKGATE_MAX_CONNECTIONS"},
    {"DOCKGATE_MAX_CONNECTIONS=",        SETTING_MAX_CONNECTIONS, 4096, NULL},
    {"DOCKGATE_CONFIG=",                 SETTING_CONFIG,          0, NULL},
    {"DOCKGATE_LISTENS=x",               SETTING_LISTEN,          0, "DOCKGATE_LISTENS is no setting; the nearest is DOCKGATE_LISTEN"},
    {"DOCKGATE_=x",                      SETTING_LISTEN,          0, "DOCKGATE_ is no setting"},
    {"DOCKGATE_TLS=1",                   SETTING_LISTEN,          0, "DOCKGATE_TLS is no setting; dockgate serve --help lists them"},
    {"DOCKGATE_GRACE=5min",              SETTING_GRACE,           0, "accepted is a time (500ms, 10s, 5m)"},
    {"HOSTNAME=x",                       SETTING_MAX_CONNECTIONS, 4096, NULL},
    {"NOEQUALS",                         SETTING_MAX_CONNECTIONS, 4096, NULL},
};
/* clang-format on */

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        char text[128] = "";
        char *variables[] = {text, NULL};
        struct settings s;
        struct diag d = {{0}};

        strncat(text, ROWS[i].variable, sizeof(text) - 1);
        print_message("# %s\n", text);
        bool ok = settings_read(variables, &s, &d);
        if (ROWS[i].says != NULL) {
            assert_false(ok);
            assert_non_null(strstr(d.text, ROWS[i].says));
            continue;
        }
        assert_true(ok);
        assert_int_equal(s.at[ROWS[i].id].number, ROWS[i].number);
    }
}

/* Setting each variable to its own default changes nothing but that it is set. */
static void test_defaults(void **state)
{
    char *none[] = {NULL};
    struct settings s;
    struct diag d = {{0}};

    (void)state;
    assert_true(settings_read(none, &s, &d));
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting_row *row = setting_row_get((enum setting_id)i);
        char text[256] = "";
        char *variables[] = {text, NULL};
        struct settings again;

        assert_int_equal(setting_find(row->name), i);
        if (row->fallback[0] == '\0') {
            continue;
        }
        strncat(text, row->name.at, 64);
        strncat(text, "=", 2);
        strncat(text, row->fallback, 128);
        print_message("# %s\n", text);
        assert_true(settings_read(variables, &again, &d));
        assert_true(again.at[i].set);
        assert_int_equal(again.at[i].number, s.at[i].number);
    }
}

static void test_last_wins(void **state)
{
    char first[] = "DOCKGATE_GRACE=1";
    char second[] = "DOCKGATE_GRACE=2";
    char *variables[] = {first, second, NULL};
    struct settings s;
    struct diag d = {{0}};

    (void)state;
    assert_true(settings_read(variables, &s, &d));
    assert_int_equal(s.at[SETTING_GRACE].number, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_last_wins),
    };
    return cmocka_run_group_tests_name("cli settings", tests, NULL, NULL);
}
