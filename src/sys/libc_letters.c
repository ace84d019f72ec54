/* The C library's letters of ASCII, and nothing else of its tables of characters, where it is
 * linked statically: 0.05 MB. Its own part has the ways to write other scripts' letters in these,
 * for conversions that never come about. There is one locale here, "C". */
#include <ctype.h>
#include <stdint.h>

#ifndef STANDS_FOR
#define STANDS_FOR(symbol) __asm__(symbol)
#endif

/* From -128 on, so that a signed char may stand for itself; -1 is EOF. Above ASCII there is
 * nothing. */
enum { LETTERS = 128 + 256 };

extern const uint16_t letters_class[LETTERS] STANDS_FOR("_nl_C_LC_CTYPE_class");
extern const uint32_t letters_upper[LETTERS] STANDS_FOR("_nl_C_LC_CTYPE_toupper");
extern const uint32_t letters_lower[LETTERS] STANDS_FOR("_nl_C_LC_CTYPE_tolower");

/* What the library keeps of a locale's characters (struct __locale_data of glibc 2.36). Values are
 * by their number in <langinfo.h>; those left out are asked for by what libc_wide ends. */
enum { VALUES = 86, CLASS = 0, UPPER = 1, LOWER = 3, BYTES_MAX = 13, CHARSET = 14 };

struct letters {
    const char *name;
    const void *file;
    long file_size;
    void (*cleanup)(void *);
    const void *conversions;
    unsigned used_by;
    int translates;
    unsigned n;
    union {
        const void *at;
        uintptr_t word;
    } value[VALUES];
};
extern const struct letters letters_locale STANDS_FOR("_nl_C_LC_CTYPE");

#define IS(c, from, to) ((c) >= (from) && (c) <= (to))
#define IS_ALPHA(c)     (IS(c, 'A', 'Z') || IS(c, 'a', 'z'))
#define IS_GRAPH(c)     IS(c, '!', '~')
#define IS_CLASS(c)                                                                                \
    ((IS(c, 'A', 'Z') ? _ISupper : 0) | (IS(c, 'a', 'z') ? _ISlower : 0) |                         \
     (IS_ALPHA(c) ? _ISalpha | _ISalnum : 0) | (IS(c, '0', '9') ? _ISdigit | _ISalnum : 0) |       \
     (IS(c, '0', '9') || IS(c, 'A', 'F') || IS(c, 'a', 'f') ? _ISxdigit : 0) |                     \
     (IS(c, '\t', '\r') || (c) == ' ' ? _ISspace : 0) | (IS(c, ' ', '~') ? _ISprint : 0) |         \
     (IS_GRAPH(c) ? _ISgraph : 0) | ((c) == '\t' || (c) == ' ' ? _ISblank : 0) |                   \
     (IS(c, 0, 31) || (c) == 127 ? _IScntrl : 0) |                                                 \
     (IS_GRAPH(c) && !IS_ALPHA(c) && !IS(c, '0', '9') ? _ISpunct : 0))
#define IN_UPPER(c) ((c) - (IS(c, 'a', 'z') ? 'a' - 'A' : 0))
#define IN_LOWER(c) ((c) + (IS(c, 'A', 'Z') ? 'a' - 'A' : 0))

#define FOUR(of, c)    of(c), of((c) + 1), of((c) + 2), of((c) + 3)
#define SIXTEEN(of, c) FOUR(of, c), FOUR(of, (c) + 4), FOUR(of, (c) + 8), FOUR(of, (c) + 12)
#define SIXTY_FOUR(of, c)                                                                          \
    SIXTEEN(of, c), SIXTEEN(of, (c) + 16), SIXTEEN(of, (c) + 32), SIXTEEN(of, (c) + 48)
#define ASCII(of) SIXTY_FOUR(of, 0), SIXTY_FOUR(of, 64)
#define ITSELF(c) (c)

const uint16_t letters_class[LETTERS] = {[128] = ASCII(IS_CLASS)};

/* Below 0 stand the bytes that a char of this value is, and EOF. */
#define NEGATIVE                                                                                   \
    SIXTY_FOUR(ITSELF, 128), SIXTEEN(ITSELF, 192), SIXTEEN(ITSELF, 208), SIXTEEN(ITSELF, 224),     \
        FOUR(ITSELF, 240), FOUR(ITSELF, 244), FOUR(ITSELF, 248), 252, 253, 254, UINT32_MAX
const uint32_t letters_upper[LETTERS] = {NEGATIVE, ASCII(IN_UPPER), SIXTY_FOUR(ITSELF, 128),
                                         SIXTY_FOUR(ITSELF, 192)};
const uint32_t letters_lower[LETTERS] = {NEGATIVE, ASCII(IN_LOWER), SIXTY_FOUR(ITSELF, 128),
                                         SIXTY_FOUR(ITSELF, 192)};

const struct letters letters_locale = {
    .name = "C",
    .used_by = UINT32_MAX, /* for ever */
    .n = VALUES,
    .value = {[CLASS] = {.at = letters_class},
              [UPPER] = {.at = letters_upper},
              [LOWER] = {.at = letters_lower},
              [BYTES_MAX] = {.word = 1},
              [CHARSET] = {.at = "ANSI_X3.4-1968"}},
};
