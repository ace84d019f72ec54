/* Configuration files: whatever the bytes, the reader ends and either says what is wrong or makes
 * policies; each client gets one of them, and what a policy does not name it denies. */
#include "fuzz.h"

#include "cli/configuration.h"

static void check_policy(const struct policy *p)
{
    char path[64];
    struct policy_room room = {path, NULL};
    struct verdict v = policy_decide(p, SLICE("POST"), SLICE("/no/such/operation"), &room);

    FUZZ_EXPECT(v.kind == VERDICT_DENY);
    v = policy_decide(p, SLICE("POST"), SLICE("/containers/web-1/start"), &room);
    FUZZ_EXPECT(v.kind == VERDICT_ALLOW || v.kind == VERDICT_DENY);
    FUZZ_EXPECT(p->names == NULL || p->names->n > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct policy_notes notes;
    struct configuration_input in = {
        .name = SLICE("f"), .file = slice_of((const char *)data, size), .mode = -1};
    struct caller who = {.peer = {.kind = PEER_IPV4, .bytes = {10, 1, 2, 3}}};

    if (size > FUZZ_MAX) {
        return 0;
    }
    policy_notes_init(&notes);
    struct configuration *c = configuration_new(&in, &notes);
    FUZZ_EXPECT((c == NULL) == (notes.nerrors > 0));
    if (c == NULL) {
        return 0;
    }
    const struct gate_policy *p = gate_clients_find(&c->clients, &who);
    FUZZ_EXPECT(p >= c->bundles && p <= &c->bundles[c->npolicies]);
    for (size_t i = 0; i <= c->npolicies; i++) {
        check_policy(&c->policies[i]);
    }
    configuration_free(c);
    return 0;
}
