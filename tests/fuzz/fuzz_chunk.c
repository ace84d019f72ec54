/* Chunked bodies.
 * Besides the split: what the reader takes for complete, a reader of a dozen lines that sees the
 * whole of it takes for the same payload and the same length. */
#include "fuzz.h"

#include "http/chunk.h"

static char decoded[FUZZ_MAX];
static char passed[FUZZ_MAX];

/* The line at the front of `*rest`, which is moved behind it. */
static struct slice take_line(struct slice *rest)
{
    const char *end = memmem(rest->at, rest->len, "\r\n", 2);

    FUZZ_EXPECT(end != NULL);

    struct slice line = slice_of(rest->at, (size_t)(end - rest->at));

    *rest = slice_sub(*rest, line.len + 2, rest->len);
    return line;
}

/* Decodes a well-formed body; returns what is behind it. */
static struct slice decode(struct slice in, struct buf *payload)
{
    uint64_t size = 0;

    do {
        struct slice line = take_line(&in);

        FUZZ_EXPECT(slice_to_u64(slice_sub(line, 0, slice_find(line, ';')), 16, in.len, &size));
        buf_put(payload, slice_sub(in, 0, (size_t)size));
        if (size > 0) {
            in = slice_sub(in, (size_t)size, in.len);
            FUZZ_EXPECT(take_line(&in).len == 0);
        }
    } while (size > 0);
    while (take_line(&in).len > 0) {
    }
    return in;
}

static void check_decoded(struct slice in)
{
    static char storage[FUZZ_MAX];
    struct http_chunk reader = {0};
    struct buf payload;
    struct buf wanted;
    struct slice rest = in;
    enum http_step step = HTTP_MORE;
    size_t used = 1;

    buf_init(&payload, decoded, sizeof(decoded));
    while (step == HTTP_MORE && used > 0) {
        struct slice run;

        step = http_chunk_read(&reader, rest, &used, &run);
        FUZZ_EXPECT(used <= rest.len && run.len <= used);
        buf_put(&payload, run);
        rest = slice_sub(rest, used, rest.len);
    }
    if (step != HTTP_DONE) {
        return;
    }
    buf_init(&wanted, storage, sizeof(storage));
    FUZZ_EXPECT(decode(in, &wanted).at == rest.at);
    FUZZ_EXPECT(slice_equal(buf_slice(&payload), buf_slice(&wanted)));
}

/* What is passed on: as far as it goes, the same answer and payload as from the reader; and, when
 * it is whole, a body without extensions and trailers that decodes to the same. */
static void check_passed(struct slice in)
{
    static char storage[FUZZ_MAX];
    struct http_chunk reader = {0};
    struct http_chunk passer = {0};
    struct buf wanted;
    struct buf again;
    struct buf out;
    struct slice rest = in;
    enum http_step read = HTTP_MORE;
    enum http_step step = HTTP_MORE;
    size_t total = 0;

    buf_init(&wanted, decoded, sizeof(decoded));
    for (size_t used = 1; read == HTTP_MORE && used > 0; rest = slice_sub(rest, used, rest.len)) {
        struct slice run;

        read = http_chunk_read(&reader, rest, &used, &run);
        buf_put(&wanted, run);
    }
    size_t behind = rest.len;
    buf_init(&out, passed, sizeof(passed));
    rest = in;
    for (size_t used = 1; step == HTTP_MORE && used > 0; rest = slice_sub(rest, used, rest.len)) {
        struct slice as_is;
        size_t n;

        step = http_chunk_pass(&passer, rest, &used, &as_is, &n);
        FUZZ_EXPECT(used <= rest.len && as_is.len <= used && n <= as_is.len);
        buf_put(&out, as_is);
        total += n;
    }
    FUZZ_EXPECT(step == read && rest.len == behind && total == wanted.len);
    if (step == HTTP_DONE) {
        buf_init(&again, storage, sizeof(storage));
        FUZZ_EXPECT(decode(buf_slice(&out), &again).len == 0);
        FUZZ_EXPECT(slice_equal(buf_slice(&again), buf_slice(&wanted)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = slice_of((const char *)data, size);
    struct buf text;

    if (size > FUZZ_MAX) {
        return 0;
    }
    fuzz_read(READING_CHUNKS, in, &text, NULL);
    check_decoded(in);
    check_passed(in);
    return 0;
}
