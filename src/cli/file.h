/* Reading a file whole. */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include "base/diag.h"

/* Reads the file at `path` ("-": standard input), `max` bytes at most, into memory that the caller
 * frees. On error NULL, and `d` names the file. An empty file is memory, too. */
char *file_read(const char *path, size_t max, size_t *len, struct diag *d);

#endif
