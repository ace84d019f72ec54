/* Presets in a policy by rows: variables, and the operations that they must allow or deny, with
 * what is named for it; and what is to be said of names that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "policy/compile.h"
/* after the above, which it needs */
#include <cmocka.h>

#define VARIABLES_MAX 8

static const struct slice setting_names[] = {{"DOCKGATE_DIALECT", 16}, {"DOCKGATE_PRESET", 15}};
static const struct policy_known known = {setting_names, 2};

/* Compiles "A=1|B=x,y". */
static bool compile(const char *text, struct policy *p, struct policy_notes *notes)
{
    struct policy_variable variables[VARIABLES_MAX];
    struct slice rest = slice_from_text(text);
    struct slice part;
    size_t n = 0;
    while (slice_next(&rest, '|', &part)) {
        size_t at = slice_find(part, '=');
        assert_true(n < VARIABLES_MAX);
        variables[n++] =
            (struct policy_variable){slice_sub(part, 0, at), slice_sub(part, at + 1, part.len)};
    }
    return policy_compile(variables, n, &known, p, notes);
}

/* clang-format off */
static const struct {
    const char *variables;
    enum operation_id operation;
    bool allowed;
    const char *by;
} rows[] = {
    {"DOCKGATE_PRESET=dozzle",                       OPERATION_CONTAINER_LOGS,     true,  "preset:dozzle"},
    {"DOCKGATE_PRESET=dozzle",                       OPERATION_SYSTEM_PING,        true,  "preset:dozzle"},
    {"DOCKGATE_PRESET=dozzle",                       OPERATION_SYSTEM_PING_HEAD,   true,  "preset:dozzle"},
    {"DOCKGATE_PRESET=dozzle",                       OPERATION_CONTAINER_ARCHIVE,  false, "CONTAINERS_ARCHIVE"},
    {"DOCKGATE_PRESET=dozzle",                       OPERATION_CONTAINER_PS,       false, "CONTAINERS_PS"},
    {"DOCKGATE_PRESET=dozzle",                       OPERATION_EXEC_START,         false, "EXEC_START"},
    {"DOCKGATE_PRESET=traefik",                      OPERATION_SYSTEM_EVENTS,      true,  "preset:traefik-docker"},
    /* nothing is on by default */
    {"DOCKGATE_PRESET=uptime-kuma",                  OPERATION_SYSTEM_PING,        false, "PING"},
    {"DOCKGATE_PRESET=uptime-kuma",                  OPERATION_SYSTEM_VERSION,     false, "VERSION"},
    {"DOCKGATE_PRESET=uptime-kuma",                  OPERATION_SYSTEM_EVENTS,      false, "EVENTS"},
    {"DOCKGATE_PRESET=uptime-kuma|EVENTS=1",         OPERATION_SYSTEM_EVENTS,      true,  "EVENTS"},
    /* several */
    {"DOCKGATE_PRESET=traefik,dozzle",               OPERATION_CONTAINER_LIST,     true,  "preset:traefik-docker"},
    {"DOCKGATE_PRESET=dozzle,traefik",               OPERATION_CONTAINER_LIST,     true,  "preset:dozzle"},
    {"DOCKGATE_PRESET=traefik dozzle",               OPERATION_CONTAINER_LOGS,     true,  "preset:dozzle"},
    /* the last value counts; an empty one is none */
    {"DOCKGATE_PRESET=dozzle|DOCKGATE_PRESET=diun",  OPERATION_CONTAINER_LOGS,     false, "CONTAINERS_LOGS"},
    {"DOCKGATE_PRESET=dozzle|DOCKGATE_PRESET=",      OPERATION_CONTAINER_LOGS,     false, "CONTAINERS"},
    {"DOCKGATE_PRESET=",                             OPERATION_SYSTEM_EVENTS,      true,  "EVENTS"},
    /* options that are set win, in both directions */
    {"DOCKGATE_PRESET=dozzle|CONTAINERS_LOGS=0",     OPERATION_CONTAINER_LOGS,     false, "CONTAINERS_LOGS"},
    {"DOCKGATE_PRESET=dozzle|CONTAINERS=0",          OPERATION_CONTAINER_LOGS,     false, "CONTAINERS"},
    {"DOCKGATE_PRESET=dozzle|CONTAINERS=0",          OPERATION_SYSTEM_INFO,        true,  "preset:dozzle"},
    {"DOCKGATE_PRESET=dozzle|CONTAINERS=0|CONTAINERS_LOGS=1", OPERATION_CONTAINER_LOGS, true, "CONTAINERS_LOGS"},
    {"DOCKGATE_PRESET=dozzle|CONTAINERS_LOGS=1",     OPERATION_CONTAINER_LOGS,     true,  "CONTAINERS_LOGS"},
    {"DOCKGATE_PRESET=dozzle|CONTAINERS_TOP=1",      OPERATION_CONTAINER_TOP,      true,  "CONTAINERS_TOP"},
    {"DOCKGATE_PRESET=dozzle|IMAGES=1",              OPERATION_IMAGE_GET,          true,  "IMAGES"},
    {"DOCKGATE_PRESET=dozzle|PING=0",                OPERATION_SYSTEM_PING_HEAD,   false, "PING"},
    /* strict means sections, not presets */
    {"DOCKGATE_PRESET=testcontainers|DOCKGATE_STRICT=1", OPERATION_CONTAINER_ARCHIVE, true, "preset:testcontainers"},
    /* under the words of other families */
    {"DOCKGATE_DIALECT=tecnativa|DOCKGATE_PRESET=watchtower-update",        OPERATION_CONTAINER_CREATE, true,  "preset:watchtower-update"},
    {"DOCKGATE_DIALECT=tecnativa|DOCKGATE_PRESET=watchtower-update|POST=0", OPERATION_CONTAINER_CREATE, false, "POST"},
    {"DOCKGATE_DIALECT=tecnativa|DOCKGATE_PRESET=watchtower-update|POST=0", OPERATION_CONTAINER_LIST,   true,  "preset:watchtower-update"},
    {"DOCKGATE_DIALECT=tecnativa|DOCKGATE_PRESET=uptime-kuma",              OPERATION_SYSTEM_EVENTS,    false, "EVENTS"},
    {"DOCKGATE_DIALECT=tecnativa|DOCKGATE_PRESET=uptime-kuma",              OPERATION_CONTAINER_LOGS,   false, "CONTAINERS_LOGS"},
    {"DOCKGATE_DIALECT=tecnativa|DOCKGATE_PRESET=uptime-kuma|EVENTS=1",     OPERATION_SYSTEM_EVENTS,    true,  "EVENTS"},
    {"DOCKGATE_DIALECT=tecnativa|DOCKGATE_PRESET=uptime-kuma|CONTAINERS=0", OPERATION_CONTAINER_LIST,   false, "CONTAINERS"},
    {"DOCKGATE_DIALECT=tecnativa|DOCKGATE_PRESET=uptime-kuma|CONTAINERS_LIST=0", OPERATION_CONTAINER_LIST, false, "CONTAINERS_LIST"},
    {"DOCKGATE_DIALECT=linuxserver|DOCKGATE_PRESET=dozzle",                 OPERATION_CONTAINER_LOGS,   true,  "preset:dozzle"},
    {"DOCKGATE_DIALECT=linuxserver|DOCKGATE_PRESET=dozzle|ALLOW_LOGS=0",    OPERATION_CONTAINER_LOGS,   false, "ALLOW_LOGS"},
    {"DOCKGATE_DIALECT=fluencelabs|DOCKGATE_PRESET=watchtower-update|DELETE=0", OPERATION_CONTAINER_DELETE, false, "DELETE"},
};

static const struct {
    const char *variables;
    const char *said;
} wrong[] = {
    {"DOCKGATE_PRESET=dozle", "DOCKGATE_PRESET=\"dozle\" names no preset; the nearest is dozzle"},
    {"DOCKGATE_PRESET=diun,Dozzle", "DOCKGATE_PRESET=\"Dozzle\" names no preset; the nearest is dozzle"},
    {"DOCKGATE_PRESET= , ", "DOCKGATE_PRESET=\" , \" names no preset"},
    {"DOCKGATE_PRESET=autoheal beszel cadvisor crowdsec diun diun-swarm docker-gen dozzle glances homepage komodo "
     "lazydocker netdata ofelia vector wud zabbix", "DOCKGATE_PRESET names more presets than can be"},
};
/* clang-format on */

static void test_rows(void **state)
{
    static struct policy_notes notes;
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct policy p;
        bool ok = compile(rows[i].variables, &p, &notes);
        struct slice by = policy_decided_by(&p, rows[i].operation);
        bool allowed = operation_set_has(&p.allowed, rows[i].operation);
        if (!ok || allowed != rows[i].allowed || !slice_equal(by, slice_from_text(rows[i].by))) {
            print_error("row %zu: %s: %d by %.*s\n", i, rows[i].variables, allowed, (int)by.len,
                        by.at);
            fail();
        }
        policy_fini(&p);
    }
}

/* The running gate asks in the same way. */
static void test_decide(void **state)
{
    static struct policy_notes notes;
    char path[64];
    struct policy_room room = {.path = path};
    struct policy p;
    (void)state;
    assert_true(compile("DOCKGATE_PRESET=dozzle", &p, &notes));
    struct verdict v = policy_decide(&p, SLICE("GET"), SLICE("/containers/a/logs"), &room);
    assert_int_equal(v.kind, VERDICT_ALLOW);
    assert_true(slice_equal(verdict_decided_by(&v), SLICE("preset:dozzle")));
    v = policy_decide(&p, SLICE("POST"), SLICE("/containers/a/kill"), &room);
    assert_int_equal(v.kind, VERDICT_DENY);
    assert_true(slice_equal(verdict_decided_by(&v), SLICE("CONTAINERS_KILL")));
    policy_fini(&p);
}

static void test_wrong(void **state)
{
    static struct policy_notes notes;
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct policy p;
        assert_false(compile(wrong[i].variables, &p, &notes));
        assert_int_equal(notes.nerrors, 1);
        assert_true(slice_starts_with(notes.note[0].text, slice_from_text(wrong[i].said)));
        for (size_t op = 0; op < OPERATION_COUNT; op++) {
            assert_false(operation_set_has(&p.allowed, (enum operation_id)op));
        }
        policy_fini(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_decide),
        cmocka_unit_test(test_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
