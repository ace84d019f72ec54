/* Chunked bodies: framing read in any split, strictly, and given up where it is nearly all framing.
 * Each row is tried in every split, its end at a page that nobody may read.
 * Long streams are made, not written down. */
#include "../support/cases.h"

#include "http/chunk.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* clang-format off */
static const struct reader_case bodies[] = {
    CASE("empty",                    "0\r\n\r\n", "end 1"),
    CASE("one",                      "2\r\n{}\r\n0\r\n\r\n", "end 1"),
    CASE("two",                      "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", "end 1"),
    CASE("upper-case hex",           "A\r\n0123456789\r\n0\r\n\r\n", "end 1"),
    CASE("lower-case hex",           "a\r\n0123456789\r\n0\r\n\r\n", "end 1"),
    CASE("data like framing",        "5\r\n0\r\n\r\n\r\n0\r\n\r\n", "end 1"),
    CASE("leading zeros",            "0000000000000002\r\n{}\r\n00\r\n\r\n", "end 1"),
    CASE("extensions",               "2;a=b;c\r\n{}\r\n0;z=\"q;r\"\r\n\r\n", "end 1"),
    CASE("empty extension",          "2;\r\n{}\r\n0\r\n\r\n", "end 1"),
    CASE("trailer",                  "0\r\nX-A: b\r\nC:\r\n\r\n", "end 1"),
    CASE("framing in trailer",       "0\r\nContent-Length: 50\r\n\r\n", "end 1"),
    CASE("stops behind the end",     "0\r\n\r\n2\r\n", "more 1"),
    CASE("cut in size",              "2", "more 0"),
    CASE("cut in data",              "2\r\n{", "more 0"),
    CASE("cut behind data",          "2\r\n{}", "more 0"),
    CASE("cut in the end",           "0\r\n\r", "more 0"),
    CASE("2^63 - 1",                 "7FFFFFFFFFFFFFFF\r\n{}", "more 0"),
    CASE("2^63",                     "8000000000000000\r\n", "refused BAD_CHUNK 15"),
    CASE("2^63 + 2",                 "8000000000000002\r\n", "refused BAD_CHUNK 15"),
    CASE("2^64 - 1",                 "FFFFFFFFFFFFFFFF\r\n", "refused BAD_CHUNK 15"),
    CASE("2^64 + 2",                 "10000000000000002\r\n", "refused BAD_CHUNK 16"),
    CASE("17 digits",                "00000000000000002\r\n", "refused BAD_CHUNK 16"),
    CASE("no size",                  "\r\n", "refused BAD_CHUNK 0"),
    CASE("no size but an extension", ";a\r\n", "refused BAD_CHUNK 0"),
    CASE("+2",                       "+2\r\n", "refused BAD_CHUNK 0"),
    CASE("-2",                       "-2\r\n", "refused BAD_CHUNK 0"),
    CASE("0x2",                      "0x2\r\n", "refused BAD_CHUNK 1"),
    CASE("2h",                       "2h\r\n", "refused BAD_CHUNK 1"),
    CASE("1_0",                      "1_0\r\n", "refused BAD_CHUNK 1"),
    CASE("2.0",                      "2.0\r\n", "refused BAD_CHUNK 1"),
    CASE("2,2",                      "2,2\r\n", "refused BAD_CHUNK 1"),
    CASE("space before",             " 2\r\n", "refused BAD_CHUNK 0"),
    CASE("space behind",             "2 \r\n", "refused BAD_CHUNK 1"),
    CASE("tab behind",               "2\t\r\n", "refused BAD_CHUNK 1"),
    CASE("VT behind",                "2\x0b\r\n", "refused BAD_CHUNK 1"),
    CASE("NUL behind",               "2\0\r\n", "refused BAD_CHUNK 1"),
    CASE("full-width digit",         "\xef\xbc\x92\r\n", "refused BAD_CHUNK 0"),
    CASE("bare LF behind size",      "2\n{}\r\n0\r\n\r\n", "refused BAD_CHUNK 1"),
    CASE("bare CR behind size",      "2\r{}\r\n0\r\n\r\n", "refused BAD_CHUNK 2"),
    CASE("CR CR LF behind size",     "2\r\r\n{}", "refused BAD_CHUNK 2"),
    CASE("bare LF in extension",     "2;a\n{}\r\n0\r\n\r\n", "refused BAD_CHUNK 3"),
    CASE("bare CR in extension",     "2;a\rb\r\n{}\r\n0\r\n\r\n", "refused BAD_CHUNK 4"),
    CASE("space in extension",       "2; a\r\n", "refused BAD_CHUNK 2"),
    CASE("space before extension",   "2 ;a\r\n", "refused BAD_CHUNK 1"),
    CASE("NUL in extension",         "2;\0\r\n", "refused BAD_CHUNK 2"),
    CASE("obs-text in extension",    "2;\xff\r\n", "refused BAD_CHUNK 2"),
    CASE("data too long",            "2\r\n{}}\r\n", "refused BAD_CHUNK 5"),
    CASE("data too short",           "3\r\n{}\r\n0\r\n\r\n", "refused BAD_CHUNK 6"),
    CASE("LF behind data",           "2\r\n{}\n0\r\n\r\n", "refused BAD_CHUNK 5"),
    CASE("CR behind data",           "2\r\n{}\r0\r\n\r\n", "refused BAD_CHUNK 6"),
    CASE("nothing behind data",      "2\r\n{}0\r\n\r\n", "refused BAD_CHUNK 5"),
    CASE("LF at the end",            "0\r\n\n", "refused BAD_CHUNK 3"),
    CASE("CR at the end",            "0\r\n\rX", "refused BAD_CHUNK 4"),
    CASE("chunk behind the last",    "0\r\n2\r\n", "refused BAD_CHUNK 4"),
    CASE("trailer without colon",    "0\r\nnocolon\r\n\r\n", "refused BAD_CHUNK 10"),
    CASE("trailer without name",     "0\r\n: a\r\n\r\n", "refused BAD_CHUNK 3"),
    CASE("trailer, space in name",   "0\r\nX : a\r\n\r\n", "refused BAD_CHUNK 4"),
    CASE("folded trailer",           "0\r\nX: a\r\n b\r\n\r\n", "refused BAD_CHUNK 9"),
    CASE("bare LF in trailer",       "0\r\nX: a\n\r\n", "refused BAD_CHUNK 7"),
    CASE("bare CR in trailer",       "0\r\nX: a\rb\r\n\r\n", "refused BAD_CHUNK 8"),
    CASE("NUL in trailer",           "0\r\nX: \0\r\n\r\n", "refused BAD_CHUNK 6"),
};

/* `times` times `part`, each made of `before`, `fill` bytes of 'a', and `after`; then `end`. */
static const struct long_body {
    const char *name;
    const char *before;
    size_t fill;
    const char *after;
    size_t times;
    const char *end;
    const char *result;
} long_bodies[] = {
    {"10000 chunks of one byte",   "1\r\n",  1,    "\r\n",      10000, "0\r\n\r\n", "end 1"},
    {"16 huge extensions",         "1;",     1000, "\r\nx\r\n", 16,    "0\r\n\r\n", "end 1"},
    {"17 huge extensions",         "1;",     1000, "\r\nx\r\n", 17,    "0\r\n\r\n", "refused BAD_CHUNK 17115"},
    {"small extensions",           "1;",     20,   "\r\nx\r\n", 5000,  "0\r\n\r\n", "refused BAD_CHUNK 55319"},
    {"small extensions, payload",  "20;",    60,   "\r\n01234567890123456789012345678901\r\n", 2000, "0\r\n\r\n", "end 1"},
    {"line of 1024",               "2;",     1020, "\r\n{}\r\n", 1, "0\r\n\r\n", "end 1"},
    {"line of 1025",               "2;",     1021, "\r\n{}\r\n", 1, "0\r\n\r\n", "refused BAD_CHUNK 1024"},
    {"endless extension",          "2;",     9000, "",          1, "", "refused BAD_CHUNK 1024"},
    {"trailers of 8192",           "0\r\nX:", 8186, "\r\n",     1, "\r\n", "end 1"},
    {"trailers of 8193",           "0\r\nX:", 8187, "\r\n",     1, "\r\n", "refused BAD_CHUNK 8195"},
    {"endless trailer",            "0\r\nX:", 9000, "",         1, "", "refused BAD_CHUNK 8195"},
};
/* clang-format on */

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static void test_bodies(void **state)
{
    (void)state;
    cases_check(READING_CHUNKS, bodies, NROWS(bodies));
}

static void test_long_bodies(void **state)
{
    static char storage[256 * 1024];

    (void)state;
    for (size_t i = 0; i < NROWS(long_bodies); i++) {
        const struct long_body *body = &long_bodies[i];
        struct reader_case row = {body->name, {NULL, 0}, body->result};
        struct buf in;

        buf_init(&in, storage, sizeof(storage));
        for (size_t n = 0; n < body->times; n++) {
            buf_put(&in, slice_from_text(body->before));
            for (size_t filled = 0; filled < body->fill; filled++) {
                buf_put_byte(&in, 'a');
            }
            buf_put(&in, slice_from_text(body->after));
        }
        buf_put(&in, slice_from_text(body->end));
        assert_false(in.full);
        row.in = buf_slice(&in);
        cases_check(READING_CHUNKS, &row, 1);
    }
}

/* What is passed on of a body that comes in two reads, split at `at`. */
static enum http_step pass(struct slice in, size_t at, struct buf *out, size_t *payload)
{
    struct slice halves[2] = {slice_sub(in, 0, at), slice_sub(in, at, in.len)};
    struct http_chunk reader = {0};
    enum http_step step = HTTP_MORE;

    *payload = 0;
    for (size_t i = 0; i < 2; i++) {
        while (step == HTTP_MORE && halves[i].len > 0) {
            struct slice as_is;
            size_t used;
            size_t n;
            step = http_chunk_pass(&reader, halves[i], &used, &as_is, &n);
            assert_true((used > 0 || step == HTTP_REFUSED) && used <= halves[i].len);
            assert_true(n <= as_is.len && as_is.len <= used);
            assert_true(buf_put(out, as_is));
            *payload += n;
            halves[i] = slice_sub(halves[i], used, halves[i].len);
        }
    }
    return step;
}

static void test_passed_on(void **state)
{
    static const struct {
        struct slice in;
        struct slice out;
        size_t payload;
        enum http_step step;
    } rows[] = {
        {SLICE_INIT("0\r\n\r\n"), SLICE_INIT("0\r\n\r\n"), 0, HTTP_DONE},
        {SLICE_INIT("2\r\n{}\r\n0\r\n\r\n"), SLICE_INIT("2\r\n{}\r\n0\r\n\r\n"), 2, HTTP_DONE},
        {SLICE_INIT("0A\r\n0123456789\r\n1\r\n;\r\n0\r\n\r\n"),
         SLICE_INIT("0A\r\n0123456789\r\n1\r\n;\r\n0\r\n\r\n"), 11, HTTP_DONE},
        {SLICE_INIT("2;a=b;c\r\n{}\r\n1;\r\nx\r\n0;z=\"q;r\"\r\n\r\n"),
         SLICE_INIT("2\r\n{}\r\n1\r\nx\r\n0\r\n\r\n"), 3, HTTP_DONE},
        {SLICE_INIT("1\r\nx\r\n0\r\nX-A: b\r\nC:\r\n\r\n"), SLICE_INIT("1\r\nx\r\n0\r\n\r\n"), 1,
         HTTP_DONE},
        {SLICE_INIT("0;e\r\nContent-Length: 50\r\n\r\n"), SLICE_INIT("0\r\n\r\n"), 0, HTTP_DONE},
        {SLICE_INIT("0\r\n\r\nHTTP/1.1 200"), SLICE_INIT("0\r\n\r\n"), 0, HTTP_DONE},
        {SLICE_INIT("5;x\r\nab"), SLICE_INIT("5\r\nab"), 2, HTTP_MORE},
        {SLICE_INIT("5;x"), SLICE_INIT("5"), 0, HTTP_MORE},
        {SLICE_INIT("1\r\nx\r\n0\r\nX: y\r"), SLICE_INIT("1\r\nx\r\n0\r\n"), 1, HTTP_MORE},
        {SLICE_INIT("1\r\nxy"), SLICE_INIT("1\r\nx"), 1, HTTP_REFUSED},
        {SLICE_INIT("1\r\nx\r\n0\r\nX : y"), SLICE_INIT("1\r\nx\r\n0\r\n"), 1, HTTP_REFUSED},
    };

    (void)state;
    for (size_t i = 0; i < NROWS(rows); i++) {
        for (size_t at = 0; at <= rows[i].in.len; at++) {
            char storage[128];
            struct buf out;
            size_t payload;

            buf_init(&out, storage, sizeof(storage));
            assert_int_equal(pass(rows[i].in, at, &out, &payload), rows[i].step);
            if (!slice_equal(buf_slice(&out), rows[i].out)) {
                print_error("row %zu, split at %zu: %.*s\n", i, at, (int)out.len, out.at);
                fail();
            }
            assert_int_equal(payload, rows[i].payload);
        }
    }
}

/* A stream of 1-byte chunks far longer than any counter of 16 bits; and the reader's size, which
 * each connection pays. */
static void test_endless_stream(void **state)
{
    struct http_chunk reader = {0};
    struct slice in = SLICE("1\r\nx\r\n");
    struct slice payload;
    size_t used = 0;

    (void)state;
    assert_int_equal(sizeof(reader), 24);
    for (size_t i = 0; i < 300000; i++) {
        assert_int_equal(http_chunk_read(&reader, in, &used, &payload), HTTP_MORE);
        assert_int_equal(used, 4);
        assert_int_equal(payload.len, 1);
        assert_int_equal(http_chunk_read(&reader, slice_of(in.at + 4, 2), &used, &payload),
                         HTTP_MORE);
        assert_int_equal(used, 2);
    }
    assert_int_equal(http_chunk_read(&reader, SLICE("0\r\n\r\nGET"), &used, &payload), HTTP_DONE);
    assert_int_equal(used, 5);
    assert_int_equal(http_chunk_read(&reader, SLICE("GET"), &used, &payload), HTTP_DONE);
    assert_int_equal(used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_long_bodies),
        cmocka_unit_test(test_passed_on),
        cmocka_unit_test(test_endless_stream),
    };

    return cmocka_run_group_tests_name("http chunk", tests, NULL, NULL);
}
