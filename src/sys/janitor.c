/* The child that removes socket files from folders in which the gate's own user may not write. It
 * sees one pipe and nothing else, waits for its end, removes exactly what was made, and is locked
 * up itself: two capabilities, no reading of files, eight system calls. */
#include "sys/janitor.h"

#include "sys/capability.h"
#include "sys/landlock.h"
#include "sys/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The folder of a socket's path, in `storage`. */
static void find_folder(const char *path, char storage[SYS_JANITOR_PATH])
{
    int len = snprintf(storage, SYS_JANITOR_PATH, "%s", path);
    int at = len < SYS_JANITOR_PATH ? len : SYS_JANITOR_PATH - 1;

    while (at > 1 && storage[at] != '/') {
        at--;
    }
    storage[at] = '\0';
}

void sys_janitor_find_folders(const struct sys_janitor_file *files, size_t n,
                              struct sys_janitor_folders *folders)
{
    for (size_t i = 0; i < n && i < SYS_JANITOR_FILES; i++) {
        find_folder(files[i].path, folders->path[i]);
        folders->at[i] = folders->path[i];
    }
}

static void lock_up(const struct sys_janitor_file *files, size_t n)
{
    static struct sys_janitor_folders folders;
    struct sys_landlock landlock = {.remove_from = folders.at, .nremove_from = n};

    sys_janitor_find_folders(files, n, &folders);
    /* Each is a second wall: where the kernel lacks one, the gate itself has already said so. */
    (void)sys_capability_bound();
    (void)sys_capability_keep(SYS_CAPABILITY_BIT(CAP_DAC_OVERRIDE) |
                              SYS_CAPABILITY_BIT(CAP_FOWNER));
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)sys_landlock_enter(&landlock);
    (void)sys_seccomp_enter(SYS_SECCOMP_JANITOR);
}

/* More descriptors than the gate has this early: its standard ones and its listeners. */
#define DESCRIPTORS_EARLY 1024

/* Keeps only the pipe, as descriptor 0. */
static void keep_only(int pipe)
{
    (void)dup2(pipe, 0);
    if (syscall(SYS_close_range, 1U, ~0U, 0U) < 0) { /* kernels before 5.9 */
        for (int fd = 1; fd < DESCRIPTORS_EARLY; fd++) {
            (void)close(fd); /* most are not open */
        }
    }
}

static void wait_for_end(void)
{
    char byte;

    while (read(0, &byte, 1) < 0 && errno == EINTR) {
    }
}

static void remove_file(const struct sys_janitor_file *file)
{
    struct stat st;

    if (lstat(file->path, &st) == 0 && st.st_dev == file->dev && st.st_ino == file->ino) {
        (void)unlink(file->path);
    }
}

static _Noreturn void janitor(int pipe, const struct sys_janitor_file *files, size_t n)
{
    sigset_t all;

    /* A service manager and a terminal signal every process of the gate; the janitor must outlive
     * that. */
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    keep_only(pipe);
    lock_up(files, n);
    wait_for_end();
    for (size_t i = 0; i < n; i++) {
        remove_file(&files[i]);
    }
    _exit(0);
}

bool sys_janitor_start(const struct sys_janitor_file *files, size_t n, struct sys_janitor *j,
                       struct diag *d)
{
    int ends[2];

    *j = (struct sys_janitor){.pid = 0, .pipe = -1};
    if (n > SYS_JANITOR_FILES) {
        return diag_set(d, "more than %d unix sockets", SYS_JANITOR_FILES);
    }
    if (pipe2(ends, O_CLOEXEC) < 0) {
        return diag_set(d, "cannot make a pipe: %s", strerror(errno));
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[1]);
        janitor(ends[0], files, n);
    }
    close(ends[0]);
    if (pid < 0) {
        close(ends[1]);
        return diag_set(d, "cannot start a process: %s", strerror(errno));
    }
    *j = (struct sys_janitor){.pid = pid, .pipe = ends[1]};
    return true;
}

void sys_janitor_finish(struct sys_janitor *j)
{
    if (j->pid <= 0) {
        return;
    }
    close(j->pipe);
    while (waitpid(j->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    *j = (struct sys_janitor){.pid = 0, .pipe = -1};
}
