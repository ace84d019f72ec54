/* The reader's other way round: the structs of schema tables as YAML. */
#ifndef POLICY_SCHEMA_WRITE_H
#define POLICY_SCHEMA_WRITE_H

#include "policy/schema.h"

/* Appends all that `in` (the table's struct) holds, a key a line, in the order of the table, with
 * that many spaces before each. What schema_read makes of it is the same again. A text is quoted
 * where another reader of YAML could take it for something else; nothing but ASCII is written. */
void schema_write(const struct schema_table *table, const void *in, size_t indent, struct buf *out);

/* Appends one text in the same way. */
void schema_write_text(struct slice text, struct buf *out);

#endif
