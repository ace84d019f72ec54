/* The census of lists, at every split; and what answers ask for that do not say it themselves. */
#include "../support/guard.h"

#include "inspect/census.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct slice TEAM[] = {SLICE_INIT("team=a")};
static const struct slice TWO[] = {SLICE_INIT("team=a"), SLICE_INIT("public")};
static const struct slice NAMES[] = {SLICE_INIT("web*")};
static const struct slice IMAGES[] = {SLICE_INIT("busybox:*")};

static const struct answers_settings BY_LABEL = {.visible_labels = {TEAM, 1}};
static const struct answers_settings BY_LABELS = {.visible_labels = {TWO, 2}};
static const struct answers_settings BY_NAME = {.visible_names = {NAMES, 1}};
static const struct answers_settings OWNED = {
    .visible_labels = {TEAM, 1}, .visible_names = {IMAGES, 1}, .owner = true};
static const struct answers_settings OWNED_NAMES = {
    .visible_labels = {TEAM, 1}, .visible_names = {NAMES, 1}, .owner = true};

static const struct slice CONTAINERS = SLICE_INIT(
    "[{\"Id\":\"a1\",\"Names\":[\"/"
    "x\"],\"Labels\":{\"team\":\"a\",\"Id\":\"no\"},\"State\":\"running\"},"
    "{\"Id\":\"b1\",\"Names\":[\"/web\"],\"Labels\":{\"team\":\"b\"},\"State\":\"running\"},"
    "{\"Id\":\"a2\",\"Labels\":{\"team\":\"a\"},\"State\":\"paused\",\"Ports\":[{\"State\":\"x\"}]}"
    ","
    "{\"Id\":\"a3\",\"Labels\":{\"team\":\"a\"},\"State\":\"exited\"},"
    "{\"Id\":\"a4\",\"Labels\":{\"team\":\"a\"},\"State\":\"created\"},"
    "{\"Id\":\"n1\",\"Names\":[\"/webx\"],\"Labels\":{},\"State\":\"restarting\"}]\n");

static const struct slice IMAGE_LIST =
    SLICE_INIT("[{\"Id\":\"sha256:1\",\"Labels\":{\"team\":\"a\"},\"RepoTags\":null},"
               "{\"Id\":\"sha256:2\",\"Labels\":null,\"RepoTags\":[\"busybox:1\"]},"
               "{\"Id\":\"sha256:3\",\"Labels\":{\"team\":\"b\"},\"RepoTags\":[\"busybox:2\"]}]\n");

/* Feeds a list in pieces: `first` bytes, then `step` at a time. */
static void take_list(struct census *c, enum census_list list, struct slice in, size_t first,
                      size_t step, bool whole)
{
    char text[1024];
    struct buf target;
    buf_init(&target, text, sizeof(text));
    assert_true(census_begin(c, list, &target));
    for (size_t at = 0; at < in.len;) {
        struct slice piece = slice_sub(in, at, at == 0 && first > 0 ? first : step);
        assert_true(census_feed(c, slice_of(guard_place(piece), piece.len)));
        at += piece.len;
    }
    census_end(c, whole);
}

static struct answers_policy *policy_of(const struct answers_settings *settings)
{
    struct answers_policy *p = answers_policy_new(settings);
    assert_non_null(p);
    return p;
}

static void expect_counts(const struct census *c, const uint64_t *wanted)
{
    for (unsigned i = 0; i < CENSUS_COUNTS; i++) {
        assert_int_equal(census_count(c, (enum census_count)i), wanted[i]);
    }
}

static void test_counts(void **state)
{
    (void)state;
    static const struct {
        const struct answers_settings *settings;
        uint64_t wanted[CENSUS_COUNTS]; /* all, running, paused, stopped, images */
    } cases[] = {
        {&BY_LABEL, {4, 1, 1, 2, 1}}, {&BY_LABELS, {4, 1, 1, 2, 1}},   {&BY_NAME, {2, 1, 0, 1, 0}},
        {&OWNED, {4, 1, 1, 2, 2}},    {&OWNED_NAMES, {5, 1, 1, 3, 1}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct answers_policy *p = policy_of(cases[i].settings);
        for (size_t first = 0; first < CONTAINERS.len; first++) {
            struct census *c = census_new(p);
            assert_non_null(c);
            take_list(c, CENSUS_CONTAINERS, CONTAINERS, first, first == 0 ? 1 : CONTAINERS.len,
                      true);
            take_list(c, CENSUS_IMAGES, IMAGE_LIST, first, IMAGE_LIST.len, true);
            expect_counts(c, cases[i].wanted);
            assert_false(census_has(c, SLICE("a1")));
            census_free(c);
        }
        answers_policy_free(p);
    }
}

static void test_names(void **state)
{
    (void)state;
    struct answers_policy *p = policy_of(&BY_LABEL);
    struct census *c = census_new(p);
    take_list(c, CENSUS_RUNNING, CONTAINERS, 0, 7, true);
    static const char *const there[] = {"a1", "a2", "a3", "a4"};
    static const char *const absent[] = {"b1", "n1", "a", "", "a1\na2", "no"};
    for (size_t i = 0; i < 4; i++) {
        assert_true(census_has(c, slice_from_text(there[i])));
    }
    for (size_t i = 0; i < 6; i++) {
        assert_false(census_has(c, slice_from_text(absent[i])));
    }
    census_free(c);
    answers_policy_free(p);
}

/* What did not come whole, or is not understood, is as good as nothing; other lists stay. */
static void test_broken(void **state)
{
    (void)state;
    struct answers_policy *p = policy_of(&BY_LABEL);
    struct census *c = census_new(p);
    char text[256];
    struct buf target;
    take_list(c, CENSUS_CONTAINERS, CONTAINERS, 0, 9, true);
    take_list(c, CENSUS_IMAGES, slice_sub(IMAGE_LIST, 0, IMAGE_LIST.len - 3), 0, 9, true);
    expect_counts(c, (const uint64_t[]){4, 1, 1, 2, 0});
    take_list(c, CENSUS_RUNNING, CONTAINERS, 0, 9, false);
    assert_false(census_has(c, SLICE("a1")));
    expect_counts(c, (const uint64_t[]){0, 0, 0, 0, 0});
    buf_init(&target, text, sizeof(text));
    assert_true(census_begin(c, CENSUS_CONTAINERS, &target));
    assert_false(census_feed(c, SLICE("{\"message\":\"x\"}")));
    census_end(c, true);
    expect_counts(c, (const uint64_t[]){0, 0, 0, 0, 0});
    buf_init(&target, text, 4);
    assert_false(census_begin(c, CENSUS_CONTAINERS, &target));
    census_end(c, false);
    census_free(c);
    answers_policy_free(p);
}

/* As many names as are kept are known; with one more, none is. */
static void test_limit(void **state)
{
    (void)state;
    static char text[256 * 1024];
    struct answers_policy *p = policy_of(&BY_LABEL);
    for (unsigned n = 1008; n <= 1009; n++) { /* of 64 digits and an end each */
        struct census *c = census_new(p);
        struct buf in;
        buf_init(&in, text, sizeof(text));
        (void)buf_put_byte(&in, '[');
        for (unsigned i = 0; i < n; i++) {
            (void)buf_putf(&in, "%s{\"Id\":\"%064x\",\"Labels\":{\"team\":\"a\"}}",
                           i > 0 ? "," : "", i);
        }
        assert_true(buf_put_byte(&in, ']'));
        char last[65];
        (void)snprintf(last, sizeof(last), "%064x", n - 1);
        take_list(c, CENSUS_RUNNING, buf_slice(&in), 0, 5000, true);
        assert_int_equal(census_has(c, slice_of(last, 64)), n == 1008);
        census_free(c);
    }
    assert_int_equal(1008, CENSUS_TEXT_MAX / 65);
    answers_policy_free(p);
}

/* The engine is asked for one label only where nothing else could be visible. */
static void test_targets(void **state)
{
    (void)state;
#define FILTER "&filters=%7B%22label%22%3A%5B%22team%3Da%22%5D%7D"
    static const struct {
        const struct answers_settings *settings;
        const char *wanted[CENSUS_LISTS];
    } cases[] = {
        {&BY_LABEL,
         {"/containers/json?all=0" FILTER, "/containers/json?all=1" FILTER,
          "/images/json?all=1" FILTER}},
        {&OWNED,
         {"/containers/json?all=0" FILTER, "/containers/json?all=1" FILTER, "/images/json?all=1"}},
        {&OWNED_NAMES, {"/containers/json?all=0", "/containers/json?all=1", "/images/json?all=1"}},
        {&BY_LABELS, {"/containers/json?all=0", "/containers/json?all=1", "/images/json?all=1"}},
        {&BY_NAME, {"/containers/json?all=0", "/containers/json?all=1", "/images/json?all=1"}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct answers_policy *p = policy_of(cases[i].settings);
        struct census *c = census_new(p);
        for (unsigned list = 0; list < CENSUS_LISTS; list++) {
            char text[256];
            struct buf target;
            buf_init(&target, text, sizeof(text));
            assert_true(census_begin(c, (enum census_list)list, &target));
            census_end(c, false);
            assert_true(slice_equal(buf_slice(&target), slice_from_text(cases[i].wanted[list])));
        }
        census_free(c);
        answers_policy_free(p);
    }
}

/* Runs an answer that asks, in pieces; what it asks is told by `known`. Times it has asked. */
static unsigned run(const struct answers_policy *p, enum operation_id op, struct slice in,
                    size_t first, size_t step, const struct census *known,
                    enum answers_question wanted, struct buf *out)
{
    struct answers *a = answers_begin(p, op, 200);
    unsigned asked = 0;
    assert_non_null(a);
    answers_may_ask(a);
    for (size_t at = 0; at < in.len;) {
        struct slice piece = slice_sub(in, at, at == 0 && first > 0 ? first : step);
        struct slice rest = slice_of(guard_place(piece), piece.len);
        enum answers_step result = answers_feed(a, rest);
        while (result == ANSWERS_ASK) {
            assert_int_equal(answers_question(a), wanted);
            rest = answers_rest(a);
            (void)buf_put(out, answers_ready(a));
            answers_taken(a); /* as a shell may that has to wait */
            answers_tell(a, known);
            asked++;
            result = answers_feed(a, rest);
        }
        assert_int_equal(result, ANSWERS_OK);
        (void)buf_put(out, answers_ready(a));
        answers_taken(a);
        at += piece.len;
    }
    assert_int_equal(answers_end(a), ANSWERS_OK);
    (void)buf_put(out, answers_ready(a));
    answers_free(a);
    return asked;
}

static void check_asked(const struct answers_policy *p, enum operation_id op, struct slice in,
                        const struct census *known, unsigned times, enum answers_question question,
                        struct slice wanted)
{
    char text[1024];
    struct buf out;
    for (size_t first = 0; first < in.len; first++) {
        buf_init(&out, text, sizeof(text));
        assert_int_equal(run(p, op, in, first, first == 0 ? 1 : in.len, known, question, &out),
                         times);
        if (!slice_equal(buf_slice(&out), wanted)) {
            fail_msg("%.*s\ninstead of\n%.*s", (int)out.len, out.at, (int)wanted.len, wanted.at);
        }
    }
}

static void test_asked(void **state)
{
    (void)state;
    static const struct slice info = SLICE_INIT(
        "{\"ID\":\"x\",\"Containers\":71,\"ContainersRunning\":61,\"ContainersPaused\":51,"
        "\"ContainersStopped\":41,\"Images\":31,\"Name\":\"h\"}");
    static const struct slice networks = SLICE_INIT(
        "[{\"Name\":\"n\",\"Containers\":{},\"Labels\":{\"team\":\"a\"}},"
        "{\"Name\":\"n\",\"Containers\":{\"b1\":{\"Name\":\"web\"},\"a1\":{\"Name\":\"s\"}},"
        "\"Labels\":{\"team\":\"a\"}},"
        "{\"Name\":\"m\",\"Containers\":{\"a2\":{},\"n1\":{}},\"Labels\":{\"team\":\"a\"}}]");
    static const struct slice without =
        SLICE_INIT("[{\"Name\":\"n\",\"Containers\":{},\"Labels\":{\"team\":\"a\"}},{\"Name\":"
                   "\"n\",\"Containers\":{},"
                   "\"Labels\":{\"team\":\"a\"}},{\"Name\":\"m\",\"Containers\":{},\"Labels\":{"
                   "\"team\":\"a\"}}]\n");
    struct answers_policy *p = policy_of(&OWNED);
    struct census *known = census_new(p);
    struct census *none = census_new(p);
    take_list(known, CENSUS_CONTAINERS, CONTAINERS, 0, 99, true);
    take_list(known, CENSUS_IMAGES, IMAGE_LIST, 0, 99, true);
    take_list(known, CENSUS_RUNNING, CONTAINERS, 0, 99, true);
    check_asked(
        p, OPERATION_SYSTEM_INFO, info, known, 1, ANSWERS_HOW_MANY,
        SLICE("{\"ID\":\"x\",\"Containers\":4,\"ContainersRunning\":1,\"ContainersPaused\":1,"
              "\"ContainersStopped\":2,\"Images\":2,\"Name\":\"h\"}\n"));
    check_asked(
        p, OPERATION_SYSTEM_INFO, info, none, 1, ANSWERS_HOW_MANY,
        SLICE("{\"ID\":\"x\",\"Containers\":0,\"ContainersRunning\":0,\"ContainersPaused\":0,"
              "\"ContainersStopped\":0,\"Images\":0,\"Name\":\"h\"}\n"));
    check_asked(p, OPERATION_SYSTEM_INFO, SLICE("{\"Name\":\"h\"}"), none, 0, ANSWERS_NOTHING,
                SLICE("{\"Name\":\"h\"}\n"));
    check_asked(
        p, OPERATION_NETWORK_LIST, networks, known, 1, ANSWERS_WHO_RUNS,
        SLICE("[{\"Name\":\"n\",\"Containers\":{},\"Labels\":{\"team\":\"a\"}},{\"Name\":\"n\","
              "\"Containers\":{\"a1\":{\"Name\":\"s\"}},\"Labels\":{\"team\":\"a\"}},{\"Name\":"
              "\"m\",\"Containers\":{\"a2\":{}},\"Labels\":{\"team\":\"a\"}}]\n"));
    check_asked(p, OPERATION_NETWORK_LIST, networks, none, 1, ANSWERS_WHO_RUNS, without);
    /* nothing to ask for */
    check_asked(p, OPERATION_NETWORK_LIST, without, none, 0, ANSWERS_NOTHING, without);
    census_free(known);
    census_free(none);
    answers_policy_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),  cmocka_unit_test(test_names),
        cmocka_unit_test(test_broken),  cmocka_unit_test(test_limit),
        cmocka_unit_test(test_targets), cmocka_unit_test(test_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
