/* The command convert: reads a configuration of any dialect from the environment, an env file or a
 * Compose file, and says it in another dialect's words. What comes out is compiled and compared: it
 * never grants more, and what it can't say is listed. */
#include "policy/convert.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "cli/command.h"
#include "cli/compose.h"
#include "cli/envfile.h"
#include "cli/file.h"
#include "cli/foreign.h"
#include "cli/load.h"
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
    ok = cli_load_policy(s->all.list, &s->policy, &s->notes);
    if (!ok) {
        cli_print_notes(&s->notes);
    }
    return ok;
}

/* ---- what it is to become ---- */

/* The dialect of options that `to` names, DIALECT_NONE for leaf options. False: it names neither.
 */
static bool find_target(struct slice to, enum dialect_id *dialect)
{
    struct slice best = SLICE("options");
    size_t distance = nearest_distance(to, best);
    *dialect = DIALECT_NONE;
    if (slice_equal(to, SLICE("options"))) {
        return true;
    }
    if (slice_equal(to, SLICE("yaml"))) {
        fputs("dockgate: convert: --to yaml comes with configuration files, in a later version\n",
              stderr);
        return false;
    }
    *dialect = dialect_find(to);
    if (*dialect != DIALECT_NONE && dialect_get(*dialect)->kind == DIALECT_OPTIONS) {
        return true;
    }
    if (*dialect != DIALECT_NONE) {
        fprintf(
            stderr,
            "dockgate: convert: rules of %.*s can be read, not written; --to options is exact\n",
            (int)to.len, to.at);
        return false;
    }
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
    if (convert_needs_dialect(c)) {
        struct slice name = dialect_get(c->dialect)->name;
        printf("DOCKGATE_DIALECT=%.*s\n", (int)name.len, name.at);
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        struct slice name = option_name((option_id)i);
        if (c->state[i] != OPTION_UNSET) {
            printf("%.*s=%c\n", (int)name.len, name.at, c->state[i] == OPTION_ON ? '1' : '0');
        }
    }
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

/* The gate's own settings go along to dockgate; the originals know one of them. */
static bool print_settings(const struct settings *s, bool ours)
{
    bool lost = false;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        struct slice name = setting_row_get(id)->name;
        struct slice text = s->at[i].text;
        if (!s->at[i].set || is_about_words(id)) {
            continue;
        }
        bool kept = ours || id == SETTING_SOCKET_PATH;
        lost = lost || !kept;
        printf("%s%.*s=%.*s\n", kept ? "" : "# only dockgate knows: ", (int)name.len, name.at,
               (int)text.len, text.at);
    }
    return lost;
}

/* Lists what is in `all` and not in `kept`; true where there is any. */
static bool print_lost(const char *why, const struct operation_set *all,
                       const struct operation_set *kept)
{
    bool any = false;
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        const struct operation *o = operation_get((enum operation_id)i);
        if (!operation_set_has(all, (enum operation_id)i) ||
            operation_set_has(kept, (enum operation_id)i)) {
            continue;
        }
        printf("%s#   %.*s %.*s\n", any ? "" : why, (int)o->method.len, o->method.at,
               (int)o->path.len, o->path.at);
        any = true;
    }
    return any;
}

static int write_result(const struct source *s, enum dialect_id dialect)
{
    static char path[LIMIT_TARGET];
    static struct conversion c;
    struct policy_room room = {path, pattern_room_new()};
    struct sample sample;
    bool ours = dialect == DIALECT_NONE;
    policy_sample(&s->policy, &room, &sample);
    pattern_room_free(room.patterns);
    if (ours) {
        convert_to_leaves(&sample.whole, &c);
    } else {
        convert_to_words(dialect, &sample.whole, &c);
    }
    struct slice from = dialect_get(s->policy.dialect.dialect)->name;
    printf("# Made by dockgate convert out of what %.*s means, as dockgate reads it.\n",
           (int)from.len, from.at);
    print_options(&c, s->policy.descriptive_errors);
    bool lost = print_settings(&s->settings, ours);
    lost = print_lost("# Lost: it is allowed now, and these words can't say it without more.\n",
                      &sample.whole, &c.allowed) ||
           lost;
    lost = print_lost("# Lost: it is allowed now for some paths only, which options can't say.\n",
                      &sample.part, &sample.whole) ||
           lost;
    return lost ? 1 : 0;
}

static int run(int argc, char **argv, const struct variables *flags)
{
    static struct source s; /* too large for the stack */
    const char *to = flags->flag[FLAG_CONVERT_TO];
    enum dialect_id dialect;
    if (!find_target(to == NULL ? SLICE("options") : slice_from_text(to), &dialect)) {
        return 2;
    }
    policy_notes_init(&s.notes);
    int status = load(&s, argc, argv, flags) ? write_result(&s, dialect) : 2;
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
        command_print_help(COMMAND_CONVERT, stderr);
    } else {
        status = run(argc, argv, &flags);
    }
    variables_free(&flags);
    return status;
}
