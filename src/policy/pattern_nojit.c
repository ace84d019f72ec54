/* PCRE2 without its compiler of machine code. The gate never asks for it (its sandbox permits no
 * executable memory), but the library's other parts name five of its functions, and with them would
 * come 240 KiB. These stand in their place where the library is linked statically; a library that
 * needs more of it, or names it otherwise, does not link. */
#include <stddef.h>

#define STANDS_FOR(symbol) __asm__(symbol) __attribute__((used))

int nojit_check_exec(void) STANDS_FOR("_pcre2_jit_check_exec_8");
void nojit_free(void *code, void *allocator) STANDS_FOR("_pcre2_jit_free_8");
size_t nojit_get_size(void *code) STANDS_FOR("_pcre2_jit_get_size_8");
const char *nojit_get_target(void) STANDS_FOR("_pcre2_jit_get_target_8");
int nojit_match(const void *code, const unsigned char *subject, size_t length, size_t start,
                unsigned options, void *data, void *context) STANDS_FOR("pcre2_jit_match_8");

/* Machine code can't be run. */
int nojit_check_exec(void)
{
    return 0;
}

/* None was ever made. */
void nojit_free(void *code, void *allocator)
{
    (void)code;
    (void)allocator;
}

size_t nojit_get_size(void *code)
{
    (void)code;
    return 0;
}

const char *nojit_get_target(void)
{
    return "none";
}

int nojit_match(const void *code, const unsigned char *subject, size_t length, size_t start,
                unsigned options, void *data, void *context)
{
    (void)code;
    (void)subject;
    (void)length;
    (void)start;
    (void)options;
    (void)data;
    (void)context;
    return -45; /* PCRE2_ERROR_JIT_BADOPTION */
}
