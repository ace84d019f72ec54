/* Learning from access logs, classic or JSON: lines are untrusted bytes, read strictly. */
#ifndef POLICY_LEARN_LOG_H
#define POLICY_LEARN_LOG_H

#include "base/limits.h"
#include "policy/learn.h"

/* A longer line is none of an access log: a request line of that size with every byte escaped. */
#define LEARN_LINE_MAX ((size_t)6 * LIMIT_HEAD + 4096)

/* A reader of logs; zeroed to begin with. Large: not for the stack. */
struct learn_log {
    uint32_t open[OPERATION_COUNT]; /* streams whose start was read, and whose end was not */
    char text[LEARN_LINE_MAX];      /* a request line without its escapes */
    char path[LEARN_LINE_MAX];
};

/* Adds what one line (without its end) says. Words before the line's own beginning, as `docker
 * compose logs` and others put there, are passed over. False where it is no line of an access log:
 * nothing is added then. */
bool learn_log_line(struct learn_log *log, struct slice line, struct learn *l);

#endif
