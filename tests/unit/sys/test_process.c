/* Peers of unix sockets: what /proc says, and whose it is. */
#include "sys/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>
/* after the above, which it needs */
#include <cmocka.h>

#define FIELDS "S 1 2 3 4 5 4194304 7 8 9 10 11 12 13 14 15 16 17 18 "

/* clang-format off */
static const struct {
    const char *stat;
    bool ok;
    uint64_t start;
} STARTS[] = {
    {"42 (sh) " FIELDS "4711 20 21\n", true, 4711},
    {"42 (a) b (c)) " FIELDS "0 20\n", true, 0},
    {"42 (\n) 7 7 7) " FIELDS "18446744073709551615 1", true, UINT64_MAX},
    {"42 (sh) " FIELDS "18446744073709551616 1", false, 0},
    {"42 (sh) " FIELDS, false, 0}, {"42 (sh) S 1 2", false, 0}, {"42 (sh)", false, 0}, {"42 (sh)S 1", false, 0}, {"", false, 0},
    {"42 (sh) Z 1 2 3 4 5 x 7 8 9 10 11 12 13 14 15 16 17 18 4711 20", false, 0},
    {"42 (sh) Z 1 2 3 4 5 4294967296 7 8 9 10 11 12 13 14 15 16 17 18 4711 20", false, 0},
    {"42 sh " FIELDS "4711 20", false, 0}, {"42 (sh) " FIELDS "-1 20", false, 0}, {"42 (sh) " FIELDS "x 20", false, 0},
};
/* clang-format on */

static void test_starts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(STARTS) / sizeof(STARTS[0]); i++) {
        struct sys_process_stat stat = {0};
        bool ok = sys_process_read_stat(slice_from_text(STARTS[i].stat), &stat);

        if (ok != STARTS[i].ok ||
            (ok && (stat.start != STARTS[i].start || stat.flags != 4194304))) {
            print_error("row %zu\n", i);
            fail();
        }
    }
}

static void test_peer(void **state)
{
    (void)state;
    int pair[2];
    char text[4096];
    char other[4096];
    struct buf b;
    struct buf o;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    buf_init(&b, text, sizeof(text));
    buf_init(&o, other, sizeof(other));
    uint32_t self = (uint32_t)getpid();
    assert_int_equal(sys_process_peer_cgroup(pair[0], self, 1, &b), SYS_PROCESS_HERE);
    assert_int_equal(sys_process_cgroup(self, &o), SYS_PROCESS_HERE);
    assert_true(b.len > 0 && slice_equal(buf_slice(&b), buf_slice(&o)));
    assert_int_equal(sys_process_peer_cgroup(pair[0], 0, 1, &b), SYS_PROCESS_HIDDEN);
    assert_int_equal(sys_process_cgroup(0, &b), SYS_PROCESS_HIDDEN);
    assert_int_equal(sys_process_cgroup(INT32_MAX, &b), SYS_PROCESS_GONE);
    buf_init(&b, text, 1); /* too long a text is none */
    assert_int_equal(sys_process_cgroup(self, &b), SYS_PROCESS_CLOSED);
    (void)close(pair[0]);
    (void)close(pair[1]);
}

/* Before Linux 6.5: by its start. */
static void test_peer_by_start(void **state)
{
    (void)state;
    char text[4096];
    struct buf b;

    buf_init(&b, text, sizeof(text));
    uint32_t self = (uint32_t)getpid();
    assert_int_equal(sys_process_cgroup_by_start(self, 1, &b), SYS_PROCESS_HERE);
    assert_true(b.len > 0);
    /* A connection that is older than the process was another one's; so is one of unknown age. */
    assert_int_equal(sys_process_cgroup_by_start(self, UINT64_C(1000000) * 3600 * 24 * 3650, &b),
                     SYS_PROCESS_GONE);
    assert_int_equal(sys_process_cgroup_by_start(self, 0, &b), SYS_PROCESS_GONE);
}

static void test_groups(void **state)
{
    (void)state;
    int pair[2];
    uint32_t groups[1024];
    gid_t own[1024];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    int n = getgroups(1024, own);
    assert_true(n >= 0);
    assert_int_equal(sys_process_peer_groups(pair[0], groups, 1024), n);
    for (int i = 0; i < n; i++) {
        assert_int_equal(groups[i], own[i]);
    }
    (void)close(pair[0]);
    (void)close(pair[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starts),
        cmocka_unit_test(test_peer),
        cmocka_unit_test(test_peer_by_start),
        cmocka_unit_test(test_groups),
    };
    return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
