/* Service links, known by their form. */
#include "policy/link.h"

/* What stands behind `part` in `text`; at NULL where it isn't there. */
static struct slice behind(struct slice text, struct slice part)
{
    const char *at = memmem(text.at, text.len, part.at, part.len);
    return at == NULL ? slice_of(NULL, 0)
                      : slice_sub(text, (size_t)(at - text.at) + part.len, text.len);
}

bool link_is(struct slice name, struct slice value)
{
    struct slice service = behind(name, SLICE("_SERVICE_"));
    if (slice_equal(service, SLICE("HOST")) || slice_equal(service, SLICE("PORT")) ||
        slice_starts_with(service, SLICE("PORT_"))) {
        return true;
    }
    struct slice port = behind(name, SLICE("_PORT"));
    if (port.at != NULL && port.len == 0) {
        return behind(value, SLICE("://")).at != NULL; /* DOCKGATE_PORT=2375 is a mistake */
    }
    return port.len > 1 && port.at[0] == '_' && port.at[1] >= '0' && port.at[1] <= '9';
}
