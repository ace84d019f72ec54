/* The shared loader: what environment and flags say, as policy and settings.
 * The one place where the pure policy meets the process's variables. */
#include "cli/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/diag.h"
#include "cli/endpoints.h"
#include "cli/foreign.h"
#include "cli/requests.h"

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

static bool requests_mean(const struct settings *s, struct diag *d)
{
    struct requests_policy *p;
    bool ok = requests_from_settings(s, &p, d);

    requests_policy_free(p);
    return ok;
}

/* What is text to the settings, but means something. Whoever only checks shall know of it too. */
static bool settings_mean(const struct settings *s, struct diag *d)
{
    struct net_address address[ENDPOINTS_MAX];
    struct net_networks networks;
    struct quota_limits limits;
    size_t n;
    bool set;

    return endpoints_engine(s, &address[0], d) && endpoints_listen(s, address, &n, d) &&
           endpoints_allow_from(s, &networks, d) && endpoints_health(s, &address[0], &set, d) &&
           cli_load_limits(s, &limits, d) && requests_mean(s, d);
}

bool cli_load(enum command_id command, int argc, char **argv, struct cli_load *l)
{
    struct diag d = {{0}};
    l->variables = (struct variables){0};
    l->policy = (struct policy){.rules = NULL};
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
    bool ok = cli_load_policy(l->variables.list, &l->policy, &l->notes);
    bool settings_ok =
        settings_read(l->variables.list, &l->settings, &d) && settings_mean(&l->settings, &d);
    if (settings_ok) {
        note_mode(&l->settings, &l->notes);
    }
    cli_print_notes(&l->notes);
    if (!settings_ok && !is_noted(&l->notes, slice_from_text(d.text))) {
        fprintf(stderr, "dockgate: %s\n", d.text);
    }
    return ok && settings_ok;
}

bool cli_load_narrow(struct cli_load *l)
{
    struct cli_view view;
    struct diag d = {{0}};
    bool ok = cli_view_read(&l->settings, &l->policy, &view, &d);
    if (ok) {
        cli_view_narrow(&view, &l->policy);
    } else {
        fprintf(stderr, "dockgate: %s\n", d.text);
    }
    cli_view_free(&view);
    return ok;
}

void cli_load_free(struct cli_load *l)
{
    variables_free(&l->variables);
    policy_fini(&l->policy);
}
