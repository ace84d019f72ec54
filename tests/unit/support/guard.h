/* Memory whose last byte touches a page that nobody may read.
 * A reader that looks one byte too far dies at once, with or without sanitizers.
 * One region for the whole test program. */
#ifndef SUPPORT_GUARD_H
#define SUPPORT_GUARD_H

#include "base/slice.h"

/* A copy of `s` that ends at the forbidden page; valid until the next call. At most GUARD_MAX
 * bytes. */
#define GUARD_MAX (256 * 1024)
const char *guard_place(struct slice s);

#endif
