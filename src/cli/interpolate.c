/* The interpolation of Compose files, strictly: what it does not know it refuses. */
#include "cli/interpolate.h"

/* Defaults within defaults. */
#define DEPTH_MAX 8

/* Names in messages are cut here. */
#define SHOWN 64

struct interpolation {
    const struct text_list *known;
    struct buf *out;
    struct diag *d;
    unsigned depth;
};

static bool is_name_byte(char c, bool first)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

    return letter || (!first && c >= '0' && c <= '9');
}

/* How many bytes at the front are a variable's name. */
static size_t name_length(struct slice s)
{
    size_t n = 0;

    while (n < s.len && is_name_byte(s.at[n], n == 0)) {
        n++;
    }
    return n;
}

/* The place of the '}' that ends what stands behind "${", or s.len. */
static size_t find_end(struct slice s)
{
    unsigned open = 0;

    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '$' && i + 1 < s.len && s.at[i + 1] == '{') {
            open++;
        } else if (s.at[i] == '}' && open == 0) {
            return i;
        } else if (s.at[i] == '}') {
            open--;
        }
    }
    return s.len;
}

static bool put(const struct interpolation *in, struct slice s)
{
    return buf_put(in->out, s) || diag_set(in->d, "a value is too long");
}

static bool unknown(const struct interpolation *in, struct slice name)
{
    return diag_set(in->d,
                    "the value of ${%.*s} is not in the file and has no default; give it with "
                    "--env-file",
                    (int)(name.len < SHOWN ? name.len : SHOWN), name.at);
}

static bool run(struct interpolation *in, struct slice text);

static bool run_word(struct interpolation *in, struct slice word)
{
    if (in->depth == DEPTH_MAX) {
        return diag_set(in->d, "defaults within defaults are too deep");
    }
    in->depth++;
    bool ok = run(in, word);
    in->depth--;
    return ok;
}

/* What stands between the braces: NAME, an operator, a word. */
static bool run_braces(struct interpolation *in, struct slice inner)
{
    size_t n = name_length(inner);
    struct slice name = slice_sub(inner, 0, n);
    struct slice value = text_list_get(in->known, name);
    bool colon = n < inner.len && inner.at[n] == ':';
    struct slice rest = slice_sub(inner, n + (colon ? 1 : 0), SIZE_MAX);
    bool set = value.at != NULL && (!colon || value.len > 0);
    struct slice word = slice_sub(rest, 1, SIZE_MAX);

    if (n > 0 && rest.len == 0 && !colon) {
        return value.at != NULL ? put(in, value) : unknown(in, name);
    }
    if (n > 0 && rest.len > 0 && rest.at[0] == '-') {
        return set ? put(in, value) : run_word(in, word);
    }
    if (n > 0 && rest.len > 0 && rest.at[0] == '+') {
        return !set || run_word(in, word);
    }
    if (n > 0 && rest.len > 0 && rest.at[0] == '?') {
        return set ? put(in, value) : unknown(in, name);
    }
    return diag_set(in->d, "\"${%.*s}\" is no variable that Compose knows",
                    (int)(inner.len < SHOWN ? inner.len : SHOWN), inner.at);
}

/* What stands behind a '$'; `*used` bytes of it. */
static bool run_variable(struct interpolation *in, struct slice s, size_t *used)
{
    if (s.len > 0 && s.at[0] == '$') {
        *used = 1;
        return put(in, SLICE("$"));
    }
    if (s.len > 0 && s.at[0] == '{') {
        struct slice inner = slice_sub(s, 1, SIZE_MAX);
        size_t end = find_end(inner);

        *used = end + 2;
        return end < inner.len ? run_braces(in, slice_sub(inner, 0, end))
                               : diag_set(in->d, "a \"${\" has no end");
    }
    *used = name_length(s);
    if (*used == 0) {
        return diag_set(in->d, "a \"$\" stands alone; Compose writes it \"$$\"");
    }
    struct slice name = slice_sub(s, 0, *used);
    struct slice value = text_list_get(in->known, name);
    return value.at != NULL ? put(in, value) : unknown(in, name);
}

static bool run(struct interpolation *in, struct slice text)
{
    while (text.len > 0) {
        size_t plain = slice_find(text, '$');

        if (plain > 0 && !put(in, slice_sub(text, 0, plain))) {
            return false;
        }
        if (plain == text.len) {
            return true;
        }
        size_t used = 0;
        text = slice_sub(text, plain + 1, SIZE_MAX);
        if (!run_variable(in, text, &used)) {
            return false;
        }
        text = slice_sub(text, used, SIZE_MAX);
    }
    return true;
}

bool interpolate(struct slice text, const struct text_list *known, struct buf *out, struct diag *d)
{
    struct interpolation in = {known, out, d, 0};

    return run(&in, text);
}
