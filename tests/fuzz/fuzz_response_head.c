/* Answers as an engine may give them, to HEAD and to others.
 * Besides the split: what the gate sends on of a complete head reads as the same status, reason and
 * framing. The first byte of the input says whether a HEAD is answered. */
#include "fuzz.h"

#include "http/forward.h"

static void check_forwarded(struct slice in, bool to_head)
{
    static char storage[2 * LIMIT_HEAD];
    struct http_head h = {0};
    struct http_head again = {0};
    struct buf out;

    if (http_response_read(&h, in, to_head) != HTTP_DONE) {
        return;
    }

    struct http_forward how = {
        .framing = h.framing, .content_length = h.content_length, .keep_length = to_head};

    buf_init(&out, storage, sizeof(storage));
    FUZZ_EXPECT(http_forward_response(&h, in.at, &how, &out));
    if (out.len > LIMIT_HEAD) {
        return;
    }
    FUZZ_EXPECT(http_response_read(&again, buf_slice(&out), to_head) == HTTP_DONE);
    FUZZ_EXPECT(again.len == out.len);
    FUZZ_EXPECT(again.status == h.status && again.minor == 1);
    FUZZ_EXPECT(slice_equal(http_slice(out.at, again.reason), http_slice(in.at, h.reason)));
    FUZZ_EXPECT(again.framing == h.framing);
    FUZZ_EXPECT(h.framing != HTTP_BODY_LENGTH || again.content_length == h.content_length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf text;

    if (size < 1 || size > FUZZ_MAX) {
        return 0;
    }

    bool to_head = data[0] == 'h';
    struct slice in = slice_of((const char *)data + 1, size - 1);

    fuzz_read(to_head ? READING_HEAD_RESPONSES : READING_RESPONSES, in, &text, NULL);
    check_forwarded(in, to_head);
    return 0;
}
