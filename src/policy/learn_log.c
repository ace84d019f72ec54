/* Reads access logs back. Both formats escape whatever a client sent, so a line's own quotes can't
 * be forged: where a line begins is found by a text that holds one. */
#include "policy/learn_log.h"

#include "api/match.h"
#include "http/target.h"
#include "policy/learn_time.h"

enum entry_verdict { ENTRY_PASSED, ENTRY_DENIED, ENTRY_MALFORMED };

/* What a line says. */
struct entry {
    uint64_t ms;
    struct slice method;
    struct slice target;
    enum entry_verdict verdict;
    bool starts;
};

/* Takes `text` off the front; false where something else stands there. */
static bool take(struct slice *in, struct slice text)
{
    if (!slice_starts_with(*in, text)) {
        return false;
    }
    *in = slice_sub(*in, text.len, in->len);
    return true;
}

static struct slice from_first(struct slice in, struct slice text)
{
    const char *at = in.at == NULL ? NULL : memmem(in.at, in.len, text.at, text.len);
    return at == NULL ? (struct slice){NULL, 0} : slice_sub(in, (size_t)(at - in.at), in.len);
}

static bool read_hex(struct slice in, size_t digits, uint64_t *value)
{
    return in.len >= digits && slice_to_u64(slice_sub(in, 0, digits), 16, 0xffff, value);
}

/* ---- classic ---- */

/* Takes a text up to its closing quote, as buf_put_escaped and nginx write it, into `out`. */
static bool take_escaped(struct slice *in, struct buf *out)
{
    for (size_t i = 0; i < in->len; i++) {
        char c = in->at[i];
        uint64_t byte;
        if (c == '"') {
            *in = slice_sub(*in, i + 1, in->len);
            return !out->full;
        }
        if (c != '\\') {
            buf_put_byte(out, c);
            continue;
        }
        i++;
        if (i < in->len && (in->at[i] == '"' || in->at[i] == '\\')) {
            buf_put_byte(out, in->at[i]);
        } else if (i < in->len && in->at[i] == 'x' &&
                   read_hex(slice_sub(*in, i + 1, in->len), 2, &byte)) {
            buf_put_byte(out, (char)byte);
            i += 2;
        } else {
            return false;
        }
    }
    return false;
}

/* "GET /path HTTP/1.1" in its parts. */
static bool split_request(struct slice line, struct entry *e)
{
    struct slice rest = line;
    return slice_next(&rest, ' ', &e->method) && e->method.len > 0 &&
           slice_next(&rest, ' ', &e->target) && e->target.len > 0 &&
           slice_starts_with(rest, SLICE("HTTP/1."));
}

/* " 200 [Location: IMAGES (BLOCKED)]" */
static bool read_location(struct slice in, struct entry *e)
{
    uint64_t status;
    if (!take(&in, SLICE(" ")) || !slice_to_u64(slice_sub(in, 0, 3), 10, 999, &status)) {
        return false;
    }
    in = slice_sub(in, 3, in.len);
    if (!take(&in, SLICE(" [Location: "))) {
        return false;
    }
    bool malformed = slice_starts_with(in, SLICE("Malformed "));
    size_t name = 0;
    while (name < in.len && in.at[name] != ' ' && in.at[name] != ']') {
        name++;
    }
    in = slice_sub(in, name, in.len);
    bool blocked = take(&in, SLICE(" (BLOCKED)"));
    (void)(blocked || take(&in, SLICE(" (WOULD DENY)"))); /* let through: as good as allowed */
    e->starts = take(&in, SLICE(" (start)"));
    e->verdict = !blocked ? ENTRY_PASSED : malformed ? ENTRY_MALFORMED : ENTRY_DENIED;
    return name > 0 && take(&in, SLICE("]")) && slice_trim(in).len == 0;
}

/* Where a classic line begins: a time in brackets with a quote behind it. */
static bool find_classic(struct slice *in, uint64_t *ms)
{
    for (size_t i = 0; i < in->len; i++) {
        struct slice rest = slice_sub(*in, i, in->len);
        if (take(&rest, SLICE("[")) && learn_time_take_classic(&rest, ms) &&
            take(&rest, SLICE("] \""))) {
            *in = rest;
            return true;
        }
    }
    return false;
}

static bool read_classic(struct learn_log *log, struct slice in, struct entry *e)
{
    struct buf text;
    buf_init(&text, log->text, sizeof(log->text));
    if (!find_classic(&in, &e->ms) || !take_escaped(&in, &text) || !read_location(in, e)) {
        return false;
    }
    return e->verdict == ENTRY_MALFORMED || split_request(buf_slice(&text), e);
}

/* ---- JSON ---- */

/* Takes a JSON string (RFC 8259 §7) behind its first quote into `out`. A character that is none of
 * ASCII stands as byte 0xff: no accepted request line has one. */
static bool take_json_text(struct slice *in, struct buf *out)
{
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    for (size_t i = 0; i < in->len; i++) {
        char c = in->at[i];
        uint64_t unit;
        if (c == '"') {
            *in = slice_sub(*in, i + 1, in->len);
            return !out->full;
        }
        if ((unsigned char)c < 0x20) {
            return false;
        }
        if (c != '\\') {
            buf_put_byte(out, (unsigned char)c < 0x80 ? c : '\xff');
            continue;
        }
        i++;
        const char *name = i < in->len ? memchr(names, in->at[i], sizeof(names) - 1) : NULL;
        if (name != NULL) {
            buf_put_byte(out, values[name - names]);
        } else if (i < in->len && in->at[i] == 'u' &&
                   read_hex(slice_sub(*in, i + 1, in->len), 4, &unit)) {
            buf_put_byte(out, unit < 0x80 ? (char)unit : '\xff');
            i += 4;
        } else {
            return false;
        }
    }
    return false;
}

static void skip_blanks(struct slice *in)
{
    while (in->len > 0 && (in->at[0] == ' ' || in->at[0] == '\t')) {
        *in = slice_sub(*in, 1, in->len);
    }
}

static bool is_word_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == 'E' || c == '+' || c == '-' ||
           c == '.';
}

/* Takes a number, true, false or null. */
static bool take_json_word(struct slice *in)
{
    size_t n = 0;
    while (n < in->len && is_word_byte(in->at[n])) {
        n++;
    }
    *in = slice_sub(*in, n, in->len);
    return n > 0;
}

enum json_key { KEY_TIME, KEY_EVENT, KEY_METHOD, KEY_TARGET, KEY_VERDICT, KEY_COUNT };

static enum json_key find_key(struct slice name)
{
    static const struct slice names[KEY_COUNT] = {SLICE_INIT("time"), SLICE_INIT("event"),
                                                  SLICE_INIT("method"), SLICE_INIT("target"),
                                                  SLICE_INIT("verdict")};
    size_t i = 0;
    while (i < KEY_COUNT && !slice_equal(names[i], name)) {
        i++;
    }
    return (enum json_key)i;
}

/* One member. Texts that matter are kept in `values`, one behind the other in `text`. */
static bool take_member(struct slice *in, struct buf *text, struct slice *values)
{
    size_t start = text->len;
    if (!take(in, SLICE("\"")) || !take_json_text(in, text)) {
        return false;
    }
    enum json_key key = find_key(slice_sub(buf_slice(text), start, text->len));
    text->len = start;
    skip_blanks(in);
    if (!take(in, SLICE(":"))) {
        return false;
    }
    skip_blanks(in);
    if (!take(in, SLICE("\""))) {
        return key == KEY_COUNT && take_json_word(in);
    }
    if (!take_json_text(in, text) || (key != KEY_COUNT && values[key].at != NULL)) {
        return false;
    }
    if (key == KEY_COUNT) {
        text->len = start;
    } else {
        values[key] = slice_of(text->at + start, text->len - start);
    }
    return true;
}

/* A flat object and nothing behind it. */
static bool read_object(struct slice in, struct buf *text, struct slice *values)
{
    bool more = take(&in, SLICE("{"));
    if (!more) {
        return false;
    }
    while (more) {
        skip_blanks(&in);
        if (!take_member(&in, text, values)) {
            return false;
        }
        skip_blanks(&in);
        more = take(&in, SLICE(","));
    }
    return take(&in, SLICE("}")) && slice_trim(in).len == 0;
}

static bool read_verdict(struct slice word, struct entry *e)
{
    static const struct {
        struct slice word;
        enum entry_verdict verdict;
    } words[] = {
        {SLICE_INIT("allow"), ENTRY_PASSED},
        {SLICE_INIT("would-deny"), ENTRY_PASSED},
        {SLICE_INIT("deny"), ENTRY_DENIED},
        {SLICE_INIT("reject"), ENTRY_MALFORMED},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (slice_equal(words[i].word, word)) {
            e->verdict = words[i].verdict;
            return true;
        }
    }
    return false;
}

static bool read_json(struct learn_log *log, struct slice in, struct entry *e)
{
    struct slice values[KEY_COUNT] = {{NULL, 0}};
    struct buf text;
    buf_init(&text, log->text, sizeof(log->text));
    if (!read_object(in, &text, values)) {
        return false;
    }
    e->method = values[KEY_METHOD];
    e->target = values[KEY_TARGET];
    e->starts = slice_equal(values[KEY_EVENT], SLICE("start"));
    struct slice time = values[KEY_TIME];
    return learn_time_take_rfc3339(&time, &e->ms) && time.len == 0 &&
           read_verdict(values[KEY_VERDICT], e) &&
           (e->starts || slice_equal(values[KEY_EVENT], SLICE("end"))) && e->method.at != NULL &&
           e->target.at != NULL;
}

/* ---- both ---- */

/* A stream has a line when it starts and one when it ends, and is one request. */
static bool is_counted(struct learn_log *log, enum operation_id op, bool starts)
{
    if (starts) {
        log->open[op]++;
    } else if (log->open[op] > 0) {
        log->open[op]--;
        return false;
    }
    return true;
}

static bool add(struct learn_log *log, const struct entry *e, struct learn *l)
{
    struct http_target target;
    struct api_match match;
    if (e->verdict == ENTRY_MALFORMED) {
        l->nmalformed++;
        return true;
    }
    if (http_target_read(e->target, log->path, &target) != HTTP_REFUSAL_NONE) {
        return false; /* the gate would not have let it pass as well-formed */
    }
    if (!api_match(e->method, target.path, &match)) {
        l->nunknown++;
        return true;
    }
    struct learn_use *use =
        e->verdict == ENTRY_PASSED ? &l->used[match.operation] : &l->denied[match.operation];
    if (e->verdict != ENTRY_PASSED || is_counted(log, match.operation, e->starts)) {
        learn_add(use, 1, e->ms, e->ms);
    } else if (e->ms > use->last_ms) {
        use->last_ms = e->ms;
    }
    return true;
}

/* Learning covers the time from the first line to the last, whatever their order. */
static void extend(uint64_t ms, struct learn *l)
{
    uint64_t end = l->since_ms + l->spent_ms;
    if (l->since_ms == 0 || ms < l->since_ms) {
        l->spent_ms = l->since_ms == 0 ? 0 : end - ms;
        l->since_ms = ms;
    } else if (ms > end) {
        l->spent_ms = ms - l->since_ms;
    }
}

bool learn_log_line(struct learn_log *log, struct slice line, struct learn *l)
{
    struct entry e = {.ms = 0};
    if (slice_ends_with(line, SLICE("\r"))) {
        line.len--;
    }
    struct slice object = from_first(line, SLICE("{\""));
    bool read = object.at != NULL && read_json(log, object, &e);
    if (!read && !read_classic(log, line, &e)) {
        return false;
    }
    if (!add(log, &e, l)) {
        return false;
    }
    extend(e.ms, l);
    return true;
}
