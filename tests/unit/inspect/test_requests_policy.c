/* Policies of requests: profiles, options in words, and what is said of wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/capability.h>

#include "inspect/requests_policy.h"
/* after the above, which it needs */
#include <cmocka.h>

static void test_values(void **state)
{
    static const struct {
        const char *option;
        const char *value;
        const char *error; /* NULL: accepted */
    } rows[] = {
        {"privileged", "true", NULL},
        {"privileged", "perhaps", "requests.privileged: perhaps: accepted is true or false"},
        {"privilegd", "true", "requests.privilegd is no option; the nearest is privileged"},
        {"binds", "/data, /srv/a:ro", NULL},
        {"binds", "/", NULL},
        {"binds", "/data/../etc",
         "requests.binds: /data/../etc: accepted is an absolute path without \"..\", or one with "
         ":ro behind it"},
        {"binds", "data",
         "requests.binds: data: accepted is an absolute path without \"..\", or one with :ro "
         "behind it"},
        {"ports", "80,8000-9000", NULL},
        {"ports", "9000-8000", "requests.ports: 9000-8000: accepted is a port, N-M or *"},
        {"subnets", "10.0.0.0/8,fd00::/8,*", NULL},
        {"subnets", "10.0.0.0",
         "requests.subnets: 10.0.0.0: accepted is a network, as 10.0.0.0/8 or fd00::/8, or *"},
        {"mounts", "bind", "requests.mounts: bind: accepted is volume,tmpfs,image,cluster,npipe"},
        {"mounts", "volumes",
         "requests.mounts: volumes: accepted is volume,tmpfs,image,cluster,npipe; the nearest is "
         "volume"},
        {"namespaces", "pid:hst",
         "requests.namespaces: pid:hst: accepted is pid:host,ipc:host,uts:host,userns:host,"
         "cgroupns:host,pid:container,ipc:container; the nearest is pid:host"},
        {"restart", "alwys",
         "requests.restart: alwys: accepted is always,unless-stopped,on-failure,any; the nearest "
         "is always"},
        {"restart", "always,*", NULL},
        {"capabilities", "CHOWN,net_admin,ALL,*,CHECKPOINT_RESTORE", NULL},
        {"capabilities", "CHOWN,CHOWNN",
         "requests.capabilities: CHOWNN: accepted is a capability of Linux without CAP_, ALL or *; "
         "the nearest is CHOWN"},
        {"capabilities", "CAP_SYS_TIME",
         "requests.capabilities: CAP_SYS_TIME: accepted is a capability of Linux without CAP_, ALL "
         "or *; the nearest is SYS_TIME"},
        {"capabilities", "NET_*",
         "requests.capabilities: NET_*: accepted is a capability of Linux without CAP_, ALL or *"},
        {"capabilities", "root",
         "requests.capabilities: root: accepted is a capability of Linux without CAP_, ALL or *"},
        {"memory", "512m", NULL},
        {"memory", "9999999999g",
         "requests.memory: 9999999999g: accepted is bytes, or a number "
         "with k, m or g"},
        {"cpus", "1.5", NULL},
        {"cpus", "1.5x", "requests.cpus: 1.5x: accepted is a number of processors, as 1.5"},
        {"pids", "-1", "requests.pids: -1: accepted is a number"},
        {"set.labels", "a=b", NULL},
        {"set.labels", "a", "requests.set.labels: a: accepted is KEY=VALUE"},
        {"unchecked", "ImageCommit,IMAGES_LOAD", NULL},
        {"unchecked", "IMAGES",
         "requests.unchecked: IMAGES names no operation that can't be checked"},
        {"unchecked", "true", NULL},
        {"images", "a,,b", "requests.images: : accepted is no empty word"},
        {"images", "", NULL},
    };
    struct diag d = {{0}};
    (void)state;
    struct requests_policy *p = requests_policy_new(SLICE("p"), SLICE("closed"), &d);
    assert_non_null(p);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        d.text[0] = '\0';
        bool ok = requests_policy_set(p, slice_from_text(rows[i].option),
                                      slice_from_text(rows[i].value), &d);
        assert_string_equal(d.text, rows[i].error == NULL ? "" : rows[i].error);
        assert_int_equal(ok, rows[i].error == NULL);
    }
    assert_true(requests_on(p, REQUESTS_PRIVILEGED));
    assert_int_equal(requests_number(p, REQUESTS_MEMORY), 512 * 1024 * 1024);
    assert_int_equal(requests_number(p, REQUESTS_CPUS), 1500000000);
    assert_true(requests_policy_clear(p, SLICE("ports"), &d));
    assert_int_equal(requests_count(p, REQUESTS_PORTS), 0);
    assert_true(requests_policy_add(p, SLICE("exec"), SLICE("ls a,b"), &d));
    assert_true(requests_names(p, REQUESTS_EXEC, SLICE("ls a,b")));
    assert_false(requests_policy_clear(p, SLICE("nothing"), &d));
    requests_policy_free(p);
    requests_policy_free(NULL);
}

/* The names that a request may spell are those of the kernel's headers. */
static void test_capabilities(void **state)
{
    struct diag d = {{0}};
    struct requests_policy *p = requests_policy_new(SLICE("p"), SLICE("closed"), &d);
    static const char *const all[] = {
#define CAPABILITY(name) [CAP_##name] = #name
        CAPABILITY(CHOWN),
        CAPABILITY(DAC_OVERRIDE),
        CAPABILITY(DAC_READ_SEARCH),
        CAPABILITY(FOWNER),
        CAPABILITY(FSETID),
        CAPABILITY(KILL),
        CAPABILITY(SETGID),
        CAPABILITY(SETUID),
        CAPABILITY(SETPCAP),
        CAPABILITY(LINUX_IMMUTABLE),
        CAPABILITY(NET_BIND_SERVICE),
        CAPABILITY(NET_BROADCAST),
        CAPABILITY(NET_ADMIN),
        CAPABILITY(NET_RAW),
        CAPABILITY(IPC_LOCK),
        CAPABILITY(IPC_OWNER),
        CAPABILITY(SYS_MODULE),
        CAPABILITY(SYS_RAWIO),
        CAPABILITY(SYS_CHROOT),
        CAPABILITY(SYS_PTRACE),
        CAPABILITY(SYS_PACCT),
        CAPABILITY(SYS_ADMIN),
        CAPABILITY(SYS_BOOT),
        CAPABILITY(SYS_NICE),
        CAPABILITY(SYS_RESOURCE),
        CAPABILITY(SYS_TIME),
        CAPABILITY(SYS_TTY_CONFIG),
        CAPABILITY(MKNOD),
        CAPABILITY(LEASE),
        CAPABILITY(AUDIT_WRITE),
        CAPABILITY(AUDIT_CONTROL),
        CAPABILITY(SETFCAP),
        CAPABILITY(MAC_OVERRIDE),
        CAPABILITY(MAC_ADMIN),
        CAPABILITY(SYSLOG),
        CAPABILITY(WAKE_ALARM),
        CAPABILITY(BLOCK_SUSPEND),
        CAPABILITY(AUDIT_READ),
        CAPABILITY(PERFMON),
        CAPABILITY(BPF),
        CAPABILITY(CHECKPOINT_RESTORE),
    };
    (void)state;
    assert_non_null(p);
    assert_int_equal(sizeof(all) / sizeof(all[0]), CAP_LAST_CAP + 1);
    for (size_t i = 0; i <= CAP_LAST_CAP; i++) {
        assert_non_null(all[i]);
        assert_true(requests_policy_add(p, SLICE("capabilities"), slice_from_text(all[i]), &d));
    }
    requests_policy_free(p);
}

static void test_profiles(void **state)
{
    struct diag d = {{0}};
    size_t i = 0;
    (void)state;
    for (; requests_profile_get(i) != NULL; i++) {
        struct requests_policy *p =
            requests_policy_new(SLICE("p"), requests_profile_get(i)->name, &d);
        assert_non_null(p);
        assert_false(requests_on(p, REQUESTS_PRIVILEGED));
        assert_int_equal(requests_count(p, REQUESTS_UNCHECKED), 0);
        assert_int_equal(requests_count(p, REQUESTS_BINDS), 0);
        requests_policy_free(p);
    }
    assert_int_equal(i, 4);
    assert_null(requests_policy_new(SLICE("p"), SLICE("saef"), &d));
    assert_string_equal(d.text, "saef is no profile of requests; the nearest is safe");
}

static void test_glob(void **state)
{
    static const struct {
        const char *pattern;
        const char *text;
        bool matches;
    } rows[] = {
        {"*", "", true},          {"", "", true},          {"", "a", false},
        {"a*c", "abbc", true},    {"a*c", "ab", false},    {"*b*", "abc", true},
        {"a*b*c", "aXbXc", true}, {"a*b*c", "acb", false}, {"reg/*", "reg/a/b", true},
        {"**a", "bbba", true},    {"ab", "abc", false},    {"*a*a*a*b", "aaaaaaaaaa", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(
            requests_glob(slice_from_text(rows[i].pattern), slice_from_text(rows[i].text)),
            rows[i].matches);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_capabilities),
        cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_glob),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
