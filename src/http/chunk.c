/* The chunked body reader (RFC 9112 §7.1): a machine that may stop at any byte and remembers 24.
 * It is as strict as the grammar without the white space that the grammar calls bad, checks
 * trailers though they are dropped, and gives up on a stream that is nearly all framing. */
#include "http/chunk.h"

#include "http/grammar.h"

enum chunk_state {
    STATE_SIZE, /* zero: fresh storage */
    STATE_EXTENSION,
    STATE_SIZE_LF,
    STATE_DATA,
    STATE_DATA_CR,
    STATE_DATA_LF,
    STATE_TRAILER,
    STATE_TRAILER_NAME,
    STATE_TRAILER_VALUE,
    STATE_TRAILER_LF,
    STATE_END_LF,
    STATE_DONE,
    STATE_REFUSED,
};

/* chunk-size digits, leading zeros included. */
#define DIGITS_MAX 16

/* What framing may cost before it is too much: each chunk pays for its shortest honest framing and
 * for extensions up to twice its payload, and what is beyond that adds up. 1-byte chunks without
 * extensions so pass whatever their number, with 1 KiB of extension sixteen of them do. Go's reader
 * counts alike, so that nothing passes here that the engine gives up on. */
#define OVERHEAD_FREE     16
#define OVERHEAD_PER_BYTE 2
#define OVERHEAD_MAX      16384

/* The extension may start with ";" only; digits come first, at least one. */
static bool read_size_byte(struct http_chunk *c, char byte)
{
    uint64_t digit = 0;

    if (slice_to_u64(slice_of(&byte, 1), 16, 15, &digit)) {
        if (++c->digits > DIGITS_MAX || c->left > (uint64_t)INT64_MAX >> 4U) {
            return false;
        }
        c->left = c->left << 4U | digit;
        return true;
    }
    if (c->digits == 0 || (byte != ';' && byte != '\r')) {
        return false;
    }
    c->state = byte == ';' ? STATE_EXTENSION : STATE_SIZE_LF;
    return true;
}

static bool read_extension_byte(struct http_chunk *c, char byte)
{
    if (byte == '\r') {
        c->state = STATE_SIZE_LF;
        return true;
    }
    return http_is(byte, HTTP_CLASS_EXTENSION);
}

/* Counts the framing line just read against the payload that it announces. */
static bool charge_overhead(struct http_chunk *c)
{
    uint64_t spent = c->overhead + (uint64_t)c->line + 2; /* CRLF behind the data */
    uint64_t budget =
        c->left >= OVERHEAD_MAX ? UINT64_MAX : OVERHEAD_FREE + OVERHEAD_PER_BYTE * c->left;

    c->overhead = (uint32_t)(spent > budget ? spent - budget : 0);
    return c->overhead <= OVERHEAD_MAX;
}

static bool read_size_lf(struct http_chunk *c, char byte)
{
    if (byte != '\n' || !charge_overhead(c)) {
        return false;
    }
    c->state = c->left > 0 ? STATE_DATA : STATE_TRAILER;
    c->line = 0;
    c->digits = 0;
    return true;
}

/* The first byte of a trailer line; folding is refused here (RFC 9112 §5.2). */
static bool read_trailer_start(struct http_chunk *c, char byte)
{
    c->state = byte == '\r' ? STATE_END_LF : STATE_TRAILER_NAME;
    return byte == '\r' || http_is(byte, HTTP_CLASS_TOKEN);
}

static bool read_trailer_name(struct http_chunk *c, char byte)
{
    if (byte == ':') {
        c->state = STATE_TRAILER_VALUE;
        return true;
    }
    return http_is(byte, HTTP_CLASS_TOKEN);
}

static bool read_trailer_value(struct http_chunk *c, char byte)
{
    if (byte == '\r') {
        c->state = STATE_TRAILER_LF;
        return true;
    }
    return http_is(byte, HTTP_CLASS_VALUE);
}

/* One fixed byte, then `state`. */
static bool expect(struct http_chunk *c, char byte, char wanted, enum chunk_state state)
{
    c->state = (uint8_t)state;
    return byte == wanted;
}

/* One byte of framing; false where it is not allowed. */
static bool read_framing_byte(struct http_chunk *c, char byte)
{
    switch ((enum chunk_state)c->state) {
    case STATE_SIZE:
        return read_size_byte(c, byte);
    case STATE_EXTENSION:
        return read_extension_byte(c, byte);
    case STATE_SIZE_LF:
        return read_size_lf(c, byte);
    case STATE_DATA_CR:
        return expect(c, byte, '\r', STATE_DATA_LF);
    case STATE_DATA_LF:
        c->line = 0;
        return expect(c, byte, '\n', STATE_SIZE);
    case STATE_TRAILER:
        return read_trailer_start(c, byte);
    case STATE_TRAILER_NAME:
        return read_trailer_name(c, byte);
    case STATE_TRAILER_VALUE:
        return read_trailer_value(c, byte);
    case STATE_TRAILER_LF:
        return expect(c, byte, '\n', STATE_TRAILER);
    case STATE_END_LF:
        return expect(c, byte, '\n', STATE_DONE);
    case STATE_DATA:
    case STATE_DONE:
    case STATE_REFUSED:
        break;
    }
    return false;
}

/* Whether one more byte of framing is within the limits. */
static bool count_framing_byte(struct http_chunk *c)
{
    unsigned limit = c->state >= STATE_TRAILER ? LIMIT_TRAILER : LIMIT_CHUNK_LINE;

    c->line++;
    return c->line <= limit;
}

/* One byte of framing; refuses the body where it is malformed or too much. */
static bool take_framing_byte(struct http_chunk *c, char byte)
{
    if (count_framing_byte(c) && read_framing_byte(c, byte)) {
        return true;
    }
    c->state = STATE_REFUSED;
    c->refusal = HTTP_REFUSAL_BAD_CHUNK;
    return false;
}

static bool is_over(const struct http_chunk *c)
{
    return c->state == STATE_DONE || c->state == STATE_REFUSED;
}

/* As much payload of the present chunk as `in` begins with. */
static size_t take_payload(struct http_chunk *c, struct slice in)
{
    size_t run = in.len < c->left ? in.len : (size_t)c->left;

    c->left -= run;
    if (c->left == 0) {
        c->state = STATE_DATA_CR;
    }
    return run;
}

static enum http_step step_of(const struct http_chunk *c)
{
    return c->state == STATE_REFUSED ? HTTP_REFUSED
           : c->state == STATE_DONE  ? HTTP_DONE
                                     : HTTP_MORE;
}

enum http_step http_chunk_read(struct http_chunk *c, struct slice in, size_t *used,
                               struct slice *payload)
{
    size_t pos = 0;

    *payload = slice_of(NULL, 0);
    while (pos < in.len && c->state != STATE_DATA && !is_over(c)) {
        pos += take_framing_byte(c, in.at[pos]) ? 1 : 0;
    }
    if (c->state == STATE_DATA && pos < in.len) {
        *payload = slice_of(in.at + pos, take_payload(c, slice_sub(in, pos, in.len)));
        pos += payload->len;
    }
    *used = pos;
    return step_of(c);
}

/* Whether a byte that is read in `state` is of an extension or a trailer. */
static bool is_left_out(enum chunk_state state, char byte)
{
    switch (state) {
    case STATE_SIZE:
        return byte == ';';
    case STATE_EXTENSION:
    case STATE_TRAILER:
        return byte != '\r';
    case STATE_TRAILER_NAME:
    case STATE_TRAILER_VALUE:
    case STATE_TRAILER_LF:
        return true;
    case STATE_SIZE_LF:
    case STATE_DATA:
    case STATE_DATA_CR:
    case STATE_DATA_LF:
    case STATE_END_LF:
    case STATE_DONE:
    case STATE_REFUSED:
        break;
    }
    return false;
}

enum http_step http_chunk_pass(struct http_chunk *c, struct slice in, size_t *used,
                               struct slice *as_is, size_t *payload)
{
    size_t pos = 0;
    size_t from = 0;

    *payload = 0;
    while (pos < in.len && !is_over(c)) {
        if (c->state == STATE_DATA) {
            size_t run = take_payload(c, slice_sub(in, pos, in.len));
            *payload += run;
            pos += run;
        } else if (!is_left_out((enum chunk_state)c->state, in.at[pos])) {
            pos += take_framing_byte(c, in.at[pos]) ? 1 : 0;
        } else if (pos > from) {
            break; /* the run ends here, and the next call leaves this out */
        } else {
            pos += take_framing_byte(c, in.at[pos]) ? 1 : 0;
            from = pos;
        }
    }
    *as_is = slice_sub(in, from, pos - from);
    *used = pos;
    return step_of(c);
}
