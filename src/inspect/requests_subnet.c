/* Subnets: RFC 4632 §3.1 and RFC 4291 §2.2 and §2.3, but for what readers differ in. Pure but for
 * inet_pton. */
#include "inspect/requests_subnet.h"

#include "inspect/requests_binds.h"

#include <arpa/inet.h>

/* As inet_pton reads it, which takes no leading zeros in IPv4; an IPv4 address within an IPv6 one
 * is left out here. */
static bool read_address(struct slice text, struct requests_subnet *subnet)
{
    char terminated[INET6_ADDRSTRLEN];

    subnet->v6 = slice_find(text, ':') < text.len;
    if (text.at == NULL || text.len >= sizeof(terminated) || slice_find(text, '\0') < text.len ||
        (subnet->v6 && slice_find(text, '.') < text.len)) {
        return false;
    }
    memcpy(terminated, text.at, text.len);
    terminated[text.len] = '\0';
    return inet_pton(subnet->v6 ? AF_INET6 : AF_INET, terminated, subnet->at) == 1;
}

bool requests_subnet_read(struct slice text, struct requests_subnet *subnet)
{
    size_t slash = slice_find(text, '/');
    struct slice prefix = slice_sub(text, slash + 1, text.len);
    uint64_t bits;

    *subnet = (struct requests_subnet){.v6 = false};
    if (slash == text.len || !read_address(slice_sub(text, 0, slash), subnet) ||
        (prefix.len > 1 && prefix.at[0] == '0') ||
        !slice_to_u64(prefix, 10, subnet->v6 ? 128 : 32, &bits)) {
        return false;
    }
    subnet->bits = (unsigned)bits;
    return true;
}

bool requests_subnet_has(const struct requests_subnet *outer, const struct requests_subnet *inner)
{
    size_t whole = outer->bits / 8;
    unsigned rest = outer->bits % 8;

    if (outer->v6 != inner->v6 || inner->bits < outer->bits ||
        memcmp(outer->at, inner->at, whole) != 0) {
        return false;
    }
    return rest == 0 || ((outer->at[whole] ^ inner->at[whole]) >> (8 - rest)) == 0;
}

bool requests_subnet(struct requests_walk *w, struct requests_value *v)
{
    struct requests_subnet wanted;
    bool known = requests_subnet_read(v->text, &wanted);

    if (requests_has_control(v->text)) {
        return requests_malformed(w, "a control character");
    }
    for (size_t i = 0; i < requests_count(w->policy, REQUESTS_SUBNETS); i++) {
        struct slice word = requests_word(w->policy, REQUESTS_SUBNETS, i);
        struct requests_subnet allowed;

        if (slice_equal(word, SLICE("*")) || (known && requests_subnet_read(word, &allowed) &&
                                              requests_subnet_has(&allowed, &wanted))) {
            return true;
        }
    }
    return v->text.len == 0 || requests_refuse(w, "%s is not allowed", requests_shown(w, v->text));
}
