/* The command options: every option with its meaning and default, straight from the table; as a
 * list for the terminal, or as the page docs/options.md. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/command.h"
#include "cli/load.h"

static const char page_head[] =
    "# Options\n"
    "\n"
    "<!-- Made by `dockgate options --markdown`; a test compares. Change the tables in src/, not "
    "this page. -->\n"
    "\n"
    "An option is a variable of the environment (`CONTAINERS=1`) or a flag (`--containers=1`); a "
    "flag wins.\n"
    "It is on with `1`, `true`, `yes` or `on`, off with `0`, `false`, `no` or `off`, in any case; "
    "`default` says the same as\n"
    "leaving it out. Any other value, and a name that is nearly an option's, is an error; "
    "`DOCKGATE_UNKNOWN=warn` makes the\n"
    "latter a warning.\n"
    "\n"
    "- A **section** (`CONTAINERS`) grants all reads of its part of the API, HEAD with GET. `EXEC` "
    "and `NODES` grant POST too.\n"
    "- A **leaf** (`CONTAINERS_LOGS`) grants one operation. Writes are granted by their leaf "
    "alone.\n"
    "- The option nearest to the operation decides: `CONTAINERS=1 CONTAINERS_LOGS=0` is everything "
    "but logs,\n"
    "  `CONTAINERS_LOGS=1` logs alone.\n"
    "- `DOCKGATE_STRICT=1` closes the reads that give away files, whole images, keys and tokens, "
    "unless their leaf is\n"
    "  set. They are marked ⚠ below; without it, the gate warns at its start of each one that a "
    "section opens.\n"
    "- What is no operation of the table below is denied under any options.\n"
    "\n"
    "## What differs from mjmccans/docker-socket-proxy\n"
    "\n"
    "Every variable of it works here. It read only `1` as on, let pass whatever began like a path "
    "it knew, and:\n"
    "\n"
    "- `NETWORKS_CONNECT` and `NETWORKS_DISCONNECT` grant what their names say; `IMAGES_BUILD` "
    "grants the build itself and\n"
    "  `COMMIT` the commit.\n"
    "- A delete (`CONTAINERS_DELETE`) works by itself; it needed its section as well.\n"
    "- Attaching over a websocket needs `CONTAINERS_ATTACH` and is never part of `CONTAINERS`.\n"
    "- `DESCRIPTIVE_ERRORS` changes texts, never a verdict.\n"
    "\n"
    "## All options\n"
    "\n"
    "| option | on by default | also granted by | operation | what it gives |\n"
    "|---|---|---|---|---|\n";

static int compare_names(const void *a, const void *b)
{
    struct slice x = option_name(*(const option_id *)a);
    struct slice y = option_name(*(const option_id *)b);
    int order = memcmp(x.at, y.at, x.len < y.len ? x.len : y.len);
    return order != 0 ? order : (x.len > y.len) - (x.len < y.len);
}

/* The options that a dialect knows, by name; returns how many. */
static size_t sort_options(enum dialect_id dialect, option_id sorted[OPTION_COUNT])
{
    size_t n = 0;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (dialect_knows(dialect, (option_id)i)) {
            sorted[n++] = (option_id)i;
        }
    }
    qsort(sorted, n, sizeof(*sorted), compare_names);
    return n;
}

static void print_text(enum dialect_id dialect, option_id id)
{
    const struct option *o = option_get(id);
    printf("%-32.*s%-5s%.*s\n", (int)o->name.len, o->name.at,
           dialect_default(dialect, id) ? "on" : "off", (int)o->sentence.len, o->sentence.at);
}

/* The operations whose leaf this option is: "`GET /x`, `HEAD /x`". */
static void print_operations(option_id id)
{
    const char *separator = "";
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        const struct operation *o = operation_get((enum operation_id)i);
        if (option_leaf((enum operation_id)i) == id) {
            printf("%s`%.*s %.*s`%s", separator, (int)o->method.len, o->method.at, (int)o->path.len,
                   o->path.at, o->gives == OPERATION_GIVES_NOTHING ? "" : " ⚠");
            separator = ", ";
        }
    }
}

static void print_markdown(option_id id)
{
    const struct option *o = option_get(id);
    printf("| `%.*s` | %s | ", (int)o->name.len, o->name.at,
           dialect_default(DIALECT_MJMCCANS, id) ? "yes" : "");
    const char *separator = "";
    for (option_id i = o->parent; i != OPTION_NONE; i = option_parent(i)) {
        struct slice name = option_name(i);
        printf("%s`%.*s`", separator, (int)name.len, name.at);
        separator = ", ";
    }
    printf(" | ");
    print_operations(id);
    printf(" | %.*s |\n", (int)o->sentence.len, o->sentence.at);
}

static void print_page(void)
{
    option_id sorted[OPTION_COUNT] = {0};
    size_t n = sort_options(DIALECT_MJMCCANS, sorted);
    fputs(page_head, stdout);
    for (size_t i = 0; i < n; i++) {
        print_markdown(sorted[i]);
    }
}

static void print_list(enum dialect_id dialect)
{
    option_id sorted[OPTION_COUNT] = {0};
    size_t n = sort_options(dialect, sorted);
    for (size_t i = 0; i < n; i++) {
        print_text(dialect, sorted[i]);
    }
}

/* The dialect of options that a flag names; mjmccans where there is none, DIALECT_NONE where the
 * flag names none. */
static enum dialect_id named_dialect(const struct variables *v)
{
    const char *text = v->flag[FLAG_OPTIONS_DIALECT];
    enum dialect_id dialect = text == NULL ? DIALECT_MJMCCANS : dialect_find(slice_from_text(text));
    bool has_options = dialect != DIALECT_NONE && dialect_get(dialect)->kind == DIALECT_OPTIONS;
    return has_options ? dialect : DIALECT_NONE;
}

int command_options(int argc, char **argv)
{
    static char *const nothing[] = {NULL};
    struct variables v = {0};
    struct diag d = {{0}};
    int status = 0;
    if (!variables_gather(nothing, COMMAND_OPTIONS, argc, argv, cli_is_option, &v, &d)) {
        fprintf(stderr, "dockgate: %s\n", d.text);
        status = 2;
    } else if (v.help) {
        command_print_help(COMMAND_OPTIONS, stdout);
    } else if (v.nwords != 0) {
        status = command_takes_no(COMMAND_OPTIONS, v.words[0]);
    } else if (named_dialect(&v) == DIALECT_NONE) {
        (void)diag_set(&d, "--dialect=%s: accepted is %s", v.flag[FLAG_OPTIONS_DIALECT],
                       command_flag_get(FLAG_OPTIONS_DIALECT)->value);
        status = command_misused(COMMAND_OPTIONS, d.text);
    } else if (v.flag[FLAG_OPTIONS_MARKDOWN] != NULL) {
        print_page();
    } else {
        print_list(named_dialect(&v));
    }
    variables_free(&v);
    return status;
}
