/* Made-up lists of rules on names: the one that is found is the first one that grants when each is
 * asked in turn; and names as long as they get. */
#include "policy/glob.h"
#include "policy/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define LISTS     400
#define RULES     60
#define NAMES     200
#define KINDS_MIN 1000 /* a run with fewer answers of each kind shows nothing */

static const enum operation_id OPERATIONS[] = {OPERATION_CONTAINER_START, OPERATION_CONTAINER_STOP,
                                               OPERATION_IMAGE_INSPECT};
#define NOPERATIONS (sizeof(OPERATIONS) / sizeof(OPERATIONS[0]))

/* Names and globs are some of these, one behind the other. */
static const char *const PIECES[] = {"web", "db", "-", "1", "17", "/", "a"};
static const char *const GLOBS[] = {"web", "db", "-", "1", "17", "/", "a", "*", "**", "?", "*"};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint32_t dice;

static size_t roll(size_t sides)
{
    dice = dice * 1664525U + 1013904223U;
    return (dice >> 8) % sides;
}

/* A text of the arena. */
static struct slice make(struct arena *a, const char *const *pieces, size_t n, size_t most)
{
    char storage[128];
    struct buf b;

    buf_init(&b, storage, sizeof(storage));
    for (size_t left = 1 + roll(most); left > 0; left--) {
        assert_true(buf_put(&b, slice_from_text(pieces[roll(n)])));
    }
    return arena_copy(a, buf_slice(&b));
}

static void make_rules(struct arena *a, struct name_rule *rules, struct name_rules *list)
{
    *list = (struct name_rules){.at = rules, .n = roll(RULES + 1)};
    for (size_t i = 0; i < list->n; i++) {
        rules[i] = (struct name_rule){.operation = OPERATIONS[roll(NOPERATIONS)]};
        if (roll(20) == 0) {
            rules[i].label = SLICE("app=shop");
        } else {
            rules[i].glob[0] = roll(30) == 0 ? slice_of(NULL, 0) : make(a, GLOBS, COUNT(GLOBS), 5);
            rules[i].glob[1] = roll(3) == 0 ? make(a, GLOBS, COUNT(GLOBS), 3) : slice_of(NULL, 0);
        }
        operation_set_add(&list->some, rules[i].operation);
    }
    assert_true(name_rules_seal(list, a));
}

static const struct name_rule *ask_each(const struct name_rules *list, const struct api_match *m)
{
    const struct name_rule *labelled = NULL;

    for (size_t i = 0; i < list->n; i++) {
        const struct name_rule *r = &list->at[i];
        if (r->operation != m->operation) {
            continue;
        }
        if (r->label.len > 0) {
            labelled = labelled == NULL ? r : labelled;
        } else if ((r->glob[0].at == NULL || glob_match(r->glob[0], m->names[0])) &&
                   (r->glob[1].at == NULL || glob_match(r->glob[1], m->names[1]))) {
            return r;
        }
    }
    return labelled;
}

static void test_lists(void **state)
{
    size_t none = 0;
    size_t named = 0;
    size_t labelled = 0;

    (void)state;
    for (uint32_t seed = 1; seed <= LISTS; seed++) {
        struct arena arena = {.blocks = NULL};
        struct name_rule rules[RULES];
        struct name_rules list;

        dice = seed;
        make_rules(&arena, rules, &list);
        for (size_t i = 0; i < NAMES; i++) {
            struct api_match m = {.operation = OPERATIONS[roll(NOPERATIONS)]};
            m.names[0] = make(&arena, PIECES, COUNT(PIECES), 6);
            m.names[1] = roll(2) == 0 ? make(&arena, PIECES, COUNT(PIECES), 3) : SLICE("");
            const struct name_rule *wanted = ask_each(&list, &m);
            assert_ptr_equal(name_rules_find(&list, &m), wanted);
            none += wanted == NULL;
            named += wanted != NULL && wanted->label.len == 0;
            labelled += wanted != NULL && wanted->label.len > 0;
        }
        arena_free(&arena);
    }
    print_message("# none %zu, by name %zu, by label %zu\n", none, named, labelled);
    assert_true(none >= KINDS_MIN && named >= KINDS_MIN && labelled >= KINDS_MIN);
}

/* The longest globs there may be, names that are longer, and an empty one. */
static void test_long(void **state)
{
    char text[GLOB_MAX + 2];
    struct arena arena = {.blocks = NULL};
    struct name_rule rules[3] = {{.operation = OPERATION_CONTAINER_START},
                                 {.operation = OPERATION_CONTAINER_START},
                                 {.operation = OPERATION_CONTAINER_START}};
    struct name_rules list = {.at = rules, .n = 3};
    struct api_match m = {.operation = OPERATION_CONTAINER_START};
    char ends[GLOB_MAX];
    char begins[GLOB_MAX];
    char whole[GLOB_MAX];

    (void)state;
    memset(text, 'x', sizeof(text));
    memset(whole, 'x', sizeof(whole));
    memset(ends, 'x', sizeof(ends));
    memset(begins, 'x', sizeof(begins));
    begins[GLOB_MAX - 1] = '*';
    ends[0] = '*';
    ends[1] = 'y';
    rules[0].glob[0] = slice_of(whole, GLOB_MAX);
    rules[1].glob[0] = slice_of(begins, GLOB_MAX);
    rules[2].glob[0] = slice_of(ends, GLOB_MAX);
    operation_set_add(&list.some, OPERATION_CONTAINER_START);
    assert_true(name_rules_seal(&list, &arena));
    m.names[0] = slice_of(text, GLOB_MAX);
    assert_ptr_equal(name_rules_find(&list, &m), &rules[0]);
    m.names[0] = slice_of(text, GLOB_MAX + 1);
    assert_ptr_equal(name_rules_find(&list, &m), &rules[1]);
    m.names[0] = slice_of(text, GLOB_MAX - 2);
    assert_null(name_rules_find(&list, &m));
    text[1] = 'y';
    m.names[0] = slice_of(text, GLOB_MAX);
    assert_ptr_equal(name_rules_find(&list, &m), &rules[2]);
    m.names[0] = SLICE("");
    assert_null(name_rules_find(&list, &m));
    arena_free(&arena);
}

static void test_no_memory(void **state)
{
    struct name_rules list = {.n = 0};

    (void)state;
    for (size_t max = 1; max < 4096; max++) {
        struct arena arena = {.max = max};
        if (name_rules_seal(&list, &arena)) {
            assert_true(max > sizeof(bool) * (GLOB_MAX + 1));
            arena_free(&arena);
            return;
        }
        arena_free(&arena);
    }
    fail();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("policy names", tests, NULL, NULL);
}
