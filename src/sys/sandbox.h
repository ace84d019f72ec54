/* The start ceremony's second half: rights are given up, one after the other, for good. */
#ifndef SYS_SANDBOX_H
#define SYS_SANDBOX_H

#include "sys/identity.h"
#include "sys/janitor.h"
#include "sys/seccomp.h"

/* What the running gate still needs. Borrowed for the calls. */
struct sys_sandbox {
    struct sys_identity identity;
    uint16_t engine_port;                 /* TCP port of the engine; 0 for a unix socket */
    bool looks_up;                        /* names of hosts, at name servers */
    const struct sys_janitor_file *files; /* our socket files, to be removed at the end */
    size_t nfiles;
    const char *read_in; /* a folder whose files may still be read; NULL: none */
    bool read_proc;      /* what /proc says to anybody may be read */
    struct sys_janitor janitor;
};

/* Gives up ids, capabilities, new privileges and the file system, in this order; before any thread
 * is made, since all but the ids are a thread's own. A step that the kernel or the container denies
 * is logged once by name, and the others follow. False and `d` only when a socket file could not be
 * removed later. */
bool sys_sandbox_enter(struct sys_sandbox *s, struct diag *d);

/* Closes the list of system calls over all threads. After it nothing can be opened, started or
 * bound, but for what the role says. */
void sys_sandbox_seal(enum sys_seccomp_role role);

/* Lets the janitor finish, if there is one. */
void sys_sandbox_leave(struct sys_sandbox *s);

#endif
