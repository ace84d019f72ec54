/* The settings of wollomatic/socket-proxy and hectorm/cetusguard, turned into ours. One function a
 * proxy is its checklist; what it can't have here is refused by name. */
#include "cli/foreign.h"

#include "cli/file.h"
#include "cli/foreign_haproxy.h"
#include "cli/variables.h"
#include "policy/compile.h"
#include "policy/dialect.h"

#include <stdlib.h>

/* A file of rules, and any value that is put together here. */
#define FILE_MAX   ((size_t)512 * 1024)
#define VALUE_MAX  4096
#define NUMBER_MAX UINT64_C(604800)
#define SHOWN      100

#define TEXT(literal)                                                                              \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

static const struct foreign_flag FLAGS[] = {
#define FOREIGN(flag, variable, kind, separator)                                                   \
    {TEXT(flag), TEXT(variable), FOREIGN_##kind, TEXT(separator)},
#include "cli/foreign.def"
#undef FOREIGN
};
_Static_assert(sizeof(FLAGS) / sizeof(FLAGS[0]) == FOREIGN_ROWS, "each row is counted");

const struct foreign_flag *foreign_get(size_t i)
{
    return &FLAGS[i];
}

size_t foreign_find(struct slice flag)
{
    size_t i = 0;

    while (i < FOREIGN_ROWS && !slice_equal(FLAGS[i].flag, flag)) {
        i++;
    }
    return i;
}

static bool bad(struct diag *d, struct slice name, struct slice value, const char *accepted)
{
    return diag_set(d, "%.*s=%.*s: accepted is %s", (int)name.len, name.at,
                    (int)(value.len < SHOWN ? value.len : SHOWN), value.at, accepted);
}

static bool set(struct variables *v, struct slice name, struct slice value, struct diag *d)
{
    return variables_set(v, name, value) || diag_set(d, "out of memory");
}

/* Ours, unless somebody has set it. */
static bool offer(struct variables *v, struct slice name, struct slice value, struct diag *d)
{
    return variables_get(v, name).len > 0 || value.len == 0 || set(v, name, value, d);
}

/* A boolean as Go reads one, and the words that every switch here takes. */
static bool read_switch(const struct variables *v, struct slice name, bool *on, struct diag *d)
{
    struct slice value = variables_get(v, name);

    *on = slice_equal_nocase(value, SLICE("t"));
    return value.len == 0 || *on || slice_equal_nocase(value, SLICE("f")) ||
           option_read_switch(value, on) || bad(d, name, value, "true or false");
}

/* `on` for a switch that is on. */
static bool offer_switch(struct variables *v, struct slice theirs, struct slice ours,
                         struct slice on, struct diag *d)
{
    bool is_on;

    return read_switch(v, theirs, &is_on, d) && (!is_on || offer(v, ours, on, d));
}

/* A number of seconds. */
static bool offer_seconds(struct variables *v, struct slice theirs, struct slice ours,
                          struct diag *d)
{
    struct slice value = variables_get(v, theirs);
    uint64_t number;

    if (value.len > 0 && !slice_to_u64(value, 10, NUMBER_MAX, &number)) {
        return bad(d, theirs, value, "a number of seconds, at most a week");
    }
    return offer(v, ours, value, d);
}

/* `prefix` and the value. */
static bool offer_with_prefix(struct variables *v, struct slice theirs, struct slice ours,
                              struct slice prefix, struct diag *d)
{
    char storage[VALUE_MAX];
    struct slice value = variables_get(v, theirs);
    struct buf b;

    buf_init(&b, storage, sizeof(storage));
    if (value.len == 0) {
        return true;
    }
    return buf_put(&b, prefix) && buf_put(&b, value) ? offer(v, ours, buf_slice(&b), d)
                                                     : bad(d, theirs, value, "a shorter one");
}

/* What of the access log a level shows. The original logs what it blocks as a warning, and what it
 * allows when it debugs. */
static bool offer_log(struct variables *v, struct diag *d)
{
    static const struct {
        struct slice level;
        struct slice log;
    } levels[] = {{TEXT("DEBUG"), TEXT("all")},
                  {TEXT("INFO"), TEXT("denied")},
                  {TEXT("WARN"), TEXT("denied")},
                  {TEXT("ERROR"), TEXT("off")}};
    struct slice value = variables_get(v, SLICE("SP_LOGLEVEL"));

    value = value.len == 0 ? SLICE("INFO") : value;
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (slice_equal_nocase(value, levels[i].level)) {
            return offer(v, SLICE("DOCKGATE_LOG"), levels[i].log, d);
        }
    }
    return bad(d, SLICE("SP_LOGLEVEL"), value, "DEBUG, INFO, WARN or ERROR");
}

/* tcp://IP:PORT of the two variables, where one of them is set. */
static bool set_tcp(struct variables *v, struct diag *d)
{
    struct slice ip = variables_get(v, SLICE("SP_LISTENIP"));
    struct slice port = variables_get(v, SLICE("SP_PROXYPORT"));
    bool is_v6 = slice_find(ip, ':') < ip.len;
    char storage[VALUE_MAX];
    struct buf b;

    if (ip.len == 0 && port.len == 0) {
        return true;
    }
    buf_init(&b, storage, sizeof(storage));
    (void)(buf_put(&b, SLICE("tcp://")) && buf_put(&b, is_v6 ? SLICE("[") : SLICE("")) &&
           buf_put(&b, ip.len == 0 ? SLICE("127.0.0.1") : ip) &&
           buf_put(&b, is_v6 ? SLICE("]:") : SLICE(":")) &&
           buf_put(&b, port.len == 0 ? SLICE("2375") : port)); /* what is cut is no address */
    return set(v, SLICE("DOCKGATE_LISTEN"), buf_slice(&b), d);
}

/* Where it listens, and who may connect there. */
static bool set_listen(struct variables *v, struct diag *d)
{
    struct slice path = variables_get(v, SLICE("SP_PROXYSOCKETENDPOINT"));
    struct slice mode = variables_get(v, SLICE("SP_PROXYSOCKETENDPOINTFILEMODE"));
    struct slice from = variables_get(v, SLICE("SP_ALLOWFROM"));
    char storage[VALUE_MAX];
    struct buf b;

    if (path.len == 0) {
        return set_tcp(v, d) && offer(v, SLICE("DOCKGATE_ALLOW_FROM"),
                                      from.len == 0 ? SLICE("127.0.0.1/32") : from, d);
    }
    buf_init(&b, storage, sizeof(storage));
    (void)(buf_put(&b, SLICE("unix://")) && buf_put(&b, path)); /* what is cut is no address */
    mode = slice_sub(mode, slice_starts_with(mode, SLICE("0o")) ? 2 : 0, mode.len);
    return set(v, SLICE("DOCKGATE_LISTEN"), buf_slice(&b), d) &&
           offer(v, SLICE("DOCKGATE_SOCKET_MODE"), mode.len == 0 ? SLICE("0600") : mode, d);
}

static bool is_set_as(const struct variables *v, struct slice prefix)
{
    for (size_t i = 0; i < v->nlist; i++) {
        struct slice all = slice_from_text(v->list[i]);

        if (slice_starts_with(all, prefix) && slice_find(all, '=') + 1 < all.len) {
            return true;
        }
    }
    return false;
}

/* The directories that containers may mount. Mounts are looked at with all else that a container is
 * made with, or not at all; which of the profiles is meant only somebody can say. */
static bool offer_binds(struct variables *v, struct diag *d)
{
    struct slice binds = variables_get(v, SLICE("SP_ALLOWBINDMOUNTFROM"));
    struct slice requests = variables_get(v, SLICE("DOCKGATE_REQUESTS"));

    if (binds.len == 0 || !is_set_as(v, SLICE("SP_ALLOW_POST"))) {
        return true; /* nothing is made */
    }
    if (requests.len == 0 || slice_equal(requests, SLICE("none"))) {
        return diag_set(d, "SP_ALLOWBINDMOUNTFROM beside SP_ALLOW_POST: say DOCKGATE_REQUESTS=safe "
                           "as well; what containers are made with is then looked at, and only "
                           "these directories are mounted");
    }
    return offer(v, SLICE("DOCKGATE_BINDS"), binds, d);
}

/* What would have to be asked of the engine. */
static bool refuse_wollomatic(const struct variables *v, struct diag *d)
{
    if (variables_get(v, SLICE("SP_PROXYCONTAINERNAME")).len > 0) {
        return diag_set(d, "SP_PROXYCONTAINERNAME: rules in the labels of containers are not read; "
                           "write them as SP_ALLOW_GET and its like, with a gate for each client");
    }
    return true;
}

static bool apply_wollomatic(struct variables *v, struct diag *d)
{
    return refuse_wollomatic(v, d) && offer_binds(v, d) && set_listen(v, d) && offer_log(v, d) &&
           offer_with_prefix(v, SLICE("SP_SOCKETPATH"), SLICE("DOCKGATE_ENGINE"), SLICE("unix://"),
                             d) &&
           offer_switch(v, SLICE("SP_LOGJSON"), SLICE("DOCKGATE_LOG_FORMAT"), SLICE("json"), d) &&
           offer_seconds(v, SLICE("SP_SHUTDOWNGRACETIME"), SLICE("DOCKGATE_GRACE"), d) &&
           offer_seconds(v, SLICE("SP_WATCHDOGINTERVAL"), SLICE("DOCKGATE_WATCHDOG"), d) &&
           offer_switch(v, SLICE("SP_STOPONWATCHDOG"), SLICE("DOCKGATE_WATCHDOG_STOP"), SLICE("1"),
                        d) &&
           offer_switch(v, SLICE("SP_ALLOWHEALTHCHECK"), SLICE("DOCKGATE_HEALTH_LISTEN"),
                        SLICE("tcp://127.0.0.1:55555"), d);
}

/* The n-th of a list: "NAME", "NAME:2" … */
static struct slice numbered(struct slice name, unsigned n, char storage[VARIABLES_NAME_MAX])
{
    struct buf b;

    buf_init(&b, storage, VARIABLES_NAME_MAX);
    (void)(buf_put(&b, name) && buf_put_byte(&b, ':') && buf_put_u64(&b, n)); /* names are short */
    return n == 1 ? name : buf_slice(&b);
}

/* The files' texts take the place of their names. */
static bool read_rules(struct variables *v, struct diag *d)
{
    static const struct slice file = TEXT("CETUSGUARD_RULES_FILE");
    char storage[VARIABLES_NAME_MAX];

    for (unsigned n = 1; variables_get(v, numbered(file, n, storage)).len > 0; n++) {
        struct slice path = variables_get(v, numbered(file, n, storage));
        char named[VARIABLES_NAME_MAX];
        struct buf b;
        size_t len = 0;
        char *text = file_read(path.at, FILE_MAX, &len, d); /* a variable's value is terminated */

        if (text == NULL || memchr(text, '\0', len) != NULL) {
            free(text);
            return text == NULL ? diag_wrap(d, "CETUSGUARD_RULES_FILE")
                                : diag_set(d, "CETUSGUARD_RULES_FILE=%s is no text", path.at);
        }
        buf_init(&b, named, sizeof(named));
        (void)(buf_put(&b, file) && buf_put_byte(&b, ':') && buf_put_u64(&b, n)); /* it is short */
        bool ok = set(v, buf_slice(&b), slice_of(text, len), d);
        free(text);
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* All frontend addresses, with commas. */
static bool set_frontend(struct variables *v, struct diag *d)
{
    static const struct slice name = TEXT("CETUSGUARD_FRONTEND_ADDR");
    char number[VARIABLES_NAME_MAX];
    char storage[VALUE_MAX];
    struct slice value;
    struct buf b;

    buf_init(&b, storage, sizeof(storage));
    for (unsigned n = 1; (value = variables_get(v, numbered(name, n, number))).len > 0; n++) {
        (void)(buf_put(&b, n == 1 ? SLICE("") : SLICE(",")) && buf_put(&b, value));
    }
    if (b.full) {
        return bad(d, name, SLICE("…"), "a shorter list");
    }
    return b.len == 0 || set(v, SLICE("DOCKGATE_LISTEN"), buf_slice(&b), d);
}

static bool set_backend(struct variables *v, struct diag *d)
{
    static const struct slice names[] = {TEXT("CETUSGUARD_BACKEND_ADDR"), TEXT("CONTAINER_HOST"),
                                         TEXT("DOCKER_HOST")};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (variables_get(v, names[i]).len > 0) {
            return offer(v, SLICE("DOCKGATE_ENGINE"), variables_get(v, names[i]), d);
        }
    }
    return true;
}

/* From 0 to 7 as syslog has them: what is denied is a warning, what is allowed is for debugging. */
static bool offer_log_level(struct variables *v, struct diag *d)
{
    struct slice name = SLICE("CETUSGUARD_LOG_LEVEL");
    struct slice value = variables_get(v, name);
    uint64_t level = 6;

    if (value.len > 0 && !slice_to_u64(value, 10, 7, &level)) {
        return bad(d, name, value, "a number from 0 to 7");
    }
    return offer(v, SLICE("DOCKGATE_LOG"),
                 level == 7   ? SLICE("all")
                 : level >= 4 ? SLICE("denied")
                              : SLICE("off"),
                 d);
}

static bool refuse_tls(const struct variables *v, struct diag *d)
{
    static const struct slice tls = TEXT("_TLS_");

    for (size_t i = 0; i < FOREIGN_ROWS; i++) {
        struct slice name = FLAGS[i].variable;
        if (memmem(name.at, name.len, tls.at, tls.len) != NULL && variables_get(v, name).len > 0) {
            return diag_set(d, "%s: TLS settings come with a later version", name.at);
        }
    }
    return true;
}

static bool apply_cetusguard(struct variables *v, struct diag *d)
{
    return refuse_tls(v, d) && set_backend(v, d) && set_frontend(v, d) && offer_log_level(v, d) &&
           read_rules(v, d);
}

bool foreign_apply(struct variables *v, struct diag *d)
{
    struct dialect_found found;
    struct policy_variable *split = calloc(v->nlist + 1, sizeof(*split));

    if (split == NULL) {
        return diag_set(d, "out of memory");
    }
    for (size_t i = 0; i < v->nlist; i++) {
        struct slice all = slice_from_text(v->list[i]);
        size_t equals = slice_find(all, '=');
        split[i] = (struct policy_variable){slice_sub(all, 0, equals),
                                            slice_sub(all, equals + 1, all.len)};
    }
    dialect_detect(split, v->nlist, &found);
    free(split);
    if (found.dialect == DIALECT_WOLLOMATIC) {
        return apply_wollomatic(v, d);
    }
    if (foreign_haproxy_has(&found)) {
        return foreign_haproxy_apply(v, found.open, d);
    }
    return found.dialect != DIALECT_CETUSGUARD || apply_cetusguard(v, d);
}
