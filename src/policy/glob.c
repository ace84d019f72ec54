/* Globs by the set of places in the pattern that the text may have reached: no backtracking, so no
 * text makes a match slow. */
#include "policy/glob.h"

/* Places 0 to GLOB_MAX, as flags. */
struct places {
    uint8_t at[GLOB_MAX + 1];
};

/* How many stars stand at `place`: 0, 1 or 2. */
static size_t stars(struct slice pattern, size_t place)
{
    if (place >= pattern.len || pattern.at[place] != '*') {
        return 0;
    }
    return place + 1 < pattern.len && pattern.at[place + 1] == '*' ? 2 : 1;
}

/* A place before stars is one behind them as well: they may stand for nothing. */
static void skip_stars(struct slice pattern, struct places *p)
{
    for (size_t i = 0; i < pattern.len; i++) {
        size_t n = stars(pattern, i);
        if (p->at[i] != 0 && n > 0) {
            p->at[i + n] = 1;
        }
    }
}

static void step(struct slice pattern, const struct places *from, char byte, struct places *to)
{
    *to = (struct places){{0}};
    for (size_t i = 0; i < pattern.len; i++) {
        size_t n = stars(pattern, i);
        if (from->at[i] == 0) {
            continue;
        }
        if (n > 0) {
            to->at[i] = to->at[i] != 0 || n == 2 || byte != '/';
        } else if (pattern.at[i] == byte || (pattern.at[i] == '?' && byte != '/')) {
            to->at[i + 1] = 1;
        }
    }
    skip_stars(pattern, to);
}

bool glob_match(struct slice pattern, struct slice text)
{
    struct places now = {{1}};
    struct places next;

    if (pattern.len > GLOB_MAX || text.len > GLOB_TEXT_MAX) {
        return false;
    }
    size_t begin = glob_begin(pattern);
    if (begin == pattern.len) {
        return slice_equal(pattern, text);
    }
    size_t end = glob_end(pattern);
    /* Both stand for themselves; what is left is short. */
    if (text.len < begin + end ||
        !slice_equal(slice_sub(pattern, 0, begin), slice_sub(text, 0, begin)) ||
        !slice_equal(slice_sub(pattern, pattern.len - end, end),
                     slice_sub(text, text.len - end, end))) {
        return false;
    }
    pattern = slice_sub(pattern, begin, pattern.len - begin - end);
    text = slice_sub(text, begin, text.len - begin - end);
    skip_stars(pattern, &now);
    for (size_t i = 0; i < text.len; i++) {
        step(pattern, &now, text.at[i], &next);
        now = next;
    }
    return now.at[pattern.len] != 0;
}

static bool stands_for_itself(char c)
{
    return c != '*' && c != '?';
}

size_t glob_begin(struct slice pattern)
{
    size_t n = 0;

    while (n < pattern.len && stands_for_itself(pattern.at[n])) {
        n++;
    }
    return n;
}

size_t glob_end(struct slice pattern)
{
    size_t n = 0;

    while (n < pattern.len && stands_for_itself(pattern.at[pattern.len - 1 - n])) {
        n++;
    }
    return n;
}

bool glob_is(struct slice pattern)
{
    return glob_begin(pattern) < pattern.len;
}

bool glob_may_be_id(struct slice pattern)
{
    for (size_t i = 0; i < pattern.len; i++) {
        char c = pattern.at[i];
        bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (!hex && c != '*' && c != '?') {
            return false;
        }
    }
    return true;
}
