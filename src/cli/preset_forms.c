/* Presets as options, as a Compose file, as JSON and as the page docs/presets.md. */
#include "cli/preset_forms.h"

#include <stdio.h>

#include "cli/load.h"
#include "policy/ability.h"

struct slice preset_grade(const struct preset *p)
{
    struct operation_set set = preset_operations(p);
    return ability_grade_name(ability_grade_of(&set));
}

static void print_names(const struct preset_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        printf("%s%.*s", i == 0 ? "" : ",", (int)list->at[i]->name.len, list->at[i]->name.at);
    }
}

/* Options. */

size_t preset_variables(const struct preset_list *list, struct policy_variable *variables)
{
    struct operation_set set = preset_list_operations(list);
    struct learn_policy smallest;
    learn_smallest(&set, &smallest);
    return learn_variables(&smallest, variables);
}

void preset_print_options(const struct preset_list *list)
{
    struct policy_variable v[PRESET_VARIABLES_MAX];
    cli_print_variables(v, preset_variables(list, v));
}

/* Compose. */

static const char compose_gate[] =
    "services:\n"
    "  dockgate:\n"
    "    image: dockgate:latest\n"
    "    restart: unless-stopped\n"
    "    read_only: true\n"
    "    cap_drop: [\"ALL\"]\n"
    "    security_opt: [\"no-new-privileges:true\"]\n"
    "    user: \"65534\"\n"
    "    # the group of the socket: stat -c %g /var/run/docker.sock\n"
    "    group_add: [\"${DOCKER_GID:?stat -c %g /var/run/docker.sock}\"]\n"
    "    volumes:\n"
    "      - /var/run/docker.sock:/var/run/docker.sock\n";

static const char compose_networks[] =
    "\n"
    "networks:\n"
    "  # Only the gate and its clients are in it, and it leads nowhere else.\n"
    "  gate:\n"
    "    internal: true\n";

static const char compose_inside[] = "    networks: [gate]\n";

/* A client that is no service of its own reaches the gate from the host, for which an internal
 * network has no ports. */
static const char compose_outside[] = "    networks: [gate, default]\n"
                                      "    ports:\n"
                                      "      - \"127.0.0.1:2375:2375\"\n";

/* A string of YAML between double quotes; Compose's own variables begin with a dollar sign. */
static void put_quoted(struct slice s)
{
    putchar('"');
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '"' || s.at[i] == '\\') {
            putchar('\\');
        } else if (s.at[i] == '$') {
            putchar('$');
        }
        putchar(s.at[i]);
    }
    putchar('"');
}

static void print_setup(const struct preset *p, const char *indent)
{
    for (size_t i = 0; i < p->setup.n; i++) {
        printf("%s# %.*s\n", indent, (int)p->setup.at[i].len, p->setup.at[i].at);
    }
}

static void print_client(const struct preset *p)
{
    printf("\n  %.*s:\n    image: %.*s\n", (int)p->service.len, p->service.at, (int)p->image.len,
           p->image.at);
    printf("    restart: unless-stopped\n    depends_on: [dockgate]\n"
           "    networks: [gate, default]\n");
    print_setup(p, "    ");
    if (p->command.n != 0) {
        printf("    command:\n");
    }
    for (size_t i = 0; i < p->command.n; i++) {
        printf("      - ");
        put_quoted(p->command.at[i]);
        printf("\n");
    }
    if (p->environment.n != 0) {
        printf("    environment:\n");
    }
    for (size_t i = 0; i < p->environment.n; i++) {
        struct slice pair = p->environment.at[i];
        size_t at = slice_find(pair, '=');
        printf("      %.*s: ", (int)at, pair.at);
        put_quoted(slice_sub(pair, at + 1, pair.len));
        printf("\n");
    }
}

/* Whether an earlier preset of the list brought the service already. */
static bool service_is_there(const struct preset_list *list, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (slice_equal(list->at[i]->service, list->at[at]->service)) {
            return true;
        }
    }
    return false;
}

void preset_print_compose(const struct preset_list *list)
{
    bool outside = false;
    for (size_t i = 0; i < list->n; i++) {
        outside = outside || list->at[i]->service.len == 0;
    }
    fputs(compose_gate, stdout);
    fputs(outside ? compose_outside : compose_inside, stdout);
    printf("    environment:\n      DOCKGATE_PRESET: \"");
    print_names(list);
    printf("\"\n");
    for (size_t i = 0; i < list->n; i++) {
        const struct preset *p = list->at[i];
        if (p->service.len == 0) {
            print_setup(p, "  ");
        } else if (!service_is_there(list, i)) {
            print_client(p);
        }
    }
    fputs(compose_networks, stdout);
}

/* The page. */

static const char page_head[] =
    "# Presets\n"
    "\n"
    "<!-- Made by `dockgate preset --markdown`; a test compares. Change the files in "
    "src/policy/presets, not this page. -->\n"
    "\n"
    "A preset grants just what one client calls. `DOCKGATE_PRESET=watchtower-update` (or "
    "`--preset=watchtower-update`)\n"
    "takes one, `DOCKGATE_PRESET=traefik,dozzle` several. `dockgate preset NAME` shows what it "
    "grants, the options that come\n"
    "to the same, and a Compose file.\n"
    "\n"
    "- With a preset nothing is on by default: not `EVENTS`, `PING` or `VERSION` either. What the "
    "preset names is granted.\n"
    "- An option that is set wins, in both directions: `CONTAINERS_LOGS=1` adds to a preset, "
    "`CONTAINERS_CREATE=0` takes from\n"
    "  it, and a section does so for all that it stands for, but for what a leaf says.\n"
    "- A short name means the narrowest of a client's presets: `watchtower` is "
    "`watchtower-monitor`, which replaces no container.\n"
    "- A 403 names the option that would add the operation; the access log names the preset that "
    "granted one\n"
    "  (`preset:traefik-docker`).\n"
    "\n"
    "Each was read from the client's source, or recorded, in the version that its section names. "
    "A client of another version\n"
    "may call more: the gate then denies it and says which option would allow it.\n"
    "\n";

static void print_page_row(const struct preset *p)
{
    printf("| [`%.*s`](#%.*s)", (int)p->name.len, p->name.at, (int)p->name.len, p->name.at);
    if (p->alias.len != 0) {
        printf(", `%.*s`", (int)p->alias.len, p->alias.at);
    }
    struct slice grade = preset_grade(p);
    printf(" | %.*s | %.*s | %.*s |\n", (int)p->client.len, p->client.at, (int)p->sentence.len,
           p->sentence.at, (int)grade.len, grade.at);
}

static void print_page_section(const struct preset *p)
{
    struct operation_set set = preset_operations(p);
    printf("\n## %.*s\n\n%.*s, read from %.*s (%.*s).\n%.*s\n\n", (int)p->name.len, p->name.at,
           (int)p->client.len, p->client.at, (int)p->version.len, p->version.at, (int)p->source.len,
           p->source.at, (int)p->sentence.len, p->sentence.at);
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        const struct operation *o = operation_get((enum operation_id)i);
        if (operation_set_has(&set, (enum operation_id)i)) {
            struct slice option = option_name(option_leaf((enum operation_id)i));
            printf("- `%.*s %.*s` (`%.*s`)\n", (int)o->method.len, o->method.at, (int)o->path.len,
                   o->path.at, (int)option.len, option.at);
        }
    }
}

void preset_print_page(void)
{
    fputs(page_head, stdout);
    printf("| preset | client | what it can do then | grade |\n|---|---|---|---|\n");
    for (size_t i = 0; i < preset_count(); i++) {
        print_page_row(preset_get(i));
    }
    for (size_t i = 0; i < preset_count(); i++) {
        print_page_section(preset_get(i));
    }
}
