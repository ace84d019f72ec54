/* Queries of requests: the operations that say what matters there. Between requests*.c only. */
#ifndef INSPECT_REQUESTS_QUERY_H
#define INSPECT_REQUESTS_QUERY_H

#include "inspect/requests_walk.h"

enum requests_query {
    REQUESTS_QUERY_NONE,
    REQUESTS_QUERY_BUILD,
    REQUESTS_QUERY_START,
    REQUESTS_QUERY_IMAGE_CREATE,
    REQUESTS_QUERY_SERVICE_UPDATE,
};

/* Checks a raw query by the table of its operation: parameters that are not in it, ';' and bad
 * escapes are refused; where one comes twice, each is checked. */
bool requests_check_query(struct requests_walk *w, enum requests_query which, struct slice query);

#endif
