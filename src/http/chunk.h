/* Chunked bodies (RFC 9112 §7.1): a reader that works in any split of the input. */
#ifndef HTTP_CHUNK_H
#define HTTP_CHUNK_H

#include "http/head.h"

/* Zeroed storage is a fresh reader. 24 bytes, kept by each connection with a chunked body under
 * way. */
struct http_chunk {
    uint64_t left;     /* payload bytes of the present chunk still to come */
    uint32_t overhead; /* framing bytes since the last payload: a stream that is nearly all framing
                          is refused */
    uint16_t line;     /* bytes of the present framing line or trailer */
    uint8_t state;
    uint8_t digits;
    uint8_t refusal; /* enum http_refusal, after HTTP_REFUSED */
};

/* Looks at `in` from its start: skips framing, and stops behind the first run of payload.
 * `*used`: bytes of `in` that are done with, payload included. `*payload`: the run found, maybe
 * empty. HTTP_MORE: call again with what follows (also when `in` was not used up). HTTP_DONE: the
 * last chunk and the trailers (dropped) are read, `*used` stands behind them. HTTP_REFUSED:
 * malformed; nothing more is to be used. Extensions are skipped; white space, bare LF and CR in
 * them are refused. */
enum http_step http_chunk_read(struct http_chunk *c, struct slice in, size_t *used,
                               struct slice *payload);

/* The same for who passes a body on with the framing that it came with: `*as_is` is the first run
 * of `in` that may be sent as it stands, payload and framing, maybe empty; extensions and trailers
 * stand in none. `*payload`: how many of its bytes are payload. Sent one behind the other, all runs
 * are a whole body in the strictest form of the grammar once HTTP_DONE was returned. A body is read
 * by one of the two functions from its begin to its end. */
enum http_step http_chunk_pass(struct http_chunk *c, struct slice in, size_t *used,
                               struct slice *as_is, size_t *payload);

#endif
