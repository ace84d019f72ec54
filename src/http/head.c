/* The reader of request and response heads: a machine of a dozen states that may stop at any byte.
 * Each state takes as many bytes as its rule of the grammar allows (RFC 9112 §3 to §5) and no byte
 * is looked at twice. What fields mean is in field.c. */
#include "http/head.h"

#include <assert.h>

#include "http/field.h"
#include "http/grammar.h"

enum head_state {
    STATE_START, /* zero: fresh storage */
    STATE_METHOD,
    STATE_TARGET,
    STATE_REQUEST_VERSION,
    STATE_RESPONSE_VERSION,
    STATE_STATUS,
    STATE_REASON,
    STATE_START_LF,
    STATE_LINE,
    STATE_NAME,
    STATE_BLANK,
    STATE_VALUE,
    STATE_VALUE_LF,
    STATE_END_LF,
    STATE_DONE,
};

/* What the machine works on during one call. */
struct reader {
    struct http_head *h;
    const char *at;
    size_t end; /* bytes that may be looked at */
    bool response;
    bool to_head;
};

static size_t refuse(struct reader *r, size_t pos, enum http_refusal refusal)
{
    r->h->refusal = (uint8_t)refusal;
    r->h->refused_at = (uint32_t)pos;
    return pos;
}

/* Refuses the byte at `pos`: as a control character where it is one, else for `otherwise`. */
static size_t refuse_byte(struct reader *r, size_t pos, enum http_refusal otherwise)
{
    bool control = http_is(r->at[pos], HTTP_CLASS_CONTROL);

    return refuse(r, pos, control ? HTTP_REFUSAL_BAD_BYTE : otherwise);
}

/* Goes on to `state` behind the byte at `pos`. */
static size_t next(struct reader *r, size_t pos, enum head_state state)
{
    r->h->state = (uint8_t)state;
    r->h->matched = 0;
    return pos + 1;
}

/* `to` is the offset of a byte that was looked at, so both fit 16 bits. */
static_assert(LIMIT_HEAD - 1 <= UINT16_MAX, "every byte of a head has a 16-bit offset");

static struct http_span span(size_t from, size_t to)
{
    return (struct http_span){(uint16_t)from, (uint16_t)(to - from)};
}

/* method SP, RFC 9112 §3.1 */
static size_t read_method(struct reader *r, size_t pos)
{
    pos = http_skip(r->at, pos, r->end, HTTP_CLASS_TOKEN);
    if (pos == r->end) {
        return pos;
    }
    if (r->at[pos] != ' ' || pos == 0) {
        return refuse_byte(r, pos, HTTP_REFUSAL_BAD_METHOD);
    }
    r->h->method = span(0, pos);
    r->h->line_at = (uint32_t)pos + 1;
    return next(r, pos, STATE_TARGET);
}

/* origin-form SP, RFC 9112 §3.2.1. Visible bytes that a URI may not hold pass: clients send them in
 * queries, and the engine reads them as they are. */
static size_t read_target(struct reader *r, size_t pos)
{
    size_t from = r->h->line_at;

    if (pos == from && r->at[pos] != '/') {
        return refuse_byte(r, pos, HTTP_REFUSAL_BAD_TARGET);
    }
    pos = http_skip(r->at, pos, r->end, HTTP_CLASS_VISIBLE);
    if (pos - from > LIMIT_TARGET) {
        return refuse(r, from + LIMIT_TARGET, HTTP_REFUSAL_TARGET_TOO_LONG);
    }
    if (pos == r->end) {
        return pos;
    }
    if (r->at[pos] != ' ') {
        return refuse_byte(r, pos, HTTP_REFUSAL_BAD_TARGET);
    }
    r->h->target = span(from, pos);
    return next(r, pos, STATE_REQUEST_VERSION);
}

/* One byte of HTTP-version, RFC 9112 §2.3: "HTTP/" DIGIT "." DIGIT. */
static bool match_version(struct http_head *h, char byte)
{
    static const char pattern[] = "HTTP/d.d";
    char wanted = pattern[h->matched];

    if (wanted != 'd') {
        h->matched++;
        return byte == wanted;
    }
    if (byte < '0' || byte > '9') {
        return false;
    }
    h->major = h->minor;
    h->minor = (uint8_t)(byte - '0');
    h->matched++;
    return true;
}

#define VERSION_LENGTH 8

/* The version, then `after`. */
static size_t read_version(struct reader *r, size_t pos, char after, enum http_refusal malformed,
                           enum head_state state)
{
    struct http_head *h = r->h;

    if (h->matched == 0 && r->end - pos >= VERSION_LENGTH &&
        memcmp(r->at + pos, "HTTP/1.1", VERSION_LENGTH) == 0) { /* nearly always */
        h->major = 1;
        h->minor = 1;
        h->matched = VERSION_LENGTH;
        pos += VERSION_LENGTH;
    }
    for (; pos < r->end && h->matched < VERSION_LENGTH; pos++) {
        if (!match_version(h, r->at[pos])) {
            return refuse_byte(r, pos, malformed);
        }
    }
    if (pos == r->end) {
        return pos;
    }
    if (r->at[pos] != after) {
        return refuse_byte(r, pos, malformed);
    }
    if (h->major != 1 || h->minor > 1) {
        return refuse(r, pos, HTTP_REFUSAL_BAD_VERSION);
    }
    return next(r, pos, state);
}

#define STATUS_LENGTH 3

/* status-code SP, RFC 9112 §4. The space is missing in answers of some servers that give no reason.
 */
static size_t read_status(struct reader *r, size_t pos)
{
    struct http_head *h = r->h;

    for (; pos < r->end && h->matched < STATUS_LENGTH; pos++) {
        char byte = r->at[pos];

        if (byte < '0' || byte > '9' || (h->matched == 0 && (byte < '1' || byte > '5'))) {
            return refuse_byte(r, pos, HTTP_REFUSAL_BAD_STATUS_LINE);
        }
        h->status = (uint16_t)(h->status * 10 + (byte - '0'));
        h->matched++;
    }
    if (pos == r->end) {
        return pos;
    }
    if (r->at[pos] == ' ') {
        h->line_at = (uint32_t)pos + 1;
        return next(r, pos, STATE_REASON);
    }
    if (r->at[pos] != '\r') {
        return refuse_byte(r, pos, HTTP_REFUSAL_BAD_STATUS_LINE);
    }
    h->reason = span(pos, pos);
    return next(r, pos, STATE_START_LF);
}

/* [ reason-phrase ] CR, RFC 9112 §4 */
static size_t read_reason(struct reader *r, size_t pos)
{
    pos = http_skip(r->at, pos, r->end, HTTP_CLASS_VALUE);
    if (pos == r->end) {
        return pos;
    }
    if (r->at[pos] != '\r') {
        return refuse_byte(r, pos, HTTP_REFUSAL_BAD_STATUS_LINE);
    }
    r->h->reason = span(r->h->line_at, pos);
    return next(r, pos, STATE_START_LF);
}

static size_t read_start_lf(struct reader *r, size_t pos)
{
    if (r->at[pos] != '\n') {
        return refuse(r, pos, HTTP_REFUSAL_BAD_BYTE);
    }
    r->h->has_start_line = true;
    return next(r, pos, STATE_LINE);
}

/* The first byte of a line: the empty line that ends the head, or a field. A blank would be
 * obs-fold (RFC 9112 §5.2) or white space before the first field (§2.2). */
static size_t read_line(struct reader *r, size_t pos)
{
    struct http_head *h = r->h;

    h->line_at = (uint32_t)pos;
    if (r->at[pos] == '\r') {
        return next(r, pos, STATE_END_LF);
    }
    if (!http_is(r->at[pos], HTTP_CLASS_TOKEN)) {
        return refuse_byte(r, pos, HTTP_REFUSAL_BAD_FIELD);
    }
    if (h->nfields == LIMIT_FIELDS) {
        return refuse(r, pos, HTTP_REFUSAL_TOO_MANY_FIELDS);
    }
    return next(r, pos, STATE_NAME);
}

/* field-name ":", RFC 9112 §5.1: no blank between the two */
static size_t read_name(struct reader *r, size_t pos)
{
    pos = http_skip(r->at, pos, r->end, HTTP_CLASS_TOKEN);
    if (pos == r->end) {
        return pos;
    }
    if (r->at[pos] != ':') {
        return refuse_byte(r, pos, HTTP_REFUSAL_BAD_FIELD);
    }
    r->h->fields[r->h->nfields].name = span(r->h->line_at, pos);
    return next(r, pos, STATE_BLANK);
}

/* OWS before the value */
static size_t read_blank(struct reader *r, size_t pos)
{
    while (pos < r->end && (r->at[pos] == ' ' || r->at[pos] == '\t')) {
        pos++;
    }
    if (pos < r->end) {
        r->h->fields[r->h->nfields].value = span(pos, pos);
        r->h->state = STATE_VALUE;
    }
    return pos;
}

/* field-value OWS CR, RFC 9110 §5.5 */
static size_t read_value(struct reader *r, size_t pos)
{
    struct http_span *value = &r->h->fields[r->h->nfields].value;

    pos = http_skip(r->at, pos, r->end, HTTP_CLASS_VALUE);
    if (pos == r->end) {
        return pos;
    }
    if (r->at[pos] != '\r') {
        return refuse_byte(r, pos, HTTP_REFUSAL_BAD_FIELD);
    }
    size_t end = pos;
    while (end > value->at && (r->at[end - 1] == ' ' || r->at[end - 1] == '\t')) {
        end--;
    }
    value->len = (uint16_t)(end - value->at);
    return next(r, pos, STATE_VALUE_LF);
}

static size_t read_value_lf(struct reader *r, size_t pos)
{
    struct http_head *h = r->h;
    const struct http_field *field = &h->fields[h->nfields];

    if (r->at[pos] != '\n') {
        return refuse(r, pos, HTTP_REFUSAL_BAD_BYTE);
    }

    enum http_refusal refusal =
        r->response ? http_field_accept_response(h, r->at) : http_field_accept_request(h, r->at);

    if (refusal != HTTP_REFUSAL_NONE) {
        return refuse(r, field->value.at, refusal);
    }
    return next(r, pos, STATE_LINE);
}

/* How a body with these fields is framed where there may be one, RFC 9112 §6.3. */
static enum http_framing announced_framing(const struct http_head *h, enum http_framing otherwise)
{
    if (http_field_seen(h, HTTP_FIELD_TRANSFER_ENCODING)) {
        return HTTP_BODY_CHUNKED;
    }
    if (h->has_content_length) {
        return h->content_length > 0 ? HTTP_BODY_LENGTH : HTTP_BODY_NONE;
    }
    return otherwise;
}

static enum http_framing response_framing(const struct http_head *h, bool to_head)
{
    if (to_head || h->status < 200 || h->status == 204 || h->status == 304) {
        return HTTP_BODY_NONE;
    }
    return announced_framing(h, HTTP_BODY_CLOSE);
}

/* The head is complete: what only all of its fields together can say. */
static size_t read_end_lf(struct reader *r, size_t pos)
{
    struct http_head *h = r->h;

    if (r->at[pos] != '\n') {
        return refuse(r, pos, HTTP_REFUSAL_BAD_BYTE);
    }
    if (!r->response && !http_field_seen(h, HTTP_FIELD_HOST)) {
        if (h->minor == 1) {
            return refuse(r, h->line_at, HTTP_REFUSAL_BAD_HOST);
        }
        if (h->nfields == LIMIT_FIELDS) { /* ours would be one more than we read */
            return refuse(r, h->line_at, HTTP_REFUSAL_TOO_MANY_FIELDS);
        }
    }
    h->framing = (uint8_t)(r->response ? response_framing(h, r->to_head)
                                       : announced_framing(h, HTTP_BODY_NONE));
    h->keep_alive = !h->connection_close && h->framing != HTTP_BODY_CLOSE &&
                    (h->minor == 1 || h->connection_keep_alive);
    http_field_mark_named(h, r->at);
    h->len = (uint32_t)pos + 1;
    return next(r, pos, STATE_DONE);
}

/* Whether the last state was left for `state`, and there is a byte for it. */
static bool goes_on(const struct reader *r, size_t pos, enum head_state state)
{
    return pos < r->end && r->h->state == state;
}

static size_t read_some(struct reader *r, size_t pos)
{
    switch ((enum head_state)r->h->state) {
    case STATE_START:
        r->h->state = r->response ? STATE_RESPONSE_VERSION : STATE_METHOD;
        return pos;
    case STATE_METHOD:
        return read_method(r, pos);
    case STATE_TARGET:
        return read_target(r, pos);
    case STATE_REQUEST_VERSION:
        return read_version(r, pos, '\r', HTTP_REFUSAL_BAD_LINE, STATE_START_LF);
    case STATE_RESPONSE_VERSION:
        return read_version(r, pos, ' ', HTTP_REFUSAL_BAD_STATUS_LINE, STATE_STATUS);
    case STATE_STATUS:
        return read_status(r, pos);
    case STATE_REASON:
        return read_reason(r, pos);
    case STATE_START_LF:
        return read_start_lf(r, pos);
    case STATE_LINE: /* a whole field in one go, where its bytes are here */
        pos = read_line(r, pos);
        if (!goes_on(r, pos, STATE_NAME)) {
            return pos;
        }
        __attribute__((fallthrough));
    case STATE_NAME:
        pos = read_name(r, pos);
        if (!goes_on(r, pos, STATE_BLANK)) {
            return pos;
        }
        __attribute__((fallthrough));
    case STATE_BLANK:
        pos = read_blank(r, pos);
        if (!goes_on(r, pos, STATE_VALUE)) {
            return pos;
        }
        __attribute__((fallthrough));
    case STATE_VALUE:
        pos = read_value(r, pos);
        if (!goes_on(r, pos, STATE_VALUE_LF)) {
            return pos;
        }
        __attribute__((fallthrough));
    case STATE_VALUE_LF:
        return read_value_lf(r, pos);
    case STATE_END_LF:
        return read_end_lf(r, pos);
    case STATE_DONE:
        break;
    }
    return pos;
}

static enum http_step read_head(struct http_head *h, struct slice in, bool response, bool to_head)
{
    size_t end = in.len < LIMIT_HEAD ? in.len : LIMIT_HEAD;
    struct reader r = {h, in.at, end, response, to_head};
    size_t pos = h->scanned;

    while (pos < end && h->refusal == HTTP_REFUSAL_NONE && h->state != STATE_DONE) {
        pos = read_some(&r, pos);
    }
    h->scanned = (uint32_t)pos;
    if (h->state == STATE_DONE) {
        return HTTP_DONE;
    }
    if (h->refusal == HTTP_REFUSAL_NONE && pos >= LIMIT_HEAD) {
        refuse(&r, LIMIT_HEAD, HTTP_REFUSAL_HEAD_TOO_LARGE);
    }
    return h->refusal == HTTP_REFUSAL_NONE ? HTTP_MORE : HTTP_REFUSED;
}

void http_head_reset(struct http_head *h)
{
    memset(h, 0, offsetof(struct http_head, fields));
}

enum http_step http_request_read(struct http_head *h, struct slice in)
{
    return read_head(h, in, false, false);
}

enum http_step http_response_read(struct http_head *h, struct slice in, bool to_head)
{
    return read_head(h, in, true, to_head);
}

struct slice http_head_value(const struct http_head *h, const char *head, struct slice name)
{
    for (size_t i = 0; i < h->nfields; i++) {
        if (slice_equal_nocase(http_slice(head, h->fields[i].name), name)) {
            return http_slice(head, h->fields[i].value);
        }
    }
    return slice_of(NULL, 0);
}
