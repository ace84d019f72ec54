/* What our readers make of a stream of bytes: a session's reading loop without the session.
 * Bytes become visible step by step, and each time they are copied so that they end at the
 * forbidden page. Buffers are static: test programs have one thread. */
#include "reading.h"

#include "guard.h"
#include "http/chunk.h"
#include "http/forward.h"
#include "http/target.h"

#define BODY_MAX (1024 * 1024)

enum phase {
    PHASE_HEAD,
    PHASE_BODY,
    PHASE_FINISHED, /* a chunked body alone: what is behind it is not ours */
    PHASE_REFUSED,
};

struct reading {
    enum reading_kind kind;
    enum phase phase;
    enum http_refusal refusal;
    size_t refused_at;
    size_t start; /* of the present message */
    size_t body;  /* offset behind what was read of the body */
    uint64_t left;
    struct http_head head;
    struct http_chunk chunk;
    struct buf collected; /* the body so far */
    struct buf *out;
    struct buf *forwarded;
};

static char body_storage[BODY_MAX];
static char path_storage[LIMIT_HEAD];

static void put_hex(struct buf *out, struct slice s, bool lower)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned byte = (unsigned char)s.at[i];

        if (lower && byte >= 'A' && byte <= 'Z') {
            byte |= 0x20U;
        }
        buf_put_byte(out, "0123456789abcdef"[byte >> 4U]);
        buf_put_byte(out, "0123456789abcdef"[byte & 15U]);
    }
}

static void put_cell(struct buf *out, struct slice s)
{
    put_hex(out, s, false);
    buf_put_byte(out, '\t');
}

static bool is_listed(uint8_t id)
{
    return id != HTTP_FIELD_HOST && id != HTTP_FIELD_CONTENT_LENGTH &&
           id != HTTP_FIELD_TRANSFER_ENCODING && id != HTTP_FIELD_TRAILER;
}

static void put_fields(struct reading *r, const char *head)
{
    const char *separator = "";

    for (size_t i = 0; i < r->head.nfields; i++) {
        const struct http_field *field = &r->head.fields[i];

        if (is_listed(field->id)) {
            buf_put(r->out, slice_from_text(separator));
            put_hex(r->out, http_slice(head, field->name), true);
            buf_put_byte(r->out, '=');
            put_hex(r->out, http_slice(head, field->value), false);
            separator = ",";
        }
    }
    buf_put_byte(r->out, '\n');
}

static void refuse(struct reading *r, enum http_refusal refusal, size_t at)
{
    r->phase = PHASE_REFUSED;
    r->refusal = refusal;
    r->refused_at = at;
}

static void forward(struct reading *r, const char *head)
{
    struct slice body = buf_slice(&r->collected);
    struct http_forward how = {.framing = r->head.framing, .content_length = body.len};

    http_forward_request(&r->head, head, &how, r->forwarded);
    if (r->head.framing == HTTP_BODY_CHUNKED && body.len > 0) {
        buf_put_hex(r->forwarded, body.len);
        buf_put(r->forwarded, SLICE("\r\n"));
        buf_put(r->forwarded, body);
        buf_put(r->forwarded, SLICE("\r\n0\r\n\r\n"));
    } else if (r->head.framing == HTTP_BODY_CHUNKED) {
        buf_put(r->forwarded, SLICE("0\r\n\r\n"));
    } else {
        buf_put(r->forwarded, body);
    }
}

static void put_request(struct reading *r, const char *head)
{
    struct http_target target;
    enum http_refusal refusal =
        http_target_read(http_slice(head, r->head.target), path_storage, &target);

    if (refusal != HTTP_REFUSAL_NONE) {
        refuse(r, refusal, r->head.target.at);
        return;
    }
    put_cell(r->out, http_slice(head, r->head.method));
    put_cell(r->out, http_slice(head, r->head.target));
    put_cell(r->out, target.path);
    put_cell(r->out, http_head_value(&r->head, head, SLICE("host")));
    put_cell(r->out, buf_slice(&r->collected));
    put_fields(r, head);
    if (r->forwarded != NULL) {
        forward(r, head);
    }
}

static void put_response(struct reading *r, const char *head)
{
    buf_putf(r->out, "%u\t", r->head.status);
    put_cell(r->out, http_slice(head, r->head.reason));
    buf_putf(r->out, "%u\t", r->head.framing);
    put_cell(r->out, buf_slice(&r->collected));
    put_fields(r, head);
}

static void start_message(struct reading *r, size_t start)
{
    r->start = start;
    r->phase = PHASE_HEAD;
    memset(&r->head, 0xa5, sizeof(r->head)); /* a reset must not rely on fresh storage */
    http_head_reset(&r->head);
    r->chunk = (struct http_chunk){0};
    buf_init(&r->collected, body_storage, sizeof(body_storage));
    if (r->kind == READING_CHUNKS) {
        r->phase = PHASE_BODY;
        r->body = start;
        r->head.framing = HTTP_BODY_CHUNKED;
    }
}

static void finish_message(struct reading *r, const char *at)
{
    switch (r->kind) {
    case READING_REQUESTS:
        put_request(r, at + r->start);
        break;
    case READING_RESPONSES:
    case READING_HEAD_RESPONSES:
        put_response(r, at + r->start);
        break;
    case READING_CHUNKS:
        put_cell(r->out, buf_slice(&r->collected));
        buf_put_byte(r->out, '\n');
        break;
    }
    if (r->phase != PHASE_REFUSED) {
        start_message(r, r->body);
        r->phase = r->kind == READING_CHUNKS ? PHASE_FINISHED : PHASE_HEAD;
    }
}

/* True when the head is complete. */
static bool read_head(struct reading *r, struct slice seen)
{
    struct slice in = slice_sub(seen, r->start, seen.len);
    enum http_step step = r->kind == READING_REQUESTS
                              ? http_request_read(&r->head, in)
                              : http_response_read(&r->head, in, r->kind == READING_HEAD_RESPONSES);

    if (step == HTTP_REFUSED) {
        refuse(r, r->head.refusal, r->head.refused_at);
    }
    if (step != HTTP_DONE) {
        return false;
    }
    r->body = r->start + r->head.len;
    r->left = r->head.framing == HTTP_BODY_LENGTH ? r->head.content_length : 0;
    r->phase = PHASE_BODY;
    return true;
}

/* True when the chunked body is complete. */
static bool read_chunks(struct reading *r, struct slice seen)
{
    while (true) {
        struct slice payload;
        size_t used = 0;
        enum http_step step =
            http_chunk_read(&r->chunk, slice_sub(seen, r->body, seen.len), &used, &payload);

        r->body += used;
        buf_put(&r->collected, payload);
        if (step == HTTP_REFUSED) {
            refuse(r, r->chunk.refusal, r->body - r->start);
        }
        if (step != HTTP_MORE || used == 0) {
            return step == HTTP_DONE;
        }
    }
}

/* True when the body is complete. */
static bool read_body(struct reading *r, struct slice seen)
{
    if (r->head.framing == HTTP_BODY_CHUNKED) {
        return read_chunks(r, seen);
    }

    struct slice there = slice_sub(seen, r->body, seen.len);

    if (r->head.framing == HTTP_BODY_LENGTH) {
        there = slice_sub(there, 0, (size_t)r->left);
        r->left -= there.len;
    } else if (r->head.framing == HTTP_BODY_NONE) {
        there.len = 0;
    }
    buf_put(&r->collected, there);
    r->body += there.len;
    return r->head.framing != HTTP_BODY_CLOSE && r->left == 0;
}

/* Reads as far as the bytes seen go. */
static void read_seen(struct reading *r, struct slice seen)
{
    while (r->phase == PHASE_HEAD || r->phase == PHASE_BODY) {
        if (r->phase == PHASE_HEAD && (r->start == seen.len || !read_head(r, seen))) {
            return;
        }
        if (!read_body(r, seen)) {
            return;
        }
        finish_message(r, seen.at);
    }
}

static void put_end(struct reading *r, struct slice in)
{
    bool until_close = r->phase == PHASE_BODY && r->head.framing == HTTP_BODY_CLOSE;

    if (until_close) {
        finish_message(r, guard_place(in));
    }
    if (r->phase == PHASE_REFUSED) {
        buf_put(r->out, SLICE("refused "));
        buf_put(r->out, http_refusal_name(r->refusal));
        buf_putf(r->out, " %zu\n", r->refused_at);
    } else {
        buf_put(r->out, r->start == in.len || until_close ? SLICE("end\n") : SLICE("more\n"));
    }
}

void reading_run(enum reading_kind kind, struct slice in, size_t first, size_t step,
                 struct buf *out, struct buf *forwarded)
{
    static struct reading reading;
    size_t there = first < in.len ? first : in.len;

    reading = (struct reading){.kind = kind, .out = out, .forwarded = forwarded};
    start_message(&reading, 0);
    while (true) {
        struct slice seen = slice_sub(in, 0, there);

        read_seen(&reading, slice_of(guard_place(seen), seen.len));
        if (there == in.len) {
            break;
        }
        there = step == 0 || step > in.len - there ? in.len : there + step;
    }
    put_end(&reading, in);
}
