/* Control groups: which container a text of /proc/PID/cgroup names. */
#include "inspect/cgroup.h"

#include "../support/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
/* after the above, which it needs */
#include <cmocka.h>

#define A "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define B "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

/* clang-format off */
static const struct {
    const char *text;
    const char *id; /* NULL: in none */
    const char *path;
} ROWS[] = {
    /* version 2: Docker by systemd and by itself, Podman with and without root */
    {"0::/system.slice/docker-" A ".scope\n",                       A, "/system.slice/docker-" A ".scope"},
    {"0::/docker/" A "\n",                                          A, "/docker/" A},
    {"0::/machine.slice/libpod-" A ".scope/container\n",            A, "/machine.slice/libpod-" A ".scope"},
    {"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" A ".scope/container\n",
     A, "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" A ".scope"},
    {"0::/libpod_parent/libpod-" A "\n",                            A, "/libpod_parent/libpod-" A},
    /* seen from within another group */
    {"0::/../docker-" A ".scope\n",                                 A, "/../docker-" A ".scope"},
    /* version 1, and both */
    {"12:memory:/docker/" A "\n1:name=systemd:/docker/" A "\n",     A, "/docker/" A},
    {"12:cpu,cpuacct:/\n11:memory:/docker/" A "\n0::/\n",           A, "/docker/" A},
    {"4:memory:/docker/" A "\n0::/docker/" B "\n",                  B, "/docker/" B},
    /* the outermost counts: whoever is in it may make others below it */
    {"0::/docker/" A "/docker/" B "\n",                             A, "/docker/" A},
    {"0::/docker/" A,                                               A, "/docker/" A},
    {"0::/a:b/docker/" A "\n",                                      A, "/a:b/docker/" A},
    /* in none */
    {"", NULL, NULL}, {"0::/\n", NULL, NULL}, {"0::/user.slice/user-0.slice/session-1.scope\n", NULL, NULL},
    {"0::/docker/0123\n", NULL, NULL}, {"0::/docker/" A "0\n", NULL, NULL}, {"0::/docker/x" A "\n", NULL, NULL},
    {"0::/docker-" A ".service\n", NULL, NULL}, {"0::/docker/" A ".scope.scope\n", NULL, NULL},
    {"0::docker/" A "\n", NULL, NULL}, {"/docker/" A "\n", NULL, NULL}, {"0:/docker/" A "\n", NULL, NULL},
    {"0::/docker/0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef\n", NULL, NULL},
};
/* clang-format on */

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct slice text = slice_from_text(ROWS[i].text);
        struct cgroup_place place;
        bool in = cgroup_find(slice_of(guard_place(text), text.len), &place);

        if (in != (ROWS[i].id != NULL) ||
            (in && (!slice_equal(place.id, slice_from_text(ROWS[i].id)) ||
                    !slice_equal(place.path, slice_from_text(ROWS[i].path))))) {
            print_error("row %zu: %s\n", i, ROWS[i].text);
            fail();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}
