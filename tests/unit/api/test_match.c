/* The matcher by rows: method and decoded path, and what the engine's router would make of them.
 * Each path stands before an inaccessible page, so that a byte read behind it ends the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "api/match.h"
/* after the above, which it needs */
#include <cmocka.h>

struct row {
    const char *method;
    const char *path;
    enum operation_id operation;
    const char *version;
    const char *names[2];
};

#define NO OPERATION_NONE
/* clang-format off */
static const struct row rows[] = {
    {"GET",     "/_ping",                              OPERATION_SYSTEM_PING,                "",         {"", ""}},
    {"HEAD",    "/_ping",                              OPERATION_SYSTEM_PING_HEAD,           "",         {"", ""}},
    {"HEAD",    "/v1.41/_ping",                        OPERATION_SYSTEM_PING_HEAD,           "1.41",     {"", ""}},
    {"HEAD",    "/containers/json",                    OPERATION_CONTAINER_LIST,             "",         {"", ""}},
    {"HEAD",    "/containers/t1/archive",              OPERATION_CONTAINER_ARCHIVE_INFO,     "",         {"t1", ""}},
    {"HEAD",    "/containers/t1/json",                 OPERATION_CONTAINER_INSPECT,          "",         {"t1", ""}},
    {"HEAD",    "/session",                            NO,                                   "",         {"", ""}},
    {"POST",    "/_ping",                              NO,                                   "",         {"", ""}},
    {"get",     "/_ping",                              NO,                                   "",         {"", ""}},
    {"GETX",    "/_ping",                              NO,                                   "",         {"", ""}},
    {"",        "/_ping",                              NO,                                   "",         {"", ""}},
    {"OPTIONS", "/_ping",                              NO,                                   "",         {"", ""}},
    {"PRI",     "*",                                   NO,                                   "",         {"", ""}},
    {"GET",     "",                                    NO,                                   "",         {"", ""}},
    {"GET",     "/",                                   NO,                                   "",         {"", ""}},
    {"GET",     "/_pingx",                             NO,                                   "",         {"", ""}},
    {"GET",     "/_pin",                               NO,                                   "",         {"", ""}},
    {"GET",     "/_ping/",                             NO,                                   "",         {"", ""}},
    {"GET",     "_ping",                               NO,                                   "",         {"", ""}},
    /* versions */
    {"GET",     "/v1.41/info",                         OPERATION_SYSTEM_INFO,                "1.41",     {"", ""}},
    {"GET",     "/v01.41/info",                        OPERATION_SYSTEM_INFO,                "01.41",    {"", ""}},
    {"GET",     "/v1.41./info",                        OPERATION_SYSTEM_INFO,                "1.41.",    {"", ""}},
    {"GET",     "/v./info",                            OPERATION_SYSTEM_INFO,                ".",        {"", ""}},
    {"GET",     "/v.../info",                          OPERATION_SYSTEM_INFO,                "...",      {"", ""}},
    {"GET",     "/v1/version",                         OPERATION_SYSTEM_VERSION,             "1",        {"", ""}},
    {"GET",     "/v1.41/volumes",                      OPERATION_VOLUME_LIST,                "1.41",     {"", ""}},
    {"GET",     "/v/info",                             NO,                                   "",         {"", ""}},
    {"GET",     "/V1.41/info",                         NO,                                   "",         {"", ""}},
    {"GET",     "/v1.41a/info",                        NO,                                   "",         {"", ""}},
    {"GET",     "/v1,41/info",                         NO,                                   "",         {"", ""}},
    {"GET",     "/v-1/info",                           NO,                                   "",         {"", ""}},
    {"GET",     "/v1.41",                              NO,                                   "",         {"", ""}},
    {"GET",     "/v1.41/",                             NO,                                   "",         {"", ""}},
    {"GET",     "/v1.41/v1.41/info",                   NO,                                   "",         {"", ""}},
    {"GET",     "/api/v1.41/info",                     NO,                                   "",         {"", ""}},
    /* the suffix picks, names hold slashes */
    {"GET",     "/containers/json",                    OPERATION_CONTAINER_LIST,             "",         {"", ""}},
    {"GET",     "/containers/json/json",               OPERATION_CONTAINER_INSPECT,          "",         {"json", ""}},
    {"GET",     "/containers/a/b/json",                OPERATION_CONTAINER_INSPECT,          "",         {"a/b", ""}},
    {"GET",     "/containers/t1/json/json",            OPERATION_CONTAINER_INSPECT,          "",         {"t1/json", ""}},
    {"GET",     "/containers/t1/attach/ws",            OPERATION_CONTAINER_ATTACH_WEBSOCKET, "",         {"t1", ""}},
    {"GET",     "/containers/t1/attach/ws/json",       OPERATION_CONTAINER_INSPECT,          "",         {"t1/attach/ws", ""}},
    {"GET",     "/containers/ws",                      NO,                                   "",         {"", ""}},
    {"GET",     "/containers/attach/ws",               NO,                                   "",         {"", ""}},
    {"GET",     "/containers/t1",                      NO,                                   "",         {"", ""}},
    {"GET",     "/containers/t1/",                     NO,                                   "",         {"", ""}},
    {"GET",     "/containers//json",                   NO,                                   "",         {"", ""}},
    {"GET",     "/containers/",                        NO,                                   "",         {"", ""}},
    {"GET",     "/containers",                         NO,                                   "",         {"", ""}},
    {"GET",     "/containersx/json",                   NO,                                   "",         {"", ""}},
    {"GET",     "/containers/t1/jsonx",                NO,                                   "",         {"", ""}},
    {"GET",     "/containers/t1/xjson",                NO,                                   "",         {"", ""}},
    {"GET",     "/containers/t1/json/",                NO,                                   "",         {"", ""}},
    {"GET",     "/containers/a\nb/json",               NO,                                   "",         {"", ""}},
    {"GET",     "/containers/t1/json\n",               NO,                                   "",         {"", ""}},
    {"GET",     "/containers/a;b\\c#d e/json",         OPERATION_CONTAINER_INSPECT,          "",         {"a;b\\c#d e", ""}},
    {"POST",    "/containers/create",                  OPERATION_CONTAINER_CREATE,           "",         {"", ""}},
    {"POST",    "/containers/create/",                 NO,                                   "",         {"", ""}},
    {"POST",    "/containers/create-x/exec",           OPERATION_CONTAINER_EXEC,             "",         {"create-x", ""}},
    {"POST",    "/containers/create/start",            OPERATION_CONTAINER_START,            "",         {"create", ""}},
    {"POST",    "/containers/x/exec/start",            OPERATION_CONTAINER_START,            "",         {"x/exec", ""}},
    {"POST",    "/containers/x/start/exec",            OPERATION_CONTAINER_EXEC,             "",         {"x/start", ""}},
    {"PUT",     "/containers/x/archive",               OPERATION_CONTAINER_ARCHIVE_PUT,      "",         {"x", ""}},
    {"POST",    "/containers/x/archive",               NO,                                   "",         {"", ""}},
    {"PATCH",   "/containers/create",                  NO,                                   "",         {"", ""}},
    /* deletes: nothing behind the slash is an empty name to the engine, two checkpoints are not */
    {"DELETE",  "/containers/t1",                      OPERATION_CONTAINER_DELETE,           "",         {"t1", ""}},
    {"DELETE",  "/containers/a/b",                     OPERATION_CONTAINER_DELETE,           "",         {"a/b", ""}},
    {"DELETE",  "/containers/",                        OPERATION_CONTAINER_DELETE,           "",         {"", ""}},
    {"DELETE",  "/containers",                         NO,                                   "",         {"", ""}},
    {"DELETE",  "/containers/t1/json",                 OPERATION_CONTAINER_DELETE,           "",         {"t1/json", ""}},
    {"DELETE",  "/containers/a/checkpoints/c",         OPERATION_CONTAINER_CHECKPOINT_DELETE, "",        {"a", "c"}},
    {"DELETE",  "/v1.41/containers/a/checkpoints/c",   OPERATION_CONTAINER_CHECKPOINT_DELETE, "1.41",    {"a", "c"}},
    {"DELETE",  "/containers/a/b/checkpoints/c",       OPERATION_CONTAINER_DELETE,           "",         {"a/b/checkpoints/c", ""}},
    {"DELETE",  "/containers/a/checkpoints/c/d",       OPERATION_CONTAINER_DELETE,           "",         {"a/checkpoints/c/d", ""}},
    {"DELETE",  "/containers/a/checkpoints/",          OPERATION_CONTAINER_DELETE,           "",         {"a/checkpoints/", ""}},
    {"DELETE",  "/containers/a/checkpoints",           OPERATION_CONTAINER_DELETE,           "",         {"a/checkpoints", ""}},
    {"GET",     "/containers/a/b/checkpoints",         OPERATION_CONTAINER_CHECKPOINT_LIST,  "",         {"a/b", ""}},
    {"GET",     "/containers/a/checkpoints/c",         NO,                                   "",         {"", ""}},
    /* images */
    {"GET",     "/images/json",                        OPERATION_IMAGE_LIST,                 "",         {"", ""}},
    {"GET",     "/images/get",                         OPERATION_IMAGE_GET_ALL,              "",         {"", ""}},
    {"GET",     "/images/get/get",                     OPERATION_IMAGE_GET,                  "",         {"get", ""}},
    {"GET",     "/images/docker.io/a/b:c/json",        OPERATION_IMAGE_INSPECT,              "",         {"docker.io/a/b:c", ""}},
    {"GET",     "/images/r:5000/a@sha256:0f/history",  OPERATION_IMAGE_HISTORY,              "",         {"r:5000/a@sha256:0f", ""}},
    {"POST",    "/images/a/b/push",                    OPERATION_IMAGE_PUSH,                 "",         {"a/b", ""}},
    {"DELETE",  "/images/a/b/push",                    OPERATION_IMAGE_DELETE,               "",         {"a/b/push", ""}},
    {"POST",    "/images/create",                      OPERATION_IMAGE_CREATE,               "",         {"", ""}},
    {"POST",    "/images/load/tag",                    OPERATION_IMAGE_TAG,                  "",         {"load", ""}},
    /* networks and volumes: where a name may be empty */
    {"GET",     "/networks",                           OPERATION_NETWORK_LIST,               "",         {"", ""}},
    {"GET",     "/networks/",                          OPERATION_NETWORK_LIST_SLASH,         "",         {"", ""}},
    {"GET",     "/networks/a/b",                       OPERATION_NETWORK_INSPECT,            "",         {"a/b", ""}},
    {"DELETE",  "/networks/",                          OPERATION_NETWORK_DELETE,             "",         {"", ""}},
    {"DELETE",  "/networks/prune",                     OPERATION_NETWORK_DELETE,             "",         {"prune", ""}},
    {"GET",     "/volumes/",                           OPERATION_VOLUME_INSPECT,             "",         {"", ""}},
    {"PUT",     "/volumes/a",                          OPERATION_VOLUME_UPDATE,              "",         {"a", ""}},
    {"POST",    "/volumes/create/",                    NO,                                   "",         {"", ""}},
    /* one segment, never empty */
    {"GET",     "/services/a",                         OPERATION_SERVICE_INSPECT,            "",         {"a", ""}},
    {"GET",     "/services/",                          NO,                                   "",         {"", ""}},
    {"GET",     "/services/a/b",                       NO,                                   "",         {"", ""}},
    {"GET",     "/services/a/logs",                    OPERATION_SERVICE_LOGS,               "",         {"a", ""}},
    {"GET",     "/services/a/b/logs",                  NO,                                   "",         {"", ""}},
    {"GET",     "/services/logs",                      OPERATION_SERVICE_INSPECT,            "",         {"logs", ""}},
    {"POST",    "/secrets/a/update",                   OPERATION_SECRET_UPDATE,              "",         {"a", ""}},
    {"POST",    "/secrets/update",                     NO,                                   "",         {"", ""}},
    {"DELETE",  "/nodes/a/b",                          NO,                                   "",         {"", ""}},
    {"GET",     "/tasks/a/logs",                       OPERATION_TASK_LOGS,                  "",         {"a", ""}},
    {"GET",     "/configs/",                           NO,                                   "",         {"", ""}},
    {"GET",     "/swarm/",                             NO,                                   "",         {"", ""}},
    {"GET",     "/swarm/unlockkey",                    OPERATION_SWARM_UNLOCKKEY,            "",         {"", ""}},
    /* plugins, exec, distribution */
    {"GET",     "/plugins/privileges",                 OPERATION_PLUGIN_PRIVILEGES,          "",         {"", ""}},
    {"GET",     "/plugins/privileges/json",            OPERATION_PLUGIN_INSPECT,             "",         {"privileges", ""}},
    {"GET",     "/plugins/a/b:c/json",                 OPERATION_PLUGIN_INSPECT,             "",         {"a/b:c", ""}},
    {"GET",     "/plugins/a",                          OPERATION_PLUGIN_INSPECT_OLD,         "",         {"a", ""}},
    {"POST",    "/plugins/x/enable/enable",            OPERATION_PLUGIN_ENABLE,              "",         {"x/enable", ""}},
    {"POST",    "/exec/x/y/start",                     OPERATION_EXEC_START,                 "",         {"x/y", ""}},
    {"GET",     "/exec/json",                          NO,                                   "",         {"", ""}},
    {"GET",     "/distribution/a/b:1/json",            OPERATION_DISTRIBUTION_INSPECT,       "",         {"a/b:1", ""}},
    /* never */
    {"GET",     "/debug/vars",                         NO,                                   "",         {"", ""}},
    {"POST",    "/debug/pprof/",                       NO,                                   "",         {"", ""}},
    {"GET",     "/session",                            NO,                                   "",         {"", ""}},
    {"GET",     "/grpc",                               NO,                                   "",         {"", ""}},
    {"POST",    "/build/",                             NO,                                   "",         {"", ""}},
    {"POST",    "/build/x",                            NO,                                   "",         {"", ""}},
};
/* clang-format on */

/* Two pages, the second one inaccessible; texts are put at the end of the first. */
static char *guarded;
static size_t page;

static struct slice guard(const char *text)
{
    struct slice s = slice_from_text(text);
    char *at = guarded + page - s.len;
    memcpy(at, s.at, s.len);
    return slice_of(at, s.len);
}

static void check_row(const struct row *r)
{
    struct api_match m = {.operation = OPERATION_CONTAINER_CREATE, .version = {"stale", 5}};
    bool found = api_match(slice_from_text(r->method), guard(r->path), &m);
    bool right = found == (r->operation != OPERATION_NONE) && m.operation == r->operation;
    for (size_t i = 0; i < 2; i++) {
        right = right && slice_equal(m.names[i], slice_from_text(r->names[i]));
    }
    right = right && (!found || slice_equal(m.version, slice_from_text(r->version)));
    if (!right) {
        fail_msg("%s %s: operation %d", r->method, r->path, (int)m.operation);
    }
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_row(&rows[i]);
    }
}

/* Each row of the table is found by its own template, with its names, under a version as well. */
static void test_templates(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        const struct operation *o = operation_get((enum operation_id)i);
        char path[256];
        int n = snprintf(path, sizeof(path), "/v1.41%.*s", (int)o->path.len, o->path.at);
        assert_in_range(n, 1, sizeof(path) - 1);
        for (size_t from = 0; from <= 6; from += 6) {
            struct api_match m;
            assert_true(api_match(o->method, guard(path + from), &m));
            assert_int_equal(m.operation, i);
            bool has_name = slice_find(o->path, '{') != o->path.len;
            assert_int_equal(m.names[0].len != 0, has_name);
            assert_true(!has_name || m.names[0].at[0] == '{');
        }
    }
}

/* What the table says of itself. */
static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        const struct operation *o = operation_get((enum operation_id)i);
        assert_int_equal(o->path.at[0], '/');
        assert_in_range(o->sentence.len, 10, 100);
        assert_int_equal(o->sentence.at[o->sentence.len - 1], '.');
        assert_true(o->operation_id.len != 0 && o->since.len != 0);
        for (size_t j = 0; j < i; j++) {
            const struct operation *other = operation_get((enum operation_id)j);
            assert_false(slice_equal(o->path, other->path) &&
                         slice_equal(o->method, other->method));
        }
    }
}

static void test_set(void **state)
{
    (void)state;
    struct operation_set s = {{0}};
    operation_set_add(&s, OPERATION_SYSTEM_PING);
    operation_set_add(&s, OPERATION_VOLUME_UPDATE);
    assert_true(operation_set_has(&s, OPERATION_SYSTEM_PING));
    assert_true(operation_set_has(&s, OPERATION_VOLUME_UPDATE));
    assert_false(operation_set_has(&s, OPERATION_VOLUME_DELETE));
    assert_false(operation_set_has(&s, OPERATION_NONE));
    operation_set_remove(&s, OPERATION_VOLUME_UPDATE);
    assert_false(operation_set_has(&s, OPERATION_VOLUME_UPDATE));
}

static int map_pages(void **state)
{
    (void)state;
    page = (size_t)sysconf(_SC_PAGESIZE);
    guarded = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return guarded == MAP_FAILED ? -1 : mprotect(guarded + page, page, PROT_NONE);
}

static int unmap_pages(void **state)
{
    (void)state;
    return munmap(guarded, 2 * page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_templates),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_set),
    };
    return cmocka_run_group_tests_name("api match", tests, map_pages, unmap_pages);
}
