/* Which networks a policy allows. */
#include "inspect/requests_network.h"

#include "inspect/requests_binds.h"

/* Whether it is a name as networks have them, and not a way to one (a path, or a kind and what
 * stands behind it), nor several. */
static bool is_name(struct slice name)
{
    return slice_find(name, ':') == name.len && slice_find(name, '/') == name.len &&
           slice_find(name, ',') == name.len;
}

bool requests_network_allowed(const struct requests_policy *p, struct slice name)
{
    if (slice_starts_with(name, SLICE("container:"))) {
        return requests_names(p, REQUESTS_NETWORKS, SLICE("container"));
    }
    if (slice_equal(name, SLICE("host")) || !is_name(name)) {
        return requests_names(p, REQUESTS_NETWORKS, name);
    }
    bool usual = name.len == 0 || slice_equal(name, SLICE("default"));
    return requests_matches(p, REQUESTS_NETWORKS, usual ? SLICE("bridge") : name);
}

bool requests_network(struct requests_walk *w, struct slice name)
{
    if (requests_has_control(name)) {
        return requests_malformed(w, "a control character");
    }
    return requests_network_allowed(w->policy, name) ||
           requests_refuse(w, "network %s is not allowed", requests_shown(w, name));
}
