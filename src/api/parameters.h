/* Which parameters the queries of operations have. */
#ifndef API_PARAMETERS_H
#define API_PARAMETERS_H

#include "api/operation.h"

/* Their names, as engines spell them, with ", " between two; static text, empty where there are
 * none. NULL: nobody has listed them, for Podman's own operations. */
struct slice api_parameters(enum operation_id op);

#endif
