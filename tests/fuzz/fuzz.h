/* What the fuzz targets share: the entry point that libFuzzer and replay_main.c call, and a loud
 * end. A target checks properties besides crashing: see each file's head. No dependency but the
 * core and the test support. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include "../unit/support/reading.h"

#include <stdio.h>
#include <stdlib.h>

/* Inputs above this are not worth their time: nothing in the readers grows beyond LIMIT_HEAD. */
#define FUZZ_MAX (80 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program with a message, so that the fuzzer keeps the input. */
#define FUZZ_EXPECT(condition)                                                                     \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (false)

/* Reads `in` whole, cut in two at a place that depends on the input, and in small steps; ends the
 * program unless all read the same. The reading is left in `out`; requests also in `forwarded`,
 * unless NULL, as they are sent on. */
void fuzz_read(enum reading_kind kind, struct slice in, struct buf *out, struct buf *forwarded);

#endif
