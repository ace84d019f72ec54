/* Rules seen as sets of operations: what they allow for every name, for some, for none. */
#include "base/limits.h"
#include "policy/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { NONE, PART, WHOLE };

static const struct {
    const char *methods;
    const char *pattern;
    enum operation_id operation;
    int expected;
} ROWS[] = {
    {"GET", "/containers/json", OPERATION_CONTAINER_LIST, WHOLE},
    {"GET", "/v1\\..{1,2}/containers/json", OPERATION_CONTAINER_LIST, WHOLE},
    {"POST", "/containers/json", OPERATION_CONTAINER_LIST, NONE},
    {"GET", "(/v1\\.[0-9]+)?/containers/[^/]+/json", OPERATION_CONTAINER_INSPECT, WHOLE},
    {"GET", "(/v1\\.[0-9]+)?/containers/[^/]+/json", OPERATION_CONTAINER_LIST, NONE},
    {"GET", "/containers/[a-z]+/json", OPERATION_CONTAINER_INSPECT, PART},
    {"GET", "/v1.41/containers/web/json", OPERATION_CONTAINER_INSPECT, PART},
    {"GET", "/images/[^/]+/json", OPERATION_IMAGE_INSPECT, PART},
    {"GET", "/images/.+/json", OPERATION_IMAGE_INSPECT, WHOLE},
    {"GET", ".*", OPERATION_CONTAINER_ARCHIVE, WHOLE},
    {"GET", ".*", OPERATION_CONTAINER_ARCHIVE_INFO, NONE},
    {"GET,HEAD", ".*", OPERATION_CONTAINER_ARCHIVE_INFO, WHOLE},
    {"DELETE", "/containers/.+", OPERATION_CONTAINER_CHECKPOINT_DELETE, WHOLE},
    {"DELETE", "/containers/[^/]+", OPERATION_CONTAINER_CHECKPOINT_DELETE, NONE},
};

static void test_rules(void **state)
{
    static char path[LIMIT_TARGET];

    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct policy_room room = {path, pattern_room_new()};
        struct policy p = {.rules = rule_list_new()};
        struct rule_text text = {slice_from_text(ROWS[i].methods), slice_from_text(ROWS[i].pattern),
                                 SLICE("test")};
        struct diag d = {{0}};
        struct sample s;

        print_message("# %s %s\n", ROWS[i].methods, ROWS[i].pattern);
        assert_true(rule_list_add(p.rules, text, &d));
        assert_true(rule_list_seal(p.rules));
        policy_sample(&p, &room, &s);
        assert_int_equal(operation_set_has(&s.whole, ROWS[i].operation), ROWS[i].expected == WHOLE);
        assert_int_equal(operation_set_has(&s.part, ROWS[i].operation), ROWS[i].expected != NONE);
        policy_fini(&p);
        pattern_room_free(room.patterns);
    }
}

/* Options are sets already. */
static void test_options(void **state)
{
    static char path[LIMIT_TARGET];
    struct policy_room room = {path, NULL};
    struct policy p = {.rules = NULL};
    struct sample s;

    (void)state;
    operation_set_add(&p.allowed, OPERATION_SYSTEM_INFO);
    policy_sample(&p, &room, &s);
    assert_memory_equal(&s.whole, &p.allowed, sizeof(p.allowed));
    assert_memory_equal(&s.part, &p.allowed, sizeof(p.allowed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rules),
                                       cmocka_unit_test(test_options)};
    return cmocka_run_group_tests_name("policy sample", tests, NULL, NULL);
}
