/* Limits on queries. What passes is read again here, by the naive readings that engines have: the
 * first value, the last, and names in any case. None of them finds a value that isn't allowed. */
#include "fuzz.h"

#include "policy/query.h"

static const struct slice PATTERNS[] = {SLICE_INIT(""), SLICE_INIT("aux"), SLICE_INIT("-e?")};
static const struct query_limit LIMIT = {.name = SLICE_INIT("ks"), .pattern = PATTERNS, .n = 3};

static int digit(char c)
{
    static const struct slice digits = SLICE_INIT("0123456789abcdef");
    size_t at = slice_find(digits, c >= 'A' && c <= 'F' ? (char)(c + 32) : c);
    return at == digits.len ? -1 : (int)at;
}

/* Skips what it can't decode, as the lenient do. */
static size_t decode(struct slice raw, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.at[i];
        if (c == '%' && i + 2 < raw.len && digit(raw.at[i + 1]) >= 0 && digit(raw.at[i + 2]) >= 0) {
            c = (char)(digit(raw.at[i + 1]) * 16 + digit(raw.at[i + 2]));
            i += 2;
        }
        out[n++] = c == '+' ? ' ' : c;
    }
    return n;
}

static bool is_name(struct slice name)
{
    return slice_equal_nocase(name, SLICE("ks")) ||
           slice_equal_nocase(name, SLICE("\xe2\x84\xaas")) ||
           slice_equal_nocase(name, SLICE("k\xc5\xbf")) ||
           slice_equal_nocase(name, SLICE("\xe2\x84\xaa\xc5\xbf"));
}

static bool is_value(struct slice v)
{
    return v.len == 0 || slice_equal(v, SLICE("aux")) ||
           (v.len == 3 && v.at[0] == '-' && v.at[1] == 'e' && v.at[2] != '/');
}

/* There is no ';', which some readers take for a separator as well. */
static void check_passed(struct slice query, char *room)
{
    struct slice pair;
    FUZZ_EXPECT(slice_find(query, ';') == query.len);
    while (query.len > 0 && slice_next(&query, '&', &pair)) {
        size_t equals = slice_find(pair, '=');
        struct slice name = slice_of(room, decode(slice_sub(pair, 0, equals), room));
        if (is_name(name)) {
            FUZZ_EXPECT(
                is_value(slice_of(room, decode(slice_sub(pair, equals + 1, pair.len), room))));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice query = slice_of((const char *)data, size);
    struct query_limit limit = LIMIT;
    struct query_limits limits = {.at = &limit, .n = 1};
    const struct query_limit *whose = NULL;
    char said[256];
    struct buf b;
    char *room = malloc(size + 1);

    FUZZ_EXPECT(room != NULL);
    operation_set_add(&limit.operations, OPERATION_CONTAINER_TOP);
    limits.some = limit.operations;
    enum query_wrong wrong = query_check(&limits, OPERATION_CONTAINER_TOP, query, &whose);
    FUZZ_EXPECT(whose == &limit);
    if (wrong == QUERY_FINE) {
        check_passed(query, room);
    } else {
        buf_init(&b, said, sizeof(said));
        query_put_wrong(wrong, whose, &b);
        FUZZ_EXPECT(!b.full && b.len > 0);
    }
    free(room);
    return 0;
}
