/* What a policy says of requests: options, profiles of them, and where a value stands. */
#ifndef INSPECT_REQUESTS_POLICY_H
#define INSPECT_REQUESTS_POLICY_H

#include "api/operation.h"
#include "base/diag.h"

enum requests_option {
#define REQUESTS_OPTION(id, ...) REQUESTS_##id,
#include "inspect/requests_options.def"
#undef REQUESTS_OPTION
    REQUESTS_OPTIONS,
};

enum requests_option_kind {
    REQUESTS_KIND_SWITCH,
    REQUESTS_KIND_LIST,
    REQUESTS_KIND_SIZE,
    REQUESTS_KIND_CPUS,
    REQUESTS_KIND_COUNT,
};

/* What the tables say of an option or a profile; static text. */
struct requests_option_row {
    struct slice name;
    struct slice rule; /* "requests.NAME" */
    enum requests_option_kind kind;
    struct slice help;
};
struct requests_profile_row {
    struct slice name;
    struct slice help;
};

/* Compiled once, then read only; shared by all workers. */
struct requests_policy;

/* A new policy under that name (for messages) with a profile's settings; heap. NULL without memory,
 * and where there is no such profile; `d` says so and names the nearest. */
struct requests_policy *requests_policy_new(struct slice name, struct slice profile,
                                            struct diag *d);
void requests_policy_free(struct requests_policy *p);

/* Sets an option in words: a switch is "true" or "false", a list the words separated by commas (it
 * takes the place of the list that was there). False and `d` where the option is none, or its value
 * is not what it accepts. */
bool requests_policy_set(struct requests_policy *p, struct slice option, struct slice value,
                         struct diag *d);

/* Adds one word, commas and all, to a list; sets any other option. Errors as above. */
bool requests_policy_add(struct requests_policy *p, struct slice option, struct slice word,
                         struct diag *d);

/* Empties a list, so that words can be added to it. Other kinds stay. */
bool requests_policy_clear(struct requests_policy *p, struct slice option, struct diag *d);

/* The rows of the tables: the options, and the profiles up to NULL. */
const struct requests_option_row *requests_option_get(enum requests_option id);
const struct requests_profile_row *requests_profile_get(size_t i);

/* What a policy says. `requests_number` is bytes, billionths of a processor, or a count; 0: no
 * ceiling. */
struct slice requests_policy_name(const struct requests_policy *p);
bool requests_on(const struct requests_policy *p, enum requests_option id);
uint64_t requests_number(const struct requests_policy *p, enum requests_option id);
size_t requests_count(const struct requests_policy *p, enum requests_option id);
struct slice requests_word(const struct requests_policy *p, enum requests_option id, size_t i);

/* Whether the operation passes although it can't be checked. */
bool requests_passes_unchecked(const struct requests_policy *p, enum operation_id op);
struct operation_set requests_unchecked(const struct requests_policy *p);

/* Who says what requests may name, an owner or a view; what they make bears an owner's label.
 * Borrowed; NULL: nobody does, the beginning. False and `d` where it can't be. `requests_owner`:
 * the same, but NULL where a view says it. */
struct owned_policy;
bool requests_policy_own(struct requests_policy *p, const struct owned_policy *own, struct diag *d);
const struct owned_policy *requests_own(const struct requests_policy *p);
const struct owned_policy *requests_owner(const struct requests_policy *p);

/* Whether something has to be added to bodies that pass. */
bool requests_adds(const struct requests_policy *p);

/* Whether a list names `text` itself, or by a pattern ("*" is any bytes). */
bool requests_names(const struct requests_policy *p, enum requests_option id, struct slice text);
bool requests_matches(const struct requests_policy *p, enum requests_option id, struct slice text);

/* Whether `text` is what `pattern` says, in which "*" stands for any bytes. */
bool requests_glob(struct slice pattern, struct slice text);

#endif
