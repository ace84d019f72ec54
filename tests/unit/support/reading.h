/* What our readers make of a stream of bytes, as text that tests can compare.
 * The same code serves the unit tests, the fuzz targets and the comparison with Go.
 * It reads message after message, as a session would, in any split of the input. */
#ifndef SUPPORT_READING_H
#define SUPPORT_READING_H

#include "base/buf.h"
#include "http/head.h"

enum reading_kind {
    READING_REQUESTS,
    READING_RESPONSES,
    READING_HEAD_RESPONSES, /* answers to HEAD */
    READING_CHUNKS,         /* a chunked body alone */
};

/* Reads `in`, of which at first `first` bytes are there, then `step` more each time (0: all).
 * Writes to `out` one line for each complete message: requests:  method TAB target TAB path TAB
 * host TAB body TAB name=value,name=value… responses: status TAB reason TAB framing TAB body TAB
 * name=value… chunks:    body each of method, target … in hex, names in lower case; and a last
 * line: "end", "more", or "refused NAME OFFSET" with the offset into the message. Framing fields
 * and Host are left out of the list. `forwarded`, unless NULL, gets the requests as the gate would
 * send them on. */
void reading_run(enum reading_kind kind, struct slice in, size_t first, size_t step,
                 struct buf *out, struct buf *forwarded);

#endif
