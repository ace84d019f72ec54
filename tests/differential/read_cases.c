/* What our reader makes of the cases on standard input, for compare.py.
 * A case is 4 bytes of length, big-endian, and that many bytes; the answer to each is the lines of
 * reading_run, then "forwarded" with what would be sent on, in hex, then a line with a full stop.
 */
#include "../unit/support/guard.h"
#include "../unit/support/reading.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_SIZE (4 * 1024 * 1024)

/* Reads the next case; false at the end of the input. */
static bool read_case(char *storage, struct slice *in)
{
    unsigned char head[4];

    if (fread(head, 1, sizeof(head), stdin) != sizeof(head)) {
        return false;
    }

    size_t len = (size_t)head[0] << 24U | (size_t)head[1] << 16U | (size_t)head[2] << 8U | head[3];

    if (len > GUARD_MAX || fread(storage, 1, len, stdin) != len) {
        fprintf(stderr, "a case that is too long or cut off\n");
        exit(1);
    }
    *in = slice_of(storage, len);
    return true;
}

static void put_hex(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        putchar("0123456789abcdef"[(unsigned char)s.at[i] >> 4U]);
        putchar("0123456789abcdef"[(unsigned char)s.at[i] & 15U]);
    }
}

int main(void)
{
    static char storage[GUARD_MAX];
    static char text_storage[TEXT_SIZE];
    static char forwarded_storage[TEXT_SIZE];
    struct slice in;

    while (read_case(storage, &in)) {
        struct buf text;
        struct buf forwarded;

        buf_init(&text, text_storage, sizeof(text_storage));
        buf_init(&forwarded, forwarded_storage, sizeof(forwarded_storage));
        reading_run(READING_REQUESTS, in, in.len, 0, &text, &forwarded);
        if (text.full || forwarded.full) {
            fprintf(stderr, "a case whose answer is too long\n");
            return 1;
        }
        fwrite(text.at, 1, text.len, stdout);
        fputs("forwarded ", stdout);
        put_hex(buf_slice(&forwarded));
        fputs("\n.\n", stdout);
    }
    return 0;
}
