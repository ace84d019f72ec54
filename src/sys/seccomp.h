/* The list of system calls that the running gate may make. */
#ifndef SYS_SECCOMP_H
#define SYS_SECCOMP_H

#include <stdbool.h>
#include <stdint.h>

enum sys_seccomp_role {
    SYS_SECCOMP_GATE,    /* the loop and its threads */
    SYS_SECCOMP_RELOAD,  /* the same, and opening files to be read, which Landlock narrows down */
    SYS_SECCOMP_LEARN,   /* the same, and a file of its own that is written in place */
    SYS_SECCOMP_JANITOR, /* the child that removes socket files at the end */
    /* The first three where names of hosts are looked up: datagrams to name servers besides. */
    SYS_SECCOMP_GATE_NAMES,
    SYS_SECCOMP_RELOAD_NAMES,
    SYS_SECCOMP_LEARN_NAMES,
};

/* Installs the list for all threads of the process; any other call kills the process (SIGSYS).
 * Cannot be undone. Start all threads before. False with errno. */
bool sys_seccomp_enter(enum sys_seccomp_role role);

#endif
