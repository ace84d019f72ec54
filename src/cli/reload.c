/* Reloading: compiled beside what runs, and swapped whole. */
#include "cli/reload.h"

#include "cli/file.h"
#include "sys/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

/* Listeners whose addresses are told to the compiler of clients. */
#define LISTENERS_MAX 64

/* A snapshot with what it is made of. */
struct compiled {
    struct gate_snapshot snapshot; /* first */
    struct configuration *configuration;
};

static void free_compiled(struct gate_snapshot *s)
{
    struct compiled *c = s->owner;

    configuration_free(c->configuration);
    free(c);
}

static const char *path_of(const struct reload *r)
{
    return r->load->settings.at[SETTING_CONFIG].text.at;
}

static struct configuration *compile(const struct reload *r, struct policy_notes *notes)
{
    struct slice listen[LISTENERS_MAX];
    size_t n = r->nlisteners < LISTENERS_MAX ? r->nlisteners : LISTENERS_MAX;
    struct diag d = {{0}};
    size_t len = 0;
    char *file = file_read(path_of(r), DOCUMENT_MAX, &len, &d);

    policy_notes_init(notes);
    if (file == NULL) {
        sys_log("%s", d.text);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        listen[i] = slice_from_text(r->listeners[i].address.text);
    }
    struct configuration *c =
        cli_configuration(&r->load->settings, slice_of(file, len), listen, n, notes);
    free(file);
    return c;
}

static struct gate_snapshot *snapshot_of(struct configuration *configuration)
{
    struct compiled *c = calloc(1, sizeof(*c));

    if (c == NULL) {
        configuration_free(configuration);
        sys_log("no memory for policies");
        return NULL;
    }
    c->configuration = configuration;
    c->snapshot.clients = configuration->clients;
    c->snapshot.free = free_compiled;
    c->snapshot.owner = c;
    atomic_init(&c->snapshot.users, 1);
    return &c->snapshot;
}

struct gate_snapshot *reload_read(const struct reload *r)
{
    static struct policy_notes notes; /* said already when it was loaded */
    struct configuration *c = compile(r, &notes);

    if (c == NULL) {
        cli_print_notes(&notes);
        return NULL;
    }
    return snapshot_of(c);
}

static struct slice text_of(const struct tree_node *node)
{
    return node == NULL ? SLICE("") : node->text;
}

/* Which addresses there are was settled at the start. */
static void warn_of_fixed(const struct config *old, const struct config *new)
{
    bool same = old->listeners.n == new->listeners.n;

    for (size_t i = 0; same && i < old->listeners.n; i++) {
        const struct config_listener *a = config_listener_at(old, i);
        const struct config_listener *b = config_listener_at(new, i);
        same = slice_equal(text_of(a->address), text_of(b->address)) &&
               slice_equal(text_of(a->mode), text_of(b->mode)) &&
               slice_equal(text_of(a->group), text_of(b->group));
    }
    if (!same) {
        sys_log("warning: listeners change with a restart only");
    }
    if (!slice_equal(text_of(old->engine), text_of(new->engine))) {
        sys_log("warning: engine changes with a restart only");
    }
    if (schema_is_true(old->watch, false) != schema_is_true(new->watch, false)) {
        sys_log("warning: watch changes with a restart only");
    }
}

/* Reads what inotify has to say; whether it is about the file, or about the link by which
 * Kubernetes exchanges all files of a folder. */
static bool is_about_file(const struct reload *r)
{
    _Alignas(struct inotify_event) char events[4096];
    const char *slash = strrchr(path_of(r), '/');
    struct slice base = slice_from_text(slash == NULL ? path_of(r) : slash + 1);
    bool is = false;
    ssize_t n = read(r->changes, events, sizeof(events));

    for (ssize_t at = 0; at < n;) {
        const struct inotify_event *event = (const struct inotify_event *)(const void *)&events[at];
        struct slice name = event->len == 0 ? SLICE("") : slice_from_text(event->name);
        is = is || slice_equal(name, base) || slice_equal(name, SLICE("..data"));
        at += (ssize_t)(sizeof(*event) + event->len);
    }
    return is;
}

void reload_again(void *argument, bool changed)
{
    static struct policy_notes notes;
    struct reload *r = argument;

    if (changed && !is_about_file(r)) {
        return;
    }
    struct configuration *c = compile(r, &notes);
    cli_print_notes(&notes);
    if (c == NULL) {
        sys_log("%s was not taken over; the policies stay as they were", path_of(r));
        return;
    }
    warn_of_fixed(&r->load->configuration->config, &c->config);
    size_t n = c->npolicies;
    struct gate_snapshot *s = snapshot_of(c);
    if (s != NULL) {
        gate_replace(r->gate, s);
        sys_log("%s was read again: %zu %s", path_of(r), n, n == 1 ? "policy" : "policies");
    }
}

bool reload_open(struct reload *r, struct diag *d)
{
    const char *path = path_of(r);
    const char *slash = strrchr(path, '/');
    int len = slash == NULL ? 0 : (int)(slash - path);

    r->changes = -1;
    if (snprintf(r->folder, sizeof(r->folder), "%.*s", slash == NULL ? 1 : (len == 0 ? 1 : len),
                 slash == NULL ? "." : path) >= (int)sizeof(r->folder)) {
        return diag_set(d, "DOCKGATE_CONFIG: the path is too long");
    }
    if (!schema_is_true(r->load->configuration->config.watch, false)) {
        return true;
    }
    r->changes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (r->changes < 0 ||
        inotify_add_watch(r->changes, r->folder, IN_CLOSE_WRITE | IN_MOVED_TO) < 0) {
        return diag_set(d, "%s can't be watched: %s", r->folder, strerrordesc_np(errno));
    }
    return true;
}

void reload_close(struct reload *r)
{
    if (r->load != NULL && r->changes >= 0) {
        (void)close(r->changes); /* nothing to be done about an error */
    }
}
