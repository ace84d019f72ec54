/* The shared loader: variables and flags to policy and settings, for every command that needs them.
 */
#ifndef CLI_LOAD_H
#define CLI_LOAD_H

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

/* DOCKGATE_LIMITS; all 0 where it is not set. */
bool cli_load_limits(const struct settings *s, struct quota_limits *limits, struct diag *d);

/* All that explain and check work on. */
struct cli_load {
    struct variables variables;
    struct settings settings;
    struct policy policy;
    struct policy_notes notes;
};

/* Reads environment, flags (the command's own among them), settings and policy. False where any of
 * it is wrong, with everything that there is to say written to standard error. Free with
 * cli_load_free in any case. */
bool cli_load(enum command_id command, int argc, char **argv, struct cli_load *l);

/* Takes what the view refuses away from the policy, for commands that only look at it. False: its
 * settings are wrong, which was written to standard error. */
bool cli_load_narrow(struct cli_load *l);

void cli_load_free(struct cli_load *l);

#endif
