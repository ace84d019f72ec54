/* The C library without wide text, other character sets and fractions, where it is linked
 * statically: 0.15 MB. A stream of bytes names what a stream of wide characters would need,
 * printing names the printing of fractions, and conversions bring the loading of shared objects
 * along. Here text is bytes, and numbers are whole; what is never called ends the process if it is.
 */
#include <stdlib.h>

#define STANDS_FOR(symbol) __asm__(symbol) __attribute__((used))

void wide_print(void) STANDS_FOR("__vfwprintf_internal");
void wide_fraction(void) STANDS_FOR("__printf_fp");
void wide_fraction_hex(void) STANDS_FOR("__printf_fphex");
void wide_clone(void) STANDS_FOR("__wcsmbs_clone_conv");
void wide_named(void) STANDS_FOR("__wcsmbs_named_conv");
void wide_load(void) STANDS_FOR("__wcsmbs_load_conv");
void wide_to_bytes(void) STANDS_FOR("__wcsrtombs");
void wide_of_bytes(void) STANDS_FOR("__mbsrtowcs");
void wide_release(void) STANDS_FOR("__gconv_release_step");
void wide_cleanup(void) STANDS_FOR("_nl_cleanup_ctype");

extern int wide_lock __asm__("__gconv_lock");
extern const void *const wide_functions[4] __asm__("__wcsmbs_gconv_fcts_c");

int wide_lock;
const void *const wide_functions[4] = {0};

void wide_print(void)
{
    abort();
}

void wide_fraction(void)
{
    abort();
}

void wide_fraction_hex(void)
{
    abort();
}

void wide_clone(void)
{
    abort();
}

void wide_named(void)
{
    abort();
}

void wide_load(void)
{
    abort();
}

void wide_to_bytes(void)
{
    abort();
}

void wide_of_bytes(void)
{
    abort();
}

void wide_release(void)
{
    abort();
}

/* What a locale has loaded: none is. */
void wide_cleanup(void)
{
}
