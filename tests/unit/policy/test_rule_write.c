/* Operations said as rules: each by itself allows that operation and no other, and so do all
 * together. */
#include "base/limits.h"
#include "policy/convert.h"
#include "policy/rule_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static char path[LIMIT_TARGET];
/* GET /plugins/{name}: its names may have slashes, and GET /plugins/privileges and
 * /plugins/{name}/json are other operations. GET /libpod/networks/{name}: so is
 * GET /libpod/networks/json. */
static const enum operation_id UNSAYABLE[] = {OPERATION_PLUGIN_INSPECT_OLD,
                                              OPERATION_LIBPOD_NETWORK_INSPECT_SHORT};

static const enum dialect_id DIALECTS[] = {DIALECT_WOLLOMATIC, DIALECT_CETUSGUARD};

static void check(enum dialect_id dialect, const struct operation_set *wanted, const char *what)
{
    static char storage[CONVERT_RULES_MAX];
    struct policy_room room = {path, pattern_room_new()};
    struct operation_set allowed;
    struct buf text;

    buf_init(&text, storage, sizeof(storage));
    bool ok = convert_to_rules(dialect, wanted, &room, &text, &allowed);
    for (size_t i = 0; i < sizeof(UNSAYABLE) / sizeof(UNSAYABLE[0]); i++) {
        if (operation_set_has(wanted, UNSAYABLE[i]) && !operation_set_has(&allowed, UNSAYABLE[i])) {
            operation_set_add(&allowed, UNSAYABLE[i]);
        }
    }
    if (!ok || memcmp(&allowed, wanted, sizeof(allowed)) != 0) {
        print_error("%s: %.*s\n", what, (int)text.len, text.at);
    }
    assert_true(ok);
    assert_memory_equal(&allowed, wanted, sizeof(allowed));
    pattern_room_free(room.patterns);
}

static void test_each(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        struct operation_set one = {{0}};
        char what[16];
        struct buf b;

        buf_init(&b, what, sizeof(what) - 1);
        assert_true(buf_putf(&b, "operation %zu", i));
        what[b.len] = '\0';
        operation_set_add(&one, (enum operation_id)i);
        check(DIALECTS[i % 2], &one, what);
    }
}

static void test_all(void **state)
{
    struct operation_set all = {{0}};
    struct operation_set none = {{0}};
    struct operation_set third = {{0}};

    (void)state;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        operation_set_add(&all, (enum operation_id)i);
        if (i % 3 == 0) {
            operation_set_add(&third, (enum operation_id)i);
        }
    }
    for (size_t i = 0; i < sizeof(DIALECTS) / sizeof(DIALECTS[0]); i++) {
        check(DIALECTS[i], &all, "all");
        check(DIALECTS[i], &none, "none");
        check(DIALECTS[i], &third, "a third");
    }
}

static void test_spelling(void **state)
{
    static const struct {
        enum dialect_id dialect;
        enum operation_id operation;
        const char *text;
    } rows[] = {
        /* clang-format off */
        {DIALECT_WOLLOMATIC, OPERATION_CONTAINER_LIST,    "SP_ALLOW_GET=(/v[0-9.]+)?/containers/json"},
        {DIALECT_WOLLOMATIC, OPERATION_CONTAINER_INSPECT, "SP_ALLOW_GET=(/v[0-9.]+)?/containers/[^/]+/json"},
        {DIALECT_WOLLOMATIC, OPERATION_IMAGE_INSPECT,     "SP_ALLOW_GET=(/v[0-9.]+)?/images/.+/json"},
        {DIALECT_CETUSGUARD, OPERATION_SYSTEM_PING_HEAD,  "HEAD %API_PREFIX%/_ping"},
        /* clang-format on */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char storage[128];
        struct buf out;

        buf_init(&out, storage, sizeof(storage));
        rule_write(rows[i].dialect, operation_get(rows[i].operation)->method, rows[i].operation,
                   &out);
        assert_true(slice_equal(buf_slice(&out), slice_from_text(rows[i].text)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each),
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_spelling),
    };
    return cmocka_run_group_tests_name("policy rule write", tests, NULL, NULL);
}
