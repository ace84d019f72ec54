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

/* Whether a container is known to be visible. */
static bool has(const struct census *c, struct slice id)
{
    return census_about(c, OWNED_CONTAINER, id, false, false) == CENSUS_VISIBLE;
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
            assert_false(has(c, SLICE("a1")));
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
        assert_true(has(c, slice_from_text(there[i])));
    }
    for (size_t i = 0; i < 6; i++) {
        assert_false(has(c, slice_from_text(absent[i])));
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
    assert_false(has(c, SLICE("a1")));
    expect_counts(c, (const uint64_t[]){4, 1, 1, 2, 0});
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
    for (unsigned n = 978; n <= 979; n++) { /* of 64 digits each, and three bytes */
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
        assert_int_equal(has(c, slice_of(last, 64)), n == 978);
        census_free(c);
    }
    assert_int_equal(978, CENSUS_TEXT_MAX / 67);
    answers_policy_free(p);
}

/* The engine is asked for one label only where nothing else could be visible. */
static void test_targets(void **state)
{
    (void)state;
    static const char *const targets[CENSUS_LISTS] = {"/containers/json?all=0",
                                                      "/containers/json?all=1",
                                                      "/images/json?all=1",
                                                      "/networks",
                                                      "/volumes",
                                                      "/services",
                                                      "/secrets",
                                                      "/configs"};
    static const struct {
        const struct answers_settings *settings;
        bool filtered;
        bool images; /* these as well */
    } cases[] = {{&BY_LABEL, true, true},
                 {&OWNED, true, false},
                 {&OWNED_NAMES, false, false},
                 {&BY_LABELS, false, false},
                 {&BY_NAME, false, false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct answers_policy *p = policy_of(cases[i].settings);
        struct census *c = census_new(p);
        for (unsigned list = 0; list < CENSUS_LISTS; list++) {
            char text[256];
            char wanted[256];
            struct buf target;
            buf_init(&target, text, sizeof(text));
            assert_true(census_begin(c, (enum census_list)list, &target));
            census_end(c, false);
            bool filtered = cases[i].filtered && (cases[i].images || list != CENSUS_IMAGES);
            (void)snprintf(wanted, sizeof(wanted), "%s%s%s", targets[list],
                           !filtered                ? ""
                           : list < CENSUS_NETWORKS ? "&filters="
                                                    : "?filters=",
                           filtered ? "%7B%22label%22%3A%5B%22team%3Da%22%5D%7D" : "");
            assert_true(slice_equal(buf_slice(&target), slice_from_text(wanted)));
        }
        census_free(c);
        answers_policy_free(p);
    }
}

/* Each list by its own words. */
static void test_lists(void **state)
{
    (void)state;
    static const struct {
        enum census_list list;
        enum owned_kind kind;
        struct slice in;
    } cases[] = {
        {CENSUS_NETWORKS, OWNED_NETWORK,
         SLICE_INIT("[{\"Name\":\"n\",\"Id\":\"a1\",\"Labels\":{\"team\":\"a\"},\"Containers\":{"
                    "\"x\":{\"Id\":\"b1\"}}},"
                    "{\"Name\":\"a1\",\"Id\":\"b1\",\"Labels\":{}}]")},
        {CENSUS_VOLUMES, OWNED_VOLUME,
         SLICE_INIT("{\"Volumes\":[{\"Name\":\"a1\",\"Labels\":{\"team\":\"a\",\"Name\":\"b1\"}},{"
                    "\"Name\":\"b1\",\"Labels\":"
                    "null}],\"Warnings\":[\"b1\"],\"Name\":\"b1\"}")},
        {CENSUS_SERVICES, OWNED_SERVICE,
         SLICE_INIT("[{\"ID\":\"a1\",\"Spec\":{\"Name\":\"n\",\"ID\":\"b1\",\"Labels\":{\"team\":"
                    "\"a\"}}},{\"ID\":\"b1\","
                    "\"Spec\":{\"Labels\":{\"team\":\"b\"}}}]")},
        {CENSUS_SECRETS, OWNED_SECRET,
         SLICE_INIT("[{\"ID\":\"a1\",\"Spec\":{\"Labels\":{\"team\":\"a\"}}},{\"ID\":\"b1\","
                    "\"Spec\":{}}]")},
        {CENSUS_CONFIGS, OWNED_CONFIG,
         SLICE_INIT("[{\"ID\":\"a1\",\"Spec\":{\"Labels\":{\"team\":\"a\"},\"Data\":\"eA==\"}},{"
                    "\"ID\":\"b1\",\"Spec\":{}}]")},
    };
    struct answers_policy *p = policy_of(&BY_LABEL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t first = 0; first < cases[i].in.len; first++) {
            struct census *c = census_new(p);
            take_list(c, cases[i].list, cases[i].in, first, first == 0 ? 1 : cases[i].in.len, true);
            assert_int_equal(census_about(c, cases[i].kind, SLICE("a1"), false, false),
                             CENSUS_VISIBLE);
            assert_int_equal(census_about(c, cases[i].kind, SLICE("b1"), false, false), CENSUS_ASK);
            assert_int_equal(census_about(c, OWNED_NODE, SLICE("a1"), false, false), CENSUS_ASK);
            census_free(c);
        }
    }
    answers_policy_free(p);
}

#define ANEW true
#define MADE true

static enum census_verdict about(const struct census *c, const char *id, bool anew, bool made)
{
    return census_about(c, OWNED_VOLUME, slice_from_text(id), anew, made);
}

static void inspect(struct census *c, const char *id, unsigned status, struct slice in)
{
    char text[128];
    struct buf target;
    buf_init(&target, text, sizeof(text));
    assert_true(census_begin_thing(c, OWNED_VOLUME, slice_from_text(id), &target));
    assert_true(slice_starts_with(buf_slice(&target), SLICE("/volumes/")));
    bool ok = status != 200 || census_feed(c, in);
    census_end_thing(c, ok ? status : 0);
}

/* What an inspect says of a thing, and what stays known of it. */
static void test_thing(void **state)
{
    (void)state;
    static const struct slice mine = SLICE_INIT("{\"Name\":\"v\",\"Labels\":{\"team\":\"a\"}}");
    static const struct slice theirs =
        SLICE_INIT("{\"Name\":\"v\",\"Labels\":{\"team\":\"b\"}}\n \n");
    struct answers_policy *p = policy_of(&BY_LABEL);
    struct census *c = census_new(p);
    assert_int_equal(about(c, "v", false, false), CENSUS_ASK);
    inspect(c, "v", 200, mine);
    assert_int_equal(about(c, "v", ANEW, MADE), CENSUS_VISIBLE);
    assert_int_equal(about(c, "w", ANEW, MADE), CENSUS_ASK);
    assert_int_equal(census_about(c, OWNED_NETWORK, SLICE("v"), ANEW, MADE), CENSUS_ASK);
    census_settle(c);
    assert_int_equal(about(c, "v", false, false), CENSUS_VISIBLE);
    assert_int_equal(about(c, "v", ANEW, false), CENSUS_ASK);
    /* gone: it was visible; but what was made meanwhile is another one */
    inspect(c, "v", 404, SLICE(""));
    assert_int_equal(about(c, "v", ANEW, false), CENSUS_VISIBLE);
    assert_int_equal(about(c, "v", ANEW, MADE), CENSUS_HIDDEN);
    inspect(c, "v", 0, SLICE(""));
    assert_int_equal(about(c, "v", ANEW, false), CENSUS_HIDDEN);
    inspect(c, "v", 200, slice_sub(mine, 0, 9));
    assert_int_equal(about(c, "v", ANEW, false), CENSUS_HIDDEN);
    inspect(c, "v", 200, SLICE("[]"));
    assert_int_equal(about(c, "v", ANEW, false), CENSUS_HIDDEN);
    census_settle(c);
    assert_int_equal(about(c, "v", false, false), CENSUS_VISIBLE);
    inspect(c, "v", 200, theirs);
    assert_int_equal(about(c, "v", ANEW, MADE), CENSUS_HIDDEN);
    census_settle(c);
    assert_int_equal(about(c, "v", false, false), CENSUS_HIDDEN);
    inspect(c, "v", 404, SLICE(""));
    assert_int_equal(about(c, "v", ANEW, false), CENSUS_HIDDEN);
    census_free(c);
    answers_policy_free(p);
}

/* Notes: the last counts, the oldest goes. */
static void test_notes(void **state)
{
    (void)state;
    struct answers_policy *p = policy_of(&BY_LABEL);
    struct census *c = census_new(p);
    char id[65];
    for (unsigned i = 0; i < 2000; i++) {
        (void)snprintf(id, sizeof(id), "%064x", i);
        census_note(c, OWNED_CONTAINER, slice_of(id, 64), i % 2 == 0);
        census_note(c, OWNED_CONTAINER, slice_of(id, 64), i % 2 == 1);
    }
    for (unsigned i = 0; i < 2000; i++) {
        (void)snprintf(id, sizeof(id), "%064x", i);
        enum census_verdict wanted = i % 2 == 1 ? CENSUS_VISIBLE : CENSUS_HIDDEN;
        assert_int_equal(census_about(c, OWNED_CONTAINER, slice_of(id, 64), false, false),
                         i < 2000 - 978 ? CENSUS_ASK : wanted);
    }
    static char text[CENSUS_TEXT_MAX];
    memset(text, 'x', sizeof(text));
    census_note(c, OWNED_CONTAINER, slice_of(text, sizeof(text)), true);
    assert_int_equal(census_about(c, OWNED_CONTAINER, slice_of(text, sizeof(text)), false, false),
                     CENSUS_HIDDEN);
    assert_int_equal(census_about(c, OWNED_CONTAINER, slice_of(id, 64), false, false),
                     CENSUS_VISIBLE);
    assert_int_equal(census_about(c, OWNED_CONTAINER, SLICE(""), false, false), CENSUS_HIDDEN);
    census_free(c);
    answers_policy_free(p);
}

/* Runs an answer that asks, in pieces; what it asks is told by `known`. Times it has asked. */
static unsigned run(const struct answers_policy *p, enum operation_id op, struct slice in,
                    size_t first, size_t step, struct census *known, enum answers_question wanted,
                    struct buf *out)
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
                        struct census *known, unsigned times, enum answers_question question,
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

/* One event, and what is said of it. */
struct event_row {
    const struct answers_settings *settings;
    const char *in;
    const char *asked; /* kinds and ids that it asks about, in turn: "volume v," */
    const char *wanted;
};

#define VOLUME(action)                                                                             \
    "{\"Type\":\"volume\",\"Action\":\"" action                                                    \
    "\",\"Actor\":{\"ID\":\"v\",\"Attributes\":{\"driver\":\"local\"}}}\n"
#define CONNECT(container)                                                                         \
    "{\"Type\":\"network\",\"Action\":\"connect\",\"Actor\":{\"ID\":\"n1\",\"Attributes\":{"       \
    "\"container\":\"" container "\",\"name\":\"web\"}}}\n"
#define CONTAINER(team)                                                                            \
    "{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":{\"ID\":\"c1\",\"Attributes\":{"       \
    "\"team\":\"" team "\"}}}\n"
#define SERVICE(action)                                                                            \
    "\x1e{\"Action\":\"" action                                                                    \
    "\",\"Actor\":{\"Attributes\":{\"name\":\"s\"},\"ID\":\"s1\"},\"Type\":\"service\"}\n"

/* What the inspects say: of v, n1, c1 and s1 that they are visible, x is hidden, y is gone, and of
 * others there is no answer. */
static void answer_about(struct census *c, struct answers_thing thing, struct buf *asked)
{
    static const char *const KIND[OWNED_KINDS] = {[OWNED_CONTAINER] = "container",
                                                  [OWNED_NETWORK] = "network",
                                                  [OWNED_VOLUME] = "volume",
                                                  [OWNED_SERVICE] = "service"};
    static const struct slice SHOWN[OWNED_KINDS] = {
        [OWNED_CONTAINER] = SLICE_INIT("{\"Config\":{\"Labels\":{\"team\":\"a\"}}}"),
        [OWNED_NETWORK] = SLICE_INIT("{\"Labels\":{\"team\":\"a\"}}"),
        [OWNED_VOLUME] = SLICE_INIT("{\"Labels\":{\"team\":\"a\"}}"),
        [OWNED_SERVICE] = SLICE_INIT("{\"Spec\":{\"Labels\":{\"team\":\"a\"}}}"),
    };
    char text[256];
    struct buf target;
    char first = thing.id.at[0];
    (void)buf_putf(asked, "%s %.*s,", KIND[thing.kind], (int)thing.id.len, thing.id.at);
    buf_init(&target, text, sizeof(text));
    assert_true(census_begin_thing(c, (enum owned_kind)thing.kind, thing.id, &target));
    bool there = first == 'v' || first == 'n' || first == 'c' || first == 's' || first == 'x';
    if (there) {
        (void)census_feed(c, first == 'x' ? SLICE("{}") : SHOWN[thing.kind]);
    }
    census_end_thing(c, there ? 200 : first == 'y' ? 404 : 0);
}

static const struct event_row EVENTS[] = {
    {&BY_LABEL, VOLUME("create"), "volume v,", VOLUME("create")},
    /* a volume is asked about each time, since its name may be another's; others once */
    {&BY_LABEL, VOLUME("create") VOLUME("destroy"), "volume v,volume v,",
     VOLUME("create") VOLUME("destroy")},
    {&BY_LABEL, CONNECT("c1") CONNECT("c1"), "container c1,network n1,",
     CONNECT("c1") CONNECT("c1")},
    {&BY_LABEL, CONNECT("x1") CONNECT("x1"), "container x1,", ""},
    {&BY_LABEL, CONNECT("y1"), "container y1,", ""},
    {&BY_LABEL, CONNECT("z1"), "container z1,", ""},
    /* a container's own events tell of it */
    {&BY_LABEL, CONTAINER("a") CONNECT("c1"), "network n1,", CONTAINER("a") CONNECT("c1")},
    {&BY_LABEL, CONTAINER("b") CONNECT("c1"), "", ""},
    {&OWNED, CONTAINER("a") CONTAINER("b") CONNECT("c1"), "", CONTAINER("a")},
    {&BY_LABEL, SERVICE("create") SERVICE("remove"), "service s1,",
     SERVICE("create") SERVICE("remove")},
    {&BY_LABEL, SERVICE("create") SERVICE("update"), "service s1,service s1,",
     SERVICE("create") SERVICE("update")},
    /* by name it is visible at once, but not where there are owners */
    {&BY_NAME, CONTAINER("a") CONNECT("x1"), "container x1,", ""},
    {&OWNED_NAMES, CONTAINER("a") CONNECT("c1"), "network n1,", CONTAINER("a") CONNECT("c1")},
    /* what is asked about nobody */
    {&BY_LABEL,
     "{\"Type\":\"image\",\"Action\":\"pull\",\"Actor\":{\"ID\":\"v\"}}\n{\"Type\":\"volume\","
     "\"Actor\":null}\n"
     "{\"Type\":\"volume\",\"Action\":\"prune\",\"Actor\":{\"ID\":\"\",\"Attributes\":{"
     "\"reclaimed\":\"0\"}}}\n",
     "", ""},
};

/* Runs events in pieces of `step` bytes behind the first, asked and told. */
static void run_events(const struct answers_policy *p, const struct event_row *row, size_t first,
                       size_t step, struct buf *asked, struct buf *out)
{
    struct answers *a = answers_begin(p, OPERATION_SYSTEM_EVENTS, 200);
    struct census *known = census_new(p);
    struct slice in = slice_from_text(row->in);
    answers_may_ask(a);
    assert_int_equal(answers_feed(a, SLICE("")), ANSWERS_ASK);
    assert_int_equal(answers_question(a), ANSWERS_WHAT_IS);
    answers_tell(a, known);
    for (size_t at = 0; at < in.len;) {
        struct slice piece = slice_sub(in, at, at == 0 && first > 0 ? first : step);
        struct slice rest = slice_of(guard_place(piece), piece.len);
        enum answers_step result = answers_feed(a, rest);
        while (result == ANSWERS_ASK) {
            rest = answers_rest(a);
            assert_int_equal(answers_question(a), ANSWERS_ABOUT);
            answer_about(known, answers_about(a), asked);
            (void)buf_put(out, answers_ready(a));
            answers_taken(a);
            answers_tell(a, known);
            result = answers_feed(a, rest);
        }
        assert_int_equal(result, ANSWERS_OK);
        (void)buf_put(out, answers_ready(a));
        answers_taken(a);
        at += piece.len;
    }
    assert_int_equal(answers_end(a), ANSWERS_OK);
    answers_free(a);
    census_free(known);
}

static void test_events(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(EVENTS) / sizeof(EVENTS[0]); i++) {
        struct answers_policy *p = policy_of(EVENTS[i].settings);
        size_t len = slice_from_text(EVENTS[i].in).len;
        for (size_t first = 0; first < len; first++) {
            char asked_text[128];
            char text[1024];
            struct buf asked;
            struct buf out;
            buf_init(&asked, asked_text, sizeof(asked_text));
            buf_init(&out, text, sizeof(text));
            run_events(p, &EVENTS[i], first, first == 0 ? 1 : len, &asked, &out);
            if (!slice_equal(buf_slice(&asked), slice_from_text(EVENTS[i].asked)) ||
                !slice_equal(buf_slice(&out), slice_from_text(EVENTS[i].wanted))) {
                fail_msg("%s\nasked about %.*s, said\n%.*s", EVENTS[i].in, (int)asked.len, asked.at,
                         (int)out.len, out.at);
            }
        }
        answers_policy_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),  cmocka_unit_test(test_names),
        cmocka_unit_test(test_broken),  cmocka_unit_test(test_limit),
        cmocka_unit_test(test_targets), cmocka_unit_test(test_asked),
        cmocka_unit_test(test_lists),   cmocka_unit_test(test_thing),
        cmocka_unit_test(test_notes),   cmocka_unit_test(test_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
