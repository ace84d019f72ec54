/* Clients: which row of a table a caller gets, row by row. */
#include "gate/clients.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static const struct gate_policy A = {.observe = true};
static const struct gate_policy B = {.observe = true};
static const struct gate_policy C = {.observe = true};
static const struct gate_policy OTHERS = {.observe = true};

/* 10.1.0.0/16, as a table holds it. */
#define TEN_ONE                                                                                    \
    {                                                                                              \
        {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1}, 112                                     \
    }
#define IPV6_FD                                                                                    \
    {                                                                                              \
        {0xfd}, 8                                                                                  \
    }

#define MAX_ROWS 3

/* clang-format off */
static const struct gate_client BY_LISTENER[MAX_ROWS] = {
    {.by = GATE_CLIENT_LISTENER, .listeners = 1, .policy = &A},
    {.by = GATE_CLIENT_LISTENER, .listeners = 4 | 8, .policy = &B},
};
static const struct gate_client BY_NETWORK[MAX_ROWS] = {
    {.by = GATE_CLIENT_NETWORK | GATE_CLIENT_LISTENER, .listeners = 2, .network = TEN_ONE, .policy = &A},
    {.by = GATE_CLIENT_NETWORK, .network = TEN_ONE, .policy = &B},
    {.by = GATE_CLIENT_NETWORK, .network = IPV6_FD, .policy = &C},
};
static const struct gate_client BY_USER[MAX_ROWS] = {
    {.by = GATE_CLIENT_UID | GATE_CLIENT_GID, .uid = 0, .gid = 5, .policy = &A},
    {.by = GATE_CLIENT_UID, .uid = 1000, .policy = &B},
    {.by = GATE_CLIENT_GID, .gid = 7, .policy = &C},
};
static const struct gate_client ANYBODY[MAX_ROWS] = {
    {.by = GATE_CLIENT_UID, .uid = 1000, .policy = &A},
    {.policy = &B},
    {.by = GATE_CLIENT_UID, .uid = 1, .policy = &C},
};

#define LOCAL(listener, uid, gid) {{{(uid) & 0xff, (uid) >> 8}, PEER_UNIX}, 1, gid, listener}
#define IPV4(listener, a, b, c, d) {{{a, b, c, d}, PEER_IPV4}, 1, 0, listener}
#define IPV6(listener, ...) {{{__VA_ARGS__}, PEER_IPV6}, 1, 0, listener}

static const struct {
    const struct gate_client *table;
    struct caller who;
    const struct gate_policy *gets;
} ROWS[] = {
    {BY_LISTENER, LOCAL(0, 1000, 5),        &A},
    {BY_LISTENER, IPV4(2, 10, 1, 2, 3),     &B},
    {BY_LISTENER, IPV4(1, 10, 1, 2, 3),     &OTHERS},
    {BY_NETWORK,  IPV4(1, 10, 1, 2, 3),     &A},
    {BY_NETWORK,  IPV4(0, 10, 1, 255, 255), &B},
    {BY_NETWORK,  IPV4(0, 10, 2, 0, 0),     &OTHERS},
    {BY_NETWORK,  IPV6(0, 0xfd, 1),         &C},
    {BY_NETWORK,  IPV6(0, 0xfe, 1),         &OTHERS},
    {BY_NETWORK,  IPV6(0, 10, 1, 2, 3),     &OTHERS},
    /* A user whose number looks like the first bytes of an address is none. */
    {BY_NETWORK,  LOCAL(1, 0x010a, 5),      &OTHERS},
    {BY_NETWORK,  LOCAL(0, 0xfd, 5),        &OTHERS},
    {BY_USER,     LOCAL(0, 0, 5),           &A},
    {BY_USER,     LOCAL(0, 0, 6),           &OTHERS},
    {BY_USER,     LOCAL(0, 1000, 6),        &B},
    {BY_USER,     LOCAL(0, 1000, 7),        &B},
    {BY_USER,     LOCAL(0, 1001, 7),        &C},
    /* Nor has who comes over TCP a user or group. */
    {BY_USER,     IPV4(0, 0xe8, 3, 0, 0),   &OTHERS},
    {BY_USER,     IPV4(0, 0, 0, 0, 0),      &OTHERS},
    {ANYBODY,     LOCAL(0, 1000, 0),        &A},
    {ANYBODY,     LOCAL(0, 1, 0),           &B},
    {ANYBODY,     IPV4(0, 1, 0, 0, 0),      &B},
};
/* clang-format on */

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct gate_clients clients = {.at = ROWS[i].table, .otherwise = &OTHERS};

        while (clients.n < MAX_ROWS && clients.at[clients.n].policy != NULL) {
            clients.n++;
        }
        if (gate_clients_find(&clients, &ROWS[i].who) != ROWS[i].gets) {
            print_error("row %zu gets another policy\n", i);
            fail();
        }
    }
}

static void test_no_rows(void **state)
{
    (void)state;
    struct gate_clients clients = {.otherwise = &OTHERS};
    assert_ptr_equal(gate_clients_find(&clients, &ROWS[0].who), &OTHERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_no_rows),
    };
    return cmocka_run_group_tests_name("clients", tests, NULL, NULL);
}
