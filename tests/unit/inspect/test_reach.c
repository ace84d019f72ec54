/* What clients can still do where their requests are checked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/owned.h"
#include "inspect/reach.h"
#include "inspect/requests.h"
/* after the above, which it needs */
#include <cmocka.h>

#include <string.h>

static struct requests_policy *policy_of(const char *profile, const char *option, const char *value)
{
    struct diag d = {{0}};
    struct requests_policy *p = requests_policy_new(SLICE("p"), slice_from_text(profile), &d);

    assert_non_null(p);
    if (option != NULL &&
        !requests_policy_set(p, slice_from_text(option), slice_from_text(value), &d)) {
        fail_msg("%s", d.text);
    }
    return p;
}

/* The first thing that is opened, and by what. */
static bool first_opened(const struct requests_policy *p, struct reach_row *row, char *by,
                         size_t size)
{
    for (size_t i = 0; i < REACH_OPENINGS; i++) {
        struct buf out;
        buf_init(&out, by, size - 1);
        if (reach_opened(p, i, row, &out)) {
            by[out.len] = '\0';
            return true;
        }
        assert_true(out.len == 0);
    }
    row->grade = ABILITY_HARMLESS;
    return false;
}

static void test_opened(void **state)
{
    static const struct {
        const char *option;
        const char *value;
        enum ability_grade grade; /* HARMLESS: nothing is opened */
        const char *by;
    } rows[] = {
        {"privileged", "true", ABILITY_ROOT, "requests.privileged"},
        {"privileged", "false", ABILITY_HARMLESS, ""},
        {"capabilities", "CHOWN,SYS_ADMIN,sys_module", ABILITY_ROOT,
         "requests.capabilities (SYS_ADMIN, sys_module)"},
        {"capabilities", "*", ABILITY_ROOT, "requests.capabilities (*)"},
        {"capabilities", "ALL", ABILITY_ROOT, "requests.capabilities (ALL)"},
        {"capabilities", "CHOWN,NET_BIND_SERVICE,NET_ADMIN", ABILITY_HARMLESS, ""},
        {"security-options", "seccomp=unconfined", ABILITY_ROOT,
         "requests.security-options (seccomp=unconfined)"},
        {"masked-paths", "true", ABILITY_ROOT, "requests.masked-paths"},
        {"volumes-from", "true", ABILITY_ROOT, "requests.volumes-from"},
        {"volume-options", "true", ABILITY_ROOT, "requests.volume-options"},
        {"devices", "/dev/fuse", ABILITY_ROOT, "requests.devices (/dev/fuse)"},
        {"annotations", "true", ABILITY_ROOT, "requests.annotations"},
        {"namespaces", "ipc:container,pid:host", ABILITY_ROOT, "requests.namespaces (pid:host)"},
        {"namespaces", "pid:container", ABILITY_ROOT, "requests.namespaces (pid:container)"},
        {"namespaces", "uts:host,ipc:container", ABILITY_DISRUPTING,
         "requests.namespaces (ipc:container)"},
        {"namespaces", "ipc:host", ABILITY_DISRUPTING, "requests.namespaces (ipc:host)"},
        {"namespaces", "uts:host,userns:host,cgroupns:host", ABILITY_HARMLESS, ""},
        {"networks", "*", ABILITY_HARMLESS, ""}, /* these have to be named themselves */
        {"networks", "web,host", ABILITY_DISRUPTING, "requests.networks (host)"},
        {"networks", "container", ABILITY_DISRUPTING, "requests.networks (container)"},
        {"binds", "/", ABILITY_ROOT, "requests.binds (/)"},
        {"binds", "/var", ABILITY_ROOT, "requests.binds (/var)"},
        {"binds", "/etc/app", ABILITY_ROOT, "requests.binds (/etc/app)"},
        {"binds", "/etcetera", ABILITY_DISRUPTING, "requests.binds (/etcetera)"},
        {"binds", "/srv,/data", ABILITY_DISRUPTING, "requests.binds (/srv, /data)"},
        {"binds", "/var/lib/app", ABILITY_DISRUPTING, "requests.binds (/var/lib/app)"},
        {"binds", "/srv/docker.sock", ABILITY_ROOT, "requests.binds (/srv/docker.sock)"},
        {"binds", "/srv/docker.sock:ro", ABILITY_ROOT, "requests.binds (/srv/docker.sock:ro)"},
        {"binds", "/etc:ro", ABILITY_DISCLOSING, "requests.binds (/etc:ro)"},
        {"binds", "/:ro", ABILITY_ROOT, "requests.binds (/:ro)"},
        {"binds", "/proc:ro", ABILITY_ROOT, "requests.binds (/proc:ro)"}, /* …/PID/root */
        {"binds", "/run/user:ro", ABILITY_ROOT, "requests.binds (/run/user:ro)"},
        {"binds", "/srv:ro", ABILITY_DISCLOSING, "requests.binds (/srv:ro)"},
        {"images", "*", ABILITY_HARMLESS, ""},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct requests_policy *p = policy_of("safe", rows[i].option, rows[i].value);
        struct reach_row row;
        char by[256] = "";
        bool any = first_opened(p, &row, by, sizeof(by));
        if (any != (rows[i].grade != ABILITY_HARMLESS) || row.grade != rows[i].grade ||
            strcmp(by, rows[i].by) != 0) {
            fail_msg("%s: %s: grade %d by \"%s\"", rows[i].option, rows[i].value, (int)row.grade,
                     by);
        }
        requests_policy_free(p);
    }
}

/* Each grade of directories has a line of its own. */
static void test_binds_apart(void **state)
{
    struct requests_policy *p = policy_of("safe", "binds", "/srv,/etc,/data:ro,/usr");
    static const char *const expected[] = {"requests.binds (/etc, /usr)", "requests.binds (/srv)",
                                           "requests.binds (/data:ro)"};
    size_t n = 0;
    (void)state;

    for (size_t i = 0; i < REACH_OPENINGS; i++) {
        struct reach_row row;
        char text[64];
        struct buf by;
        buf_init(&by, text, sizeof(text));
        if (reach_opened(p, i, &row, &by)) {
            assert_true(n < 3);
            assert_true(slice_equal(buf_slice(&by), slice_from_text(expected[n])));
            n++;
        }
    }
    assert_int_equal(n, 3);
    requests_policy_free(p);
}

/* The profiles let no client out. */
static void test_profiles(void **state)
{
    (void)state;

    for (size_t i = 0; requests_profile_get(i) != NULL; i++) {
        struct requests_policy *p = policy_of(requests_profile_get(i)->name.at, NULL, NULL);
        struct reach_row row;
        char by[64];
        assert_false(first_opened(p, &row, by, sizeof(by)));
        requests_policy_free(p);
    }
}

/* An option that this test doesn't know wants somebody to say whether it lets a client out: a row
 * of reach.def, or one here. */
static void test_every_option_is_judged(void **state)
{
    static const enum requests_option judged[] = {
#define REACH_OPENED(option, ...) REQUESTS_##option,
#include "inspect/reach.def"
        REQUESTS_BINDS,
        /* a kind of mounts, or which of them: none is of the host's files */
        REQUESTS_MOUNTS,
        REQUESTS_VOLUME_DRIVERS,
        /* within what a container has for itself */
        REQUESTS_NETWORK_DRIVERS,
        REQUESTS_NETWORK_OPTIONS,
        REQUESTS_SUBNETS,
        REQUESTS_PORTS,
        REQUESTS_PORT_ADDRESSES,
        REQUESTS_SYSCTLS,
        REQUESTS_GROUPS,
        REQUESTS_STORAGE_OPTIONS,
        REQUESTS_LOG_DRIVERS,
        REQUESTS_RESTART,
        REQUESTS_IMAGES,
        REQUESTS_IMAGE_DIGEST,
        REQUESTS_NO_ROOT,
        REQUESTS_ENVIRONMENT,
        REQUESTS_LABELS,
        REQUESTS_EXEC,
        /* what the engine's administrator has set up */
        REQUESTS_RUNTIMES,
        /* its share of the host */
        REQUESTS_CGROUP_PARENT,
        REQUESTS_OOM,
        REQUESTS_BLOCK_IO,
        REQUESTS_MEMORY,
        REQUESTS_CPUS,
        REQUESTS_PIDS,
        /* told by their operations */
        REQUESTS_BUILD,
        REQUESTS_UNCHECKED,
        /* added, not allowed */
        REQUESTS_SET_LABELS,
        REQUESTS_SET_NO_NEW_PRIVILEGES,
        REQUESTS_SET_READ_ONLY,
    };
    bool found[REQUESTS_OPTIONS] = {false};
    (void)state;

    for (size_t i = 0; i < sizeof(judged) / sizeof(judged[0]); i++) {
        found[judged[i]] = true;
    }
    for (size_t i = 0; i < REQUESTS_OPTIONS; i++) {
        if (!found[i]) {
            fail_msg("%s", requests_option_get((enum requests_option)i)->name.at);
        }
    }
}

static void test_confined(void **state)
{
    struct requests_policy *p = policy_of("safe", "unchecked", "ImageCommit,ImageBuild");
    struct operation_set set = {{0}};
    (void)state;

    assert_true(reach_is_checked(p, OPERATION_CONTAINER_CREATE));
    assert_false(reach_is_checked(p, OPERATION_IMAGE_BUILD)); /* a part of it passes unchecked */
    assert_false(reach_is_checked(p, OPERATION_IMAGE_COMMIT));
    assert_false(reach_is_checked(p, OPERATION_CONTAINER_LIST));
    assert_true(reach_is_checked(p, OPERATION_IMAGE_CREATE));

    operation_set_add(&set, OPERATION_CONTAINER_CREATE);
    operation_set_add(&set, OPERATION_CONTAINER_LIST);
    operation_set_add(&set, OPERATION_IMAGE_COMMIT);
    operation_set_add(&set, OPERATION_IMAGE_LOAD);
    operation_set_add(&set, OPERATION_CONTAINER_PRUNE);
    operation_set_add(&set, OPERATION_LIBPOD_CONTAINER_CREATE);
    reach_narrow(p, &set);
    assert_true(operation_set_has(&set, OPERATION_CONTAINER_CREATE));
    assert_true(operation_set_has(&set, OPERATION_CONTAINER_LIST));
    assert_true(operation_set_has(&set, OPERATION_IMAGE_COMMIT));
    assert_false(operation_set_has(&set, OPERATION_IMAGE_LOAD));
    assert_false(operation_set_has(&set, OPERATION_CONTAINER_PRUNE));
    assert_false(operation_set_has(&set, OPERATION_LIBPOD_CONTAINER_CREATE));

    assert_int_equal(reach_confined(p, ABILITY_IS_CREATE)->grade, ABILITY_DISRUPTING);
    assert_int_equal(reach_confined(p, ABILITY_IS_EXEC)->grade, ABILITY_ROOT);
    assert_null(reach_confined(p, ABILITY_IS_STOP));
    requests_policy_free(p);
}

/* Owners reach what they have made alone. */
static void test_owned(void **state)
{
    struct requests_policy *p = policy_of("safe", "volumes-from", "true");
    struct owned_policy own;
    struct reach_row row;
    struct diag d = {{0}};
    char by[64];
    (void)state;

    assert_true(requests_policy_set(p, SLICE("namespaces"), SLICE("pid:container"), &d));
    assert_true(first_opened(p, &row, by, sizeof(by)));
    assert_true(owned_policy_init(&own, SLICE("alice"), (struct answers_list){.n = 0}, &d));
    assert_true(requests_policy_own(p, &own, &d));
    assert_false(first_opened(p, &row, by, sizeof(by)));
    assert_int_equal(reach_confined(p, ABILITY_IS_EXEC)->grade, ABILITY_DISRUPTING);
    assert_false(requests_closes(p, OPERATION_CONTAINER_PRUNE)); /* it is narrowed */
    assert_true(requests_closes(p, OPERATION_IMAGE_BUILD));
    requests_policy_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opened),   cmocka_unit_test(test_binds_apart),
        cmocka_unit_test(test_profiles), cmocka_unit_test(test_every_option_is_judged),
        cmocka_unit_test(test_confined), cmocka_unit_test(test_owned),
    };
    return cmocka_run_group_tests_name("inspect reach", tests, NULL, NULL);
}
