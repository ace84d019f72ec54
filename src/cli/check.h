/* What `dockgate check` found out, for its two ways of telling it. */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include "cli/load.h"
#include "policy/ability.h"
#include "policy/preset.h"
#include "policy/sample.h"

/* Longest list of options that give one ability. */
#define CHECK_BY_MAX 1024

struct check {
    const struct cli_load *load;
    struct operation_set allowed; /* by rules: for some names at least */
    struct operation_set sure;    /* for every name */
    bool all;                     /* tell what is denied as well */
    struct policy_notes notes;    /* warnings beside those of loading */
    struct preset_list presets;   /* compared with; none: n is 0 */
    struct operation_set wanted;  /* what they need */
    struct operation_set usual;   /* what is allowed where nobody sets any option */
};

/* What the presets need and the policy denies, and what it allows beyond them and the usual. */
bool check_is_missing(const struct check *c, enum operation_id op);
bool check_is_extra(const struct check *c, enum operation_id op);

/* The option that decides on an operation, or the preset that grants it; "a rule" where rules do.
 */
struct slice check_decider(const struct check *c, enum operation_id op);

/* Appends which options give an ability: "CONTAINERS, CONTAINERS_EXEC and EXEC". */
void check_put_by(const struct check *c, enum ability_id ability, struct buf *out);

/* Write all of it to standard output. */
void check_print_text(const struct check *c);
void check_print_json(const struct check *c);

/* Writes who gets which policy of a file to standard output. */
void check_print_clients(const struct config *c);

#endif
