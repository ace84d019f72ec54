/* Heads as the gate sends them on: hop-by-hop fields dropped, framing and Host our own, the rest
 * untouched. */
#ifndef HTTP_FORWARD_H
#define HTTP_FORWARD_H

#include "base/buf.h"
#include "http/head.h"

/* What the gate adds to a head that it passes on. */
struct http_forward {
    uint8_t framing;         /* enum http_framing of what will be sent */
    uint64_t content_length; /* for HTTP_BODY_LENGTH */
    struct slice without;    /* the name of a field that is not sent on; empty: none */
    bool length_later; /* requests: write no framing, it is added before the head's last line */
    bool upgrade; /* keep Upgrade and send Connection: Upgrade (upgrade operations, 101 answers) */
    bool close;   /* responses: send Connection: close */
    bool keep_alive; /* responses: send Connection: keep-alive (to HTTP/1.0 clients that asked for
                        it) */
    bool
        keep_length; /* responses without a body (HEAD, 304): pass Content-Length on as announced */
};

/* Writes the request for the engine: method, target as received, HTTP/1.1, `Host: docker`, the
 * end-to-end fields in order, then our framing. Expect is dropped (the gate answers it). False when
 * `out` is too small. */
bool http_forward_request(const struct http_head *h, const char *head,
                          const struct http_forward *how, struct buf *out);

/* Writes the response for the client, HTTP/1.1, with the engine's status and reason, its end-to-end
 * fields in order, then our framing and connection fields. */
bool http_forward_response(const struct http_head *h, const char *head,
                           const struct http_forward *how, struct buf *out);

#endif
