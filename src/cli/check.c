/* The command check: is the configuration right, and what does it allow? Everything that the gate
 * would refuse to start on is named, all at once. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/load.h"

static const char help[] =
    "Usage: dockgate check [--all] [--fail-on-warning] [--OPTION=VALUE ...]\n"
    "\n"
    "Validates environment and flags, and prints the effective policy: each operation that is "
    "allowed,\n"
    "and the option that grants it.\n"
    "\n"
    "  --all               denied operations as well, with the option that would allow them\n"
    "  --fail-on-warning   exit status 1 where there are warnings\n"
    "\n"
    "Exit status: 0 all right, 1 warnings (with --fail-on-warning), 2 errors.\n";

static void print_row(const char *verdict, enum operation_id op, option_id option)
{
    const struct operation *o = operation_get(op);
    struct slice name = option_name(option);
    printf("%-9s%-8.*s%-50.*s%.*s\n", verdict, (int)o->method.len, o->method.at, (int)o->path.len,
           o->path.at, (int)name.len, name.at);
}

static void print_policy(const struct policy *p, bool all)
{
    size_t allowed = 0;
    printf("%-9s%-8s%-50s%s\n", "VERDICT", "METHOD", "OPERATION", "OPTION");
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        bool may = operation_set_has(&p->allowed, op);
        allowed += may ? 1 : 0;
        if (may || all) {
            print_row(may ? "allow" : "deny", op, p->decided_by[op]);
        }
    }
    printf("%zu of %zu operations are allowed; HEAD goes with GET; everything else is denied.\n",
           allowed, (size_t)OPERATION_COUNT);
}

int command_check(int argc, char **argv)
{
    static struct cli_load load;
    bool all = cli_take_flag(&argc, argv, "--all");
    bool fail_on_warning = cli_take_flag(&argc, argv, "--fail-on-warning");
    int status = 0;
    if (!cli_load(argc, argv, &load)) {
        status = 2;
    } else if (load.variables.help) {
        fputs(help, stdout);
    } else if (load.variables.nwords != 0) {
        fputs(help, stderr);
        status = 2;
    } else {
        print_policy(&load.policy, all);
        status = fail_on_warning && load.notes.nwarnings != 0 ? 1 : 0;
    }
    cli_load_free(&load);
    return status;
}
