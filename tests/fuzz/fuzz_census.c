/* Lists of the engine, counted under a view. The first byte picks the view, the second the list;
 * the rest is the list. Besides crashing: however it is cut, the same is counted, and no more than
 * there may be in it. */
#include "fuzz.h"

#include "inspect/census.h"

static const struct slice LABELS[] = {SLICE_INIT("a=b"), SLICE_INIT("c")};
static const struct slice NAMES[] = {SLICE_INIT("w*")};

static const struct answers_settings VIEWS[] = {
    {.visible_labels = {LABELS, 1}},
    {.visible_labels = {LABELS, 2}, .visible_names = {NAMES, 1}},
    {.visible_labels = {LABELS, 1}, .visible_names = {NAMES, 1}, .owner = true},
};

#define NVIEWS (sizeof(VIEWS) / sizeof(VIEWS[0]))

static struct census *take(const struct answers_policy *p, enum census_list list, struct slice in,
                           size_t step)
{
    char text[256];
    struct buf target;
    struct census *c = census_new(p);
    bool ok = c != NULL;

    buf_init(&target, text, sizeof(text));
    FUZZ_EXPECT(ok && census_begin(c, list, &target));
    for (size_t at = 0; at < in.len && ok; at += step) {
        ok = census_feed(c, slice_sub(in, at, step));
    }
    census_end(c, ok);
    return c;
}

static enum census_verdict says(const struct census *c, struct slice id)
{
    return census_about(c, OWNED_CONTAINER, id, false, false);
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
    enum census_list list = (enum census_list)(data[1] % CENSUS_LISTS);
    struct slice in = slice_of((const char *)data + 2, size - 2);
    struct census *whole = take(p, list, in, size);
    size_t steps[] = {in.len / 3 + 1, 7, 1};
    for (size_t i = 0; i < 3; i++) {
        struct census *other = take(p, list, in, steps[i]);
        for (unsigned n = 0; n < CENSUS_COUNTS; n++) {
            uint64_t count = census_count(whole, (enum census_count)n);
            FUZZ_EXPECT(census_count(other, (enum census_count)n) == count && count <= size);
        }
        FUZZ_EXPECT(says(whole, SLICE("1")) == says(other, SLICE("1")));
        census_free(other);
    }
    FUZZ_EXPECT(says(whole, SLICE("")) != CENSUS_VISIBLE);
    census_free(whole);
    return 0;
}
