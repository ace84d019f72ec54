/* Lines of access logs.
 * Each line adds one request or nothing; times stay ordered; and a line that was read once is read
 * the same way again.
 */
#include "fuzz.h"

#include "policy/learn_log.h"

static uint64_t count(const struct learn *l)
{
    uint64_t n = l->nunknown + l->nmalformed;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        n += l->used[i].n + l->denied[i].n;
        FUZZ_EXPECT(l->used[i].first_ms <= l->used[i].last_ms);
        FUZZ_EXPECT(l->denied[i].first_ms <= l->denied[i].last_ms);
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct learn_log log;
    struct learn l = {.since_ms = 0};
    struct slice rest = slice_of((const char *)data, size);
    struct slice line;

    if (size > FUZZ_MAX) {
        return 0;
    }
    memset(log.open, 0, sizeof(log.open));
    while (slice_next(&rest, '\n', &line)) {
        uint64_t before = count(&l);
        bool read = learn_log_line(&log, line, &l);
        uint64_t added = count(&l) - before;
        FUZZ_EXPECT(added <= (read ? 1 : 0));
        FUZZ_EXPECT(learn_log_line(&log, line, &l) == read);
    }
    return 0;
}
