/* The seccomp list: what the loop needs works under it, and every other call kills the process.
 * Each case runs in a child of its own, since the list can't be taken off again. */
#include "sys/sanitized.h"
#include "sys/seccomp.h"
#include "sys/slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void call_execve(void)
{
    static char *const NOTHING[] = {NULL};

    execve("/bin/true", NOTHING, NOTHING);
}

static void call_open(void)
{
    (void)syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
}

static void call_ptrace(void)
{
    (void)syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
}

static void call_netlink(void)
{
    (void)socket(AF_NETLINK, SOCK_RAW, 0);
}

static void call_datagram(void)
{
    (void)socket(AF_INET, SOCK_DGRAM, 0);
}

static void call_raw(void)
{
    (void)socket(AF_INET, SOCK_RAW, 0);
}

static void call_bind(void)
{
    (void)syscall(SYS_bind, 0, NULL, 0);
}

static void call_listen(void)
{
    (void)listen(0, 1);
}

static void call_fork(void)
{
    (void)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void call_exec_memory(void)
{
    (void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void call_make_exec(void)
{
    void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static void call_setuid(void)
{
    (void)syscall(SYS_setuid, 0);
}

static void call_kill(void)
{
    (void)kill(getpid(), 0);
}

static void call_dup_fd(void)
{
    (void)fcntl(0, F_DUPFD, 10);
}

/* A byte as if typed at the terminal. */
static void call_type(void)
{
    (void)ioctl(0, TIOCSTI, "");
}

static void call_prctl(void)
{
    (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static void call_bpf(void)
{
    (void)syscall(SYS_bpf, 0, NULL, 0);
}

static void call_io_uring(void)
{
    (void)syscall(425, 1, NULL); /* io_uring_setup, which would walk around the list */
}

static void call_mount(void)
{
    (void)syscall(SYS_mount, NULL, NULL, NULL, 0, NULL);
}

#ifdef __x86_64__
/* The other two system call tables of the same processor. */
static void call_x32(void)
{
    (void)syscall(0x40000000L + SYS_getpid);
}

static void call_i386(void)
{
    __asm__ volatile("int $0x80" ::"a"(20) : "memory");
}
#endif

static const struct {
    const char *name;
    void (*call)(void);
    bool sanitizer_needs; /* permitted in sanitizer builds */
} KILLED[] = {
    {"execve", call_execve, false},
    {"openat", call_open, true},
    {"ptrace", call_ptrace, true},
    {"socket netlink", call_netlink, false},
    {"socket datagram", call_datagram, false},
    {"socket raw", call_raw, false},
    {"bind", call_bind, false},
    {"listen", call_listen, false},
    {"fork", call_fork, true},
    {"mmap executable", call_exec_memory, true},
    {"mprotect executable", call_make_exec, true},
    {"setuid", call_setuid, false},
    {"kill", call_kill, true},
    {"fcntl dup", call_dup_fd, false},
    {"ioctl", call_type, true},
    {"prctl", call_prctl, true},
    {"bpf", call_bpf, false},
    {"io_uring", call_io_uring, false},
    {"mount", call_mount, false},
#ifdef __x86_64__
    {"x32 table", call_x32, false},
    {"i386 table", call_i386, false},
#endif
};

/* What became of a child that made the call under the list. */
static int run(enum sys_seccomp_role role, void (*call)(void))
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        if (!sys_seccomp_enter(role)) {
            _exit(99);
        }
        call();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void test_killed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(KILLED) / sizeof(KILLED[0]); i++) {
        if (SYS_SANITIZED && KILLED[i].sanitizer_needs) {
            continue;
        }
        print_message("# %s\n", KILLED[i].name);
        int status = run(SYS_SECCOMP_GATE, KILLED[i].call);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
    }
}

/* What the C library asks for when a thread's memory shrinks: it must not be the gate's end. */
static void call_look_up(void)
{
    long fd = syscall(SYS_openat, AT_FDCWD, "/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC);

    if (fd != -1 || errno != EACCES) {
        _exit(3);
    }
}

static void test_refused(void **state)
{
    (void)state;
    /* The sanitizers may open files. */
    assert_true(SYS_SANITIZED || run(SYS_SECCOMP_GATE, call_look_up) == 0);
}

/* The janitor may do much less: not even a socket. */
static void call_socket(void)
{
    (void)socket(AF_UNIX, SOCK_STREAM, 0);
}

static void test_janitor(void **state)
{
    (void)state;
    int status = run(SYS_SECCOMP_JANITOR, call_socket);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
    status = run(SYS_SECCOMP_JANITOR, call_execve);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

static int file; /* for call_write_state */

static void need(bool ok)
{
    if (!ok) {
        _exit(1);
    }
}

/* What a loop does. A call that isn't on the list would end the child with a signal. */
static void use_loop(void)
{
    static const int FAMILIES[] = {AF_UNIX, AF_INET, AF_INET6};
    struct epoll_event event = {.events = EPOLLIN};
    struct timespec now;
    int poll_fd = epoll_create1(EPOLL_CLOEXEC);

    need(poll_fd >= 0);
    for (size_t i = 0; i < 3; i++) {
        int fd = socket(FAMILIES[i], SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

        need(fd >= 0);
        need(epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) == 0);
        need(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0);
        (void)shutdown(fd, SHUT_WR);
        close(fd);
    }
    need(epoll_wait(poll_fd, &event, 1, 0) >= 0);
    need(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    for (size_t size = 16; size < (size_t)64 << 20; size *= 4) {
        char *memory = malloc(size);

        need(memory != NULL);
        memory[size - 1] = 1;
        memory = realloc(memory, size * 2);
        need(memory != NULL);
        free(memory);
    }
    close(poll_fd);
}

static void test_loop_works(void **state)
{
    (void)state;
    int status = run(SYS_SECCOMP_GATE, use_loop);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* The state of learning is written in place; still nothing is opened. */
static void call_write_state(void)
{
    struct sys_slots s = {.fd = file, .size = 16};

    need(sys_slots_write(&s, 1, SLICE("text")));
}

static void test_learn(void **state)
{
    (void)state;
    char path[] = "/tmp/dockgate-seccomp-XXXXXX";
    file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(unlink(path), 0);
    int status = run(SYS_SECCOMP_LEARN, call_write_state);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    status = run(SYS_SECCOMP_GATE, call_write_state);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
    status = run(SYS_SECCOMP_LEARN, use_loop);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    status = run(SYS_SECCOMP_LEARN, call_execve);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
    close(file);
}

/* A configuration file is read again, and nothing opened to be written. */
static void call_read_file(void)
{
    need(open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0);
}

static void call_open_to_write(void)
{
    (void)open("/dev/null", O_WRONLY | O_CLOEXEC);
}

static void test_reload(void **state)
{
    (void)state;
    int status = run(SYS_SECCOMP_RELOAD, call_read_file);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    status = run(SYS_SECCOMP_RELOAD, use_loop);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    status = run(SYS_SECCOMP_RELOAD, call_open_to_write);
    assert_true(SYS_SANITIZED || (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS));
    status = run(SYS_SECCOMP_RELOAD, call_execve);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

/* Name servers are asked by datagrams, whatever else the gate does; nothing else is added. */
static void test_names(void **state)
{
    static const enum sys_seccomp_role roles[] = {SYS_SECCOMP_GATE_NAMES, SYS_SECCOMP_RELOAD_NAMES,
                                                  SYS_SECCOMP_LEARN_NAMES};

    (void)state;
    char path[] = "/tmp/dockgate-seccomp-XXXXXX";
    file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(unlink(path), 0);
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        int status = run(roles[i], call_datagram);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        status = run(roles[i], use_loop);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        status = run(roles[i], call_raw);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
        status = run(roles[i], call_execve);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
    }
    int status = run(SYS_SECCOMP_RELOAD_NAMES, call_read_file);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    status = run(SYS_SECCOMP_LEARN_NAMES, call_write_state);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    status = run(SYS_SECCOMP_GATE_NAMES, call_write_state);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
    assert_int_equal(close(file), 0);
}

static void call_abort(void)
{
    abort();
}

/* Assertions must still be able to end the process in their own way. */
static void test_abort(void **state)
{
    (void)state;
    int status = run(SYS_SECCOMP_GATE, call_abort);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static pthread_mutex_t gate_mutex = PTHREAD_MUTEX_INITIALIZER;

static void *thread(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&gate_mutex);
    call_execve();
    return NULL;
}

/* A thread that was there before is covered as well. */
static void test_threads(void **state)
{
    int status = 0;

    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        pthread_t t;

        pthread_mutex_lock(&gate_mutex);
        need(pthread_create(&t, NULL, thread, NULL) == 0);
        need(sys_seccomp_enter(SYS_SECCOMP_GATE));
        pthread_mutex_unlock(&gate_mutex);
        pthread_join(t, NULL);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed),  cmocka_unit_test(test_refused),
        cmocka_unit_test(test_janitor), cmocka_unit_test(test_loop_works),
        cmocka_unit_test(test_learn),   cmocka_unit_test(test_reload),
        cmocka_unit_test(test_names),   cmocka_unit_test(test_abort),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests_name("sys seccomp", tests, NULL, NULL);
}
