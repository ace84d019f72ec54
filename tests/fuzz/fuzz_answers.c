/* Answers under a view. The first byte picks the view, the second the operation; the rest is the
 * answer.
 * Besides crashing: however the answer is cut, the same comes out of it. What comes out is JSON,
 * and a view has nothing left to do to it: whatever it masks or leaves out is masked or left out
 * already. What it asks is told: of lists with one container that runs, and that what events are
 * about is gone. */
#include "fuzz.h"

#include "inspect/answers.h"
#include "inspect/census.h"
#include "inspect/view_reader.h"

static const struct slice KEEP[] = {SLICE_INIT("PATH")};
static const struct slice PREFIX[] = {SLICE_INIT("x")};
static const struct slice LABELS[] = {SLICE_INIT("a=b"), SLICE_INIT("c")};
static const struct slice NAMES[] = {SLICE_INIT("w*")};

static const struct answers_settings VIEWS[] = {
    {.redact = 127},
    {.redact = 127, .keep = {KEEP, 1}, .labels = {PREFIX, 1}},
    {.visible_labels = {LABELS, 2}},
    /* By a key alone: values are masked, and another one would not be visible any more. */
    {.redact = 127, .visible_labels = {LABELS + 1, 1}, .visible_names = {NAMES, 1}},
};

#define NVIEWS (sizeof(VIEWS) / sizeof(VIEWS[0]))

/* A mask is at most five times as long as what it stands for. */
static char whole_text[FUZZ_MAX * 6];
static char other_text[FUZZ_MAX * 6];

/* What is told. */
static struct census *known_by(const struct answers_policy *p)
{
    char text[256];
    struct census *c = census_new(p);
    FUZZ_EXPECT(c != NULL);
    for (unsigned list = 0; list < CENSUS_LISTS; list++) {
        struct buf target;
        buf_init(&target, text, sizeof(text));
        FUZZ_EXPECT(census_begin(c, (enum census_list)list, &target));
        (void)census_feed(c, SLICE("[{\"Id\":\"1\",\"Names\":[\"/w\"],\"State\":\"running\"},"
                                   "{\"Id\":\"2\",\"RepoTags\":[\"w\"],\"Labels\":{\"c\":\"\"}}]"));
        census_end(c, true);
    }
    return c;
}

/* Answers a question; what an event is about is gone. */
static void tell(struct answers *a, struct census *known)
{
    char text[2048];
    struct buf target;
    if (answers_question(a) == ANSWERS_ABOUT) {
        struct answers_thing thing = answers_about(a);
        buf_init(&target, text, sizeof(text));
        bool ok = census_begin_thing(known, (enum owned_kind)thing.kind, thing.id, &target);
        census_end_thing(known, ok ? 404 : 0);
    }
    answers_tell(a, known);
}

static enum answers_step run(const struct answers_policy *p, enum operation_id op, struct slice in,
                             size_t first, size_t step, struct buf *out)
{
    struct answers *a = answers_begin(p, op, 200);
    enum answers_step result = ANSWERS_OK;
    struct census *known = known_by(p);
    FUZZ_EXPECT(a != NULL);
    answers_may_ask(a);
    if (answers_feed(a, SLICE("")) == ANSWERS_ASK) {
        tell(a, known);
    }
    for (size_t at = 0; at < in.len && result == ANSWERS_OK;) {
        size_t n = at == 0 && first > 0 ? first : step;
        result = answers_feed(a, slice_sub(in, at, n));
        while (result == ANSWERS_ASK) {
            tell(a, known);
            result = answers_feed(a, answers_rest(a));
        }
        if (result == ANSWERS_OK) {
            buf_put(out, answers_ready(a));
            answers_taken(a);
        }
        at += n;
    }
    if (result == ANSWERS_OK) {
        result = answers_end(a);
        buf_put(out, result == ANSWERS_OK ? answers_ready(a) : SLICE(""));
    }
    answers_free(a);
    census_free(known);
    FUZZ_EXPECT(!out->full);
    return result;
}

static bool is_json(struct slice in, bool many)
{
    struct view_reader r;
    struct view_part part;
    enum view_token token = VIEW_RECORD;
    view_reader_init(&r, many);
    while (token != VIEW_MORE && token != VIEW_REFUSED) {
        token = view_reader_next(&r, &in, &part);
    }
    return token == VIEW_MORE && view_reader_complete(&r);
}

static void check(const struct answers_policy *p, enum operation_id op, struct slice in)
{
    struct buf whole;
    struct buf other;
    buf_init(&whole, whole_text, sizeof(whole_text));
    enum answers_step result = run(p, op, in, 0, in.len, &whole);
    size_t steps[] = {in.len / 3 + 1, 7, 1};
    for (size_t i = 0; i < 3; i++) {
        buf_init(&other, other_text, sizeof(other_text));
        FUZZ_EXPECT(run(p, op, in, i, steps[i], &other) == result);
        FUZZ_EXPECT(result != ANSWERS_OK || slice_equal(buf_slice(&whole), buf_slice(&other)));
    }
    if (result != ANSWERS_OK) {
        return;
    }
    FUZZ_EXPECT(is_json(buf_slice(&whole), op == OPERATION_SYSTEM_EVENTS));
    buf_init(&other, other_text, sizeof(other_text));
    FUZZ_EXPECT(run(p, op, buf_slice(&whole), 0, whole.len, &other) == ANSWERS_OK);
    FUZZ_EXPECT(slice_equal(buf_slice(&whole), buf_slice(&other)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct answers_policy *policy[NVIEWS];
    if (size < 2 || size > FUZZ_MAX) {
        return 0;
    }
    for (size_t i = 0; i < NVIEWS && policy[i] == NULL; i++) {
        policy[i] = answers_policy_new(&VIEWS[i]);
        FUZZ_EXPECT(policy[i] != NULL);
    }
    const struct answers_policy *p = policy[data[0] % NVIEWS];
    enum operation_id op = (enum operation_id)(data[1] % OPERATION_COUNT);
    if (answers_apply(p, op, 200)) {
        check(p, op, slice_of((const char *)data + 2, size - 2));
    }
    return 0;
}
