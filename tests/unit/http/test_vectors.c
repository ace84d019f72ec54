/* The recorded attacks, as far as reading goes: framing and targets.
 * The rows are made from tests/data/attacks when the tests are built (vectors.py).
 * What the session or the policy decides is tried by the system tests with the same files. */
#include "../support/cases.h"

#include "http/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum vector_must {
    VECTOR_READ,
    VECTOR_REFUSE,
    VECTOR_EITHER,
};

struct framing_vector {
    const char *id;
    const char *name;
    bool response;
    enum vector_must must;
    const char *statuses; /* " 400 501 "; none: any */
    const char *requests; /* "hex method TAB hex target" a line */
    const char *never;    /* the same, of a request that must not be read */
    struct slice in;
};

struct path_vector {
    const char *id;
    enum vector_must must;
    struct slice target;
    struct slice names; /* decoded, one a line; each is part of the path */
};

#include "vectors.inc"

/* Whether a line of `text` starts with `start`. */
static bool has_line(struct slice text, struct slice start)
{
    struct slice line;

    while (slice_next(&text, '\n', &line)) {
        if (slice_starts_with(line, start)) {
            return true;
        }
    }
    return false;
}

static void check_requests(const struct framing_vector *row, struct slice text)
{
    struct slice wanted = slice_from_text(row->requests);
    struct slice line;
    struct slice start;

    while (wanted.len > 0 && slice_next(&wanted, '\n', &start)) {
        if (!slice_next(&text, '\n', &line) || !slice_starts_with(line, start)) {
            fail_msg("%s %s: reads another request", row->id, row->name);
        }
    }
}

static bool is_listed(const char *statuses, unsigned status)
{
    struct slice rest = slice_trim(slice_from_text(statuses));
    struct slice word;
    uint64_t value = 0;

    if (rest.len == 0) {
        return true;
    }
    while (slice_next(&rest, ' ', &word)) {
        if (slice_to_u64(word, 10, 999, &value) && value == status) {
            return true;
        }
    }
    return false;
}

/* The status that answers the refusal in the last line of `text`, or 0. */
static unsigned refused_status(struct slice text)
{
    for (unsigned i = HTTP_REFUSAL_NONE + 1; i < HTTP_REFUSAL_COUNT; i++) {
        char storage[64];
        struct buf start;

        buf_init(&start, storage, sizeof(storage));
        buf_put(&start, SLICE("refused "));
        buf_put(&start, http_refusal_name(i));
        buf_put_byte(&start, ' ');
        if (has_line(text, buf_slice(&start))) {
            return http_refusal_status(i);
        }
    }
    return 0;
}

static void check_framing(const struct framing_vector *row, struct slice text)
{
    unsigned status = refused_status(text);

    if (row->must == VECTOR_REFUSE && status == 0) {
        fail_msg("%s %s: read", row->id, row->name);
    }
    if (row->must == VECTOR_READ && status != 0) {
        fail_msg("%s %s: refused with %u", row->id, row->name, status);
    }
    if (status != 0 && !row->response && !is_listed(row->statuses, status)) {
        fail_msg("%s %s: refused with %u", row->id, row->name, status);
    }
    if (status == 0) {
        check_requests(row, text);
    }
    if (row->never[0] != '\0' && has_line(text, slice_from_text(row->never))) {
        fail_msg("%s %s: reads what is hidden", row->id, row->name);
    }
}

static void test_framing(void **state)
{
    static char storage[1024 * 1024];

    (void)state;
    for (size_t i = 0; i < sizeof(framing_vectors) / sizeof(framing_vectors[0]); i++) {
        const struct framing_vector *row = &framing_vectors[i];
        struct buf text;

        buf_init(&text, storage, sizeof(storage));
        cases_check_splits(row->response ? READING_RESPONSES : READING_REQUESTS, row->id, row->in,
                           &text);
        check_framing(row, buf_slice(&text));
    }
}

static void check_names(const struct path_vector *row, struct slice path)
{
    struct slice names = row->names;
    struct slice name;

    while (names.len > 0 && slice_next(&names, '\n', &name)) {
        if (memmem(path.at, path.len, name.at, name.len) == NULL) {
            fail_msg("%s: decoded as %.*s", row->id, (int)path.len, path.at);
        }
    }
}

static void test_paths(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(path_vectors) / sizeof(path_vectors[0]); i++) {
        const struct path_vector *row = &path_vectors[i];
        char storage[4096];
        struct http_target target;

        assert_true(row->target.len <= sizeof(storage));

        enum http_refusal refusal = http_target_read(row->target, storage, &target);

        if (row->must != VECTOR_EITHER &&
            (refusal == HTTP_REFUSAL_NONE) != (row->must == VECTOR_READ)) {
            fail_msg("%s: %.*s", row->id, (int)http_refusal_name(refusal).len,
                     http_refusal_name(refusal).at);
        }
        if (refusal == HTTP_REFUSAL_NONE) {
            check_names(row, target.path);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_framing),
                                       cmocka_unit_test(test_paths)};

    return cmocka_run_group_tests_name("http vectors", tests, NULL, NULL);
}
