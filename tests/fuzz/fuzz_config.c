/* Configuration files: whatever the bytes, the reader ends and either says what is wrong or makes
 * policies; each client gets one of them, and what a policy does not name it denies. */
#include "fuzz.h"

#include "cli/configuration.h"
#include "policy/schema_write.h"

static void check_policy(const struct policy *p)
{
    char path[64];
    struct policy_room room = {path, NULL};
    struct verdict v = policy_decide(p, SLICE("POST"), SLICE("/no/such/operation"), &room);

    FUZZ_EXPECT(v.kind == VERDICT_DENY);
    v = policy_decide(p, SLICE("POST"), SLICE("/containers/web-1/start"), &room);
    FUZZ_EXPECT(v.kind == VERDICT_ALLOW || v.kind == VERDICT_DENY || v.kind == VERDICT_ASK);
    FUZZ_EXPECT((v.kind == VERDICT_ASK) == (v.label != NULL && v.query == NULL));
    for (const struct name_rule *rule = v.label; rule != NULL; rule = rule->next) {
        FUZZ_EXPECT(rule->label.len > 0 && rule->label.at[0] != '=');
        FUZZ_EXPECT(rule->operation == OPERATION_CONTAINER_START);
        FUZZ_EXPECT(rule->next == NULL || rule->next > rule);
    }
    FUZZ_EXPECT(p->names == NULL || p->names->n > 0);
}

/* What is written is read again as the same. */
static void check_written(const struct configuration *c)
{
    static char text[2][16 * FUZZ_MAX];
    static struct policy_notes notes;
    struct buf once;
    struct buf twice;

    buf_init(&once, text[0], sizeof(text[0]));
    schema_write(config_table(), &c->config, 0, &once);
    FUZZ_EXPECT(!once.full);
    struct configuration_input in = {.name = SLICE("f"), .file = buf_slice(&once), .mode = -1};
    policy_notes_init(&notes);
    struct configuration *again = configuration_new(&in, &notes);
    FUZZ_EXPECT(again != NULL && again->npolicies == c->npolicies);
    if (again != NULL) {
        buf_init(&twice, text[1], sizeof(text[1]));
        schema_write(config_table(), &again->config, 0, &twice);
        FUZZ_EXPECT(slice_equal(buf_slice(&once), buf_slice(&twice)));
        for (size_t i = 0; i < c->npolicies; i++) {
            FUZZ_EXPECT(memcmp(&c->policies[i].allowed, &again->policies[i].allowed,
                               sizeof(c->policies[i].allowed)) == 0);
        }
    }
    configuration_free(again);
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
    struct clients_more more = {.groups = NULL};
    const struct gate_policy *p = gate_clients_find(&c->clients, &who, &more).policy;
    FUZZ_EXPECT(p != NULL || c->clients.by_container);
    more.is = CLIENTS_NO_CONTAINER;
    const struct gate_policy *asked = gate_clients_find(&c->clients, &who, &more).policy;
    FUZZ_EXPECT(p == NULL || p == asked);
    FUZZ_EXPECT(asked >= c->bundles && asked <= &c->bundles[c->npolicies]);
    for (size_t i = 0; i <= c->npolicies; i++) {
        check_policy(&c->policies[i]);
    }
    check_written(c);
    configuration_free(c);
    return 0;
}
