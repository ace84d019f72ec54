/* The dialect of wollomatic/socket-proxy: a pattern on the path for each method. */
#ifndef POLICY_WOLLOMATIC_H
#define POLICY_WOLLOMATIC_H

#include "policy/dialect.h"

/* Makes the rules of SP_ALLOW_METHOD and SP_ALLOW_METHOD_ANYTHING; without one everything is
 * denied. What is wrong with them, and names with SP_ that are none, become notes; these of the
 * kind `unknown`. Its other settings are read by cli. */
void wollomatic_compile(const struct dialect_input *in, struct policy *p,
                        struct policy_notes *notes);

#endif
