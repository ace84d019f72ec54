/* Checking rows: the reading of the whole input against the row, and every split against the whole.
 * Long inputs are cut at a sample of places: all cuts of 64 KiB would take minutes.
 * Fails through cmocka, with the name of the row. */
#include "cases.h"

/* cmocka's header wants these before itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define TEXT_SIZE    (4 * 1024 * 1024)
#define ALL_CUTS_MAX 1024
#define SEED_MAX     2048

static void compare(const char *name, const char *how, size_t n, struct slice whole,
                    struct slice split)
{
    if (!slice_equal(whole, split)) {
        fail_msg("%s: %s %zu reads\n%.*s\ninstead of\n%.*s", name, how, n, (int)split.len, split.at,
                 (int)whole.len, whole.at);
    }
}

void cases_check_splits(enum reading_kind kind, const char *name, struct slice in, struct buf *out)
{
    static char storage[TEXT_SIZE];
    size_t stride = in.len <= ALL_CUTS_MAX ? 1 : in.len / 64;
    size_t step = in.len <= ALL_CUTS_MAX ? 1 : 509;
    struct buf again;

    reading_run(kind, in, in.len, 0, out, NULL);
    for (size_t cut = 0; cut < in.len; cut += stride) {
        buf_init(&again, storage, sizeof(storage));
        reading_run(kind, in, cut, 0, &again, NULL);
        compare(name, "cut at", cut, buf_slice(out), buf_slice(&again));
    }
    buf_init(&again, storage, sizeof(storage));
    reading_run(kind, in, 0, step, &again, NULL);
    compare(name, "in steps of", step, buf_slice(out), buf_slice(&again));
    if (out->full) {
        fail_msg("%s: too long for the test", name);
    }
}

/* With DOCKGATE_SEEDS naming a folder, each row's input also becomes a file of a fuzz corpus there.
 */
static void write_seed(enum reading_kind kind, struct slice in)
{
    static const char *const folders[] = {
        [READING_REQUESTS] = "request_head",
        [READING_RESPONSES] = "response_head",
        [READING_HEAD_RESPONSES] = "response_head",
        [READING_CHUNKS] = "chunk",
    };
    const char *seeds = getenv("DOCKGATE_SEEDS");
    uint32_t hash = 2166136261U; /* FNV-1a */
    char path[4096];

    if (seeds == NULL || in.len > SEED_MAX) {
        return;
    }
    for (size_t i = 0; i < in.len; i++) {
        hash = (hash ^ (uint8_t)in.at[i]) * 16777619U;
    }
    snprintf(path, sizeof(path), "%s/%s/%08x", seeds, folders[kind], hash);

    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    if (folders[kind] == folders[READING_RESPONSES]) { /* see fuzz_response_head.c */
        fputc(kind == READING_HEAD_RESPONSES ? 'h' : 'g', file);
    }
    assert_int_equal(fwrite(in.at, 1, in.len, file), in.len);
    fclose(file);
}

/* The last line of `text`, with the number of lines before it in place of a refusal's details. */
static void sum_up(struct slice text, struct buf *out)
{
    struct slice line;
    struct slice last = {NULL, 0};
    size_t nlines = 0;

    while (slice_next(&text, '\n', &line) && text.at != NULL) {
        last = line;
        nlines++;
    }
    buf_put(out, last);
    if (!slice_starts_with(last, SLICE("refused"))) {
        buf_putf(out, " %zu", nlines - 1);
    }
}

void cases_check(enum reading_kind kind, const struct reader_case *cases, size_t ncases)
{
    static char storage[TEXT_SIZE];
    char result[128];

    for (size_t i = 0; i < ncases; i++) {
        struct buf text;
        struct buf sum;

        buf_init(&text, storage, sizeof(storage));
        buf_init(&sum, result, sizeof(result) - 1);
        cases_check_splits(kind, cases[i].name, cases[i].in, &text);
        sum_up(buf_slice(&text), &sum);
        write_seed(kind, cases[i].in);
        result[sum.len] = '\0';
        if (!slice_equal(buf_slice(&sum), slice_from_text(cases[i].result))) {
            fail_msg("%s: \"%s\" instead of \"%s\"", cases[i].name, result, cases[i].result);
        }
    }
}
