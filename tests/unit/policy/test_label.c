/* Labels that name operations: what each text grants, what is wrong with it in which words, and
 * what that makes of a policy's verdicts. */
#include "policy/label.h"

#include "../support/guard.h"
#include "base/limits.h"
#include "policy/option.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the above, which it needs */
#include <cmocka.h>

#define START  OPERATION_CONTAINER_START
#define LIST   OPERATION_CONTAINER_LIST
#define LOGS   OPERATION_CONTAINER_LOGS
#define EVENTS OPERATION_SYSTEM_EVENTS
#define CREATE OPERATION_CONTAINER_CREATE

/* clang-format off */
static const struct {
    const char *text;
    size_t n; /* operations that are granted; 0: it is wrong */
    enum operation_id grants[3];
    const char *wrong;
} ROWS[] = {
    {"PING",                        2, {OPERATION_SYSTEM_PING}, ""},
    {"CONTAINERS_START",            1, {START}, ""},
    {"ContainerStart",              1, {START}, ""},
    {"CONTAINERS_START,EVENTS",     2, {START, EVENTS}, ""},
    {"EVENTS,CONTAINERS_START",     2, {START, EVENTS}, ""},
    {"ContainerStart,ContainerStart,CONTAINERS_START", 1, {START}, ""},
    {"CONTAINERS",                 99, {LIST, LOGS, OPERATION_CONTAINER_ARCHIVE}, ""},
    {"",                            0, {LIST}, "has a place for a name where there is none"},
    {",",                           0, {LIST}, "has a place for a name where there is none"},
    {"CONTAINERS,",                 0, {LIST}, "has a place for a name where there is none"},
    {",CONTAINERS",                 0, {LIST}, "has a place for a name where there is none"},
    {"CONTAINERS,,EVENTS",          0, {LIST}, "has a place for a name where there is none"},
    {"CONTAINRES",                  0, {LIST}, "names \"CONTAINRES\", which is no option or operationId; the nearest is CONTAINERS"},
    {"CONTAINERS, EVENTS",          0, {LIST}, "names \" EVENTS\", which is no option or operationId; the nearest is EVENTS"},
    {"CONTAINERS EVENTS",           0, {LIST}, "names \"CONTAINERS EVENTS\", which is no option or operationId"},
    {"CONTAINERS\n",                0, {LIST}, "names \"CONTAINERS\\x0a\", which is no option or operationId; the nearest is CONTAINERS"},
    {"containers",                  0, {LIST}, "names \"containers\", which is no option or operationId"},
    {"containerStart",              0, {START}, "; the nearest is ContainerStart"},
    {"CONTAINERS,-CONTAINERS_LOGS", 0, {LIST}, "names \"-CONTAINERS_LOGS\", which is no option or operationId; the nearest is CONTAINERS_LOGS"},
    {"!CONTAINERS",                 0, {LIST}, "; the nearest is CONTAINERS"},
    {"CONTAINERS=1",                0, {LIST}, "names \"CONTAINERS=1\""},
    {"CONTAINERS_*",                0, {LIST}, "names \"CONTAINERS_*\""},
    {"*",                           0, {LIST}, "names \"*\", which is no option or operationId"},
    {"-",                           0, {OPERATION_LIBPOD_PING}, "names \"-\", which is no option or operationId"},
    {"POST",                        0, {START}, "names \"POST\", which grants nothing by itself"},
    {"DESCRIPTIVE_ERRORS",          0, {START}, "names \"DESCRIPTIVE_ERRORS\", which grants nothing by itself"},
    {"EVENTS,POST",                 0, {EVENTS}, "names \"POST\", which grants nothing by itself"},
    {"GET /containers/json",        0, {LIST}, "names \"GET /containers/json\""},
    {"[CONTAINERS]",                0, {LIST}, "; the nearest is CONTAINERS"},
    {"preset:dozzle",               0, {LIST}, "names \"preset:dozzle\""},
    {"\xff\"\\",                    0, {LIST}, "names \"\\xff\\\"\\\\\", which is no option or operationId"},
};
/* clang-format on */

static size_t count(const struct operation_set *s)
{
    size_t n = 0;

    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        n += operation_set_has(s, (enum operation_id)i) ? 1 : 0;
    }
    return n;
}

static bool said(const struct label *l, const char *text)
{
    char words[LABEL_WRONG_MAX];
    struct buf b;
    size_t len = slice_from_text(text).len;

    buf_init(&b, words, sizeof(words));
    label_put_wrong(l, &b);
    return !b.full && (len == 0 ? b.len == 0 : memmem(b.at, b.len, text, len) != NULL);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct slice text = slice_from_text(ROWS[i].text);
        struct label l;
        bool ok = label_read(slice_of(guard_place(text), text.len), &l);
        size_t n = count(&l.granted);

        if (ok != (ROWS[i].n > 0) || ok != (l.wrong == LABEL_FINE) || !said(&l, ROWS[i].wrong) ||
            (ROWS[i].n == 99 ? n < 5 : n != ROWS[i].n)) {
            print_error("row %zu: \"%s\": %d, %zu operations\n", i, ROWS[i].text, (int)l.wrong, n);
            fail();
        }
        for (size_t k = 0; k < 3; k++) {
            if (ROWS[i].grants[k] != 0 && label_grants(&l, ROWS[i].grants[k]) != ok) {
                print_error("row %zu: \"%s\": operation %zu\n", i, ROWS[i].text, k);
                fail();
            }
        }
    }
}

/* Each option and operationId that `allow` takes is taken, and grants its operations. */
static void test_all_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        struct slice id = operation_get(op)->operation_id;
        struct label l;

        assert_true(label_read(option_name(option_leaf(op)), &l));
        assert_true(label_grants(&l, op));
        if (!slice_equal(id, SLICE("-"))) {
            assert_true(label_read(id, &l));
            assert_true(label_grants(&l, op));
        }
    }
    assert_true(label_grants(NULL, CREATE));
    struct label l;
    assert_true(label_read(SLICE("CONTAINERS"), &l));
    assert_false(label_grants(&l, CREATE));
    assert_false(label_grants(&l, OPERATION_NONE));
}

static void fill(struct buf *b, struct slice name, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_true(buf_put(b, i == 0 ? SLICE("") : SLICE(",")) && buf_put(b, name));
    }
}

static void test_limits(void **state)
{
    (void)state;
    static char text[LIMIT_ALLOW_LABEL + 64];
    struct label l;
    struct buf b;

    buf_init(&b, text, sizeof(text));
    fill(&b, SLICE("PING"), LIMIT_ALLOW_NAMES);
    assert_true(label_read(buf_slice(&b), &l));
    assert_true(buf_put(&b, SLICE(",PING")));
    assert_false(label_read(buf_slice(&b), &l));
    assert_int_equal(l.wrong, LABEL_MANY);
    assert_int_equal(count(&l.granted), 0);
    assert_true(said(&l, "names more than 128 options"));
    buf_init(&b, text, sizeof(text));
    while (b.len <= LIMIT_ALLOW_LABEL) {
        assert_true(buf_put_byte(&b, 'A'));
    }
    assert_false(label_read(buf_slice(&b), &l));
    assert_int_equal(l.wrong, LABEL_LONG);
    assert_true(said(&l, "has more than 4096 bytes"));
    b.len--;
    assert_false(label_read(buf_slice(&b), &l));
    assert_int_equal(l.wrong, LABEL_UNKNOWN);
    assert_true(said(&l, "AAAA...\", which is no option"));
    memset(text, '\n', sizeof(text)); /* what is longest when it is told */
    assert_false(label_read(slice_of(text, LIMIT_ALLOW_LABEL), &l));
    assert_true(said(&l, "\\x0a...\""));
}

/* clang-format off */
static const struct {
    const char *label;
    const char *method;
    const char *target;
    enum verdict_kind kind;
    const char *by;     /* what decided */
    const char *remedy; /* NULL: the label did not decide */
} VERDICTS[] = {
    {"CONTAINERS_LIST", "GET",  "/v1.41/containers/json?all=1", VERDICT_ALLOW,  "CONTAINERS", NULL},
    {"CONTAINERS_LIST", "HEAD", "/containers/json",        VERDICT_ALLOW,  "CONTAINERS", NULL},
    {"CONTAINERS_LIST", "GET",  "/containers/a/logs",      VERDICT_DENY,   "dockgate.allow", "To enable this function add CONTAINERS_LOGS to the label dockgate.allow of the client's container."},
    {"CONTAINERS_LIST", "HEAD", "/containers/a/archive",   VERDICT_DENY,   "dockgate.allow", "To enable this function add CONTAINERS_ARCHIVE to the label"},
    {"ContainerLogs",   "GET",  "/containers/a/logs",      VERDICT_ALLOW,  "CONTAINERS", NULL},
    {"CONTAINERS",      "POST", "/containers/a/start",     VERDICT_DENY,   "dockgate.allow", "add CONTAINERS_START"},
    {"ContainerStart",  "POST", "/containers/a/start",     VERDICT_ALLOW,  "CONTAINERS_START", NULL},
    /* The policy stays the ceiling, and says so itself. */
    {"ContainerStart,ContainerStop", "POST", "/containers/a/stop", VERDICT_DENY, "CONTAINERS_STOP", NULL},
    {"CONTAINERS",      "POST", "/containers/a/stop",      VERDICT_DENY,   "CONTAINERS_STOP", NULL},
    {"CONTAINERS",      "GET",  "/nothing",                VERDICT_DENY,   "-", NULL},
    {"CONTAINERS",      "GET",  "/containers/../json",     VERDICT_REJECT, "-", NULL},
    /* Names and queries that the policy limits stay limited. */
    {"ContainerRestart", "POST", "/containers/web-1/restart", VERDICT_ALLOW, "POST /containers/web-*/restart", NULL},
    {"ContainerRestart", "POST", "/containers/db/restart",  VERDICT_DENY,   "CONTAINERS_RESTART", NULL},
    {"CONTAINERS",       "POST", "/containers/web-1/restart", VERDICT_DENY, "dockgate.allow", "add CONTAINERS_RESTART"},
    /* One that is wrong grants nothing. */
    {"CONTAINRES",      "GET",  "/containers/json",        VERDICT_DENY,   "dockgate.allow", "The label dockgate.allow of the client's container names \"CONTAINRES\", which is no option or operationId; the nearest is CONTAINERS, so it grants nothing."},
};
/* clang-format on */

static const struct name_rule RESTART = {.operation = OPERATION_CONTAINER_RESTART,
                                         .glob = {SLICE_INIT("web-*")},
                                         .text = SLICE_INIT("POST /containers/web-*/restart")};

static struct policy *make_policy(struct arena *a)
{
    static struct policy p;
    static struct name_rules names = {.at = &RESTART, .n = 1};
    struct label section;

    p = (struct policy){.descriptive_errors = true, .names = &names};
    operation_set_add(&names.some, OPERATION_CONTAINER_RESTART);
    assert_true(name_rules_seal(&names, a));
    assert_true(label_read(SLICE("CONTAINERS"), &section));
    p.allowed = section.granted;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        p.decided_by[i] = operation_set_has(&p.allowed, op) ? OPTION_CONTAINERS : option_leaf(op);
    }
    operation_set_add(&p.allowed, START);
    return &p;
}

static void test_narrows(void **state)
{
    (void)state;
    struct arena arena = {.blocks = NULL};
    const struct policy *p = make_policy(&arena);
    for (size_t i = 0; i < sizeof(VERDICTS) / sizeof(VERDICTS[0]); i++) {
        char storage[64];
        char words[LABEL_WRONG_MAX + 128];
        struct policy_room room = {storage, NULL};
        struct label l;
        struct buf b;

        (void)label_read(slice_from_text(VERDICTS[i].label), &l);
        struct verdict v = policy_decide(p, slice_from_text(VERDICTS[i].method),
                                         slice_from_text(VERDICTS[i].target), &room);
        label_narrow(&l, &v);
        struct slice by = verdict_decided_by(&v);
        buf_init(&b, words, sizeof(words));
        if (v.by_label) {
            label_put_remedy(&l, v.match.operation, &b);
        }
        if (v.kind != VERDICTS[i].kind || !slice_equal(by, slice_from_text(VERDICTS[i].by)) ||
            v.by_label != (VERDICTS[i].remedy != NULL) || b.full ||
            (v.by_label && memmem(b.at, b.len, VERDICTS[i].remedy,
                                  slice_from_text(VERDICTS[i].remedy).len) == NULL)) {
            print_error("row %zu: %d by %.*s: %.*s\n", i, (int)v.kind, (int)by.len, by.at,
                        (int)b.len, b.at);
            fail();
        }
        struct verdict observed = v;
        verdict_observe(&observed);
        if (v.by_label) {
            assert_int_equal(observed.kind, VERDICT_WOULD_DENY);
        }
        v = policy_decide(p, slice_from_text(VERDICTS[i].method),
                          slice_from_text(VERDICTS[i].target), &room);
        enum verdict_kind before = v.kind;
        label_narrow(NULL, &v);
        assert_int_equal(v.kind, before);
        assert_false(v.by_label);
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_all_names),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_narrows),
    };
    return cmocka_run_group_tests_name("label", tests, NULL, NULL);
}
