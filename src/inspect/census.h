/* What a view shows of the engine's lists: how many things of each sort, and which. Answers that
 * tell of things by number or by id alone are narrowed by it. The lists are read as clients would
 * see them, so that all say the same. Pure; a list may come in any split. */
#ifndef INSPECT_CENSUS_H
#define INSPECT_CENSUS_H

#include "inspect/answers.h"

/* Lists of the engine. */
enum census_list {
    CENSUS_RUNNING,    /* containers that run: which */
    CENSUS_CONTAINERS, /* all containers: how many in each state */
    CENSUS_IMAGES,     /* all images, as engines count them: how many */
    CENSUS_LISTS,
};

/* What is counted, in the order of view.def. */
enum census_count {
    CENSUS_COUNT_CONTAINERS,
    CENSUS_COUNT_RUNNING,
    CENSUS_COUNT_PAUSED,
    CENSUS_COUNT_STOPPED,
    CENSUS_COUNT_IMAGES,
    CENSUS_COUNTS,
};

/* Bytes of names that are kept; ids of a thousand containers. */
#define CENSUS_TEXT_MAX (64 * 1024)

/* Opaque; below 1 KiB and the names that it keeps, and what the view of a list holds back. */
struct census;

/* NULL without memory. `p` must outlive it. */
struct census *census_new(const struct answers_policy *p);
void census_free(struct census *c);

/* Begins a list, and writes the target of the GET that it is the answer to. False: no memory, or
 * `out` is too small. */
bool census_begin(struct census *c, enum census_list list, struct buf *out);

/* Takes the next bytes of it. False: it is not understood; it may then only be ended. */
bool census_feed(struct census *c, struct slice in);

/* Ends it. A list that is not whole, or says more than can be kept, is as good as an empty one. */
void census_end(struct census *c, bool whole);

uint64_t census_count(const struct census *c, enum census_count what);

/* Whether a list told of the thing of that id. */
bool census_has(const struct census *c, struct slice id);

#endif
