/* From a method and a decoded path to the operation that the engine would run. */
#ifndef API_MATCH_H
#define API_MATCH_H

#include "api/operation.h"

struct api_match {
    enum operation_id operation;
    struct slice version; /* "1.41" of /v1.41/…, empty where there is none; looks into the path */
    struct slice names[2]; /* what stood for {…}, in order; may hold slashes; look into the path */
};

/* Finds the operation as the engine's router does (engine-facts, Routing): one optional version,
 * names with slashes where the engine allows them, the suffix picks. HEAD goes with GET of the same
 * path (the engine itself answers HEAD on /_ping and archive only). False where no operation
 * matches: `m->operation` is then OPERATION_NONE. No allocation, no regex; time is linear in the
 * path. `path` is decoded and clean (http_target_read). */
bool api_match(struct slice method, struct slice path, struct api_match *m);

#endif
