/* What learning comes to, for people and for programs. */
#ifndef POLICY_LEARN_REPORT_H
#define POLICY_LEARN_REPORT_H

#include "base/buf.h"
#include "policy/learn.h"

/* No report is longer. */
#define LEARN_REPORT_MAX ((size_t)512 * 1024)

struct learn_source {
    bool log;       /* read from a log, not watched */
    uint64_t nread; /* its lines that were read, and those that could not be */
    uint64_t nunread;
};

/* The text: what was used, what was asked for besides, the smallest policy as options and for a
 * compose file, and what wider options would add. */
void learn_report_text(const struct learn *l, const struct learn_source *source, struct buf *out);

/* The same as one JSON object and a newline. */
void learn_report_json(const struct learn *l, const struct learn_source *source, struct buf *out);

/* A line of the live view, "NAME (METHOD TEMPLATE), OPTION": the operation by its own name where it
 * has one. */
void learn_report_operation(struct buf *out, enum operation_id op);

#endif
