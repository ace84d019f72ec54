/* The C library without the loading of shared objects and its own resolver of names, where it is
 * linked statically: 0.07 MB. A program that is one file looks for places of libraries as it
 * begins, a new thread sets its resolver up, and a stack could become executable. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#define STANDS_FOR(symbol) __asm__(symbol) __attribute__((used))

void loading_places(const char *places, const char *source, const char *hwcaps_prepend,
                    const char *hwcaps_mask) STANDS_FOR("_dl_init_paths");
int loading_stack(void *thread) STANDS_FOR("__nptl_change_stack_perm");
int loading_stacks(void **end) STANDS_FOR("_dl_make_stacks_executable");
char *loading_interface(unsigned number, char *name) STANDS_FOR("if_indextoname");

extern __thread void *loading_resolver __asm__("__libc_resp");

/* Each thread writes to it where it begins; nothing reads it. */
__thread void *loading_resolver;

/* LD_LIBRARY_PATH and the like say nothing to this program. */
void loading_places(const char *places, const char *source, const char *hwcaps_prepend,
                    const char *hwcaps_mask)
{
    (void)places;
    (void)source;
    (void)hwcaps_prepend;
    (void)hwcaps_mask;
}

/* The linker has said that stacks are not executable. */
int loading_stack(void *thread)
{
    (void)thread;
    return EPERM;
}

int loading_stacks(void **end)
{
    (void)end;
    return EPERM;
}

/* c-ares names it for answers that nobody asks it for: an address's own name. */
char *loading_interface(unsigned number, char *name)
{
    (void)number;
    (void)name;
    errno = ENXIO;
    return NULL;
}
