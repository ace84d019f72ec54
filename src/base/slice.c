/* Slices: comparing, searching, splitting and reading numbers.
 * What is only one comparison long is inline in the header; the rest is here.
 * Letters are ASCII letters: nothing here knows a locale. */
#include "base/slice.h"

#include "base/word.h"

/* Longer texts of ours do not exist; a missing terminator is found here at the latest. */
#define TEXT_MAX (1024 * 1024)

static unsigned char lower(char byte)
{
    unsigned char b = (unsigned char)byte;

    return b >= 'A' && b <= 'Z' ? (unsigned char)(b | 0x20U) : b;
}

struct slice slice_from_text(const char *text)
{
    return (struct slice){text, text == NULL ? 0 : strnlen(text, TEXT_MAX)};
}

/* Names come as everybody writes them, so many words are the same. */
static inline bool same_nocase(uint64_t a, uint64_t b)
{
    return a == b || word_lower(a) == word_lower(b);
}

bool slice_equal_nocase(struct slice a, struct slice b)
{
    size_t i = 0;

    if (a.len != b.len || a.len == 0) {
        return a.len == b.len;
    }
    if (a.len < WORD_BYTES) {
        return same_nocase(word_load_short(a.at, a.len), word_load_short(b.at, b.len));
    }
    for (; a.len - i > WORD_BYTES; i += WORD_BYTES) {
        if (!same_nocase(word_load(a.at + i), word_load(b.at + i))) {
            return false;
        }
    }
    /* The rest, in a word with what stands before it. */
    i = a.len - WORD_BYTES;
    return same_nocase(word_load(a.at + i), word_load(b.at + i));
}

size_t slice_find(struct slice s, char byte)
{
    const char *found = s.len == 0 ? NULL : memchr(s.at, byte, s.len);

    return found == NULL ? s.len : (size_t)(found - s.at);
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

struct slice slice_trim(struct slice s)
{
    while (s.len > 0 && is_blank(s.at[0])) {
        s.at++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.at[s.len - 1])) {
        s.len--;
    }
    return s;
}

bool slice_next(struct slice *rest, char separator, struct slice *part)
{
    if (rest->at == NULL) {
        return false;
    }

    size_t end = slice_find(*rest, separator);

    *part = slice_of(rest->at, end);
    if (end == rest->len) {
        *rest = slice_of(NULL, 0);
    } else {
        *rest = slice_of(rest->at + end + 1, rest->len - end - 1);
    }
    return true;
}

/* The value of a digit, or 255. */
static unsigned digit_value(char byte)
{
    unsigned char b = lower(byte);

    if (b >= '0' && b <= '9') {
        return b - (unsigned)'0';
    }
    if (b >= 'a' && b <= 'f') {
        return b - (unsigned)'a' + 10;
    }
    return 255;
}

bool slice_to_u64(struct slice s, unsigned radix, uint64_t max, uint64_t *value)
{
    uint64_t sum = 0;

    if (s.len == 0) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        unsigned digit = digit_value(s.at[i]);

        if (digit >= radix || __builtin_mul_overflow(sum, radix, &sum) ||
            __builtin_add_overflow(sum, digit, &sum) || sum > max) {
            return false;
        }
    }
    *value = sum;
    return true;
}
