/* The settings of views, DOCKGATE_REDACT and DOCKGATE_VISIBLE: what clients see of the engine's
 * answers. */
#ifndef CLI_VIEW_H
#define CLI_VIEW_H

#include "cli/own.h"
#include "cli/settings.h"
#include "inspect/answers.h"
#include "policy/policy.h"

/* A view and what it borrows; the texts themselves belong to the settings. Free with
 * cli_view_free. */
struct cli_view {
    struct answers_policy *answers; /* NULL: everything is seen as it is */
    struct answers_settings settings;
    struct operation_set raw;
    const struct owned_policy *own; /* who says what may be reached; NULL: nobody */
    struct slice keep[ANSWERS_LIST_MAX];
    struct slice labels[ANSWERS_LIST_MAX];
    struct slice visible_labels[ANSWERS_LIST_MAX];
    struct slice visible_names[ANSWERS_LIST_MAX];
};

/* What says what is hidden: the words, with commas between them, and who says them (DOCKGATE_REDACT
 * or answers.redact), for messages. */
struct cli_view_words {
    struct slice redact;
    struct slice visible;
    const char *redact_name;
    const char *visible_name;
};

struct cli_view_words cli_view_words(const struct settings *s);

/* Whether each of the words is one. False and `d`: not so; where `whole`, also when they make no
 * sense together. */
bool cli_view_check(const struct cli_view_words *words, bool whole, struct diag *d);

/* Reads both. Under an owner what is visible are its things
 * and what is shared; else `own` becomes what the view says, and `requests` (NULL: none) may name
 * nothing else. All three must stay where they are. Raw content (logs, files) stays allowed where
 * the policy grants it by an option of its own or by a preset, not by a section. False and `d`
 * where a word is wrong. */
bool cli_view_read(const struct cli_view_words *words, const struct policy *p, struct cli_own *own,
                   struct requests_policy *requests, struct cli_view *v, struct diag *d);

/* Takes out of `set` what the view refuses whatever the request says. */
void cli_view_narrow(const struct cli_view *v, struct operation_set *set);

/* Why the view, or ownership, refuses an operation with that query, whatever it names; static text,
 * empty: it does not. `*rule`: which of both. Where a body has to be, it is taken to be there. */
struct slice cli_view_refusal(const struct cli_view *v, enum operation_id op, struct slice query,
                              struct slice *rule);

void cli_view_free(struct cli_view *v);

#endif
