/* What observing makes of a verdict: only a denied operation is let through. */
#include "policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the above, which it needs */
#include <cmocka.h>

static void test_rows(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        struct slice method;
        struct slice target;
        enum verdict_kind kind;
        bool passes;
    } rows[] = {
        {SLICE_INIT("GET"),     SLICE_INIT("/_ping"),                        VERDICT_ALLOW,      true},
        {SLICE_INIT("GET"),     SLICE_INIT("/v1.41/info"),                   VERDICT_WOULD_DENY, true},
        {SLICE_INIT("POST"),    SLICE_INIT("/v1.41/containers/a/kill?x=1"),  VERDICT_WOULD_DENY, true},
        {SLICE_INIT("HEAD"),    SLICE_INIT("/info"),                         VERDICT_WOULD_DENY, true},
        {SLICE_INIT("GET"),     SLICE_INIT("/debug/pprof/cmdline"),          VERDICT_DENY,       false},
        {SLICE_INIT("GET"),     SLICE_INIT("/nothing"),                      VERDICT_DENY,       false},
        {SLICE_INIT("DELETE"),  SLICE_INIT("/info"),                         VERDICT_DENY,       false},
        {SLICE_INIT("OPTIONS"), SLICE_INIT("/info"),                         VERDICT_DENY,       false},
        {SLICE_INIT("PRI"),     SLICE_INIT("*"),                             VERDICT_REJECT,     false},
        {SLICE_INIT("GET"),     SLICE_INIT("/containers/../info"),           VERDICT_REJECT,     false},
    };
    /* clang-format on */
    static struct policy p;
    char storage[64];
    struct policy_room room = {storage, NULL};
    operation_set_add(&p.allowed, OPERATION_SYSTEM_PING);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct verdict v = policy_decide(&p, rows[i].method, rows[i].target, &room);
        verdict_observe(&v);
        assert_int_equal(v.kind, rows[i].kind);
        assert_int_equal(verdict_passes(v.kind), rows[i].passes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests_name("observe", tests, NULL, NULL);
}
