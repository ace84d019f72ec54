/* The session's state machines, driven by scripted peers: each row in every split, cut at every
 * byte, and with every allocation failing once. */
#include "base/buf.h"
#include "gate/worker.h"
#include "relay_rows.h"
#include "sys/log.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* after the above, which it needs */
#include <cmocka.h>

/* ---- doubles ---- */

static char logged[2048];
static size_t nlogged;
static unsigned logged_ends;
static struct gate_shared shared;

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
    int n = snprintf(logged + nlogged, sizeof(logged) - nlogged, "%u %.*s %.*s%s;", e->status,
                     (int)e->method.len, e->method.at, (int)e->target.len, e->target.at,
                     e->starts ? " starts" : "");
    logged_ends += e->starts ? 0 : 1;
    nlogged += n > 0 && (size_t)n < sizeof(logged) - nlogged ? (size_t)n : 0;
}

/* ---- one run ---- */

/* Whether each turn of the loop has another's event behind those of the row: what is written waits
 * for it. */
static bool crowded;

static struct policy policy;
static const struct gate_policy everybody = {.operations = &policy};
static struct gate_snapshot policies = {.clients = {.otherwise = &everybody}, .users = 1};

static void policy_make(void)
{
    struct api_match denied;
    memset(&policy.allowed, 0xff, sizeof(policy.allowed));
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        policy.decided_by[i] = OPTION_NONE;
    }
    assert_true(api_match(SLICE("POST"), SLICE("/containers/a/kill"), &denied));
    operation_set_remove(&policy.allowed, denied.operation);
}

/* What stands when nothing moves any more; then the gate is told to end. */
struct outcome {
    struct kernel_peer peers[PEERS_MAX];
    char log[sizeof(logged)];
    unsigned turns;
    unsigned allocs;
    bool quiet;
    struct counters_sum counted;
};

static struct outcome outcome;

static void term(void)
{
    atomic_fetch_add(&shared.stopping, 1);
}

static void quiet(void)
{
    memcpy(outcome.peers, kernel_peers, sizeof(outcome.peers));
    memcpy(outcome.log, logged, sizeof(logged));
    outcome.turns = kernel_turns;
    outcome.quiet = true;
    atomic_store(&shared.running, 1);
    if (kernel_spun) {
        atomic_store(&shared.stopping, 2);
    } else if (atomic_load(&shared.stopping) == 0) {
        atomic_store(&shared.stopping, 1);
    }
}

/* For messages: which run it was. */
static char where[256];

/* So many are told of before the test gives up: rows fail together. */
#define FAILURES_MAX 8

static unsigned nfailures;

static void complain(const char *condition)
{
    print_message("%s: %s\n", where, condition);
    for (int i = 0; i < PEERS_MAX; i++) {
        const struct kernel_peer *k = &outcome.peers[i];
        if (k->used) {
            print_message("peer %d, left %d, got:\n%.*s\n---\n", i, (int)k->left, (int)k->ngot,
                          k->got);
        }
    }
    print_message("log: %s\n", outcome.log);
    if (++nfailures >= FAILURES_MAX) {
        fail();
    }
}

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            complain(#condition);                                                                  \
        }                                                                                          \
    } while (0)

/* Each exchange is counted once with its verdict and once at its end, each client once when it
 * comes and once when it goes. */
static void check_counted(void)
{
    const uint64_t *n = outcome.counted.n;
    uint64_t requests = 0;
    uint64_t ends = 0;
    for (size_t i = 0; i < VERDICT_KINDS; i++) {
        requests += n[COUNTER_VERDICT + i];
    }
    for (size_t i = 0; i < COUNTERS_CLASSES; i++) {
        ends += n[COUNTER_STATUS + i];
    }
    CHECK(requests == logged_ends);
    CHECK(ends == logged_ends);
    CHECK(n[COUNTER_ACCEPTED] == n[COUNTER_CLOSED]);
}

static void run(const struct relay_row *row, const size_t *pieces, struct cut cut, unsigned fail)
{
    struct kernel_plan plan = {.dials = row->dials,
                               .cut = cut,
                               .crowded = crowded,
                               .fail_alloc = fail,
                               .quiet = quiet,
                               .term = term};
    memcpy(plan.piece, pieces, sizeof(plan.piece));
    for (int i = 0; i < CLIENTS_MAX; i++) {
        plan.client[i] = row->client[i][0].play != PLAY_STOP ? row->client[i] : NULL;
    }
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
        .max_address = row->max_address == 0 ? 16 : row->max_address,
        .head_ms = 10000,
        .idle_ms = 120000,
        .engine_ms = 600000,
        .grace_ms = 10000,
    };
    struct diag d;
    struct worker *w = malloc(sizeof(*w)); /* not on the stack: the sanitizer sees more this way */
    nlogged = 0;
    logged_ends = 0;
    memset(logged, 0, sizeof(logged));
    memset(&outcome, 0, sizeof(outcome));
    memset(&shared, 0, sizeof(shared));
    shared.config = &config;
    shared.policies = &policies;
    (void)pthread_mutex_init(&shared.policies_lock, NULL);
    atomic_store(&shared.running, row->others ? 2 : 1);
    assert_non_null(w);
    kernel_start(&plan);
    long live = kernel_live;
    if (peers_init(&shared.peers, config.max_connections, config.max_address)) {
        if (worker_init(w, &shared, &d)) {
            worker_run(w);
            CHECK(w->sessions == NULL);
        }
        worker_fini(w);
        counters_add_to(&w->counters, &outcome.counted);
        check_counted();
        CHECK(shared.peers.total == 0);
    }
    CHECK(atomic_load(&policies.users) == 1);
    (void)pthread_mutex_destroy(&shared.policies_lock);
    peers_fini(&shared.peers);
    outcome.allocs = kernel_allocs;
    kernel_stop();
    for (int i = 0; i < CLIENTS_MAX; i++) {
        CHECK(row->large || kernel_peers[i].early == 0);
    }
    CHECK(!kernel_spun);
    CHECK(!kernel_open);
    CHECK(kernel_live == live);
    free(w);
}

/* ---- what came out ---- */

/* Copies `got` with chunked bodies unwrapped: the payload, then "[end]". False where the chunks are
 * malformed. */
static bool unwrap(struct slice got, struct buf *out)
{
    struct slice mark = SLICE("Transfer-Encoding: chunked\r\n");
    while (got.len > 0) {
        const char *at = memmem(got.at, got.len, mark.at, mark.len);
        const char *body =
            at == NULL ? NULL : memmem(at, got.len - (size_t)(at - got.at), "\r\n\r\n", 4);
        if (body == NULL) {
            return buf_put(out, got);
        }
        size_t head = (size_t)(body - got.at) + 4;
        buf_put(out, slice_sub(got, 0, head));
        got = slice_sub(got, head, got.len);
        struct http_chunk chunk = {0};
        enum http_step step = HTTP_MORE;
        while (step == HTTP_MORE && got.len > 0) {
            size_t used;
            struct slice payload;
            step = http_chunk_read(&chunk, got, &used, &payload);
            buf_put(out, payload);
            got = slice_sub(got, used, got.len);
        }
        if (step == HTTP_REFUSED) {
            return false;
        }
        if (step == HTTP_DONE) {
            buf_put(out, SLICE("[end]"));
        }
    }
    return true;
}

static struct slice unwrapped(int peer, char *storage, size_t max)
{
    struct buf b;
    buf_init(&b, storage, max);
    CHECK(unwrap(slice_of(outcome.peers[peer].got, outcome.peers[peer].ngot), &b));
    CHECK(!b.full);
    return buf_slice(&b);
}

static void check_whole(const struct relay_row *row)
{
    char storage[GOT_MAX];
    for (int i = 0; i < CLIENTS_MAX; i++) {
        const char *wanted = row->to_client[i] == NULL ? "" : row->to_client[i];
        CHECK(slice_equal(unwrapped(i, storage, sizeof(storage)), slice_from_text(wanted)));
        CHECK(outcome.peers[i].left == row->client_left[i]);
    }
    for (int i = 0; i < ENGINES_MAX; i++) {
        struct slice got = unwrapped(CLIENTS_MAX + i, storage, sizeof(storage));
        for (int u = 0; u < UNITS_MAX && row->to_engine[i][u] != NULL; u++) {
            struct slice unit = slice_from_text(row->to_engine[i][u]);
            CHECK(slice_starts_with(got, unit));
            got = slice_sub(got, unit.len, got.len);
        }
        CHECK(got.len == 0);
        CHECK(outcome.peers[CLIENTS_MAX + i].left == row->engine_left[i]);
        CHECK(outcome.peers[CLIENTS_MAX + i].used == (row->to_engine[i][0] != NULL));
    }
    CHECK(row->log == NULL || strcmp(outcome.log, row->log) == 0);
}

/* Whether `got` is whole messages of the row, the last maybe cut short. */
static bool is_decided(const struct relay_row *row, struct slice got)
{
    if (got.len == 0) {
        return true;
    }
    for (int e = 0; e < ENGINES_MAX; e++) {
        for (int u = 0; u < UNITS_MAX && row->to_engine[e][u] != NULL; u++) {
            struct slice unit = slice_from_text(row->to_engine[e][u]);
            if (unit.len == 0) {
                continue;
            }
            if (slice_starts_with(unit, got)) {
                return true;
            }
            if (slice_starts_with(got, unit) &&
                is_decided(row, slice_sub(got, unit.len, got.len))) {
                return true;
            }
        }
    }
    return false;
}

/* What must hold however the row was cut. */
static void check_invariants(const struct relay_row *row, struct cut cut)
{
    char storage[GOT_MAX];
    for (int i = 0; i < ENGINES_MAX; i++) {
        CHECK(is_decided(row, unwrapped(CLIENTS_MAX + i, storage, sizeof(storage))));
    }
    for (int i = 0; i < CLIENTS_MAX; i++) {
        struct slice got = unwrapped(i, storage, sizeof(storage));
        struct slice answer = SLICE("HTTP/1.1 200");
        CHECK(got.len == 0 || slice_starts_with(got, slice_sub(SLICE("HTTP/1.1 "), 0, got.len)));
        if (row->close_framed && cut.peer >= CLIENTS_MAX && cut.how == PLAY_RESET &&
            memmem(got.at, got.len, answer.at, answer.len) != NULL) {
            CHECK(outcome.peers[i].left == LEFT_RESET ||
                  slice_equal(got, slice_from_text(row->to_client[i])));
        }
    }
}

/* ---- the tests ---- */

static const struct cut uncut = {.peer = -1};

static void pieces_set(size_t *pieces, size_t client, size_t engine)
{
    for (int i = 0; i < PEERS_MAX; i++) {
        pieces[i] = i < CLIENTS_MAX ? client : engine;
    }
}

static void test_splits(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 3, 7, GOT_MAX};
    size_t pieces[PEERS_MAX];
    for (size_t r = 0; r < relay_nrows; r++) {
        for (size_t c = 0; c < 5; c++) {
            for (size_t e = 0; e < 5; e++) {
                if ((relay_rows[r].whole && c < 4) || (relay_rows[r].taken && e < 4)) {
                    continue;
                }
                snprintf(where, sizeof(where), "%s, pieces of %zu and %zu", relay_rows[r].name,
                         sizes[c], sizes[e]);
                pieces_set(pieces, sizes[c], sizes[e]);
                run(&relay_rows[r], pieces, uncut, 0);
                if (!outcome.quiet) {
                    quiet(); /* it ended by itself */
                }
                check_whole(&relay_rows[r]);
                if (r == 0) {
                    CHECK(outcome.peers[CLIENTS_MAX].early == 0); /* nor is a head written early */
                }
                if (relay_rows[r].writes > 0 && c == 4 && e == 4) {
                    CHECK(outcome.peers[CLIENTS_MAX].nwrites == relay_rows[r].writes);
                }
            }
        }
    }
    assert_int_equal(nfailures, 0);
}

static size_t script_length(const struct step *s)
{
    size_t n = 0;
    for (; s->play != PLAY_STOP; s++) {
        n += s->play == PLAY_SEND ? s->len : 0;
    }
    return n;
}

static void cut_row(const struct relay_row *row, int peer, size_t length, bool received,
                    size_t piece)
{
    static const enum play hows[] = {PLAY_END, PLAY_CLOSE, PLAY_RESET};
    size_t pieces[PEERS_MAX];
    pieces_set(pieces, piece, piece);
    for (size_t after = 0; after <= length; after++) {
        for (size_t h = 0; h < 3; h++) {
            struct cut cut = {peer, after, received, hows[h]};
            snprintf(where, sizeof(where), "%s, peer %d cut %d after %zu %s, pieces of %zu",
                     row->name, peer, (int)hows[h], after, received ? "got" : "sent", piece);
            run(row, pieces, cut, 0);
            check_invariants(row, cut);
        }
    }
}

static void cut_all(size_t piece)
{
    for (size_t r = 0; r < relay_nrows; r++) {
        const struct relay_row *row = &relay_rows[r];
        if (row->timed) {
            continue;
        }
        size_t pieces[PEERS_MAX];
        size_t got[PEERS_MAX];
        pieces_set(pieces, GOT_MAX, GOT_MAX);
        run(row, pieces, uncut, 0);
        for (int p = 0; p < PEERS_MAX; p++) {
            got[p] = outcome.peers[p].ngot;
        }
        for (int p = 0; p < PEERS_MAX; p++) {
            const struct step *script =
                p < CLIENTS_MAX ? row->client[p] : row->engine[p - CLIENTS_MAX];
            if (script->play != PLAY_STOP) {
                cut_row(row, p, script_length(script), false, piece);
                cut_row(row, p, got[p], true, piece);
            }
        }
    }
    assert_int_equal(nfailures, 0);
}

static void test_cuts(void **state)
{
    (void)state;
    cut_all(GOT_MAX);
}

static void test_cuts_of_splits(void **state)
{
    (void)state;
    cut_all(5);
}

static void test_no_memory(void **state)
{
    (void)state;
    static const size_t sizes[] = {GOT_MAX, 5};
    size_t pieces[PEERS_MAX];
    for (size_t r = 0; r < relay_nrows; r++) {
        for (size_t i = 0; i < 2 && !relay_rows[r].timed; i++) {
            pieces_set(pieces, sizes[i], sizes[i]);
            run(&relay_rows[r], pieces, uncut, 0);
            unsigned allocs = outcome.allocs;
            for (unsigned n = 1; n <= allocs; n++) {
                snprintf(where, sizeof(where), "%s, allocation %u fails, pieces of %zu",
                         relay_rows[r].name, n, sizes[i]);
                run(&relay_rows[r], pieces, uncut, n);
                check_invariants(&relay_rows[r], uncut);
            }
        }
    }
    assert_int_equal(nfailures, 0);
}

/* An answer of 4,096 bytes waits for the end of the turn, a larger one does not. */
static void test_large(void **state)
{
    (void)state;
    static char answer[8192];
    size_t pieces[PEERS_MAX];
    pieces_set(pieces, GOT_MAX, GOT_MAX);
    for (unsigned length = 4095; length <= 4098; length++) {
        static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n";
        static const char ask[] = "GET /info HTTP/1.1\r\nHost: x\r\n\r\n";
        struct buf b;
        buf_init(&b, answer, sizeof(answer));
        /* A field makes up for what is missing. */
        unsigned filler = length - (unsigned)(sizeof(head) - 1) - 4000 - 7;
        assert_true(buf_putf(&b, "%sX: %0*u\r\n\r\n%04000u", head, (int)filler, 1U, 2U));
        assert_int_equal(b.len, length);
        struct relay_row row = {.name = "large", .large = length > 4096};
        row.client[0][0] = (struct step){PLAY_SEND, ask, sizeof(ask) - 1};
        row.engine[0][0] = (struct step){PLAY_WAIT, "\r\n\r\n", 4};
        row.engine[0][1] = (struct step){PLAY_SEND, answer, length};
        snprintf(where, sizeof(where), "an answer of %u bytes", length);
        run(&row, pieces, uncut, 0);
        /* Ours names its fields in another order. */
        CHECK(outcome.peers[0].ngot == length && outcome.peers[0].nwrites == 1);
        CHECK(outcome.peers[0].early == (crowded && length > 4096));
    }
    assert_int_equal(nfailures, 0);
}

static int alone(void **state)
{
    (void)state;
    nfailures = 0;
    crowded = false;
    return 0;
}

static int in_a_crowd(void **state)
{
    (void)state;
    nfailures = 0;
    crowded = true;
    return 0;
}

static int setup(void **state)
{
    (void)state;
    policy_make();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_splits, alone),
        cmocka_unit_test_setup(test_splits, in_a_crowd),
        cmocka_unit_test_setup(test_cuts, alone),
        cmocka_unit_test_setup(test_cuts, in_a_crowd),
        cmocka_unit_test_setup(test_cuts_of_splits, alone),
        cmocka_unit_test_setup(test_cuts_of_splits, in_a_crowd),
        cmocka_unit_test_setup(test_no_memory, alone),
        cmocka_unit_test_setup(test_no_memory, in_a_crowd),
        cmocka_unit_test_setup(test_large, alone),
        cmocka_unit_test_setup(test_large, in_a_crowd),
    };
    return cmocka_run_group_tests_name("gate relay", tests, setup, NULL);
}
