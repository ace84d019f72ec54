/* The smallest policy: for any set of operations it allows all of them, nothing but what shares an
 * option with them, and none of its options can be left out. Then rows for what people see. */
#include "policy/learn.h"
#include "policy/values.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the above, which it needs */
#include <cmocka.h>

#define RANDOM_SETS 2000

static uint64_t random_state = 88172645463325252U;

static uint64_t random_next(void)
{
    random_state ^= random_state << 13U;
    random_state ^= random_state >> 7U;
    random_state ^= random_state << 17U;
    return random_state;
}

static bool shares_a_leaf(const struct operation_set *used, enum operation_id op)
{
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (operation_set_has(used, (enum operation_id)i) &&
            option_leaf((enum operation_id)i) == option_leaf(op)) {
            return true;
        }
    }
    return false;
}

/* The variables mean the policy when the gate is started with them. */
static void check_variables(const struct learn_policy *p)
{
    struct policy_variable variables[LEARN_VARIABLES_MAX];
    struct policy_known known = {NULL, 0};
    struct policy policy;
    struct policy_notes notes;
    size_t n = learn_variables(p, variables);
    assert_true(policy_compile(variables, n, &known, &policy, &notes));
    assert_int_equal(notes.nwarnings, 0);
    assert_memory_equal(&policy.allowed, &p->allowed, sizeof(policy.allowed));
    policy_fini(&policy);
}

static void check_smallest(const struct operation_set *used)
{
    struct learn_policy p;
    bool needed[OPTION_COUNT] = {false};
    learn_smallest(used, &p);
    check_variables(&p);
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        bool was = operation_set_has(used, op);
        bool may = operation_set_has(&p.allowed, op);
        assert_true(may || !was);
        assert_int_equal(operation_set_has(&p.besides, op), may && !was);
        assert_true(!may || was || shares_a_leaf(used, op));
        needed[option_leaf(op)] |= was;
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        assert_true(p.state[i] != OPTION_ON || needed[i]);
        assert_true(p.state[i] != OPTION_OFF || !needed[i]);
    }
}

static void test_each_operation(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        struct operation_set used = {{0}};
        operation_set_add(&used, (enum operation_id)i);
        check_smallest(&used);
    }
}

static void test_random_sets(void **state)
{
    (void)state;
    for (size_t round = 0; round < RANDOM_SETS; round++) {
        struct operation_set used = {{0}};
        uint64_t one_in = 1 + random_next() % 64;
        for (size_t i = 0; i < OPERATION_COUNT; i++) {
            if (random_next() % one_in == 0) {
                operation_set_add(&used, (enum operation_id)i);
            }
        }
        check_smallest(&used);
    }
}

static struct learn_policy smallest_of(const enum operation_id *ops, size_t n)
{
    struct operation_set used = {{0}};
    struct learn_policy p;
    for (size_t i = 0; i < n; i++) {
        operation_set_add(&used, ops[i]);
    }
    learn_smallest(&used, &p);
    return p;
}

static void test_defaults(void **state)
{
    (void)state;
    static const enum operation_id ops[] = {OPERATION_SYSTEM_PING, OPERATION_CONTAINER_LIST};
    struct learn_policy p = smallest_of(ops, 2);
    assert_int_equal(p.state[OPTION_PING], OPTION_UNSET); /* on by default */
    assert_int_equal(p.state[OPTION_VERSION], OPTION_OFF);
    assert_int_equal(p.state[OPTION_EVENTS], OPTION_OFF);
    assert_int_equal(p.state[OPTION_CONTAINERS_LIST], OPTION_ON);
    assert_int_equal(p.state[OPTION_CONTAINERS], OPTION_UNSET);
    /* granted by CONTAINERS_LIST as well, and not used */
    assert_int_equal(p.state[OPTION_CONTAINERS_PS], OPTION_OFF);
    assert_true(operation_set_has(&p.besides, OPERATION_SYSTEM_PING_HEAD));
    p = smallest_of(ops, 0);
    for (size_t i = 0; i < OPERATION_SET_WORDS; i++) {
        assert_int_equal(p.allowed.word[i], 0);
    }
}

/* COMMIT alone may be Tecnativa's, under which it would grant nothing without POST. */
static void test_dialect(void **state)
{
    (void)state;
    static const enum operation_id commit = OPERATION_IMAGE_COMMIT;
    static const enum operation_id list = OPERATION_CONTAINER_LIST;
    struct policy_variable variables[LEARN_VARIABLES_MAX];
    struct learn_policy p = smallest_of(&commit, 1);
    assert_true(p.say_dialect);
    learn_variables(&p, variables);
    assert_true(slice_equal(variables[0].name, SLICE("DOCKGATE_DIALECT")));
    p = smallest_of(&list, 1);
    assert_false(p.say_dialect);
}

static void test_wider(void **state)
{
    (void)state;
    static const enum operation_id ops[] = {OPERATION_CONTAINER_LIST, OPERATION_CONTAINER_START};
    struct learn_policy p = smallest_of(ops, 2);
    struct operation_set adds;
    assert_true(learn_wider(&p, OPTION_CONTAINERS, &adds));
    assert_true(operation_set_has(&adds, OPERATION_CONTAINER_INSPECT));
    assert_true(operation_set_has(&adds, OPERATION_CONTAINER_LOGS));
    assert_true(operation_set_has(&adds, OPERATION_CONTAINER_PS));
    assert_false(operation_set_has(&adds, OPERATION_CONTAINER_LIST));
    assert_false(operation_set_has(&adds, OPERATION_CONTAINER_START));
    assert_false(operation_set_has(&adds, OPERATION_CONTAINER_STOP));
    assert_false(operation_set_has(&adds, OPERATION_IMAGE_LIST));
    assert_false(learn_wider(&p, OPTION_IMAGES, &adds));
    assert_false(learn_wider(&p, OPTION_CONTAINERS_LIST, &adds));
    assert_false(learn_wider(&p, OPTION_DESCRIPTIVE_ERRORS, &adds));
}

static void test_reads(void **state)
{
    (void)state;
    struct operation_set all = learn_reads(false);
    struct operation_set careful = learn_reads(true);
    assert_true(operation_set_has(&all, OPERATION_CONTAINER_LIST));
    assert_true(operation_set_has(&all, OPERATION_CONTAINER_ARCHIVE));
    assert_true(operation_set_has(&all, OPERATION_SYSTEM_PING_HEAD));
    assert_false(operation_set_has(&all, OPERATION_CONTAINER_ATTACH_WEBSOCKET));
    assert_false(operation_set_has(&all, OPERATION_CONTAINER_START));
    assert_true(operation_set_has(&careful, OPERATION_CONTAINER_LIST));
    assert_false(operation_set_has(&careful, OPERATION_CONTAINER_ARCHIVE));
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        const struct operation *op = operation_get((enum operation_id)i);
        if (operation_set_has(&all, (enum operation_id)i)) {
            assert_true(op->method.at[0] == 'G' || op->method.at[0] == 'H');
            assert_true(op->kind != OPERATION_UPGRADE);
        }
    }
}

static void test_add(void **state)
{
    (void)state;
    struct learn_use use = {0, 0, 0};
    learn_add(&use, 0, 5, 6);
    assert_int_equal(use.first_ms, 0);
    learn_add(&use, 2, 50, 60);
    learn_add(&use, 1, 40, 45);
    learn_add(&use, 1, 55, 70);
    assert_int_equal(use.n, 4);
    assert_int_equal(use.first_ms, 40);
    assert_int_equal(use.last_ms, 70);
    learn_add(&use, UINT64_MAX, 55, 70);
    assert_true(use.n == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_operation),
        cmocka_unit_test(test_random_sets),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_dialect),
        cmocka_unit_test(test_wider),
        cmocka_unit_test(test_reads),
        cmocka_unit_test(test_add),
    };
    return cmocka_run_group_tests_name("learn", tests, NULL, NULL);
}
