/* The commands: one table (commands.def) of names, flags and help, asked by everything that names
 * them. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/slice.h"

#include <stdio.h>

enum command_id {
#define COMMAND(id, ...) COMMAND_##id,
#include "cli/commands.def"
    COMMAND_COUNT,
};

/* The own flags of all commands. */
enum command_flag_id {
#define FLAG(command, id, ...) FLAG_##command##_##id,
#include "cli/commands.def"
    FLAG_COUNT,
};

/* Static, terminated text. */
struct command {
    struct slice name;
    bool takes_settings; /* settings and options may be given as flags */
    const char *usage;   /* lines, each behind "dockgate " */
    const char *summary;
    const char *text; /* paragraphs, one a line */
    const char *status;
};

struct command_flag {
    enum command_id command;
    struct slice name; /* without dashes */
    const char *value; /* what stands for its value ("FILE", "a|b"); empty for a switch */
    const char *help;
};

const struct command *command_get(enum command_id id);
const struct command_flag *command_flag_get(enum command_flag_id id);

/* The command of that name, or COMMAND_COUNT. */
enum command_id command_find(struct slice name);

/* The command's own flag of that name (without dashes), or FLAG_COUNT. */
enum command_flag_id command_flag_find(enum command_id command, struct slice name);

/* What the first argument of a command may be ("a|b"), or NULL. */
const char *command_words(enum command_id id);

/* Writes the --help of a command: usage, text, flags, exit status. */
void command_print_help(enum command_id id, FILE *out);

/* Says on standard error what is wrong with how the command was called, "dockgate: NAME " and the
 * text, and how it is meant. Returns the exit status of wrong usage. */
int command_misused(enum command_id id, const char *text);

/* The same where the first argument is missing, or none of those that there are. */
int command_takes_one_of(enum command_id id);

/* The same for a word behind a command that takes none. */
int command_takes_no(enum command_id id, const char *word);

/* A command's handler: `argv[0]` is the command's own name. Returns the process's exit status: 0
 * fine, 1 a verdict or check that says no, 2 usage or configuration error. */
typedef int command_run(int argc, char **argv);

/* What the program does under the name healthcheck, which the image of wollomatic/socket-proxy has:
 * asks the port for askers (DOCKGATE_HEALTH_LISTEN) at its place there, 127.0.0.1:55555. */
int healthcheck_ask_port(void);

#define COMMAND(id, name, ...) command_run command_##name;
#include "cli/commands.def"

#endif
