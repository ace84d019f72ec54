/* All flags of a command, out of the tables of commands, settings and options. */
#include "cli/completion.h"

#include "cli/settings.h"
#include "cli/variables.h"
#include "policy/option.h"

void completion_own_flags(enum command_id command, completion_visit *visit, void *context)
{
    static const struct completion_flag help = {.name = SLICE_INIT("help"),
                                                .about = SLICE_INIT("say what the command does")};

    for (size_t i = 0; i < FLAG_COUNT; i++) {
        const struct command_flag *f = command_flag_get((enum command_flag_id)i);
        struct completion_flag flag = {
            .name = f->name,
            .words = strchr(f->value, '|') != NULL ? f->value : NULL,
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

        visit_variable(row->name, setting_words((enum setting_id)i), slice_from_text(row->help),
                       visit, context);
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *o = option_get((option_id)i);

        visit_variable(o->name, "1|0", o->sentence, visit, context);
    }
}
