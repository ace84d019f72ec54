/* The shared loader: what environment and flags say, as policy and settings.
 * The one place where the pure policy meets the process's variables. */
#include "cli/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/diag.h"
#include "cli/endpoints.h"
#include "cli/file.h"
#include "cli/foreign.h"
#include "cli/requests.h"
#include "policy/nearest.h"

bool cli_is_option(struct slice name)
{
    return option_find(name) != OPTION_NONE;
}

static struct policy_variable variable_split(const char *text)
{
    struct slice all = slice_from_text(text);
    size_t at = slice_find(all, '=');
    return (struct policy_variable){slice_sub(all, 0, at), slice_sub(all, at + 1, all.len)};
}

bool cli_load_policy(char *const *variables, struct policy *p, struct policy_notes *notes)
{
    struct slice names[SETTING_COUNT];
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        names[i] = setting_row_get((enum setting_id)i)->name;
    }
    size_t n = 0;
    while (variables[n] != NULL) {
        n++;
    }
    struct policy_variable *split = calloc(n + 1, sizeof(*split));
    if (split == NULL) {
        static const struct slice text = {"no memory for the environment", 29};
        policy_notes_init(notes);
        *p = (struct policy){.descriptive_errors = false};
        policy_note_add(notes, NOTE_ERROR, &text, 1);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        split[i] = variable_split(variables[i]);
    }
    bool ok = policy_compile(split, n, &(struct policy_known){names, SETTING_COUNT}, p, notes);
    free(split);
    return ok;
}

void cli_print_notes(const struct policy_notes *notes)
{
    static const char *const kinds[] = {
        [NOTE_REMARK] = "note: ", [NOTE_WARNING] = "warning: ", [NOTE_ERROR] = ""};
    for (size_t i = 0; i < notes->n; i++) {
        const struct note *note = &notes->note[i];
        fprintf(stderr, "dockgate: %s%.*s\n", kinds[note->kind], (int)note->text.len,
                note->text.at);
    }
    size_t all = notes->nerrors + notes->nwarnings + notes->nremarks;
    if (all > notes->n) {
        fprintf(stderr, "dockgate: and %zu more like these\n", all - notes->n);
    }
}

void cli_print_variables(const struct policy_variable *variables, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct slice name = variables[i].name;
        struct slice value = variables[i].value;
        printf("%.*s=%.*s\n", (int)name.len, name.at, (int)value.len, value.at);
    }
}

/* Both readers look for misspelt settings, so that neither depends on the other. */
static bool is_noted(const struct policy_notes *notes, struct slice text)
{
    for (size_t i = 0; i < notes->n; i++) {
        if (slice_equal(notes->note[i].text, text)) {
            return true;
        }
    }
    return false;
}

/* Nobody shall take a gate for one that is only looked through. */
static void note_mode(const struct settings *s, struct policy_notes *notes)
{
    static const struct slice text = SLICE_INIT(
        "DOCKGATE_MODE=observe: NOTHING IS PROTECTED, what the options deny is let through "
        "and logged as \"would deny\"");
    if (s->at[SETTING_MODE].number == SETTINGS_MODE_OBSERVE) {
        policy_note_add(notes, NOTE_WARNING, &text, 1);
    }
}

bool cli_load_limits(const struct settings *s, struct quota_limits *limits, struct diag *d)
{
    return quota_read(s->at[SETTING_LIMITS].text, limits, d) || diag_wrap(d, "DOCKGATE_LIMITS");
}

static void note_watchdog(const struct settings *s, struct policy_notes *notes)
{
    static const struct slice text =
        SLICE_INIT("DOCKGATE_WATCHDOG_STOP does nothing without DOCKGATE_WATCHDOG, which says how "
                   "often to look (30s)");
    if (s->at[SETTING_WATCHDOG_STOP].number != 0 && s->at[SETTING_WATCHDOG].number == 0) {
        policy_note_add(notes, NOTE_WARNING, &text, 1);
    }
}

static bool requests_mean(const struct settings *s, struct diag *d)
{
    struct requests_policy *p;
    struct cli_own own;
    bool ok = requests_from_settings(s, &p, d) && cli_own_from_settings(s, p, &own, d);

    requests_policy_free(p);
    return ok;
}

/* What is text to the settings, but means something. Whoever only checks shall know of it too. */
static bool settings_mean(const struct settings *s, struct diag *d)
{
    struct net_address address[ENDPOINTS_MAX];
    struct net_address engine;
    struct net_networks networks;
    struct net_names names;
    struct quota_limits limits;
    size_t n;
    bool set;

    return endpoints_engine(s, &engine, d) && endpoints_listen(s, address, &n, d) &&
           (!s->at[SETTING_LISTEN].set || endpoints_apart(&engine, address, n, d)) &&
           endpoints_allow_from(s, &networks, &names, d) &&
           endpoints_health(s, &address[0], &set, d) && cli_load_limits(s, &limits, d) &&
           requests_mean(s, d);
}

/* Largest configuration file. */
#define FILE_MAX DOCUMENT_MAX

/* A file says what options in the environment say as well: which of them counts nobody could tell.
 */
static bool is_stray(struct slice name)
{
    static const enum setting_id settings[] = {SETTING_PRESET, SETTING_DIALECT,
                                               SETTING_STRICT, SETTING_UNKNOWN,
                                               SETTING_OWN,    SETTING_OWN_SHARED};
    bool is = cli_is_option(name) || slice_starts_with(name, SLICE("SP_ALLOW_")) ||
              slice_starts_with(name, SLICE("CETUSGUARD_RULES"));

    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]) && !is; i++) {
        is = slice_equal(name, setting_row_get(settings[i])->name);
    }
    return is;
}

static bool refuse_strays(const struct cli_load *l)
{
    bool ok = true;

    for (char **v = l->variables.list; *v != NULL; v++) {
        struct policy_variable variable = variable_split(*v);
        if (variable.value.len > 0 && is_stray(variable.name)) {
            fprintf(stderr,
                    "dockgate: %.*s is set beside a configuration file, whose policies it can't "
                    "change; say it in the file, or leave one of them out\n",
                    (int)variable.name.len, variable.name.at);
            ok = false;
        }
    }
    return ok;
}

struct configuration *cli_configuration(const struct settings *s, struct slice file,
                                        const struct slice *listen, size_t nlisten,
                                        struct policy_notes *notes)
{
    struct configuration_input in = {
        .name = s->at[SETTING_CONFIG].text,
        .file = file,
        .mode = s->at[SETTING_MODE].set ? (int)s->at[SETTING_MODE].number : -1,
        .settings = s,
        .redact = s->at[SETTING_REDACT].text,
        .visible = s->at[SETTING_VISIBLE].text,
        .limits = s->at[SETTING_LIMITS].text,
        .listen = listen,
        .nlisten = nlisten,
    };

    policy_notes_init(notes);
    return configuration_new(&in, notes);
}

/* What the file says where neither environment nor flags do. */
static void take_settings(struct cli_load *l)
{
    const struct tree_node *engine = l->configuration->config.engine;
    struct setting_value *at = l->settings.at;

    if (engine != NULL && !at[SETTING_ENGINE].set && !at[SETTING_SOCKET_PATH].set) {
        at[SETTING_ENGINE] = (struct setting_value){.set = true, .text = engine->text};
    }
    if (at[SETTING_LISTEN].set && l->configuration->config.listeners.n > 0) {
        static const struct slice text =
            SLICE_INIT("DOCKGATE_LISTEN is set and wins over the listeners of the file");
        policy_note_add(&l->notes, NOTE_WARNING, &text, 1);
    }
}

static bool load_file(struct cli_load *l)
{
    struct diag d = {{0}};
    size_t len = 0;
    char *file = file_read(l->settings.at[SETTING_CONFIG].text.at, FILE_MAX, &len, &d);

    if (file == NULL) {
        fprintf(stderr, "dockgate: %s\n", d.text);
        return false;
    }
    l->configuration = cli_configuration(&l->settings, slice_of(file, len), NULL, 0, &l->notes);
    free(file); /* the tree has copies of its texts */
    if (l->configuration == NULL) {
        return false;
    }
    take_settings(l);
    l->chosen = l->configuration->npolicies == 1 ? 0 : l->configuration->npolicies;
    l->policy = l->configuration->policies[l->chosen];
    return true;
}

static bool load_configuration(enum command_id command, struct cli_load *l)
{
    struct diag d = {{0}};

    if (!settings_read(l->variables.list, &l->settings, &d)) {
        fprintf(stderr, "dockgate: %s\n", d.text);
        return false;
    }
    if (command != COMMAND_SERVE && command != COMMAND_CHECK && command != COMMAND_EXPLAIN) {
        fprintf(stderr, "dockgate: %.*s takes no configuration file\n",
                (int)command_get(command)->name.len, command_get(command)->name.at);
        return false;
    }
    bool ok = refuse_strays(l) && load_file(l);
    cli_print_notes(&l->notes);
    if (ok && !settings_mean(&l->settings, &d)) {
        fprintf(stderr, "dockgate: %s\n", d.text);
        return false;
    }
    return ok;
}

bool cli_load(enum command_id command, int argc, char **argv, struct cli_load *l)
{
    struct diag d = {{0}};
    l->variables = (struct variables){0};
    l->policy = (struct policy){.rules = NULL};
    l->configuration = NULL;
    l->view = (struct cli_view){.answers = NULL};
    l->seen = NULL;
    l->requests = NULL;
    l->checked = NULL;
    l->within = false;
    policy_notes_init(&l->notes);
    if (!variables_gather(environ, command, argc, argv, cli_is_option, &l->variables, &d)) {
        fprintf(stderr, "dockgate: %s\n", d.text);
        return false;
    }
    if (l->variables.help) {
        return true;
    }
    if (!foreign_apply(&l->variables, &d)) {
        fprintf(stderr, "dockgate: %s\n", d.text);
        return false;
    }
    if (variables_get(&l->variables, setting_row_get(SETTING_CONFIG)->name).len > 0) {
        return load_configuration(command, l);
    }
    bool ok = cli_load_policy(l->variables.list, &l->policy, &l->notes);
    bool settings_ok =
        settings_read(l->variables.list, &l->settings, &d) && settings_mean(&l->settings, &d);
    if (settings_ok) {
        note_mode(&l->settings, &l->notes);
        note_watchdog(&l->settings, &l->notes);
    }
    cli_print_notes(&l->notes);
    if (!settings_ok && !is_noted(&l->notes, slice_from_text(d.text))) {
        fprintf(stderr, "dockgate: %s\n", d.text);
    }
    return ok && settings_ok;
}

bool cli_load_view(struct cli_load *l)
{
    struct cli_view_words words = cli_view_words(&l->settings);
    struct diag d = {{0}};
    bool ok = requests_from_settings(&l->settings, &l->requests, &d) &&
              cli_own_from_settings(&l->settings, l->requests, &l->own, &d) &&
              cli_view_read(&words, &l->policy, &l->own, l->requests, &l->view, &d);
    if (!ok) {
        fprintf(stderr, "dockgate: %s\n", d.text);
        return false;
    }
    l->seen = &l->view;
    l->checked = l->requests;
    return true;
}

static bool unknown_choice(const struct cli_load *l, const char *kind, const char *name)
{
    const struct config *c = &l->configuration->config;
    struct slice best = {NULL, 0};
    size_t distance = NEAREST_FAR;
    bool policy = kind[0] == 'p';

    for (size_t i = 0; i < (policy ? c->policies.n : c->clients.n); i++) {
        const struct tree_node *node =
            policy ? config_policy_at(c, i)->node : config_client_at(c, i)->name;
        if (node != NULL) {
            nearest_try(slice_from_text(name), node->text, &best, &distance);
        }
    }
    fprintf(stderr, "dockgate: there is no %s \"%s\" in the configuration%s%.*s\n", kind, name,
            best.at == NULL ? "" : "; the nearest is ", (int)best.len,
            best.at == NULL ? "" : best.at);
    return false;
}

static bool choose_policy_of(struct cli_load *l, const struct config_client *client)
{
    const struct tree_node *policy = client->policy != NULL ? client->policy : client->within;

    l->within = client->within != NULL;
    if (policy == NULL && client->by_label.n == 1) {
        policy = client->by_label.at[0];
    }
    if (policy == NULL) {
        fprintf(stderr, "dockgate: this client's container chooses its policy by a label: name one "
                        "with --policy\n");
        return false;
    }
    l->chosen = config_find_policy(&l->configuration->config, policy->text);
    return true;
}

static bool choose_client(struct cli_load *l, const char *name)
{
    const struct config *c = &l->configuration->config;

    for (size_t i = 0; i < c->clients.n; i++) {
        const struct config_client *client = config_client_at(c, i);
        if (client->name != NULL && slice_equal(client->name->text, slice_from_text(name))) {
            return choose_policy_of(l, client);
        }
    }
    return unknown_choice(l, "client", name);
}

bool cli_choose_policy(struct cli_load *l, const char *policy, const char *client)
{
    if (l->configuration == NULL) {
        if (policy != NULL || client != NULL) {
            fprintf(stderr, "dockgate: --policy and --as go with --config\n");
        }
        return policy == NULL && client == NULL;
    }
    size_t n = l->configuration->npolicies;
    if (client != NULL) {
        if (!choose_client(l, client)) {
            return false;
        }
    } else if (policy != NULL) {
        l->chosen = config_find_policy(&l->configuration->config, slice_from_text(policy));
        if (l->chosen == n && strcmp(policy, "deny") != 0) {
            return unknown_choice(l, "policy", policy);
        }
    } else if (n != 1) {
        fprintf(stderr, "dockgate: there are %zu policies: name one with --policy\n", n);
        return false;
    }
    cli_take_policy(l, l->chosen);
    return true;
}

void cli_take_policy(struct cli_load *l, size_t at)
{
    l->chosen = at;
    l->policy = l->configuration->policies[at];
    l->seen = &l->configuration->views[at];
    l->checked = l->configuration->requests[at];
}

void cli_load_free(struct cli_load *l)
{
    variables_free(&l->variables);
    if (l->configuration == NULL) {
        policy_fini(&l->policy);
    }
    cli_view_free(&l->view);
    requests_policy_free(l->requests);
    configuration_free(l->configuration);
}
