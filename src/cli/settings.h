/* The gate's own settings: one table (settings.def), read from variables by one small interpreter.
 */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "base/diag.h"

enum setting_id {
#define SETTING(id, ...) SETTING_##id,
#include "cli/settings.def"
#undef SETTING
    SETTING_COUNT,
};

/* The places of DOCKGATE_MODE's words in their list. */
enum { SETTINGS_MODE_ENFORCE, SETTINGS_MODE_OBSERVE };

/* The first of DOCKGATE_REQUESTS's. */
enum { SETTINGS_REQUESTS_NONE };

/* One setting's effective value; `text` borrows from the variable or the table. */
struct setting_value {
    bool set; /* by the user, not by default */
    struct slice text;
    uint64_t number; /* TIME: milliseconds; COUNT, MODE, SWITCH: the value; WORD: its place in the
                        list */
};

struct settings {
    struct setting_value at[SETTING_COUNT];
};

/* What the table says of one setting; all static, terminated text. */
struct setting_row {
    struct slice name; /* the variable */
    const char *accepts;
    const char *fallback; /* the default */
    const char *help;
};

const struct setting_row *setting_row_get(enum setting_id id);

/* The words that a setting accepts ("all|denied|off"), or NULL where it accepts anything else. */
const char *setting_words(enum setting_id id);

/* The row of that variable, or SETTING_COUNT. */
enum setting_id setting_find(struct slice name);

/* Reads "10", "10s", "500ms", "2m", "1h" in milliseconds, up to a week. False for anything else. */
bool settings_read_time(struct slice text, uint64_t *ms);

/* Reads variables ("NAME=VALUE", NULL at the end; the last of two wins; others are ignored). The
 * variables must outlive `s`. On a bad value, or a DOCKGATE_ name that is none, false; `d` names
 * it, its value and what is accepted. */
bool settings_read(char *const *variables, struct settings *s, struct diag *d);

#endif
