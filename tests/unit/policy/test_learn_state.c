/* The state's text: written and read again it is the same, and with any byte changed, or cut
 * anywhere, it is nothing. */
#include "policy/learn_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
/* after the above, which it needs */
#include <cmocka.h>

static char storage[LEARN_STATE_MAX];

static struct slice write_state(const struct learn *l, uint64_t generation)
{
    struct buf out;
    buf_init(&out, storage, sizeof(storage));
    assert_true(learn_state_write(l, generation, &out));
    return buf_slice(&out);
}

static bool same(const struct learn *a, const struct learn *b)
{
    return memcmp(a, b, sizeof(*a)) == 0; /* whole 64-bit words, no padding */
}

static void test_everything(void **state)
{
    (void)state;
    struct learn before = {.since_ms = UINT64_MAX, .spent_ms = UINT64_MAX};
    struct learn after;
    uint64_t generation;
    before.nunknown = UINT64_MAX;
    before.nmalformed = UINT64_MAX;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        before.used[i] = (struct learn_use){UINT64_MAX, UINT64_MAX - i, UINT64_MAX};
        before.denied[i] = (struct learn_use){UINT64_MAX, i, UINT64_MAX - 1};
    }
    struct slice text = write_state(&before, UINT64_MAX);
    assert_true(learn_state_read(text, &after, &generation));
    assert_true(generation == UINT64_MAX);
    assert_true(same(&before, &after));
}

static struct learn example(void)
{
    struct learn l = {.since_ms = 1000, .spent_ms = 500, .nunknown = 3};
    l.used[OPERATION_CONTAINER_LIST] = (struct learn_use){12, 1000, 1400};
    l.used[OPERATION_SYSTEM_PING_HEAD] = (struct learn_use){1, 1001, 1001};
    l.denied[OPERATION_CONTAINER_START] = (struct learn_use){2, 1100, 1200};
    return l;
}

static void test_example(void **state)
{
    (void)state;
    struct learn before = example();
    struct learn after;
    uint64_t generation;
    struct slice text = write_state(&before, 7);
    static const char wanted[] = "dockgate-learn 1 7\n"
                                 "watched 1000 500\n"
                                 "refused 3 0\n"
                                 "used 1 1001 1001 HEAD /_ping\n"
                                 "used 12 1000 1400 GET /containers/json\n"
                                 "denied 2 1100 1200 POST /containers/{id}/start\n"
                                 "end ";
    assert_true(slice_starts_with(text, slice_of(wanted, sizeof(wanted) - 1)));
    /* what an older, longer text left behind it is not looked at */
    memcpy(storage + text.len, "used 1", 6);
    assert_true(learn_state_read(slice_of(storage, text.len + 6), &after, &generation));
    assert_int_equal(generation, 7);
    assert_true(same(&before, &after));
}

static void test_damage(void **state)
{
    (void)state;
    struct learn l = example();
    struct learn after;
    uint64_t generation;
    struct slice text = write_state(&l, 7);
    for (size_t at = 0; at < text.len; at++) {
        char *copy = malloc(at + 1);
        assert_non_null(copy);
        memcpy(copy, text.at, at);
        assert_false(learn_state_read(slice_of(copy, at), &after, &generation));
        free(copy);
        static const char others[] = {'\0', '\n', ' ', '1', 'x', '\xff'};
        for (size_t i = 0; i < sizeof(others); i++) {
            char kept = storage[at];
            storage[at] = others[i];
            assert_int_equal(learn_state_read(text, &after, &generation), kept == others[i]);
            storage[at] = kept;
        }
    }
}

#define HEAD "dockgate-learn 1 7\nwatched 0 0\nrefused 0 0\n"
#define USED "used 1 5 5 GET /info\n"

/* Right by its checksum and wrong all the same. */
static void test_wrong(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "dockgate-learn 2 7\nwatched 0 0\nrefused 0 0\n",
        "dockgate-learn 1 07\nwatched 0 0\nrefused 0 0\n",
        "dockgate-learn 1 7\nwatched 0\nrefused 0 0\n",
        "dockgate-learn 1 7\nrefused 0 0\n",
        HEAD "used 0 0 0 GET /info\n",
        HEAD "used 1 5 4 GET /info\n",
        HEAD "used 1 5 5 GET /nothing\n",
        HEAD "kept 1 5 5 GET /info\n",
        HEAD "used 1 5 5 GET /info more\n",
        HEAD USED USED,
        HEAD "used 18446744073709551616 5 5 GET /info\n",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        uint64_t hash = UINT64_C(14695981039346656037);
        for (const char *c = lines[i]; *c != '\0'; c++) {
            hash = (hash ^ (uint8_t)*c) * UINT64_C(1099511628211);
        }
        struct learn after;
        uint64_t generation;
        int n = snprintf(storage, sizeof(storage), "%send %016llx\n", lines[i],
                         (unsigned long long)hash);
        assert_false(learn_state_read(slice_of(storage, (size_t)n), &after, &generation));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything),
        cmocka_unit_test(test_example),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_wrong),
    };
    return cmocka_run_group_tests_name("learn state", tests, NULL, NULL);
}
