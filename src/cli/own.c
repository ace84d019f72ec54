/* Owners, by settings or a configuration file. */
#include "cli/own.h"

bool cli_own_share(struct cli_own *o, struct slice glob, struct diag *d)
{
    if (glob.len == 0) {
        return diag_set(d, "shared: an empty name");
    }
    if (o->nshared == ANSWERS_LIST_MAX) {
        return diag_set(d, "shared: more than %d names", ANSWERS_LIST_MAX);
    }
    o->shared[o->nshared++] = glob;
    return true;
}

bool cli_own_make(struct cli_own *o, struct slice name, struct requests_policy *requests,
                  bool observe, struct diag *d)
{
    struct answers_list shared = {o->shared, o->nshared};

    if (requests == NULL) {
        return diag_set(d, "own goes with DOCKGATE_REQUESTS=safe or another profile (in a file, "
                           "requests: {profile: safe}): whose things a body names has to be read");
    }
    if (observe) {
        return diag_set(d, "own does not go with observing: what clients make would bear no owner");
    }
    if (!owned_policy_init(&o->policy, name, shared, d) ||
        !requests_policy_own(requests, &o->policy, d)) {
        return false;
    }
    owned_narrowed(&o->asked);
    o->own = &o->policy;
    return true;
}

bool cli_own_see(struct cli_own *o, const struct answers_policy *view,
                 const struct answers_settings *settings, struct requests_policy *requests,
                 struct diag *d)
{
    owned_policy_view(&o->policy, view, settings, requests != NULL);
    o->own = &o->policy;
    return requests == NULL || requests_policy_own(requests, &o->policy, d);
}

bool cli_own_from_settings(const struct settings *s, struct requests_policy *requests,
                           struct cli_own *o, struct diag *d)
{
    const struct setting_value *own = &s->at[SETTING_OWN];
    struct slice rest = s->at[SETTING_OWN_SHARED].text;
    struct slice word;

    *o = (struct cli_own){.own = NULL};
    if (!own->set) {
        return rest.len == 0 ||
               diag_set(d,
                        "DOCKGATE_OWN_SHARED goes with DOCKGATE_OWN: without it, nothing is owned");
    }
    while (rest.len > 0 && slice_next(&rest, ',', &word)) {
        if (!cli_own_share(o, slice_trim(word), d)) {
            return diag_wrap(d, "DOCKGATE_OWN_SHARED");
        }
    }
    return cli_own_make(o, own->text, requests, s->at[SETTING_MODE].number == SETTINGS_MODE_OBSERVE,
                        d) ||
           diag_wrap(d, "DOCKGATE_OWN");
}
