/* The property that every reader must have: the split of the input makes no difference.
 * One cut a run is enough, since the fuzzer comes back with every input it keeps.
 * Small inputs are also read one byte at a time. */
#include "fuzz.h"

#define TEXT_SIZE (1024 * 1024)

/* A place to cut at that the input decides. */
static size_t cut_of(struct slice in)
{
    uint32_t hash = 2166136261U; /* FNV-1a */

    for (size_t i = 0; i < in.len; i++) {
        hash = (hash ^ (uint8_t)in.at[i]) * 16777619U;
    }
    return in.len == 0 ? 0 : hash % in.len;
}

static void read_again(enum reading_kind kind, struct slice in, size_t first, size_t step,
                       struct slice wanted)
{
    static char storage[TEXT_SIZE];
    struct buf again;

    buf_init(&again, storage, sizeof(storage));
    reading_run(kind, in, first, step, &again, NULL);
    FUZZ_EXPECT(slice_equal(buf_slice(&again), wanted));
}

void fuzz_read(enum reading_kind kind, struct slice in, struct buf *out, struct buf *forwarded)
{
    static char storage[TEXT_SIZE];

    buf_init(out, storage, sizeof(storage));
    reading_run(kind, in, in.len, 0, out, forwarded);
    FUZZ_EXPECT(!out->full);
    read_again(kind, in, cut_of(in), 0, buf_slice(out));
    read_again(kind, in, 0, in.len <= 512 ? 1 : in.len / 16, buf_slice(out));
}
