/* Writing JSON for programs: values in order, commas by themselves. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include "base/slice.h"

#include <stdio.h>

/* Caller's storage; `{.out = stdout}` makes it ready. */
struct json_out {
    FILE *out;
    bool more; /* something stands before the next value of this list or object */
};

/* Each writes one value. `key`: its name within an object; NULL within a list, and for the value
 * that is all. Text of any bytes comes out as valid JSON (RFC 8259), cut at LIMIT_TARGET. */
void json_text(struct json_out *j, const char *key, struct slice text);
void json_bool(struct json_out *j, const char *key, bool value);
void json_number(struct json_out *j, const char *key, size_t value);
void json_none(struct json_out *j, const char *key);

/* Begins and ends an object ('{', '}') or a list ('[', ']'). */
void json_begin(struct json_out *j, const char *key, char bracket);
void json_end(struct json_out *j, char bracket);

#endif
