/* Header fields: which ones the gate knows, and the rule that each of them must obey.
 * Used by the head reader alone, one call for each complete field line and one at the end.
 * Nothing here looks at bytes outside the head. */
#ifndef HTTP_FIELD_H
#define HTTP_FIELD_H

#include "http/head.h"

/* Takes the complete field `h->fields[h->nfields]` into account (its spans are set) and counts it.
 * `head` is the memory that the spans look into. Returns HTTP_REFUSAL_NONE or why the message is
 * refused. */
enum http_refusal http_field_accept_request(struct http_head *h, const char *head);
enum http_refusal http_field_accept_response(struct http_head *h, const char *head);

/* Marks the fields that Connection names as hop-by-hop (RFC 9110 §7.6.1), but for those that say
 * what the message is: a client must not be able to have them taken away from a request that was
 * decided with them. */
void http_field_mark_named(struct http_head *h, const char *head);

/* Whether a field of this kind was there. */
static inline bool http_field_seen(const struct http_head *h, enum http_field_id id)
{
    return (h->seen & (1U << id)) != 0;
}

#endif
