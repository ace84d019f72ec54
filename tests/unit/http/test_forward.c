/* Heads as they are sent on: what is dropped, what is kept, what is ours.
 * A row holds a head, how it is to be forwarded, and the bytes that must come out.
 * Too small a buffer is tried at every size. */
#include "http/forward.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define GET "GET /x?y HTTP/1.1\r\n"
#define OUT "GET /x?y HTTP/1.1\r\nHost: docker\r\n"

#define NONE      .framing = HTTP_BODY_NONE
#define CHUNKED   .framing = HTTP_BODY_CHUNKED
#define UNTIL     .framing = HTTP_BODY_CLOSE
#define LENGTH(n) .framing = HTTP_BODY_LENGTH, .content_length = (n)

struct forward_case {
    const char *name;
    const char *in;
    struct http_forward how;
    const char *out;
};

/* clang-format off */
static const struct forward_case requests[] = {
    {"plain", GET "Host: d\r\nX: y\r\n\r\n", {NONE}, OUT "X: y\r\n\r\n"},
    {"HTTP/1.0", "GET /x?y HTTP/1.0\r\n\r\n", {NONE}, OUT "\r\n"},
    {"spelling, order, blanks", GET "b:  1 \r\nHost: d\r\nA: 2\r\nB:3\r\n\r\n", {NONE}, OUT "b: 1\r\nA: 2\r\nB: 3\r\n\r\n"},
    {"neighbours", GET "A: 1\r\nB: \r\nC: 3\r\nHost: d\r\nD: 4\r\nE:\t5\r\nF: 6\t\r\nG:\r\nH: 8 9\r\nI: 10\r\nTE: x\r\nJ:  11\r\n\r\n", {NONE},
        OUT "A: 1\r\nB: \r\nC: 3\r\nD: 4\r\nE: 5\r\nF: 6\r\nG: \r\nH: 8 9\r\nI: 10\r\nJ: 11\r\n\r\n"},
    {"hop-by-hop", GET "Host: d\r\nConnection: close, x-a\r\nKeep-Alive: 5\r\nProxy-Connection: x\r\nTE: trailers\r\nTrailer: x\r\n"
        "Upgrade: h2c\r\nProxy-Authorization: x\r\nX-A: 1\r\nX-B: 2\r\nx-a: 3\r\n\r\n", {NONE}, OUT "X-B: 2\r\n\r\n"},
    {"named before and behind", GET "Host: d\r\nA: 1\r\nConnection: a\r\nConnection: , b,\r\nB: 2\r\nC: 3\r\n\r\n", {NONE}, OUT "C: 3\r\n\r\n"},
    {"named but protected", GET "Host: d\r\nConnection: Content-Type, content-length, Host, X-Registry-Auth, Authorization, Transfer-Encoding\r\n"
        "Content-Type: application/json\r\nContent-Length: 2\r\nX-Registry-Auth: a\r\nAuthorization: b\r\n\r\n", {LENGTH(2)},
        OUT "Content-Type: application/json\r\nX-Registry-Auth: a\r\nAuthorization: b\r\nContent-Length: 2\r\n\r\n"},
    {"expect", GET "Host: d\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", {LENGTH(2)}, OUT "Content-Length: 2\r\n\r\n"},
    {"chunked", GET "Host: d\r\nTransfer-Encoding: Chunked\r\nX: y\r\n\r\n", {CHUNKED}, OUT "X: y\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {"chunked in, length out", GET "Host: d\r\nTransfer-Encoding: chunked\r\n\r\n", {LENGTH(17)}, OUT "Content-Length: 17\r\n\r\n"},
    {"length 0", GET "Host: d\r\nContent-Length: 000\r\n\r\n", {NONE}, OUT "Content-Length: 0\r\n\r\n"},
    {"huge length", GET "Host: d\r\n\r\n", {LENGTH(INT64_MAX)}, OUT "Content-Length: 9223372036854775807\r\n\r\n"},
    {"upgrade", GET "Host: d\r\nConnection: upgrade\r\nSec-WebSocket-Key: k\r\nUpgrade: websocket\r\n\r\n", {NONE, .upgrade = true},
        OUT "Sec-WebSocket-Key: k\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"},
    {"upgrade dropped", GET "Host: d\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n", {NONE}, OUT "\r\n"},
    {"upgrade to nothing", GET "Host: d\r\nConnection: Upgrade\r\n\r\n", {NONE, .upgrade = true}, OUT "\r\n"},
};

#define OK "HTTP/1.1 200 OK\r\n"

static const struct forward_case responses[] = {
    {"length", OK "Api-Version: 1.41\r\nContent-Length: 2\r\nDate: x\r\n\r\n", {LENGTH(2)}, OK "Api-Version: 1.41\r\nDate: x\r\nContent-Length: 2\r\n\r\n"},
    {"chunked", OK "Transfer-Encoding: chunked\r\nTrailer: x\r\n\r\n", {CHUNKED}, OK "Transfer-Encoding: chunked\r\n\r\n"},
    {"until close", OK "\r\n", {UNTIL, .close = true}, OK "Connection: close\r\n\r\n"},
    {"until close, chunked on", OK "\r\n", {CHUNKED}, OK "Transfer-Encoding: chunked\r\n\r\n"},
    {"HTTP/1.0 in", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n", {LENGTH(2), .keep_alive = true}, OK "Content-Length: 2\r\nConnection: keep-alive\r\n\r\n"},
    {"length 0", OK "Content-Length: 0\r\n\r\n", {NONE}, OK "Content-Length: 0\r\n\r\n"},
    {"no body, none announced", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", {NONE}, "HTTP/1.1 204 No Content\r\n\r\n"},
    {"204 with length", "HTTP/1.1 204 X\r\nContent-Length: 7\r\n\r\n", {NONE, .keep_length = true}, "HTTP/1.1 204 X\r\n\r\n"},
    {"304", "HTTP/1.1 304 X\r\nETag: e\r\n\r\n", {NONE}, "HTTP/1.1 304 X\r\nETag: e\r\n\r\n"},
    {"304 with length", "HTTP/1.1 304 X\r\nContent-Length: 7\r\n\r\n", {NONE, .keep_length = true}, "HTTP/1.1 304 X\r\nContent-Length: 7\r\n\r\n"},
    {"to HEAD", OK "Content-Length: 7\r\n\r\n", {NONE, .keep_length = true}, OK "Content-Length: 7\r\n\r\n"},
    {"to HEAD, none announced", OK "Transfer-Encoding: chunked\r\n\r\n", {NONE, .keep_length = true}, OK "\r\n"},
    {"100", "HTTP/1.1 100 Continue\r\n\r\n", {NONE}, "HTTP/1.1 100 Continue\r\n\r\n"},
    {"101", "HTTP/1.1 101 UPGRADED\r\nContent-Type: a/b\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nOstype: linux\r\n\r\n", {NONE, .upgrade = true},
        "HTTP/1.1 101 UPGRADED\r\nContent-Type: a/b\r\nOstype: linux\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"},
    {"101 with length", "HTTP/1.1 101 X\r\nContent-Length: 7\r\nUpgrade: tcp\r\n\r\n", {NONE, .upgrade = true, .keep_length = true},
        "HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"},
    {"hop-by-hop", OK "Connection: close, X-A\r\nKeep-Alive: 5\r\nX-A: 1\r\nProxy-Authenticate: x\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n",
        {LENGTH(2)}, OK "Content-Length: 2\r\n\r\n"},
    {"empty reason", "HTTP/1.1 599\r\nContent-Length: 2\r\n\r\n", {LENGTH(2)}, "HTTP/1.1 599 \r\nContent-Length: 2\r\n\r\n"},
    {"request's fields mean nothing", OK "Host: x\r\nExpect: y\r\nContent-Length: 2\r\n\r\n", {LENGTH(2)}, OK "Host: x\r\nExpect: y\r\nContent-Length: 2\r\n\r\n"},
};
/* clang-format on */

typedef bool (*forward_function)(const struct http_head *h, const char *head,
                                 const struct http_forward *how, struct buf *out);

static void check(const struct forward_case *row, const struct http_head *h,
                  forward_function forward)
{
    char storage[1024];
    struct slice wanted = slice_from_text(row->out);
    struct buf out;

    for (size_t size = 0; size < wanted.len; size++) {
        buf_init(&out, storage, size);
        if (forward(h, row->in, &row->how, &out)) {
            fail_msg("%s: fits in %zu bytes", row->name, size);
        }
    }
    buf_init(&out, storage, wanted.len);
    if (!forward(h, row->in, &row->how, &out) || !slice_equal(buf_slice(&out), wanted)) {
        fail_msg("%s: gives\n%.*s", row->name, (int)out.len, out.at);
    }
}

static void test_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct http_head h = {0};

        assert_int_equal(http_request_read(&h, slice_from_text(requests[i].in)), HTTP_DONE);
        check(&requests[i], &h, http_forward_request);
    }
}

static void test_responses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) {
        struct http_head h = {0};

        assert_int_equal(http_response_read(&h, slice_from_text(responses[i].in), false),
                         HTTP_DONE);
        check(&responses[i], &h, http_forward_response);
    }
}

/* What a session asks of a complete head. */
static const struct fact_case {
    const char *in;
    uint8_t minor;
    bool keep_alive;
    bool expect_continue;
    bool connection_upgrade;
    const char *upgrade;
    enum http_framing framing;
    uint64_t length;
} facts[] = {
    /* clang-format off */
    {GET "Host: d\r\n\r\n",                                1, true,  false, false, "",    HTTP_BODY_NONE,    0},
    {GET "Host: d\r\nConnection: close\r\n\r\n",           1, false, false, false, "",    HTTP_BODY_NONE,    0},
    {GET "Host: d\r\nConnection: x, CLOSE\r\n\r\n",        1, false, false, false, "",    HTTP_BODY_NONE,    0},
    {GET "Host: d\r\nConnection: keep-alive, close\r\n\r\n", 1, false, false, false, "",  HTTP_BODY_NONE,    0},
    {GET "Host: d\r\nConnection: closed\r\n\r\n",          1, true,  false, false, "",    HTTP_BODY_NONE,    0},
    {"GET / HTTP/1.0\r\n\r\n",                             0, false, false, false, "",    HTTP_BODY_NONE,    0},
    {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",   0, true,  false, false, "",    HTTP_BODY_NONE,    0},
    {"GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n",     0, false, false, false, "",    HTTP_BODY_NONE,    0},
    {GET "Host: d\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", 1, true, true, false, "", HTTP_BODY_LENGTH, 5},
    {GET "Host: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n", 1, true, false, true, "tcp", HTTP_BODY_NONE, 0},
    {GET "Host: d\r\nUpgrade: tcp \r\n\r\n",               1, true,  false, false, "tcp", HTTP_BODY_NONE,    0},
    {GET "Host: d\r\nTransfer-Encoding: chunked\r\n\r\n",  1, true,  false, false, "",    HTTP_BODY_CHUNKED, 0},
    {GET "Host: d\r\nContent-Length: 0\r\n\r\n",           1, true,  false, false, "",    HTTP_BODY_NONE,    0},
    /* clang-format on */
};

static void test_facts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        const struct fact_case *row = &facts[i];
        struct http_head h = {0};

        assert_int_equal(http_request_read(&h, slice_from_text(row->in)), HTTP_DONE);
        assert_int_equal(h.minor, row->minor);
        assert_int_equal(h.keep_alive, row->keep_alive);
        assert_int_equal(h.expect_continue, row->expect_continue);
        assert_int_equal(h.connection_upgrade, row->connection_upgrade);
        assert_true(slice_equal(http_slice(row->in, h.upgrade), slice_from_text(row->upgrade)));
        assert_int_equal(h.framing, row->framing);
        assert_int_equal(h.content_length, row->length);
    }
}

static void test_values(void **state)
{
    static const char in[] = GET "Host: d\r\nx-a: 1\r\nX-A: 2\r\nEmpty:\r\n\r\n";
    struct http_head h = {0};

    (void)state;
    assert_int_equal(http_request_read(&h, slice_of(in, sizeof(in) - 1)), HTTP_DONE);
    assert_true(slice_equal(http_head_value(&h, in, SLICE("X-a")), SLICE("1")));
    assert_int_equal(http_head_value(&h, in, SLICE("empty")).len, 0);
    assert_non_null(http_head_value(&h, in, SLICE("empty")).at);
    assert_null(http_head_value(&h, in, SLICE("X-B")).at);
}

/* Refusals: each has a name and a sentence, and a status that a client may get; what is none has
 * neither. */
static void test_refusals(void **state)
{
    (void)state;
    for (unsigned i = HTTP_REFUSAL_NONE + 1; i < HTTP_REFUSAL_COUNT; i++) {
        assert_in_range(http_refusal_status(i), 400, 505);
        assert_true(http_refusal_text(i).len > 0);
        assert_true(http_refusal_name(i).len > 0);
    }
    assert_int_equal(http_refusal_text(HTTP_REFUSAL_NONE).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests), cmocka_unit_test(test_responses),
        cmocka_unit_test(test_facts),    cmocka_unit_test(test_values),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests_name("http forward", tests, NULL, NULL);
}
