/* Files of variables, as `docker run --env-file` and Compose read them. */
#ifndef CLI_ENVFILE_H
#define CLI_ENVFILE_H

#include "base/diag.h"
#include "cli/textlist.h"

/* Largest file. */
#define ENVFILE_MAX ((size_t)1024 * 1024)

/* Reads lines NAME=VALUE; empty lines and those that begin with # are skipped, later ones win. A
 * value in quotes is refused: docker keeps the quotes, Compose takes them off. A name without '='
 * is refused: its value is not in the file. On false `d` names the line; what was read before stays
 * in the list, which the caller frees in any case. */
bool envfile_read(struct slice file, struct text_list *list, struct diag *d);

#endif
