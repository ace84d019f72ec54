/* The command check: is the configuration right, and what does it allow? Everything that the gate
 * would refuse to start on is named, all at once. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/load.h"

static void print_row(const char *verdict, enum operation_id op, option_id option)
{
    const struct operation *o = operation_get(op);
    struct slice name = option_name(option);
    printf("%-9s%-8.*s%-50.*s%.*s\n", verdict, (int)o->method.len, o->method.at, (int)o->path.len,
           o->path.at, (int)name.len, name.at);
}

static void print_rules(const struct rule_list *rules)
{
    size_t n = rule_list_count(rules);
    printf("%-24s%-24s%s\n", "RULE", "METHODS", "PATTERN");
    for (size_t i = 0; i < n; i++) {
        struct rule_text text = rule_list_get(rules, i);
        printf("%-24.*s%-24.*s%.*s\n", (int)text.name.len, text.name.at, (int)text.methods.len,
               text.methods.at, (int)text.pattern.len, text.pattern.at);
    }
    printf("What one of %zu rules matches is allowed, where it is an operation; everything else is "
           "denied.\n",
           n);
}

static void print_dialect(const struct policy *p)
{
    char text[128];
    struct buf reason;
    struct slice name = dialect_get(p->dialect.dialect)->name;
    buf_init(&reason, text, sizeof(text));
    dialect_put_reason(&p->dialect, &reason);
    printf("dialect %.*s%.*s\n", (int)name.len, name.at, (int)reason.len, text);
}

static void print_policy(const struct policy *p, bool all)
{
    size_t allowed = 0;
    print_dialect(p);
    if (p->rules != NULL) {
        print_rules(p->rules);
        return;
    }
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
    int status = 0;
    if (!cli_load(COMMAND_CHECK, argc, argv, &load)) {
        status = 2;
    } else if (load.variables.help) {
        command_print_help(COMMAND_CHECK, stdout);
    } else if (load.variables.nwords != 0) {
        command_print_help(COMMAND_CHECK, stderr);
        status = 2;
    } else {
        print_policy(&load.policy, load.variables.flag[FLAG_CHECK_ALL] != NULL);
        bool fail_on_warning = load.variables.flag[FLAG_CHECK_FAIL_ON_WARNING] != NULL;
        status = fail_on_warning && load.notes.nwarnings != 0 ? 1 : 0;
    }
    cli_load_free(&load);
    return status;
}
