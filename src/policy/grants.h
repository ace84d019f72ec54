/* From what a configuration grants to a policy: options, operations, paths with globs or labels. */
#ifndef POLICY_GRANTS_H
#define POLICY_GRANTS_H

#include "policy/policy.h"
#include "policy/schema.h"

/* As the file has them; borrowed for the call. */
struct grants {
    struct slice name; /* of the policy, for messages */
    struct schema_texts preset;
    struct schema_texts allow;
    struct schema_texts deny;
    struct operation_set labelled; /* what they name has labels, and can be looked up */
};

/* Compiles them to `*p`. An entry is
 * - an option: CONTAINERS_START grants its operation, CONTAINERS all reads of its section;
 * - an operationId of the API: ContainerStart;
 * - METHOD /PATH as the API has it. `{id}` stands for any name; `POST /containers/web-x/start` is
 *   for this name, and with globs for all names that they match. `{label:KEY=VALUE}` in its place,
 *   or `{label:KEY}`, is for whatever bears that label.
 * What `deny` names is denied whatever grants it; it can't name names or labels, since an engine
 * takes ids as well. Nothing is granted by default. Errors and warnings become notes; false where
 * there was an error, the policy then allows nothing. Rules and their texts are of the arena and
 * the file's tree; the policy ends by policy_fini as any other. */
bool grants_compile(const struct grants *g, struct arena *a, const struct schema_file *file,
                    struct policy *p);

/* The operations that one such entry names, second spellings included, for all names alike. */
bool grants_read_operations(const struct tree_node *node, const struct schema_file *file,
                            struct operation_set *set);

/* Adds limits on queries to a compiled policy: the pairs' outer names are entries as above, the
 * inner ones parameters, the texts globs. A parameter that no operation of its entry has is an
 * error; Podman's own operations may have any. They are of the arena and the tree. Errors become
 * notes; false where there was one, the policy then allows nothing. */
bool grants_limit_queries(const struct schema_many *pairs, struct arena *a,
                          const struct schema_file *file, struct policy *p);

/* Entries of `allow` that together grant the operations of `said`, which are those wanted but for
 * what no entry grants alone; static texts, OPERATION_COUNT at most. */
size_t grants_entries(const struct operation_set *wanted, struct slice *entries,
                      struct operation_set *said);

#endif
