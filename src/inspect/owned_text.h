/* Texts of queries, as ownership reads and writes them. Between owned*.c only. */
#ifndef INSPECT_OWNED_TEXT_H
#define INSPECT_OWNED_TEXT_H

#include "base/buf.h"

/* Decodes a name or value of a query. False: it can't be decoded, or does not fit. */
bool owned_text_decode(struct slice raw, struct buf *out);

/* Writes a text for a path or a query, all but plain characters escaped. */
void owned_text_encode(struct buf *out, struct slice text);

#endif
