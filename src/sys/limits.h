/* Limits of the process: descriptors as many as allowed, no core files. */
#ifndef SYS_LIMITS_H
#define SYS_LIMITS_H

#include <stdint.h>

/* Raises the number of descriptors to what is allowed and returns it; forbids core files, which
 * would hold what clients sent. */
uint64_t sys_limits_set(void);

/* How many of `wanted` client connections `descriptors` allow: two each (client and engine), and a
 * reserve. At least 1. */
uint32_t sys_limits_connections(uint64_t descriptors, uint32_t wanted);

/* How many processors the process may use; at least 1. */
unsigned sys_limits_processors(void);

#endif
