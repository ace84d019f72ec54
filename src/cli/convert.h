/* A policy of the environment as a configuration file. */
#ifndef CLI_CONVERT_H
#define CLI_CONVERT_H

#include "cli/load.h"

/* Writes a dockgate.yaml that grants the same under these settings, never more; what it can't say
 * is listed in comments. Exit status: 0 all of it, 1 something is lost, 2 no memory. */
int convert_print_yaml(const struct policy *p, const struct settings *s);

#endif
