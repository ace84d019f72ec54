/* Clients: which row of a table a caller gets, row by row. */
#include "base/buf.h"
#include "gate/clients.h"
#include "inspect/containers.h"

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

static const struct clients_more NOTHING = {.groups = NULL};

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
        if (gate_clients_find(&clients, &ROWS[i].who, &NOTHING).policy != ROWS[i].gets) {
            print_error("row %zu gets another policy\n", i);
            fail();
        }
    }
}

/* ---- containers ---- */

/* A text of facts, as inspect/containers writes them. */
static void put_fact(struct buf *b, enum containers_kind kind, const char *key, const char *value)
{
    size_t nkey = slice_from_text(key).len;
    size_t nvalue = slice_from_text(value).len;
    char head[5] = {(char)kind, (char)nkey, 0, (char)nvalue, 0};

    assert_true(buf_put(b, slice_of(head, sizeof(head))));
    assert_true(buf_put(b, slice_from_text(key)));
    assert_true(buf_put(b, slice_from_text(value)));
}

static const struct slice TEAM[] = {SLICE_INIT("team=x"), SLICE_INIT("k")};
static const struct gate_container WEB = {.name = SLICE_INIT("web-*")};
static const struct gate_container JOBS = {.service = SLICE_INIT("jobs")};
static const struct gate_container OF_TEAM = {.labels = TEAM, .nlabels = 2};
static const struct gate_container BOTH = {
    .name = SLICE_INIT("web-2"), .labels = TEAM, .nlabels = 1};
static const struct gate_container ANY = {.nlabels = 0};
static const struct gate_policy NAMED = {.name = SLICE_INIT("named")};

/* clang-format off */
static const struct {
    struct gate_client row;
    const char *fact[3][2]; /* a name, or a label's key and value */
    const struct gate_policy *gets;
} CONTAINER_ROWS[] = {
    {{.by = GATE_CLIENT_CONTAINER, .container = &WEB, .policy = &A},     {{"web-1"}}, &A},
    {{.by = GATE_CLIENT_CONTAINER, .container = &WEB, .policy = &A},     {{"x"}, {"web-"}}, &A},
    {{.by = GATE_CLIENT_CONTAINER, .container = &WEB, .policy = &A},     {{"web"}}, &OTHERS},
    {{.by = GATE_CLIENT_CONTAINER, .container = &WEB, .policy = &A},     {{"a", "web-1"}}, &OTHERS},
    {{.by = GATE_CLIENT_CONTAINER, .container = &JOBS, .policy = &A},    {{"com.docker.compose.service", "jobs"}}, &A},
    {{.by = GATE_CLIENT_CONTAINER, .container = &JOBS, .policy = &A},    {{"com.docker.compose.service", "job"}}, &OTHERS},
    {{.by = GATE_CLIENT_CONTAINER, .container = &JOBS, .policy = &A},    {{"jobs"}}, &OTHERS},
    {{.by = GATE_CLIENT_CONTAINER, .container = &OF_TEAM, .policy = &A}, {{"k", ""}, {"team", "x"}}, &A},
    {{.by = GATE_CLIENT_CONTAINER, .container = &OF_TEAM, .policy = &A}, {{"team", "x"}}, &OTHERS},
    {{.by = GATE_CLIENT_CONTAINER, .container = &OF_TEAM, .policy = &A}, {{"team", "xy"}, {"k", "v"}}, &OTHERS},
    {{.by = GATE_CLIENT_CONTAINER, .container = &OF_TEAM, .policy = &A}, {{"Team", "x"}, {"k", "v"}}, &OTHERS},
    {{.by = GATE_CLIENT_CONTAINER, .container = &BOTH, .policy = &A},    {{"web-2"}, {"team", "x"}}, &A},
    {{.by = GATE_CLIENT_CONTAINER, .container = &BOTH, .policy = &A},    {{"web-2"}}, &OTHERS},
    {{.by = GATE_CLIENT_CONTAINER, .container = &BOTH, .policy = &A},    {{"team", "x"}}, &OTHERS},
    {{.by = GATE_CLIENT_CONTAINER, .container = &ANY, .policy = &A},     {{NULL}}, &A},
    {{.by = GATE_CLIENT_CONTAINER | GATE_CLIENT_CHOSEN, .container = &ANY, .policy = &NAMED}, {{"dockgate.policy", "named"}}, &NAMED},
    {{.by = GATE_CLIENT_CONTAINER | GATE_CLIENT_CHOSEN, .container = &ANY, .policy = &NAMED}, {{"dockgate.policy", "name"}}, &OTHERS},
    {{.by = GATE_CLIENT_CONTAINER | GATE_CLIENT_CHOSEN, .container = &ANY, .policy = &NAMED}, {{"named"}}, &OTHERS},
    {{.by = GATE_CLIENT_CONTAINER | GATE_CLIENT_CHOSEN, .container = &WEB, .policy = &NAMED}, {{"dockgate.policy", "named"}}, &OTHERS},
    {{.by = GATE_CLIENT_CONTAINER | GATE_CLIENT_UID, .uid = 1, .container = &ANY, .policy = &A}, {{NULL}}, &OTHERS},
};
/* clang-format on */

static void test_containers(void **state)
{
    (void)state;
    static const struct caller who = LOCAL(0, 1000, 5);
    for (size_t i = 0; i < sizeof(CONTAINER_ROWS) / sizeof(CONTAINER_ROWS[0]); i++) {
        struct gate_clients clients = {.at = &CONTAINER_ROWS[i].row, .n = 1, .otherwise = &OTHERS};
        char text[256];
        struct buf b;

        buf_init(&b, text, sizeof(text));
        for (size_t f = 0; f < 3 && CONTAINER_ROWS[i].fact[f][0] != NULL; f++) {
            const char *const *fact = CONTAINER_ROWS[i].fact[f];
            if (fact[1] == NULL) {
                put_fact(&b, CONTAINERS_NAME, "", fact[0]);
            } else {
                put_fact(&b, CONTAINERS_LABEL, fact[0], fact[1]);
            }
        }
        struct clients_more more = {.is = CLIENTS_CONTAINER, .facts = buf_slice(&b)};
        if (gate_clients_find(&clients, &who, &more).policy != CONTAINER_ROWS[i].gets) {
            print_error("row %zu gets another policy\n", i);
            fail();
        }
        more.is = CLIENTS_NO_CONTAINER;
        assert_ptr_equal(gate_clients_find(&clients, &who, &more).policy, &OTHERS);
    }
}

/* A row with `within` is for containers that bear the label, and no other row is narrowed by it. */
static void test_within(void **state)
{
    (void)state;
    static const struct caller who = LOCAL(0, 1000, 5);
    static const struct gate_client table[] = {
        {.by = GATE_CLIENT_UID, .uid = 1, .policy = &C},
        {.by = GATE_CLIENT_CONTAINER | GATE_CLIENT_WITHIN, .container = &WEB, .policy = &A},
        {.by = GATE_CLIENT_CONTAINER, .container = &ANY, .policy = &B},
    };
    struct gate_clients clients = {.at = table, .n = 3, .otherwise = &OTHERS};
    struct label label;
    char text[64];
    struct buf b;

    assert_true(label_read(SLICE("PING"), &label));
    buf_init(&b, text, sizeof(text));
    put_fact(&b, CONTAINERS_NAME, "", "web-1");
    struct clients_more more = {.is = CLIENTS_CONTAINER, .facts = buf_slice(&b), .label = &label};
    struct clients_found found = gate_clients_find(&clients, &who, &more);
    assert_ptr_equal(found.policy, &A);
    assert_ptr_equal(found.label, &label);
    more.facts = SLICE("");
    found = gate_clients_find(&clients, &who, &more);
    assert_ptr_equal(found.policy, &B);
    assert_null(found.label);
    more = (struct clients_more){.is = CLIENTS_CONTAINER, .facts = buf_slice(&b)};
    found = gate_clients_find(&clients, &who, &more);
    assert_ptr_equal(found.policy, &B);
    assert_null(found.label);
    more = (struct clients_more){.is = CLIENTS_NO_CONTAINER, .label = &label};
    found = gate_clients_find(&clients, &who, &more);
    assert_ptr_equal(found.policy, &OTHERS);
    assert_null(found.label);
    /* One that can't be read keeps the row: what it might have said is not given by another. */
    assert_false(label_read(SLICE("PONG"), &label));
    more = (struct clients_more){.is = CLIENTS_CONTAINER, .facts = buf_slice(&b), .label = &label};
    found = gate_clients_find(&clients, &who, &more);
    assert_ptr_equal(found.policy, &A);
    assert_ptr_equal(found.label, &label);
    found = gate_clients_find(&clients, &(struct caller)LOCAL(0, 1, 5), &more);
    assert_ptr_equal(found.policy, &C);
    assert_null(found.label);
}

/* It is asked for only where the answer matters: not for rows before it, nor for those that don't
 * fit anyhow. */
static void test_asked(void **state)
{
    (void)state;
    static const struct gate_client table[] = {
        {.by = GATE_CLIENT_UID, .uid = 1, .policy = &A},
        {.by = GATE_CLIENT_CONTAINER | GATE_CLIENT_GID, .gid = 7, .container = &WEB, .policy = &B},
        {.by = GATE_CLIENT_UID, .uid = 2, .policy = &C},
    };
    struct gate_clients clients = {.at = table, .n = 3, .otherwise = &OTHERS};
    static const struct caller rows[] = {LOCAL(0, 1, 7), LOCAL(0, 2, 7), LOCAL(0, 2, 8),
                                         LOCAL(0, 3, 8)};
    static const struct gate_policy *const gets[] = {&A, NULL, &C, &OTHERS};

    for (size_t i = 0; i < 4; i++) {
        assert_ptr_equal(gate_clients_find(&clients, &rows[i], &NOTHING).policy, gets[i]);
    }
    static const uint32_t groups[] = {3, 7};
    struct clients_more more = {.groups = groups, .ngroups = 2};
    assert_null(gate_clients_find(&clients, &rows[2], &more).policy);
    more.ngroups = 1;
    assert_ptr_equal(gate_clients_find(&clients, &rows[2], &more).policy, &C);
}

static void test_no_rows(void **state)
{
    (void)state;
    struct gate_clients clients = {.otherwise = &OTHERS};
    assert_ptr_equal(gate_clients_find(&clients, &ROWS[0].who, &NOTHING).policy, &OTHERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),    cmocka_unit_test(test_containers),
        cmocka_unit_test(test_within),  cmocka_unit_test(test_asked),
        cmocka_unit_test(test_no_rows),
    };
    return cmocka_run_group_tests_name("clients", tests, NULL, NULL);
}
