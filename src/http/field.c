/* The rules of single header fields: framing, Host, Connection, Expect, Upgrade.
 * One function a rule, one table that says which field obeys which in requests and in responses.
 * Whatever is ambiguous is refused; what the gate does not know passes unread. */
#include "http/field.h"

#include "http/grammar.h"

/* More options in Connection than any message needs; each costs a walk over the fields. */
#define OPTIONS_MAX 32

typedef enum http_refusal (*field_rule)(struct http_head *h, struct slice value);

/* Content-Length, RFC 9112 §6.3 and RFC 9110 §8.6: digits only and once; a repeated one is refused
 * even where it repeats the same number. Leading zeros are digits. */
static enum http_refusal accept_length(struct http_head *h, struct slice value)
{
    if (http_field_seen(h, HTTP_FIELD_CONTENT_LENGTH) ||
        !slice_to_u64(value, 10, INT64_MAX, &h->content_length)) {
        return HTTP_REFUSAL_BAD_LENGTH;
    }
    h->has_content_length = true;
    return http_field_seen(h, HTTP_FIELD_TRANSFER_ENCODING) ? HTTP_REFUSAL_LENGTH_AND_CHUNKS
                                                            : HTTP_REFUSAL_NONE;
}

/* Transfer-Encoding, RFC 9112 §6.1: the one coding "chunked", once, and never in HTTP/1.0. */
static enum http_refusal accept_transfer(struct http_head *h, struct slice value)
{
    if (h->minor == 0 || http_field_seen(h, HTTP_FIELD_TRANSFER_ENCODING) ||
        !slice_equal_nocase(value, SLICE("chunked"))) {
        return HTTP_REFUSAL_BAD_TRANSFER;
    }
    return http_field_seen(h, HTTP_FIELD_CONTENT_LENGTH) ? HTTP_REFUSAL_LENGTH_AND_CHUNKS
                                                         : HTTP_REFUSAL_NONE;
}

/* Host, RFC 9112 §3.2: once; empty is allowed (docker 20.10 sends that with /session). */
static enum http_refusal accept_host(struct http_head *h, struct slice value)
{
    if (http_field_seen(h, HTTP_FIELD_HOST) ||
        http_skip(value.at, 0, value.len, HTTP_CLASS_HOST) != value.len) {
        return HTTP_REFUSAL_BAD_HOST;
    }
    return HTTP_REFUSAL_NONE;
}

/* Expect, RFC 9110 §10.1.1. An HTTP/1.0 client can not have meant it. */
static enum http_refusal accept_expect(struct http_head *h, struct slice value)
{
    if (!slice_equal_nocase(value, SLICE("100-continue"))) {
        return HTTP_REFUSAL_EXPECTATION;
    }
    h->expect_continue = h->minor == 1;
    return HTTP_REFUSAL_NONE;
}

/* Connection, RFC 9110 §7.6.1: a list of tokens; empty elements count as none (§5.6.1.2). */
static enum http_refusal accept_connection(struct http_head *h, struct slice value)
{
    struct slice option;

    while (slice_next(&value, ',', &option)) {
        option = slice_trim(option);
        if (option.len == 0) {
            continue;
        }
        if (http_skip(option.at, 0, option.len, HTTP_CLASS_TOKEN) != option.len) {
            return HTTP_REFUSAL_BAD_FIELD;
        }
        if (slice_equal_nocase(option, SLICE("close"))) {
            h->connection_close = true;
        } else if (slice_equal_nocase(option, SLICE("keep-alive"))) {
            h->connection_keep_alive = true;
        } else if (slice_equal_nocase(option, SLICE("upgrade"))) {
            h->connection_upgrade = true;
        } else if (++h->noptions > OPTIONS_MAX) {
            return HTTP_REFUSAL_TOO_MANY_FIELDS;
        }
    }
    return HTTP_REFUSAL_NONE;
}

/* protocol, RFC 9110 §7.8: token [ "/" token ] */
static bool is_protocol(struct slice s)
{
    size_t name = http_skip(s.at, 0, s.len, HTTP_CLASS_TOKEN);

    if (name == s.len) {
        return name > 0;
    }
    return name > 0 && s.at[name] == '/' && name + 1 < s.len &&
           http_skip(s.at, name + 1, s.len, HTTP_CLASS_TOKEN) == s.len;
}

/* Upgrade, RFC 9110 §7.8: a list of protocols in one field; an empty one is none. */
static enum http_refusal accept_upgrade(struct http_head *h, struct slice value)
{
    struct slice protocol;

    if (http_field_seen(h, HTTP_FIELD_UPGRADE)) {
        return HTTP_REFUSAL_BAD_UPGRADE;
    }
    h->upgrade = h->fields[h->nfields].value;
    if (value.len == 0) {
        return HTTP_REFUSAL_NONE;
    }
    while (slice_next(&value, ',', &protocol)) {
        if (!is_protocol(slice_trim(protocol))) {
            return HTTP_REFUSAL_BAD_UPGRADE;
        }
    }
    return HTTP_REFUSAL_NONE;
}

/* Sorted by length then name, so that a length finds its first row. `hop`: RFC 9110 §7.6.1 and
 * §11.7. */
static const struct known_field {
    struct slice name;
    enum http_field_id id;
    bool hop;
    field_rule request;
    field_rule response;
} known_fields[] = {
    /* clang-format off */
    {SLICE_INIT("te"),                    HTTP_FIELD_TE,                  true,  NULL,              NULL},
    {SLICE_INIT("host"),                  HTTP_FIELD_HOST,                false, accept_host,       NULL},
    {SLICE_INIT("expect"),                HTTP_FIELD_EXPECT,              false, accept_expect,     NULL},
    {SLICE_INIT("trailer"),               HTTP_FIELD_TRAILER,             true,  NULL,              NULL},
    {SLICE_INIT("upgrade"),               HTTP_FIELD_UPGRADE,             true,  accept_upgrade,    accept_upgrade},
    {SLICE_INIT("connection"),           HTTP_FIELD_CONNECTION,          true,  accept_connection, accept_connection},
    {SLICE_INIT("keep-alive"),           HTTP_FIELD_KEEP_ALIVE,          true,  NULL,              NULL},
    {SLICE_INIT("content-type"),         HTTP_FIELD_CONTENT_TYPE,        false, NULL,              NULL},
    {SLICE_INIT("content-length"),       HTTP_FIELD_CONTENT_LENGTH,      false, accept_length,     accept_length},
    {SLICE_INIT("proxy-connection"),     HTTP_FIELD_PROXY_CONNECTION,    true,  NULL,              NULL},
    {SLICE_INIT("transfer-encoding"),    HTTP_FIELD_TRANSFER_ENCODING,   true,  accept_transfer,   accept_transfer},
    {SLICE_INIT("proxy-authenticate"),   HTTP_FIELD_PROXY_AUTHENTICATE,  true,  NULL,              NULL},
    {SLICE_INIT("proxy-authorization"),  HTTP_FIELD_PROXY_AUTHORIZATION, true,  NULL,              NULL},
    /* clang-format on */
};

#define NKNOWN (sizeof(known_fields) / sizeof(known_fields[0]))

/* The first row of each length of name. */
static const uint8_t first_of_length[] = {
    NKNOWN, NKNOWN, 0, NKNOWN, 1, NKNOWN, 2, 3,  NKNOWN, NKNOWN,
    5,      NKNOWN, 7, NKNOWN, 8, NKNOWN, 9, 10, 11,     12,
};

static const struct known_field *find_known(struct slice name)
{
    if (name.len >= sizeof(first_of_length)) {
        return NULL;
    }
    for (size_t i = first_of_length[name.len]; i < NKNOWN; i++) {
        const struct known_field *known = &known_fields[i];

        if (known->name.len != name.len) {
            break;
        }
        /* Names of the table begin with a letter; most others are told apart by theirs. */
        if ((name.at[0] | 0x20) == known->name.at[0] && slice_equal_nocase(known->name, name)) {
            return known;
        }
    }
    return NULL;
}

/* Accepts the pending field as `known`, whose rule for this kind of message is `rule`. */
static enum http_refusal accept(struct http_head *h, const char *head,
                                const struct known_field *known, field_rule rule)
{
    struct http_field *field = &h->fields[h->nfields];
    enum http_refusal refusal = HTTP_REFUSAL_NONE;

    field->id = (uint8_t)known->id;
    field->hop = known->hop;
    if (rule != NULL) {
        refusal = rule(h, http_slice(head, field->value));
    }
    h->seen |= (uint16_t)(1U << known->id);
    h->nfields++;
    return refusal;
}

static const struct known_field unknown_field = {{"", 0}, HTTP_FIELD_OTHER, false, NULL, NULL};

static const struct known_field *known_of_pending(const struct http_head *h, const char *head)
{
    const struct known_field *known = find_known(http_slice(head, h->fields[h->nfields].name));

    return known == NULL ? &unknown_field : known;
}

enum http_refusal http_field_accept_request(struct http_head *h, const char *head)
{
    const struct known_field *known = known_of_pending(h, head);

    return accept(h, head, known, known->request);
}

enum http_refusal http_field_accept_response(struct http_head *h, const char *head)
{
    const struct known_field *known = known_of_pending(h, head);

    return accept(h, head, known, known->response);
}

/* Sorted. Fields that say what the message is or in whose name it comes: Connection can not take
 * them away. */
static const struct slice end_to_end[] = {
    /* clang-format off */
    SLICE_INIT("authorization"),
    SLICE_INIT("cache-control"),
    SLICE_INIT("content-encoding"),
    SLICE_INIT("content-length"),
    SLICE_INIT("content-type"),
    SLICE_INIT("expect"),
    SLICE_INIT("host"),
    SLICE_INIT("x-registry-auth"),
    SLICE_INIT("x-registry-config"),
    /* clang-format on */
};

static bool is_end_to_end(struct slice name)
{
    for (size_t i = 0; i < sizeof(end_to_end) / sizeof(end_to_end[0]); i++) {
        if (slice_equal_nocase(end_to_end[i], name)) {
            return true;
        }
    }
    return false;
}

static void mark_name(struct http_head *h, const char *head, struct slice name)
{
    for (size_t i = 0; i < h->nfields; i++) {
        if (slice_equal_nocase(http_slice(head, h->fields[i].name), name)) {
            h->fields[i].hop = true;
        }
    }
}

void http_field_mark_named(struct http_head *h, const char *head)
{
    for (size_t i = 0; h->noptions > 0 && i < h->nfields; i++) {
        struct slice options = http_slice(head, h->fields[i].value);
        struct slice option;

        if (h->fields[i].id != HTTP_FIELD_CONNECTION) {
            continue;
        }
        while (slice_next(&options, ',', &option)) {
            option = slice_trim(option);
            if (option.len > 0 && !is_end_to_end(option)) {
                mark_name(h, head, option);
            }
        }
    }
}
