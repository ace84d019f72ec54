/* Requests as a client may send them, one after the other.
 * Besides the split: what the gate sends on reads as the same requests with our Host, and sending
 * that on once more changes nothing. So the engine, reading as strictly as we do, can't see another
 * request than the policy saw. */
#include "fuzz.h"

#define OUT_SIZE (1024 * 1024)

/* The cells method, target, path and body of a line of reading_run, and the host between them. */
struct cells {
    struct slice method;
    struct slice target;
    struct slice path;
    struct slice host;
    struct slice body;
};

static struct cells cells_of(struct slice line)
{
    struct cells cells;
    struct slice *all[] = {&cells.method, &cells.target, &cells.path, &cells.host, &cells.body};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        FUZZ_EXPECT(slice_next(&line, '\t', all[i]));
    }
    return cells;
}

/* Every request of `sent` is that of `received` in all that decides. */
static void compare(struct slice received, struct slice sent)
{
    struct slice theirs;
    struct slice ours;

    while (slice_next(&sent, '\n', &ours) && slice_find(ours, '\t') < ours.len) {
        FUZZ_EXPECT(slice_next(&received, '\n', &theirs));

        struct cells a = cells_of(theirs);
        struct cells b = cells_of(ours);

        FUZZ_EXPECT(slice_equal(a.method, b.method));
        FUZZ_EXPECT(slice_equal(a.target, b.target));
        FUZZ_EXPECT(slice_equal(a.path, b.path));
        FUZZ_EXPECT(slice_equal(a.body, b.body));
        FUZZ_EXPECT(slice_equal(b.host, SLICE("646f636b6572"))); /* docker */
    }
    FUZZ_EXPECT(slice_equal(ours, SLICE("end")));
    /* As many were sent as were read. */
    FUZZ_EXPECT(slice_next(&received, '\n', &theirs) && slice_find(theirs, '\t') == theirs.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char sent_storage[OUT_SIZE];
    static char again_storage[OUT_SIZE];
    static char text_storage[OUT_SIZE];
    struct buf received;
    struct buf sent;
    struct buf text;
    struct buf again;

    if (size > FUZZ_MAX) {
        return 0;
    }
    buf_init(&sent, sent_storage, sizeof(sent_storage));
    buf_init(&again, again_storage, sizeof(again_storage));
    buf_init(&text, text_storage, sizeof(text_storage));
    fuzz_read(READING_REQUESTS, slice_of((const char *)data, size), &received, &sent);
    FUZZ_EXPECT(!sent.full);
    if (sent.len >
        200 * 1024) { /* many tiny requests, each with our Host; beyond the guarded region */
        return 0;
    }
    reading_run(READING_REQUESTS, buf_slice(&sent), sent.len, 0, &text, &again);
    compare(buf_slice(&received), buf_slice(&text));
    FUZZ_EXPECT(slice_equal(buf_slice(&sent), buf_slice(&again)));
    return 0;
}
