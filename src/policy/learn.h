/* Learning: which operations were used and when, and the smallest policy that allows just these. */
#ifndef POLICY_LEARN_H
#define POLICY_LEARN_H

#include "policy/compile.h"
#include "policy/option.h"
#include "policy/values.h"

/* One operation's use; `n` 0: never, the times are then 0 too. */
struct learn_use {
    uint64_t n;
    uint64_t first_ms; /* Unix time */
    uint64_t last_ms;
};

/* All that was seen, in one run or in several. Zeroed: nothing yet. */
struct learn {
    struct learn_use used[OPERATION_COUNT];
    struct learn_use denied[OPERATION_COUNT]; /* asked for, and not let through */
    uint64_t nunknown;                        /* requests for what is no operation */
    uint64_t nmalformed;
    uint64_t since_ms; /* Unix time at which it began; 0: not yet */
    uint64_t spent_ms; /* how long was watched, all runs together */
};

/* Adds `n` uses between two times. */
void learn_add(struct learn_use *use, uint64_t n, uint64_t first_ms, uint64_t last_ms);

/* What was used, as a set. */
struct operation_set learn_set(const struct learn *l);

/* The smallest policy for a set of operations. */
struct learn_policy {
    uint8_t state[OPTION_COUNT];  /* enum option_state: what to set, and to what */
    struct operation_set allowed; /* what it comes to */
    struct operation_set besides; /* of these, what was not used: an option's other operations */
    bool say_dialect;             /* these options alone would be taken for another dialect's */
};

/* The variables that a policy comes to, as option_values_write has them. */
#define LEARN_VARIABLES_MAX OPTION_VARIABLES_MAX
size_t learn_variables(const struct learn_policy *p, struct policy_variable *variables);

/* Finds it, as policy/smallest does, covering all that was used. */
void learn_smallest(const struct operation_set *used, struct learn_policy *p);

/* What `section` in place of its leaves would allow beyond `p`. False where `p` sets none of its
 * leaves, or where it is no section: a leaf is never wider than needed. */
bool learn_wider(const struct learn_policy *p, option_id section, struct operation_set *adds);

/* What options in the states `state` (enum option_state, OPTION_COUNT of them) come to. */
struct operation_set learn_compile(const uint8_t *state);

/* Whether an option grants `leaf` as well, at any distance. */
bool learn_is_below(option_id leaf, option_id option);

/* The reads: GET and HEAD, but nothing that becomes a tunnel. `careful`: without those that give
 * away files, images, keys or tokens. */
struct operation_set learn_reads(bool careful);

/* Reads what may be let through while learning: words with commas or spaces between them, each
 * `reads`, `all`, `configured` (the set given under that name), an option, or a preset. False for
 * any other word (`configured` too where that is NULL), which is then `*wrong` (empty: there is
 * none at all), and the nearest known one in `*nearest` (empty: none is near). */
bool learn_within(struct slice text, const struct operation_set *configured, bool careful,
                  struct operation_set *within, struct slice *wrong, struct slice *nearest);

#endif
