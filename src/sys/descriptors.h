/* The descriptors of a thread. */
#ifndef SYS_DESCRIPTORS_H
#define SYS_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>

/* Gives the calling thread a table of descriptors of its own, in which only the `n` of `keep` are
 * open; the other threads keep theirs, and what either opens or closes later is its own matter. As
 * long as nobody shares a table the kernel need not count who is using a descriptor, which it
 * does by two atomic operations a system call. False, and everything as it was, where the kernel
 * can't (CLOSE_RANGE_UNSHARE, Linux 5.9) or is not let. To be called before the sandbox is sealed.
 */
bool sys_descriptors_part(const int *keep, size_t n);

#endif
