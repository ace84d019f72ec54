/* The janitor: a small child that keeps the right to remove our socket files, when the gate itself
 * gives it up. */
#ifndef SYS_JANITOR_H
#define SYS_JANITOR_H

#include "base/diag.h"

#include <sys/types.h>

/* A socket file by path and identity, so that nobody else's is removed. `path` is borrowed. */
struct sys_janitor_file {
    const char *path;
    dev_t dev;
    ino_t ino;
};

struct sys_janitor {
    pid_t pid; /* 0: none */
    int pipe;  /* its end is the janitor's sign */
};

/* The longest path of a socket with its terminator (sun_path). */
#define SYS_JANITOR_PATH 108

/* The folders of at most SYS_JANITOR_FILES socket files. */
#define SYS_JANITOR_FILES 64
struct sys_janitor_folders {
    char path[SYS_JANITOR_FILES][SYS_JANITOR_PATH];
    const char *at[SYS_JANITOR_FILES]; /* into `path` */
};

void sys_janitor_find_folders(const struct sys_janitor_file *files, size_t n,
                              struct sys_janitor_folders *folders);

/* Starts it, before rights are given up. It removes the files when the gate ends, in whatever way.
 * At most SYS_JANITOR_FILES; more are an error. */
bool sys_janitor_start(const struct sys_janitor_file *files, size_t n, struct sys_janitor *j,
                       struct diag *d);

/* Lets it do its work and waits for it. Nothing happens where there is none. */
void sys_janitor_finish(struct sys_janitor *j);

#endif
