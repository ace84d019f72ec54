/* The completion script for fish: one `complete` line a flag. */
#include "cli/completion.h"

#include <stdio.h>

/* Text within single quotes, where a backslash and the quote need a backslash. */
static void print_quoted(struct slice text)
{
    fputc('\'', stdout);
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '\'' || text.at[i] == '\\') {
            fputc('\\', stdout);
        }
        fputc(text.at[i], stdout);
    }
    fputc('\'', stdout);
}

static void print_choices(const char *words)
{
    fputs(" -x -a '", stdout);
    for (const char *c = words; *c != '\0'; c++) {
        fputc(*c == '|' ? ' ' : *c, stdout);
    }
    fputc('\'', stdout);
}

/* `context`: the condition under which the flag is offered. */
static void print_flag(const struct completion_flag *flag, void *context)
{
    const char *condition = context;

    printf("complete -c dockgate -n '%s' -l %.*s", condition, (int)flag->name.len, flag->name.at);
    if (flag->words != NULL) {
        print_choices(flag->words);
    } else if (flag->takes_file) {
        fputs(" -r -F", stdout);
    } else if (flag->takes_value) {
        fputs(" -x", stdout);
    }
    fputs(" -d ", stdout);
    print_quoted(flag->about);
    fputc('\n', stdout);
}

static void print_command(enum command_id id)
{
    const struct command *c = command_get(id);
    const char *words = completion_arguments(id);
    char condition[128];

    printf("complete -c dockgate -n __fish_use_subcommand -a %s -d ", c->name.at);
    print_quoted(slice_from_text(c->summary));
    fputc('\n', stdout);
    (void)snprintf(condition, sizeof(condition), "__fish_seen_subcommand_from %s", c->name.at);
    completion_own_flags(id, print_flag, condition);
    if (words != NULL) {
        printf("complete -c dockgate -n '%s'", condition);
        print_choices(words);
        fputc('\n', stdout);
    }
}

/* Whatever takes settings, serve without its name among it. */
static void print_shared_condition(char *condition, size_t max)
{
    int n = snprintf(condition, max, "not __fish_seen_subcommand_from");

    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command *c = command_get((enum command_id)i);

        if (!c->takes_settings && n > 0 && (size_t)n < max) {
            n += snprintf(condition + n, max - (size_t)n, " %s", c->name.at);
        }
    }
}

void completion_print_fish(void)
{
    char condition[512];

    fputs("# fish completion for dockgate, made by `dockgate completion fish`.\n"
          "complete -c dockgate -f\n"
          "complete -c dockgate -n __fish_use_subcommand -l help -d 'list the commands'\n"
          "complete -c dockgate -n __fish_use_subcommand -l version -d 'version and libraries'\n",
          stdout);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        print_command((enum command_id)i);
    }
    print_shared_condition(condition, sizeof(condition));
    completion_shared_flags(print_flag, condition);
}
