/* The command man: the manual pages dockgate(1), dockgate-options(7) and, in man_file.c,
 * dockgate.yaml(5), made from the tables of commands, settings, options and keys, in the macros of
 * man(7). */
#include "cli/man.h"

#include "cli/command.h"
#include "cli/load.h"
#include "version.h"

/* When the text of the pages was last changed; what comes from the tables needs no date. */
#define DATE "2026-11-24"

/* Source lines of text are broken behind that many bytes. */
#define WIDTH 60

void man_put(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];

        if (i == 0 && (c == '.' || c == '\'')) {
            fputs("\\&", stdout); /* no request, though it may begin a line */
        }
        if (c == '\\') {
            fputs("\\e", stdout);
        } else if (c == '-') {
            fputs("\\-", stdout);
        } else if (c == '\'') {
            fputs("\\(cq", stdout);
        } else if (c == '|') {
            fputs("|\\:", stdout); /* lists of words may break here */
        } else {
            fputc(c, stdout);
        }
    }
}

/* One word of a text; what stands between back quotes is bold. */
static void put_word(struct slice word, bool *bold)
{
    struct slice part;

    for (bool first = true; slice_next(&word, '`', &part); first = false) {
        if (!first) {
            *bold = !*bold;
            fputs(*bold ? "\\fB" : "\\fR", stdout);
        }
        man_put(part);
    }
}

void man_put_text(struct slice text, const char *end)
{
    struct slice word;
    size_t column = 0;
    bool bold = false;

    while (slice_next(&text, ' ', &word)) {
        if (column > 0) {
            bool broken = column + word.len > WIDTH;

            fputc(broken ? '\n' : ' ', stdout);
            column = broken ? 0 : column + 1;
        }
        put_word(word, &bold);
        column += word.len;
    }
    printf("%s\n", end);
}

static void put_usage(const struct command *c)
{
    struct slice rest = slice_from_text(c->usage);
    struct slice line;

    while (slice_next(&rest, '\n', &line)) {
        printf("%s.B dockgate\n", c == command_get(COMMAND_SERVE) ? "" : ".PP\n");
        man_put(line);
        fputc('\n', stdout);
    }
}

static void put_flags(enum command_id id)
{
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        const struct command_flag *f = command_flag_get((enum command_flag_id)i);

        if (f->command != id) {
            continue;
        }
        fputs(".TP\n\\fB\\-\\-", stdout);
        man_put(f->name);
        fputs("\\fR", stdout);
        if (f->value[0] != '\0') {
            fputs("=\\fI", stdout);
            man_put(slice_from_text(f->value));
            fputs("\\fR", stdout);
        }
        fputc('\n', stdout);
        man_put_text(slice_from_text(f->help), ".");
    }
}

static void put_command(enum command_id id)
{
    const struct command *c = command_get(id);
    struct slice rest = slice_from_text(c->text);
    struct slice paragraph;

    printf(".SS %s\n", c->name.at);
    while (slice_next(&rest, '\n', &paragraph)) {
        man_put_text(paragraph, "");
    }
    put_flags(id);
    fputs(".PP\nExit status:\n", stdout);
    man_put_text(slice_from_text(c->status), ".");
}

static void put_setting(enum setting_id id)
{
    const struct setting_row *row = setting_row_get(id);
    char storage[VARIABLES_NAME_MAX];

    fputs(".TP\n\\fB", stdout);
    man_put(row->name);
    fputs("\\fR, \\fB\\-\\-", stdout);
    man_put(variables_flag(row->name, storage));
    fputs("\\fR\n", stdout);
    man_put_text(slice_from_text(row->help), ".");
    fputs("Accepted:\n", stdout);
    man_put_text(slice_from_text(row->accepts), "");
    if (row->fallback[0] != '\0') {
        fputs("Default:\n", stdout);
        man_put_text(slice_from_text(row->fallback), "");
    }
}

void man_put_head(const char *title, char section, const char *name, const char *about)
{
    printf(".\\\" Made by `dockgate man %c`.\n", section);
    printf(".TH %s %c \"" DATE "\" \"dockgate %s\" \"dockgate\"\n.ad l\n.SH NAME\n", title, section,
           DOCKGATE_VERSION);
    printf("%s \\- %s\n", name, about);
}

static void put_commands_page(void)
{
    man_put_head("DOCKGATE", '1', "dockgate",
                 "the gate in front of a container engine\\(cqs socket");
    fputs(".SH SYNOPSIS\n", stdout);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        put_usage(command_get((enum command_id)i));
    }
    fputs(".PP\n.B dockgate\n\\-\\-help | \\-\\-version\n"
          ".SH DESCRIPTION\n"
          "dockgate stands between programs that want to talk to a container\n"
          "engine and the engine\\(cqs socket, and lets through only the calls that\n"
          "its options name.\nOptions are variables of the environment, or flags:\n"
          "\\fBCONTAINERS=1\\fR, \\fB\\-\\-containers=1\\fR.\nThey are listed in\n.BR "
          "dockgate\\-options (7).\n"
          "Each command has \\fB\\-\\-help\\fR.\n"
          ".SH COMMANDS\n",
          stdout);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        put_command((enum command_id)i);
    }
    fputs(".SH ENVIRONMENT\nThe settings of the gate itself, as variables or as flags;\n"
          "a flag wins.\n",
          stdout);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        put_setting((enum setting_id)i);
    }
    fputs(".SH SEE ALSO\n.BR dockgate.yaml (5),\n.BR dockgate\\-options (7),\n.BR docker (1)\n",
          stdout);
}

/* The operations of an option's own, in a line. */
static void put_operations(option_id id)
{
    const char *separator = "";

    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        const struct operation *o = operation_get((enum operation_id)i);

        if (option_leaf((enum operation_id)i) != id) {
            continue;
        }
        fputs(separator[0] == '\0' ? ".br\n" : separator, stdout);
        man_put(o->method);
        fputc(' ', stdout);
        man_put(o->path);
        separator = ", ";
    }
    fputs(separator[0] == '\0' ? "" : "\n", stdout);
}

static void put_option(option_id id)
{
    const struct option *o = option_get(id);

    fputs(".TP\n\\fB", stdout);
    man_put(o->name);
    fputs("\\fR", stdout);
    if (dialect_default(DIALECT_MJMCCANS, id)) {
        fputs(" (on by default)", stdout);
    }
    fputc('\n', stdout);
    man_put_text(o->sentence, "");
    if (o->parent != OPTION_NONE) {
        fputs("Also granted by ", stdout);
        man_put(option_name(o->parent));
        fputs(".\n", stdout);
    }
    put_operations(id);
}

static void put_options_page(void)
{
    man_put_head("DOCKGATE\\-OPTIONS", '7', "dockgate\\-options",
                 "what clients of dockgate may do");
    fputs(".SH DESCRIPTION\n"
          "An option is a variable of the environment or a flag of\n.BR dockgate (1).\n"
          "It is on with 1, true, yes or on, off with 0, false, no or off.\n"
          "The option nearest to an operation decides:\n"
          "\\fBCONTAINERS=1 CONTAINERS_LOGS=0\\fR is everything but logs,\n"
          "\\fBCONTAINERS_LOGS=1\\fR logs alone.\n"
          "What is no operation listed here is denied under any options.\n"
          ".SH OPTIONS\n",
          stdout);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        put_option((option_id)i);
    }
    fputs(".SH SEE ALSO\n.BR dockgate (1)\n", stdout);
}

static bool print_page(const struct variables *v)
{
    struct slice section = v->nwords == 0 ? SLICE("1") : slice_from_text(v->words[0]);

    if (v->nwords <= 1 && slice_equal(section, SLICE("1"))) {
        put_commands_page();
        return true;
    }
    if (v->nwords <= 1 && slice_equal(section, SLICE("5"))) {
        man_put_file_page();
        return true;
    }
    if (v->nwords <= 1 && slice_equal(section, SLICE("7"))) {
        put_options_page();
        return true;
    }
    return false;
}

int command_man(int argc, char **argv)
{
    static char *const nothing[] = {NULL};
    struct variables v = {0};
    struct diag d = {{0}};
    int status = 2;

    if (!variables_gather(nothing, COMMAND_MAN, argc, argv, cli_is_option, &v, &d)) {
        fprintf(stderr, "dockgate: %s\n", d.text);
    } else if (v.help) {
        command_print_help(COMMAND_MAN, stdout);
        status = 0;
    } else if (print_page(&v)) {
        status = 0;
    } else {
        status = command_takes_one_of(COMMAND_MAN);
    }
    variables_free(&v);
    return status;
}
