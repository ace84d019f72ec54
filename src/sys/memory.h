/* Memory of the process: what only the start needed is given back. */
#ifndef SYS_MEMORY_H
#define SYS_MEMORY_H

/* Lets go of the pages that the start has touched and the loop may never touch again: read-only
 * pages of the program's own file (code, tables, relocations; they come back from the page cache
 * when they are used), and freed heap. Nothing is lost, and a failure changes nothing. */
void sys_memory_trim(void);

#endif
