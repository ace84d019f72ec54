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
    struct slice text;             /* what is still to be read */
    struct slice after[DEPTH_MAX]; /* what follows it, once it has ended: behind a default */
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

/* Goes on with a default, and then with what follows it. */
static bool enter(struct interpolation *in, struct slice word)
{
    if (in->depth == DEPTH_MAX) {
        return diag_set(in->d, "defaults within defaults are too deep");
    }
    in->after[in->depth++] = in->text;
    in->text = word;
    return true;
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
        return set ? put(in, value) : enter(in, word);
    }
    if (n > 0 && rest.len > 0 && rest.at[0] == '+') {
        return !set || enter(in, word);
    }
    if (n > 0 && rest.len > 0 && rest.at[0] == '?') {
        return set ? put(in, value) : unknown(in, name);
    }
    return diag_set(in->d, "\"${%.*s}\" is no variable that Compose knows",
                    (int)(inner.len < SHOWN ? inner.len : SHOWN), inner.at);
}

/* What stands behind a '$' at the front of the text. */
static bool run_variable(struct interpolation *in)
{
    struct slice s = in->text;

    if (s.len > 0 && s.at[0] == '$') {
        in->text = slice_sub(s, 1, SIZE_MAX);
        return put(in, SLICE("$"));
    }
    if (s.len > 0 && s.at[0] == '{') {
        struct slice inner = slice_sub(s, 1, SIZE_MAX);
        size_t end = find_end(inner);

        in->text = slice_sub(inner, end + 1, SIZE_MAX);
        return end < inner.len ? run_braces(in, slice_sub(inner, 0, end))
                               : diag_set(in->d, "a \"${\" has no end");
    }
    size_t n = name_length(s);
    if (n == 0) {
        return diag_set(in->d, "a \"$\" stands alone; Compose writes it \"$$\"");
    }
    struct slice name = slice_sub(s, 0, n);
    struct slice value = text_list_get(in->known, name);
    in->text = slice_sub(s, n, SIZE_MAX);
    return value.at != NULL ? put(in, value) : unknown(in, name);
}

/* The text up to its first variable, and that; false where something is wrong. */
static bool run(struct interpolation *in)
{
    size_t plain = slice_find(in->text, '$');
    bool variable = plain < in->text.len;

    if (plain > 0 && !put(in, slice_sub(in->text, 0, plain))) {
        return false;
    }
    in->text = slice_sub(in->text, plain + 1, SIZE_MAX);
    return !variable || run_variable(in);
}

bool interpolate(struct slice text, const struct text_list *known, struct buf *out, struct diag *d)
{
    struct interpolation in = {.known = known, .out = out, .d = d, .text = text};

    while (in.text.len > 0 || in.depth > 0) {
        if (in.text.len == 0) {
            in.text = in.after[--in.depth];
        } else if (!run(&in)) {
            return false;
        }
    }
    return true;
}
