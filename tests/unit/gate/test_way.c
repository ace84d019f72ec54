/* The way to an engine that has a name: which address is tried next, when it waits, when it gives
 * up. A case is a list of steps. */
#include "gate/way.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#define PORT 2375
#define S    UINT64_C(1000000)

/* What happens: an answer comes where `found` is not NULL (addresses with commas; none: an error),
 * of a look-up that began at `begun`, good until `fresh`; then the dial asks at `now`, and gets
 * that. */
struct step {
    uint64_t now;
    const char *gets; /* "ADDRESS", "wait", "none", "none: WHY"; "reached": it tells so */
    const char *found;
    uint64_t begun;
    uint64_t fresh;
};

#define ALWAYS UINT64_MAX

/* clang-format off */
static const struct {
    const char *what;
    struct step steps[12];
} CASES[] = {
    {"nothing is known yet", {
        {1 * S, "wait", NULL, 0, 0},
        {2 * S, "wait", NULL, 0, 0},
        {3 * S, "10.0.0.1", "10.0.0.1", 2 * S, 9 * S}}},
    {"nobody answers for the name", {
        {1 * S, "wait", NULL, 0, 0},
        {4 * S - 1, "wait", NULL, 0, 0},
        {4 * S, "none: no answer from name servers", NULL, 0, 0}}},
    {"there is no such name", {
        {1 * S, "wait", NULL, 0, 0},
        {2 * S, "none: no such name", "", 1 * S, 0}}},
    {"what was not there before he came is looked up again", {
        {5 * S, "wait", "", 4 * S, 0},
        {6 * S, "10.0.0.1", "10.0.0.1", 5 * S, 9 * S}}},
    {"an answer is good for its time", {
        {5 * S, "10.0.0.1", "10.0.0.1", 1 * S, 5 * S + 1}}},
    {"and not longer", {
        {5 * S, "wait", "10.0.0.1", 1 * S, 5 * S},
        {6 * S, "10.0.0.2", "10.0.0.2", 5 * S, 9 * S}}},
    {"one of a look-up that began since is good in any case", {
        {5 * S, "wait", NULL, 0, 0},
        {7 * S, "10.0.0.1", "10.0.0.1", 5 * S, 6 * S}}},
    {"IPv4 before IPv6, each once", {
        {1 * S, "wait", NULL, 0, 0},
        {2 * S, "10.0.0.1", "fd00::1,10.0.0.1,10.0.0.2", 1 * S, 9 * S},
        {2 * S, "10.0.0.2", NULL, 0, 0},
        {2 * S, "fd00::1", NULL, 0, 0},
        {2 * S, "none", NULL, 0, 0}}},
    {"all that were known before have failed: they are looked up again, once", {
        {5 * S, "10.0.0.1", "10.0.0.1", 1 * S, 9 * S},
        {6 * S, "wait", NULL, 0, 0},
        {6 * S + 5, "wait", NULL, 0, 0},
        {7 * S, "10.0.0.2", "10.0.0.2", 6 * S, 9 * S},
        {7 * S, "none", NULL, 0, 0}}},
    {"and the name servers are silent then", {
        {5 * S, "10.0.0.1", "10.0.0.1", 1 * S, 20 * S},
        {6 * S, "wait", NULL, 0, 0},
        {9 * S - 1, "wait", NULL, 0, 0},
        {9 * S, "none: no answer from name servers", NULL, 0, 0}}},
    {"a look-up that was under way doesn't count then", {
        {5 * S, "10.0.0.1", "10.0.0.1", 1 * S, 20 * S},
        {6 * S, "wait", NULL, 0, 0},
        {6 * S, "wait", "10.0.0.1", 5 * S, 20 * S},
        {7 * S, "10.0.0.1", "10.0.0.1", 6 * S, 20 * S}}},
    {"a name that changes without end", {
        {1 * S, "10.0.0.1", "10.0.0.1,10.0.0.9", 1 * S, 20 * S},
        {2 * S, "10.0.0.2", "10.0.0.2,10.0.0.9", 2 * S, 20 * S},
        {3 * S, "10.0.0.3", "10.0.0.3,10.0.0.9", 3 * S, 20 * S},
        {4 * S, "none", "10.0.0.4,10.0.0.9", 4 * S, 20 * S}}},
    {"the one that was reached is the first from then on", {
        {1 * S, "10.0.0.1", "10.0.0.1,10.0.0.2,10.0.0.3", 1 * S, 20 * S},
        {1 * S, "10.0.0.2", NULL, 0, 0},
        {1 * S, "reached", NULL, 0, 0},
        {2 * S, "10.0.0.2", NULL, 0, 0},
        {2 * S, "10.0.0.3", NULL, 0, 0},
        {2 * S, "10.0.0.1", NULL, 0, 0},
        {2 * S, "reached", NULL, 0, 0},
        {3 * S, "10.0.0.1", "10.0.0.3,10.0.0.4,10.0.0.1", 3 * S, 20 * S},
        {3 * S, "reached", NULL, 0, 0},
        {4 * S, "10.0.0.3", "10.0.0.3,10.0.0.4", 4 * S, 20 * S}}},
    {"the file of hosts says it for ever", {
        {5 * S, "10.0.0.1", "10.0.0.1,fd00::1", ALWAYS, 0},
        {6 * S, "fd00::1", NULL, 0, 0},
        {6 * S, "none", NULL, 0, 0}}},
    {"no more than there is room for", {
        {1 * S, "10.0.0.1", "10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5,10.0.0.6,10.0.0.7,10.0.0.8,10.0.0.9", 1 * S, 9 * S},
        {1 * S, "10.0.0.2", NULL, 0, 0}, {1 * S, "10.0.0.3", NULL, 0, 0}, {1 * S, "10.0.0.4", NULL, 0, 0},
        {1 * S, "10.0.0.5", NULL, 0, 0}, {1 * S, "10.0.0.6", NULL, 0, 0}, {1 * S, "10.0.0.7", NULL, 0, 0},
        {1 * S, "10.0.0.8", NULL, 0, 0}, {1 * S, "none", NULL, 0, 0}}},
};
/* clang-format on */

static void come(struct way_answer *a, const struct step *s)
{
    static struct net_networks found;
    struct net_names names;
    struct diag d = {{0}};

    assert_true(net_networks_parse(slice_from_text(s->found), &found, &names, &d));
    a->error = found.n == 0 ? "no such name" : NULL;
    way_answer_set(a, &found, PORT);
    a->number++;
    a->begun_us = s->begun;
    a->fresh_until_us = s->fresh;
}

static void ask(struct way *way, const struct way_answer *a, uint64_t now_us, char *out, size_t max)
{
    const struct net_address *to = NULL;
    const struct sockaddr_in *in;
    const struct sockaddr_in6 *in6;

    switch (way_next(way, a, now_us, &to)) {
    case WAY_GO:
        in = (const struct sockaddr_in *)(const void *)&to->sockaddr;
        in6 = (const struct sockaddr_in6 *)(const void *)&to->sockaddr;
        assert_int_equal(net_address_port(to), PORT);
        assert_int_equal(to->len, to->sockaddr.ss_family == AF_INET ? sizeof(*in) : sizeof(*in6));
        inet_ntop(to->sockaddr.ss_family,
                  to->sockaddr.ss_family == AF_INET ? (const void *)&in->sin_addr
                                                    : (const void *)&in6->sin6_addr,
                  out, (socklen_t)max);
        break;
    case WAY_WAIT:
        snprintf(out, max, "wait");
        break;
    case WAY_NONE:
        snprintf(out, max, "none%s%s", way->no_answer != NULL ? ": " : "",
                 way->no_answer != NULL ? way->no_answer : "");
        break;
    }
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct way_answer answer = {.number = 0};
        struct way way = {.since_us = 0};

        print_message("# %s\n", CASES[i].what);
        for (const struct step *s = CASES[i].steps; s->gets != NULL; s++) {
            char got[128] = "";

            if (s->found != NULL) {
                come(&answer, s);
            }
            if (strcmp(s->gets, "reached") == 0) {
                way_reached(&way, &answer);
                continue;
            }
            ask(&way, &answer, s->now, got, sizeof(got));
            assert_string_equal(got, s->gets);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};
    return cmocka_run_group_tests_name("gate way", tests, NULL, NULL);
}
