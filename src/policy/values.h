/* What the variables set: each option on, off or left alone, and the two switches of the policy
 * itself. */
#ifndef POLICY_VALUES_H
#define POLICY_VALUES_H

#include "policy/compile.h"
#include "policy/notes.h"
#include "policy/option.h"

enum option_state {
    OPTION_UNSET,
    OPTION_OFF,
    OPTION_ON,
};

struct option_values {
    uint8_t state[OPTION_COUNT]; /* enum option_state */
    bool strict;                 /* DOCKGATE_STRICT */
    bool unknown_warns;          /* DOCKGATE_UNKNOWN=warn */
};

/* Reads the variables in the words of the dialect, later ones over earlier ones. Bad values and
 * names that look like options but are none become notes. Under a dialect of rules only the
 * switches of the policy itself and DESCRIPTIVE_ERRORS are read. */
void option_values_read(enum dialect_id dialect, const struct policy_variable *variables, size_t n,
                        const struct policy_known *known, struct option_values *values,
                        struct policy_notes *notes);

/* The other way round: the variables that set the options to these states (OPTION_COUNT of them),
 * before them the dialect where it is to be said (else DIALECT_NONE): what is on, in the order of
 * the options' table, then what is off. Returns how many, at most OPTION_VARIABLES_MAX; their texts
 * are static. */
#define OPTION_VARIABLES_MAX (OPTION_COUNT + 1)
size_t option_values_write(const uint8_t *state, enum dialect_id dialect,
                           struct policy_variable *variables);

#endif
