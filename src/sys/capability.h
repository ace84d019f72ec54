/* Capabilities, given up for good. */
#ifndef SYS_CAPABILITY_H
#define SYS_CAPABILITY_H

#include <stdbool.h>
#include <stdint.h>

#define SYS_CAPABILITY_BIT(capability) (UINT64_C(1) << (capability))

/* Empties the bounding and the ambient set. Must come before root is given up, since it needs a
 * capability itself. True when done or when there was nothing to give up; else errno. */
bool sys_capability_bound(void);

/* Reduces the effective and permitted sets of this thread to `keep` (0: none) and empties the
 * inheritable one. False with errno. */
bool sys_capability_keep(uint64_t keep);

#endif
