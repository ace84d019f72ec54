/* The dialect of hectorm/cetusguard: lines of methods and a pattern with variables in it. */
#ifndef POLICY_CETUSGUARD_H
#define POLICY_CETUSGUARD_H

#include "base/diag.h"
#include "policy/dialect.h"

/* Makes the rules: the built-in ones unless CETUSGUARD_NO_BUILTIN_RULES is on, then those in
 * CETUSGUARD_RULES, in CETUSGUARD_RULES:N (further ones), and in CETUSGUARD_RULES_FILE:N, which is
 * the text of a file. What is wrong with them, and names with CETUSGUARD_ that are none, become
 * notes. Its other settings are read by cli. */
void cetusguard_compile(const struct dialect_input *in, struct policy *p,
                        struct policy_notes *notes);

/* Writes `pattern` with its %VARIABLES% replaced. False, with the reason in `d`, where one of them
 * does not exist, or `out` is full. */
bool cetusguard_expand(struct slice pattern, struct buf *out, struct diag *d);

#endif
