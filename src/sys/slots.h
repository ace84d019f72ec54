/* A small file that is written in place, so that the running gate needs no right but that to a
 * descriptor which it has, and so that a single file that is mounted into a container will do. It
 * has two places for a text; the older one is overwritten, so that at any moment, and after any
 * crash, one of the two is whole. Which one is newer, and whether it is whole, the text itself must
 * tell. */
#ifndef SYS_SLOTS_H
#define SYS_SLOTS_H

#include "base/diag.h"

struct sys_slots {
    int fd;      /* -1: none */
    size_t size; /* of a place, in bytes */
};

/* Opens `path`, makes it (mode 0600) where it is not there, and locks it against a second writer.
 * `reading`: only looks; nothing is made or locked. False and `d` on error, or where it is no
 * regular file. */
bool sys_slots_open(struct sys_slots *s, const char *path, size_t size, bool reading,
                    struct diag *d);

/* Reads place 0 or 1 into `at` (`size` bytes); how many there are. False with errno. */
bool sys_slots_read(const struct sys_slots *s, unsigned slot, char *at, size_t *len);

/* Writes `text` (at most `size` bytes) to place 0 or 1 and waits until the disk has it. Works
 * inside the sandbox. False with errno. */
bool sys_slots_write(const struct sys_slots *s, unsigned slot, struct slice text);

void sys_slots_close(struct sys_slots *s);

#endif
