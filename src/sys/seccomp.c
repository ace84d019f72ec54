/* Installs the list of system calls that the build has compiled (seccomp_compile.c has the tables).
 */
#include "sys/seccomp.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seccomp_list.h"

/* clang-format off */
static const struct {
    const struct sock_filter *steps;
    size_t n;
} lists[] = {
#define LIST(role, list) [SYS_SECCOMP_##role] = {list, sizeof(list) / sizeof((list)[0])}
    LIST(GATE, seccomp_gate),
    LIST(RELOAD, seccomp_reload),
    LIST(LEARN, seccomp_learn),
    LIST(JANITOR, seccomp_janitor),
    LIST(GATE_NAMES, seccomp_gate_names),
    LIST(RELOAD_NAMES, seccomp_reload_names),
    LIST(LEARN_NAMES, seccomp_learn_names),
#undef LIST
};
/* clang-format on */

bool sys_seccomp_enter(enum sys_seccomp_role role)
{
    struct sock_fprog list = {
        .len = (unsigned short)lists[role].n,
        .filter = (struct sock_filter *)(uintptr_t)lists[role].steps,
    };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return false;
    }
    long refused = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &list);
    if (refused > 0) {
        errno = ECANCELED; /* a thread that can't be brought under the list */
    }
    return refused == 0;
}
