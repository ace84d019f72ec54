/* Gives back what the start has used. The start runs through most of the program once (relocations,
 * the libraries that read settings and build the sandbox); the loop needs a tenth of it. */
#include "sys/memory.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* A fault on a page of the file maps its neighbours too: 64 KiB, or as much as the page cache keeps
 * in one piece, but nothing beyond the mapping. So the program's mapping is cut into pieces of this
 * size. 4 KiB would cost a fault for each page, 64 KiB keeps three times as much. */
#define PIECE ((uintptr_t)16 * 1024)

/* Neighbouring mappings stay apart only while they differ in something. Every second piece is left
 * out of core dumps, which the gate never writes. Where advice is refused the pages stay. */
static void trim_range(uintptr_t from, uintptr_t to)
{
    (void)madvise((void *)from, to - from, MADV_DONTNEED);
    for (uintptr_t at = from; at < to; at += 2 * PIECE) {
        (void)madvise((void *)at, to - at < PIECE ? to - at : PIECE, MADV_DONTDUMP);
    }
}

/* The program alone: the first object. Writable segments, with what is read-only after relocation
 * in them, hold what no file has: they stay. */
static int trim_object(struct dl_phdr_info *object, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_W) == 0) {
            uintptr_t from = object->dlpi_addr + segment->p_vaddr;
            trim_range(from & ~(page - 1), (from + segment->p_memsz + page - 1) & ~(page - 1));
        }
    }
    return 1;
}

void sys_memory_trim(void)
{
    (void)malloc_trim(0); /* says only whether there was anything */
    (void)dl_iterate_phdr(trim_object, NULL);
}

void sys_memory_forget(char *at, size_t len)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = ((uintptr_t)at + page - 1) & ~(page - 1);
    uintptr_t to = ((uintptr_t)at + len) & ~(page - 1);
    if (from < to) {
        (void)madvise((void *)from, to - from, MADV_DONTNEED); /* where it is refused they stay */
    }
}
