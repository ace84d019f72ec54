/* One error for a person to read: filled where it is known, wrapped on the way up, printed once. */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include "base/slice.h"

#define DIAG_MAX 1024

/* Caller's storage; `text` is terminated and empty where nothing went wrong. */
struct diag {
    char text[DIAG_MAX];
};

/* Sets the text (cut at DIAG_MAX - 1 bytes) and returns false, so that `return diag_set(…)` reads
 * well. */
__attribute__((format(printf, 2, 3))) bool diag_set(struct diag *d, const char *format, ...);

/* Puts "context: " before the text. Returns false. */
__attribute__((format(printf, 2, 3))) bool diag_wrap(struct diag *d, const char *format, ...);

#endif
