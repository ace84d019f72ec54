/* Rows for readers: an input and what must come of it, checked in every split.
 * A row is a line of a table; adding one needs no further C. */
#ifndef SUPPORT_CASES_H
#define SUPPORT_CASES_H

#include "reading.h"

/* `result`: "end N" or "more N" with N messages read before, or "refused NAME OFFSET". */
struct reader_case {
    const char *name;
    struct slice in;
    const char *result;
};

#define CASE(name, in, result)                                                                     \
    {                                                                                              \
        name, SLICE_INIT(in), result                                                               \
    }

/* Fails the test (cmocka) unless every row comes out as it says, whole, cut at each byte, and one
 * byte at a time. */
void cases_check(enum reading_kind kind, const struct reader_case *cases, size_t ncases);

/* Fails the test unless every split of `in` reads as the whole does. The reading of the whole is
 * left in `out`. */
void cases_check_splits(enum reading_kind kind, const char *name, struct slice in, struct buf *out);

#endif
