/* The completion script for zsh: specifications for _arguments. */
#include "cli/completion.h"

#include <stdio.h>

/* Text within single quotes in a specification, where brackets and colons mean something. */
static void print_text(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];

        if (c == '\'') {
            fputs("'\\''", stdout);
            continue;
        }
        if (c == '[' || c == ']' || c == ':' || c == '\\') {
            fputc('\\', stdout);
        }
        fputc(c, stdout);
    }
}

static void print_choices(const char *words)
{
    fputc('(', stdout);
    for (const char *c = words; *c != '\0'; c++) {
        fputc(*c == '|' ? ' ' : *c, stdout);
    }
    fputc(')', stdout);
}

/* '--flag=[about]:value:(a b)' */
static void print_flag(const struct completion_flag *flag, void *context)
{
    (void)context;
    printf("    '--%.*s%s[", (int)flag->name.len, flag->name.at, flag->takes_value ? "=" : "");
    print_text(flag->about);
    fputc(']', stdout);
    if (flag->takes_value) {
        fputs(":value:", stdout);
    }
    if (flag->words != NULL) {
        print_choices(flag->words);
    } else if (flag->takes_file) {
        fputs("_files", stdout);
    }
    fputs("'\n", stdout);
}

static void print_commands(void)
{
    fputs("  local -a commands shared own\n  commands=(\n", stdout);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command *c = command_get((enum command_id)i);

        printf("    '%s:", c->name.at);
        print_text(slice_from_text(c->summary));
        fputs("'\n", stdout);
    }
    fputs("  )\n  shared=(\n", stdout);
    completion_shared_flags(print_flag, NULL);
    fputs("  )\n", stdout);
}

static void print_command(enum command_id id)
{
    const struct command *c = command_get(id);
    const char *words = completion_arguments(id);

    printf("  %s)\n    own=(\n", c->name.at);
    completion_own_flags(id, print_flag, NULL);
    if (words != NULL) {
        fputs("    '1:argument:", stdout);
        print_choices(words);
        fputs("'\n", stdout);
    }
    printf("    )\n    _arguments $own%s\n    ;;\n", c->takes_settings ? " $shared" : "");
}

void completion_print_zsh(void)
{
    fputs("#compdef dockgate\n"
          "# zsh completion for dockgate, made by `dockgate completion zsh`.\n"
          "_dockgate() {\n",
          stdout);
    print_commands();
    fputs("  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
          "    _describe -t commands command commands\n"
          "    return\n"
          "  fi\n"
          "  local command=serve\n"
          "  if [[ $words[2] != -* ]]; then\n"
          "    command=$words[2]\n"
          "    shift words\n"
          "    (( CURRENT-- ))\n"
          "  fi\n"
          "  case $command in\n",
          stdout);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        print_command((enum command_id)i);
    }
    fputs("  esac\n"
          "}\n"
          "if [[ $funcstack[1] == _dockgate ]]; then\n"
          "  _dockgate \"$@\"\n"
          "else\n"
          "  compdef _dockgate dockgate\n"
          "fi\n",
          stdout);
}
