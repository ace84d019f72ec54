/* Landlock: no file, no other TCP port, no foreign process. */
#ifndef SYS_LANDLOCK_H
#define SYS_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stays possible. */
struct sys_landlock {
    const char *const *remove_from; /* folders in which files may be removed (our socket files) */
    size_t nremove_from;
    const char *read_in;   /* a folder whose files may be read; NULL: none */
    uint16_t connect_port; /* TCP port of the engine; 0: none */
    uint16_t names_port;   /* the same of name servers */
    bool read_proc;        /* what /proc says of a process to anybody; what it says only to who may
                              trace the process stays closed, since Landlock denies tracing */
};

/* Closes the rest for this thread and all that it makes later. Needs no-new-privileges. True when
 * done; else errno (ENOSYS: not in this kernel, EOPNOTSUPP: switched off). What the kernel's
 * version does not know is left out. */
bool sys_landlock_enter(const struct sys_landlock *what);

#endif
