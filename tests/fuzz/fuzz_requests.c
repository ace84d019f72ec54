/* Bodies of requests: whatever the bytes, the check ends, keeps within the room that it asked for,
 * and what it writes is its own fixed point: checked once more it passes, and comes out the same.
 * The first byte picks the operation, and whether the policy adds something. */
#include "fuzz.h"

#include "inspect/requests.h"

#include <stdlib.h>

static const enum operation_id OPERATIONS[] = {
    OPERATION_CONTAINER_CREATE, OPERATION_CONTAINER_UPDATE, OPERATION_CONTAINER_EXEC,
    OPERATION_EXEC_START,       OPERATION_CONTAINER_START,  OPERATION_SERVICE_CREATE,
    OPERATION_NETWORK_CREATE,   OPERATION_NETWORK_CONNECT,  OPERATION_VOLUME_CREATE,
    OPERATION_SECRET_CREATE,    OPERATION_CONFIG_CREATE,
};

static struct requests_policy *policy_make(const char *profile, const char *binds)
{
    struct diag d = {{0}};
    struct requests_policy *p = requests_policy_new(SLICE("fuzz"), slice_from_text(profile), &d);

    FUZZ_EXPECT(p != NULL);
    FUZZ_EXPECT(requests_policy_set(p, SLICE("binds"), slice_from_text(binds), &d));
    FUZZ_EXPECT(requests_policy_set(p, SLICE("set.labels"), SLICE("a=b"), &d));
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
    static struct requests_policy *policies[2];
    struct slice first;
    struct slice second;

    if (policies[0] == NULL) {
        policies[0] = policy_make("safe", "/data,/srv:ro");
        policies[1] = policy_make("sandbox", "/");
    }
    if (size == 0 || size > FUZZ_MAX) {
        return 0;
    }
    const struct requests_policy *p = policies[data[0] >> 7U];
    enum operation_id op =
        OPERATIONS[(data[0] & 127U) % (sizeof(OPERATIONS) / sizeof(OPERATIONS[0]))];
    if (!check(p, op, slice_of((const char *)data + 1, size - 1), &first)) {
        return 0;
    }
    FUZZ_EXPECT(check(p, op, first, &second));
    FUZZ_EXPECT(slice_equal(first, second));
    free((char *)(uintptr_t)first.at);
    free((char *)(uintptr_t)second.at);
    return 0;
}
