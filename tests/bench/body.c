/* What the check of a body costs: read, checked and written anew, no sockets.
 *   body FILE [ROUNDS [PROFILE]]
 * prints microseconds a body of containers/create, CPU time.
 * cc -O2 -D_GNU_SOURCE -Isrc tests/bench/body.c build/release/src/libcore.a -lpcre2-8 */
#include "inspect/requests.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
    static char body[65536];
    static char room[2 * sizeof(body)];
    struct diag d = {{0}};
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 40000;
    struct slice profile = slice_from_text(argc > 3 ? argv[3] : "safe");
    struct requests_policy *p = requests_policy_new(profile, profile, &d);

    if (file == NULL || p == NULL || rounds == 0) {
        return 2;
    }
    size_t len = fread(body, 1, sizeof(body), file);
    (void)fclose(file);
    double from = now_us();
    for (unsigned long i = 0; i < rounds; i++) {
        struct requests_refusal refusal = {.status = 0};
        struct buf out;
        buf_init(&out, room, sizeof(room));
        if (!requests_check_body(p, OPERATION_CONTAINER_CREATE, slice_of(body, len), &out,
                                 &refusal)) {
            fprintf(stderr, "refused: %.*s\n", (int)refusal.len, refusal.text);
            return 1;
        }
    }
    printf("%.2f us a body of %zu bytes\n", (now_us() - from) / (double)rounds, len);
    requests_policy_free(p);
    return 0;
}
