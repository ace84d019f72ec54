/* Dialects by rows: variables, and the dialect that they show; values, and how each family reads
 * them; and what the family of haproxy makes of its options beyond what the recorded decisions
 * show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "policy/compile.h"
/* after the above, which it needs */
#include <cmocka.h>

#define VARIABLES_MAX 12

static const struct policy_known known = {NULL, 0};

/* Splits "A=1 B=0". */
static size_t split(const char *text, struct policy_variable variables[VARIABLES_MAX])
{
    struct slice rest = slice_from_text(text);
    struct slice part;
    size_t n = 0;
    while (slice_next(&rest, ' ', &part)) {
        size_t at = slice_find(part, '=');
        assert_true(n < VARIABLES_MAX);
        variables[n++] =
            (struct policy_variable){slice_sub(part, 0, at), slice_sub(part, at + 1, part.len)};
    }
    return n;
}

struct found_row {
    const char *variables;
    enum dialect_id dialect; /* NONE: an error */
    bool open;
    const char *reason;
};

/* clang-format off */
static const struct found_row found_rows[] = {
    {"HOME=/",                                   DIALECT_MJMCCANS,    true,  ""},
    {"CONTAINERS=1 EVENTS=0",                    DIALECT_MJMCCANS,    true,  ""},
    {"CONTAINERS=1 CONTAINERS_LOGS=0",           DIALECT_MJMCCANS,    true,  ""},
    {"CONTAINERS=1 CONTAINERS_KILL=0",           DIALECT_MJMCCANS,    true,  ""},
    {"CONTAINERS=1 GRPC=1 SESSION=1",            DIALECT_MJMCCANS,    true,  ""},
    {"CONTAINERS_START=1",                       DIALECT_MJMCCANS,    false, ", because CONTAINERS_START is set"},
    {"CONTAINERS=1 IMAGES_BUILD=1",              DIALECT_MJMCCANS,    false, ", because IMAGES_BUILD is set"},
    {"IMAGES_BUILD=1 GRPC=1",                    DIALECT_MJMCCANS,    false, ", because IMAGES_BUILD is set"},
    {"POST=1",                                   DIALECT_TECNATIVA,   false, ", because POST is set"},
    {"CONTAINERS=1 POST=0",                      DIALECT_TECNATIVA,   false, ", because POST is set"},
    {"POST= CONTAINERS=1",                       DIALECT_TECNATIVA,   false, ", because POST is set"},
    {"CONTAINERS=1 ALLOW_START=1",               DIALECT_TECNATIVA,   false, ", because ALLOW_START is set"},
    {"BUILD=1",                                  DIALECT_TECNATIVA,   false, ", because BUILD is set"},
    {"POST=1 CONTAINERS=1 CONTAINERS_LOGS=0",    DIALECT_TECNATIVA,   false, ", because POST is set"},
    {"POST=1 CONTAINERS=1 CONTAINERS_KILL=0",    DIALECT_TECNATIVA,   false, ", because POST is set"},
    {"CONTAINERS=1 DELETE=1",                    DIALECT_FLUENCELABS, false, ", because DELETE is set"},
    {"CONTAINERS=1 POST=1 CONTAINERS_START=1",   DIALECT_FLUENCELABS, false, ", because POST and CONTAINERS_START are set"},
    {"CONTAINERS_START=1 POST=1",                DIALECT_FLUENCELABS, false, ", because CONTAINERS_START and POST are set"},
    {"CONTAINERS=1 ALLOW_LOGS=0",                DIALECT_LINUXSERVER, false, ", because ALLOW_LOGS is set"},
    {"ALLOW_PAUSE=1 POST=1",                     DIALECT_LINUXSERVER, false, ", because ALLOW_PAUSE is set"},
    {"SP_ALLOW_GET=/x",                          DIALECT_WOLLOMATIC,  false, ", because SP_… is set"},
    {"SP_LOGLEVEL=x CONTAINERS=1 POST=1",        DIALECT_WOLLOMATIC,  false, ", because SP_… is set"},
    {"CETUSGUARD_RULES=x",                       DIALECT_CETUSGUARD,  false, ", because CETUSGUARD_… is set"},
    /* words of families that have nothing in common */
    {"POST=1 CONTAINERS_KILL=1",                 DIALECT_NONE,        false, ""},
    {"ALLOW_LOGS=1 DELETE=1",                    DIALECT_NONE,        false, ""},
    {"SP_ALLOW_GET=/x CETUSGUARD_RULES=x",       DIALECT_NONE,        false, ""},
    /* said by name */
    {"DOCKGATE_DIALECT=tecnativa CONTAINERS=1",  DIALECT_TECNATIVA,   false, ", because DOCKGATE_DIALECT is set"},
    {"DOCKGATE_DIALECT=LinuxServer DELETE=1",    DIALECT_LINUXSERVER, false, ", because DOCKGATE_DIALECT is set"},
    {"DOCKGATE_DIALECT=mjmccans POST=1",         DIALECT_MJMCCANS,    false, ", because DOCKGATE_DIALECT is set"},
    {"DOCKGATE_DIALECT=nginx",                   DIALECT_NONE,        false, ""},
    {"DOCKGATE_DIALECT= POST=1",                 DIALECT_TECNATIVA,   false, ", because POST is set"},
};

static const struct {
    struct slice value;
    enum dialect_switch mjmccans;
    enum dialect_switch haproxy;
} switch_rows[] = {
    {SLICE_INIT("1"),      DIALECT_SWITCH_ON,  DIALECT_SWITCH_ON},
    {SLICE_INIT("0"),      DIALECT_SWITCH_OFF, DIALECT_SWITCH_OFF},
    {SLICE_INIT("true"),   DIALECT_SWITCH_ON,  DIALECT_SWITCH_WORD},
    {SLICE_INIT("Yes"),    DIALECT_SWITCH_ON,  DIALECT_SWITCH_WORD},
    {SLICE_INIT("off"),    DIALECT_SWITCH_OFF, DIALECT_SWITCH_OFF},
    {SLICE_INIT(""),       DIALECT_SWITCH_BAD, DIALECT_SWITCH_OFF},
    {SLICE_INIT("10"),     DIALECT_SWITCH_BAD, DIALECT_SWITCH_ON},
    {SLICE_INIT("01"),     DIALECT_SWITCH_BAD, DIALECT_SWITCH_ON},
    {SLICE_INIT("1x"),     DIALECT_SWITCH_BAD, DIALECT_SWITCH_ON},
    {SLICE_INIT("+1"),     DIALECT_SWITCH_BAD, DIALECT_SWITCH_ON},
    {SLICE_INIT("-1"),     DIALECT_SWITCH_BAD, DIALECT_SWITCH_ON},
    {SLICE_INIT("00"),     DIALECT_SWITCH_BAD, DIALECT_SWITCH_ODD},
    {SLICE_INIT("0x1"),    DIALECT_SWITCH_BAD, DIALECT_SWITCH_ODD},
    {SLICE_INIT("+"),      DIALECT_SWITCH_BAD, DIALECT_SWITCH_ODD},
    {SLICE_INIT(" 1"),     DIALECT_SWITCH_BAD, DIALECT_SWITCH_ODD},
    {SLICE_INIT("enable"), DIALECT_SWITCH_BAD, DIALECT_SWITCH_ODD},
};

struct verdict_row {
    const char *variables;
    enum operation_id operation;
    bool allowed;
    option_id by;
};

#define TEC "DOCKGATE_DIALECT=tecnativa "
#define FLU "DOCKGATE_DIALECT=fluencelabs "
#define LIN "DOCKGATE_DIALECT=linuxserver "
static const struct verdict_row verdict_rows[] = {
    /* the option that is missing is named: the one where fewest are */
    {TEC "EVENTS=1",                            OPERATION_CONTAINER_CREATE,  false, OPTION_CONTAINERS},
    {TEC "CONTAINERS=1",                        OPERATION_CONTAINER_CREATE,  false, OPTION_POST},
    {TEC "POST=1",                              OPERATION_CONTAINER_CREATE,  false, OPTION_CONTAINERS},
    {TEC "POST=1 CONTAINERS=1",                 OPERATION_CONTAINER_CREATE,  true,  OPTION_CONTAINERS},
    {TEC "EVENTS=1",                            OPERATION_CONTAINER_START,   false, OPTION_ALLOW_START},
    {TEC "EVENTS=1",                            OPERATION_CONTAINER_KILL,    false, OPTION_ALLOW_RESTARTS},
    {TEC "ALLOW_RESTARTS=1",                    OPERATION_CONTAINER_KILL,    true,  OPTION_ALLOW_RESTARTS},
    {TEC "CONTAINERS=1",                        OPERATION_CONTAINER_ATTACH_WEBSOCKET, false, OPTION_POST},
    {TEC "CONTAINERS=1 POST=1",                 OPERATION_CONTAINER_ATTACH_WEBSOCKET, true,  OPTION_CONTAINERS},
    {TEC "AUTH=1",                              OPERATION_SYSTEM_AUTH,       false, OPTION_POST},
    {TEC "AUTH=1 POST=1",                       OPERATION_SYSTEM_AUTH,       true,  OPTION_AUTH},
    {FLU "CONTAINERS=1 POST=1",                 OPERATION_CONTAINER_DELETE,  false, OPTION_DELETE},
    {FLU "CONTAINERS_START=1",                  OPERATION_CONTAINER_START,   false, OPTION_POST},
    {FLU "POST=1",                              OPERATION_CONTAINER_START,   false, OPTION_CONTAINERS_START},
    {FLU "POST=1 DELETE=1 CONTAINERS=1",        OPERATION_CONTAINER_ARCHIVE_PUT, false, OPTION_CONTAINERS_ARCHIVE_PUT},
    {LIN "CONTAINERS=1",                        OPERATION_CONTAINER_LOGS,    false, OPTION_ALLOW_LOGS},
    {LIN "ALLOW_LOGS=1",                        OPERATION_CONTAINER_LOGS,    false, OPTION_CONTAINERS},
    {LIN "ALLOW_LOGS=1 CONTAINERS=1",           OPERATION_CONTAINER_LOGS,    true,  OPTION_CONTAINERS},
    {LIN "CONTAINERS=1 ALLOW_ARCHIVE=1",        OPERATION_CONTAINER_ARCHIVE_PUT, false, OPTION_POST},
    {LIN "ALLOW_UNPAUSE=1",                     OPERATION_CONTAINER_UNPAUSE, true,  OPTION_ALLOW_UNPAUSE},
    /* our own options on top: the nearest decides, unless its name is the dialect's */
    {TEC "CONTAINERS=1 CONTAINERS_LOGS=0",      OPERATION_CONTAINER_LOGS,    false, OPTION_CONTAINERS_LOGS},
    {TEC "CONTAINERS_START=1",                  OPERATION_CONTAINER_START,   true,  OPTION_CONTAINERS_START},
    {TEC "POST=1 CONTAINERS=1 CONTAINERS_EXEC=0", OPERATION_CONTAINER_EXEC,  false, OPTION_CONTAINERS_EXEC},
    {LIN "CONTAINERS_LOGS=1",                   OPERATION_CONTAINER_LOGS,    true,  OPTION_CONTAINERS_LOGS},
    {FLU "CONTAINERS_ARCHIVE_PUT=1",            OPERATION_CONTAINER_ARCHIVE_PUT, true, OPTION_CONTAINERS_ARCHIVE_PUT},
    {FLU "POST=1 CONTAINERS=1 CONTAINERS_START=0", OPERATION_CONTAINER_START, true, OPTION_CONTAINERS},
    /* strict, as everywhere; lifting a veto names the operation */
    {TEC "CONTAINERS=1 DOCKGATE_STRICT=1",      OPERATION_CONTAINER_ARCHIVE, false, OPTION_CONTAINERS_ARCHIVE},
    {TEC "CONTAINERS_ARCHIVE=1 DOCKGATE_STRICT=1", OPERATION_CONTAINER_ARCHIVE, true, OPTION_CONTAINERS_ARCHIVE},
    {TEC "CONTAINERS=1 DOCKGATE_STRICT=1",      OPERATION_CONTAINER_LIST,    true,  OPTION_CONTAINERS},
    {LIN "CONTAINERS=1 ALLOW_ARCHIVE=1 DOCKGATE_STRICT=1", OPERATION_CONTAINER_ARCHIVE, true, OPTION_CONTAINERS},
    /* nothing says which dialect: only what both grant */
    {"EXEC=1",                                  OPERATION_EXEC_START,        false, OPTION_EXEC_START},
    {"EXEC=1",                                  OPERATION_EXEC_INSPECT,      true,  OPTION_EXEC},
    {"EXEC=1 EXEC_START=1",                     OPERATION_EXEC_START,        true,  OPTION_EXEC_START},
    {"EXEC=1 CONTAINERS_EXEC=1",                OPERATION_EXEC_START,        true,  OPTION_EXEC},
    {"NODES=1",                                 OPERATION_NODE_UPDATE,       false, OPTION_NODES_UPDATE},
    {"COMMIT=1",                                OPERATION_IMAGE_COMMIT,      false, OPTION_POST},
    {"CONTAINERS=1",                            OPERATION_CONTAINER_LOGS,    true,  OPTION_CONTAINERS},
    {"PING=0",                                  OPERATION_SYSTEM_VERSION,    true,  OPTION_VERSION},
};

struct note_row {
    const char *variables;
    size_t errors;
    size_t warnings;
    size_t remarks;
    const char *has; /* a part of the first note */
};

static const struct note_row note_rows[] = {
    {TEC "INFO=true",                           0, 0, 1, "INFO=\"true\" is on; the original proxy read it as off"},
    {TEC "INFO=enable",                         0, 1, 0, "INFO=\"enable\" is off, as the original proxy read it"},
    {TEC "POST= INFO=10",                       0, 0, 0, ""},
    {TEC "POTS=1",                              1, 0, 0, "the nearest is POST"},
    {TEC "CONTAINERS_STRAT=1",                  1, 0, 0, "the nearest is CONTAINERS_START"},
    {TEC "DELETE=1",                            1, 0, 0, "DELETE is no option of the dialect tecnativa"},
    {TEC "DELETE=1 DOCKGATE_UNKNOWN=warn",      0, 1, 0, "DELETE is no option of the dialect tecnativa"},
    {LIN "ALLOW_LGOS=1",                        1, 0, 0, "the nearest is ALLOW_LOGS"},
    {TEC "CONTAINERS=1",                        0, 2, 0, "close it with CONTAINERS_ARCHIVE=0"},
    {LIN "CONTAINERS=1",                        0, 0, 0, ""},
    {"POST=1 CONTAINERS_KILL=1",                1, 0, 0, "POST and CONTAINERS_KILL are words of different dialects"},
    {"DOCKGATE_DIALECT=x",                      1, 0, 0, "DOCKGATE_DIALECT=x: accepted is mjmccans|tecnativa|"},
    {"NODES=1",                                 0, 1, 0, "NODES=1 lets nothing be changed"},
};
/* clang-format on */

static void test_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(found_rows) / sizeof(found_rows[0]); i++) {
        const struct found_row *r = &found_rows[i];
        struct policy_variable variables[VARIABLES_MAX];
        struct dialect_found found;
        char text[128];
        struct buf reason;
        buf_init(&reason, text, sizeof(text));
        dialect_detect(variables, split(r->variables, variables), &found);
        if (found.dialect != DIALECT_NONE) {
            dialect_put_reason(&found, &reason);
        }
        if (found.dialect != r->dialect || found.open != r->open ||
            !slice_equal(buf_slice(&reason), slice_from_text(r->reason))) {
            fail_msg("%s: %d%.*s", r->variables, (int)found.dialect, (int)reason.len, text);
        }
    }
}

static void test_switches(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(switch_rows) / sizeof(switch_rows[0]); i++) {
        struct slice value = switch_rows[i].value;
        assert_int_equal(dialect_read_switch(DIALECT_MJMCCANS, value), switch_rows[i].mjmccans);
        assert_int_equal(dialect_read_switch(DIALECT_TECNATIVA, value), switch_rows[i].haproxy);
    }
}

static void test_verdicts(void **state)
{
    (void)state;
    static struct policy_notes notes;
    for (size_t i = 0; i < sizeof(verdict_rows) / sizeof(verdict_rows[0]); i++) {
        const struct verdict_row *r = &verdict_rows[i];
        struct policy_variable variables[VARIABLES_MAX];
        struct policy p;
        assert_true(policy_compile(variables, split(r->variables, variables), &known, &p, &notes));
        if (operation_set_has(&p.allowed, r->operation) != r->allowed ||
            p.decided_by[r->operation] != r->by) {
            struct slice path = operation_get(r->operation)->path;
            struct slice by = option_name(p.decided_by[r->operation]);
            fail_msg("%s: %.*s by %.*s", r->variables, (int)path.len, path.at, (int)by.len, by.at);
        }
    }
}

static void test_notes(void **state)
{
    (void)state;
    static struct policy_notes notes;
    for (size_t i = 0; i < sizeof(note_rows) / sizeof(note_rows[0]); i++) {
        const struct note_row *r = &note_rows[i];
        struct policy_variable variables[VARIABLES_MAX];
        struct policy p;
        struct slice has = slice_from_text(r->has);
        bool ok = policy_compile(variables, split(r->variables, variables), &known, &p, &notes);
        struct slice text = notes.n == 0 ? SLICE("-") : notes.note[0].text;
        if (ok != (r->errors == 0) || notes.nerrors != r->errors ||
            notes.nwarnings != r->warnings || notes.nremarks != r->remarks ||
            (has.len != 0 && memmem(text.at, text.len, has.at, has.len) == NULL)) {
            fail_msg("%s: %zu errors, %zu warnings, %zu remarks, %.*s", r->variables, notes.nerrors,
                     notes.nwarnings, notes.nremarks, (int)text.len, text.at);
        }
    }
}

/* Each dialect of options grants nothing but reads while the switches of the methods are off and no
 * single option is on. */
static void test_switches_close(void **state)
{
    (void)state;
    static struct policy_notes notes;
    for (int d = DIALECT_TECNATIVA; d <= DIALECT_LINUXSERVER; d++) {
        struct policy_variable variables[OPTION_COUNT + 1];
        size_t n = 0;
        variables[n++] = (struct policy_variable){SLICE("DOCKGATE_DIALECT"),
                                                  dialect_get((enum dialect_id)d)->name};
        for (size_t i = 0; i < OPTION_COUNT; i++) {
            struct slice name = option_name((option_id)i);
            if (dialect_has_word((enum dialect_id)d, (option_id)i) &&
                !slice_equal(name, SLICE("POST")) && !slice_equal(name, SLICE("DELETE")) &&
                slice_find(name, '_') == name.len) {
                variables[n++] = (struct policy_variable){name, SLICE("1")};
            }
        }
        struct policy p;
        assert_true(policy_compile(variables, n, &known, &p, &notes));
        for (size_t i = 0; i < OPERATION_COUNT; i++) {
            const struct operation *o = operation_get((enum operation_id)i);
            bool read =
                (slice_equal(o->method, SLICE("GET")) || slice_equal(o->method, SLICE("HEAD"))) &&
                o->kind != OPERATION_UPGRADE;
            assert_true(read || !operation_set_has(&p.allowed, (enum operation_id)i));
        }
    }
}

static void test_granted_by(void **state)
{
    (void)state;
    static const struct {
        enum dialect_id dialect;
        enum operation_id operation;
        struct slice text;
    } rows[] = {
        {DIALECT_MJMCCANS, OPERATION_CONTAINER_LOGS, SLICE_INIT("CONTAINERS_LOGS, CONTAINERS")},
        {DIALECT_TECNATIVA, OPERATION_CONTAINER_STOP,
         SLICE_INIT("CONTAINERS_STOP, ALLOW_STOP, ALLOW_RESTARTS, CONTAINERS with POST")},
        {DIALECT_FLUENCELABS, OPERATION_CONTAINER_START,
         SLICE_INIT("CONTAINERS_START with POST, CONTAINERS with POST")},
        {DIALECT_LINUXSERVER, OPERATION_CONTAINER_ARCHIVE_PUT,
         SLICE_INIT("CONTAINERS_ARCHIVE_PUT, CONTAINERS with POST and ALLOW_ARCHIVE")},
        {DIALECT_WOLLOMATIC, OPERATION_CONTAINER_LOGS, SLICE_INIT("")},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[256];
        struct buf out;
        buf_init(&out, text, sizeof(text));
        dialect_put_granted(rows[i].dialect, rows[i].operation, &out);
        assert_int_equal(out.len, rows[i].text.len);
        assert_memory_equal(text, rows[i].text.at, out.len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),          cmocka_unit_test(test_switches),
        cmocka_unit_test(test_verdicts),       cmocka_unit_test(test_notes),
        cmocka_unit_test(test_switches_close), cmocka_unit_test(test_granted_by),
    };
    return cmocka_run_group_tests_name("policy dialect", tests, NULL, NULL);
}
