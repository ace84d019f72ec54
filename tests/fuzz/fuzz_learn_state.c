/* The text of a state of learning.
 * The checksum is put right, so that what stands behind it is reached; what is read can be written,
 * and reads the same then.
 */
#include "fuzz.h"

#include "policy/learn_state.h"

/* The input with the last line that its text must have. */
static struct slice complete(struct slice in, char *storage, size_t max)
{
    struct buf text;
    uint64_t hash = UINT64_C(14695981039346656037);
    buf_init(&text, storage, max);
    buf_put(&text, in);
    for (size_t i = 0; i < in.len; i++) {
        hash = (hash ^ (uint8_t)in.at[i]) * UINT64_C(1099511628211);
    }
    (void)buf_putf(&text, "end %016llx\n", (unsigned long long)hash);
    return buf_slice(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char storage[FUZZ_MAX + 32];
    static char written_storage[LEARN_STATE_MAX];
    static struct learn first;
    static struct learn second;
    struct slice in = slice_of((const char *)data, size);
    struct buf written;
    uint64_t generation;
    uint64_t again;

    if (size > FUZZ_MAX) {
        return 0;
    }
    (void)learn_state_read(in, &first, &generation); /* must only not crash */
    if (!learn_state_read(complete(in, storage, sizeof(storage)), &first, &generation)) {
        return 0;
    }
    buf_init(&written, written_storage, sizeof(written_storage));
    FUZZ_EXPECT(learn_state_write(&first, generation, &written));
    FUZZ_EXPECT(learn_state_read(buf_slice(&written), &second, &again));
    FUZZ_EXPECT(again == generation && memcmp(&first, &second, sizeof(first)) == 0);
    return 0;
}
