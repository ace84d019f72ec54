/* Abilities: the table is whole, and the grade of a set is that of its worst way. */
#include "policy/ability.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* Two operations at most, the grade they come to, and an ability that is then shown. */
static const struct {
    enum operation_id first;
    enum operation_id second;
    enum ability_grade grade;
    enum ability_id shown;
    enum ability_id not_shown;
} ROWS[] = {
    {OPERATION_NONE, OPERATION_NONE, ABILITY_HARMLESS, ABILITY_IS_NONE, ABILITY_IS_FIND_ENGINE},
    {OPERATION_SYSTEM_PING, OPERATION_NONE, ABILITY_HARMLESS, ABILITY_IS_FIND_ENGINE,
     ABILITY_IS_EVENTS},
    {OPERATION_CONTAINER_LIST, OPERATION_SYSTEM_PING, ABILITY_OBSERVING, ABILITY_IS_SEE_CONTAINERS,
     ABILITY_IS_READ_FILES},
    {OPERATION_CONTAINER_ARCHIVE, OPERATION_NONE, ABILITY_DISCLOSING, ABILITY_IS_READ_FILES,
     ABILITY_IS_WRITE_FILES},
    {OPERATION_CONTAINER_STOP, OPERATION_NONE, ABILITY_DISRUPTING, ABILITY_IS_STOP,
     ABILITY_IS_START},
    {OPERATION_CONTAINER_CREATE, OPERATION_NONE, ABILITY_ROOT, ABILITY_IS_CREATE, ABILITY_IS_EXEC},
    /* Two halves of exec: alone little, together everything, and the halves are no longer told. */
    {OPERATION_CONTAINER_EXEC, OPERATION_NONE, ABILITY_HARMLESS, ABILITY_IS_EXEC_PREPARE,
     ABILITY_IS_EXEC},
    {OPERATION_EXEC_START, OPERATION_NONE, ABILITY_DISRUPTING, ABILITY_IS_EXEC_START,
     ABILITY_IS_EXEC},
    {OPERATION_EXEC_START, OPERATION_CONTAINER_EXEC, ABILITY_ROOT, ABILITY_IS_EXEC,
     ABILITY_IS_EXEC_START},
    {OPERATION_EXEC_START, OPERATION_CONTAINER_EXEC, ABILITY_ROOT, ABILITY_IS_EXEC,
     ABILITY_IS_EXEC_PREPARE},
    {OPERATION_PLUGIN_PULL, OPERATION_NONE, ABILITY_DISRUPTING, ABILITY_IS_PLUGINS,
     ABILITY_IS_PLUGIN},
    {OPERATION_PLUGIN_PULL, OPERATION_PLUGIN_ENABLE, ABILITY_ROOT, ABILITY_IS_PLUGIN,
     ABILITY_IS_PLUGINS},
    {OPERATION_IMAGE_COMMIT, OPERATION_IMAGE_GET, ABILITY_DISRUPTING, ABILITY_IS_READ_FILES,
     ABILITY_IS_BUILD},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct operation_set set = {{0}};

        if (ROWS[i].first != OPERATION_NONE) {
            operation_set_add(&set, ROWS[i].first);
        }
        if (ROWS[i].second != OPERATION_NONE) {
            operation_set_add(&set, ROWS[i].second);
        }
        print_message("# row %zu\n", i);
        assert_int_equal(ability_grade_of(&set), ROWS[i].grade);
        if (ROWS[i].shown != ABILITY_IS_NONE) {
            assert_true(ability_shown(ROWS[i].shown, &set));
        }
        assert_false(ability_shown(ROWS[i].not_shown, &set));
    }
}

/* Whoever adds an operation says what it lets a client do: without a way it would look harmless. */
static void test_each_operation_has_a_way(void **state)
{
    bool seen[OPERATION_COUNT] = {false};
    size_t n;
    const struct ability_way *ways = ability_ways(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        assert_true(ways[i].operation < OPERATION_COUNT);
        assert_true(ways[i].second != ways[i].operation);
        seen[ways[i].operation] = seen[ways[i].operation] || ways[i].second == OPERATION_NONE;
    }
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (!seen[i]) {
            const struct operation *o = operation_get((enum operation_id)i);
            fail_msg("%.*s %.*s has no way in policy/ability.def", (int)o->method.len, o->method.at,
                     (int)o->path.len, o->path.at);
        }
    }
}

/* The order that check prints, and a wider ability is at least as bad. */
static void test_worst_first(void **state)
{
    enum ability_grade before = ABILITY_ROOT;

    (void)state;
    for (size_t i = 0; i < ABILITY_COUNT; i++) {
        const struct ability *a = ability_get((enum ability_id)i);

        assert_true(a->grade <= before);
        before = a->grade;
        if (a->part_of != ABILITY_IS_NONE) {
            assert_true(ability_get(a->part_of)->grade >= a->grade);
        }
    }
}

/* What gives files, images or secrets away by the operation table is no harmless thing here. */
static void test_agrees_with_gives(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        struct operation_set one = {{0}};

        operation_set_add(&one, (enum operation_id)i);
        if (operation_get((enum operation_id)i)->gives != OPERATION_GIVES_NOTHING &&
            i != OPERATION_CONTAINER_ARCHIVE_INFO) { /* its name and size alone */
            assert_true(ability_grade_of(&one) >= ABILITY_DISCLOSING);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_each_operation_has_a_way),
        cmocka_unit_test(test_worst_first),
        cmocka_unit_test(test_agrees_with_gives),
    };
    return cmocka_run_group_tests_name("policy ability", tests, NULL, NULL);
}
