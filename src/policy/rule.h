/* Rules: methods and a pattern on the whole path; whichever matches allows. */
#ifndef POLICY_RULE_H
#define POLICY_RULE_H

#include "policy/pattern.h"

/* More is a mistake. */
#define RULES_MAX 10000

/* A rule for people, as it was written; borrowed from its list. */
struct rule_text {
    struct slice methods; /* "GET,HEAD" */
    struct slice pattern;
    struct slice name; /* where it comes from: "SP_ALLOW_GET_2" */
};

/* Built once, then read only; shared by all workers. */
struct rule_list;

/* An empty list; NULL without memory. */
struct rule_list *rule_list_new(void);
void rule_list_free(struct rule_list *l);

/* Adds a rule; copies all of it. `methods`: names in capitals, separated by commas. False, with the
 * reason in `d`, where a method is none, the pattern is refused, or there is no memory. */
bool rule_list_add(struct rule_list *l, struct rule_text text, struct diag *d);

/* Makes the list ready for rule_list_match; to be called when all rules are in. False without
 * memory. */
bool rule_list_seal(struct rule_list *l);

size_t rule_list_count(const struct rule_list *l);
struct rule_text rule_list_get(const struct rule_list *l, size_t i);

/* The answer to one request: `method`, and `path` as it is after decoding. `*name` is set to the
 * name of the first rule in the list that matches, or whose match was given up: no other rule is
 * asked then. A path that is no UTF-8 matches nothing. */
enum pattern_answer rule_list_match(const struct rule_list *l, struct slice method,
                                    struct slice path, struct pattern_room *room,
                                    struct slice *name);

#endif
