/* The table of character classes, computed by the compiler from the grammar's own rules.
 * Each macro below is one rule of RFC 5234, RFC 3986 or RFC 9110 under its name there.
 * Nothing is computed when the program runs. */
#include "http/grammar.h"

#define ALPHA(b)    (((b) >= 'A' && (b) <= 'Z') || ((b) >= 'a' && (b) <= 'z'))
#define DIGIT(b)    ((b) >= '0' && (b) <= '9')
#define VCHAR(b)    ((b) >= 0x21 && (b) <= 0x7e)
#define CTL(b)      ((b) < 0x20 || (b) == 0x7f)
#define OBS_TEXT(b) ((b) >= 0x80)

#define TCHAR(b)                                                                                   \
    (ALPHA(b) || DIGIT(b) || (b) == '!' || (b) == '#' || (b) == '$' || (b) == '%' || (b) == '&' || \
     (b) == '\'' || (b) == '*' || (b) == '+' || (b) == '-' || (b) == '.' || (b) == '^' ||          \
     (b) == '_' || (b) == '`' || (b) == '|' || (b) == '~')

#define UNRESERVED(b) (ALPHA(b) || DIGIT(b) || (b) == '-' || (b) == '.' || (b) == '_' || (b) == '~')

#define SUB_DELIMS(b)                                                                              \
    ((b) == '!' || (b) == '$' || (b) == '&' || (b) == '\'' || (b) == '(' || (b) == ')' ||          \
     (b) == '*' || (b) == '+' || (b) == ',' || (b) == ';' || (b) == '=')

#define HOST(b)                                                                                    \
    (UNRESERVED(b) || SUB_DELIMS(b) || (b) == '%' || (b) == ':' || (b) == '[' || (b) == ']')

#define ENTRY(b)                                                                                   \
    ((TCHAR(b) ? HTTP_CLASS_TOKEN : 0) | (VCHAR(b) ? HTTP_CLASS_VISIBLE : 0) |                     \
     (VCHAR(b) || OBS_TEXT(b) || (b) == ' ' || (b) == '\t' ? HTTP_CLASS_VALUE : 0) |               \
     (HOST(b) ? HTTP_CLASS_HOST : 0) |                                                             \
     (TCHAR(b) || (b) == ';' || (b) == '=' || (b) == '"' ? HTTP_CLASS_EXTENSION : 0) |             \
     (VCHAR(b) && (b) != '?' && (b) != '#' ? HTTP_CLASS_PATH : 0) |                                \
     (CTL(b) ? HTTP_CLASS_CONTROL : 0))

#define ROW4(b)  ENTRY(b), ENTRY((b) + 1), ENTRY((b) + 2), ENTRY((b) + 3)
#define ROW16(b) ROW4(b), ROW4((b) + 4), ROW4((b) + 8), ROW4((b) + 12)
#define ROW64(b) ROW16(b), ROW16((b) + 16), ROW16((b) + 32), ROW16((b) + 48)

const uint8_t http_grammar[256] = {ROW64(0), ROW64(64), ROW64(128), ROW64(192)};
