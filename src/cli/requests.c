/* The profile of requests that the environment names, and the directories it adds. */
#include "cli/requests.h"

static bool set_binds(struct requests_policy *p, struct slice binds, struct diag *d)
{
    return binds.len == 0 || requests_policy_set(p, SLICE("binds"), binds, d) ||
           diag_wrap(d, "DOCKGATE_BINDS");
}

bool requests_from_settings(const struct settings *s, struct requests_policy **p, struct diag *d)
{
    const struct setting_value *profile = &s->at[SETTING_REQUESTS];
    const struct setting_value *binds = &s->at[SETTING_BINDS];

    *p = NULL;
    if (profile->number == SETTINGS_REQUESTS_NONE) {
        return !binds->set ||
               diag_set(d, "DOCKGATE_BINDS goes with DOCKGATE_REQUESTS: without it, any directory "
                           "can be mounted");
    }
    /* Accepted in any case, as all words of settings are; the tables have them in lower case. */
    static const struct slice names[] = {SLICE_INIT("none"), SLICE_INIT("safe"), SLICE_INIT("ci"),
                                         SLICE_INIT("sandbox")};
    struct slice name = names[profile->number];
    *p = requests_policy_new(name, name, d);
    if (*p != NULL && set_binds(*p, binds->text, d)) {
        return true;
    }
    requests_policy_free(*p);
    *p = NULL;
    return false;
}
