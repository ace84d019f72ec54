/* The error object: a sentence that grows at its front on the way up.
 * Texts that are too long are cut, never refused: a message must not fail.
 * No allocation. */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>

bool diag_set(struct diag *d, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (vsnprintf(d->text, sizeof(d->text), format, args) < 0) {
        d->text[0] = '\0';
    }
    va_end(args);
    return false;
}

bool diag_wrap(struct diag *d, const char *format, ...)
{
    struct diag inner = *d;
    va_list args;

    va_start(args, format);
    int len = vsnprintf(d->text, sizeof(d->text), format, args);
    va_end(args);
    if (len < 0) {
        *d = inner;
    } else if ((size_t)len < sizeof(d->text)) {
        struct slice parts[] = {SLICE(": "), slice_from_text(inner.text)};
        size_t at = (size_t)len;

        for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
            struct slice fits = slice_sub(parts[i], 0, sizeof(d->text) - 1 - at);

            memcpy(d->text + at, fits.at, fits.len);
            at += fits.len;
        }
        d->text[at] = '\0';
    }
    return false;
}
