/* UTF-8 in one table: what is well-formed, and nothing else. */
#include "base/utf8.h"

/* The well-formed sequences of UTF-8 by lead byte: how many bytes follow, and the range of the
 * first of these (Unicode 15, table 3-7). It keeps out overlong forms, surrogates and what lies
 * above U+10FFFF. */
static const struct utf8_row {
    uint8_t first;
    uint8_t last;
    uint8_t nfollow;
    uint8_t low;
    uint8_t high;
} utf8_rows[] = {
    /* clang-format off */
    {0xc2, 0xdf, 1, 0x80, 0xbf},
    {0xe0, 0xe0, 2, 0xa0, 0xbf},
    {0xe1, 0xec, 2, 0x80, 0xbf},
    {0xed, 0xed, 2, 0x80, 0x9f},
    {0xee, 0xef, 2, 0x80, 0xbf},
    {0xf0, 0xf0, 3, 0x90, 0xbf},
    {0xf1, 0xf3, 3, 0x80, 0xbf},
    {0xf4, 0xf4, 3, 0x80, 0x8f},
    /* clang-format on */
};

size_t utf8_length(struct slice s)
{
    const struct utf8_row *end = utf8_rows + sizeof(utf8_rows) / sizeof(utf8_rows[0]);
    uint8_t lead = (uint8_t)s.at[0];

    for (const struct utf8_row *row = utf8_rows; row < end; row++) {
        if (lead < row->first || lead > row->last) {
            continue;
        }
        if (s.len <= row->nfollow) {
            return 0;
        }
        uint8_t second = (uint8_t)s.at[1];
        if (second < row->low || second > row->high) {
            return 0;
        }
        for (size_t i = 2; i <= row->nfollow; i++) {
            if (((uint8_t)s.at[i] & 0xc0U) != 0x80) {
                return 0;
            }
        }
        return row->nfollow + 1U;
    }
    return 0;
}

size_t utf8_read(struct slice s, uint32_t *point)
{
    if (s.len == 0) {
        return 0;
    }
    uint8_t lead = (uint8_t)s.at[0];
    if (lead < 0x80) {
        *point = lead;
        return 1;
    }
    size_t len = utf8_length(s);
    if (len == 0) {
        return 0;
    }
    uint32_t value = lead & (0x7fU >> len);
    for (size_t i = 1; i < len; i++) {
        value = value << 6U | ((uint8_t)s.at[i] & 0x3fU);
    }
    *point = value;
    return len;
}

bool utf8_is_valid(struct slice s)
{
    while (s.len > 0) {
        size_t len = (uint8_t)s.at[0] < 0x80 ? 1 : utf8_length(s);

        if (len == 0) {
            return false;
        }
        s = slice_of(s.at + len, s.len - len);
    }
    return true;
}
