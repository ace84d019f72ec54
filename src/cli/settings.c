/* Reads the gate's own settings: the table in settings.def, and a small interpreter of it, one
 * function a kind. Errors name the variable, its value, and what is accepted. */
#include "cli/settings.h"

#include "policy/link.h"
#include "policy/nearest.h"
#include "policy/option.h"

enum setting_kind {
    KIND_TEXT,
    KIND_TIME,
    KIND_COUNT,
    KIND_MODE,
    KIND_SWITCH,
    KIND_WORD,
};

static const struct setting_row ROWS[SETTING_COUNT] = {
#define SETTING(id, name, kind, ...) {{"" name, sizeof(name) - 1}, __VA_ARGS__},
#include "cli/settings.def"
#undef SETTING
};

static const enum setting_kind KINDS[SETTING_COUNT] = {
#define SETTING(id, name, kind, ...) KIND_##kind,
#include "cli/settings.def"
#undef SETTING
};

#define COUNT_MAX   1000000
#define WORKERS_MAX 64
#define TIME_MAX_MS UINT64_C(604800000) /* a week; fits 32 bits */
#define MODE_MAX    0777

/* Values in messages are cut here. */
#define SHOWN 100

const struct setting_row *setting_row_get(enum setting_id id)
{
    return &ROWS[id];
}

const char *setting_words(enum setting_id id)
{
    switch (KINDS[id]) {
    case KIND_WORD:
        return ROWS[id].accepts;
    case KIND_SWITCH:
        return "1|0";
    case KIND_TEXT:
    case KIND_TIME:
    case KIND_COUNT:
    case KIND_MODE:
        break;
    }
    return NULL;
}

enum setting_id setting_find(struct slice name)
{
    size_t i = 0;

    while (i < SETTING_COUNT && !slice_equal(ROWS[i].name, name)) {
        i++;
    }
    return (enum setting_id)i;
}

bool settings_read_time(struct slice text, uint64_t *ms)
{
    static const struct {
        struct slice unit;
        uint64_t ms;
    } UNITS[] = {{{"ms", 2}, 1}, {{"s", 1}, 1000}, {{"m", 1}, 60000}, {{"h", 1}, 3600000}};
    uint64_t factor = 1000;
    uint64_t number;

    for (size_t i = 0; i < sizeof(UNITS) / sizeof(UNITS[0]); i++) {
        if (slice_ends_with(text, UNITS[i].unit)) {
            factor = UNITS[i].ms;
            text.len -= UNITS[i].unit.len;
            break;
        }
    }
    if (!slice_to_u64(text, 10, TIME_MAX_MS / factor, &number)) {
        return false;
    }
    *ms = number * factor;
    return true;
}

/* The place of `text` in a list "a|b|c". */
static bool read_word(struct slice text, struct slice list, uint64_t *place)
{
    struct slice word;

    for (*place = 0; slice_next(&list, '|', &word); (*place)++) {
        if (slice_equal_nocase(word, text)) {
            return true;
        }
    }
    return false;
}

static bool read_switch(struct slice text, uint64_t *number)
{
    bool on = false;
    bool ok = option_read_switch(text, &on);

    *number = on ? 1 : 0;
    return ok;
}

static bool read_value(enum setting_id id, struct slice text, uint64_t *number)
{
    switch (KINDS[id]) {
    case KIND_TEXT:
        return true;
    case KIND_TIME:
        return settings_read_time(text, number) && (*number > 0 || id == SETTING_ENGINE_TIMEOUT ||
                                                    id == SETTING_GRACE || id == SETTING_WATCHDOG);
    case KIND_COUNT:
        return slice_to_u64(text, 10, id == SETTING_WORKERS ? WORKERS_MAX : COUNT_MAX, number) &&
               *number > 0;
    case KIND_MODE:
        return slice_to_u64(text, 8, MODE_MAX, number);
    case KIND_SWITCH:
        return read_switch(text, number);
    case KIND_WORD:
        return read_word(text, slice_from_text(ROWS[id].accepts), number);
    }
    return false;
}

static void set_default(enum setting_id id, struct settings *s)
{
    s->at[id] = (struct setting_value){.text = slice_from_text(ROWS[id].fallback)};
    if (s->at[id].text.len > 0) {
        (void)read_value(id, s->at[id].text, &s->at[id].number); /* a test reads all defaults */
    }
}

/* Empty is as good as not set: compose files pass variables on that way. */
static bool set_value(enum setting_id id, struct slice text, struct settings *s, struct diag *d)
{
    int len = (int)(text.len < SHOWN ? text.len : SHOWN);

    if (text.len == 0) {
        set_default(id, s);
        return true;
    }
    s->at[id] = (struct setting_value){.set = true, .text = text};
    if (read_value(id, text, &s->at[id].number)) {
        return true;
    }
    return diag_set(d, "%s=%.*s: accepted is %s", ROWS[id].name.at, len, text.at, ROWS[id].accepts);
}

static bool unknown_name(struct slice name, struct diag *d)
{
    struct slice best = {NULL, 0};
    size_t distance = NEAREST_FAR;

    for (size_t i = 0; i < SETTING_COUNT; i++) {
        nearest_try(name, ROWS[i].name, &best, &distance);
    }
    int len = (int)(name.len < SHOWN ? name.len : SHOWN);
    if (!nearest_is_close(slice_sub(name, sizeof("DOCKGATE_") - 1, name.len), distance)) {
        return diag_set(d, "%.*s is no setting; dockgate serve --help lists them", len, name.at);
    }
    return diag_set(d, "%.*s is no setting; the nearest is %.*s", len, name.at, (int)best.len,
                    best.at);
}

static bool read_variable(struct slice variable, struct settings *s, struct diag *d)
{
    size_t equals = slice_find(variable, '=');

    if (variable.at == NULL || equals == variable.len) {
        return true;
    }
    struct slice name = slice_of(variable.at, equals);
    struct slice value = slice_of(variable.at + equals + 1, variable.len - equals - 1);
    enum setting_id id = setting_find(name);

    if (id != SETTING_COUNT) {
        return set_value(id, value, s, d);
    }
    return !slice_starts_with(name, SLICE("DOCKGATE_")) || link_is(name, value) ||
           unknown_name(name, d);
}

bool settings_read(char *const *variables, struct settings *s, struct diag *d)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        set_default((enum setting_id)i, s);
    }
    for (size_t i = 0; variables[i] != NULL; i++) {
        if (!read_variable(slice_from_text(variables[i]), s, d)) {
            return false;
        }
    }
    return true;
}
