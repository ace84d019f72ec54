/* Reads addresses as people write them into socket addresses, without the C library's resolver:
 * that has no place in a static binary. Numeric hosts, localhost, names (kept as they are) and unix
 * paths; the errors say what is accepted. Pure but for inet_pton. */
#include "net/address.h"

#include "net/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

/* For messages, any text is cut to a length that leaves room for the rest. */
#define SHOWN 160

static int shown(struct slice s)
{
    return (int)(s.len < SHOWN ? s.len : SHOWN);
}

static bool parse_unix(struct slice path, struct net_address *a, struct diag *d)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};

    if (path.len == 0 || path.at[0] != '/') {
        return diag_set(d, "the socket's path must be absolute: unix:///PATH");
    }
    if (slice_find(path, '\0') != path.len) {
        return diag_set(d, "the socket's path holds a NUL byte");
    }
    if (path.at[path.len - 1] == '/') {
        return diag_set(d, "the socket's path names a folder");
    }
    if (path.len >= sizeof(un.sun_path)) {
        return diag_set(
            d, "the socket's path is longer than the %zu bytes that a socket address holds",
            sizeof(un.sun_path) - 1);
    }
    memcpy(un.sun_path, path.at, path.len);
    memcpy(&a->sockaddr, &un, sizeof(un));
    a->family = NET_UNIX;
    a->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.len + 1);
    return true;
}

static void set_ipv4(struct net_address *a, struct in_addr host, uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = host};

    memcpy(&a->sockaddr, &in, sizeof(in));
    a->len = sizeof(in);
}

static void set_ipv6(struct net_address *a, struct in6_addr host, uint16_t port)
{
    struct sockaddr_in6 in6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = host};

    memcpy(&a->sockaddr, &in6, sizeof(in6));
    a->len = sizeof(in6);
}

/* `host` as inet_pton wants it, which is terminated; false when it is too long to be a number. */
static bool host_text(struct slice host, char text[INET6_ADDRSTRLEN])
{
    if (host.len >= INET6_ADDRSTRLEN) {
        return false;
    }
    if (host.len > 0) {
        memcpy(text, host.at, host.len);
    }
    text[host.len] = '\0';
    return slice_find(host, '\0') == host.len;
}

/* What is no number: a name where one may stand. */
static bool parse_name(struct slice host, uint16_t port, bool names, struct net_address *a,
                       struct diag *d)
{
    if (names && net_is_name(host)) {
        set_ipv4(a, (struct in_addr){INADDR_ANY}, port);
        a->named = true;
        a->len = 0; /* nobody connects to that address by mistake */
        return true;
    }
    if (names) {
        return diag_set(d,
                        "the host \"%.*s\" is neither a numeric address (IPv4, [IPv6]) nor a "
                        "host's name",
                        shown(host), host.at);
    }
    return diag_set(
        d,
        "the host \"%.*s\" is no numeric address (IPv4, [IPv6]) and not localhost; other "
        "names are not looked up",
        shown(host), host.at);
}

static bool parse_host(struct slice host, uint16_t port, bool names, struct net_address *a,
                       struct diag *d)
{
    char text[INET6_ADDRSTRLEN];
    struct in_addr v4;
    struct in6_addr v6;

    if (host.len == 0 || slice_equal(host, SLICE("*"))) {
        a->any_family = true;
        set_ipv6(a, in6addr_any, port);
        return true;
    }
    if (slice_equal_nocase(host, SLICE("localhost"))) {
        v4.s_addr = htonl(INADDR_LOOPBACK);
        set_ipv4(a, v4, port);
        return true;
    }
    if (host.at[0] == '[') {
        if (host.at[host.len - 1] == ']' && host.len > 2 &&
            host_text(slice_of(host.at + 1, host.len - 2), text) &&
            inet_pton(AF_INET6, text, &v6) == 1) {
            set_ipv6(a, v6, port);
            return true;
        }
        return diag_set(d, "\"%.*s\" is no IPv6 address in brackets", shown(host), host.at);
    }
    if (host_text(host, text) && inet_pton(AF_INET, text, &v4) == 1) {
        set_ipv4(a, v4, port);
        return true;
    }
    return parse_name(host, port, names, a, d);
}

static bool parse_tcp(struct slice rest, bool names, struct net_address *a, struct diag *d)
{
    size_t colon = rest.len;
    uint64_t port;

    while (colon > 0 && rest.at[colon - 1] != ':') {
        colon--;
    }
    if (colon == 0 || rest.at[rest.len - 1] == ']') {
        return diag_set(d, "the port is missing: tcp://HOST:PORT");
    }
    if (!slice_to_u64(slice_sub(rest, colon, rest.len), 10, UINT16_MAX, &port)) {
        return diag_set(d, "\"%.*s\" is no port (0 to 65535)",
                        shown(slice_sub(rest, colon, rest.len)), rest.at + colon);
    }
    a->family = NET_TCP;
    return parse_host(slice_of(rest.at, colon - 1), (uint16_t)port, names, a, d);
}

/* Behind `prefix` if the address starts with it. */
static bool take_prefix(struct slice text, struct slice prefix, struct slice *rest)
{
    if (!slice_starts_with(text, prefix)) {
        return false;
    }
    *rest = slice_of(text.at + prefix.len, text.len - prefix.len);
    return true;
}

static bool parse_any(struct slice text, bool names, struct net_address *a, struct diag *d)
{
    struct slice rest;

    if (take_prefix(text, SLICE("tcp://"), &rest)) {
        return parse_tcp(rest, names, a, d);
    }
    if (take_prefix(text, SLICE("unix://"), &rest) || take_prefix(text, SLICE("unix:"), &rest)) {
        return parse_unix(rest, a, d);
    }
    if (text.len > 0 && text.at[0] == '/') {
        return parse_unix(text, a, d);
    }
    return diag_set(d, "neither tcp://HOST:PORT nor unix:///PATH");
}

static bool parse(struct slice text, bool names, struct net_address *a, struct diag *d)
{
    *a = (struct net_address){.len = 0};
    if (text.at == NULL || text.len == 0) {
        return diag_set(d, "the address is empty; tcp://HOST:PORT or unix:///PATH are accepted");
    }
    if (text.len >= sizeof(a->text)) {
        return diag_set(d, "the address is longer than %zu bytes", sizeof(a->text) - 1);
    }
    if (!parse_any(text, names, a, d)) {
        return diag_wrap(d, "address \"%.*s\"", shown(text), text.at);
    }
    memcpy(a->text, text.at, text.len);
    a->text[text.len] = '\0';
    return true;
}

bool net_address_parse(struct slice text, struct net_address *a, struct diag *d)
{
    return parse(text, false, a, d);
}

bool net_address_parse_remote(struct slice text, struct net_address *a, struct diag *d)
{
    return parse(text, true, a, d) &&
           (!a->any_family ||
            diag_set(d, "address \"%s\": the host is missing: tcp://HOST:PORT", a->text));
}

struct slice net_address_host(const struct net_address *a)
{
    struct slice host = {0};
    size_t end;

    if (!take_prefix(slice_from_text(a->text), SLICE("tcp://"), &host)) {
        return host;
    }
    for (end = host.len; end > 0 && host.at[end - 1] != ':'; end--) {
    }
    return slice_sub(host, 0, end > 0 ? end - 1 : 0);
}

void net_address_set(struct net_address *a, const uint8_t bytes[16], uint16_t port)
{
    struct in6_addr v6;
    struct in_addr v4;

    *a = (struct net_address){.family = NET_TCP};
    memcpy(&v6, bytes, sizeof(v6));
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
        memcpy(&v4, bytes + sizeof(v6) - sizeof(v4), sizeof(v4));
        set_ipv4(a, v4, port);
    } else {
        set_ipv6(a, v6, port);
    }
}

uint16_t net_address_port(const struct net_address *a)
{
    struct sockaddr_in in;

    /* The port stands at the same place in both structures (RFC 3493 and Linux). */
    memcpy(&in, &a->sockaddr, sizeof(in));
    return a->family == NET_TCP ? ntohs(in.sin_port) : 0;
}
