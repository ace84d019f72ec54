/* Response heads: what the engine may answer and what is nonsense.
 * Each row is tried in every split, its end at a page that nobody may read.
 * The framing that follows from status and fields is a table of its own. */
#include "../support/cases.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define OK  "HTTP/1.1 200 OK\r\n"
#define CL2 "Content-Length: 2\r\n"
#define TE  "Transfer-Encoding: chunked\r\n"

/* clang-format off */
static const struct reader_case answers[] = {
    CASE("length",               OK CL2 "\r\nOK", "end 1"),
    CASE("two",                  OK CL2 "\r\nOK" OK CL2 "\r\nOK", "end 2"),
    CASE("chunked",              OK TE "\r\n2\r\nOK\r\n0\r\n\r\n" OK CL2 "\r\nOK", "end 2"),
    CASE("until close",          OK "\r\nHTTP/1.1 200 OK\r\n\r\n", "end 1"),
    CASE("empty until close",    OK "\r\n", "end 1"),
    CASE("100 then 200",         "HTTP/1.1 100 Continue\r\n\r\n" OK CL2 "\r\nOK", "end 2"),
    CASE("103 then 200",         "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" OK CL2 "\r\nOK", "end 2"),
    CASE("101",                  "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n", "end 1"),
    CASE("204",                  "HTTP/1.1 204 No Content\r\n\r\n" OK CL2 "\r\nOK", "end 2"),
    CASE("204 with a length",    "HTTP/1.1 204 No Content\r\n" CL2 "\r\n" OK CL2 "\r\nOK", "end 2"),
    CASE("304 with a length",    "HTTP/1.1 304 Not Modified\r\n" CL2 "\r\n" OK CL2 "\r\nOK", "end 2"),
    CASE("length 0",             OK "Content-Length: 0\r\n\r\n" OK CL2 "\r\nOK", "end 2"),
    CASE("HTTP/1.0",             "HTTP/1.0 200 OK\r\n" CL2 "\r\nOK", "end 1"),
    CASE("no reason",            "HTTP/1.1 200 \r\n" CL2 "\r\nOK", "end 1"),
    CASE("no reason, no space",  "HTTP/1.1 200\r\n" CL2 "\r\nOK", "end 1"),
    CASE("refused websocket",    "HTTP/1.1 400 Bad Request\r\n\r\nnot websocket protocol", "end 1"),
    CASE("reason with obs-text", "HTTP/1.1 500 \xc3\xa9 a\tb\r\n" CL2 "\r\nOK", "end 1"),
    CASE("status 599",           "HTTP/1.1 599 X\r\n" CL2 "\r\nOK", "end 1"),
    CASE("any Host, any Expect", OK "Host: a/b\r\nHost: c\r\nExpect: x\r\n" CL2 "\r\nOK", "end 1"),
    CASE("cut",                  OK CL2 "\r\nO", "more 0"),
    CASE("half a head",          OK "Content-", "more 0"),
    CASE("garbage",              "hello\r\n\r\n", "refused BAD_STATUS_LINE 0"),
    CASE("a request",            "GET / HTTP/1.1\r\n\r\n", "refused BAD_STATUS_LINE 0"),
    CASE("leading CRLF",         "\r\n" OK, "refused BAD_BYTE 0"),
    CASE("HTTP/1.2",             "HTTP/1.2 200 OK\r\n", "refused BAD_VERSION 8"),
    CASE("HTTP/2.0",             "HTTP/2.0 200 OK\r\n", "refused BAD_VERSION 8"),
    CASE("HTTP/1.10",            "HTTP/1.10 200 OK\r\n", "refused BAD_STATUS_LINE 8"),
    CASE("ICY",                  "ICY 200 OK\r\n", "refused BAD_STATUS_LINE 0"),
    CASE("two spaces",           "HTTP/1.1  200 OK\r\n", "refused BAD_STATUS_LINE 9"),
    CASE("tab",                  "HTTP/1.1\t200 OK\r\n", "refused BAD_BYTE 8"),
    CASE("no status",            "HTTP/1.1 \r\n", "refused BAD_BYTE 9"),
    CASE("two digits",           "HTTP/1.1 20 OK\r\n", "refused BAD_STATUS_LINE 11"),
    CASE("four digits",          "HTTP/1.1 2000 OK\r\n", "refused BAD_STATUS_LINE 12"),
    CASE("status 099",           "HTTP/1.1 099 X\r\n", "refused BAD_STATUS_LINE 9"),
    CASE("status 600",           "HTTP/1.1 600 X\r\n", "refused BAD_STATUS_LINE 9"),
    CASE("signed status",        "HTTP/1.1 +20 X\r\n", "refused BAD_STATUS_LINE 9"),
    CASE("bare LF",              "HTTP/1.1 200 OK\n\n", "refused BAD_BYTE 15"),
    CASE("CR in reason",         "HTTP/1.1 200 O\rK\r\n", "refused BAD_BYTE 15"),
    CASE("NUL in reason",        "HTTP/1.1 200 O\0K\r\n", "refused BAD_BYTE 14"),
    CASE("obs-fold",             OK "X: a\r\n b\r\n\r\n", "refused BAD_FIELD 23"),
    CASE("length and chunks",    OK CL2 TE "\r\n", "refused LENGTH_AND_CHUNKS 55"),
    CASE("chunks and length",    OK TE CL2 "\r\n", "refused LENGTH_AND_CHUNKS 61"),
    CASE("two lengths",          OK CL2 CL2 "\r\n", "refused BAD_LENGTH 52"),
    CASE("length list",          OK "Content-Length: 2, 2\r\n\r\n", "refused BAD_LENGTH 33"),
    CASE("negative length",      OK "Content-Length: -1\r\n\r\n", "refused BAD_LENGTH 33"),
    CASE("gzip, chunked",        OK "Transfer-Encoding: gzip, chunked\r\n\r\n", "refused BAD_TRANSFER 36"),
    CASE("identity",             OK "Transfer-Encoding: identity\r\n\r\n", "refused BAD_TRANSFER 36"),
    CASE("two codings",          OK TE TE "\r\n", "refused BAD_TRANSFER 64"),
    CASE("chunked in HTTP/1.0",  "HTTP/1.0 200 OK\r\n" TE "\r\n", "refused BAD_TRANSFER 36"),
    CASE("204 with both",        "HTTP/1.1 204 X\r\n" CL2 TE "\r\n", "refused LENGTH_AND_CHUNKS 54"),
    CASE("bad chunk",            OK TE "\r\nZZ\r\n", "refused BAD_CHUNK 47"),
};

static const struct reader_case answers_to_head[] = {
    CASE("length",               OK CL2 "\r\n" OK CL2 "\r\n", "end 2"),
    CASE("chunked",              OK TE "\r\n" OK TE "\r\n", "end 2"),
    CASE("neither",              OK "\r\n" OK "\r\n", "end 2"),
    CASE("both",                 OK CL2 TE "\r\n", "refused LENGTH_AND_CHUNKS 55"),
};
/* clang-format on */

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static void test_answers(void **state)
{
    (void)state;
    cases_check(READING_RESPONSES, answers, NROWS(answers));
}

static void test_answers_to_head(void **state)
{
    (void)state;
    cases_check(READING_HEAD_RESPONSES, answers_to_head, NROWS(answers_to_head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_answers_to_head),
    };

    return cmocka_run_group_tests_name("http response", tests, NULL, NULL);
}
