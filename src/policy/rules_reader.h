/* What the dialects of rules share: adding a rule and saying what is wrong with it, and names that
 * their proxies don't have. */
#ifndef POLICY_RULES_READER_H
#define POLICY_RULES_READER_H

#include "policy/notes.h"
#include "policy/policy.h"

/* Starts the list of rules; false, with a note, where there is no memory. */
bool rules_begin(struct policy *p, struct policy_notes *notes);

/* Adds a rule; what is wrong with it becomes an error that begins with its name. */
void rules_add(struct policy *p, struct rule_text text, struct policy_notes *notes);

/* Makes the list ready, and warns where it is empty. `remedy` names what adds rules. */
void rules_end(struct policy *p, struct slice remedy, struct policy_notes *notes);

/* Whether `name` is one of the `n` names. Where it is none, a note names the nearest. */
bool rules_known_name(struct slice name, const struct slice *names, size_t n,
                      enum note_kind unknown, struct policy_notes *notes);

#endif
