/* The command preset: which presets there are, and what one of them, or several together, come to:
 * as operations, as options and as a Compose file. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/load.h"
#include "cli/preset_forms.h"

#define SHOWN 64

static int shown(struct slice s)
{
    return s.len < SHOWN ? (int)s.len : SHOWN;
}

static void print_all(void)
{
    for (size_t i = 0; i < preset_count(); i++) {
        const struct preset *p = preset_get(i);
        struct slice grade = preset_grade(p);
        printf("%-26.*s%-17.*s%.*s: %.*s\n", (int)p->name.len, p->name.at, (int)grade.len, grade.at,
               (int)p->client.len, p->client.at, (int)p->sentence.len, p->sentence.at);
    }
    printf("\nShorter names:");
    const char *separator = "";
    for (size_t i = 0; i < preset_count(); i++) {
        const struct preset *p = preset_get(i);
        if (p->alias.len != 0) {
            printf("%s %.*s is %.*s", separator, (int)p->alias.len, p->alias.at, (int)p->name.len,
                   p->name.at);
            separator = ",";
        }
    }
    printf(".\ndockgate preset NAME shows one; DOCKGATE_PRESET=NAME[,NAME] uses it.\n");
}

static void print_head(const struct preset *p)
{
    printf("%.*s: %.*s\n", (int)p->name.len, p->name.at, (int)p->client.len, p->client.at);
    printf("    %.*s\n", (int)p->sentence.len, p->sentence.at);
    struct slice grade = preset_grade(p);
    printf("    Read from %.*s (%.*s). Grade: %.*s.\n", (int)p->version.len, p->version.at,
           (int)p->source.len, p->source.at, (int)grade.len, grade.at);
    if (p->alias.len != 0) {
        printf("    %.*s is short for it.\n", (int)p->alias.len, p->alias.at);
    }
}

static void print_operations(const struct preset_list *list)
{
    struct operation_set set = preset_list_operations(list);
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        const struct operation *o = operation_get((enum operation_id)i);
        if (operation_set_has(&set, (enum operation_id)i)) {
            printf("    %-7.*s %-32.*s %.*s\n", (int)o->method.len, o->method.at, (int)o->path.len,
                   o->path.at, (int)o->sentence.len, o->sentence.at);
        }
    }
}

static void print_for_people(const struct preset_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        print_head(list->at[i]);
    }
    printf("\nOperations:\n\n");
    print_operations(list);
    printf("\nThe same as options:\n\n");
    preset_print_options(list);
    printf("\nIn a Compose file:\n\n");
    preset_print_compose(list);
}

static bool read_names(struct slice text, struct preset_list *list)
{
    struct slice wrong;
    enum preset_list_result result = preset_list_read(text, list, &wrong);
    if (result == PRESET_LIST_UNKNOWN) {
        struct slice nearest = preset_nearest(wrong);
        fprintf(stderr, "dockgate: there is no preset \"%.*s\"", shown(wrong), wrong.at);
        if (nearest.len != 0) {
            fprintf(stderr, "; the nearest is %.*s", (int)nearest.len, nearest.at);
        }
        fprintf(stderr, " (dockgate preset lists all)\n");
    } else if (result == PRESET_LIST_LONG) {
        fprintf(stderr, "dockgate: more than %d presets are too many at once\n", PRESET_LIST_MAX);
    } else if (result == PRESET_LIST_EMPTY) {
        fprintf(stderr, "dockgate: \"%.*s\" names no preset (dockgate preset lists all)\n",
                shown(text), text.at);
    }
    return result == PRESET_LIST_OK;
}

/* The forms of which one alone can be asked for. */
static const struct {
    enum command_flag_id flag;
    void (*print)(const struct preset_list *list);
} forms[] = {
    {FLAG_PRESET_OPTIONS, preset_print_options},
    {FLAG_PRESET_COMPOSE, preset_print_compose},
    {FLAG_PRESET_JSON, preset_print_json},
};
#define NFORMS (sizeof(forms) / sizeof(forms[0]))

static int usage(void)
{
    return command_misused(COMMAND_PRESET, "takes one argument, names separated by commas, and one "
                                           "form; --markdown takes no name");
}

/* Without a name there are two forms: the list, or the same for programs. */
static int show_all(const struct variables *v, size_t asked)
{
    if (v->flag[FLAG_PRESET_MARKDOWN] != NULL) {
        if (asked != 0) {
            return usage();
        }
        preset_print_page();
    } else if (asked == 0) {
        print_all();
    } else if (asked == 1 && v->flag[FLAG_PRESET_JSON] != NULL) {
        preset_print_json_all();
    } else {
        return usage();
    }
    return 0;
}

static int show(const struct variables *v)
{
    void (*print)(const struct preset_list *list) = print_for_people;
    size_t asked = 0;
    for (size_t i = 0; i < NFORMS; i++) {
        if (v->flag[forms[i].flag] != NULL) {
            print = forms[i].print;
            asked++;
        }
    }
    if (v->nwords == 0) {
        return show_all(v, asked);
    }
    if (v->nwords > 1 || asked > 1 || v->flag[FLAG_PRESET_MARKDOWN] != NULL) {
        return usage();
    }
    struct preset_list list;
    if (!read_names(slice_from_text(v->words[0]), &list)) {
        return 2;
    }
    print(&list);
    return 0;
}

int command_preset(int argc, char **argv)
{
    static char *const nothing[] = {NULL};
    struct variables v = {0};
    struct diag d = {{0}};
    int status = 0;
    if (!variables_gather(nothing, COMMAND_PRESET, argc, argv, cli_is_option, &v, &d)) {
        fprintf(stderr, "dockgate: %s\n", d.text);
        status = 2;
    } else if (v.help) {
        command_print_help(COMMAND_PRESET, stdout);
    } else {
        status = show(&v);
    }
    variables_free(&v);
    return status;
}
