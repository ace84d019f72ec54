/* The steps that each dialect of rules takes from its variables to a list. */
#include "policy/rules_reader.h"

#include "policy/nearest.h"

static void note(struct policy_notes *notes, enum note_kind kind, struct slice name,
                 struct slice between, struct slice outside, struct slice end)
{
    struct slice parts[] = {SLICE(""), name, between, outside, end};
    policy_note_add(notes, kind, parts, sizeof(parts) / sizeof(parts[0]));
}

bool rules_begin(struct policy *p, struct policy_notes *notes)
{
    p->rules = rule_list_new();
    if (p->rules == NULL) {
        note(notes, NOTE_ERROR, SLICE(""), SLICE("no memory for rules"), SLICE(""), SLICE(""));
    }
    return p->rules != NULL;
}

void rules_add(struct policy *p, struct rule_text text, struct policy_notes *notes)
{
    struct diag d;

    if (!rule_list_add(p->rules, text, &d)) {
        struct slice parts[] = {SLICE(""),    text.name,   SLICE("="),
                                text.pattern, SLICE(": "), slice_from_text(d.text)};
        policy_note_add(notes, NOTE_ERROR, parts, sizeof(parts) / sizeof(parts[0]));
    }
}

void rules_end(struct policy *p, struct slice remedy, struct policy_notes *notes)
{
    if (!rule_list_seal(p->rules)) {
        note(notes, NOTE_ERROR, SLICE(""), SLICE("no memory for rules"), SLICE(""), SLICE(""));
    } else if (rule_list_count(p->rules) == 0) {
        note(notes, NOTE_WARNING, SLICE(""),
             SLICE("there is no rule, so every request is denied; "), remedy, SLICE(" adds one"));
    }
}

bool rules_known_name(struct slice name, const struct slice *names, size_t n,
                      enum note_kind unknown, struct policy_notes *notes)
{
    struct slice best = {NULL, 0};
    size_t distance = NEAREST_FAR;

    for (size_t i = 0; i < n; i++) {
        if (slice_equal(name, names[i])) {
            return true;
        }
        nearest_try(name, names[i], &best, &distance);
    }
    note(notes, unknown, name, SLICE(" is no setting of this dialect; the nearest is "),
         best.at == NULL ? names[0] : best,
         SLICE(" (DOCKGATE_UNKNOWN=warn lets the gate start all the same)"));
    return false;
}
