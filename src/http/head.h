/* Request and response heads: a strict, incremental reader without copies (RFC 9112, RFC 9110). */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "base/limits.h"
#include "base/slice.h"

/* What a reader says of the bytes so far. */
enum http_step {
    HTTP_MORE,    /* all right so far, not complete */
    HTTP_DONE,    /* complete */
    HTTP_REFUSED, /* malformed, or beyond a limit: the connection must be closed */
};

enum http_refusal {
    HTTP_REFUSAL_NONE,
#define HTTP_REFUSAL(name, status, text) HTTP_REFUSAL_##name,
#include "http/refusal.def"
#undef HTTP_REFUSAL
    HTTP_REFUSAL_COUNT,
};

/* The status (400 …) and the sentence that answer a refused request; static text. */
unsigned http_refusal_status(enum http_refusal refusal);
struct slice http_refusal_text(enum http_refusal refusal);
struct slice http_refusal_name(enum http_refusal refusal);

/* How the end of a body is known (RFC 9112 §6.3). */
enum http_framing {
    HTTP_BODY_NONE,    /* no body */
    HTTP_BODY_LENGTH,  /* Content-Length bytes; never 0, that is NONE */
    HTTP_BODY_CHUNKED, /* chunked */
    HTTP_BODY_CLOSE,   /* responses only: until the connection ends */
};

/* The fields that the gate itself reads; every other one is OTHER and passes unread. */
enum http_field_id {
    HTTP_FIELD_OTHER,
    HTTP_FIELD_CONNECTION,
    HTTP_FIELD_CONTENT_LENGTH,
    HTTP_FIELD_CONTENT_TYPE,
    HTTP_FIELD_EXPECT,
    HTTP_FIELD_HOST,
    HTTP_FIELD_KEEP_ALIVE,
    HTTP_FIELD_PROXY_AUTHENTICATE,
    HTTP_FIELD_PROXY_AUTHORIZATION,
    HTTP_FIELD_PROXY_CONNECTION,
    HTTP_FIELD_TE,
    HTTP_FIELD_TRAILER,
    HTTP_FIELD_TRANSFER_ENCODING,
    HTTP_FIELD_UPGRADE,
};

/* Offsets into the head, so that a head may move in memory between two calls. */
struct http_span {
    uint16_t at;
    uint16_t len;
};

struct http_field {
    struct http_span name;
    struct http_span value; /* without surrounding white space */
    uint8_t id;             /* enum http_field_id */
    bool hop;               /* hop-by-hop: named in Connection, or so by RFC 9110 §7.6.1 */
};

/* One message head. Zeroed storage is a fresh reader. The spans look into the bytes that were given
 * to the last call; they are complete only after HTTP_DONE. */
struct http_head {
    /* the reader's own, between calls */
    uint32_t line_at; /* where the unfinished part (target, reason, field line) starts */
    uint32_t scanned; /* bytes looked at so far */
    uint16_t seen;    /* a bit for each enum http_field_id that occurred */
    uint8_t state;
    uint8_t matched;  /* bytes of a part of fixed length */
    uint8_t major;    /* HTTP/major. */
    uint8_t noptions; /* options in Connection that name fields */
    bool connection_close;
    bool connection_keep_alive;
    bool has_start_line;

    uint16_t nfields;
    uint32_t len; /* bytes of the whole head with its empty line; what follows is body */

    /* requests */
    struct http_span method;
    struct http_span target; /* as sent: origin-form, never empty, starts with '/' */
    /* responses */
    uint16_t status;
    struct http_span reason;

    uint8_t minor;            /* HTTP/1.minor: 0 or 1 */
    uint8_t framing;          /* enum http_framing */
    bool keep_alive;          /* the connection may carry another message (RFC 9112 §9.3) */
    bool expect_continue;     /* requests: Expect: 100-continue */
    bool connection_upgrade;  /* Connection lists "upgrade" */
    struct http_span upgrade; /* value of Upgrade; len 0: none */
    uint64_t content_length;  /* for HTTP_BODY_LENGTH, and for HEAD and 304 answers as announced */
    bool has_content_length;

    uint8_t refusal;     /* enum http_refusal, after HTTP_REFUSED */
    uint32_t refused_at; /* offset of the byte that was wrong */

    struct http_field fields[LIMIT_FIELDS];
};

/* The bytes of a span. `head` is the memory that was given to the reader. */
static inline struct slice http_slice(const char *head, struct http_span span)
{
    return (struct slice){head + span.at, span.len};
}

/* Forgets what was read. Does not touch `fields` beyond their count, so that it is cheap. */
void http_head_reset(struct http_head *h);

/* Reads a request head. `in` starts at the head's first byte and holds all bytes of it so far (what
 * the call before saw, and more); it may hold bytes behind the head. May be called for each byte:
 * work is linear in the sum. Malformed bytes are refused as soon as they are seen, complete head or
 * not. No allocation. Strict per RFC 9112: one space each, CRLF only, no folding, no blank before
 * the colon, one valid Host (may be empty; HTTP/1.0 may lack it), Content-Length digits only and
 * once, Transfer-Encoding exactly "chunked" and not with HTTP/1.0 nor beside Content-Length,
 * origin-form target. */
enum http_step http_request_read(struct http_head *h, struct slice in);

/* Reads a response head in the same way. `to_head` says that it answers a HEAD request (no body,
 * whatever its length says; RFC 9112 §6.3). 1xx, 204 and 304 have HTTP_BODY_NONE. */
enum http_step http_response_read(struct http_head *h, struct slice in, bool to_head);

/* The value of the first field of that name, or an empty slice with at NULL. */
struct slice http_head_value(const struct http_head *h, const char *head, struct slice name);

#endif
