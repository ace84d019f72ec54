/* What a Compose file says of one service: its environment and its command. */
#ifndef CLI_COMPOSE_H
#define CLI_COMPOSE_H

#include "base/diag.h"
#include "cli/textlist.h"

/* Largest file. */
#define COMPOSE_MAX ((size_t)1024 * 1024)

/* Heap, freed with compose_free. */
struct compose {
    struct text_list environment; /* "NAME=VALUE" */
    struct text_list command;     /* words */
    struct text_list service;     /* its name, one text */
};

/* Reads a Compose file. `service` names the service that is wanted; NULL: the one whose image looks
 * like a socket proxy. `known`: what ${NAME} is replaced by, and what a service's env_file says;
 * NULL: nobody gave that. False, and `d` says where and why: no YAML, no such service, several that
 * may be meant, a value that the file does not hold. */
bool compose_read(struct slice file, const char *service, const struct text_list *known,
                  struct compose *c, struct diag *d);

void compose_free(struct compose *c);

#endif
