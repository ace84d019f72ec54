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
