/* What `dockgate explain` found out about one request, for its ways of telling it. */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include "cli/advice.h"
#include "cli/view.h"
#include "inspect/requests.h"
#include "policy/label.h"

/* Longest text of what grants an operation, or why a verdict is what it is. */
#define EXPLAIN_TEXT_MAX 1024

/* What is asked: a policy, and what its view and its requests refuse of what it grants. */
struct explain_subject {
    const struct policy *policy;
    const struct cli_view *view;            /* NULL: none */
    const struct requests_policy *requests; /* NULL: none */
    const struct label *label;              /* that narrows the policy; NULL: none */
};

struct explanation {
    const struct policy *policy;
    const struct label *label; /* that narrows it; NULL: none */
    struct slice refused;      /* why the view or requests do, static; empty: they don't */
    struct slice method;
    struct slice target;
    struct verdict verdict;
    struct advice advice[ADVICE_MAX]; /* for an operation that options deny */
    size_t nadvice;
};

/* Decides as the gate does behind its reader of heads: what is no method or too long is rejected.
 * `*refused`: why the view or the requests refuse it, static; empty where they don't. */
struct verdict explain_decide(const struct explain_subject *s, struct slice method,
                              struct slice target, struct policy_room *room, struct slice *refused);

/* "allow", "deny", "reject". */
struct slice explain_verdict_word(enum verdict_kind kind);

/* Whether options of the environment decided, not rules, a file or a view. */
bool explain_options_decide(const struct explanation *e);

/* Appends what decided: "CONTAINERS and POST are off". */
void explain_put_reason(const struct explanation *e, struct buf *out);

/* Write all of it to standard output. */
void explain_print_text(const struct explanation *e);
void explain_print_json(const struct explanation *e);

/* Decides lines from standard input. Returns the exit status. */
int explain_batch(const struct explain_subject *s);

#endif
