/* The manual page dockgate.yaml(5): the tables of keys, one below the other. */
#include "cli/man.h"

#include <stdio.h>

#include "inspect/config.h"

/* What a value looks like, where the table doesn't say. */
static const char *shape_of(const struct schema_field *f)
{
    switch (f->kind) {
    case SCHEMA_MAP:
        return "keys of its own, below";
    case SCHEMA_LIST:
        return "a list of mappings with keys of their own, below";
    case SCHEMA_NAMED:
        return "a mapping of names of your choice; each has keys of its own, below";
    case SCHEMA_TEXT:
    case SCHEMA_WORD:
    case SCHEMA_NUMBER:
    case SCHEMA_MODE:
    case SCHEMA_SWITCH:
    case SCHEMA_TEXTS:
    case SCHEMA_PAIRS:
        break;
    }
    return f->accepts;
}

/* The keys of a table, then those of the tables that stand in it; as deep as the tables are.
 * NOLINTBEGIN(misc-no-recursion) */
static void put_table(const struct schema_table *table, struct slice name)
{
    fputs(".SS ", stdout);
    man_put(name);
    fputc('\n', stdout);
    for (size_t i = 0; i < table->n; i++) {
        const struct schema_field *f = &table->field[i];
        fputs(".TP\n\\fB", stdout);
        man_put(f->key);
        fputs("\\fR\n", stdout);
        man_put_text(slice_from_text(f->help), ".");
        fputs("Value:\n", stdout);
        man_put_text(slice_from_text(shape_of(f)), ".");
    }
    for (size_t i = 0; i < table->n; i++) {
        if (table->field[i].table != NULL) {
            put_table(table->field[i].table, table->field[i].key);
        }
    }
}
/* NOLINTEND(misc-no-recursion) */

void man_put_file_page(void)
{
    man_put_head("DOCKGATE.YAML", '5', "dockgate.yaml",
                 "policies of dockgate, one for each client");
    fputs(".SH SYNOPSIS\n.B dockgate\n\\-\\-config=\\fIFILE\\fR\n"
          ".SH DESCRIPTION\n"
          "One YAML document of mappings. Anchors, aliases, tags, keys that stand\n"
          "twice and keys that are not listed here are errors, told with their place.\n"
          "Flags win over the environment, the environment over the file.\n"
          "\\fBdockgate check \\-\\-config=\\fIFILE\\fR says what a file comes to,\n"
          "with \\fB\\-\\-print\\fR as a file again;\n"
          "\\fBdockgate convert \\-\\-to=yaml\\fR writes one out of variables.\n"
          "\\fBdockgate schema\\fR writes a JSON schema for editors.\n"
          ".PP\nThe gate reads the file again on SIGHUP, whole or not at all.\n"
          ".SH KEYS\n",
          stdout);
    put_table(config_table(), SLICE("the file"));
    fputs(".SH EXAMPLE\n.nf\nlisteners:\n"
          "  \\- {name: local, address: \"unix:///run/dockgate/docker.sock\"}\n"
          "clients:\n"
          "  \\- {listener: local, uid: 1000, policy: ci}\n"
          "policies:\n"
          "  ci:\n"
          "    preset: gitlab\\-runner\n"
          "    requests: {profile: ci}\n"
          ".fi\n.SH SEE ALSO\n.BR dockgate (1),\n.BR dockgate\\-options (7)\n",
          stdout);
}
