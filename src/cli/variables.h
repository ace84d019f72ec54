/* Flags and environment as one list of variables: flags win. */
#ifndef CLI_VARIABLES_H
#define CLI_VARIABLES_H

#include "base/diag.h"
#include "cli/command.h"

/* Variables and what was no flag. Free with variables_free. */
struct variables {
    char **list; /* "NAME=VALUE", NULL at the end, ready for settings_read and cli_load_policy; each
                    name once */
    size_t nlist;
    char **words; /* the arguments that are no flags; borrowed from argv */
    size_t nwords;
    const char *flag[FLAG_COUNT]; /* the command's own flags: value, "" for a switch, NULL where it
                                     was not there; borrowed from argv */
    bool help;                    /* --help or -h was there */
    char *storage;                /* what flags became */
    char **owned;                 /* what was set later */
    size_t nowned;
};

/* Whether an option of that name ("CONTAINERS_START") exists; the policy's own look-up. */
typedef bool variables_option(struct slice name);

/* Longer names of variables and flags are none of ours. */
#define VARIABLES_NAME_MAX 64

/* The flag of a setting or option, without its dashes: "log-format" of DOCKGATE_LOG_FORMAT. */
struct slice variables_flag(struct slice name, char storage[VARIABLES_NAME_MAX]);

/* Reads the own flags of `command`, which win over settings of the same name, and turns
 * `--listen=X`, `--listen X`, `--containers=1`, `--containers 1`,
 * `--CONTAINERS_START=1` into variables laid over `environment`, where the command takes settings.
 * argv[0] is skipped; everything behind `--` is a word.
 * Names are those of settings.def and those which `is_option` knows. Flags of other proxies
 * (foreign.def) become their variables, with one dash or two. An unknown flag, or one
 * without its value, is an error that names it.
 * An option or setting whose last word is "default" is left out, as if nobody had set it: an image
 * can show its variables so without deciding anything. */
bool variables_gather(char *const *environment, enum command_id command, int argc, char **argv,
                      variables_option *is_option, struct variables *v, struct diag *d);

/* The value of a variable; empty where it is not set, as compose files pass unset ones on. */
struct slice variables_get(const struct variables *v, struct slice name);

/* Sets a variable of the list, in the place of one of that name. False without memory. */
bool variables_set(struct variables *v, struct slice name, struct slice value);

void variables_free(struct variables *v);

#endif
