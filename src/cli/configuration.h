/* dockgate.yaml, read and compiled: policies, and which client gets which. */
#ifndef CLI_CONFIGURATION_H
#define CLI_CONFIGURATION_H

#include "cli/document.h"
#include "cli/own.h"
#include "cli/view.h"
#include "gate/clients.h"
#include "inspect/config.h"
#include "net/address.h"

/* What stands around a file. */
struct configuration_input {
    struct slice name;               /* of the file, for messages */
    struct slice file;               /* its bytes */
    const struct settings *settings; /* for DOCKGATE_REQUESTS and DOCKGATE_BINDS; NULL: none */
    struct slice redact; /* of each policy, where environment or flags say so; else empty */
    struct slice visible;
    struct slice limits; /* of each policy, where environment or flags say some; else empty */
    int mode; /* of all policies (SETTINGS_MODE_…), where environment or flags say one; else -1 */

    /* The addresses of the gate's listeners in their order, as written; none: those of the file. */
    const struct slice *listen;
    size_t nlisten;
};

/* All of it, read only once it is made. */
struct configuration {
    struct config config;
    struct policy *policies;           /* in the order of config.policies */
    struct requests_policy **requests; /* a policy each, or NULL */
    struct cli_own *owners;            /* one for each policy */
    struct cli_view *views;            /* a policy each */
    struct gate_policy *bundles;       /* the same, and one that denies everything behind them */
    size_t npolicies;
    struct gate_clients clients;
    struct document document;
    struct arena arena;
};

/* Reads and compiles a file. What there is to say becomes notes, each with file, line and column;
 * NULL where there was an error. */
struct configuration *configuration_new(const struct configuration_input *in,
                                        struct policy_notes *notes);
void configuration_free(struct configuration *c);

#endif
