/* The command completion, and the script for bash: the words of each place, made from the tables
 * when the script is written, so that completing starts no process. */
#include "cli/completion.h"

#include "cli/load.h"

/* Words of a "a|b" list, with blanks between. */
static void print_words(const char *words)
{
    for (const char *c = words; *c != '\0'; c++) {
        fputc(*c == '|' ? ' ' : *c, stdout);
    }
}

static void print_name(const struct completion_flag *flag, void *context)
{
    (void)context;
    printf(" --%.*s%s", (int)flag->name.len, flag->name.at, flag->takes_value ? "=" : "");
}

/* The case for the values of one flag; `context` is the command's name, or "*". */
static void print_values(const struct completion_flag *flag, void *context)
{
    const char *command = context;

    if (flag->takes_file) {
        printf("        %s:--%.*s) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n", command,
               (int)flag->name.len, flag->name.at);
    } else if (flag->words != NULL) {
        printf("        %s:--%.*s) COMPREPLY=($(compgen -W '", command, (int)flag->name.len,
               flag->name.at);
        print_words(flag->words);
        fputs("' -- \"$cur\")) ;;\n", stdout);
    }
}

static void print_bash_commands(void)
{
    fputs("    local commands='", stdout);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        printf("%s%s", i == 0 ? "" : " ", command_get((enum command_id)i)->name.at);
    }
    fputs(" --help --version'\n    local shared='", stdout);
    completion_shared_flags(print_name, NULL);
    fputs("'\n", stdout);
}

static void print_bash_flags(void)
{
    fputs("    case $command in\n", stdout);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command *c = command_get((enum command_id)i);
        const char *words = completion_arguments((enum command_id)i);

        printf("        %s) flags='", c->name.at);
        completion_own_flags((enum command_id)i, print_name, NULL);
        printf("'%s words='", c->takes_settings ? "$shared" : "");
        print_words(words == NULL ? "" : words);
        fputs("' ;;\n", stdout);
    }
    fputs("    esac\n", stdout);
}

static void print_bash_values(void)
{
    char any[] = "*";

    fputs("        case $command:$flag in\n", stdout);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command *c = command_get((enum command_id)i);
        char name[VARIABLES_NAME_MAX];

        (void)snprintf(name, sizeof(name), "%s", c->name.at);
        completion_own_flags((enum command_id)i, print_values, name);
    }
    completion_shared_flags(print_values, any);
    fputs("        esac\n", stdout);
}

/* bash takes "--log=all" for three words, "--log", "=" and "all". */
void completion_print_bash(void)
{
    fputs("# bash completion for dockgate, made by `dockgate completion bash`.\n"
          "_dockgate() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} flag='' command=serve flags='' words=''\n",
          stdout);
    print_bash_commands();
    fputs("    COMPREPLY=()\n"
          "    if ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[1]} != -* ]]; then\n"
          "        command=${COMP_WORDS[1]}\n"
          "    fi\n"
          "    if [[ $cur == = ]]; then\n"
          "        flag=${COMP_WORDS[COMP_CWORD - 1]} cur=''\n"
          "    elif ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then\n"
          "        flag=${COMP_WORDS[COMP_CWORD - 2]}\n"
          "    elif [[ ${COMP_WORDS[COMP_CWORD - 1]} == --* && $cur != -* ]]; then\n"
          "        flag=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    fi\n"
          "    if [[ $flag ]]; then\n",
          stdout);
    print_bash_values();
    fputs("        [[ ${#COMPREPLY[@]} == 0 ]] || return 0\n    fi\n", stdout);
    print_bash_flags();
    fputs("    if [[ $cur == -* ]]; then\n"
          "        COMPREPLY=($(compgen -W \"$flags\" -- \"$cur\"))\n"
          "        [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null\n"
          "    elif ((COMP_CWORD == 1)); then\n"
          "        COMPREPLY=($(compgen -W \"$commands\" -- \"$cur\"))\n"
          "    elif ((COMP_CWORD == 2)); then\n"
          "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
          "    fi\n"
          "}\n"
          "complete -F _dockgate dockgate\n",
          stdout);
}

static bool print_script(struct slice shell)
{
    static const struct {
        struct slice shell;
        void (*print)(void);
    } scripts[] = {
        {SLICE_INIT("bash"), completion_print_bash},
        {SLICE_INIT("zsh"), completion_print_zsh},
        {SLICE_INIT("fish"), completion_print_fish},
    };

    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        if (slice_equal(shell, scripts[i].shell)) {
            scripts[i].print();
            return true;
        }
    }
    return false;
}

int command_completion(int argc, char **argv)
{
    static char *const nothing[] = {NULL};
    struct variables v = {0};
    struct diag d = {{0}};
    int status = 2;

    if (!variables_gather(nothing, COMMAND_COMPLETION, argc, argv, cli_is_option, &v, &d)) {
        fprintf(stderr, "dockgate: %s\n", d.text);
    } else if (v.help) {
        command_print_help(COMMAND_COMPLETION, stdout);
        status = 0;
    } else if (v.nwords == 1 && print_script(slice_from_text(v.words[0]))) {
        status = 0;
    } else {
        status = command_takes_one_of(COMMAND_COMPLETION);
    }
    variables_free(&v);
    return status;
}
