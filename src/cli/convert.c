/* The command convert: reads a configuration of any dialect from the environment, an env file or a
 * Compose file, and says it in another dialect's words. What comes out is compiled and compared: it
 * never grants more, and what it can't say is listed. */
#include "cli/convert.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "cli/command.h"
#include "cli/compose.h"
#include "cli/effective.h"
#include "cli/envfile.h"
#include "cli/file.h"
#include "cli/foreign.h"
#include "policy/convert.h"
#include "policy/nearest.h"
#include "policy/sample.h"

/* Where the configuration comes from. */
struct source {
    struct text_list env_file;
    struct compose compose;
    struct variables command; /* the flags in the Compose service's command, over its environment */
    struct variables all;     /* with the flags of this very command line over it */
    struct settings settings;
    struct policy policy;
    struct policy_notes notes;
};

static bool read_env_file(struct source *s, const char *path, struct diag *d)
{
    size_t len = 0;
    char *file = file_read(path, ENVFILE_MAX, &len, d);
    if (file == NULL) {
        return false;
    }
    bool ok = envfile_read(slice_of(file, len), &s->env_file, d);
    free(file);
    return ok || diag_wrap(d, "%s", path);
}

static bool read_compose(struct source *s, const struct variables *flags, struct diag *d)
{
    const char *path = flags->flag[FLAG_CONVERT_COMPOSE];
    bool known = flags->flag[FLAG_CONVERT_ENV_FILE] != NULL;
    size_t len = 0;
    char *file = file_read(path, COMPOSE_MAX, &len, d);
    if (file == NULL) {
        return false;
    }
    bool ok = compose_read(slice_of(file, len), flags->flag[FLAG_CONVERT_SERVICE],
                           known ? &s->env_file : NULL, &s->compose, d);
    free(file);
    return ok || diag_wrap(d, "%s", path);
}

/* The service's command is what its program gets as flags. */
static bool apply_command(struct source *s, struct diag *d)
{
    static char name[] = "serve";
    static char *const nothing[] = {NULL};
    size_t n = s->compose.command.n;
    char **argv = calloc(n + 2, sizeof(*argv));
    char *const *environment = s->compose.environment.n == 0 ? nothing : s->compose.environment.at;
    if (argv == NULL) {
        return diag_set(d, "no memory");
    }
    argv[0] = name;
    if (n > 0) {
        memcpy(argv + 1, s->compose.command.at, n * sizeof(*argv));
    }
    bool ok = variables_gather(environment, COMMAND_SERVE, (int)n + 1, argv, cli_is_option,
                               &s->command, d) ||
              diag_wrap(d, "the service's command");
    free(argv);
    return ok;
}

/* The variables that the configuration consists of. */
static bool find_variables(struct source *s, const struct variables *flags, char *const **list,
                           struct diag *d)
{
    static char *const nothing[] = {NULL};
    const char *env_file = flags->flag[FLAG_CONVERT_ENV_FILE];
    if (flags->flag[FLAG_CONVERT_SERVICE] != NULL && flags->flag[FLAG_CONVERT_COMPOSE] == NULL) {
        return diag_set(d, "--service names a service of the file that --compose reads");
    }
    if (env_file != NULL && !read_env_file(s, env_file, d)) {
        return false;
    }
    if (flags->flag[FLAG_CONVERT_COMPOSE] != NULL) {
        bool ok = read_compose(s, flags, d) && apply_command(s, d);
        *list = s->command.list;
        return ok;
    }
    *list = env_file == NULL ? environ : s->env_file.n == 0 ? nothing : s->env_file.at;
    return true;
}

static bool load(struct source *s, int argc, char **argv, const struct variables *flags)
{
    struct diag d = {{0}};
    char *const *list = NULL;
    bool ok = find_variables(s, flags, &list, &d) &&
              variables_gather(list, COMMAND_CONVERT, argc, argv, cli_is_option, &s->all, &d) &&
              foreign_apply(&s->all, &d) && settings_read(s->all.list, &s->settings, &d);
    if (!ok) {
        fprintf(stderr, "dockgate: convert: %s\n", d.text);
        return false;
    }
    if (s->settings.at[SETTING_CONFIG].text.len > 0) {
        fputs("dockgate: convert: DOCKGATE_CONFIG: what a file says has no other words; `dockgate "
              "check --print` writes what it comes to\n",
              stderr);
        return false;
    }
    ok = cli_load_policy(s->all.list, &s->policy, &s->notes);
    if (!ok) {
        cli_print_notes(&s->notes);
    }
    return ok;
}

/* ---- what it is to become ---- */

/* The dialect that `to` names, DIALECT_NONE for leaf options and a configuration file. False: it
 * names nothing. */
static bool find_target(struct slice to, enum dialect_id *dialect, bool *yaml)
{
    struct slice best = SLICE("options");
    size_t distance = nearest_distance(to, best);
    *dialect = DIALECT_NONE;
    *yaml = slice_equal(to, SLICE("yaml"));
    if (*yaml || slice_equal(to, SLICE("options"))) {
        return true;
    }
    *dialect = dialect_find(to);
    if (*dialect != DIALECT_NONE) {
        return true;
    }
    nearest_try(to, SLICE("yaml"), &best, &distance);
    for (size_t i = 0; i < DIALECT_COUNT; i++) {
        nearest_try(to, dialect_get((enum dialect_id)i)->name, &best, &distance);
    }
    fprintf(stderr, "dockgate: convert: there is no target \"%.*s\"; the nearest is %.*s\n",
            to.len < 64 ? (int)to.len : 64, to.at, (int)best.len, best.at);
    return false;
}

/* ---- writing it ---- */

static void print_options(const struct conversion *c, bool descriptive)
{
    struct policy_variable variables[OPTION_VARIABLES_MAX];
    enum dialect_id dialect = convert_needs_dialect(c) ? c->dialect : DIALECT_NONE;
    cli_print_variables(variables, option_values_write(c->state, dialect, variables));
    if (!descriptive) {
        puts("DESCRIPTIVE_ERRORS=0");
    }
}

/* Settings that belong to the words themselves, or to how they are read. */
static bool is_about_words(enum setting_id id)
{
    return id == SETTING_DIALECT || id == SETTING_PRESET || id == SETTING_CONFIG ||
           id == SETTING_STRICT || id == SETTING_UNKNOWN;
}

/* What a line of a comment begins with. */
static char comment_mark(enum dialect_id dialect)
{
    return dialect == DIALECT_CETUSGUARD ? '!' : '#';
}

/* The gate's own settings go along to dockgate; those of the originals that have options know one
 * of them. */
static bool print_settings(const struct settings *s, enum dialect_id dialect)
{
    bool ours = dialect == DIALECT_NONE;
    bool options = ours || dialect_get(dialect)->kind == DIALECT_OPTIONS;
    bool lost = false;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        struct slice name = setting_row_get(id)->name;
        struct slice text = s->at[i].text;
        if (!s->at[i].set || is_about_words(id)) {
            continue;
        }
        bool kept = ours || (options && id == SETTING_SOCKET_PATH);
        lost = lost || !kept;
        if (!kept) {
            printf("%c %s: ", comment_mark(dialect),
                   options ? "only dockgate knows" : "a setting, not said in these words");
        }
        printf("%.*s=%.*s\n", (int)name.len, name.at, (int)text.len, text.at);
    }
    return lost;
}

/* Lists what is in `all` and not in `kept`; true where there is any. */
static bool print_lost(char mark, const char *why, const struct operation_set *all,
                       const struct operation_set *kept)
{
    bool any = false;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        const struct operation *o = operation_get((enum operation_id)i);
        if (!operation_set_has(all, (enum operation_id)i) ||
            operation_set_has(kept, (enum operation_id)i)) {
            continue;
        }
        if (!any) {
            printf("%c Lost: it is allowed now%s.\n", mark, why);
        }
        printf("%c   %.*s %.*s\n", mark, (int)o->method.len, o->method.at, (int)o->path.len,
               o->path.at);
        any = true;
    }
    return any;
}

/* Rules: a file for cetusguard, variables for wollomatic. False where they can't be made. */
static bool print_rules(const struct source *s, enum dialect_id dialect, struct policy_room *room,
                        const struct operation_set *wanted, struct operation_set *allowed)
{
    static char storage[CONVERT_RULES_MAX];
    struct buf text;
    buf_init(&text, storage, sizeof(storage));
    if (!convert_to_rules(dialect, wanted, room, &text, allowed)) {
        fputs("dockgate: convert: these rules would allow more, or are too long\n", stderr);
        return false;
    }
    if (dialect == DIALECT_CETUSGUARD) {
        puts("! A file for CETUSGUARD_RULES_FILE, together with CETUSGUARD_NO_BUILTIN_RULES=true.");
    } else if (text.len == 0) {
        puts("DOCKGATE_DIALECT=wollomatic");
    }
    printf("%.*s", (int)text.len, text.at);
    if (!s->policy.descriptive_errors) {
        printf("%c only dockgate knows: DESCRIPTIVE_ERRORS=0\n", comment_mark(dialect));
    }
    return true;
}

static bool print_words(const struct source *s, enum dialect_id dialect,
                        const struct operation_set *wanted, struct operation_set *allowed)
{
    static struct conversion c;
    if (dialect == DIALECT_NONE) {
        convert_to_leaves(wanted, &c);
    } else {
        convert_to_words(dialect, wanted, &c);
    }
    print_options(&c, s->policy.descriptive_errors);
    *allowed = c.allowed;
    return true;
}

/* What stays in the environment, beside the file. */
static void print_beside(const struct settings *s)
{
    static const enum setting_id said[] = {
        SETTING_LISTEN, SETTING_ENGINE, SETTING_SOCKET_PATH, SETTING_MODE,   SETTING_REQUESTS,
        SETTING_BINDS,  SETTING_REDACT, SETTING_VISIBLE,     SETTING_LIMITS,
    };
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        bool is_said = is_about_words((enum setting_id)i);
        for (size_t k = 0; k < sizeof(said) / sizeof(said[0]); k++) {
            is_said = is_said || said[k] == i;
        }
        if (s->at[i].set && !is_said) {
            printf("# to be set beside it: %s=%.*s\n", setting_row_get((enum setting_id)i)->name.at,
                   (int)s->at[i].text.len, s->at[i].text.at);
        }
    }
}

int convert_print_yaml(const struct policy *p, const struct settings *s)
{
    static char path[LIMIT_TARGET];
    struct policy_room room = {path, pattern_room_new()};
    struct operation_set said;
    struct effective e;
    struct sample sample;
    policy_sample(p, &room, &sample);
    pattern_room_free(room.patterns);
    bool ok = effective_of_operations(&sample.whole, s, &said, &e) && effective_print(&e);
    effective_free(&e);
    if (!ok) {
        return 2;
    }
    print_beside(s);
    bool lost = print_lost('#', ", and no entry can say it without more", &sample.whole, &said);
    lost =
        print_lost('#', " for some paths only, which are not said", &sample.part, &sample.whole) ||
        lost;
    if (!p->descriptive_errors) {
        puts("# Lost: DESCRIPTIVE_ERRORS=0, which a file can't say.");
    }
    return lost || !p->descriptive_errors ? 1 : 0;
}

static int write_result(const struct source *s, enum dialect_id dialect)
{
    static char path[LIMIT_TARGET];
    struct policy_room room = {path, pattern_room_new()};
    bool rules = dialect != DIALECT_NONE && dialect_get(dialect)->kind == DIALECT_RULES;
    char mark = comment_mark(dialect);
    struct operation_set allowed;
    struct sample sample;
    policy_sample(&s->policy, &room, &sample);
    struct slice from = dialect_get(s->policy.dialect.dialect)->name;
    printf("%c Made by dockgate convert out of what %.*s means, as dockgate reads it.\n", mark,
           (int)from.len, from.at);
    bool ok = rules ? print_rules(s, dialect, &room, &sample.whole, &allowed)
                    : print_words(s, dialect, &sample.whole, &allowed);
    pattern_room_free(room.patterns);
    if (!ok) {
        return 2;
    }
    bool lost = print_settings(&s->settings, dialect) || (rules && !s->policy.descriptive_errors);
    lost =
        print_lost(mark, ", and these words can't say it without more", &sample.whole, &allowed) ||
        lost;
    lost =
        print_lost(mark, " for some paths only, which are not said", &sample.part, &sample.whole) ||
        lost;
    return lost ? 1 : 0;
}

static int run(int argc, char **argv, const struct variables *flags)
{
    static struct source s; /* too large for the stack */
    const char *to = flags->flag[FLAG_CONVERT_TO];
    enum dialect_id dialect;
    bool yaml;
    if (!find_target(to == NULL ? SLICE("options") : slice_from_text(to), &dialect, &yaml)) {
        return 2;
    }
    policy_notes_init(&s.notes);
    int status = 2;
    if (load(&s, argc, argv, flags)) {
        status = yaml ? convert_print_yaml(&s.policy, &s.settings) : write_result(&s, dialect);
    }
    policy_fini(&s.policy);
    variables_free(&s.all);
    variables_free(&s.command);
    compose_free(&s.compose);
    text_list_free(&s.env_file);
    return status;
}

int command_convert(int argc, char **argv)
{
    static char *const nothing[] = {NULL};
    struct variables flags = {0};
    struct diag d = {{0}};
    int status = 2;
    if (!variables_gather(nothing, COMMAND_CONVERT, argc, argv, cli_is_option, &flags, &d)) {
        fprintf(stderr, "dockgate: %s\n", d.text);
    } else if (flags.help) {
        command_print_help(COMMAND_CONVERT, stdout);
        status = 0;
    } else if (flags.nwords != 0) {
        status = command_takes_no(COMMAND_CONVERT, flags.words[0]);
    } else {
        status = run(argc, argv, &flags);
    }
    variables_free(&flags);
    return status;
}
