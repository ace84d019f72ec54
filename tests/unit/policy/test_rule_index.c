/* Lists of made-up rules: the first rule that answers is the one that answers when each is asked in
 * turn, without an index; and as many rules as there may be. */
#include "base/buf.h"
#include "policy/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define LISTS      300
#define RULES      40
#define PATHS      60
#define ALLOWS_MIN 2000 /* a run with fewer answers of each kind shows nothing */

/* Pieces that paths and patterns are made of: a pattern is some of them with others in between. */
static const char *const PIECES[] = {
    "/v1.41", "/v1.5",    "/containers", "/json", "/web", "/web-1", "/web-17", "/images",  "/a",
    "/b",     "/archive", "/x",          "/",     "e",    "1",      "json",    "\xc3\xa9",
};
static const char *const PATTERN_PIECES[] = {
    "/v1\\.41",
    "/v1\\..{1,2}",
    "(/v[0-9.]+)?",
    "(?:/v1\\.41)?",
    "/containers",
    "/json",
    "/web",
    "/web-1",
    "/web-17",
    "/images",
    "/(a|b|x)",
    "(/a|/b)?",
    "(/a.*|/archive)",
    "/[a-z0-9-]+",
    "[^/]*",
    ".*",
    "(?i:/WEB)",
    "/archive",
    "(?:/a)*",
    "(/web|/x)+",
    "(json|e|1.|/)",
    "^",
    "$",
    "\\b",
    "\xc3\xa9",
    "|",
    "|/containers",
    "e?",
    "1{1,2}",
    "(a*)*[bc]",
    "/web{0,}",
    "/json{1,}",
    "()",
    "(/web|.|/x)",
    "((/a)?/b)?",
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint32_t dice;

static size_t roll(size_t sides)
{
    dice = dice * 1664525U + 1013904223U;
    return (dice >> 8) % sides;
}

static struct slice make(struct buf *b, const char *const *pieces, size_t n, size_t most)
{
    size_t from = b->len;

    for (size_t left = 1 + roll(most); left > 0; left--) {
        assert_true(buf_put(b, slice_from_text(pieces[roll(n)])));
    }
    return slice_of(b->at + from, b->len - from);
}

struct made {
    struct rule_list *list;
    struct pattern *alone[RULES];
    char names[RULES];
    size_t n;
};

static void make_list(struct made *m)
{
    m->list = rule_list_new();
    for (m->n = 0; m->n < RULES;) {
        char storage[256];
        struct diag d;
        struct buf b;

        buf_init(&b, storage, sizeof(storage));
        struct slice pattern = make(&b, PATTERN_PIECES, COUNT(PATTERN_PIECES), 5);
        m->names[m->n] = (char)('0' + m->n);
        struct slice name = slice_of(&m->names[m->n], 1);
        if (rule_list_add(m->list, (struct rule_text){SLICE("GET"), pattern, name}, &d)) {
            m->alone[m->n] = pattern_new(pattern, NULL, &d);
            assert_non_null(m->alone[m->n]);
            m->n++;
        }
    }
    assert_true(rule_list_seal(m->list));
}

/* The number of the first rule that answers; a match that is given up is none here, since the index
 * may know better. */
static size_t ask_each(const struct made *m, struct slice path, struct pattern_room *room)
{
    for (size_t i = 0; i < m->n; i++) {
        enum pattern_answer answer = pattern_match(m->alone[i], path, room);
        if (answer != PATTERN_NO) {
            return answer == PATTERN_LIMIT ? SIZE_MAX : i;
        }
    }
    return m->n;
}

static void test_lists(void **state)
{
    struct pattern_room *room = pattern_room_new();
    size_t answers[2] = {0};

    (void)state;
    for (dice = 1; dice <= LISTS; dice++) {
        uint32_t seed = dice;
        struct made m;

        make_list(&m);
        for (size_t i = 0; i < PATHS; i++) {
            char storage[256];
            struct slice name;
            struct buf b;

            buf_init(&b, storage, sizeof(storage));
            struct slice path = make(&b, PIECES, COUNT(PIECES), 5);
            size_t wanted = ask_each(&m, path, room);
            if (wanted == SIZE_MAX) {
                continue;
            }
            enum pattern_answer answer = rule_list_match(m.list, SLICE("GET"), path, room, &name);
            struct slice wanted_name = slice_of(&m.names[wanted % RULES], wanted < m.n ? 1 : 0);
            if (!slice_equal(name, wanted_name)) {
                struct slice p = rule_list_get(m.list, wanted % RULES).pattern;
                print_error("list %u: %.*s, rule %zu %.*s\n", seed, (int)path.len, path.at, wanted,
                            (int)p.len, p.at);
            }
            assert_true(slice_equal(name, wanted_name));
            assert_int_equal(answer, wanted < m.n ? PATTERN_YES : PATTERN_NO);
            answers[wanted < m.n]++;
        }
        for (size_t i = 0; i < m.n; i++) {
            pattern_free(m.alone[i]);
        }
        rule_list_free(m.list);
        dice = seed;
    }
    print_message("# denied %zu, allowed %zu\n", answers[0], answers[1]);
    assert_true(answers[0] >= ALLOWS_MIN && answers[1] >= ALLOWS_MIN);
    pattern_room_free(room);
}

/* As many rules as there may be, the last one asked for; none takes a regex. */
static void test_many(void **state)
{
    struct rule_list *l = rule_list_new();
    struct pattern_room *room = pattern_room_new();
    struct slice name;
    struct diag d;
    char text[96];
    struct buf b;

    (void)state;
    for (unsigned i = 0; i < RULES_MAX; i++) {
        buf_init(&b, text, sizeof(text));
        assert_true(buf_putf(&b, "/v1\\..{1,2}/containers/app-%05u/json", i));
        assert_true(
            rule_list_add(l, (struct rule_text){SLICE("GET"), buf_slice(&b), SLICE("x")}, &d));
    }
    assert_false(rule_list_add(l, (struct rule_text){SLICE("GET"), SLICE("/"), SLICE("x")}, &d));
    assert_true(rule_list_seal(l));
    for (unsigned i = 0; i <= RULES_MAX; i++) {
        buf_init(&b, text, sizeof(text));
        assert_true(buf_putf(&b, "/v1.41/containers/app-%05u/json", i));
        assert_int_equal(rule_list_match(l, SLICE("GET"), buf_slice(&b), room, &name),
                         i < RULES_MAX ? PATTERN_YES : PATTERN_NO);
    }
    pattern_room_free(room);
    rule_list_free(l);
}

static void test_empty(void **state)
{
    struct rule_list *l = rule_list_new();
    struct pattern_room *room = pattern_room_new();
    struct slice name;

    (void)state;
    assert_true(rule_list_seal(l));
    assert_int_equal(rule_list_match(l, SLICE("GET"), SLICE("/_ping"), room, &name), PATTERN_NO);
    assert_int_equal(rule_list_match(l, SLICE("GET"), SLICE(""), room, &name), PATTERN_NO);
    pattern_room_free(room);
    rule_list_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_empty),
    };
    return cmocka_run_group_tests_name("policy rule index", tests, NULL, NULL);
}
