/* Options by rows: variables, and the operations that they must allow or deny, with the option that
 * is named for it; and what is to be said of variables that are wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "policy/compile.h"
/* after the above, which it needs */
#include <cmocka.h>

#define VARIABLES_MAX 12

static const struct slice setting_names[] = {{"DOCKGATE_LISTEN", 15},
                                             {"DOCKGATE_STRICT", 15},
                                             {"DOCKGATE_UNKNOWN", 16},
                                             {"DOCKGATE_DIALECT", 16},
                                             {"SOCKET_PATH", 11}};
static const struct policy_known known = {setting_names, 5};

/* Compiles "A=1 B=0". */
static bool compile(const char *text, struct policy *p, struct policy_notes *notes)
{
    struct policy_variable variables[VARIABLES_MAX];
    struct slice rest = slice_from_text(text);
    struct slice part;
    size_t n = 1;
    variables[0] = (struct policy_variable){SLICE("DOCKGATE_DIALECT"), SLICE("mjmccans")};
    while (slice_next(&rest, ' ', &part)) {
        if (part.len != 0) {
            size_t at = slice_find(part, '=');
            assert_true(n < VARIABLES_MAX);
            variables[n++] =
                (struct policy_variable){slice_sub(part, 0, at), slice_sub(part, at + 1, part.len)};
        }
    }
    return policy_compile(variables, n, &known, p, notes);
}

struct verdict_row {
    const char *variables;
    enum operation_id operation;
    bool allowed;
    option_id by;
};

/* clang-format off */
static const struct verdict_row verdict_rows[] = {
    /* defaults */
    {"",                                       OPERATION_SYSTEM_PING,            true,  OPTION_PING},
    {"",                                       OPERATION_SYSTEM_PING_HEAD,       true,  OPTION_PING},
    {"",                                       OPERATION_SYSTEM_VERSION,         true,  OPTION_VERSION},
    {"",                                       OPERATION_SYSTEM_EVENTS,          true,  OPTION_EVENTS},
    {"",                                       OPERATION_SYSTEM_INFO,            false, OPTION_INFO},
    {"",                                       OPERATION_CONTAINER_LIST,         false, OPTION_CONTAINERS},
    {"",                                       OPERATION_CONTAINER_START,        false, OPTION_CONTAINERS_START},
    {"",                                       OPERATION_CONTAINER_PS,           false, OPTION_CONTAINERS},
    {"",                                       OPERATION_EXEC_START,             false, OPTION_EXEC},
    {"",                                       OPERATION_CONTAINER_ATTACH_WEBSOCKET, false, OPTION_CONTAINERS_ATTACH},
    {"PING=0",                                 OPERATION_SYSTEM_PING,            false, OPTION_PING},
    {"EVENTS=off",                             OPERATION_SYSTEM_EVENTS,          false, OPTION_EVENTS},
    /* sections grant reads and nothing else */
    {"CONTAINERS=1",                           OPERATION_CONTAINER_LIST,         true,  OPTION_CONTAINERS},
    {"CONTAINERS=1",                           OPERATION_CONTAINER_ARCHIVE_INFO, true,  OPTION_CONTAINERS},
    {"CONTAINERS=1",                           OPERATION_CONTAINER_ARCHIVE,      true,  OPTION_CONTAINERS},
    {"CONTAINERS=1",                           OPERATION_CONTAINER_START,        false, OPTION_CONTAINERS_START},
    {"CONTAINERS=1",                           OPERATION_CONTAINER_DELETE,       false, OPTION_CONTAINERS_DELETE},
    {"CONTAINERS=1",                           OPERATION_CONTAINER_ARCHIVE_PUT,  false, OPTION_CONTAINERS_ARCHIVE_PUT},
    {"CONTAINERS=1",                           OPERATION_CONTAINER_ATTACH_WEBSOCKET, false, OPTION_CONTAINERS_ATTACH},
    {"CONTAINERS=1",                           OPERATION_IMAGE_LIST,             false, OPTION_IMAGES},
    {"EXEC=1",                                 OPERATION_EXEC_START,             true,  OPTION_EXEC},
    {"EXEC=1",                                 OPERATION_EXEC_INSPECT,           true,  OPTION_EXEC},
    {"EXEC=1",                                 OPERATION_CONTAINER_EXEC,         false, OPTION_CONTAINERS_EXEC},
    {"NODES=1",                                OPERATION_NODE_UPDATE,            true,  OPTION_NODES},
    {"NODES=1",                                OPERATION_NODE_DELETE,            false, OPTION_NODES_DELETE},
    {"SWARM=1",                                OPERATION_SWARM_UNLOCKKEY,        true,  OPTION_SWARM},
    {"SWARM=1",                                OPERATION_SWARM_INIT,             false, OPTION_SWARM_INIT},
    /* put right */
    {"CONTAINERS_DELETE=1",                    OPERATION_CONTAINER_DELETE,       true,  OPTION_CONTAINERS_DELETE},
    {"NETWORKS_CONNECT=1",                     OPERATION_NETWORK_CONNECT,        true,  OPTION_NETWORKS_CONNECT},
    {"NETWORKS_CONNECT=1",                     OPERATION_NETWORK_DISCONNECT,     false, OPTION_NETWORKS_DISCONNECT},
    {"IMAGES_BUILD=1",                         OPERATION_IMAGE_BUILD,            true,  OPTION_IMAGES_BUILD},
    {"IMAGES_BUILD=1",                         OPERATION_BUILD_PRUNE,            false, OPTION_IMAGES_BUILD_PRUNE},
    {"COMMIT=1",                               OPERATION_IMAGE_COMMIT,           true,  OPTION_COMMIT},
    {"CONTAINERS_ATTACH=1",                    OPERATION_CONTAINER_ATTACH_WEBSOCKET, true, OPTION_CONTAINERS_ATTACH},
    {"DESCRIPTIVE_ERRORS=0 CONTAINERS=1",      OPERATION_CONTAINER_ATTACH_WEBSOCKET, false, OPTION_CONTAINERS_ATTACH},
    /* the nearest option that is set decides, in both directions, in any order */
    {"CONTAINERS=1 CONTAINERS_LOGS=0",         OPERATION_CONTAINER_LOGS,         false, OPTION_CONTAINERS_LOGS},
    {"CONTAINERS_LOGS=0 CONTAINERS=1",         OPERATION_CONTAINER_LOGS,         false, OPTION_CONTAINERS_LOGS},
    {"CONTAINERS=1 CONTAINERS_LOGS=0",         OPERATION_CONTAINER_LIST,         true,  OPTION_CONTAINERS},
    {"CONTAINERS_LOGS=1",                      OPERATION_CONTAINER_LOGS,         true,  OPTION_CONTAINERS_LOGS},
    {"CONTAINERS=0 CONTAINERS_LOGS=1",         OPERATION_CONTAINER_LOGS,         true,  OPTION_CONTAINERS_LOGS},
    {"CONTAINERS=0 CONTAINERS_LOGS=1",         OPERATION_CONTAINER_LIST,         false, OPTION_CONTAINERS},
    {"CONTAINERS=1 CONTAINERS_LIST=0",         OPERATION_CONTAINER_PS,           false, OPTION_CONTAINERS_LIST},
    {"IMAGES=1 IMAGES_GET=0",                  OPERATION_IMAGE_GET_ALL,          false, OPTION_IMAGES_GET},
    {"CONTAINERS_ATTACH=1 CONTAINERS_ATTACH_WS=0", OPERATION_CONTAINER_ATTACH_WEBSOCKET, false, OPTION_CONTAINERS_ATTACH_WS},
    {"CONTAINERS_ATTACH=1 CONTAINERS_ATTACH_WS=0", OPERATION_CONTAINER_ATTACH,   true,  OPTION_CONTAINERS_ATTACH},
    {"EXEC=1 EXEC_START=0",                    OPERATION_EXEC_START,             false, OPTION_EXEC_START},
    {"CONTAINERS=0 CONTAINERS=1",              OPERATION_CONTAINER_LIST,         true,  OPTION_CONTAINERS},
    /* strict */
    {"CONTAINERS=1 DOCKGATE_STRICT=1",         OPERATION_CONTAINER_ARCHIVE,      false, OPTION_CONTAINERS_ARCHIVE},
    {"DOCKGATE_STRICT=1 CONTAINERS=1",         OPERATION_CONTAINER_EXPORT,       false, OPTION_CONTAINERS_EXPORT},
    {"CONTAINERS=1 DOCKGATE_STRICT=1",         OPERATION_CONTAINER_ARCHIVE_INFO, false, OPTION_CONTAINERS_ARCHIVE},
    {"CONTAINERS=1 DOCKGATE_STRICT=1",         OPERATION_CONTAINER_LIST,         true,  OPTION_CONTAINERS},
    {"CONTAINERS=1 DOCKGATE_STRICT=1",         OPERATION_CONTAINER_LOGS,         true,  OPTION_CONTAINERS},
    {"CONTAINERS_ARCHIVE=1 DOCKGATE_STRICT=1", OPERATION_CONTAINER_ARCHIVE,      true,  OPTION_CONTAINERS_ARCHIVE},
    {"IMAGES=1 DOCKGATE_STRICT=yes",           OPERATION_IMAGE_GET,              false, OPTION_IMAGES_GET},
    {"IMAGES=1 DOCKGATE_STRICT=yes",           OPERATION_IMAGE_GET_ALL,          false, OPTION_IMAGES_GET_ALL},
    {"SWARM=1 DOCKGATE_STRICT=1",              OPERATION_SWARM_INSPECT,          false, OPTION_SWARM_INSPECT},
    {"SWARM=1 DOCKGATE_STRICT=1",              OPERATION_SWARM_UNLOCKKEY,        false, OPTION_SWARM_UNLOCKKEY},
    {"CONFIGS=1 DOCKGATE_STRICT=1",            OPERATION_CONFIG_LIST,            false, OPTION_CONFIGS_LIST},
    {"CONFIGS=1 DOCKGATE_STRICT=0",            OPERATION_CONFIG_LIST,            true,  OPTION_CONFIGS},
    /* switches, in any case */
    {"INFO=TRUE",                              OPERATION_SYSTEM_INFO,            true,  OPTION_INFO},
    {"INFO=Yes",                               OPERATION_SYSTEM_INFO,            true,  OPTION_INFO},
    {"INFO=oN",                                OPERATION_SYSTEM_INFO,            true,  OPTION_INFO},
    {"VERSION=False",                          OPERATION_SYSTEM_VERSION,         false, OPTION_VERSION},
    {"VERSION=NO",                             OPERATION_SYSTEM_VERSION,         false, OPTION_VERSION},
};

struct note_row {
    const char *variables;
    size_t errors;
    size_t warnings;
    const char *has; /* a part of the first note */
};

static const struct note_row note_rows[] = {
    {"",                                         0, 0, ""},
    {"CONTAINERS_START=1",                       0, 0, ""},
    /* values */
    {"CONTAINERS=2",                             1, 0, "CONTAINERS=\"2\" is no switch"},
    {"CONTAINERS=",                              1, 0, "CONTAINERS=\"\" is no switch"},
    {"CONTAINERS=01",                            1, 0, "CONTAINERS"},
    {"CONTAINERS=+1",                            1, 0, "CONTAINERS"},
    {"CONTAINERS=y",                             1, 0, "CONTAINERS"},
    {"CONTAINERS=truex",                         1, 0, "CONTAINERS"},
    {"CONTAINERS=\nx",                           1, 0, "CONTAINERS=\"\\x0ax\""},
    {"DESCRIPTIVE_ERRORS=maybe",                 1, 0, "DESCRIPTIVE_ERRORS"},
    {"DOCKGATE_STRICT=maybe",                    1, 0, "DOCKGATE_STRICT"},
    {"DOCKGATE_UNKNOWN=maybe",                   1, 0, "DOCKGATE_UNKNOWN"},
    {"CONTAINERS=2 IMAGES=3",                    2, 0, "CONTAINERS"},
    /* misspelt */
    {"CONTAINERS_STRAT=1",                       1, 0, "the nearest is CONTAINERS_START"},
    {"CONTANERS=1",                              1, 0, "the nearest is CONTAINERS"},
    {"CONTAINER=1",                              1, 0, "the nearest is CONTAINERS"},
    {"IMGES=1",                                  1, 0, "the nearest is IMAGES"},
    {"PNIG=1",                                   1, 0, "the nearest is PING"},
    {"IFNO=1",                                   1, 0, "the nearest is INFO"},
    {"NODE=1",                                   1, 0, "the nearest is NODES"},
    {"POGN=1",                                   1, 0, "the nearest is PING"},
    {"CONTAINERS_STRAT=1 DOCKGATE_UNKNOWN=warn", 0, 1, "the nearest is CONTAINERS_START"},
    {"CONTAINERS_STRAT=1 DOCKGATE_UNKNOWN=error", 1, 0, "the nearest is CONTAINERS_START"},
    {"CONTAINERS_FROBNICATE=1",                  1, 0, "CONTAINERS_FROBNICATE is no option"},
    {"IMAGES_DIR=/x",                            1, 0, "IMAGES_DIR is no option"},
    {"EXEC_DELETE=1",                            1, 0, "EXEC_DELETE is no option"},
    {"EVENTS_X=1",                               1, 0, "EVENTS_X is no option"},
    {"TASKS_DELETE=1 DOCKGATE_UNKNOWN=warn",     0, 1, "TASKS_DELETE is no option"},
    {"DOCKGATE_LSTEN=x",                         1, 0, "the nearest is DOCKGATE_LISTEN"},
    {"DOCKGATE_FROBNICATE=x",                    1, 0, "is no setting; dockgate serve --help lists them"},
    {"DOCKGATE_TLS=1",                           1, 0, "is no setting; dockgate serve --help lists them"},
    {"DOKGATE_LISTEN=x",                         1, 0, "the nearest is DOCKGATE_LISTEN"},
    {"containers=1",                             0, 1, "containers is ignored"},
    /* unrelated */
    {"PATH=/bin HOME=/ TERM=xterm HOSTNAME=h PWD=/ SHLVL=1 LANG=C TZ=UTC", 0, 0, ""},
    {"COLUMNS=120 LINES=40",                     0, 0, ""},
    /* what Kubernetes says of services named dockgate, system and nodes */
    {"DOCKGATE_SERVICE_HOST=10.0.0.1 DOCKGATE_SERVICE_PORT=2375 DOCKGATE_SERVICE_PORT_HTTP=2375", 0, 0, ""},
    {"DOCKGATE_PORT=tcp://10.0.0.1:2375 SYSTEM_PORT=udp://10.0.0.1:53",                           0, 0, ""},
    {"NODES_PORT_80_TCP=tcp://10.0.0.1:80 NODES_PORT_80_TCP_PROTO=tcp NODES_PORT_80_TCP_ADDR=10.0.0.1", 0, 0, ""},
    {"DOCKGATE_PORT=2375",                       1, 0, "DOCKGATE_PORT is no setting"},
    {"IMAGES_PORT_X=1",                          1, 0, "IMAGES_PORT_X is no option"},
    {"NGINX_VERSION=1 LC_ALL=C USER=u SHELL=/bin/sh MAIL=m EDITOR=vi DEBUG=1 _=x", 0, 0, ""},
    {"container=podman SESSION_MANAGER=x COMMIT_SHA=x NOTIFY_SOCKET=/x LISTEN_FDS=1", 0, 0, ""},
    {"SOCKET_PATH=/x DOCKGATE_LISTEN=x",         0, 0, ""},
    {"=1 X",                                     0, 0, ""},
    /* what a section opens */
    {"CONTAINERS=1",                             0, 2, "close it with CONTAINERS_ARCHIVE=0"},
    {"CONTAINERS=1 CONTAINERS_ARCHIVE=0",        0, 1, "close it with CONTAINERS_EXPORT=0"},
    {"CONTAINERS=1 CONTAINERS_ARCHIVE=1",        0, 1, "close it with CONTAINERS_EXPORT=0"},
    {"CONTAINERS=1 CONTAINERS_ARCHIVE=0 CONTAINERS_EXPORT=0", 0, 0, ""},
    {"CONTAINERS=1 DOCKGATE_STRICT=1",           0, 0, ""},
    {"IMAGES=1",                                 0, 2, "close it with IMAGES_GET_ALL=0"},
    {"IMAGES=1 IMAGES_GET=0",                    0, 0, ""},
    {"IMAGES_GET=1",                             0, 0, ""},
    {"CONFIGS=1",                                0, 2, "close it with CONFIGS_LIST=0"},
    {"SWARM=1",                                  0, 2, "close it with SWARM_INSPECT=0"},
};
/* clang-format on */

static void test_verdicts(void **state)
{
    (void)state;
    static struct policy_notes notes;
    for (size_t i = 0; i < sizeof(verdict_rows) / sizeof(verdict_rows[0]); i++) {
        const struct verdict_row *r = &verdict_rows[i];
        struct policy p;
        assert_true(compile(r->variables, &p, &notes));
        if (operation_set_has(&p.allowed, r->operation) != r->allowed ||
            p.decided_by[r->operation] != r->by) {
            struct slice path = operation_get(r->operation)->path;
            struct slice by = option_name(p.decided_by[r->operation]);
            fail_msg("%s: %.*s by %.*s", r->variables, (int)path.len, path.at, (int)by.len, by.at);
        }
    }
}

static bool note_has(const struct policy_notes *notes, const char *part)
{
    struct slice wanted = slice_from_text(part);
    if (wanted.len == 0) {
        return true;
    }
    struct slice text = notes->note[0].text;
    return notes->n != 0 && memmem(text.at, text.len, wanted.at, wanted.len) != NULL;
}

static void test_notes(void **state)
{
    (void)state;
    static struct policy_notes notes;
    for (size_t i = 0; i < sizeof(note_rows) / sizeof(note_rows[0]); i++) {
        const struct note_row *r = &note_rows[i];
        struct policy p;
        bool ok = compile(r->variables, &p, &notes);
        if (ok != (r->errors == 0) || notes.nerrors != r->errors ||
            notes.nwarnings != r->warnings || !note_has(&notes, r->has)) {
            struct slice text = notes.n == 0 ? SLICE("-") : notes.note[0].text;
            fail_msg("%s: %zu errors, %zu warnings, %.*s", r->variables, notes.nerrors,
                     notes.nwarnings, (int)text.len, text.at);
        }
    }
}

/* After an error nothing is allowed, whatever else was set. */
static void test_errors_close(void **state)
{
    (void)state;
    static struct policy_notes notes;
    struct policy p;
    assert_false(compile("CONTAINERS=1 IMAGES=2", &p, &notes));
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        assert_false(operation_set_has(&p.allowed, (enum operation_id)i));
    }
}

/* More notes than there is room for are counted, not written. */
static void test_many_notes(void **state)
{
    (void)state;
    static struct policy_variable variables[1000];
    static struct policy_notes notes;
    struct policy p;
    for (size_t i = 0; i < 1000; i++) {
        variables[i] = (struct policy_variable){SLICE("CONTAINERS_FROBNICATE"), SLICE("")};
    }
    assert_false(policy_compile(variables, 1000, &known, &p, &notes));
    assert_int_equal(notes.nerrors, 1000);
    assert_in_range(notes.n, 10, NOTES_MAX);
}

/* Each leaf by itself grants its operation, second spellings of it and what hangs below it; nothing
 * else. */
static void test_leaves(void **state)
{
    (void)state;
    static struct policy_notes notes;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        option_id leaf = option_leaf((enum operation_id)i);
        struct policy_variable variables[] = {
            {SLICE("EVENTS"), SLICE("0")},
            {SLICE("PING"), SLICE("0")},
            {SLICE("VERSION"), SLICE("0")},
            {option_name(leaf), SLICE("1")},
            {SLICE("DOCKGATE_DIALECT"), SLICE("mjmccans")},
        };
        struct policy p;
        assert_true(policy_compile(variables, 5, &known, &p, &notes));
        assert_true(operation_set_has(&p.allowed, (enum operation_id)i));
        for (size_t j = 0; j < OPERATION_COUNT; j++) {
            option_id other = option_leaf((enum operation_id)j);
            bool below = false;
            for (option_id o = other; o != OPTION_NONE; o = option_parent(o)) {
                below = below || o == leaf;
            }
            assert_int_equal(operation_set_has(&p.allowed, (enum operation_id)j), below);
        }
    }
}

/* Only reads are below a section, but for EXEC and NODES. */
static void test_sections(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        const struct operation *o = operation_get((enum operation_id)i);
        option_id parent = option_parent(option_leaf((enum operation_id)i));
        bool read = slice_equal(o->method, SLICE("GET")) || slice_equal(o->method, SLICE("HEAD"));
        bool writes =
            parent == OPTION_EXEC || parent == OPTION_NODES || parent == OPTION_CONTAINERS_DELETE;
        assert_true(parent == OPTION_NONE || read || writes);
    }
}

/* What is named for a denied operation, as variables that are on, but for the one at `without`. */
static void put_named(const struct policy *p, enum operation_id op, size_t without, struct buf *b)
{
    for (size_t i = 0; i <= p->also[op].n; i++) {
        if (i != without) {
            assert_true(buf_putf(
                b, " %s=1", option_name(i == 0 ? p->decided_by[op] : p->also[op].at[i - 1]).at));
        }
    }
}

/* In each dialect: all options that a denied operation names allow it, and none of them is too
 * many. */
static void test_missing(void **state)
{
    static const char *const dialects[] = {"mjmccans", "tecnativa", "fluencelabs", "linuxserver"};
    static struct policy none;
    static struct policy p;
    static struct policy_notes notes;
    size_t together = 0;

    (void)state;
    for (size_t i = 0; i < OPERATION_COUNT * 4; i++) {
        enum operation_id op = (enum operation_id)(i / 4);
        char text[256];
        struct buf b;
        buf_init(&b, text, sizeof(text) - 1);
        assert_true(buf_putf(&b, "DOCKGATE_DIALECT=%s", dialects[i % 4]));
        size_t front = b.len;
        text[front] = '\0';
        assert_true(compile(text, &none, &notes));
        if (operation_set_has(&none.allowed, op)) {
            continue;
        }
        size_t n = 1U + none.also[op].n;
        together += n > 1 ? 1 : 0;
        for (size_t without = 0; without <= n; without++) {
            b.len = front;
            put_named(&none, op, without, &b);
            text[b.len] = '\0';
            assert_true(compile(text, &p, &notes));
            if (operation_set_has(&p.allowed, op) != (without == n)) {
                print_error("operation %zu: %s\n", i / 4, text);
            }
            assert_int_equal(operation_set_has(&p.allowed, op), without == n);
            policy_fini(&p);
        }
        policy_fini(&none);
    }
    assert_true(together > 100);
}

static void test_missing_text(void **state)
{
    static const struct {
        const char *variables;
        enum operation_id operation;
        const char *text;
    } rows[] = {
        {"DOCKGATE_DIALECT=mjmccans", OPERATION_CONTAINER_CREATE, "CONTAINERS_CREATE"},
        {"DOCKGATE_DIALECT=tecnativa", OPERATION_CONTAINER_CREATE, "CONTAINERS and POST"},
        {"DOCKGATE_DIALECT=tecnativa POST=1", OPERATION_CONTAINER_CREATE, "CONTAINERS"},
        {"DOCKGATE_DIALECT=fluencelabs CONTAINERS=1", OPERATION_CONTAINER_DELETE, "DELETE"},
        {"DOCKGATE_DIALECT=linuxserver", OPERATION_CONTAINER_ARCHIVE_PUT,
         "CONTAINERS, POST and ALLOW_ARCHIVE"},
        {"DOCKGATE_DIALECT=wollomatic", OPERATION_CONTAINER_CREATE, ""},
    };
    static struct policy p;
    static struct policy_notes notes;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[128];
        struct buf b;
        buf_init(&b, text, sizeof(text) - 1);
        assert_true(compile(rows[i].variables, &p, &notes));
        policy_put_missing(&p, rows[i].operation, &b);
        text[b.len] = '\0';
        assert_string_equal(text, rows[i].text);
        policy_fini(&p);
    }
}

static void test_descriptive_errors(void **state)
{
    (void)state;
    static struct policy_notes notes;
    struct policy on;
    struct policy off;
    assert_true(compile("CONTAINERS=1", &on, &notes) && on.descriptive_errors);
    assert_true(compile("CONTAINERS=1 DESCRIPTIVE_ERRORS=0", &off, &notes));
    assert_false(off.descriptive_errors);
    assert_memory_equal(&on.allowed, &off.allowed, sizeof(on.allowed));
}

static void test_names(void **state)
{
    (void)state;
    assert_true(slice_equal(option_name(OPTION_NONE), SLICE("-")));
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        assert_int_equal(option_find(option_name((option_id)i)), i);
        assert_true(option_get((option_id)i)->sentence.len != 0);
    }
    assert_int_equal(option_find(SLICE("containers")), OPTION_NONE);
    assert_int_equal(option_find_flag(SLICE("containers-start")), OPTION_CONTAINERS_START);
    assert_int_equal(option_find_flag(SLICE("CONTAINERS_START")), OPTION_CONTAINERS_START);
    assert_int_equal(option_find_flag(SLICE("containers-strat")), OPTION_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),   cmocka_unit_test(test_notes),
        cmocka_unit_test(test_many_notes), cmocka_unit_test(test_errors_close),
        cmocka_unit_test(test_leaves),     cmocka_unit_test(test_sections),
        cmocka_unit_test(test_missing),    cmocka_unit_test(test_missing_text),
        cmocka_unit_test(test_names),      cmocka_unit_test(test_descriptive_errors),
    };
    return cmocka_run_group_tests_name("policy compile", tests, NULL, NULL);
}
