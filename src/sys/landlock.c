/* Landlock by the kernel's own interface (landlock(7)). Debian 12's header knows the rights of ABI
 * 2 only, so the numbers stand here, each with the ABI that brought it, and are masked by the
 * kernel's answer. Landlock does not stop connect() to a unix socket; the threat model says so. */
#include "sys/landlock.h"

#include "sys/sanitized.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

#define CREATE_RULESET_VERSION 1U
#define RULE_PATH_BENEATH      1
#define RULE_NET_PORT          2

/* struct landlock_ruleset_attr as of ABI 6. */
struct ruleset {
    uint64_t fs;
    uint64_t net;
    uint64_t scoped;
};

struct path_rule {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

struct port_rule {
    uint64_t allowed;
    uint64_t port;
};

#define FS_EXECUTE     (UINT64_C(1) << 0)
#define FS_READ_FILE   (UINT64_C(1) << 2)
#define FS_READ_DIR    (UINT64_C(1) << 3)
#define FS_REMOVE_FILE (UINT64_C(1) << 5)
#define NET_CONNECT    (UINT64_C(1) << 1)

/* What can be denied, by the ABI that brought it; everything up to the kernel's own is. */
static const struct {
    long abi;
    struct ruleset adds;
} RIGHTS[] = {
    {1,
     {.fs = (UINT64_C(1) << 13) - 1}}, /* execute, read, write, make and remove files and folders */
    {2, {.fs = UINT64_C(1) << 13}},    /* refer: link and rename across folders */
    {3, {.fs = UINT64_C(1) << 14}},    /* truncate */
    {4, {.net = 3}},                   /* bind and connect of TCP */
    {5, {.fs = UINT64_C(1) << 15}},    /* ioctl on devices */
    {6, {.scoped = 3}},                /* abstract unix sockets, signals to outside */
};
#define NRIGHTS (sizeof(RIGHTS) / sizeof(RIGHTS[0]))

/* The rights of that ABI. Older kernels take the longer structure as long as what they do not know
 * is zero. */
static struct ruleset rights_of(long abi)
{
    struct ruleset sum = {0, 0, 0};

    for (size_t i = 0; i < NRIGHTS && RIGHTS[i].abi <= abi; i++) {
        sum.fs |= RIGHTS[i].adds.fs;
        sum.net |= RIGHTS[i].adds.net;
        sum.scoped |= RIGHTS[i].adds.scoped;
    }
    return sum;
}

static bool allow_path(int ruleset, const char *path, uint64_t rights)
{
    struct path_rule rule = {.allowed = rights, .parent = open(path, O_PATH | O_CLOEXEC)};

    if (rule.parent < 0) {
        return false;
    }
    long added = syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0);
    int saved = errno;
    close(rule.parent);
    errno = saved;
    return added == 0;
}

static bool allow_port(int ruleset, uint16_t port)
{
    struct port_rule rule = {.allowed = NET_CONNECT, .port = port};

    return port == 0 || syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0) == 0;
}

static bool allow_all(int ruleset, const struct ruleset *handled, const struct sys_landlock *what)
{
    for (size_t i = 0; i < what->nremove_from; i++) {
        if (!allow_path(ruleset, what->remove_from[i], FS_REMOVE_FILE)) {
            return false;
        }
    }
    if (what->read_in != NULL && !allow_path(ruleset, what->read_in, FS_READ_FILE)) {
        return false;
    }
    if (what->read_proc) {
        /* Without a /proc there is nothing to be let through. */
        (void)allow_path(ruleset, "/proc", FS_READ_FILE);
    }
    /* The sanitizers read /proc and the program's own file for their reports. */
    if (SYS_SANITIZED && !allow_path(ruleset, "/", FS_READ_FILE | FS_READ_DIR | FS_EXECUTE)) {
        return false;
    }
    return handled->net == 0 ||
           (allow_port(ruleset, what->connect_port) && allow_port(ruleset, what->names_port));
}

bool sys_landlock_enter(const struct sys_landlock *what)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

    if (abi < 1) {
        return false;
    }
    struct ruleset handled = rights_of(abi);
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
    if (ruleset < 0) {
        return false;
    }
    bool ok =
        allow_all(ruleset, &handled, what) && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    int saved = errno;
    close(ruleset);
    errno = saved;
    return ok;
}
