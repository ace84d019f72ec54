/* Which of many patterns can match a text at all: those whose needed texts are in it. */
#ifndef POLICY_RULE_INDEX_H
#define POLICY_RULE_INDEX_H

#include "policy/need.h"

/* Built once, then read only. Its rules are counted from 0 in the order in which they came. */
struct rule_index;

/* NULL without memory. */
struct rule_index *rule_index_new(void);
void rule_index_free(struct rule_index *x);

/* The next rule; copies what its pattern needs. False without memory. */
bool rule_index_add(struct rule_index *x, const struct needs *needs);

/* Makes it ready for rule_index_find. False without memory. */
bool rule_index_seal(struct rule_index *x);

/* A bit a rule in words of 64. */
#define RULE_INDEX_WORDS(nrules) (((nrules) + 63) / 64)

/* Sets the bits of the rules that can match `text`, which must be well-formed UTF-8, and clears all
 * others. A rule whose needs were whole matches if its bit is set. */
void rule_index_find(const struct rule_index *x, struct slice text, uint64_t *bits);

#endif
