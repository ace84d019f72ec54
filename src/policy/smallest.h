/* The fewest options of single operations for a set of operations, in dockgate's own words
 * (mjmccans): what convert, learn and presets write. */
#ifndef POLICY_SMALLEST_H
#define POLICY_SMALLEST_H

#include "policy/option.h"

/* Some operations share their option with others. */
enum smallest_reach {
    SMALLEST_WITHIN,   /* it is on only where all of them are wanted: never more than that */
    SMALLEST_COVERING, /* it is on where one of them is: never less */
};

/* Sets `state` (enum option_state, OPTION_COUNT of them) to what has to be set: on for what is
 * wanted, off for what is not and would come with it or by default. */
void smallest_options(const struct operation_set *wanted, enum smallest_reach reach,
                      uint8_t *state);

#endif
