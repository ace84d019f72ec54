/* The C library without parts of it that come along and are never used, where it is linked
 * statically: 0.13 MB. Each function here stands in the place of one that would bring them; a
 * library that needs more of them, or names them otherwise, does not link, or is larger.
 *
 * Unwinding: for threads that are cancelled or leave by pthread_exit, which none here does, and the
 * tables that it would read are left out as well (release.ld).
 * dcgettext: messages of the C library in other languages, for a locale that is never set.
 * sscanf: tzset reads three numbers of a time zone with it, and with it would come the reading of
 * all numbers there are. */
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#ifndef STANDS_FOR /* the test has it stand for nothing */
#define STANDS_FOR(symbol) __asm__(symbol) __attribute__((used))
#endif

void parts_unwind_resume(void) STANDS_FOR("_Unwind_Resume");
void parts_unwind_forced(void) STANDS_FOR("_Unwind_ForcedUnwind");
void parts_unwind_place(void) STANDS_FOR("_Unwind_GetCFA");
void parts_personality(void) STANDS_FOR("__gcc_personality_v0");
char *parts_text(const char *domain, const char *message, int category) STANDS_FOR("__dcgettext");
char *parts_text_public(const char *domain, const char *message, int category)
    STANDS_FOR("dcgettext");
int parts_scan(const char *text, const char *format, ...) STANDS_FOR("__isoc99_sscanf");

void parts_unwind_resume(void)
{
    abort();
}

void parts_unwind_forced(void)
{
    abort();
}

void parts_unwind_place(void)
{
    abort();
}

void parts_personality(void)
{
    abort();
}

char *parts_text(const char *domain, const char *message, int category)
{
    (void)domain;
    (void)category;
    return (char *)(uintptr_t)message;
}

char *parts_text_public(const char *domain, const char *message, int category)
{
    return parts_text(domain, message, category);
}

static bool read_number(const char **at, unsigned short *number)
{
    unsigned value = 0;
    const char *digit = *at;

    for (; *digit >= '0' && *digit <= '9'; digit++) {
        value = value * 10 + (unsigned)(*digit - '0');
        value = value < USHRT_MAX ? value : USHRT_MAX;
    }
    if (digit == *at) {
        return false;
    }
    *at = digit;
    *number = (unsigned short)value;
    return true;
}

/* What "%hu%n:%hu%n:%hu%n" and "M%hu.%hu.%hu%n" have: numbers (without blanks or signs, which a
 * time zone does not have there), how far the text was read, and bytes that stand for themselves.
 * Returns how many numbers were read. */
int parts_scan(const char *text, const char *format, ...)
{
    const char *at = text;
    int found = 0;
    bool ok = true;
    va_list to;

    va_start(to, format);
    while (ok && *format != '\0') {
        if (format[0] == '%' && format[1] == 'h' && format[2] == 'u') {
            ok = read_number(&at, va_arg(to, unsigned short *));
            found += ok ? 1 : 0;
            format += 3;
        } else if (format[0] == '%' && format[1] == 'n') {
            *va_arg(to, int *) = (int)(at - text);
            format += 2;
        } else {
            ok = *at == *format;
            at += ok ? 1 : 0;
            format++;
        }
    }
    va_end(to);
    return found;
}
