/* A thread's own table of descriptors. */
#include "sys/descriptors.h"

#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The least that is kept and not below `from`; -1: none is. */
static int next_kept(const int *keep, size_t n, int from)
{
    int least = -1;
    for (size_t i = 0; i < n; i++) {
        if (keep[i] >= from && (least < 0 || keep[i] < least)) {
            least = keep[i];
        }
    }
    return least;
}

bool sys_descriptors_part(const int *keep, size_t n)
{
    /* The first call makes the table the thread's own, before it closes anything. */
    unsigned flags = CLOSE_RANGE_UNSHARE;
    for (int from = 0;;) {
        int kept = next_kept(keep, n, from);
        unsigned last = kept < 0 ? ~0U : (unsigned)kept - 1;
        if (kept != from) {
            if (syscall(SYS_close_range, (unsigned)from, last, flags) != 0) {
                return false;
            }
            flags = 0;
        }
        if (kept < 0) {
            return true;
        }
        from = kept + 1;
    }
}
