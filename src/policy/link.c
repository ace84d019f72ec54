/* Service links, known by their form. */
#include "policy/link.h"

/* Whether `part` stands in `text`; `*rest` is what is behind it. */
static bool find_behind(struct slice text, struct slice part, struct slice *rest)
{
    *rest = (struct slice){"", 0};
    for (size_t at = 0; at + part.len <= text.len; at++) {
        if (slice_starts_with(slice_of(text.at + at, text.len - at), part)) {
            *rest = slice_of(text.at + at + part.len, text.len - at - part.len);
            return true;
        }
    }
    return false;
}

bool link_is(struct slice name, struct slice value)
{
    struct slice service;
    struct slice port;
    struct slice unused;
    if (find_behind(name, SLICE("_SERVICE_"), &service) &&
        (slice_equal(service, SLICE("HOST")) || slice_equal(service, SLICE("PORT")) ||
         slice_starts_with(service, SLICE("PORT_")))) {
        return true;
    }
    if (!find_behind(name, SLICE("_PORT"), &port)) {
        return false;
    }
    if (port.len == 0) {
        return find_behind(value, SLICE("://"), &unused); /* DOCKGATE_PORT=2375 is a mistake */
    }
    return port.len > 1 && port.at[0] == '_' && port.at[1] >= '0' && port.at[1] <= '9';
}
