/* Landlock: no file can be opened, files can be removed where that was permitted and nowhere else,
 * and TCP goes to the engine's port alone. Each case runs in a child of its own. */
#include "sys/landlock.h"

#include "sys/capability.h"
#include "sys/sanitized.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* The kernel's ABI; below 1 there is nothing to test. */
static long abi;

static char folder[64];
static char removable[80];
static char other[80];

static void make_file(char *path, size_t max, const char *sub)
{
    snprintf(path, max, "%s/%s", folder, sub);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, max, "%s/%s/file", folder, sub);
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static int set_up(void **state)
{
    (void)state;
    abi = syscall(444, NULL, 0, 1U);
    snprintf(folder, sizeof(folder), "/tmp/dockgate-test-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    make_file(removable, sizeof(removable), "a");
    make_file(other, sizeof(other), "b");
    return 0;
}

static int tear_down(void **state)
{
    char path[80];

    (void)state;
    unlink(removable);
    unlink(other);
    snprintf(path, sizeof(path), "%s/a", folder);
    rmdir(path);
    snprintf(path, sizeof(path), "%s/b", folder);
    rmdir(path);
    return rmdir(folder);
}

static bool denied(long result)
{
    return result < 0 && errno == EACCES;
}

/* Each returns 0 when it went as it must. */
static int open_files(void)
{
    return denied(open("/etc/passwd", O_RDONLY)) && denied(open(folder, O_RDONLY | O_DIRECTORY))
               ? 0
               : 1;
}

/* Of the folder that is named for it, and only to be read. */
static int read_files(void)
{
    return open(other, O_RDONLY) >= 0 && denied(open(removable, O_RDONLY)) &&
                   denied(open(other, O_WRONLY))
               ? 0
               : 1;
}

/* Of the process that made this one, which Landlock keeps from being traced: what anybody may know
 * of it, and nothing else. A capability of root's would open it all the same (CAP_PERFMON). */
static int read_proc(void)
{
    char path[64];

    if (!sys_capability_keep(0)) {
        return 1;
    }
    snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)getppid());
    bool open_to_all = open(path, O_RDONLY) >= 0;
    snprintf(path, sizeof(path), "/proc/%d/environ", (int)getppid());
    return open_to_all && open(path, O_RDONLY) < 0 && denied(open("/etc/passwd", O_RDONLY)) ? 0 : 1;
}

static int no_proc(void)
{
    return denied(open("/proc/self/cgroup", O_RDONLY)) ? 0 : 1;
}

static int write_files(void)
{
    return denied(open("/tmp/dockgate-test-new", O_CREAT | O_WRONLY, 0600)) &&
                   denied(open(other, O_WRONLY)) && denied(mkdir("/tmp/dockgate-test-new", 0700))
               ? 0
               : 1;
}

static int remove_files(void)
{
    return denied(unlink(other)) && unlink(removable) == 0 ? 0 : 1;
}

static int run_programs(void)
{
    static char *const NOTHING[] = {NULL};

    return denied(execve("/bin/true", NOTHING, NOTHING)) ? 0 : 1;
}

static long connect_port(uint16_t port)
{
    struct sockaddr_in in = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return connect(fd, (const struct sockaddr *)&in, sizeof(in));
}

/* Nobody listens on any of them: refused by the peer is not denied by the kernel. */
static int connect_tcp(void)
{
    if (abi < 4) {
        return 0;
    }
    bool engine = connect_port(9) < 0 && errno == ECONNREFUSED;
    bool names = connect_port(7) < 0 && errno == ECONNREFUSED;
    return denied(connect_port(1)) && engine && names ? 0 : 1;
}

/* The engine's socket must stay within reach: connect to a path is not a file access (tried up to
 * ABI 7). */
static int connect_unix(void)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(un.sun_path, sizeof(un.sun_path), "%s/none", folder);
    return connect(fd, (const struct sockaddr *)&un, sizeof(un)) < 0 && errno == ENOENT ? 0 : 1;
}

static const struct {
    const char *name;
    int (*check)(void);
    bool sanitizer_differs; /* sanitizer builds may read */
    bool read_proc;
} ROWS[] = {
    {"open", open_files, true, false},
    {"write", write_files, false, false},
    {"read", read_files, true, false},
    {"read /proc", read_proc, true, true},
    {"no /proc", no_proc, true, false},
    {"remove", remove_files, false, false}, /* what "read" may not open is gone then */
    {"execute", run_programs, true, false},
    {"connect TCP", connect_tcp, false, false},
    {"connect unix", connect_unix, false, false},
};

static void test_rows(void **state)
{
    (void)state;
    if (abi < 1) {
        skip();
    }
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        int status = 0;
        char from[80];
        char in[80];

        if (SYS_SANITIZED && ROWS[i].sanitizer_differs) {
            continue;
        }
        print_message("# %s\n", ROWS[i].name);
        snprintf(from, sizeof(from), "%s/a", folder);
        snprintf(in, sizeof(in), "%s/b", folder);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            const char *const FROM[] = {from};
            const struct sys_landlock what = {FROM, 1, in, 9, 7, ROWS[i].read_proc};

            (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            _exit(sys_landlock_enter(&what) ? ROWS[i].check() : 99);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

/* A folder that isn't there is an error, not a hole. */
static void test_no_folder(void **state)
{
    static const char *const FROM[] = {"/no/such/folder"};
    const struct sys_landlock what = {FROM, 1, NULL, 0, 0, false};

    (void)state;
    assert_false(sys_landlock_enter(&what));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows),
                                       cmocka_unit_test(test_no_folder)};
    return cmocka_run_group_tests_name("sys landlock", tests, set_up, tear_down);
}
