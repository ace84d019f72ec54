/* The rules: what a value may be under a policy. The table requests_rules.def says which functions
 * a rule consists of; requests_binds.c has those of mounts. */
#include "inspect/requests_binds.h"
#include "inspect/requests_log.h"
#include "inspect/requests_network.h"
#include "inspect/requests_own.h"
#include "inspect/requests_set.h"
#include "inspect/requests_subnet.h"
#include "inspect/requests_walk.h"

static enum requests_option option(const struct requests_walk *w)
{
    return requests_rule_option(w->rule);
}

static bool matches(const struct requests_walk *w, struct slice text)
{
    return requests_matches(w->policy, option(w), text);
}

static bool any_allowed(const struct requests_walk *w)
{
    return requests_option_get(option(w))->kind == REQUESTS_KIND_SWITCH
               ? requests_on(w->policy, option(w))
               : requests_names(w->policy, option(w), SLICE("*"));
}

static bool refuse_text(struct requests_walk *w, struct slice text)
{
    return requests_refuse(w, "%s is not allowed", requests_shown(w, text));
}

static bool refuse_integer(struct requests_walk *w, int64_t value)
{
    return requests_refuse(w, "%lld is not allowed", (long long)value);
}

/* Templates that the engine or a node expands are programs, which need not come to an end. */
static bool template(struct requests_walk *w, struct slice text)
{
    return requests_template_is_plain(text) ||
           requests_refuse(w, "only templates of one name, as {{.Name}}, are allowed");
}

static bool rule_plain(struct requests_walk *w, struct requests_value *v)
{
    if (requests_has_control(v->text)) {
        return requests_malformed(w, "a control character");
    }
    return !w->service || template(w, v->text);
}

static bool rule_on(struct requests_walk *w, struct requests_value *v)
{
    return !v->truth || requests_on(w->policy, option(w)) ||
           requests_refuse(w, "true is not allowed");
}

static bool rule_zero(struct requests_walk *w, struct requests_value *v)
{
    return v->integer == 0 || requests_on(w->policy, option(w)) || refuse_integer(w, v->integer);
}

static bool rule_positive(struct requests_walk *w, struct requests_value *v)
{
    return v->integer >= 0 || requests_on(w->policy, option(w)) || refuse_integer(w, v->integer);
}

static bool rule_empty(struct requests_walk *w, struct requests_value *v)
{
    if (w->names != NULL && slice_starts_with(v->text, SLICE("container:"))) {
        return refuse_text(w,
                           v->text); /* a place of somebody else's, which has no name to ask for */
    }
    return v->text.len == 0 || requests_on(w->policy, option(w)) || refuse_text(w, v->text);
}

static bool rule_word(struct requests_walk *w, struct requests_value *v)
{
    return v->text.len == 0 || matches(w, v->text) || refuse_text(w, v->text);
}

static bool rule_key(struct requests_walk *w, struct requests_value *v)
{
    return matches(w, v->key) || requests_refuse(w, "is not allowed");
}

/* Nodes expand what stands in a service. */
static bool rule_expanded(struct requests_walk *w, struct requests_value *v)
{
    return !w->service || template(w, v->text);
}

static bool rule_label_name(struct requests_walk *w, struct requests_value *v)
{
    return rule_key(w, v) && rule_expanded(w, v);
}

/* A list or an object with something in it. */
static bool whole_unset(struct requests_walk *w, const struct json_tree *v,
                        struct requests_members *m)
{
    (void)m;
    return any_allowed(w) || json_tree_count(v) == 0 || requests_refuse(w, "may not be given");
}

/* A list that takes the place of the engine's own, so an empty one counts as well. */
static bool whole_given(struct requests_walk *w, const struct json_tree *v,
                        struct requests_members *m)
{
    (void)v;
    (void)m;
    return any_allowed(w) || requests_refuse(w, "may not be given, not even empty");
}

/* The engine makes these upper case by Unicode, in which a long s becomes S. */
static bool rule_capability(struct requests_walk *w, struct requests_value *v)
{
    struct slice name = v->text;

    if (name.len >= 4 && slice_equal_nocase(slice_sub(name, 0, 4), SLICE("CAP_"))) {
        name = slice_sub(name, 4, name.len);
    }
    for (size_t i = 0; i < requests_count(w->policy, option(w)); i++) {
        struct slice word = requests_word(w->policy, option(w), i);

        if (slice_equal(word, SLICE("*")) || slice_equal_nocase(word, name)) {
            return rule_plain(w, v);
        }
    }
    return refuse_text(w, v->text);
}

static bool rule_security(struct requests_walk *w, struct requests_value *v)
{
    return requests_is_no_new_privileges(v->text) || matches(w, v->text) || refuse_text(w, v->text);
}

/* A mode that is private to the container, or shared as the policy allows: "pid:host". */
static bool mode(struct requests_walk *w, struct requests_value *v, const char *kind,
                 struct slice own)
{
    static const struct slice container = SLICE_INIT("container:");
    char wanted[32];
    struct slice text = v->text;
    struct buf b;
    struct slice word;

    if (text.len == 0) {
        return true;
    }
    while (slice_next(&own, ',', &word)) {
        if (slice_equal(word, text)) {
            return true;
        }
    }
    buf_init(&b, wanted, sizeof(wanted));
    (void)buf_putf(&b, "%s:", kind);
    if (slice_starts_with(text, container)) {
        (void)buf_put(&b, SLICE("container"));
        return !requests_has_control(text) && requests_names(w->policy, option(w), buf_slice(&b))
                   ? requests_refer_within(w, v, OWNED_CONTAINER, container,
                                           slice_sub(text, container.len, text.len), SLICE(""))
                   : refuse_text(w, text);
    }
    (void)buf_put(&b, slice_sub(text, 0, 8));
    return (slice_equal(text, SLICE("host")) &&
            requests_names(w->policy, option(w), buf_slice(&b))) ||
           refuse_text(w, text);
}

static bool rule_pid_mode(struct requests_walk *w, struct requests_value *v)
{
    return mode(w, v, "pid", SLICE("private"));
}

static bool rule_ipc_mode(struct requests_walk *w, struct requests_value *v)
{
    return mode(w, v, "ipc", SLICE("private,none,shareable"));
}

static bool rule_uts_mode(struct requests_walk *w, struct requests_value *v)
{
    return mode(w, v, "uts", SLICE("private"));
}

static bool rule_userns_mode(struct requests_walk *w, struct requests_value *v)
{
    return mode(w, v, "userns", SLICE("private"));
}

static bool rule_cgroupns_mode(struct requests_walk *w, struct requests_value *v)
{
    return mode(w, v, "cgroupns", SLICE("private"));
}

/* Where none is named the engine takes its bridge. */
static bool rule_network_mode(struct requests_walk *w, struct requests_value *v)
{
    return requests_network(w, v->text.len == 0 ? SLICE("default") : v->text) &&
           requests_refer_network(w, v);
}

static bool rule_network(struct requests_walk *w, struct requests_value *v)
{
    w->attached |= v->text.len > 0;
    return v->text.len == 0 || (requests_network(w, v->text) && requests_refer_network(w, v));
}

static bool whole_names(struct requests_walk *w, const struct json_tree *v,
                        struct requests_members *m)
{
    (void)m;
    for (size_t i = 0; i < json_tree_count(v); i++) {
        if (!requests_network(w, json_tree_name(json_tree_at(v, i)))) {
            return false;
        }
    }
    return requests_check_networks(w, v);
}

static bool rule_network_driver(struct requests_walk *w, struct requests_value *v)
{
    bool usual = v->text.len == 0 || slice_equal(v->text, SLICE("default"));

    return matches(w, usual ? SLICE("bridge") : v->text) ||
           refuse_text(w, usual ? SLICE("bridge") : v->text);
}

/* Whether one word of the list has all of first to last; 0 is a port of the engine's choice. */
static bool ports_allowed(const struct requests_walk *w, uint64_t first, uint64_t last)
{
    for (size_t i = 0; i < requests_count(w->policy, REQUESTS_PORTS); i++) {
        struct slice word = requests_word(w->policy, REQUESTS_PORTS, i);
        size_t dash = slice_find(word, '-');
        uint64_t from = 0;
        uint64_t to = UINT16_MAX;

        if (slice_equal(word, SLICE("*"))) {
            return true;
        }
        if (slice_to_u64(slice_sub(word, 0, dash), 10, UINT16_MAX, &from)) {
            to = from;
            (void)slice_to_u64(slice_sub(word, dash + 1, word.len), 10, UINT16_MAX, &to);
            if (first >= from && last <= to) {
                return true;
            }
        }
    }
    return false;
}

static bool rule_port(struct requests_walk *w, struct requests_value *v)
{
    size_t dash = slice_find(v->text, '-');
    uint64_t first = 0;
    uint64_t last;

    if (v->text.len > 0 && !slice_to_u64(slice_sub(v->text, 0, dash), 10, UINT16_MAX, &first)) {
        return refuse_text(w, v->text);
    }
    last = first;
    if (dash < v->text.len &&
        (!slice_to_u64(slice_sub(v->text, dash + 1, v->text.len), 10, UINT16_MAX, &last) ||
         last < first)) {
        return refuse_text(w, v->text);
    }
    return ports_allowed(w, first, last) ||
           requests_refuse(w, "port %s is not allowed",
                           v->text.len == 0 ? "of the engine's choice"
                                            : requests_shown(w, v->text));
}

static bool all_addresses_allowed(const struct requests_walk *w)
{
    return requests_matches(w->policy, REQUESTS_PORT_ADDRESSES, SLICE("0.0.0.0"));
}

static bool rule_address(struct requests_walk *w, struct requests_value *v)
{
    return v->text.len == 0
               ? all_addresses_allowed(w) || requests_refuse(w, "all addresses are not allowed")
               : matches(w, v->text) || refuse_text(w, v->text);
}

/* Services publish on all addresses. */
static bool rule_port_number(struct requests_walk *w, struct requests_value *v)
{
    return (v->integer >= 0 && v->integer <= UINT16_MAX && all_addresses_allowed(w) &&
            ports_allowed(w, (uint64_t)v->integer, (uint64_t)v->integer)) ||
           requests_refuse(w, "port %lld is not allowed on all addresses", (long long)v->integer);
}

static bool rule_port_any(struct requests_walk *w, struct requests_value *v)
{
    return !v->truth || (all_addresses_allowed(w) && ports_allowed(w, 0, 0)) ||
           requests_refuse(w, "true is not allowed: it takes ports of the engine's choice on all "
                              "addresses");
}

static bool rule_task_runtime(struct requests_walk *w, struct requests_value *v)
{
    return v->text.len == 0 || slice_equal(v->text, SLICE("container")) || refuse_text(w, v->text);
}

static bool rule_restart(struct requests_walk *w, struct requests_value *v)
{
    return v->text.len == 0 || slice_equal(v->text, SLICE("no")) ||
           slice_equal(v->text, SLICE("none")) || matches(w, v->text) || refuse_text(w, v->text);
}

static bool rule_image(struct requests_walk *w, struct requests_value *v)
{
    struct slice name;

    if (requests_has_control(v->text)) {
        return requests_malformed(w, "a control character");
    }
    if (!matches(w, v->text)) {
        return refuse_text(w, v->text);
    }
    if (requests_on(w->policy, REQUESTS_IMAGE_DIGEST) && !requests_is_digest(v->text)) {
        return requests_refuse(w, "%s has no digest (policy option image-digest)",
                               requests_shown(w, v->text));
    }
    if (w->service) {
        return requests_refer_task_image(w, v->text);
    }
    /* It is sent on as a name: nobody else can take it over, and clients show it. */
    return requests_refer(w, OWNED_IMAGE, OWNED_USE, v->text, &name);
}

/* A name could mean anything: the image's own list of users decides, and that may say 0. */
static bool rule_user(struct requests_walk *w, struct requests_value *v)
{
    uint64_t uid = 0;

    if (!requests_on(w->policy, option(w))) {
        return rule_plain(w, v);
    }
    return (slice_to_u64(slice_sub(v->text, 0, slice_find(v->text, ':')), 10, INT32_MAX, &uid) &&
            uid > 0 && !requests_has_control(v->text)) ||
           requests_refuse(w, "%s is no numeric user above 0", requests_shown(w, v->text));
}

static bool rule_variable(struct requests_walk *w, struct requests_value *v)
{
    struct slice name = slice_sub(v->text, 0, slice_find(v->text, '='));

    /* Podman reads a last star as all variables of its own that begin so. */
    bool is_name = !requests_has_control(name) && !requests_is_template(name) &&
                   slice_find(name, '*') == name.len;

    return ((matches(w, name) && is_name) ||
            requests_refuse(w, "%s is not allowed", requests_shown(w, name))) &&
           (!w->service || template(w, v->text));
}

static struct slice command_word(const struct json_tree *v, size_t i)
{
    const struct json_tree *word = json_tree_kind(v) == JSON_KIND_TEXT ? v : json_tree_at(v, i);

    return json_tree_kind(word) == JSON_KIND_TEXT ? json_tree_text(word) : SLICE("");
}

/* A pattern's words match the command's one by one, its last "*" any number. */
static bool command_matches(struct slice pattern, const struct json_tree *v, size_t n)
{
    struct slice word;
    size_t i = 0;

    while (slice_next(&pattern, ' ', &word)) {
        if (pattern.at == NULL && slice_equal(word, SLICE("*"))) {
            return true;
        }
        if (i == n || !requests_glob(word, command_word(v, i))) {
            return false;
        }
        i++;
    }
    return i == n;
}

static bool whole_command(struct requests_walk *w, const struct json_tree *v,
                          struct requests_members *m)
{
    size_t n = json_tree_kind(v) == JSON_KIND_TEXT ? 1 : json_tree_count(v);

    (void)m;
    for (size_t i = 0; i < requests_count(w->policy, option(w)); i++) {
        if (command_matches(requests_word(w->policy, option(w), i), v, n)) {
            return true;
        }
    }
    return requests_refuse(w, "the command %s … is not allowed",
                           requests_shown(w, command_word(v, 0)));
}

/* What a ceiling exists for has one: its own below it, else the ceiling. */
static bool rule_ceiling(struct requests_walk *w, struct requests_value *v)
{
    uint64_t most = requests_number(w->policy, option(w));

    if (most == 0) {
        return true;
    }
    if (v->integer < 0 || (uint64_t)v->integer > most) {
        return requests_refuse(w, "%lld is not allowed, at most %llu", (long long)v->integer,
                               (unsigned long long)most);
    }
    if (v->integer == 0) {
        v->present = true;
        v->integer = (int64_t)most;
    }
    return true;
}

/* Changes: what is not named stays as it is. */
static bool rule_at_most(struct requests_walk *w, struct requests_value *v)
{
    uint64_t most = requests_number(w->policy, option(w));

    return most == 0 || (v->integer >= 0 && (uint64_t)v->integer <= most) ||
           requests_refuse(w, "%lld is not allowed, at most %llu", (long long)v->integer,
                           (unsigned long long)most);
}

/* Here 0 lifts the limit. */
static bool rule_at_most_given(struct requests_walk *w, struct requests_value *v)
{
    if (requests_number(w->policy, option(w)) > 0 && v->present && v->integer == 0) {
        return refuse_integer(w, 0);
    }
    return rule_at_most(w, v);
}

/* Swap counts memory as well; the engine's own default is twice the memory. */
static bool rule_swap(struct requests_walk *w, struct requests_value *v)
{
    uint64_t most = requests_number(w->policy, option(w));

    return most == 0 || (v->integer >= 0 && (uint64_t)v->integer / 2 <= most) ||
           refuse_integer(w, v->integer);
}

/* Quota and period would be another way to say how many processors. */
static bool rule_no_other(struct requests_walk *w, struct requests_value *v)
{
    return requests_number(w->policy, option(w)) == 0 || v->integer == 0 ||
           requests_refuse(w, "is not allowed beside a ceiling; name processors by NanoCpus");
}

static bool rule_set(struct requests_walk *w, struct requests_value *v)
{
    if (requests_on(w->policy, option(w))) {
        v->present = true;
        v->truth = true;
    }
    return true;
}

/* What the policy sets itself was dropped before. */
static bool rule_label(struct requests_walk *w, struct requests_value *v)
{
    return rule_key(w, v);
}

static bool whole_owner(struct requests_walk *w, const struct json_tree *v,
                        struct requests_members *m)
{
    (void)m;
    return requests_check_owner(w, v);
}

static bool rule_container(struct requests_walk *w, struct requests_value *v)
{
    return rule_plain(w, v) && requests_refer(w, OWNED_CONTAINER, OWNED_CHANGE, v->text, &v->text);
}

static bool rule_link(struct requests_walk *w, struct requests_value *v)
{
    return requests_refer_link(w, v);
}

static bool rule_volumes_from(struct requests_walk *w, struct requests_value *v)
{
    return rule_plain(w, v) && requests_refer_volumes(w, v);
}

/* Whoever makes a volume that is there gets that one. */
static bool rule_volume_name(struct requests_walk *w, struct requests_value *v)
{
    return rule_plain(w, v) &&
           (v->text.len == 0 || requests_refer(w, OWNED_VOLUME, OWNED_GIVE, v->text, &v->text));
}

/* Engines may let two networks have one name, which then means neither. */
static bool rule_network_name(struct requests_walk *w, struct requests_value *v)
{
    return rule_plain(w, v) &&
           (v->text.len == 0 || requests_refer(w, OWNED_NETWORK, OWNED_GIVE, v->text, &v->text));
}

/* All networks of a swarm's services go through the one that there is. */
static bool rule_ingress(struct requests_walk *w, struct requests_value *v)
{
    return !v->truth || requests_owner(w->policy) == NULL ||
           requests_refuse(w, "true is not allowed: such a network is everybody's");
}

static bool whole_service(struct requests_walk *w, const struct json_tree *v,
                          struct requests_members *m)
{
    (void)v;
    (void)m;
    w->service = true;
    return true;
}

static bool whole_secret(struct requests_walk *w, const struct json_tree *v,
                         struct requests_members *m)
{
    (void)v;
    return m == NULL || requests_refer_both(w, OWNED_SECRET, m->at[1], m->at[2]);
}

static bool rule_secret_id(struct requests_walk *w, struct requests_value *v)
{
    return rule_plain(w, v) && requests_refer(w, OWNED_SECRET, OWNED_USE, v->text, &v->text);
}

static bool whole_config(struct requests_walk *w, const struct json_tree *v,
                         struct requests_members *m)
{
    (void)v;
    return m == NULL || requests_refer_both(w, OWNED_CONFIG, m->at[2], m->at[3]);
}

static bool rule_config_id(struct requests_walk *w, struct requests_value *v)
{
    return rule_plain(w, v) && requests_refer(w, OWNED_CONFIG, OWNED_USE, v->text, &v->text);
}

static bool rule_config_data(struct requests_walk *w, struct requests_value *v)
{
    return requests_check_shown(w, v->text);
}

static bool whole_device(struct requests_walk *w, const struct json_tree *v,
                         struct requests_members *m)
{
    const struct json_tree *path = m == NULL ? NULL : m->at[0];

    (void)v;
    if (json_tree_kind(path) != JSON_KIND_TEXT) {
        return requests_refuse(w, "no path is given");
    }
    struct slice text = json_tree_text(path);
    return (requests_path_is_plain(text) && matches(w, text)) || refuse_text(w, text);
}

static bool whole_mount(struct requests_walk *w, const struct json_tree *v,
                        struct requests_members *m)
{
    (void)v;
    return m == NULL || requests_mount(w, m);
}

static bool whole_volumes(struct requests_walk *w, const struct json_tree *v,
                          struct requests_members *m)
{
    (void)m;
    return requests_volumes(w, v);
}

static bool rule_bind(struct requests_walk *w, struct requests_value *v)
{
    return requests_bind(w, v);
}

static bool rule_log_option(struct requests_walk *w, struct requests_value *v)
{
    return requests_log_option(w, v->key) && template(w, v->text);
}

/* What only a client has a use for. */
static bool rule_forgotten(struct requests_walk *w, struct requests_value *v)
{
    (void)w;
    v->text = SLICE("");
    return true;
}

static bool rule_subnet(struct requests_walk *w, struct requests_value *v)
{
    return requests_subnet(w, v);
}

static bool rule_tmpfs(struct requests_walk *w, struct requests_value *v)
{
    return requests_tmpfs(w, v);
}

static bool rule_subpath(struct requests_walk *w, struct requests_value *v)
{
    return rule_plain(w, v) && requests_no_comma(w, v->text);
}

static bool rule_mount_read_only(struct requests_walk *w, struct requests_value *v)
{
    if (w->mount_read_only) {
        v->present = true;
        v->truth = true;
    }
    return true;
}

static bool rule_mount_recursive(struct requests_walk *w, struct requests_value *v)
{
    return !w->mount_read_only || !v->truth ||
           requests_refuse(w, "what is mounted below would stay writable");
}

static bool rule_none(struct requests_walk *w, struct requests_value *v)
{
    (void)w;
    (void)v;
    return true;
}

static bool whole_none(struct requests_walk *w, const struct json_tree *v,
                       struct requests_members *m)
{
    (void)w;
    (void)v;
    (void)m;
    return true;
}

static const struct rule {
    enum requests_option option;
    bool (*whole)(struct requests_walk *w, const struct json_tree *v, struct requests_members *m);
    bool (*value)(struct requests_walk *w, struct requests_value *v);
} RULES[REQUESTS_RULES] = {
    [REQUESTS_RULE_FREE] = {REQUESTS_UNCHECKED, whole_none, rule_none},
#define REQUESTS_RULE(id, option, whole, value)                                                    \
    [REQUESTS_RULE_##id] = {REQUESTS_##option, whole_##whole, rule_##value},
#include "inspect/requests_rules.def"
#undef REQUESTS_RULE
};

enum requests_option requests_rule_option(enum requests_rule rule)
{
    return RULES[rule].option;
}

bool requests_rule_whole(struct requests_walk *w, const struct json_tree *v,
                         struct requests_members *m)
{
    return RULES[w->rule].whole(w, v, m);
}

bool requests_rule_value(struct requests_walk *w, struct requests_value *v)
{
    return RULES[w->rule].value(w, v);
}

struct slice requests_rule_name(struct requests_walk *w, struct slice name)
{
    return w->rule == REQUESTS_RULE_NETWORK_NAMES ? requests_network_text(w, name) : name;
}
