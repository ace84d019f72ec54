/* Memory whose last byte touches a page that nobody may read: one mapping, its last page protected.
 * The region is made at the first call and kept.
 * Ends the program where the system gives no memory: there is no test without it. */
#include "guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Any page size of Linux divides this. */
#define PAGE_MAX (64 * 1024)

static char *region(void)
{
    static char *start;

    if (start == NULL) {
        start = mmap(NULL, GUARD_MAX + PAGE_MAX, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (start == MAP_FAILED || mprotect(start + GUARD_MAX, PAGE_MAX, PROT_NONE) != 0) {
            perror("guard page");
            exit(99);
        }
    }
    return start;
}

const char *guard_place(struct slice s)
{
    if (s.len > GUARD_MAX) {
        abort();
    }

    char *at = region() + GUARD_MAX - s.len;

    if (s.len > 0) {
        memcpy(at, s.at, s.len);
    }
    return at;
}
