/* Networks by their first bits, and names of hosts. Pure but for inet_pton. */
#include "net/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#define SHOWN 80

/* Where an IPv4 address stands in an IPv6 one. */
#define MAPPED_AT   12
#define MAPPED_BITS 96

#define ADDRESS_BITS 128

/* One part of a host's name (RFC 1035, section 2.3.4). */
#define LABEL_MAX 63

static void map_ipv4(const void *v4, uint8_t bytes[16])
{
    memset(bytes, 0, 16);
    bytes[10] = 0xff;
    bytes[11] = 0xff;
    memcpy(bytes + MAPPED_AT, v4, sizeof(struct in_addr));
}

/* Reads the address; `*width` is how many bits its kind has. */
static bool read_address(struct slice text, uint8_t bytes[16], unsigned *width)
{
    char terminated[INET6_ADDRSTRLEN];
    struct in_addr v4;

    if (text.len >= sizeof(terminated) || slice_find(text, '\0') != text.len || text.len == 0) {
        return false;
    }
    memcpy(terminated, text.at, text.len);
    terminated[text.len] = '\0';
    if (inet_pton(AF_INET, terminated, &v4) == 1) {
        map_ipv4(&v4, bytes);
        *width = 32;
        return true;
    }
    *width = 128;
    return inet_pton(AF_INET6, terminated, bytes) == 1;
}

bool net_network_parse(struct slice text, struct net_network *network, struct diag *d)
{
    size_t slash = slice_find(text, '/');
    unsigned width = 0;
    uint64_t prefix;
    int shown = (int)(text.len < SHOWN ? text.len : SHOWN);

    if (!read_address(slice_sub(text, 0, slash), network->bytes, &width)) {
        return diag_set(d,
                        "\"%.*s\" is neither an IP address nor a network (10.1.0.0/16, fd00::/8)",
                        shown, text.at);
    }
    prefix = width;
    if (slash < text.len &&
        !slice_to_u64(slice_sub(text, slash + 1, text.len), 10, width, &prefix)) {
        return diag_set(d, "\"%.*s\": the prefix of a network is a number from 0 to %u", shown,
                        text.at, width);
    }
    network->bits = (unsigned)prefix + (width == 32 ? MAPPED_BITS : 0);
    return true;
}

/* One whose last part is a number would be an address that was mistyped. */
bool net_is_name(struct slice text)
{
    struct slice label = {0};
    bool all_digits = true;

    if (text.len > LIMIT_NAME) {
        return false;
    }
    for (size_t start = 0; start < text.len; start += label.len + 1) {
        label = slice_sub(text, start, text.len);
        label = slice_sub(label, 0, slice_find(label, '.'));
        all_digits = true;
        for (size_t i = 0; i < label.len; i++) {
            char c = label.at[i];
            bool digit = c >= '0' && c <= '9';
            if (!digit && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '-' &&
                c != '_') {
                return false;
            }
            all_digits &= digit;
        }
        if (label.len == 0 || label.len > LABEL_MAX) {
            return false;
        }
    }
    return text.len > 0 && !all_digits;
}

bool net_names_add(struct net_names *names, struct slice name, struct diag *d)
{
    if (names->n == LIMIT_NAMES) {
        return diag_set(d, "more than %d names of hosts", LIMIT_NAMES);
    }
    memcpy(names->at[names->n], name.at, name.len);
    names->at[names->n++][name.len] = '\0';
    return true;
}

bool net_networks_parse(struct slice text, struct net_networks *l, struct net_names *names,
                        struct diag *d)
{
    struct slice part;

    l->n = 0;
    names->n = 0;
    while (slice_next(&text, ',', &part)) {
        struct net_network network;

        part = slice_trim(part);
        if (part.len == 0) {
            continue;
        }
        if (slice_find(part, ' ') < part.len) {
            return diag_set(d, "\"%.*s\": separate several by commas",
                            (int)(part.len < SHOWN ? part.len : SHOWN), part.at);
        }
        if (!net_network_parse(part, &network, d)) {
            if (!net_is_name(part)) {
                return false;
            }
            if (!net_names_add(names, part, d)) {
                return false;
            }
            continue;
        }
        if (l->n == NETWORKS_MAX) {
            return diag_set(d, "more than %d networks", NETWORKS_MAX);
        }
        l->at[l->n++] = network;
    }
    d->text[0] = '\0';
    return true;
}

bool net_networks_add(struct net_networks *l, const void *address, bool ipv4)
{
    struct net_network *network = &l->at[l->n];

    if (l->n == NETWORKS_MAX) {
        return false;
    }
    network->bits = ADDRESS_BITS;
    if (ipv4) {
        map_ipv4(address, network->bytes);
    } else {
        memcpy(network->bytes, address, sizeof(network->bytes));
    }
    l->n++;
    return true;
}

static bool has(const struct net_network *network, const uint8_t bytes[16])
{
    size_t whole = network->bits / 8;
    unsigned rest = network->bits % 8;

    if (memcmp(network->bytes, bytes, whole) != 0) {
        return false;
    }
    return rest == 0 || (network->bytes[whole] ^ bytes[whole]) >> (8 - rest) == 0;
}

bool net_network_has(const struct net_network *network, const uint8_t *address, bool ipv4)
{
    uint8_t bytes[16];

    if (!ipv4) {
        return has(network, address);
    }
    map_ipv4(address, bytes);
    return has(network, bytes);
}

bool net_networks_have(const struct net_networks *l, const struct sockaddr_storage *address)
{
    uint8_t bytes[16];

    if (address->ss_family == AF_INET) {
        map_ipv4(&((const struct sockaddr_in *)(const void *)address)->sin_addr, bytes);
    } else if (address->ss_family == AF_INET6) {
        memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
               sizeof(bytes));
    } else {
        return false;
    }
    for (size_t i = 0; i < l->n; i++) {
        if (has(&l->at[i], bytes)) {
            return true;
        }
    }
    return false;
}
