/* From variables to a policy, in two steps: read the options, then let the dialect say what they
 * mean. Other dialects will stand beside mjmccans and fill the same structure. */
#include "policy/compile.h"

#include "policy/mjmccans.h"

bool policy_compile(const struct policy_variable *variables, size_t n,
                    const struct policy_known *known, struct policy *p, struct policy_notes *notes)
{
    struct option_values values;
    policy_notes_init(notes);
    *p = (struct policy){.descriptive_errors = false};
    option_values_read(variables, n, known, &values, notes);
    mjmccans_compile(&values, p, notes);
    if (notes->nerrors != 0) {
        p->allowed = (struct operation_set){{0}};
    }
    return notes->nerrors == 0;
}
