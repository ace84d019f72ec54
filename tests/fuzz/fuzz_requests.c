/* Bodies of requests: whatever the bytes, the check ends, keeps within the room that it asked for,
 * and what it writes is its own fixed point: checked once more it passes, and comes out the same.
 * The first byte picks the policy by its upper two bits, and the operation. */
#include "fuzz.h"

#include "inspect/requests.h"

#include <stdlib.h>

static const enum operation_id OPERATIONS[] = {
    OPERATION_CONTAINER_CREATE, OPERATION_CONTAINER_UPDATE, OPERATION_CONTAINER_EXEC,
    OPERATION_EXEC_START,       OPERATION_CONTAINER_START,  OPERATION_SERVICE_CREATE,
    OPERATION_NETWORK_CREATE,   OPERATION_NETWORK_CONNECT,  OPERATION_VOLUME_CREATE,
    OPERATION_SECRET_CREATE,    OPERATION_CONFIG_CREATE,    OPERATION_NETWORK_DISCONNECT,
};

/* One that lets through nearly everything which can be checked, and adds what can be added. */
static const char WIDE[] =
    "privileged=true capabilities=* security-options=* masked-paths=true binds=/ "
    "mounts=volume,tmpfs,image,cluster,npipe volumes-from=true volume-drivers=* "
    "volume-options=true devices=* namespaces=pid:host,pid:container,ipc:host,ipc:container,"
    "uts:host,userns:host,cgroupns:host networks=*,host,container "
    "network-drivers=* network-options=* subnets=* ports=* port-addresses=* sysctls=* runtimes=* "
    "cgroup-parent=true oom=true groups=true storage-options=true annotations=true block-io=true "
    "log-drivers=* memory=1g cpus=1.5 pids=100 set.labels=a=b,c= set.no-new-privileges=true "
    "set.read-only=true";

#define NPOLICIES 4

static const struct {
    const char *profile;
    const char *settings;
} POLICIES[NPOLICIES] = {
    {"safe", "binds=/data,/srv:ro set.labels=a=b"},
    {"safe", WIDE},
    {"sandbox", "binds=/ set.labels=a=b"},
    {"ci", "binds=/data set.labels=a=b"},
};

static struct requests_policy *policy_make(const char *profile, const char *settings)
{
    struct diag d = {{0}};
    struct requests_policy *p = requests_policy_new(SLICE("fuzz"), slice_from_text(profile), &d);
    struct slice rest = slice_from_text(settings);
    struct slice word;

    FUZZ_EXPECT(p != NULL);
    while (slice_next(&rest, ' ', &word)) {
        size_t equals = slice_find(word, '=');

        if (!requests_policy_set(p, slice_sub(word, 0, equals),
                                 slice_sub(word, equals + 1, word.len), &d)) {
            fprintf(stderr, "%s\n", d.text);
            abort();
        }
    }
    return p;
}

/* Checks `body`; true where it passes, and `*out` is then the caller's to free. */
static bool check(const struct requests_policy *p, enum operation_id op, struct slice body,
                  struct slice *sent)
{
    struct requests_refusal refusal = {.status = 0};
    struct buf out;
    size_t room = body.len + requests_growth(p);
    char *at = malloc(room);

    FUZZ_EXPECT(at != NULL);
    buf_init(&out, at, room);
    if (requests_check_body(p, op, body, &out, &refusal)) {
        *sent = buf_slice(&out);
        return true;
    }
    free(at);
    FUZZ_EXPECT(refusal.status == 400 || refusal.status == 403);
    FUZZ_EXPECT(refusal.len > 0 && refusal.len <= sizeof(refusal.text));
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct requests_policy *policies[NPOLICIES];
    struct slice first;
    struct slice second;

    for (size_t i = 0; i < NPOLICIES && policies[i] == NULL; i++) {
        policies[i] = policy_make(POLICIES[i].profile, POLICIES[i].settings);
    }
    if (size == 0 || size > FUZZ_MAX) {
        return 0;
    }
    const struct requests_policy *p = policies[data[0] >> 6U];
    enum operation_id op =
        OPERATIONS[(data[0] & 63U) % (sizeof(OPERATIONS) / sizeof(OPERATIONS[0]))];
    if (!check(p, op, slice_of((const char *)data + 1, size - 1), &first)) {
        return 0;
    }
    FUZZ_EXPECT(check(p, op, first, &second));
    FUZZ_EXPECT(slice_equal(first, second));
    free((char *)(uintptr_t)first.at);
    free((char *)(uintptr_t)second.at);
    return 0;
}
