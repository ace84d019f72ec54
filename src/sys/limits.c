/* Sets the limits of the process. Nothing is sized by the number of descriptors: engines set it to
 * a billion, and a table of that length would be the end; it only bounds the number of connections.
 */
#include "sys/limits.h"

#include <sched.h>
#include <sys/resource.h>

/* Standard streams, listeners, event queues, the way to the service manager. */
#define RESERVE 64

uint64_t sys_limits_set(void)
{
    struct rlimit files = {0, 0};
    const struct rlimit none = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &none); /* lowering is always permitted */
    if (getrlimit(RLIMIT_NOFILE, &files) < 0) {
        return 1024; /* what every Linux starts with */
    }
    rlim_t before = files.rlim_cur;
    files.rlim_cur = files.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_max : before;
}

uint32_t sys_limits_connections(uint64_t descriptors, uint32_t wanted)
{
    uint64_t possible = descriptors > RESERVE + 2 ? (descriptors - RESERVE) / 2 : 1;

    return possible < wanted ? (uint32_t)possible : wanted;
}

unsigned sys_limits_processors(void)
{
    cpu_set_t set;

    /* Fails on machines with more than 1024 of them: then two are surely there. */
    return sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : 2;
}
