/* What check found, for people: the policy as a table, what it lets a client do, its grade. */
#include "cli/check.h"

#include <stdio.h>

static void print_row(const char *verdict, enum operation_id op, struct slice name)
{
    const struct operation *o = operation_get(op);
    printf("%-9s%-8.*s%-50.*s%.*s\n", verdict, (int)o->method.len, o->method.at, (int)o->path.len,
           o->path.at, (int)name.len, name.at);
}

/* Clients that get as much of the policy as their containers' labels name. */
static void print_within(const struct cli_load *load)
{
    const struct config *c = load->configuration == NULL ? NULL : &load->configuration->config;
    for (size_t i = 0; c != NULL && i < c->clients.n; i++) {
        const struct config_client *client = config_client_at(c, i);
        if (client->within == NULL || !slice_equal(client->within->text, load->policy.name)) {
            continue;
        }
        printf("within it: the client ");
        if (client->name != NULL) {
            printf("%.*s", (int)client->name->text.len, client->name->text.at);
        } else {
            printf("of line %u", (unsigned)client->node->line);
        }
        printf("; its container's label " LABEL_ALLOW " may grant up to what this policy allows\n");
    }
}

static void print_dialect(const struct policy *p)
{
    char text[128];
    struct buf reason;
    struct slice name = dialect_get(p->dialect.dialect)->name;
    if (p->name.len != 0) {
        printf("policy %.*s\n", (int)p->name.len, p->name.at);
        return;
    }
    buf_init(&reason, text, sizeof(text));
    dialect_put_reason(&p->dialect, &reason);
    printf("dialect %.*s%.*s\n", (int)name.len, name.at, (int)reason.len, text);
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
           "denied.\n\n",
           n);
}

static const char *verdict_of(const struct check *c, enum operation_id op)
{
    if (operation_set_has(&c->sure, op)) {
        return "allow";
    }
    return operation_set_has(&c->allowed, op) ? "partly" : "deny";
}

static void print_operations(const struct check *c)
{
    size_t allowed = 0;
    printf("%-9s%-8s%-50s%s\n", "VERDICT", "METHOD", "OPERATION", "GRANTED BY");
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        bool may = operation_set_has(&c->allowed, op);
        allowed += may ? 1 : 0;
        if (may || c->all) {
            print_row(verdict_of(c, op), op, check_decider(c, op));
        }
    }
    printf("%zu of %zu operations are allowed; HEAD goes with GET; everything else is denied.\n",
           allowed, (size_t)OPERATION_COUNT);
}

static void print_list(const char *what, const struct answers_list *list, bool *any)
{
    for (size_t i = 0; i < list->n; i++) {
        printf("%s%s%.*s", *any ? ", " : "", what, (int)list->at[i].len, list->at[i].at);
        *any = true;
    }
}

/* With which things a client can do it. */
static void print_reach(const struct check *c)
{
    const struct cli_view *view = c->load->seen;
    const struct owned_policy *own = view == NULL ? NULL : view->own;
    bool any = false;

    if (own == NULL) {
        return;
    }
    if (own->view != NULL) {
        fputs("\nAll this with what is visible to it alone: ", stdout);
        print_list("label=", &view->settings.visible_labels, &any);
        print_list("name=", &view->settings.visible_names, &any);
    } else {
        printf("\nAll this with what %.*s owns, and some of it with what is shared: ",
               (int)own->name.len, own->name.at);
        print_list("", &own->shared, &any);
    }
    puts(any ? "." : "nothing.");
}

static void print_abilities(const struct check *c)
{
    for (size_t i = 0; i < c->nabilities; i++) {
        const struct check_ability *a = &c->ability[i];
        struct slice grade = ability_grade_name(a->grade);
        printf("%s  %-17.*s%.*s\n%19sby %.*s\n", i == 0 ? "\nA client can:\n" : "", (int)grade.len,
               grade.at, (int)a->text.len, a->text.at, "", (int)a->by_len, a->by);
    }
    print_reach(c);
    struct slice name = ability_grade_name(check_grade(c));
    struct slice sentence = ability_grade_sentence(check_grade(c));
    printf("\nGrade: %.*s (%.*s).\n", (int)name.len, name.at, (int)sentence.len, sentence.at);
}

static void print_presets(const struct check *c)
{
    size_t nmissing = 0;
    size_t nextra = 0;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        nmissing += check_is_missing(c, (enum operation_id)i) ? 1 : 0;
        nextra += check_is_extra(c, (enum operation_id)i) ? 1 : 0;
    }
    fputs("\nFor", stdout);
    for (size_t i = 0; i < c->presets.n; i++) {
        struct slice name = c->presets.at[i]->name;
        printf("%s %.*s", i == 0 ? "" : " and", (int)name.len, name.at);
    }
    printf(" this is %s (operations missing: %zu, more than needed: %zu).\n",
           nmissing == 0 ? "enough" : "not enough", nmissing, nextra);
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        if (check_is_missing(c, op)) {
            print_row("missing", op, option_name(option_leaf(op)));
        } else if (check_is_extra(c, op)) {
            print_row("more", op, check_decider(c, op));
        }
    }
}

void check_print_text(const struct check *c)
{
    print_dialect(&c->load->policy);
    print_within(c->load);
    if (c->load->policy.rules != NULL) {
        print_rules(c->load->policy.rules);
    }
    print_operations(c);
    print_abilities(c);
    if (c->presets.n != 0) {
        print_presets(c);
    }
}
