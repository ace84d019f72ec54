/* Strings of answers. What the engine writes as one thing (an assignment, a bind) is cut where the
 * engine itself cuts it; escapes never stand for the bytes that are looked for here, since Go
 * escapes only quotes, backslashes, control bytes and <, >, &. */
#include "inspect/view_text.h"

#include "inspect/image_name.h"

static uint32_t hex4(const char *at)
{
    uint64_t value = 0;
    (void)slice_to_u64(slice_of(at, 4), 16, UINT16_MAX, &value); /* the reader has checked it */
    return (uint32_t)value;
}

static bool put_utf8(struct buf *out, uint32_t point)
{
    char bytes[4];
    size_t n = 0;
    if (point < 0x80) {
        bytes[n++] = (char)point;
    } else if (point < 0x800) {
        bytes[n++] = (char)(0xc0 | point >> 6);
        bytes[n++] = (char)(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        bytes[n++] = (char)(0xe0 | point >> 12);
        bytes[n++] = (char)(0x80 | (point >> 6 & 0x3f));
        bytes[n++] = (char)(0x80 | (point & 0x3f));
    } else {
        bytes[n++] = (char)(0xf0 | point >> 18);
        bytes[n++] = (char)(0x80 | (point >> 12 & 0x3f));
        bytes[n++] = (char)(0x80 | (point >> 6 & 0x3f));
        bytes[n++] = (char)(0x80 | (point & 0x3f));
    }
    return buf_put(out, slice_of(bytes, n));
}

/* Reads a \u with its four digits, or a pair of them, at `raw`; returns its length. */
static size_t read_unicode(struct slice raw, uint32_t *point)
{
    *point = hex4(raw.at + 2);
    if (*point < 0xd800 || *point > 0xdfff) {
        return 6;
    }
    if (*point < 0xdc00 && raw.len >= 12 && raw.at[6] == '\\' && raw.at[7] == 'u') {
        uint32_t low = hex4(raw.at + 8);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *point = 0x10000 + ((*point - 0xd800) << 10) + (low - 0xdc00);
            return 12;
        }
    }
    *point = 0xfffd; /* half a pair, as Go reads it */
    return 6;
}

bool view_text_decode(struct slice raw, struct buf *out)
{
    static const char FROM[] = "bfnrt\"\\/";
    static const char TO[] = "\b\f\n\r\t\"\\/";
    while (raw.len > 0 && !out->full) {
        size_t used = 1;
        if (raw.at[0] != '\\' || raw.len < 2) {
            (void)buf_put_byte(out, raw.at[0]); /* `full` is looked at below */
        } else if (raw.at[1] == 'u' && raw.len >= 6) {
            uint32_t point;
            used = read_unicode(raw, &point);
            (void)put_utf8(out, point);
        } else {
            const char *found = memchr(FROM, raw.at[1], sizeof(FROM) - 1);
            used = 2;
            (void)buf_put_byte(out, found == NULL ? raw.at[1] : TO[found - FROM]);
        }
        raw = slice_sub(raw, used, raw.len);
    }
    return !out->full;
}

bool view_text_has_half(struct slice raw)
{
    for (size_t i = 0; raw.at != NULL && i + 1 < raw.len; i++) {
        uint32_t point = 0;
        struct slice rest = slice_sub(raw, i, raw.len);

        if (raw.at[i] != '\\') {
            continue;
        }
        size_t used = raw.at[i + 1] == 'u' && rest.len >= 6 ? read_unicode(rest, &point) : 2;
        if (point == 0xfffd && !slice_equal_nocase(slice_sub(rest, 2, 4), SLICE("fffd"))) {
            return true;
        }
        i += used - 1;
    }
    return false;
}

bool view_text_glob(struct slice glob, struct slice text)
{
    size_t g = 0;
    size_t t = 0;
    size_t star = SIZE_MAX; /* behind the last one met, and what it has eaten up to */
    size_t eaten = 0;
    if (!image_name_is_meant(glob, text)) {
        return false;
    }
    while (t < text.len) {
        if (g < glob.len && glob.at[g] == '*') {
            star = ++g;
            eaten = t;
        } else if (g < glob.len && (glob.at[g] == '?' || glob.at[g] == text.at[t])) {
            g++;
            t++;
        } else if (star != SIZE_MAX) {
            g = star;
            t = ++eaten;
        } else {
            return false;
        }
    }
    while (g < glob.len && glob.at[g] == '*') {
        g++;
    }
    return g == glob.len;
}

size_t view_text_env(struct slice raw)
{
    size_t at = slice_find(raw, '=');
    return at == raw.len ? 0 : at + 1;
}

size_t view_text_action(struct slice raw)
{
    if (!slice_starts_with(raw, SLICE("exec_"))) {
        return raw.len;
    }
    size_t at = slice_find(raw, ':');
    if (at == raw.len) {
        return raw.len;
    }
    return at + 2 <= raw.len && raw.at[at + 1] == ' ' ? at + 2 : at + 1;
}

/* A volume's name: [a-zA-Z0-9][a-zA-Z0-9_.-]* */
static bool is_volume(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        bool word = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        if (!word && (i == 0 || (c != '_' && c != '.' && c != '-'))) {
            return false;
        }
    }
    return true;
}

size_t view_text_bind(struct slice raw)
{
    struct slice source = slice_sub(raw, 0, slice_find(raw, ':'));
    return is_volume(source) ? 0 : source.len;
}

/* What the engine adds to an event's attributes, and what its values are made of. */
bool view_text_is_word(struct slice name, struct slice value)
{
    static const char DIGITS[] = "0123456789";
    static const char HEX[] = "0123456789abcdef";
    static const struct {
        struct slice name;
        struct slice of; /* the bytes of a value; empty: any, since it takes the place of a label */
    } WORDS[] = {
        {SLICE_INIT("container"), {HEX, 16}}, {SLICE_INIT("execDuration"), {DIGITS, 10}},
        {SLICE_INIT("execID"), {HEX, 16}},    {SLICE_INIT("exitCode"), {DIGITS, 10}},
        {SLICE_INIT("image"), {NULL, 0}},     {SLICE_INIT("name"), {NULL, 0}},
        {SLICE_INIT("signal"), {DIGITS, 10}},
    };
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
        if (!slice_equal(WORDS[i].name, name)) {
            continue;
        }
        for (size_t n = 0; n < value.len && WORDS[i].of.len > 0; n++) {
            if (slice_find(WORDS[i].of, value.at[n]) == WORDS[i].of.len) {
                return false;
            }
        }
        return true;
    }
    return false;
}
