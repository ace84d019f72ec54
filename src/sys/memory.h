/* Memory of the process: what only the start needed is given back. */
#ifndef SYS_MEMORY_H
#define SYS_MEMORY_H

#include <stddef.h>

/* Lets go of the pages that the start has touched and the loop may never touch again: read-only
 * pages of the program's own file (code, tables, relocations; they come back from the page cache
 * when they are used), and freed heap. Nothing is lost, and a failure changes nothing. */
void sys_memory_trim(void);

/* Gives the whole pages between `at` and `at + len` bytes back to the kernel: they hold zeros when
 * they are read next, and take no memory until they are written. For memory of the caller's own
 * that is not from a file. */
void sys_memory_forget(char *at, size_t len);

#endif
