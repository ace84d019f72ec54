/* Reads the addresses of listeners and engine out of the settings, with errors that name the
 * variable. Shared by the commands that need both ends: serve and healthcheck. */
#include "cli/endpoints.h"

#include <sys/un.h>

bool endpoints_engine(const struct settings *s, struct net_address *engine, struct diag *d)
{
    enum setting_id from = s->at[SETTING_ENGINE].set ? SETTING_ENGINE : SETTING_SOCKET_PATH;
    struct slice text = s->at[from].set ? s->at[from].text : SLICE("unix:///var/run/docker.sock");
    const char *name = setting_row_get(from)->name.at;

    return net_address_parse_remote(text, engine, d) || diag_wrap(d, "%s", name);
}

/* Port 0 is another one each time. */
static bool same(const struct net_address *a, const struct net_address *b)
{
    return a->family == b->family && a->len == b->len && a->len > 0 &&
           memcmp(&a->sockaddr, &b->sockaddr, a->len) == 0 &&
           (a->family == NET_UNIX || net_address_port(a) != 0);
}

bool endpoints_apart(const struct net_address *engine, const struct net_address *listen, size_t n,
                     struct diag *d)
{
    for (size_t i = 0; i < n; i++) {
        if (same(engine, &listen[i])) {
            return diag_set(d,
                            "%s is both where clients connect (DOCKGATE_LISTEN) and the engine "
                            "(DOCKGATE_ENGINE): the gate would ask itself",
                            engine->text);
        }
    }
    return true;
}

static bool is_separator(char c)
{
    return c == ',' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Takes the next word off the front; false at the end. */
static bool next_word(struct slice *rest, struct slice *word)
{
    size_t start = 0;

    while (start < rest->len && is_separator(rest->at[start])) {
        start++;
    }
    size_t end = start;
    while (end < rest->len && !is_separator(rest->at[end])) {
        end++;
    }
    if (end == start) {
        return false;
    }
    *word = slice_of(rest->at + start, end - start);
    *rest = slice_of(rest->at + end, rest->len - end);
    return true;
}

bool endpoints_listen(const struct settings *s, struct net_address listen[ENDPOINTS_MAX], size_t *n,
                      struct diag *d)
{
    struct slice rest = s->at[SETTING_LISTEN].text;
    struct slice word;

    *n = 0;
    while (next_word(&rest, &word)) {
        if (*n == ENDPOINTS_MAX) {
            return diag_set(d, "DOCKGATE_LISTEN: more than %d listeners", ENDPOINTS_MAX);
        }
        if (!net_address_parse(word, &listen[*n], d)) {
            return diag_wrap(d, "DOCKGATE_LISTEN");
        }
        for (size_t i = 0; i < *n; i++) {
            if (same(&listen[i], &listen[*n])) {
                return diag_set(d, "DOCKGATE_LISTEN names %s twice", listen[*n].text);
            }
        }
        (*n)++;
    }
    return *n > 0 || diag_set(d, "DOCKGATE_LISTEN names no address");
}

bool endpoints_allow_from(const struct settings *s, struct net_networks *l, struct net_names *names,
                          struct diag *d)
{
    return net_networks_parse(s->at[SETTING_ALLOW_FROM].text, l, names, d) ||
           diag_wrap(d, "DOCKGATE_ALLOW_FROM");
}

bool endpoints_health(const struct settings *s, struct net_address *listen, bool *set,
                      struct diag *d)
{
    *set = s->at[SETTING_HEALTH_LISTEN].set;
    if (*set && !net_address_parse(s->at[SETTING_HEALTH_LISTEN].text, listen, d)) {
        return diag_wrap(d, "DOCKGATE_HEALTH_LISTEN");
    }
    return true;
}

const char *endpoints_path(const struct net_address *a)
{
    const struct sockaddr_un *un = (const struct sockaddr_un *)(const void *)&a->sockaddr;

    return a->family == NET_UNIX ? un->sun_path : NULL;
}
