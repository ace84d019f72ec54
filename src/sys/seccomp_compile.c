/* A program of the build: compiles the lists of system calls, one table a role, to what the kernel
 * reads, through libseccomp, and writes them as C (seccomp_list.h). The gate itself carries the
 * result and not the library. Everything that is not listed kills the process: a gate that makes
 * another call is either taken over or wrong, and must not go on. */
#include "sys/seccomp.h"

#include "sys/sanitized.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* The low bits of a socket's type; above them are SOCK_CLOEXEC and SOCK_NONBLOCK. */
#define SOCKET_TYPE_MASK 0xf

/* A call, and up to two conditions on its arguments: (argument & mask) == value. A mask of 0: no
 * condition. */
struct rule {
    int call;
    struct {
        unsigned argument;
        uint64_t mask;
        uint64_t value;
    } only[2];
};

#define ANY(call)                                                                                  \
    {                                                                                              \
        SCMP_SYS(call),                                                                            \
        {                                                                                          \
            {0, 0, 0},                                                                             \
            {                                                                                      \
                0, 0, 0                                                                            \
            }                                                                                      \
        }                                                                                          \
    }
#define ONLY(call, argument, mask, value)                                                          \
    {                                                                                              \
        SCMP_SYS(call),                                                                            \
        {                                                                                          \
            {argument, mask, value},                                                               \
            {                                                                                      \
                0, 0, 0                                                                            \
            }                                                                                      \
        }                                                                                          \
    }
#define SOCKET(family, type)                                                                       \
    {                                                                                              \
        SCMP_SYS(socket),                                                                          \
        {                                                                                          \
            {0, UINT32_MAX, family},                                                               \
            {                                                                                      \
                1, SOCKET_TYPE_MASK, type                                                          \
            }                                                                                      \
        }                                                                                          \
    }

/* In groups by what they are for; inside a group by name. Names that an architecture lacks are
 * ignored there. */
/* clang-format off */
static const struct rule GATE[] = {
    /* bytes */
    ANY(close), ANY(pwritev2), ANY(read), ANY(readv), ANY(recvfrom), ANY(recvmsg), ANY(sendmsg), ANY(sendto), ANY(write), ANY(writev),
    /* sockets: streams only, of three families */
    SOCKET(AF_UNIX, SOCK_STREAM), SOCKET(AF_INET, SOCK_STREAM), SOCKET(AF_INET6, SOCK_STREAM),
    ANY(accept4), ANY(connect), ANY(getpeername), ANY(getsockname), ANY(getsockopt), ANY(setsockopt), ANY(shutdown),
    ONLY(fcntl, 1, UINT32_MAX, F_GETFD), ONLY(fcntl, 1, UINT32_MAX, F_SETFD),
    ONLY(fcntl, 1, UINT32_MAX, F_GETFL), ONLY(fcntl, 1, UINT32_MAX, F_SETFL),
    /* waiting */
    ANY(clock_nanosleep), ANY(epoll_create1), ANY(epoll_ctl), ANY(epoll_pwait), ANY(epoll_pwait2), ANY(epoll_wait),
    ANY(eventfd2), ANY(futex), ANY(nanosleep), ANY(poll), ANY(ppoll), ANY(sched_yield),
    /* time and chance */
    ANY(clock_getres), ANY(clock_gettime), ANY(getrandom), ANY(gettimeofday),
    /* memory: never executable */
    ANY(brk), ANY(madvise), ANY(mremap), ANY(munmap), ONLY(mmap, 2, PROT_EXEC, 0), ONLY(mprotect, 2, PROT_EXEC, 0),
    /* signals, read from a descriptor; abort() */
    ANY(getpid), ANY(gettid), ANY(restart_syscall), ANY(rt_sigaction), ANY(rt_sigprocmask), ANY(rt_sigreturn),
    ANY(rt_sigtimedwait), ANY(signalfd4), ANY(tgkill),
    /* threads that start or end; how many processors there are, asked by malloc */
    ANY(exit), ANY(exit_group), ANY(rseq), ANY(sched_getaffinity), ANY(set_robust_list), ANY(wait4),
    /* our own socket files, and who may use the engine's */
    ANY(fstat), ANY(lstat), ANY(newfstatat), ANY(stat), ANY(statx), ANY(unlink), ANY(unlinkat),
};

/* To a descriptor that is open already: nothing here opens one. */
static const struct rule LEARN[] = {
    ANY(fdatasync), ANY(pwrite64),
};

/* Refused instead of killed: the C library looks up whether memory that a thread gives back may be
 * taken away from it (/proc/sys/vm/overcommit_memory), and does without an answer. It never reads. */
static const struct rule REFUSED[] = {
    ONLY(openat, 2, UINT32_MAX, O_RDONLY | O_CLOEXEC),
};

/* The configuration file, read again; where there is Landlock, nothing else. */
static const struct rule RELOAD[] = {
    ONLY(openat, 2, UINT32_MAX, O_RDONLY | O_CLOEXEC),
};

/* To name servers. */
static const struct rule NAMES[] = {
    SOCKET(AF_INET, SOCK_DGRAM), SOCKET(AF_INET6, SOCK_DGRAM),
};

static const struct rule JANITOR[] = {
    ANY(close), ANY(exit_group), ANY(lstat), ANY(newfstatat), ANY(read), ANY(restart_syscall), ANY(rt_sigreturn),
    ANY(statx), ANY(unlink), ANY(unlinkat),
};

/* What the run time of the sanitizers wants besides, mostly for its report at the end. */
static const struct rule SANITIZER[] = {
    ANY(arch_prctl), ANY(clone), ANY(clone3), ANY(dup), ANY(dup2), ANY(getdents), ANY(getdents64), ANY(getegid), ANY(geteuid),
    ANY(getgid), ANY(getppid), ANY(getrlimit), ANY(getuid), ANY(ioctl), ANY(kill), ANY(lseek), ANY(mincore), ANY(mmap),
    ANY(mprotect), ANY(msync), ANY(open), ANY(openat), ANY(pipe), ANY(pipe2), ANY(prctl), ANY(pread64), ANY(prlimit64),
    ANY(process_vm_readv), ANY(ptrace), ANY(readlink), ANY(readlinkat), ANY(sigaltstack), ANY(sysinfo), ANY(tkill),
    ANY(uname), ANY(rt_sigqueueinfo), ANY(rt_sigsuspend), ANY(waitid),
    /* the janitor's own run time */
    ANY(brk), ANY(clock_gettime), ANY(exit), ANY(futex), ANY(getpid), ANY(gettid), ANY(madvise), ANY(mremap), ANY(munmap),
    ANY(rt_sigaction), ANY(rt_sigprocmask), ANY(sched_yield), ANY(wait4), ANY(write), ANY(fstat), ANY(stat),
};
/* clang-format on */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static int add_rule(scmp_filter_ctx filter, uint32_t action, const struct rule *rule)
{
    struct scmp_arg_cmp conditions[2];
    unsigned n = 0;

    for (; n < 2 && rule->only[n].mask != 0; n++) {
        conditions[n] = (struct scmp_arg_cmp){rule->only[n].argument, SCMP_CMP_MASKED_EQ,
                                              rule->only[n].mask, rule->only[n].value};
    }
    return seccomp_rule_add_array(filter, action, rule->call, n, conditions);
}

/* Adding a rule that is there already is no error of ours: two tables may name the same call. */
static int add_table(scmp_filter_ctx filter, uint32_t action, const struct rule *rules, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int error = add_rule(filter, action, &rules[i]);

        if (error < 0 && error != -EEXIST) {
            return error;
        }
    }
    return 0;
}

#define TABLE(rows)                                                                                \
    {                                                                                              \
        rows, COUNT(rows)                                                                          \
    }

/* What each role consists of; the last columns: what is refused instead of killed. */
/* clang-format off */
static const struct {
    const char *name;
    struct table { const struct rule *rows; size_t n; } may[3], refused;
} ROLES[] = {
    [SYS_SECCOMP_GATE]         = {"seccomp_gate",         {TABLE(GATE)},                        TABLE(REFUSED)},
    [SYS_SECCOMP_RELOAD]       = {"seccomp_reload",       {TABLE(GATE), TABLE(RELOAD)},         {NULL, 0}},
    [SYS_SECCOMP_LEARN]        = {"seccomp_learn",        {TABLE(GATE), TABLE(LEARN)},          TABLE(REFUSED)},
    [SYS_SECCOMP_JANITOR]      = {"seccomp_janitor",      {TABLE(JANITOR)},                     {NULL, 0}},
    [SYS_SECCOMP_GATE_NAMES]   = {"seccomp_gate_names",   {TABLE(GATE), TABLE(NAMES)},          TABLE(REFUSED)},
    [SYS_SECCOMP_RELOAD_NAMES] = {"seccomp_reload_names", {TABLE(GATE), TABLE(NAMES), TABLE(RELOAD)}, {NULL, 0}},
    [SYS_SECCOMP_LEARN_NAMES]  = {"seccomp_learn_names",  {TABLE(GATE), TABLE(NAMES), TABLE(LEARN)},  TABLE(REFUSED)},
};
/* clang-format on */

static int fill(scmp_filter_ctx filter, enum sys_seccomp_role role)
{
    int error = 0;

    for (size_t i = 0; i < COUNT(ROLES[role].may) && error == 0; i++) {
        error = add_table(filter, SCMP_ACT_ALLOW, ROLES[role].may[i].rows, ROLES[role].may[i].n);
    }
    if (error == 0 && SYS_SANITIZED) {
        return add_table(filter, SCMP_ACT_ALLOW, SANITIZER, COUNT(SANITIZER));
    }
    if (error == 0) {
        error = add_table(filter, SCMP_ACT_ERRNO(EACCES), ROLES[role].refused.rows,
                          ROLES[role].refused.n);
    }
    return error;
}

static int compile(scmp_filter_ctx filter, enum sys_seccomp_role role, FILE *out)
{
    int error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

    if (error == 0) {
        /* Sorted as a binary tree: a handful of comparisons a call instead of dozens. */
        error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    }
    if (error == 0) {
        error = fill(filter, role);
    }
    return error == 0 ? seccomp_export_bpf(filter, fileno(out)) : error;
}

static void write_steps(FILE *compiled, const char *name)
{
    struct sock_filter step;

    rewind(compiled);
    printf("static const struct sock_filter %s[] = {\n", name);
    while (fread(&step, sizeof(step), 1, compiled) == 1) {
        printf("    {0x%x, %u, %u, 0x%x},\n", step.code, step.jt, step.jf, step.k);
    }
    printf("};\n");
}

/* Writes one role's list as an array. */
static bool write_list(enum sys_seccomp_role role)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    FILE *compiled = tmpfile();
    bool ok = filter != NULL && compiled != NULL && compile(filter, role, compiled) == 0;

    if (ok) {
        write_steps(compiled, ROLES[role].name);
    }
    if (compiled != NULL) {
        (void)fclose(compiled); /* nobody reads it again */
    }
    seccomp_release(filter);
    return ok;
}

int main(void)
{
    const struct scmp_version *version = seccomp_version();

    printf("/* Compiled by libseccomp %u.%u.%u out of the tables in sys/seccomp_compile.c. */\n",
           version->major, version->minor, version->micro);
    bool ok = true;
    for (size_t role = 0; role < COUNT(ROLES) && ok; role++) {
        ok = write_list((enum sys_seccomp_role)role);
    }
    return ok && fflush(stdout) == 0 ? 0 : 1;
}
