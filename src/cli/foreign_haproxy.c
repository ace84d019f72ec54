/* The settings of the haproxy family: a line for haproxy's `bind`, of which the addresses are
 * understood, a switch for IPv6, and haproxy's levels of logging. */
#include "cli/foreign_haproxy.h"

#include "base/buf.h"
#include "cli/variables.h"
#include "net/address.h"

#define VALUE_MAX 4096
#define SHOWN     100

static const struct slice bind_name = SLICE_INIT("BIND_CONFIG");
static const struct slice ipv6_name = SLICE_INIT("DISABLE_IPV6");
static const struct slice level_name = SLICE_INIT("LOG_LEVEL");
static const struct slice listen_name = SLICE_INIT("DOCKGATE_LISTEN");
static const struct slice log_name = SLICE_INIT("DOCKGATE_LOG");

bool foreign_haproxy_has(const struct dialect_found *found)
{
    return found->open ||
           (found->dialect >= DIALECT_TECNATIVA && found->dialect <= DIALECT_LINUXSERVER);
}

static int shown(struct slice s)
{
    return (int)(s.len < SHOWN ? s.len : SHOWN);
}

static bool set(struct variables *v, struct slice name, struct slice value, struct diag *d)
{
    return variables_set(v, name, value) || diag_set(d, "out of memory");
}

/* Takes the next word off the front; false at the end. */
static bool next_word(struct slice *rest, struct slice *word)
{
    *rest = slice_trim(*rest);
    size_t end = 0;

    while (end < rest->len && rest->at[end] != ' ' && rest->at[end] != '\t') {
        end++;
    }
    *word = slice_sub(*rest, 0, end);
    *rest = slice_sub(*rest, end, rest->len);
    return end > 0;
}

/* haproxy's address as ours. No host is all of IPv4; [::] is IPv4 as well, unless v6only. */
static bool put_address(struct slice address, bool v6only, struct buf *out)
{
    size_t colon = address.len;

    if (slice_starts_with(address, SLICE("unix@"))) {
        address = slice_sub(address, 5, address.len);
    }
    if (slice_starts_with(address, SLICE("/"))) {
        return buf_put(out, SLICE("unix://")) && buf_put(out, address);
    }
    while (colon > 0 && address.at[colon - 1] != ':') {
        colon--;
    }
    if (colon == 0) {
        return false;
    }
    struct slice host = slice_sub(address, 0, colon - 1);
    struct slice port = slice_sub(address, colon, address.len);
    if (slice_starts_with(host, SLICE("[")) && slice_ends_with(host, SLICE("]"))) {
        host = slice_sub(host, 1, host.len - 2);
    }
    bool ipv6 = slice_find(host, ':') < host.len;
    bool all = ipv6 && slice_equal(host, SLICE("::")) && !v6only;
    if (host.len == 0 || slice_equal(host, SLICE("*"))) {
        host = SLICE("0.0.0.0");
    }
    buf_put(out, SLICE("tcp://"));
    buf_put(out, ipv6 && !all ? SLICE("[") : SLICE(""));
    buf_put(out, all ? SLICE("") : host);
    buf_put(out, ipv6 && !all ? SLICE("]:") : SLICE(":"));
    return buf_put(out, port);
}

/* The words behind the addresses. */
static bool read_words(struct slice line, struct slice rest, bool *v6only, struct diag *d)
{
    struct slice word;

    while (next_word(&rest, &word)) {
        if (slice_equal(word, SLICE("v6only"))) {
            *v6only = true;
        } else if (!slice_equal(word, SLICE("v4v6"))) {
            return diag_set(
                d,
                "BIND_CONFIG=%.*s: \"%.*s\" can't be had here; accepted are ADDRESS:PORT or a "
                "path, several with commas, and v4v6 or v6only behind them",
                shown(line), line.at, shown(word), word.at);
        }
    }
    return true;
}

/* Writes one address, and sees whether it can be listened on. */
static bool read_address(struct slice line, struct slice address, bool v6only, struct buf *out,
                         struct diag *d)
{
    struct net_address parsed;
    size_t from = out->len;

    if (!put_address(address, v6only, out)) {
        return diag_set(d, "BIND_CONFIG=%.*s: the port is missing, as in :2375", shown(line),
                        line.at);
    }
    return net_address_parse(slice_sub(buf_slice(out), from, out->len), &parsed, d) ||
           diag_wrap(d, "BIND_CONFIG");
}

static bool apply_bind(struct variables *v, struct slice line, struct diag *d)
{
    char storage[VALUE_MAX];
    struct buf out;
    struct slice rest = line;
    struct slice addresses;
    struct slice address;
    bool v6only = false;

    buf_init(&out, storage, sizeof(storage));
    (void)next_word(&rest, &addresses); /* an empty one is refused below */
    if (!read_words(line, rest, &v6only, d)) {
        return false;
    }
    while (slice_next(&addresses, ',', &address)) {
        buf_put(&out, out.len > 0 ? SLICE(",") : SLICE(""));
        if (!read_address(line, address, v6only, &out, d)) {
            return false;
        }
    }
    return set(v, listen_name, buf_slice(&out), d);
}

/* A listener on all addresses of both families becomes one on those of IPv4. */
static bool apply_ipv4(struct variables *v, struct diag *d)
{
    char storage[VALUE_MAX];
    struct buf out;
    struct slice listen = variables_get(v, listen_name);
    static const struct slice both = SLICE_INIT("tcp://:");

    if (!slice_starts_with(listen, both)) {
        return true;
    }
    buf_init(&out, storage, sizeof(storage));
    return (buf_put(&out, SLICE("tcp://0.0.0.0:")) &&
            buf_put(&out, slice_sub(listen, both.len, listen.len)) &&
            set(v, listen_name, buf_slice(&out), d));
}

static bool apply_addresses(struct variables *v, struct diag *d)
{
    struct slice line = variables_get(v, bind_name);
    struct slice ipv6 = variables_get(v, ipv6_name);
    bool disabled = false;

    if (ipv6.len > 0 && !option_read_switch(ipv6, &disabled)) {
        return diag_set(d, "DISABLE_IPV6=%.*s: accepted is 1 or 0", shown(ipv6), ipv6.at);
    }
    if (line.len > 0) {
        return apply_bind(v, line, d);
    }
    return !disabled || apply_ipv4(v, d);
}

/* haproxy logs each request at the level info, so that notice and what is above names none; here
 * the denied ones are worth a notice or a warning. */
static bool apply_level(struct variables *v, bool maybe, struct diag *d)
{
    static const struct {
        struct slice level;
        struct slice log;
    } levels[] = {
        {SLICE_INIT("debug"), SLICE_INIT("all")},     {SLICE_INIT("info"), SLICE_INIT("all")},
        {SLICE_INIT("notice"), SLICE_INIT("denied")}, {SLICE_INIT("warning"), SLICE_INIT("denied")},
        {SLICE_INIT("err"), SLICE_INIT("off")},       {SLICE_INIT("crit"), SLICE_INIT("off")},
        {SLICE_INIT("alert"), SLICE_INIT("off")},     {SLICE_INIT("emerg"), SLICE_INIT("off")},
    };
    struct slice level = variables_get(v, level_name);

    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (slice_equal_nocase(level, levels[i].level)) {
            return variables_get(v, log_name).len > 0 || set(v, log_name, levels[i].log, d);
        }
    }
    return level.len == 0 || maybe ||
           diag_set(d,
                    "LOG_LEVEL=%.*s: accepted is debug, info, notice, warning, err, crit, alert or "
                    "emerg",
                    shown(level), level.at);
}

bool foreign_haproxy_apply(struct variables *v, bool maybe, struct diag *d)
{
    return apply_addresses(v, d) && apply_level(v, maybe, d);
}
