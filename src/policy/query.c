/* Queries are read in the one way in which every engine's reader agrees, or not at all: pairs
 * between '&', '+' and %XX decoded, each limited name once. */
#include "policy/query.h"

#include "policy/glob.h"

/* A name or value, decoded; what is longer matches nothing. */
struct decoded {
    char at[GLOB_TEXT_MAX];
    size_t len;
    bool whole;
};

static bool decode(struct slice raw, struct decoded *to)
{
    to->len = 0;
    to->whole = true;
    for (size_t i = 0; i < raw.len; i++) {
        uint64_t byte = (unsigned char)raw.at[i];

        if (byte == '+') {
            byte = ' ';
        } else if (byte == '%') {
            if (i + 2 >= raw.len || !slice_to_u64(slice_sub(raw, i + 1, 2), 16, 255, &byte)) {
                return false;
            }
            i += 2;
        }
        if (to->len == sizeof(to->at)) {
            to->whole = false;
        } else {
            to->at[to->len++] = (char)(unsigned char)byte;
        }
    }
    return true;
}

/* The next letter folded: a capital, and the two outside ASCII that fold onto letters, are small.
 */
static char fold(struct slice s, size_t *used)
{
    static const struct slice long_s = SLICE_INIT("\xc5\xbf");
    static const struct slice kelvin = SLICE_INIT("\xe2\x84\xaa");
    char c = s.at[0];

    *used = 1;
    if (slice_starts_with(s, long_s)) {
        *used = 2;
        return 's';
    }
    if (slice_starts_with(s, kelvin)) {
        *used = 3;
        return 'k';
    }
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool query_names_fold(struct slice name, struct slice other)
{
    while (name.len > 0 && other.len > 0) {
        size_t a;
        size_t b;
        if (fold(name, &a) != fold(other, &b)) {
            return false;
        }
        name = slice_sub(name, a, name.len);
        other = slice_sub(other, b, other.len);
    }
    return name.len == 0 && other.len == 0;
}

static bool is_allowed(const struct query_limit *limit, struct slice value)
{
    for (size_t i = 0; i < limit->n; i++) {
        if (glob_match(limit->pattern[i], value)) {
            return true;
        }
    }
    return false;
}

/* One limit against the whole query; its escapes are known to be right. */
static enum query_wrong check_limit(const struct query_limit *limit, struct slice query)
{
    struct decoded text;
    struct slice pair;
    bool found = false;

    while (query.len > 0 && slice_next(&query, '&', &pair)) {
        size_t equals = slice_find(pair, '=');
        (void)decode(slice_sub(pair, 0, equals), &text);
        struct slice name = slice_of(text.at, text.len);
        if (pair.len == 0 || !text.whole || !query_names_fold(name, limit->name)) {
            continue;
        }
        if (!slice_equal(name, limit->name)) {
            return QUERY_SPELLING;
        }
        if (found) {
            return QUERY_TWICE;
        }
        found = true;
        (void)decode(slice_sub(pair, equals + 1, pair.len), &text);
        if (!text.whole || !is_allowed(limit, slice_of(text.at, text.len))) {
            return QUERY_VALUE;
        }
    }
    return found || is_allowed(limit, SLICE("")) ? QUERY_FINE : QUERY_MISSING;
}

static bool is_readable(struct slice query)
{
    struct decoded text;

    return slice_find(query, ';') == query.len && decode(query, &text);
}

enum query_wrong query_check(const struct query_limits *limits, enum operation_id op,
                             struct slice query, const struct query_limit **limit)
{
    if (!operation_set_has(&limits->some, op)) {
        return QUERY_FINE;
    }
    for (size_t i = 0; i < limits->n; i++) {
        if (!operation_set_has(&limits->at[i].operations, op)) {
            continue;
        }
        *limit = &limits->at[i];
        enum query_wrong wrong = is_readable(query) ? check_limit(*limit, query) : QUERY_UNREADABLE;
        if (wrong != QUERY_FINE) {
            return wrong;
        }
    }
    return QUERY_FINE;
}

void query_put_wrong(enum query_wrong wrong, const struct query_limit *limit, struct buf *out)
{
    static const struct slice says[] = {
        [QUERY_FINE] = SLICE_INIT(" is fine"),
        [QUERY_VALUE] = SLICE_INIT(" must be one of: "),
        [QUERY_MISSING] = SLICE_INIT(" is missing, and must be one of: "),
        [QUERY_TWICE] = SLICE_INIT(" stands twice"),
        [QUERY_SPELLING] = SLICE_INIT(" stands there in another spelling, which some engines take"),
        [QUERY_UNREADABLE] = SLICE_INIT(" is limited, and the query can't be read in one way only"),
    };
    bool lists = wrong == QUERY_VALUE || wrong == QUERY_MISSING;

    (void)buf_put(out, SLICE("the query's "));
    (void)buf_put_escaped(out, limit->name);
    (void)buf_put(out, says[wrong]);
    for (size_t i = 0; lists && i < limit->n; i++) {
        (void)buf_put(out, i == 0 ? SLICE("") : SLICE(", "));
        (void)(limit->pattern[i].len == 0 ? buf_put(out, SLICE("\"\""))
                                          : buf_put_escaped(out, limit->pattern[i]));
    }
}
