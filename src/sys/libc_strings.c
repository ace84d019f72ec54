/* Comparing and copying text in one plain form each, where the C library is linked statically. It
 * has five or six forms of each function, one a generation of processors: 0.09 MB. None of these
 * is on the path of a request, whose text is slices (base/slice). */
#include <stddef.h>

#ifndef STANDS_FOR /* the test has it stand for nothing */
#define STANDS_FOR(symbol) __asm__(symbol) __attribute__((used))
#endif

int strings_compare(const char *a, const char *b) STANDS_FOR("strcmp");
int strings_compare_n(const char *a, const char *b, size_t n) STANDS_FOR("strncmp");
int strings_fold(const char *a, const char *b) STANDS_FOR("strcasecmp");
int strings_fold_internal(const char *a, const char *b) STANDS_FOR("__strcasecmp");
int strings_fold_n(const char *a, const char *b, size_t n) STANDS_FOR("strncasecmp");
char *strings_copy(char *to, const char *from) STANDS_FOR("strcpy");
char *strings_copy_end(char *to, const char *from) STANDS_FOR("__stpcpy");
char *strings_copy_n(char *to, const char *from, size_t n) STANDS_FOR("strncpy");

int strings_compare_n(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char x = (unsigned char)a[i];
        unsigned char y = (unsigned char)b[i];
        if (x != y || x == '\0') {
            return x - y;
        }
    }
    return 0;
}

int strings_compare(const char *a, const char *b)
{
    return strings_compare_n(a, b, (size_t)-1);
}

static unsigned char folded(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

int strings_fold_n(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char x = folded(a[i]);
        unsigned char y = folded(b[i]);
        if (x != y || x == '\0') {
            return x - y;
        }
    }
    return 0;
}

int strings_fold(const char *a, const char *b)
{
    return strings_fold_n(a, b, (size_t)-1);
}

int strings_fold_internal(const char *a, const char *b)
{
    return strings_fold(a, b);
}

char *strings_copy_end(char *to, const char *from)
{
    while ((*to = *from) != '\0') {
        to++;
        from++;
    }
    return to;
}

char *strings_copy(char *to, const char *from)
{
    (void)strings_copy_end(to, from);
    return to;
}

char *strings_copy_n(char *to, const char *from, size_t n)
{
    size_t i = 0;

    for (; i < n && from[i] != '\0'; i++) {
        to[i] = from[i];
    }
    for (; i < n; i++) {
        to[i] = '\0';
    }
    return to;
}
