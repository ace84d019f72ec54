/* All flags of a command, out of the tables of commands, settings and options. */
#include "cli/completion.h"

#include "base/buf.h"
#include "cli/settings.h"
#include "cli/variables.h"
#include "policy/option.h"
#include "policy/preset.h"

/* "a|b" of all names of presets; made once. */
static const char *preset_words(void)
{
    static char storage[8192];
    struct buf b;

    buf_init(&b, storage, sizeof(storage) - 1);
    for (size_t i = 0; i < preset_count(); i++) {
        const struct preset *p = preset_get(i);

        (void)(buf_put(&b, i == 0 ? SLICE("") : SLICE("|")) && buf_put(&b, p->name));
        (void)(p->alias.len == 0 || (buf_put(&b, SLICE("|")) && buf_put(&b, p->alias)));
    }
    return storage;
}

const char *completion_words(const char *value)
{
    if (strcmp(value, "PRESET") == 0) {
        return preset_words();
    }
    return strchr(value, '|') != NULL ? value : NULL;
}

const char *completion_arguments(enum command_id command)
{
    const char *words = command_words(command);

    return words == NULL ? NULL : completion_words(words);
}

void completion_own_flags(enum command_id command, completion_visit *visit, void *context)
{
    static const struct completion_flag help = {.name = SLICE_INIT("help"),
                                                .about = SLICE_INIT("say what the command does")};

    for (size_t i = 0; i < FLAG_COUNT; i++) {
        const struct command_flag *f = command_flag_get((enum command_flag_id)i);
        struct completion_flag flag = {
            .name = f->name,
            .words = completion_words(f->value),
            .takes_value = f->value[0] != '\0',
            .takes_file = strcmp(f->value, "FILE") == 0,
            .about = slice_from_text(f->help),
        };

        if (f->command == command) {
            visit(&flag, context);
        }
    }
    visit(&help, context);
}

static void visit_variable(struct slice variable, const char *words, struct slice about,
                           completion_visit *visit, void *context)
{
    char storage[VARIABLES_NAME_MAX];
    struct completion_flag flag = {
        .name = variables_flag(variable, storage),
        .words = words,
        .takes_value = true,
        .about = about,
    };

    visit(&flag, context);
}

void completion_shared_flags(completion_visit *visit, void *context)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting_row *row = setting_row_get((enum setting_id)i);

        const char *words =
            i == SETTING_PRESET ? preset_words() : setting_words((enum setting_id)i);

        visit_variable(row->name, words, slice_from_text(row->help), visit, context);
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *o = option_get((option_id)i);

        visit_variable(o->name, "1|0", o->sentence, visit, context);
    }
}
