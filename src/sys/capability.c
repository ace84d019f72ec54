/* Drops capabilities by the kernel's own interface (capabilities(7)); libcap would add nothing but
 * a library. The bounding set goes first, while there is still the right to change it; the others
 * after the change of ids. */
#include "sys/capability.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's sets are 64 bits wide; it answers EINVAL behind the last capability that it knows.
 */
#define CAPABILITIES 64

static bool has_capability(unsigned capability)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

    if (syscall(SYS_capget, &header, data) != 0) {
        return false;
    }
    return (data[capability / 32].effective >> (capability % 32) & 1) != 0;
}

bool sys_capability_bound(void)
{
    /* Kernels before 4.3 have no ambient set, and so nothing in it. */
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (!has_capability(CAP_SETPCAP)) {
        return true; /* an ordinary user: nothing held, and no-new-privileges keeps it so */
    }
    for (unsigned long c = 0; c < CAPABILITIES; c++) {
        if (prctl(PR_CAPBSET_DROP, c, 0, 0, 0) < 0) {
            return errno == EINVAL;
        }
    }
    return true;
}

bool sys_capability_keep(uint64_t keep)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
        {(uint32_t)keep, (uint32_t)keep, 0},
        {(uint32_t)(keep >> 32), (uint32_t)(keep >> 32), 0},
    };

    return syscall(SYS_capset, &header, data) == 0;
}
