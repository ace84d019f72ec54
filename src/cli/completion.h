/* The completion scripts, one function a shell, and the walk over flags that they share. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "cli/command.h"

/* One flag for a shell to complete. */
struct completion_flag {
    struct slice name;  /* without dashes */
    const char *words;  /* "a|b": what its value may be; NULL: anything, or nothing */
    bool takes_value;   /* else it is a switch */
    bool takes_file;    /* its value is a file */
    struct slice about; /* one line */
};

/* The words ("a|b") that a value as the tables write it stands for; NULL where it may be anything.
 * Static. */
const char *completion_words(const char *value);

/* The same for the first argument of a command. */
const char *completion_arguments(enum command_id command);

typedef void completion_visit(const struct completion_flag *flag, void *context);

/* Visits the own flags of a command, --help the last. */
void completion_own_flags(enum command_id command, completion_visit *visit, void *context);

/* Visits what every command that takes settings understands: settings, then options. */
void completion_shared_flags(completion_visit *visit, void *context);

/* Each writes its script to standard output. */
void completion_print_bash(void);
void completion_print_fish(void);
void completion_print_zsh(void);

#endif
