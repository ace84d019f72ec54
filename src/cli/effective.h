/* What a gate would run under, as one dockgate.yaml: the file with what environment and flags say
 * in its place, or the environment alone. */
#ifndef CLI_EFFECTIVE_H
#define CLI_EFFECTIVE_H

#include "cli/settings.h"
#include "inspect/config.h"

struct effective {
    struct config config;
    struct arena arena; /* of what is not the file's */
};

/* The file's configuration (borrowed) under these settings. False: no memory. */
bool effective_of_file(const struct config *c, const struct settings *s, struct effective *e);

/* One policy for everybody, that grants these operations; `said` gets those that entries of a file
 * can grant, which is all but for operations that nobody can name alone. False: no memory. */
bool effective_of_operations(const struct operation_set *wanted, const struct settings *s,
                             struct operation_set *said, struct effective *e);

/* Writes it to standard output as YAML. False where that failed, said on standard error. */
bool effective_print(const struct effective *e);

void effective_free(struct effective *e);

#endif
