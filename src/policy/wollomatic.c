/* Rules of wollomatic/socket-proxy. The original puts ^ before the pattern and $ behind it; here
 * they hold for each of its alternatives, which is what its manual says and its users mean. */
#include "policy/wollomatic.h"

#include "policy/rules_reader.h"
#include "policy/values.h"

static const struct slice PREFIX = SLICE_INIT("SP_");
static const struct slice ALLOW = SLICE_INIT("SP_ALLOW_");

/* Its names but for the methods'. */
static const struct slice SETTINGS[] = {
    SLICE_INIT("SP_ALLOWBINDMOUNTFROM"),
    SLICE_INIT("SP_ALLOWFROM"),
    SLICE_INIT("SP_ALLOWHEALTHCHECK"),
    SLICE_INIT("SP_ALLOW_GET"),
    SLICE_INIT("SP_LISTENIP"),
    SLICE_INIT("SP_LOGJSON"),
    SLICE_INIT("SP_LOGLEVEL"),
    SLICE_INIT("SP_PROXYCONTAINERNAME"),
    SLICE_INIT("SP_PROXYPORT"),
    SLICE_INIT("SP_PROXYSOCKETENDPOINT"),
    SLICE_INIT("SP_PROXYSOCKETENDPOINTFILEMODE"),
    SLICE_INIT("SP_SHUTDOWNGRACETIME"),
    SLICE_INIT("SP_SOCKETPATH"),
    SLICE_INIT("SP_STOPONWATCHDOG"),
    SLICE_INIT("SP_WATCHDOGINTERVAL"),
};

/* "GET" of SP_ALLOW_GET and of SP_ALLOW_GET_2. */
static struct slice method_of(struct slice name)
{
    struct slice rest = slice_sub(name, ALLOW.len, name.len);

    return slice_sub(rest, 0, slice_find(rest, '_'));
}

static void read_variable(const struct policy_variable *v, enum note_kind unknown, struct policy *p,
                          struct policy_notes *notes)
{
    if (slice_starts_with(v->name, ALLOW)) {
        if (v->value.len > 0) { /* an empty one says nothing, as in the original */
            rules_add(p, (struct rule_text){method_of(v->name), v->value, v->name}, notes);
        }
    } else if (slice_starts_with(v->name, PREFIX)) {
        (void)rules_known_name(v->name, SETTINGS, sizeof(SETTINGS) / sizeof(SETTINGS[0]), unknown,
                               notes);
    }
}

void wollomatic_compile(const struct dialect_input *in, struct policy *p,
                        struct policy_notes *notes)
{
    enum note_kind unknown = in->values->unknown_warns ? NOTE_WARNING : NOTE_ERROR;

    if (!rules_begin(p, notes)) {
        return;
    }
    for (size_t i = 0; i < in->n; i++) {
        read_variable(&in->variables[i], unknown, p, notes);
    }
    rules_end(p, SLICE("SP_ALLOW_GET"), notes);
}
