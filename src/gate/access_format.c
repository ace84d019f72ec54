/* One line of the access log, classic or JSON: from what happened to one request to bytes.
 * Pure: no clock, no descriptor, no memory of its own. Whatever a client sent is escaped here, so
 * that it can neither end a line nor leave its quotes. */
#include "gate/access_log.h"

#include "base/buf.h"

#include <time.h>

/* clang-format off */
static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static const struct slice verdict_names[] = {
    [VERDICT_ALLOW]  = {"allow", 5},
    [VERDICT_DENY]   = {"deny", 4},
    [VERDICT_REJECT] = {"reject", 6},
    [VERDICT_WOULD_DENY] = {"would-deny", 10},
};
/* clang-format on */

/* Writes `value` as `digits` decimal digits with leading zeros, the low ones where it has more.
 * Returns the end. */
static char *put_digits(char *at, unsigned value, unsigned digits)
{
    for (unsigned i = digits; i > 0; i--) {
        at[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + digits;
}

static unsigned field(int value, int base)
{
    return value + base < 0 ? 0 : (unsigned)(value + base);
}

/* The zone's offset as +HHMM, with `separator` between hours and minutes unless it is NUL. */
static char *put_zone(char *at, long offset, char separator)
{
    unsigned long seconds = offset < 0 ? 0UL - (unsigned long)offset : (unsigned long)offset;
    *at++ = offset < 0 ? '-' : '+';
    at = put_digits(at, (unsigned)(seconds / 3600), 2);
    if (separator != '\0') {
        *at++ = separator;
    }
    return put_digits(at, (unsigned)(seconds / 60 % 60), 2);
}

static char *put_clock(char *at, const struct tm *t)
{
    at = put_digits(at, field(t->tm_hour, 0), 2);
    *at++ = ':';
    at = put_digits(at, field(t->tm_min, 0), 2);
    *at++ = ':';
    return put_digits(at, field(t->tm_sec, 0), 2);
}

/* 25/Jan/2023:15:25:12 -0500, as in the common log format. Returns its end. */
static char *put_classic_time(char *at, const struct tm *t)
{
    at = put_digits(at, field(t->tm_mday, 0), 2);
    *at++ = '/';
    memcpy(at, months[field(t->tm_mon, 0) % 12], 3);
    at[3] = '/';
    at = put_digits(at + 4, field(t->tm_year, 1900), 4);
    *at++ = ':';
    at = put_clock(at, t);
    *at++ = ' ';
    return put_zone(at, t->tm_gmtoff, '\0');
}

/* 2023-01-25T15:25:12. of RFC 3339; the second's fraction and the zone follow. Returns its end. */
static char *put_json_time(char *at, const struct tm *t)
{
    at = put_digits(at, field(t->tm_year, 1900), 4);
    *at++ = '-';
    at = put_digits(at, field(t->tm_mon, 1), 2);
    *at++ = '-';
    at = put_digits(at, field(t->tm_mday, 0), 2);
    *at++ = 'T';
    at = put_clock(at, t);
    *at++ = '.';
    return at;
}

void access_second_set(struct access_second *second, const struct tm *local)
{
    second->classic_len = (uint8_t)(put_classic_time(second->classic, local) - second->classic);
    second->json_len = (uint8_t)(put_json_time(second->json, local) - second->json);
    second->zone_len = (uint8_t)(put_zone(second->zone, local->tm_gmtoff, ':') - second->zone);
}

/* The request line; "-" where the head was too broken to have one. */
static void put_request_line(struct buf *out, const struct access_entry *e)
{
    if (e->method.len == 0 && e->target.len == 0) {
        buf_put_byte(out, '-');
        return;
    }
    buf_put_escaped(out, e->method);
    buf_put_byte(out, ' ');
    buf_put_escaped(out, e->target);
    buf_put(out, SLICE(" HTTP/1."));
    buf_put_u64(out, e->minor);
}

/* What decided: the option, Default where no option would grant it, Malformed where there was
 * nothing to decide. */
static void put_location(struct buf *out, const struct access_entry *e)
{
    const struct verdict *v = e->verdict;
    if (v->kind == VERDICT_REJECT) {
        buf_put(out, SLICE("Malformed"));
    } else if (v->option == OPTION_NONE && v->rule.len == 0) {
        buf_put(out, SLICE("Default"));
    } else {
        buf_put_escaped(out, verdict_decided_by(v));
    }
    if (v->rule_limit) {
        buf_put(out, SLICE(" gave up"));
    }
    if (v->kind == VERDICT_WOULD_DENY) {
        buf_put(out, SLICE(" (WOULD DENY)"));
    } else if (v->kind != VERDICT_ALLOW) {
        buf_put(out, SLICE(" (BLOCKED)"));
    }
    if (e->starts) {
        buf_put(out, SLICE(" (start)"));
    }
}

static void format_classic(const struct access_entry *e, const struct access_second *second,
                           struct buf *out)
{
    buf_put_byte(out, '[');
    buf_put(out, slice_of(second->classic, second->classic_len));
    buf_put(out, SLICE("] \""));
    put_request_line(out, e);
    buf_put(out, SLICE("\" "));
    buf_put_u64(out, e->status);
    buf_put(out, SLICE(" [Location: "));
    put_location(out, e);
    buf_put(out, SLICE("]\n"));
}

/* `lead` is `,"name":"`; the closing quote is ours. */
static void put_json_text(struct buf *out, struct slice lead, struct slice value)
{
    buf_put(out, lead);
    buf_put_json(out, value);
    buf_put_byte(out, '"');
}

/* The same of a text of ours, in which nothing has to be escaped. */
static void put_json_word(struct buf *out, struct slice lead, struct slice value)
{
    buf_put(out, lead);
    buf_put(out, value);
    buf_put_byte(out, '"');
}

/* Null where there is no value. `lead` ends before the value's opening quote. */
static void put_json_maybe(struct buf *out, struct slice lead, struct slice value, bool ours)
{
    buf_put(out, lead);
    if (value.len == 0) {
        buf_put(out, SLICE("null"));
    } else if (ours) {
        put_json_word(out, SLICE("\""), value);
    } else {
        put_json_text(out, SLICE("\""), value);
    }
}

static void put_json_number(struct buf *out, struct slice lead, uint64_t value)
{
    buf_put(out, lead);
    buf_put_u64(out, value);
}

static void put_json_ms(struct buf *out, struct slice lead, uint64_t us)
{
    char fraction[4] = {'.'};
    put_digits(fraction + 1, (unsigned)(us % 1000), 3);
    put_json_number(out, lead, us / 1000);
    buf_put(out, slice_of(fraction, sizeof(fraction)));
}

/* The API's own name of the operation; the template of those that the specification lacks. */
static struct slice operation_text(const struct verdict *v)
{
    if (v->kind == VERDICT_REJECT || v->match.operation >= OPERATION_COUNT) {
        return (struct slice){NULL, 0};
    }
    const struct operation *op = operation_get(v->match.operation);
    return slice_equal(op->operation_id, SLICE("-")) ? op->path : op->operation_id;
}

static struct slice option_text(const struct verdict *v)
{
    if (v->kind == VERDICT_REJECT || (v->option == OPTION_NONE && v->rule.len == 0)) {
        return (struct slice){NULL, 0};
    }
    return verdict_decided_by(v);
}

static void format_json(const struct access_entry *e, const struct access_second *second,
                        struct buf *out)
{
    const struct verdict *v = e->verdict;
    char ms[3];
    put_digits(ms, (unsigned)(e->started_unix_ms % 1000), 3);
    buf_put(out, SLICE("{\"time\":\""));
    buf_put(out, slice_of(second->json, second->json_len));
    buf_put(out, slice_of(ms, sizeof(ms)));
    buf_put(out, slice_of(second->zone, second->zone_len));
    buf_put(out, e->starts ? SLICE("\",\"event\":\"start\"") : SLICE("\",\"event\":\"end\""));
    put_json_text(out, SLICE(",\"client\":\""), e->client);
    put_json_text(out, SLICE(",\"listener\":\""), e->listener);
    put_json_text(out, SLICE(",\"method\":\""), e->method);
    put_json_text(out, SLICE(",\"target\":\""), e->target);
    put_json_maybe(out, SLICE(",\"operation\":"), operation_text(v), true);
    put_json_maybe(out, SLICE(",\"option\":"), option_text(v), v->rule.len == 0);
    if (e->policy.len > 0) {
        put_json_text(out, SLICE(",\"policy\":\""), e->policy);
    }
    put_json_word(out, SLICE(",\"verdict\":\""), verdict_names[v->kind]);
    if (v->kind == VERDICT_REJECT) {
        put_json_word(out, SLICE(",\"refusal\":\""), http_refusal_name(v->refusal));
    }
    put_json_number(out, SLICE(",\"status\":"), e->status);
    put_json_number(out, SLICE(",\"bytes_in\":"), e->bytes_in);
    put_json_number(out, SLICE(",\"bytes_out\":"), e->bytes_out);
    put_json_ms(out, SLICE(",\"head_ms\":"), e->head_us);
    if (!e->starts) {
        put_json_ms(out, SLICE(",\"end_ms\":"), e->total_us);
    }
    buf_put(out, SLICE("}\n"));
}

bool access_log_format(enum access_log_format format, const struct access_entry *e,
                       const struct access_second *second, struct buf *out)
{
    size_t before = out->len;
    if (format == ACCESS_LOG_JSON) {
        format_json(e, second, out);
    } else {
        format_classic(e, second, out);
    }
    if (out->full) {
        out->len = before;
        return false;
    }
    return true;
}
