/* The shared loader: variables and flags to policy and settings, for every command that needs them.
 */
#ifndef CLI_LOAD_H
#define CLI_LOAD_H

#include "cli/configuration.h"
#include "cli/settings.h"
#include "cli/variables.h"
#include "cli/view.h"
#include "gate/quota.h"
#include "policy/compile.h"

/* Whether an option of that name exists; for variables_gather. */
bool cli_is_option(struct slice name);

/* Compiles the policy out of variables ("NAME=VALUE", NULL at the end; the last of two wins). False
 * where the notes hold an error; the policy then allows nothing. `*p` and `*notes` are filled in
 * any case. */
bool cli_load_policy(char *const *variables, struct policy *p, struct policy_notes *notes);

/* Writes the notes to standard error, a line each: "dockgate: warning: …". */
void cli_print_notes(const struct policy_notes *notes);

/* Writes variables to standard output, NAME=VALUE, a line each. */
void cli_print_variables(const struct policy_variable *variables, size_t n);

/* DOCKGATE_LIMITS; all 0 where it is not set. */
bool cli_load_limits(const struct settings *s, struct quota_limits *limits, struct diag *d);

/* All that explain and check work on. */
struct cli_load {
    struct variables variables;
    struct settings settings;
    struct policy policy; /* with a configuration: the one that is asked about, a copy */
    struct policy_notes notes;
    struct configuration *configuration; /* NULL: there is no file */
    size_t chosen;        /* of its policies; as many as there are: none in particular */
    struct cli_own own;   /* of the environment; `view` borrows it */
    struct cli_view view; /* of the environment; read by cli_load_view */
    struct requests_policy *requests; /* of the environment; read by cli_load_view */
    const struct cli_view *seen;      /* the view that goes with `policy`; NULL: none was read */
    const struct requests_policy *checked; /* what bodies under it are checked by; NULL: nothing */
    bool within; /* the client that was asked for gets what a label grants of it */
};

/* Reads environment, flags (the command's own among them), settings and policy. False where any of
 * it is wrong, with everything that there is to say written to standard error. Free with
 * cli_load_free in any case. */
bool cli_load(enum command_id command, int argc, char **argv, struct cli_load *l);

/* Reads the view of the environment, and what it says of requests. False: its settings are wrong,
 * which was written to standard error. */
bool cli_load_view(struct cli_load *l);

/* Compiles a file for listeners with these addresses (none: the file's own). `*notes` is filled in
 * any case; NULL where it holds an error. */
struct configuration *cli_configuration(const struct settings *s, struct slice file,
                                        const struct slice *listen, size_t nlisten,
                                        struct policy_notes *notes);

/* With a configuration: makes l->policy the policy of that name, or of the client of that name;
 * both NULL: the only one that there is. False, said on standard error, where that is none. Without
 * a configuration both must be NULL. */
bool cli_choose_policy(struct cli_load *l, const char *policy, const char *client);

/* Makes l->policy a copy of this policy of the configuration; its view is the one that is seen, its
 * requests are what is checked. */
void cli_take_policy(struct cli_load *l, size_t at);

void cli_load_free(struct cli_load *l);

#endif
