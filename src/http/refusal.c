/* What a refusal says: status, sentence and name of each row of refusal.def.
 * The sentences go to clients, the names to logs and tests.
 * Static data only. */
#include "http/head.h"

static const struct refusal_row {
    unsigned status;
    struct slice text;
    struct slice name;
} rows[HTTP_REFUSAL_COUNT] = {
    [HTTP_REFUSAL_NONE] = {200, {"", 0}, {"NONE", 4}},
#define HTTP_REFUSAL(name, status, text)                                                           \
    [HTTP_REFUSAL_##name] = {status, {text, sizeof(text) - 1}, {#name, sizeof(#name) - 1}},
#include "http/refusal.def"
#undef HTTP_REFUSAL
};

static const struct refusal_row *row_of(enum http_refusal refusal)
{
    return &rows[refusal < HTTP_REFUSAL_COUNT ? refusal : HTTP_REFUSAL_NONE];
}

unsigned http_refusal_status(enum http_refusal refusal)
{
    return row_of(refusal)->status;
}

struct slice http_refusal_text(enum http_refusal refusal)
{
    return row_of(refusal)->text;
}

struct slice http_refusal_name(enum http_refusal refusal)
{
    return row_of(refusal)->name;
}
