/* What a view costs: a list of containers is read and written by the filter alone, no sockets.
 *   view [CONTAINERS [ROUNDS]]
 * prints nanoseconds a byte of input, for each view and for a plain copy of the same bytes.
 * cc -O2 -D_GNU_SOURCE -Isrc tests/bench/view.c src/inspect/*.c src/api/*.c src/base/*.c */
#include "containers.h"
#include "inspect/answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void report(const char *name, uint64_t ns, size_t bytes, size_t out)
{
    printf("%-24s %6.2f ns a byte, %zu bytes in, %zu out\n", name, (double)ns / (double)bytes,
           bytes, out);
}

static size_t pass(const struct answers_policy *p, const char *text, size_t len, char *sink)
{
    struct answers *a = answers_begin(p, OPERATION_CONTAINER_LIST, 200);
    size_t out = 0;
    for (size_t at = 0; at < len; at += ANSWERS_PIECE) {
        if (answers_feed(a, slice_sub(slice_of(text, len), at, ANSWERS_PIECE)) != ANSWERS_OK) {
            fprintf(stderr, "refused\n");
            exit(1);
        }
        struct slice ready = answers_ready(a);
        memcpy(sink, ready.at, ready.len);
        out += ready.len;
        answers_taken(a);
    }
    answers_free(a);
    return out;
}

int main(int argc, char **argv)
{
    static const struct slice all[] = {SLICE_INIT("com.docker.compose.project=project")};
    static const struct slice none[] = {SLICE_INIT("com.docker.compose.project=other")};
    static const struct {
        const char *name;
        struct answers_settings settings;
    } VIEWS[] = {
        {"everything masked", {.redact = 127}},
        {"some labels masked", {.redact = ANSWERS_LABELS, .labels = {none, 1}}},
        {"narrowed to all", {.visible_labels = {all, 1}}},
        {"narrowed to nothing", {.visible_labels = {none, 1}}},
        {"both", {.redact = 127, .visible_labels = {all, 1}}},
    };
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
    size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 50;
    size_t len = 0;
    char *text = n == 0 ? NULL : containers_list(n, &len);
    char *sink = malloc(len + 4 * ANSWERS_HELD_MAX);
    if (text == NULL || sink == NULL) {
        return 1;
    }
    uint64_t from = now_ns();
    for (size_t i = 0; i < rounds; i++) {
        memcpy(sink, text, len);
        __asm__ volatile("" ::: "memory");
    }
    report("copied", now_ns() - from, len * rounds, len);
    for (size_t v = 0; v < sizeof(VIEWS) / sizeof(VIEWS[0]); v++) {
        struct answers_policy *p = answers_policy_new(&VIEWS[v].settings);
        size_t out = 0;
        from = now_ns();
        for (size_t i = 0; i < rounds; i++) {
            out = pass(p, text, len, sink);
        }
        report(VIEWS[v].name, now_ns() - from, len * rounds, out);
        answers_policy_free(p);
    }
    free(text);
    free(sink);
    return 0;
}
