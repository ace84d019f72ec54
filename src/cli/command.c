/* The table of commands as data, and the help text that is made of it. */
#include "cli/command.h"

#include "base/diag.h"
#include "cli/settings.h"

/* Help is wrapped for a terminal of this width. */
#define WIDTH 100

#define TAKES_NOTHING  false
#define TAKES_SETTINGS true

static const struct command COMMANDS[COMMAND_COUNT] = {
#define COMMAND(id, name, takes, ...) {SLICE_INIT(#name), TAKES_##takes, __VA_ARGS__},
#include "cli/commands.def"
};

static const struct command_flag FLAGS[FLAG_COUNT] = {
#define FLAG(command, id, name, ...) {COMMAND_##command, SLICE_INIT(name), __VA_ARGS__},
#include "cli/commands.def"
};

static const char *const ARGUMENTS[COMMAND_COUNT] = {
#define WORDS(command, ...) [COMMAND_##command] = __VA_ARGS__,
#include "cli/commands.def"
};

const struct command *command_get(enum command_id id)
{
    return &COMMANDS[id];
}

const struct command_flag *command_flag_get(enum command_flag_id id)
{
    return &FLAGS[id];
}

const char *command_words(enum command_id id)
{
    return ARGUMENTS[id];
}

enum command_id command_find(struct slice name)
{
    size_t i = 0;

    while (i < COMMAND_COUNT && !slice_equal(COMMANDS[i].name, name)) {
        i++;
    }
    return (enum command_id)i;
}

enum command_flag_id command_flag_find(enum command_id command, struct slice name)
{
    size_t i = 0;

    while (i < FLAG_COUNT &&
           (FLAGS[i].command != command || !slice_equal_nocase(FLAGS[i].name, name))) {
        i++;
    }
    return (enum command_flag_id)i;
}

/* Writes one paragraph; its first line starts in column `column`, the others are indented to
 * `indent`. */
static void print_paragraph(FILE *out, struct slice text, size_t column, size_t indent)
{
    struct slice word;
    bool first = true;

    while (slice_next(&text, ' ', &word)) {
        if (!first && column + 1 + word.len > WIDTH) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
            first = true;
        }
        fprintf(out, "%s%.*s", first ? "" : " ", (int)word.len, word.at);
        column += word.len + (first ? 0 : 1);
        first = false;
    }
    fputc('\n', out);
}

static void print_usage(const struct command *c, FILE *out)
{
    struct slice rest = slice_from_text(c->usage);
    struct slice line;

    for (bool first = true; slice_next(&rest, '\n', &line); first = false) {
        fprintf(out, "%s dockgate %.*s\n", first ? "Usage:" : "      ", (int)line.len, line.at);
    }
}

/* "--to=WORD" of a flag; returns its length. */
static int print_flag_name(const struct command_flag *f, FILE *out)
{
    return fprintf(out, "--%s%s%s", f->name.at, f->value[0] == '\0' ? "" : "=", f->value);
}

static void print_flags(enum command_id id, FILE *out)
{
    const size_t indent = 22;
    bool any = false;

    for (size_t i = 0; i < FLAG_COUNT; i++) {
        const struct command_flag *f = &FLAGS[i];

        if (f->command != id) {
            continue;
        }
        fputs(any ? "  " : "\n  ", out);
        any = true;
        size_t column = (size_t)print_flag_name(f, out) + 2;
        if (column + 2 > indent) {
            fputc('\n', out);
            column = 0;
        }
        fprintf(out, "%*s", (int)(indent - column), "");
        print_paragraph(out, slice_from_text(f->help), indent, indent);
    }
}

static void print_settings(FILE *out)
{
    fputs("\nSettings, as variables or as flags (--listen=...):\n\n", out);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting_row *row = setting_row_get((enum setting_id)i);
        bool none = row->fallback[0] == '\0';

        fprintf(out, "  %-26s %s%s%s%s\n      %s\n", row->name.at, row->help,
                none ? "" : " (default ", row->fallback, none ? "" : ")", row->accepts);
    }
    fputs("\nWhat clients may do: dockgate options.\n", out);
}

void command_print_help(enum command_id id, FILE *out)
{
    const struct command *c = &COMMANDS[id];
    struct slice rest = slice_from_text(c->text);
    struct slice paragraph;

    print_usage(c, out);
    fputc('\n', out);
    while (slice_next(&rest, '\n', &paragraph)) {
        print_paragraph(out, paragraph, 0, 0);
    }
    print_flags(id, out);
    if (id == COMMAND_SERVE) {
        print_settings(out);
    } else if (c->takes_settings) {
        fputs("\nThe flags of serve and all options can be given as well (--containers=1).\n", out);
    }
    fprintf(out, "\nExit status: %s.\n", c->status);
}

int command_misused(enum command_id id, const char *text)
{
    fprintf(stderr, "dockgate: %s %s\n", COMMANDS[id].name.at, text);
    print_usage(&COMMANDS[id], stderr);
    return 2;
}

int command_takes_one_of(enum command_id id)
{
    struct diag d;

    (void)diag_set(&d, "takes one of %s", ARGUMENTS[id]);
    return command_misused(id, d.text);
}

int command_takes_no(enum command_id id, const char *word)
{
    struct slice text = slice_from_text(word);
    bool file = COMMANDS[id].takes_settings &&
                (slice_ends_with(text, SLICE(".yaml")) || slice_ends_with(text, SLICE(".yml")));
    struct diag d;

    (void)diag_set(&d, "takes no argument: \"%s\"%s", word,
                   file ? "; a configuration file goes with --config" : "");
    return command_misused(id, d.text);
}
