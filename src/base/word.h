/* Eight bytes at a time: questions about all bytes of a word in a few instructions, for the readers
 * and writers that look at every byte of every request. Each answer is exact for words without a
 * byte from 0x80 up, and "yes" (look at the bytes one by one) for all others. The order of bytes in
 * a word does not matter to any of them. */
#ifndef BASE_WORD_H
#define BASE_WORD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WORD_BYTES 8UL

/* `byte` in each place. */
#define WORD_ALL(byte) (UINT64_C(0x0101010101010101) * (byte))
#define WORD_HIGH      WORD_ALL(0x80U)

static inline uint64_t word_load(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

/* All bytes of a text of 1 to WORD_BYTES - 1 in one word, in the same places for all texts of a
 * length; some stand in it twice. */
static inline uint64_t word_load_short(const char *at, size_t len)
{
    uint32_t first;
    uint32_t last;
    if (len < sizeof(first)) {
        return (uint64_t)(uint8_t)at[0] | (uint64_t)(uint8_t)at[len / 2] << 8U |
               (uint64_t)(uint8_t)at[len - 1] << 16U;
    }
    memcpy(&first, at, sizeof(first));
    memcpy(&last, at + len - sizeof(last), sizeof(last));
    return first | (uint64_t)last << 32U;
}

/* The high bits of these tell, once WORD_HIGH is all that is left of them, and add up by `|`: some
 * byte is below `least` (at most 0x80); is 0x7f (DEL); is `byte` (below 0x80). A byte that borrows
 * or carries has set its own high bit already. */
static inline uint64_t word_below(uint64_t word, uint8_t least)
{
    return word | (word - WORD_ALL(least));
}

static inline uint64_t word_delete(uint64_t word)
{
    return word | (word + WORD_ALL(1U));
}

static inline uint64_t word_byte(uint64_t word, uint8_t byte)
{
    return word | ((word ^ WORD_ALL(byte)) - WORD_ALL(1U));
}

/* The high bit of each byte tells whether it is another one than `byte` (below 0x80); exact for all
 * words. */
static inline uint64_t word_other(uint64_t word, uint8_t byte)
{
    uint64_t other = word ^ WORD_ALL(byte);

    return other | ((other & ~WORD_HIGH) + (WORD_HIGH - WORD_ALL(1U))); /* no byte carries */
}

/* The word with its letters in lower case; exact for all words. */
static inline uint64_t word_lower(uint64_t word)
{
    uint64_t low = word & ~WORD_HIGH; /* no byte carries */
    uint64_t from_a = low + WORD_ALL(0x80U - 'A');
    uint64_t behind_z = low + WORD_ALL(0x80U - 'Z' - 1);

    return word | (from_a & ~behind_z & ~word & WORD_HIGH) >> 2U;
}

/* How many bytes that is not true for. */
static inline size_t word_count(uint64_t other)
{
    return (size_t)((~other & WORD_HIGH) / 0x80U * WORD_ALL(1U) >> 56U);
}

/* How many bytes at the word's start are none of what was asked for, which the bytes behind the
 * first one can't spoil: WORD_BYTES where none is. Less may be said, and is where the first byte of
 * a word is not its lowest. */
static inline size_t word_plain(uint64_t asked)
{
    uint64_t high = asked & WORD_HIGH;

    if (high == 0) {
        return WORD_BYTES;
    }
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? (size_t)__builtin_ctzll(high) / 8 : 0;
}

#endif
