/* What a view shows of the engine's lists: how many things of each sort, and which. Answers that
 * tell of things by number or by id alone are narrowed by it. The lists are read as clients would
 * see them, so that all say the same; and so is an inspect of one thing, which decides of that.
 * Pure; what is read may come in any split. */
#ifndef INSPECT_CENSUS_H
#define INSPECT_CENSUS_H

#include "inspect/owned.h"

/* Lists of the engine. */
enum census_list {
    CENSUS_RUNNING,    /* containers that run: which */
    CENSUS_CONTAINERS, /* all containers: how many in each state */
    CENSUS_IMAGES,     /* all images, as engines count them: how many */
    CENSUS_NETWORKS,   /* which, from here on */
    CENSUS_VOLUMES,
    CENSUS_SERVICES,
    CENSUS_SECRETS,
    CENSUS_CONFIGS,
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

/* Bytes of what is known of things by their ids; of a thousand containers. */
#define CENSUS_TEXT_MAX (64 * 1024)

/* Opaque; below 1 KiB and the names that it keeps, and what the view of a list holds back. */
struct census;

/* NULL without memory. `p` must outlive it. */
struct census *census_new(const struct answers_policy *p);
void census_free(struct census *c);

/* Begins a list, and writes the target of the GET that it is the answer to. False: no memory, or
 * `out` is too small. */
bool census_begin(struct census *c, enum census_list list, struct buf *out);

/* The same for an inspect of one thing. False also where nothing is called so. */
bool census_begin_thing(struct census *c, enum owned_kind kind, struct slice id, struct buf *out);

/* Takes the next bytes of it. False: it is not understood; it may then only be ended. */
bool census_feed(struct census *c, struct slice in);

/* Ends it. A list that is not whole, or says more than can be kept, is as good as an empty one. */
void census_end(struct census *c, bool whole);

/* Ends the inspect of a thing, with the status of its answer; 0: there is none. */
void census_end_thing(struct census *c, unsigned status);

uint64_t census_count(const struct census *c, enum census_count what);

enum census_verdict {
    CENSUS_ASK, /* an inspect of it has to tell */
    CENSUS_HIDDEN,
    CENSUS_VISIBLE,
};

/* What is known of a thing; by lists, by the last inspect, or noted. `anew`: what was known before
 * the inspect does not count while the thing is there. `made`: nor when it is gone. */
enum census_verdict census_about(const struct census *c, enum owned_kind kind, struct slice id,
                                 bool anew, bool made);

/* Notes what is known of a thing. Where there is too much of it, the oldest is forgotten. */
void census_note(struct census *c, enum owned_kind kind, struct slice id, bool visible);

/* What the last inspect said of a thing counts no longer, but for what was noted of it. */
void census_settle(struct census *c);

#endif
