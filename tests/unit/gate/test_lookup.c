/* The gate's own questions to the engine, on the scripted kernel: each row in every split, cut off
 * at every byte, and with every allocation failing once. */
#include "base/buf.h"
#include "fake_kernel.h"
#include "gate/lookup.h"
#include "gate/worker.h"
#include "sys/log.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* after the above, which it needs */
#include <cmocka.h>

#define ASKED(target) "GET " target " HTTP/1.1\r\nHost: docker\r\n\r\n"

enum { ASKS_MAX = 3, BODY_MAX = 64 };

struct row {
    const char *name;
    struct step engine[ENGINES_MAX][STEPS_MAX];
    struct step client[STEPS_MAX]; /* who lets time pass */
    const char *ask[ASKS_MAX];     /* one behind the other */
    const char *told;              /* "STATUS BODY;" each */
    const char *got[ENGINES_MAX];
    struct dial dials[DIALS_TABLE];
    bool close_framed; /* a cut is not seen */
    bool stream;       /* by pieces: told when it begins, and of a second one no more */
    bool timed;        /* tells about time: run in one piece only */
};

/* clang-format off */
static const struct row rows[] = {
    {.name = "counted", .ask = {"/a"}, .told = "200 hello;", .got = {ASKED("/a")},
     .engine = {{WAIT("\r\n\r\n"), SEND("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")}}},
    {.name = "chunked", .ask = {"/a"}, .told = "404 hello world;", .got = {ASKED("/a")},
     .engine = {{WAIT("\r\n\r\n"), SEND("HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n6\r\n world\r\n0\r\nT: x\r\n\r\n")}}},
    {.name = "until close", .ask = {"/a"}, .told = "200 hello;", .got = {ASKED("/a")}, .close_framed = true,
     .engine = {{WAIT("\r\n\r\n"), SEND("HTTP/1.1 200 OK\r\n\r\nhello"), END}}},
    {.name = "no body", .ask = {"/a"}, .told = "304 ;", .got = {ASKED("/a")},
     .engine = {{WAIT("\r\n\r\n"), SEND("HTTP/1.1 304 Same\r\n\r\n")}}},
    {.name = "interim answers are skipped", .ask = {"/a"}, .told = "200 ok;", .got = {ASKED("/a")},
     .engine = {{WAIT("\r\n\r\n"), SEND("HTTP/1.1 103 E\r\n\r\nHTTP/1.1 103 E\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")}}},
    {.name = "two on one connection", .ask = {"/a", "/b"}, .told = "200 1;200 2;", .got = {ASKED("/a") ASKED("/b")},
     .engine = {{WAIT("\r\n\r\n"), SEND("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1"),
                 WAIT("\r\n\r\n"), SEND("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2")}}},
    {.name = "asked again where the kept connection had just ended", .ask = {"/a", "/b"}, .told = "200 1;200 2;",
     .got = {ASKED("/a") ASKED("/b"), ASKED("/b")},
     .engine = {{WAIT("\r\n\r\n"), SEND("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1"), WAIT("\r\n\r\n"), CLOSE},
                {WAIT("\r\n\r\n"), SEND("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2")}}},
    {.name = "asked again only once", .ask = {"/a", "/b"}, .told = "200 1;0 ;",
     .got = {ASKED("/a") ASKED("/b"), ASKED("/b")},
     .engine = {{WAIT("\r\n\r\n"), SEND("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1"), WAIT("\r\n\r\n"), CLOSE},
                {WAIT("\r\n\r\n"), CLOSE}}},
    {.name = "another connection behind bytes that nobody asked for", .timed = true, .ask = {"/a", "/b"}, .told = "200 1;200 2;",
     .got = {ASKED("/a"), ASKED("/b")},
     .engine = {{WAIT("\r\n\r\n"), SEND("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\n\r\n")},
                {WAIT("\r\n\r\n"), SEND("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2")}}},
    {.name = "longer than it may be, as announced", .ask = {"/a"}, .told = "0 ;", .got = {ASKED("/a")},
     .engine = {{WAIT("\r\n\r\n"), SEND("HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n")}}},
    {.name = "longer than it may be, in chunks", .ask = {"/a"}, .told = "0 ;", .got = {ASKED("/a")},
     .engine = {{WAIT("\r\n\r\n"), SEND("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3F\r\n"
       "123456789012345678901234567890123456789012345678901234567890123\r\n2\r\n12\r\n")}}},
    {.name = "longer than it may be, until close", .ask = {"/a"}, .told = "0 ;", .got = {ASKED("/a")}, .close_framed = true,
     .engine = {{WAIT("\r\n\r\n"), SEND("HTTP/1.1 200 OK\r\n\r\n"
       "12345678901234567890123456789012345678901234567890123456789012345"), END}}},
    {.name = "no HTTP", .ask = {"/a"}, .told = "0 ;", .got = {ASKED("/a")},
     .engine = {{WAIT("\r\n\r\n"), SEND("hello\r\n")}}},
    {.name = "an upgrade", .ask = {"/a"}, .told = "0 ;", .got = {ASKED("/a")},
     .engine = {{WAIT("\r\n\r\n"), SEND("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")}}},
    {.name = "compressed", .ask = {"/a"}, .told = "0 ;", .got = {ASKED("/a")},
     .engine = {{WAIT("\r\n\r\n"), SEND("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok")}}},
    {.name = "malformed chunks", .ask = {"/a"}, .told = "0 ;", .got = {ASKED("/a")},
     .engine = {{WAIT("\r\n\r\n"), SEND("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n")}}},
    {.name = "no engine", .ask = {"/a", "/b"}, .told = "0 ;0 ;"},
    {.name = "connected later", .ask = {"/a"}, .told = "200 ok;", .got = {ASKED("/a")}, .dials = {{EINPROGRESS, 0}},
     .engine = {{WAIT("\r\n\r\n"), SEND("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")}}},
    {.name = "refused later", .ask = {"/a"}, .told = "0 ;", .dials = {{EINPROGRESS, ECONNREFUSED}},
     .engine = {{WAIT("\r\n\r\n")}}},
    {.name = "a full backlog", .ask = {"/a"}, .told = "200 ok;", .got = {ASKED("/a")}, .dials = {{EAGAIN, 0}, {EAGAIN, 0}}, .client = {PAUSE(50)},
     .engine = {{WAIT("\r\n\r\n"), SEND("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")}}},
    {.name = "too slow in all", .ask = {"/a"}, .told = "0 ;", .got = {ASKED("/a")}, .timed = true,
     .engine = {{WAIT("\r\n\r\n"), SEND("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"), PAUSE(6000), SEND("o"), PAUSE(6000), SEND("k")}}},
    {.name = "a stream", .ask = {"/a"}, .told = "begin;200 ;", .got = {ASKED("/a")}, .stream = true,
     .engine = {{WAIT("\r\n\r\n"), SEND("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), SEND("1\r\n!\r\n0\r\n\r\n")}}},
    {.name = "a stream has all the time, once it has begun", .ask = {"/a"}, .told = "begin;200 ;", .got = {ASKED("/a")},
     .stream = true, .timed = true,
     .engine = {{WAIT("\r\n\r\n"), PAUSE(9000), SEND("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"), PAUSE(20000), SEND("hello"), PAUSE(20000), SEND("!")}}},
    {.name = "a stream that does not begin", .ask = {"/a"}, .told = "0 ;", .got = {ASKED("/a")}, .stream = true, .timed = true,
     .engine = {{WAIT("\r\n\r\n"), PAUSE(11000), SEND("HTTP/1.1 200 OK\r\n\r\n")}}},
    {.name = "a stream that is not wanted any more", .ask = {"/a"}, .told = "begin;0 ;", .got = {ASKED("/a")}, .stream = true,
     .engine = {{WAIT("\r\n\r\n"), SEND("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nhello?!")}}},
    {.name = "no target", .ask = {"/a b"}, .told = "none;"},
    {.name = "no target either", .ask = {"a"}, .told = "none;"},
};
/* clang-format on */

enum { NROWS = sizeof(rows) / sizeof(rows[0]) };

/* ---- doubles ---- */

void sys_log(const char *format, ...)
{
    (void)format;
}

bool access_log_wants(const struct access_log *log, enum verdict_kind kind)
{
    (void)log;
    (void)kind;
    return true;
}

void access_log_write(struct access_log *log, const struct access_entry *e)
{
    (void)log;
    (void)e;
}

/* ---- one run ---- */

static struct policy policy;
static const struct gate_policy everybody = {.operations = &policy};
static struct gate_snapshot policies = {.clients = {.otherwise = &everybody}, .users = 1};
static struct gate_shared shared;
static struct worker *worker;
static const struct row *playing;
static size_t asked;
static char told[1024];
static size_t ntold;
static bool inside; /* lookup_begin, which must not call back */
static struct kernel_peer left[PEERS_MAX];

static void quiet(void)
{
    memcpy(left, kernel_peers, sizeof(left));
    atomic_store(&shared.stopping, 2);
}

static void add(const char *text, size_t len)
{
    struct buf b;

    buf_init(&b, told + ntold, sizeof(told) - 1 - ntold);
    assert_true(buf_put(&b, slice_of(text, len)));
    ntold += len;
}

static void done(void *context, unsigned status, struct slice body);

static struct buf streamed;

static bool piece(void *context, unsigned status, struct slice body)
{
    assert_ptr_equal(context, &shared);
    assert_int_equal(status, 200);
    assert_false(inside);
    if (body.len == 0) {
        add("begin;", 6);
    }
    assert_true(buf_put(&streamed, body));
    return slice_find(buf_slice(&streamed), '?') == streamed.len;
}

static struct lookup *begin_one(const char *target)
{
    return playing->stream
               ? lookup_stream(worker, slice_from_text(target), true, piece, done, &shared)
               : lookup_begin(worker, slice_from_text(target), BODY_MAX, done, &shared);
}

static void ask(void)
{
    if (asked == ASKS_MAX || playing->ask[asked] == NULL) {
        return;
    }
    inside = true;
    struct lookup *l = begin_one(playing->ask[asked++]);
    inside = false;
    if (l == NULL) {
        add("none;", 5);
    }
}

static void done(void *context, unsigned status, struct slice body)
{
    char text[16];

    assert_ptr_equal(context, &shared);
    assert_false(inside);
    if (playing->stream && status == 200) {
        assert_true(slice_equal(buf_slice(&streamed), SLICE("hello!")));
    }
    int n = snprintf(text, sizeof(text), "%u ", status);
    add(text, (size_t)n);
    add(body.at, body.len);
    add(";", 1);
    ask();
}

static void begin(bool cancel)
{
    if (!cancel) {
        ask();
        return;
    }
    lookup_cancel(begin_one("/a"));
}

static void run(const struct row *row, size_t piece, struct cut cut, unsigned fail, bool cancel)
{
    struct kernel_plan plan = {.dials = row->dials, .cut = cut, .fail_alloc = fail, .quiet = quiet};
    for (int i = 0; i < PEERS_MAX; i++) {
        plan.piece[i] = piece;
    }
    plan.client[0] = row->client[0].play != PLAY_STOP ? row->client : NULL;
    for (int i = 0; i < ENGINES_MAX; i++) {
        plan.engine[i] = row->engine[i][0].play != PLAY_STOP ? row->engine[i] : NULL;
    }
    struct net_listener listener = {.fd = KERNEL_LISTENER, .address = {.text = "tcp://:1"}};
    struct gate_config config = {
        .engine = {.family = NET_UNIX, .text = "unix:///e"},
        .listeners = &listener,
        .nlisteners = 1,
        .workers = 1,
        .max_connections = 16,
        .max_address = 16,
        .head_ms = 10000,
        .idle_ms = 120000,
        .engine_ms = 600000,
        .grace_ms = 10000,
    };
    struct diag d;
    static char piece_text[64];
    buf_init(&streamed, piece_text, sizeof(piece_text));
    playing = row;
    asked = 0;
    ntold = 0;
    memset(told, 0, sizeof(told));
    memset(left, 0, sizeof(left));
    memset(&shared, 0, sizeof(shared));
    shared.config = &config;
    shared.policies = &policies;
    (void)pthread_mutex_init(&shared.policies_lock, NULL);
    atomic_store(&shared.running, 1);
    worker = malloc(sizeof(*worker));
    assert_non_null(worker);
    kernel_start(&plan);
    if (peers_init(&shared.peers, 16, 16)) {
        if (worker_init(worker, &shared, &d)) {
            begin(cancel);
            worker_run(worker);
        }
        worker_fini(worker);
        assert_null(worker->lookups);
        assert_int_equal(worker->nlookups, 0);
        assert_int_equal(worker->nlookups_due, 0);
    }
    peers_fini(&shared.peers);
    (void)pthread_mutex_destroy(&shared.policies_lock);
    kernel_stop();
    assert_false(kernel_spun);
    assert_false(kernel_open);
    assert_int_equal(kernel_live, 0);
    free(worker);
}

static const struct cut uncut = {.peer = -1};

static void test_splits(void **state)
{
    (void)state;
    static const size_t pieces[] = {GOT_MAX, 1, 2, 3, 5, 7, 11, 13, 17, 19, 23};
    for (size_t r = 0; r < NROWS; r++) {
        for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]) && (p == 0 || !rows[r].timed);
             p++) {
            run(&rows[r], pieces[p], uncut, 0, false);
            if (strcmp(told, rows[r].told) != 0) {
                fail_msg("%s, pieces of %zu: told %s", rows[r].name, pieces[p], told);
            }
            for (int i = 0; i < ENGINES_MAX; i++) {
                const char *got = rows[r].got[i] == NULL ? "" : rows[r].got[i];
                struct kernel_peer *k = &left[CLIENTS_MAX + i];
                if (!slice_equal(slice_of(k->got, k->ngot), slice_from_text(got))) {
                    fail_msg("%s, pieces of %zu: engine %d got %.*s", rows[r].name, pieces[p], i,
                             (int)k->ngot, k->got);
                }
            }
        }
    }
}

static bool is_wanted(const struct row *row, struct slice one)
{
    struct slice wanted = slice_from_text(row->told);
    struct slice other;

    while (slice_next(&wanted, ';', &other)) {
        if (slice_equal(one, other)) {
            return true;
        }
    }
    return slice_equal(one, SLICE("0 ")) || slice_equal(one, SLICE("none"));
}

/* However it is cut off, what is told is a whole answer or that there is none; once for each. */
static bool is_right(const struct row *row)
{
    struct slice all = slice_of(told, ntold);
    struct slice one;
    size_t n = 0;

    while (slice_next(&all, ';', &one)) {
        n += one.len > 0 && !slice_equal(one, SLICE("begin")) ? 1 : 0;
        if (one.len > 0 && !is_wanted(row, one)) {
            return false;
        }
    }
    /* Without the client that lets time pass the run may end before the answer. */
    return n == asked || (n < asked && row->client[0].play != PLAY_STOP);
}

static void test_cuts(void **state)
{
    (void)state;
    static const enum play ways[] = {PLAY_END, PLAY_CLOSE, PLAY_RESET};
    for (size_t r = 0; r < NROWS; r++) {
        for (size_t at = 0; at < 120 && !rows[r].close_framed && !rows[r].timed; at++) {
            for (size_t k = 0; k < 6; k++) {
                struct cut cut = {CLIENTS_MAX, at, k % 2 == 1, ways[k / 2]};
                run(&rows[r], k % 2 == 0 ? GOT_MAX : 3, cut, 0, false);
                if (!is_right(&rows[r])) {
                    fail_msg("%s, cut at %zu: told %s", rows[r].name, at, told);
                }
            }
        }
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    for (size_t r = 0; r < NROWS; r++) {
        run(&rows[r], 5, uncut, 0, false);
        unsigned allocs = kernel_allocs;
        for (unsigned n = 1; n <= allocs && !rows[r].timed; n++) {
            run(&rows[r], 5, uncut, n, false);
            if (!is_right(&rows[r])) {
                fail_msg("%s, allocation %u fails: told %s", rows[r].name, n, told);
            }
        }
    }
}

static void test_cancelled(void **state)
{
    (void)state;
    for (size_t r = 0; r < NROWS; r++) {
        run(&rows[r], GOT_MAX, uncut, 0, true);
        assert_int_equal(ntold, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_splits),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_cancelled),
    };
    return cmocka_run_group_tests_name("gate lookup", tests, NULL, NULL);
}
