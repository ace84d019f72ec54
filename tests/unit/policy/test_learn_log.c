/* Lines of access logs, a row each: what they add, or that they are none. Then what nobody should
 * forge, and every row cut at every place. */
#include "policy/learn_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
/* after the above, which it needs */
#include <cmocka.h>

enum outcome { UNREAD, USED, DENIED, UNKNOWN, MALFORMED };

struct row {
    const char *line;
    enum outcome outcome;
    enum operation_id op;
    uint64_t ms;
};

#define T    "[25/Jan/2023:15:25:12 -0500] "
#define T_MS UINT64_C(1674678312000)
#define J(verdict, method, target)                                                                 \
    "{\"time\":\"2023-01-25T15:25:12.042-05:00\",\"event\":\"end\",\"client\":\"127.0.0.1:1\","    \
    "\"method\":\"" method "\",\"target\":\"" target                                               \
    "\",\"operation\":null,\"verdict\":\"" verdict "\",\"status\":200,\"head_ms\":0.042}"
#define J_MS UINT64_C(1674678312042)

/* clang-format off */
static const struct row rows[] = {
    {T "\"GET /v1.41/containers/json HTTP/1.1\" 200 [Location: CONTAINERS]",           USED,      OPERATION_CONTAINER_LIST, T_MS},
    {T "\"HEAD /v1.41/containers/json?all=1 HTTP/1.1\" 200 [Location: CONTAINERS]",    USED,      OPERATION_CONTAINER_LIST, T_MS},
    {T "\"POST /containers/a/start HTTP/1.0\" 403 [Location: CONTAINERS_START (BLOCKED)]", DENIED, OPERATION_CONTAINER_START, T_MS},
    {T "\"GET /images/json HTTP/1.1\" 200 [Location: IMAGES (WOULD DENY)]",            USED,      OPERATION_IMAGE_LIST, T_MS},
    {T "\"GET /events HTTP/1.1\" 200 [Location: EVENTS (WOULD DENY) (start)]",         USED,      OPERATION_SYSTEM_EVENTS, T_MS},
    {T "\"GET /nothing HTTP/1.1\" 403 [Location: Default (BLOCKED)]",                  UNKNOWN,   OPERATION_NONE, T_MS},
    {T "\"GET /a//b HTTP/1.1\" 400 [Location: Malformed (BLOCKED)]",                   MALFORMED, OPERATION_NONE, T_MS},
    {T "\"-\" 400 [Location: Malformed (BLOCKED)]",                                    MALFORMED, OPERATION_NONE, T_MS},
    {T "\"GET /containers/json?filters={\\\"[]} HTTP/1.1\" 200 [Location: CONTAINERS]", USED,     OPERATION_CONTAINER_LIST, T_MS},
    {T "\"GET /containers/json?filters={\\x22[]} HTTP/1.1\" 200 [Location: CONTAINERS]\r", USED,  OPERATION_CONTAINER_LIST, T_MS},
    {"dockgate-1  | " T "\"GET /info HTTP/1.1\" 200 [Location: INFO]",                 USED,      OPERATION_SYSTEM_INFO, T_MS},
    {"Jan 25 15:25:12 host dockgate[7]: " T "\"GET /info HTTP/1.1\" 200 [Location: INFO]", USED,  OPERATION_SYSTEM_INFO, T_MS},
    {J("allow", "GET", "/v1.41/info"),                                                 USED,      OPERATION_SYSTEM_INFO, J_MS},
    {J("would-deny", "DELETE", "/containers/a"),                                       USED,      OPERATION_CONTAINER_DELETE, J_MS},
    {J("deny", "POST", "/containers/create?name=\\u0022x\\\\\\/\\\""),                 DENIED,    OPERATION_CONTAINER_CREATE, J_MS},
    {J("deny", "GET", "/nothing"),                                                     UNKNOWN,   OPERATION_NONE, J_MS},
    {J("reject", "GET", "/a//b"),                                                      MALFORMED, OPERATION_NONE, J_MS},
    {J("reject", "", ""),                                                              MALFORMED, OPERATION_NONE, J_MS},
    {"dockgate-1  | " J("allow", "GET", "/info"),                                      USED,      OPERATION_SYSTEM_INFO, J_MS},
    {"{\"target\" : \"/info\", \"more\": null,\"method\":\"GET\",\"event\":\"start\",\"verdict\":\"allow\",\"time\":\"2023-01-25T20:25:12Z\"} ",
                                                                                       USED,      OPERATION_SYSTEM_INFO, T_MS},
    /* none */
    {"",                                                                               UNREAD,    OPERATION_NONE, 0},
    {"dockgate: listening on tcp://127.0.0.1:2375",                                    UNREAD,    OPERATION_NONE, 0},
    {T "\"GET /info HTTP/1.1\" 200",                                                   UNREAD,    OPERATION_NONE, 0},
    {T "\"GET /info HTTP/1.1\" 200 [Location: INFO] and more",                         UNREAD,    OPERATION_NONE, 0},
    {T "\"GET /info HTTP/1.1\" 200 [Location: ]",                                      UNREAD,    OPERATION_NONE, 0},
    {T "\"GET /info HTTP/1.1\" 200 [Location: INFO (MAYBE)]",                          UNREAD,    OPERATION_NONE, 0},
    {T "\"GET /info HTTP/1.1\" 2x0 [Location: INFO]",                                  UNREAD,    OPERATION_NONE, 0},
    {T "\"GET /info HTTP/2\" 200 [Location: INFO]",                                    UNREAD,    OPERATION_NONE, 0},
    {T "\"GET  /info HTTP/1.1\" 200 [Location: INFO]",                                 UNREAD,    OPERATION_NONE, 0},
    {T "\"GET /info\\x2 HTTP/1.1\" 200 [Location: INFO]",                              UNREAD,    OPERATION_NONE, 0},
    {T "\"GET /info\\q HTTP/1.1\" 200 [Location: INFO]",                               UNREAD,    OPERATION_NONE, 0},
    {T "\"GET /a/../info HTTP/1.1\" 200 [Location: INFO]",                             UNREAD,    OPERATION_NONE, 0},
    {"[31/Feb/2023:15:25:12 -0500] \"GET /info HTTP/1.1\" 200 [Location: INFO]",       UNREAD,    OPERATION_NONE, 0},
    {"[25/Jan/2023:25:25:12 -0500] \"GET /info HTTP/1.1\" 200 [Location: INFO]",       UNREAD,    OPERATION_NONE, 0},
    {J("permit", "GET", "/info"),                                                      UNREAD,    OPERATION_NONE, 0},
    {J("allow", "GET", "/inf\xc3\xb6"),                                                UNREAD,    OPERATION_NONE, 0},
    {J("allow", "GET", "/info") "}",                                                   UNREAD,    OPERATION_NONE, 0},
    {J("allow", "GET", "/info\",\"target\":\"/_ping"),                                 UNREAD,    OPERATION_NONE, 0},
    {J("allow", "GET", "/info\\u00"),                                                  UNREAD,    OPERATION_NONE, 0},
    {"{\"time\":\"2023-01-25T20:25:12Z\",\"event\":\"end\",\"method\":\"GET\",\"verdict\":\"allow\"}", UNREAD, OPERATION_NONE, 0},
    {"{\"time\":\"2023-01-25T20:25:12Z\",\"event\":{\"a\":1},\"method\":\"GET\",\"target\":\"/info\",\"verdict\":\"allow\"}", UNREAD, OPERATION_NONE, 0},
    {"{\"time\":\"2023-01-25T20:25:12\",\"event\":\"end\",\"method\":\"GET\",\"target\":\"/info\",\"verdict\":\"allow\"}", UNREAD, OPERATION_NONE, 0},
    {"{\"time\":\"2023-01-25T20:25:12Zx\",\"event\":\"end\",\"method\":\"GET\",\"target\":\"/info\",\"verdict\":\"allow\"}", UNREAD, OPERATION_NONE, 0},
    /* what a client may ask for never looks like a line of its own */
    {T "\"GET /x?" T "\\\"GET /info HTTP/1.1\\\" 200 [Location: INFO] HTTP/1.1\" 403 [Location: Default (BLOCKED)]", UNREAD, OPERATION_NONE, 0},
    {J("deny", "GET", "/x?{\\\"time\\\":\\\"2023-01-25T20:25:12Z\\\",\\\"event\\\":\\\"end\\\"}"), UNKNOWN, OPERATION_NONE, J_MS},
};
/* clang-format on */

#define NROWS (sizeof(rows) / sizeof(rows[0]))

static struct learn_log *fresh(void)
{
    struct learn_log *log = calloc(1, sizeof(*log));
    assert_non_null(log);
    return log;
}

static uint64_t count_all(const struct learn *l)
{
    uint64_t n = l->nunknown + l->nmalformed;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        n += l->used[i].n + l->denied[i].n;
    }
    return n;
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < NROWS; i++) {
        const struct row *r = &rows[i];
        struct learn_log *log = fresh();
        struct learn l = {.since_ms = 0};
        bool read = learn_log_line(log, slice_of(r->line, strlen(r->line)), &l);
        if (read != (r->outcome != UNREAD)) {
            fail_msg("%s", r->line);
        }
        assert_int_equal(count_all(&l), r->outcome == UNREAD ? 0 : 1);
        assert_int_equal(l.since_ms, r->ms);
        if (r->outcome == USED || r->outcome == DENIED) {
            const struct learn_use *use = r->outcome == USED ? &l.used[r->op] : &l.denied[r->op];
            assert_int_equal(use->n, 1);
            assert_int_equal(use->first_ms, r->ms);
            assert_int_equal(use->last_ms, r->ms);
        }
        assert_int_equal(l.nunknown, r->outcome == UNKNOWN);
        assert_int_equal(l.nmalformed, r->outcome == MALFORMED);
        free(log);
    }
}

/* Each row from each place on and up to each place, in memory of just that size. */
static void test_cut(void **state)
{
    (void)state;
    struct learn_log *log = fresh();
    for (size_t i = 0; i < NROWS; i++) {
        size_t len = strlen(rows[i].line);
        for (size_t at = 0; at <= len; at++) {
            struct learn l = {.since_ms = 0};
            char *copy = malloc(at + 1);
            assert_non_null(copy);
            memcpy(copy, rows[i].line, at);
            (void)learn_log_line(log, slice_of(copy, at), &l);
            free(copy);
        }
    }
    free(log);
}

/* A stream's start and its end are one request, also when one of the two is missing. */
static void test_streams(void **state)
{
    (void)state;
    static const char start[] = T "\"GET /events HTTP/1.1\" 200 [Location: EVENTS (start)]";
    static const char end[] =
        "[25/Jan/2023:15:26:12 -0500] \"GET /events HTTP/1.1\" 200 [Location: EVENTS]";
    struct slice s = slice_of(start, sizeof(start) - 1);
    struct slice e = slice_of(end, sizeof(end) - 1);
    struct learn_log *log = fresh();
    struct learn l = {.since_ms = 0};
    const struct learn_use *use = &l.used[OPERATION_SYSTEM_EVENTS];
    assert_true(learn_log_line(log, e, &l)); /* began before the log did */
    assert_int_equal(use->n, 1);
    assert_true(learn_log_line(log, s, &l));
    assert_true(learn_log_line(log, s, &l));
    assert_int_equal(use->n, 3);
    assert_true(learn_log_line(log, e, &l));
    assert_int_equal(use->n, 3); /* and one is still open */
    assert_int_equal(use->first_ms, T_MS);
    assert_int_equal(use->last_ms, T_MS + 60000);
    assert_int_equal(l.since_ms, T_MS);
    assert_int_equal(l.spent_ms, 60000);
    free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_streams),
    };
    return cmocka_run_group_tests_name("learn log", tests, NULL, NULL);
}
