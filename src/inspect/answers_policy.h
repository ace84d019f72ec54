/* A compiled view, as the parts of src/inspect that work on answers see it. */
#ifndef INSPECT_ANSWERS_POLICY_H
#define INSPECT_ANSWERS_POLICY_H

#include "inspect/answers.h"
#include "inspect/view_shape.h"

struct answers_policy {
    struct answers_settings settings;
    bool narrows; /* only some things are visible */
    bool raw_all; /* nothing is masked, nothing left out: raw content may pass */
    struct view_shapes shapes;
};

/* Whether a label of this name has a value that is not shown. */
bool answers_label_masked(const struct answers_policy *p, struct slice key);

/* The conditions that a label of this name may meet, a bit each. */
uint64_t answers_label_conditions(const struct answers_policy *p, struct slice key);

/* Whether one of these conditions is met by this value. */
bool answers_label_met(const struct answers_policy *p, uint64_t conditions, struct slice value);

/* Whether a name ("/web": without its slash) matches one of the globs. */
bool answers_name_met(const struct answers_policy *p, struct slice name);

/* Whether the value of this environment variable may be shown. */
bool answers_env_kept(const struct answers_policy *p, struct slice key);

#endif
