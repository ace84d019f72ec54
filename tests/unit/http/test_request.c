/* Request heads: what is read, what is refused and at which byte.
 * Each row is tried in every split, its end at a page that nobody may read.
 * Rows with several messages show that the reader stops where the message ends. */
#include "../support/cases.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define GET  "GET / HTTP/1.1\r\n"
#define POST "POST / HTTP/1.1\r\nHost: d\r\n"
#define H    "Host: d\r\n"

/* clang-format off */
static const struct reader_case start_lines[] = {
    CASE("plain",                     GET H "\r\n", "end 1"),
    CASE("nothing",                   "", "end 0"),
    CASE("two",                       GET H "\r\n" GET H "\r\n", "end 2"),
    CASE("one and a half",            GET H "\r\n" GET, "more 1"),
    CASE("any token is a method",     "M-SEARCH / HTTP/1.1\r\n" H "\r\n", "end 1"),
    CASE("lower-case method",         "get / HTTP/1.1\r\n" H "\r\n", "end 1"),
    CASE("HTTP/1.0 without Host",     "GET / HTTP/1.0\r\n\r\n", "end 1"),
    CASE("odd bytes in the query",    "GET /x?f={\"[]}|\\^`<># HTTP/1.1\r\n" H "\r\n", "end 1"),
    CASE("leading CRLF",              "\r\n" GET H "\r\n", "refused BAD_BYTE 0"),
    CASE("leading LF",                "\n" GET H "\r\n", "refused BAD_BYTE 0"),
    CASE("CRLF between requests",     GET H "\r\n\r\n" GET H "\r\n", "refused BAD_BYTE 0"),
    CASE("leading space",             " " GET H "\r\n", "refused BAD_METHOD 0"),
    CASE("leading NUL",               "\0" GET H "\r\n", "refused BAD_BYTE 0"),
    CASE("TLS",                       "\x16\x03\x01\x02\x00\x01", "refused BAD_BYTE 0"),
    CASE("method with a quote",       "G\"T / HTTP/1.1\r\n", "refused BAD_METHOD 1"),
    CASE("method with a colon",       "GET: / HTTP/1.1\r\n", "refused BAD_METHOD 3"),
    CASE("method with obs-text",      "G\xc9T / HTTP/1.1\r\n", "refused BAD_METHOD 1"),
    CASE("method, tab",               "GET\t/ HTTP/1.1\r\n", "refused BAD_BYTE 3"),
    CASE("method alone",              "GET\r\n\r\n", "refused BAD_BYTE 3"),
    CASE("two spaces",                "GET  / HTTP/1.1\r\n" H "\r\n", "refused BAD_TARGET 4"),
    CASE("two spaces, second",        "GET /  HTTP/1.1\r\n" H "\r\n", "refused BAD_LINE 6"),
    CASE("tab behind the target",     "GET /\tHTTP/1.1\r\n" H "\r\n", "refused BAD_BYTE 5"),
    CASE("space in target",           "GET /a b HTTP/1.1\r\n" H "\r\n", "refused BAD_LINE 7"),
    CASE("trailing space",            "GET / HTTP/1.1 \r\n" H "\r\n", "refused BAD_LINE 14"),
    CASE("no target",                 "GET HTTP/1.1\r\n" H "\r\n", "refused BAD_TARGET 4"),
    CASE("empty target",              "GET  HTTP/1.1\r\n" H "\r\n", "refused BAD_TARGET 4"),
    CASE("relative target",           "GET x HTTP/1.1\r\n" H "\r\n", "refused BAD_TARGET 4"),
    CASE("asterisk",                  "OPTIONS * HTTP/1.1\r\n" H "\r\n", "refused BAD_TARGET 8"),
    CASE("authority",                 "CONNECT d:80 HTTP/1.1\r\n" H "\r\n", "refused BAD_TARGET 8"),
    CASE("absolute",                  "GET http://d/ HTTP/1.1\r\n" H "\r\n", "refused BAD_TARGET 4"),
    CASE("absolute, odd scheme",      "GET x:/containers/json HTTP/1.1\r\n" H "\r\n", "refused BAD_TARGET 4"),
    CASE("query alone",               "GET ?x HTTP/1.1\r\n" H "\r\n", "refused BAD_TARGET 4"),
    CASE("backslash first",           "GET \\x HTTP/1.1\r\n" H "\r\n", "refused BAD_TARGET 4"),
    CASE("NUL in target",             "GET /a\0b HTTP/1.1\r\n" H "\r\n", "refused BAD_BYTE 6"),
    CASE("DEL in target",             "GET /a\x7f HTTP/1.1\r\n" H "\r\n", "refused BAD_BYTE 6"),
    CASE("obs-text in target",        "GET /\xc3\xa9 HTTP/1.1\r\n" H "\r\n", "refused BAD_TARGET 5"),
    CASE("obs-text in query",         "GET /?\xff HTTP/1.1\r\n" H "\r\n", "refused BAD_TARGET 6"),
    CASE("CR in target",              "GET /a\rb HTTP/1.1\r\n" H "\r\n", "refused BAD_BYTE 6"),
    CASE("HTTP/0.9",                  "GET /\r\n", "refused BAD_BYTE 5"),
    CASE("HTTP/0.9, LF",              "GET /\n", "refused BAD_BYTE 5"),
    CASE("HTTP/0.9 spelled",          "GET / HTTP/0.9\r\n", "refused BAD_VERSION 14"),
    CASE("HTTP/1.2",                  "GET / HTTP/1.2\r\n", "refused BAD_VERSION 14"),
    CASE("HTTP/1.9",                  "GET / HTTP/1.9\r\n", "refused BAD_VERSION 14"),
    CASE("HTTP/2.0",                  "GET / HTTP/2.0\r\n", "refused BAD_VERSION 14"),
    CASE("HTTP/3.0",                  "GET / HTTP/3.0\r\n", "refused BAD_VERSION 14"),
    CASE("HTTP/2.1",                  "GET / HTTP/2.1\r\n", "refused BAD_VERSION 14"),
    CASE("HTTP/2",                    "GET / HTTP/2\r\n", "refused BAD_BYTE 12"),
    CASE("HTTP/1.10",                 "GET / HTTP/1.10\r\n", "refused BAD_LINE 14"),
    CASE("HTTP/01.1",                 "GET / HTTP/01.1\r\n", "refused BAD_LINE 12"),
    CASE("HTTP/1.",                   "GET / HTTP/1.\r\n", "refused BAD_BYTE 13"),
    CASE("HTTP/1,1",                  "GET / HTTP/1,1\r\n", "refused BAD_LINE 12"),
    CASE("http/1.1",                  "GET / http/1.1\r\n", "refused BAD_LINE 6"),
    CASE("XTTP/1.1",                  "GET / XTTP/1.1\r\n", "refused BAD_LINE 6"),
    CASE("HTTPS/1.1",                 "GET / HTTPS/1.1\r\n", "refused BAD_LINE 10"),
    CASE("version, bare LF",          "GET / HTTP/1.1\n" H "\r\n", "refused BAD_BYTE 14"),
    CASE("version, CR CR LF",         "GET / HTTP/1.1\r\r\n" H "\r\n", "refused BAD_BYTE 15"),
    CASE("version, bare CR",          "GET / HTTP/1.1\r" H "\r\n", "refused BAD_BYTE 15"),
    CASE("HTTP/2 preface",            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "refused BAD_TARGET 4"),
    CASE("HTTP/2 preface with path",  "PRI / HTTP/2.0\r\n\r\nSM\r\n\r\n", "refused BAD_VERSION 14"),
    CASE("unclean path",              "GET /a/../b HTTP/1.1\r\n" H "\r\n", "refused BAD_PATH 4"),
};

static const struct reader_case fields[] = {
    CASE("no blank before the value", GET "Host:d\r\n\r\n", "end 1"),
    CASE("blanks around the value",   GET "Host: \t d \t\r\n\r\n", "end 1"),
    CASE("empty value",               GET H "X:\r\n\r\n", "end 1"),
    CASE("blank value",               GET H "X: \t \r\n\r\n", "end 1"),
    CASE("obs-text in value",         GET H "X: a\xff\r\n\r\n", "end 1"),
    CASE("tab in value",              GET H "X: a\tb\r\n\r\n", "end 1"),
    CASE("colon in value",            GET H "X: a:b: c\r\n\r\n", "end 1"),
    CASE("underscore in name",        GET H "Content_Length: 9\r\n\r\n", "end 1"),
    CASE("space before colon",        GET "Host : d\r\n\r\n", "refused BAD_FIELD 20"),
    CASE("tab before colon",          GET "Host\t: d\r\n\r\n", "refused BAD_BYTE 20"),
    CASE("space in name",             GET H "X Y: a\r\n\r\n", "refused BAD_FIELD 26"),
    CASE("empty name",                GET H ": a\r\n\r\n", "refused BAD_FIELD 25"),
    CASE("no colon",                  GET H "XY\r\n\r\n", "refused BAD_BYTE 27"),
    CASE("quote in name",             GET H "X\"Y: a\r\n\r\n", "refused BAD_FIELD 26"),
    CASE("bracket in name",           GET H "X(Y: a\r\n\r\n", "refused BAD_FIELD 26"),
    CASE("slash in name",             GET H "X/Y: a\r\n\r\n", "refused BAD_FIELD 26"),
    CASE("NUL in name",               GET H "X\0: a\r\n\r\n", "refused BAD_BYTE 26"),
    CASE("obs-text in name",          GET H "X\xff: a\r\n\r\n", "refused BAD_FIELD 26"),
    CASE("NUL in value",              GET H "X: a\0b\r\n\r\n", "refused BAD_BYTE 29"),
    CASE("DEL in value",              GET H "X: a\x7f" "b\r\n\r\n", "refused BAD_BYTE 29"),
    CASE("VT in value",               GET H "X: \x0b" "b\r\n\r\n", "refused BAD_BYTE 28"),
    CASE("ESC in value",              GET H "X: \x1b[0m\r\n\r\n", "refused BAD_BYTE 28"),
    CASE("bare CR in value",          GET H "X: a\rY: b\r\n\r\n", "refused BAD_BYTE 30"),
    CASE("bare CR in blank",          GET H "X:\rY: b\r\n\r\n", "refused BAD_BYTE 28"),
    CASE("bare LF in value",          GET H "X: a\nY: b\r\n\r\n", "refused BAD_BYTE 29"),
    CASE("CR CR LF",                  GET H "X: a\r\r\n\r\n", "refused BAD_BYTE 30"),
    CASE("LF CR",                     GET H "X: a\n\r\r\n", "refused BAD_BYTE 29"),
    CASE("obs-fold",                  GET H "X: a\r\n b\r\n\r\n", "refused BAD_FIELD 31"),
    CASE("obs-fold with tab",         GET H "X: a\r\n\tb\r\n\r\n", "refused BAD_BYTE 31"),
    CASE("obs-fold, empty",           GET H "X: a\r\n \r\n\r\n", "refused BAD_FIELD 31"),
    CASE("blank before first field",  GET " X: y\r\n" H "\r\n", "refused BAD_FIELD 16"),
    CASE("end: bare LF",              GET H "\n", "refused BAD_BYTE 25"),
    CASE("end: CR CR LF",             GET H "\r\r\n", "refused BAD_BYTE 26"),
    CASE("end: CR and a byte",        GET H "\rX", "refused BAD_BYTE 26"),
};

static const struct reader_case hosts[] = {
    CASE("empty",                     GET "Host:\r\n\r\n", "end 1"),
    CASE("blank",                     GET "Host: \t\r\n\r\n", "end 1"),
    CASE("port",                      GET "host: localhost:2375\r\n\r\n", "end 1"),
    CASE("IPv6",                      GET "HOST: [::1]:2375\r\n\r\n", "end 1"),
    CASE("escaped socket path",       GET "Host: %2Fvar%2Frun%2Fdocker.sock\r\n\r\n", "end 1"),
    CASE("none",                      GET "\r\n", "refused BAD_HOST 16"),
    CASE("none, other fields",        GET "X: y\r\n\r\n", "refused BAD_HOST 22"),
    CASE("twice",                     GET H H "\r\n", "refused BAD_HOST 31"),
    CASE("twice, one empty",          GET "Host:\r\n" H "\r\n", "refused BAD_HOST 29"),
    CASE("twice in HTTP/1.0",         "GET / HTTP/1.0\r\n" H H "\r\n", "refused BAD_HOST 31"),
    CASE("slash",                     GET "Host: a/b\r\n\r\n", "refused BAD_HOST 22"),
    CASE("at sign",                   GET "Host: a@b\r\n\r\n", "refused BAD_HOST 22"),
    CASE("space",                     GET "Host: a b\r\n\r\n", "refused BAD_HOST 22"),
    CASE("tab",                       GET "Host: a\tb\r\n\r\n", "refused BAD_HOST 22"),
    CASE("list",                      GET "Host: a, b\r\n\r\n", "refused BAD_HOST 22"),
    CASE("hash",                      GET "Host: a#b\r\n\r\n", "refused BAD_HOST 22"),
    CASE("question mark",             GET "Host: a?b\r\n\r\n", "refused BAD_HOST 22"),
    CASE("backslash",                 GET "Host: a\\b\r\n\r\n", "refused BAD_HOST 22"),
    CASE("quote",                     GET "Host: \"a\"\r\n\r\n", "refused BAD_HOST 22"),
    CASE("obs-text",                  GET "Host: \xc3\xa9\r\n\r\n", "refused BAD_HOST 22"),
};

static const struct reader_case lengths[] = {
    CASE("2",                         POST "Content-Length: 2\r\n\r\n{}" GET H "\r\n", "end 2"),
    CASE("0",                         POST "Content-Length: 0\r\n\r\n" GET H "\r\n", "end 2"),
    CASE("02",                        POST "Content-Length: 02\r\n\r\n{}" GET H "\r\n", "end 2"),
    CASE("blanks",                    POST "Content-Length: \t2 \t\r\n\r\n{}", "end 1"),
    CASE("on GET",                    GET H "Content-Length: 2\r\n\r\n{}", "end 1"),
    CASE("in HTTP/1.0",               "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}", "end 1"),
    CASE("body cut",                  POST "Content-Length: 3\r\n\r\n{}", "more 0"),
    CASE("2^32 + 2",                  POST "Content-Length: 4294967298\r\n\r\n{}" GET H "\r\n", "more 0"),
    CASE("2^63 - 1",                  POST "Content-Length: 9223372036854775807\r\n\r\n{}", "more 0"),
    CASE("2^63",                      POST "Content-Length: 9223372036854775808\r\n\r\n", "refused BAD_LENGTH 42"),
    CASE("2^64 - 1",                  POST "Content-Length: 18446744073709551615\r\n\r\n", "refused BAD_LENGTH 42"),
    CASE("2^64 + 2",                  POST "Content-Length: 18446744073709551618\r\n\r\n", "refused BAD_LENGTH 42"),
    CASE("forty digits",              POST "Content-Length: 1000000000000000000000000000000000000002\r\n\r\n", "refused BAD_LENGTH 42"),
    CASE("empty",                     POST "Content-Length:\r\n\r\n", "refused BAD_LENGTH 41"),
    CASE("blank",                     POST "Content-Length: \r\n\r\n", "refused BAD_LENGTH 42"),
    CASE("+2",                        POST "Content-Length: +2\r\n\r\n", "refused BAD_LENGTH 42"),
    CASE("-1",                        POST "Content-Length: -1\r\n\r\n", "refused BAD_LENGTH 42"),
    CASE("-0",                        POST "Content-Length: -0\r\n\r\n", "refused BAD_LENGTH 42"),
    CASE("0x2",                       POST "Content-Length: 0x2\r\n\r\n", "refused BAD_LENGTH 42"),
    CASE("a",                         POST "Content-Length: a\r\n\r\n", "refused BAD_LENGTH 42"),
    CASE("2a",                        POST "Content-Length: 2a\r\n\r\n", "refused BAD_LENGTH 42"),
    CASE("2.0",                       POST "Content-Length: 2.0\r\n\r\n", "refused BAD_LENGTH 42"),
    CASE("2e0",                       POST "Content-Length: 2e0\r\n\r\n", "refused BAD_LENGTH 42"),
    CASE("2 2",                       POST "Content-Length: 2 2\r\n\r\n", "refused BAD_LENGTH 42"),
    CASE("2, 2",                      POST "Content-Length: 2, 2\r\n\r\n", "refused BAD_LENGTH 42"),
    CASE("2,",                        POST "Content-Length: 2,\r\n\r\n", "refused BAD_LENGTH 42"),
    CASE("2;",                        POST "Content-Length: 2;\r\n\r\n", "refused BAD_LENGTH 42"),
    CASE("quoted",                    POST "Content-Length: \"2\"\r\n\r\n", "refused BAD_LENGTH 42"),
    CASE("full-width digit",          POST "Content-Length: \xef\xbc\x92\r\n\r\n", "refused BAD_LENGTH 42"),
    CASE("no-break space",            POST "Content-Length: 2\xc2\xa0\r\n\r\n", "refused BAD_LENGTH 42"),
    CASE("twice, equal",              POST "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "refused BAD_LENGTH 61"),
    CASE("twice, other case",         POST "Content-Length: 2\r\ncontent-length: 3\r\n\r\n{}", "refused BAD_LENGTH 61"),
    CASE("twice, zero",               POST "Content-Length: 0\r\nContent-Length: 0\r\n\r\n", "refused BAD_LENGTH 61"),
};

static const struct reader_case codings[] = {
    CASE("chunked",                   POST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" GET H "\r\n", "end 2"),
    CASE("upper case",                POST "TRANSFER-ENCODING: CHUNKED\r\n\r\n0\r\n\r\n" GET H "\r\n", "end 2"),
    CASE("blanks",                    POST "Transfer-Encoding:\t chunked \t\r\n\r\n0\r\n\r\n", "end 1"),
    CASE("on GET",                    GET H "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "end 1"),
    CASE("empty",                     POST "Transfer-Encoding:\r\n\r\n", "refused BAD_TRANSFER 44"),
    CASE("xchunked",                  POST "Transfer-Encoding: xchunked\r\n\r\n", "refused BAD_TRANSFER 45"),
    CASE("chunkedx",                  POST "Transfer-Encoding: chunkedx\r\n\r\n", "refused BAD_TRANSFER 45"),
    CASE("chunked,",                  POST "Transfer-Encoding: chunked,\r\n\r\n", "refused BAD_TRANSFER 45"),
    CASE(", chunked",                 POST "Transfer-Encoding: , chunked\r\n\r\n", "refused BAD_TRANSFER 45"),
    CASE("chunked, chunked",          POST "Transfer-Encoding: chunked, chunked\r\n\r\n", "refused BAD_TRANSFER 45"),
    CASE("chunked, gzip",             POST "Transfer-Encoding: chunked, gzip\r\n\r\n", "refused BAD_TRANSFER 45"),
    CASE("gzip, chunked",             POST "Transfer-Encoding: gzip, chunked\r\n\r\n", "refused BAD_TRANSFER 45"),
    CASE("identity",                  POST "Transfer-Encoding: identity\r\n\r\n", "refused BAD_TRANSFER 45"),
    CASE("quoted",                    POST "Transfer-Encoding: \"chunked\"\r\n\r\n", "refused BAD_TRANSFER 45"),
    CASE("parameter",                 POST "Transfer-Encoding: chunked;q=1\r\n\r\n", "refused BAD_TRANSFER 45"),
    CASE("Kelvin sign",               POST "Transfer-Encoding: chun\xe2\x84\xaa" "ed\r\n\r\n", "refused BAD_TRANSFER 45"),
    CASE("VT",                        POST "Transfer-Encoding: \x0b" "chunked\r\n\r\n", "refused BAD_BYTE 45"),
    CASE("NUL",                       POST "Transfer-Encoding: chunked\0\r\n\r\n", "refused BAD_BYTE 52"),
    CASE("folded",                    POST "Transfer-Encoding:\r\n chunked\r\n\r\n", "refused BAD_TRANSFER 44"),
    CASE("space before colon",        POST "Transfer-Encoding : chunked\r\n\r\n", "refused BAD_FIELD 43"),
    CASE("twice",                     POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "refused BAD_TRANSFER 73"),
    CASE("x, then chunked",           POST "Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n", "refused BAD_TRANSFER 45"),
    CASE("in HTTP/1.0",               "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "refused BAD_TRANSFER 36"),
    CASE("length first",              POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "refused LENGTH_AND_CHUNKS 64"),
    CASE("length second",             POST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", "refused LENGTH_AND_CHUNKS 70"),
    CASE("bad chunk",                 POST "Transfer-Encoding: chunked\r\n\r\nx", "refused BAD_CHUNK 56"),
};

static const struct reader_case connection[] = {
    CASE("close",                     GET H "Connection: close\r\n\r\n", "end 1"),
    CASE("list with empty elements",  GET H "Connection: , close ,, x\r\n\r\n", "end 1"),
    CASE("empty",                     GET H "Connection:\r\n\r\n", "end 1"),
    CASE("no token",                  GET H "Connection: a b\r\n\r\n", "refused BAD_FIELD 37"),
    CASE("quoted",                    GET H "Connection: \"close\"\r\n\r\n", "refused BAD_FIELD 37"),
    CASE("32 options",                GET H "Connection: a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\r\n\r\n", "end 1"),
    CASE("33 options",                GET H "Connection: a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\r\n\r\n", "refused TOO_MANY_FIELDS 37"),
    CASE("upgrade",                   GET H "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n", "end 1"),
    CASE("upgrade list",              GET H "Upgrade: h2c, IRC/6.9,x\r\n\r\n", "end 1"),
    CASE("empty upgrade",             GET H "Upgrade:\r\n\r\n", "end 1"),
    CASE("two upgrades",              GET H "Upgrade: tcp\r\nUpgrade: h2c\r\n\r\n", "refused BAD_UPGRADE 48"),
    CASE("bad upgrade",               GET H "Upgrade: a b\r\n\r\n", "refused BAD_UPGRADE 34"),
    CASE("upgrade, no version",       GET H "Upgrade: a/\r\n\r\n", "refused BAD_UPGRADE 34"),
    CASE("upgrade, no name",          GET H "Upgrade: /1\r\n\r\n", "refused BAD_UPGRADE 34"),
    CASE("upgrade, empty element",    GET H "Upgrade: a,,b\r\n\r\n", "refused BAD_UPGRADE 34"),
    CASE("upgrade, comma at the end", GET H "Upgrade: a,\r\n\r\n", "refused BAD_UPGRADE 34"),
    CASE("100-continue",              GET H "Expect: 100-Continue\r\n\r\n", "end 1"),
    CASE("other expectation",         GET H "Expect: 200-ok\r\n\r\n", "refused EXPECTATION 33"),
    CASE("two expectations",          GET H "Expect: 100-continue, x\r\n\r\n", "refused EXPECTATION 33"),
    CASE("second Expect",             GET H "Expect: 100-continue\r\nExpect: x\r\n\r\n", "refused EXPECTATION 55"),
    CASE("empty expectation",         GET H "Expect:\r\n\r\n", "refused EXPECTATION 32"),
    CASE("trailer announced",         POST "Trailer: X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n", "end 1"),
};
/* clang-format on */

#define NROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static void test_start_lines(void **state)
{
    (void)state;
    cases_check(READING_REQUESTS, start_lines, NROWS(start_lines));
}

static void test_fields(void **state)
{
    (void)state;
    cases_check(READING_REQUESTS, fields, NROWS(fields));
}

static void test_hosts(void **state)
{
    (void)state;
    cases_check(READING_REQUESTS, hosts, NROWS(hosts));
}

static void test_lengths(void **state)
{
    (void)state;
    cases_check(READING_REQUESTS, lengths, NROWS(lengths));
}

static void test_codings(void **state)
{
    (void)state;
    cases_check(READING_REQUESTS, codings, NROWS(codings));
}

static void test_connection(void **state)
{
    (void)state;
    cases_check(READING_REQUESTS, connection, NROWS(connection));
}

/* One request with parts repeated, for the limits. */
struct repeated {
    const char *name;
    const char *before;
    const char *part;
    size_t times;
    const char *after;
    const char *result;
};

/* clang-format off */
static const struct repeated limits[] = {
    {"127 fields and Host",   GET H,        "X: y\r\n", 127,   "\r\n", "end 1"},
    {"128 fields and Host",   GET H,        "X: y\r\n", 128,   "\r\n", "refused TOO_MANY_FIELDS 787"},
    {"1.0: 128 fields, Host", "GET / HTTP/1.0\r\n" H, "X: y\r\n", 127, "\r\n", "end 1"},
    {"1.0: 127 without Host", "GET / HTTP/1.0\r\n",   "X: y\r\n", 127, "\r\n", "end 1"},
    {"1.0: 128 without Host", "GET / HTTP/1.0\r\n",   "X: y\r\n", 128, "\r\n", "refused TOO_MANY_FIELDS 784"},
    {"10000 fields",          GET H,        "X: y\r\n", 10000, "\r\n", "refused TOO_MANY_FIELDS 787"},
    {"head of 65536",         GET H "X: ",  "a",        65504, "\r\n\r\n", "end 1"},
    {"head of 65537",         GET H "X: ",  "a",        65505, "\r\n\r\n", "refused HEAD_TOO_LARGE 65536"},
    {"endless value",         GET H "X: ",  "a",        70000, "", "refused HEAD_TOO_LARGE 65536"},
    {"endless blank",         GET H "X:",   " ",        70000, "", "refused HEAD_TOO_LARGE 65536"},
    {"endless name",          GET H,        "a",        70000, "", "refused HEAD_TOO_LARGE 65536"},
    {"endless method",        "",           "a",        70000, "", "refused HEAD_TOO_LARGE 65536"},
    {"target of 32768",       "GET /",      "a",        32767, " HTTP/1.1\r\n" H "\r\n", "end 1"},
    {"target of 32769",       "GET /",      "a",        32768, " HTTP/1.1\r\n" H "\r\n", "refused TARGET_TOO_LONG 32772"},
    {"endless target",        "GET /",      "a",        70000, "", "refused TARGET_TOO_LONG 32772"},
    {"body behind the limit", POST "Content-Length: 70000\r\n\r\n", "a", 70000, GET H "\r\n", "end 2"},
};
/* clang-format on */

static void test_limits(void **state)
{
    static char storage[128 * 1024];

    (void)state;
    for (size_t i = 0; i < NROWS(limits); i++) {
        struct buf in;
        struct reader_case row = {limits[i].name, {NULL, 0}, limits[i].result};

        buf_init(&in, storage, sizeof(storage));
        buf_put(&in, slice_from_text(limits[i].before));
        for (size_t n = 0; n < limits[i].times; n++) {
            buf_put(&in, slice_from_text(limits[i].part));
        }
        buf_put(&in, slice_from_text(limits[i].after));
        assert_false(in.full);
        row.in = buf_slice(&in);
        cases_check(READING_REQUESTS, &row, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start_lines), cmocka_unit_test(test_fields),
        cmocka_unit_test(test_hosts),       cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_codings),     cmocka_unit_test(test_connection),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests_name("http request", tests, NULL, NULL);
}
