/* What `dockgate check` found out, for its two ways of telling it. */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include "cli/load.h"
#include "inspect/reach.h"
#include "policy/ability.h"
#include "policy/preset.h"
#include "policy/sample.h"

/* Longest list of options that give one ability. */
#define CHECK_BY_MAX 1024

/* Something that a client can do, and by which options: "CONTAINERS, CONTAINERS_EXEC and EXEC". */
struct check_ability {
    enum ability_grade grade;
    struct slice text; /* goes on after "a client can"; static */
    size_t by_len;
    char by[CHECK_BY_MAX];
};

struct check {
    const struct cli_load *load;
    struct operation_set allowed; /* by rules: for some names at least */
    struct operation_set sure;    /* for every name */
    bool all;                     /* tell what is denied as well */
    struct policy_notes notes;    /* warnings beside those of loading */
    size_t nabilities;
    struct check_ability ability[ABILITY_COUNT + REACH_OPENINGS];
    struct preset_list presets;  /* compared with; none: n is 0 */
    struct operation_set wanted; /* what they need */
    struct operation_set usual;  /* what is allowed where nobody sets any option */
};

/* What the presets need and the policy denies, and what it allows beyond them and the usual. */
bool check_is_missing(const struct check *c, enum operation_id op);
bool check_is_extra(const struct check *c, enum operation_id op);

/* The option that decides on an operation, or the preset that grants it; "a rule" where rules do.
 */
struct slice check_decider(const struct check *c, enum operation_id op);

/* Fills in what a client can do, worst first, by the operations that are allowed and what their
 * bodies may say. */
void check_find_abilities(struct check *c);

/* The worst grade among these. */
enum ability_grade check_grade(const struct check *c);

/* Write all of it to standard output. */
void check_print_text(const struct check *c);
void check_print_json(const struct check *c);

/* Writes who gets which policy of a file to standard output. */
void check_print_clients(const struct config *c);

#endif
