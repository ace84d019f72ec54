/* Writing heads as the gate sends them on.
 * End-to-end fields keep their order, their spelling and their bytes; everything that says how the
 * message travels is written by us and by nobody else. */
#include "http/forward.h"

static void put_field(struct buf *out, struct slice name, struct slice value)
{
    buf_put(out, name);
    buf_put(out, SLICE(": "));
    buf_put(out, value);
    buf_put(out, SLICE("\r\n"));
}

/* Whether a field stands in the head as put_field would write it. Its line ends in CRLF, and the
 * bytes between name and value are a colon and blanks. */
static bool is_as_written(const struct http_field *field, const char *head)
{
    size_t colon = (size_t)field->name.at + field->name.len;

    return field->value.at == colon + 2 && head[colon + 1] == ' ' &&
           head[(size_t)field->value.at + field->value.len] == '\r';
}

/* The fields that are not ours to write: all but hop-by-hop ones, those whose bit is in `ours`, and
 * one that is left out by name. Neighbours that stand there as they would be written go in one
 * piece. */
static void put_end_to_end(const struct http_head *h, const char *head, unsigned ours,
                           struct slice without, struct buf *out)
{
    struct slice run = {NULL, 0};

    for (size_t i = 0; i < h->nfields; i++) {
        const struct http_field *field = &h->fields[i];

        if (field->hop || (ours & (1U << field->id)) != 0 ||
            (without.len > 0 && slice_equal_nocase(http_slice(head, field->name), without))) {
            continue;
        }
        if (!is_as_written(field, head)) {
            buf_put(out, run);
            run = slice_of(NULL, 0);
            put_field(out, http_slice(head, field->name), http_slice(head, field->value));
            continue;
        }
        const char *line = head + field->name.at;
        if (run.at == NULL || run.at + run.len != line) {
            buf_put(out, run);
            run = slice_of(line, 0);
        }
        run.len += (size_t)field->value.at + field->value.len + 2 - field->name.at;
    }
    buf_put(out, run);
}

static void put_length(struct buf *out, uint64_t length)
{
    buf_put(out, SLICE("Content-Length: "));
    buf_put_u64(out, length);
    buf_put(out, SLICE("\r\n"));
}

/* Framing of a body; `none` says whether its absence is written down as a length of 0. */
static void put_framing(const struct http_forward *how, bool none, struct buf *out)
{
    switch ((enum http_framing)how->framing) {
    case HTTP_BODY_LENGTH:
        put_length(out, how->content_length);
        break;
    case HTTP_BODY_CHUNKED:
        buf_put(out, SLICE("Transfer-Encoding: chunked\r\n"));
        break;
    case HTTP_BODY_NONE:
        if (none) {
            put_length(out, 0);
        }
        break;
    case HTTP_BODY_CLOSE:
        break;
    }
}

/* Connection: Upgrade and the protocols that were asked for or chosen. Without one there is nothing
 * to upgrade to. */
static void put_upgrade(const struct http_head *h, const char *head, struct buf *out)
{
    if (h->upgrade.len > 0) {
        buf_put(out, SLICE("Connection: Upgrade\r\n"));
        put_field(out, SLICE("Upgrade"), http_slice(head, h->upgrade));
    }
}

bool http_forward_request(const struct http_head *h, const char *head,
                          const struct http_forward *how, struct buf *out)
{
    buf_put(out, http_slice(head, h->method));
    buf_put(out, SLICE(" "));
    buf_put(out, http_slice(head, h->target));
    buf_put(out, SLICE(" HTTP/1.1\r\nHost: docker\r\n"));
    put_end_to_end(
        h, head, 1U << HTTP_FIELD_HOST | 1U << HTTP_FIELD_EXPECT | 1U << HTTP_FIELD_CONTENT_LENGTH,
        how->without, out);
    if (!how->length_later) {
        put_framing(how, h->has_content_length, out);
    }
    if (how->upgrade) {
        put_upgrade(h, head, out);
    }
    return buf_put(out, SLICE("\r\n"));
}

/* RFC 9110 §8.6: no Content-Length in 1xx and 204, whatever the engine wrote there. */
static bool may_have_length(unsigned status)
{
    return status >= 200 && status != 204;
}

bool http_forward_response(const struct http_head *h, const char *head,
                           const struct http_forward *how, struct buf *out)
{
    buf_put(out, SLICE("HTTP/1.1 "));
    buf_put_u64(out, h->status);
    buf_put(out, SLICE(" "));
    buf_put(out, http_slice(head, h->reason));
    buf_put(out, SLICE("\r\n"));
    put_end_to_end(h, head, 1U << HTTP_FIELD_CONTENT_LENGTH, how->without, out);
    if (how->framing == HTTP_BODY_NONE && how->keep_length) {
        if (h->has_content_length && may_have_length(h->status)) {
            put_length(out, h->content_length);
        }
    } else { /* our own 0 in a 304 would speak of another answer */
        put_framing(how, may_have_length(h->status) && h->status != 304, out);
    }
    if (how->upgrade) {
        put_upgrade(h, head, out);
    } else if (how->close) {
        buf_put(out, SLICE("Connection: close\r\n"));
    } else if (how->keep_alive) {
        buf_put(out, SLICE("Connection: keep-alive\r\n"));
    }
    return buf_put(out, SLICE("\r\n"));
}
