/* Subnets: RFC 4632 §3.1 and RFC 4291 §2.2 and §2.3, but for what readers differ in. */
#include "inspect/requests_subnet.h"

#include "inspect/requests_binds.h"

#define GROUPS 8

/* A number without leading zeros. */
static bool read_number(struct slice text, unsigned max, unsigned *number)
{
    uint64_t value;

    if ((text.len > 1 && text.at[0] == '0') || !slice_to_u64(text, 10, max, &value)) {
        return false;
    }
    *number = (unsigned)value;
    return true;
}

static bool read_v4(struct slice text, unsigned char *at)
{
    struct slice part;
    size_t n = 0;

    while (slice_next(&text, '.', &part)) {
        unsigned byte;

        if (n == 4 || !read_number(part, UINT8_MAX, &byte)) {
            return false;
        }
        at[n++] = (unsigned char)byte;
    }
    return n == 4;
}

/* "A:B:C" from a group on; how many there were, or one more than there may be. */
static size_t read_groups(struct slice text, unsigned char *at, size_t room)
{
    struct slice part;
    size_t n = 0;

    while (text.len > 0 && slice_next(&text, ':', &part)) {
        uint64_t value;
        bool last_is_empty = text.at != NULL && text.len == 0; /* "A:" */

        if (n == room || part.len > 4 || last_is_empty ||
            !slice_to_u64(part, 16, UINT16_MAX, &value)) {
            return GROUPS + 1;
        }
        at[2 * n] = (unsigned char)(value >> 8U);
        at[2 * n + 1] = (unsigned char)value;
        n++;
    }
    return n;
}

static bool read_v6(struct slice text, unsigned char *at)
{
    unsigned char tail[2 * GROUPS] = {0};
    size_t gap = 0;

    while (gap < text.len && !slice_equal(slice_sub(text, gap, 2), SLICE("::"))) {
        gap++;
    }
    size_t before = read_groups(slice_sub(text, 0, gap), at, GROUPS);
    if (gap == text.len) {
        return before == GROUPS;
    }
    /* What the gap stands for is one group at least. */
    size_t behind = read_groups(slice_sub(text, gap + 2, text.len), tail, GROUPS);
    if (before + behind >= GROUPS) {
        return false;
    }
    memcpy(at + 2 * (GROUPS - behind), tail, 2 * behind);
    return true;
}

bool requests_subnet_read(struct slice text, struct requests_subnet *subnet)
{
    size_t slash = slice_find(text, '/');
    struct slice address = slice_sub(text, 0, slash);

    *subnet = (struct requests_subnet){.v6 = slice_find(address, ':') < address.len};
    return slash < text.len &&
           read_number(slice_sub(text, slash + 1, text.len), subnet->v6 ? 128 : 32,
                       &subnet->bits) &&
           (subnet->v6 ? read_v6(address, subnet->at) : read_v4(address, subnet->at));
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
