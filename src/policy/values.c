/* The reader of variables: which options they set, and which of them only look like options.
 * A gate must not start on a misspelt option as if nothing had been said. */
#include "policy/values.h"

#include "policy/link.h"
#include "policy/nearest.h"

#define TEXT(literal)                                                                              \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

/* So many edits away a name is taken for a misspelt option. */
#define EDITS_MAX 2

/* Up to this length two edits are half of the name (PATH is that near to AUTH), so such a variable
 * must also hold the value of a switch to be taken for one. */
#define SHORT_NAME 5

static const struct slice prefix_own = TEXT("DOCKGATE_");
static const struct slice name_strict = TEXT("DOCKGATE_STRICT");
static const struct slice name_unknown = TEXT("DOCKGATE_UNKNOWN");
static const struct slice name_dialect = TEXT("DOCKGATE_DIALECT");

static void note(struct policy_notes *notes, enum note_kind kind, struct slice name,
                 struct slice between, struct slice outside, struct slice end)
{
    struct slice parts[] = {SLICE(""), name, between, outside, end};
    policy_note_add(notes, kind, parts, sizeof(parts) / sizeof(parts[0]));
}

static void note_bad_switch(const struct policy_variable *v, struct policy_notes *notes)
{
    note(notes, NOTE_ERROR, v->name, SLICE("=\""), v->value,
         SLICE("\" is no switch: use 1 or 0 (or true, false, yes, no, on, off)"));
}

static bool read_switch(const struct policy_variable *v, bool *on, struct policy_notes *notes)
{
    bool ok = option_read_switch(v->value, on);
    if (!ok) {
        note_bad_switch(v, notes);
    }
    return ok;
}

/* An option's value, as its dialect reads it. */
static void read_option(enum dialect_id dialect, const struct policy_variable *v, uint8_t *state,
                        struct policy_notes *notes)
{
    enum dialect_switch s = dialect_read_switch(dialect, v->value);
    switch (s) {
    case DIALECT_SWITCH_BAD:
        note_bad_switch(v, notes);
        return;
    case DIALECT_SWITCH_WORD:
        note(notes, NOTE_REMARK, v->name, SLICE("=\""), v->value,
             SLICE("\" is on; the original proxy read it as off"));
        break;
    case DIALECT_SWITCH_ODD:
        note(notes, NOTE_WARNING, v->name, SLICE("=\""), v->value,
             SLICE("\" is off, as the original proxy read it; use 1 or 0"));
        break;
    case DIALECT_SWITCH_OFF:
    case DIALECT_SWITCH_ON:
        break;
    }
    *state = s == DIALECT_SWITCH_ON || s == DIALECT_SWITCH_WORD ? OPTION_ON : OPTION_OFF;
}

static void read_own(const struct policy_variable *v, struct option_values *values,
                     struct policy_notes *notes)
{
    if (slice_equal(v->name, name_strict)) {
        read_switch(v, &values->strict, notes);
    } else if (slice_equal(v->name, name_unknown)) {
        values->unknown_warns = slice_equal_nocase(v->value, SLICE("warn"));
        if (!values->unknown_warns && !slice_equal_nocase(v->value, SLICE("error"))) {
            note(notes, NOTE_ERROR, v->name, SLICE("=\""), v->value,
                 SLICE("\" is neither warn nor error"));
        }
    }
}

static bool is_setting(struct slice name, const struct policy_known *known)
{
    for (size_t i = 0; i < known->n; i++) {
        if (slice_equal(name, known->names[i])) {
            return true;
        }
    }
    return slice_equal(name, name_strict) || slice_equal(name, name_unknown) ||
           slice_equal(name, name_dialect);
}

static struct slice nearest_setting(struct slice wanted, const struct policy_known *known,
                                    size_t *distance)
{
    struct slice best = {NULL, 0};
    nearest_try(wanted, name_strict, &best, distance);
    nearest_try(wanted, name_unknown, &best, distance);
    nearest_try(wanted, name_dialect, &best, distance);
    for (size_t i = 0; i < known->n; i++) {
        if (slice_starts_with(known->names[i], prefix_own)) {
            nearest_try(wanted, known->names[i], &best, distance);
        }
    }
    return best;
}

static struct slice nearest_option(enum dialect_id dialect, struct slice wanted, size_t *distance)
{
    struct slice best = {NULL, 0};
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (dialect_knows(dialect, (option_id)i)) {
            nearest_try(wanted, option_name((option_id)i), &best, distance);
        }
    }
    return best;
}

/* "CONTAINERS_" of a known section, and something behind it. */
static bool has_section(struct slice name)
{
    static const struct slice sections[] = {
#define OPTION_SECTION(section, sentence) TEXT(#section "_"),
#include "policy/sections.def"
#undef OPTION_SECTION
        TEXT("EVENTS_"),
        TEXT("INFO_"),
        TEXT("PING_"),
        TEXT("VERSION_"),
    };
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        if (slice_starts_with(name, sections[i])) {
            return true;
        }
    }
    return false;
}

static bool looks_misspelt(const struct policy_variable *v, size_t distance, struct slice nearest)
{
    if (distance > EDITS_MAX) {
        return false;
    }
    bool on;
    bool is_short = v->name.len <= SHORT_NAME || nearest.len <= SHORT_NAME;
    /* The width of a terminal, as shells and container engines pass it on, is two edits from
     * VOLUMES. */
    is_short = is_short || slice_equal(v->name, SLICE("COLUMNS"));
    return distance < EDITS_MAX || !is_short || option_read_switch(v->value, &on);
}

/* In the words of cli/settings, so that it is told once. */
static void note_setting(struct slice name, struct slice nearest, size_t distance,
                         struct policy_notes *notes)
{
    struct slice own =
        slice_starts_with(name, prefix_own) ? slice_sub(name, prefix_own.len, name.len) : name;

    if (nearest_is_close(own, distance)) {
        note(notes, NOTE_ERROR, name, SLICE(" is no setting; the nearest is "), nearest, SLICE(""));
    } else {
        note(notes, NOTE_ERROR, name, SLICE(" is no setting; dockgate serve --help lists them"),
             SLICE(""), SLICE(""));
    }
}

/* A variable that is neither option nor setting: finds out whether it was meant to be one. */
static void read_unknown(enum dialect_id dialect, const struct policy_variable *v,
                         const struct policy_known *known, bool warns, struct policy_notes *notes)
{
    bool is_ours = slice_starts_with(v->name, prefix_own);
    bool is_in_section = has_section(v->name);
    size_t setting_distance = is_ours ? NEAREST_FAR : EDITS_MAX + 1;
    struct slice setting = nearest_setting(v->name, known, &setting_distance);
    size_t option_distance = is_in_section ? NEAREST_FAR : EDITS_MAX + 1;
    struct slice option = nearest_option(dialect, v->name, &option_distance);
    enum note_kind kind = warns ? NOTE_WARNING : NOTE_ERROR;

    if (is_ours || setting_distance <= EDITS_MAX) {
        /* A setting of ours that is none is never what somebody else needs. */
        note_setting(v->name, setting, setting_distance, notes);
    } else if (is_in_section || looks_misspelt(v, option_distance, option)) {
        note(notes, kind, v->name, SLICE(" is no option; the nearest is "), option,
             SLICE(" (DOCKGATE_UNKNOWN=warn lets the gate start all the same)"));
    } else if (option_find_flag(v->name) != OPTION_NONE) {
        note(notes, NOTE_WARNING, v->name,
             SLICE(" is ignored: names of options are in capitals, as in "),
             option_name(option_find_flag(v->name)), SLICE(""));
    }
}

/* A word of other dialects. */
static void read_foreign(enum dialect_id dialect, const struct policy_variable *v, bool warns,
                         struct policy_notes *notes)
{
    note(notes, warns ? NOTE_WARNING : NOTE_ERROR, v->name, SLICE(" is no option of the dialect "),
         dialect_get(dialect)->name,
         SLICE(" (DOCKGATE_UNKNOWN=warn lets the gate start all the same)"));
}

static void read_variable(enum dialect_id dialect, const struct policy_variable *v,
                          const struct policy_known *known, struct option_values *values,
                          struct policy_notes *notes)
{
    option_id option = option_find(v->name);
    if (option == OPTION_NONE) {
        if (!is_setting(v->name, known) && !link_is(v->name, v->value)) {
            read_unknown(dialect, v, known, values->unknown_warns, notes);
        }
    } else if (dialect_knows(dialect, option)) {
        read_option(dialect, v, &values->state[option], notes);
    } else {
        read_foreign(dialect, v, values->unknown_warns, notes);
    }
}

void option_values_read(enum dialect_id dialect, const struct policy_variable *variables, size_t n,
                        const struct policy_known *known, struct option_values *values,
                        struct policy_notes *notes)
{
    bool options = dialect_get(dialect)->kind == DIALECT_OPTIONS;
    *values = (struct option_values){.strict = false};
    for (size_t i = 0; i < n; i++) {
        read_own(&variables[i], values, notes);
    }
    for (size_t i = 0; i < n; i++) {
        if (options) {
            read_variable(dialect, &variables[i], known, values, notes);
        } else if (slice_equal(variables[i].name, option_name(OPTION_DESCRIPTIVE_ERRORS))) {
            read_option(DIALECT_MJMCCANS, &variables[i], &values->state[OPTION_DESCRIPTIVE_ERRORS],
                        notes);
        }
    }
}

size_t option_values_write(const uint8_t *state, enum dialect_id dialect,
                           struct policy_variable *variables)
{
    static const struct {
        enum option_state state;
        struct slice value;
    } passes[] = {{OPTION_ON, SLICE_INIT("1")}, {OPTION_OFF, SLICE_INIT("0")}};
    size_t n = 0;
    if (dialect != DIALECT_NONE) {
        variables[n++] =
            (struct policy_variable){SLICE("DOCKGATE_DIALECT"), dialect_get(dialect)->name};
    }
    for (size_t pass = 0; pass < sizeof(passes) / sizeof(passes[0]); pass++) {
        for (size_t i = 0; i < OPTION_COUNT; i++) {
            if (state[i] == passes[pass].state) {
                variables[n++] =
                    (struct policy_variable){option_name((option_id)i), passes[pass].value};
            }
        }
    }
    return n;
}
