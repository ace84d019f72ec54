/* The command serve: the start ceremony in order, and the gate. Read serve_run first: it is the
 * checklist; every other function here is one of its lines. */
#include "cli/serve.h"

#include "admin/watch.h"
#include "cli/command.h"
#include "cli/endpoints.h"
#include "cli/reload.h"
#include "cli/requests.h"
#include "cli/view.h"
#include "gate/gate.h"
#include "net/listener.h"
#include "sys/account.h"
#include "sys/limits.h"
#include "sys/log.h"
#include "sys/memory.h"
#include "sys/sandbox.h"
#include "sys/service.h"
#include "version.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Access log lines that may wait for a slow reader. */
#define LOG_CAPACITY ((size_t)1024 * 1024)

/* How long the last of them are waited for at the end. */
#define LOG_WAIT_MS 1000

#define REMEDY_MAX 256

/* More threads than this only where they are asked for: few gates have that much to do. */
#define WORKERS_DEFAULT 4

/* A gate that is being started. */
struct serve {
    const struct cli_load *load;
    const struct settings *settings;
    const struct serve_beside *beside;
    struct net_address listen[ENDPOINTS_MAX];
    size_t nlisten;
    struct net_listener listeners[ENDPOINTS_MAX];
    struct sys_janitor_file files[ENDPOINTS_MAX];
    struct sys_sandbox sandbox;
    struct cli_view view;
    struct gate_policy policy;        /* everybody's, without a configuration file */
    struct quota quota;               /* the same */
    struct requests_policy *requests; /* the same; owned */
    struct cli_own own;               /* the same */
    struct gate_snapshot everybody;   /* the same */
    struct reload reload;             /* with one */
    struct gate_config config;
    struct gate *gate;
    struct net_networks allow_from;
    struct net_names names;           /* the same */
    struct net_names engine_name;     /* of the engine's host, where that is one */
    struct net_networks engine_fixed; /* what the file of hosts says of it */
    struct net_listener health;       /* its descriptor is -1 where there is none */
    struct admin_watch *watch;
    char remedy[REMEDY_MAX];
    int service; /* the way to the service manager, or -1 */
};

static uint64_t number(const struct serve *s, enum setting_id id)
{
    return s->settings->at[id].number;
}

/* The memory allocator would ask for the number of processors when the sandbox no longer lets it;
 * and an arena for each thread is all it ever needs. Times obey TZ, whose file is read now. */
static void prepare_process(const struct serve *s)
{
    sigset_t ends;

    (void)mallopt(M_ARENA_MAX, (int)s->config.workers + 2);
    tzset();
    (void)signal(SIGPIPE, SIG_IGN);
    /* A signal that comes during the start waits for gate_run, so that socket files are removed. */
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    if (s->load->configuration != NULL) {
        sigaddset(&ends, SIGHUP);
    }
    (void)sigprocmask(SIG_BLOCK, &ends, NULL);
}

static void set_connections(struct serve *s)
{
    uint64_t descriptors = sys_limits_set();
    uint32_t wanted = (uint32_t)number(s, SETTING_MAX_CONNECTIONS);
    uint32_t max = sys_limits_connections(descriptors, wanted);
    uint32_t address = (uint32_t)number(s, SETTING_MAX_PER_ADDRESS);

    if (max < wanted) {
        sys_log("at most %u connections instead of %u: only %llu descriptors are allowed", max,
                wanted, (unsigned long long)descriptors);
    }
    if (address == 0) {
        address = max - max / 4;
    }
    s->config.max_connections = max;
    s->config.max_address = address < max ? address : max;
}

static void set_config(struct serve *s)
{
    unsigned processors = sys_limits_processors();

    s->config.workers = (unsigned)number(s, SETTING_WORKERS);
    if (s->config.workers == 0) {
        s->config.workers = processors < WORKERS_DEFAULT ? processors : WORKERS_DEFAULT;
    }
    set_connections(s);
    s->config.listeners = s->listeners;
    s->config.changes = -1;
    s->config.head_ms = (uint32_t)number(s, SETTING_HEAD_TIMEOUT);
    s->config.idle_ms = (uint32_t)number(s, SETTING_IDLE_TIMEOUT);
    s->config.engine_ms = (uint32_t)number(s, SETTING_ENGINE_TIMEOUT);
    s->config.grace_ms = (uint32_t)number(s, SETTING_GRACE);
    s->config.permission_remedy = s->remedy;
}

static bool read_access(const struct serve *s, struct net_listener_access *access, struct diag *d)
{
    const struct setting_value *user = &s->settings->at[SETTING_SOCKET_USER];
    const struct setting_value *group = &s->settings->at[SETTING_SOCKET_GROUP];

    *access = (struct net_listener_access){
        .mode = (mode_t)number(s, SETTING_SOCKET_MODE), .uid = (uid_t)-1, .gid = (gid_t)-1};
    if (user->set && !sys_account_uid(user->text, &access->uid, d)) {
        return diag_wrap(d, "DOCKGATE_SOCKET_USER");
    }
    if (group->set && !sys_account_gid(group->text, &access->gid, d)) {
        return diag_wrap(d, "DOCKGATE_SOCKET_GROUP");
    }
    return true;
}

/* What a service manager passes takes the place of the default, and stands beside what is asked
 * for. */
static bool adopt_listeners(struct serve *s, size_t passed, struct diag *d)
{
    for (size_t i = 0; i < passed; i++) {
        if (s->config.nlisteners == ENDPOINTS_MAX) {
            return diag_set(d, "more than %d listeners", ENDPOINTS_MAX);
        }
        if (!net_listener_adopt(SYS_SERVICE_FIRST_FD + (int)i, &s->listeners[i], d)) {
            return false;
        }
        s->config.nlisteners++;
    }
    return true;
}

static bool open_listener(struct serve *s, const struct net_address *address,
                          const struct net_listener_access *access, struct diag *d)
{
    if (s->config.nlisteners == ENDPOINTS_MAX) {
        return diag_set(d, "more than %d listeners", ENDPOINTS_MAX);
    }
    if (!endpoints_apart(&s->config.engine, address, 1, d)) {
        return false;
    }
    if (!net_listener_open(address, access, &s->listeners[s->config.nlisteners], d)) {
        return false;
    }
    s->config.nlisteners++;
    return true;
}

/* The listeners of a configuration file, each with what it says of its socket. */
static bool open_configured(struct serve *s, const struct config *c,
                            const struct net_listener_access *usual, struct diag *d)
{
    for (size_t i = 0; i < c->listeners.n; i++) {
        const struct config_listener *l = config_listener_at(c, i);
        struct net_listener_access access = *usual;

        access.mode = (mode_t)schema_number(l->mode, 8, access.mode);
        if (l->group != NULL && !sys_account_gid(l->group->text, &access.gid, d)) {
            return diag_wrap(d, "%s:%u:%u", s->settings->at[SETTING_CONFIG].text.at, l->group->line,
                             l->group->column);
        }
        if (!net_address_parse(l->address->text, &s->listen[0], d) ||
            !open_listener(s, &s->listen[0], &access, d)) {
            return false;
        }
    }
    return true;
}

static bool open_listeners(struct serve *s, struct diag *d)
{
    struct net_listener_access access;
    size_t passed = sys_service_sockets();
    const struct configuration *file = s->load->configuration;

    if (!read_access(s, &access, d) || !adopt_listeners(s, passed, d)) {
        return false;
    }
    if (!s->settings->at[SETTING_LISTEN].set) {
        if (file != NULL && file->config.listeners.n > 0) {
            return open_configured(s, &file->config, &access, d);
        }
        if (passed > 0) {
            return true;
        }
    }
    for (size_t i = 0; i < s->nlisten; i++) {
        if (!open_listener(s, &s->listen[i], &access, d)) {
            return false;
        }
    }
    return true;
}

/* What requests are decided by: the file's policies, or the environment's one. */
static bool prepare_policies(struct serve *s, struct diag *d)
{
    if (s->load->configuration == NULL) {
        s->policy = (struct gate_policy){
            .operations = &s->load->policy,
            .observe = number(s, SETTING_MODE) == SETTINGS_MODE_OBSERVE,
            .answers = s->view.answers,
            .requests = s->requests,
            .own = s->own.own,
            .quota = quota_is_set(&s->quota.limits) ? &s->quota : NULL,
        };
        s->everybody.clients = (struct gate_clients){.otherwise = &s->policy};
        atomic_init(&s->everybody.users, 1);
        s->config.policies = &s->everybody;
        return true;
    }
    s->reload.load = s->load;
    s->reload.listeners = s->listeners;
    s->reload.nlisteners = s->config.nlisteners;
    if (!reload_open(&s->reload, d)) {
        return false;
    }
    s->config.reload = reload_again;
    s->config.reload_argument = &s->reload;
    s->config.changes = s->reload.changes;
    s->sandbox.read_in = s->reload.folder;
    s->sandbox.read_proc = s->load->configuration->clients.by_container;
    s->config.policies = reload_read(&s->reload);
    return s->config.policies != NULL || diag_set(d, "the configuration file can't be used");
}

/* Who may connect. Names are taken from the system's files now, since the sandbox closes them. */
static bool allow_from(struct serve *s, struct diag *d)
{
    if (!endpoints_allow_from(s->settings, &s->allow_from, &s->names, d)) {
        return false;
    }
    if (s->allow_from.n + s->names.n > 0) {
        s->config.allow_from = &s->allow_from;
    }
    if (s->names.n > 0 && !resolver_new(&s->names, &s->allow_from, &s->config.names, d)) {
        return false;
    }
    s->sandbox.looks_up |= s->config.names != NULL;
    return true;
}

/* Where the engine is. A name is taken from the system's files now, as above. */
static bool find_engine(struct serve *s, struct diag *d)
{
    if (!endpoints_engine(s->settings, &s->config.engine, d)) {
        return false;
    }
    s->config.engine_fixed = &s->engine_fixed;
    if (s->config.engine.named &&
        (!net_names_add(&s->engine_name, net_address_host(&s->config.engine), d) ||
         !resolver_new(&s->engine_name, &s->engine_fixed, &s->config.engine_names, d))) {
        return false;
    }
    s->sandbox.looks_up |= s->config.engine_names != NULL;
    return true;
}

/* Who may connect, and where the watch answers. */
static bool open_admin(struct serve *s, struct diag *d)
{
    struct net_listener_access access = {.mode = 0600, .uid = (uid_t)-1, .gid = (gid_t)-1};
    struct net_address address;
    bool set;

    if (!allow_from(s, d) || !endpoints_health(s->settings, &address, &set, d)) {
        return false;
    }
    if (!set) {
        return true;
    }
    if (address.family == NET_UNIX) {
        return diag_set(d, "DOCKGATE_HEALTH_LISTEN: accepted is tcp://HOST:PORT");
    }
    return net_listener_open(&address, &access, &s->health, d);
}

/* What somebody must do whose gate isn't let in by the engine's socket. */
static void find_remedy(struct serve *s)
{
    const char *path = endpoints_path(&s->config.engine);
    struct stat st;

    if (path == NULL) {
        snprintf(s->remedy, sizeof(s->remedy), "the engine refuses connections from here");
    } else if (stat(path, &st) < 0) {
        snprintf(
            s->remedy, sizeof(s->remedy),
            "give the gate the group of the engine's socket, in compose: group_add: [\"GID\"], "
            "where GID is what `stat -c %%g %s` prints on the host",
            path);
    } else if ((st.st_mode & S_IWGRP) != 0) {
        snprintf(s->remedy, sizeof(s->remedy),
                 "to mend it, in compose: group_add: [\"%u\"]; with docker run: --group-add %u; "
                 "else start it as root, or as a user of that group",
                 (unsigned)st.st_gid, (unsigned)st.st_gid);
    } else {
        snprintf(s->remedy, sizeof(s->remedy),
                 "to mend it, in compose: user: \"%u:%u\"; with docker run: --user %u:%u",
                 (unsigned)st.st_uid, (unsigned)st.st_gid, (unsigned)st.st_uid,
                 (unsigned)st.st_gid);
    }
}

static bool enter_sandbox(struct serve *s, struct diag *d)
{
    struct slice user = s->settings->at[SETTING_USER].text;
    size_t n = 0;

    for (size_t i = 0; i < s->config.nlisteners; i++) {
        const struct net_listener *l = &s->listeners[i];

        if (l->unlink_at_exit) {
            s->files[n++] = (struct sys_janitor_file){endpoints_path(&l->address), l->dev, l->ino};
        }
    }
    s->sandbox.files = s->files;
    s->sandbox.nfiles = n;
    s->sandbox.engine_port = net_address_port(&s->config.engine);
    return sys_identity_choose(user, endpoints_path(&s->config.engine), &s->sandbox.identity, d) &&
           sys_sandbox_enter(&s->sandbox, d);
}

/* A directory is what a container engine makes of a mount whose source is not there. */
static void log_no_socket(const struct serve *s, mode_t mode)
{
    sys_log("engine %s: this is %s; requests are answered with 502 until a socket is there",
            s->config.engine.text,
            S_ISDIR(mode) ? "a directory, no socket: docker run -v makes one where the host has no "
                            "such file; mount the socket of the host's engine"
                          : "a file, no socket");
}

/* Where somebody set no engine, the usual place was tried, and he may have another. */
static const char *engine_remedy(const struct serve *s)
{
    const struct setting_value *at = s->settings->at;

    return at[SETTING_ENGINE].set || at[SETTING_SOCKET_PATH].set
               ? ""
               : " (DOCKGATE_ENGINE=unix:///PATH says where else it is)";
}

/* Absent is only a notice: engines start late, and come back under new socket files. */
static void check_engine(const struct serve *s)
{
    const char *path = endpoints_path(&s->config.engine);
    struct stat st;

    if (path != NULL && stat(path, &st) == 0 && !S_ISSOCK(st.st_mode)) {
        log_no_socket(s, st.st_mode);
        return;
    }
    if (path == NULL || access(path, W_OK) == 0) {
        return;
    }
    if (errno == EACCES || errno == EPERM) {
        sys_log("engine %s: permission denied for uid %u, gid %u; %s", s->config.engine.text,
                (unsigned)geteuid(), (unsigned)getegid(), s->remedy);
    } else {
        sys_log("engine %s: %s; requests are answered with 502 until it is there%s",
                s->config.engine.text, strerror(errno), engine_remedy(s));
    }
}

/* The threads: the writer of the access log, and the loops. They wait until gate_run. */
static bool make_gate(struct serve *s, struct diag *d)
{
    s->config.log =
        access_log_new(STDOUT_FILENO, (enum access_log_format)number(s, SETTING_LOG_FORMAT),
                       (enum access_log_which)number(s, SETTING_LOG), LOG_CAPACITY, d);
    if (s->config.log == NULL) {
        return false;
    }
    s->gate = gate_new(&s->config, d);
    s->reload.gate = s->gate;
    return s->gate != NULL;
}

/* The thread that looks whether the engine is there, where anybody wants to know. */
static bool make_watch(struct serve *s, struct diag *d)
{
    struct admin_watch_config config = {
        .engine = &s->config.engine,
        .interval_ms = (uint32_t)number(s, SETTING_WATCHDOG),
        .stop = number(s, SETTING_WATCHDOG_STOP) != 0,
        .listener = s->health.fd,
        .gate = s->gate,
    };

    if (config.interval_ms == 0 && config.listener < 0) {
        return true;
    }
    s->watch = admin_watch_new(&config, d);
    return s->watch != NULL;
}

/* The options that are on, as far as they fit a line; the rest is what `dockgate check` is for. */
static void announce_options(const struct serve *s)
{
    char text[1024];
    struct buf b;

    if (s->load->configuration != NULL) {
        sys_log("policies of %s: %zu", s->settings->at[SETTING_CONFIG].text.at,
                s->load->configuration->npolicies);
        return;
    }
    if (s->load->policy.rules != NULL) {
        sys_log("rules: %zu", rule_list_count(s->load->policy.rules));
        return;
    }
    buf_init(&b, text, sizeof(text) - 1);
    for (char **v = s->load->variables.list; *v != NULL; v++) {
        struct slice all = slice_from_text(*v);
        size_t equals = slice_find(all, '=');
        struct slice name = slice_sub(all, 0, equals);
        enum dialect_switch on = dialect_read_switch(s->load->policy.dialect.dialect,
                                                     slice_sub(all, equals + 1, all.len));

        if (option_find(name) != OPTION_NONE &&
            (on == DIALECT_SWITCH_ON || on == DIALECT_SWITCH_WORD)) {
            (void)(buf_put_byte(&b, ' ') && buf_put(&b, name));
        }
    }
    sys_log("options on:%.*s%s", (int)b.len, text, b.len == 0 ? " only the defaults" : "");
}

static void announce_dialect(const struct serve *s)
{
    char text[128];
    struct buf reason;
    struct slice dialect = dialect_get(s->load->policy.dialect.dialect)->name;

    buf_init(&reason, text, sizeof(text));
    if (s->load->configuration != NULL) {
        sys_log("version %s (%s)", DOCKGATE_VERSION, DOCKGATE_COMMIT);
        return;
    }
    dialect_put_reason(&s->load->policy.dialect, &reason);
    sys_log("version %s (%s), dialect %.*s%.*s", DOCKGATE_VERSION, DOCKGATE_COMMIT,
            (int)dialect.len, dialect.at, (int)reason.len, text);
}

static void announce(const struct serve *s)
{
    announce_dialect(s);
    if (s->beside != NULL) {
        sys_log("%s", s->beside->says);
    } else {
        announce_options(s);
    }
    for (size_t i = 0; i < s->config.nlisteners; i++) {
        const struct net_address *a = &s->listeners[i].address;

        sys_log("listening on %s%s", a->text,
                a->any_family && a->sockaddr.ss_family == AF_INET ? " (IPv4 alone: no IPv6 here)"
                                                                  : "");
    }
    sys_log("engine %s, as uid %u gid %u, at most %u connections, %u worker%s",
            s->config.engine.text, (unsigned)geteuid(), (unsigned)getegid(),
            s->config.max_connections, s->config.workers, s->config.workers == 1 ? "" : "s");
}

static void clean_up(struct serve *s)
{
    admin_watch_free(s->watch);
    gate_free(s->gate);
    if (s->config.log != NULL) {
        access_log_free(s->config.log, LOG_WAIT_MS);
    }
    for (size_t i = 0; i < s->config.nlisteners; i++) {
        net_listener_close(&s->listeners[i]);
    }
    net_listener_close(&s->health);
    resolver_free(s->config.names);
    resolver_free(s->config.engine_names);
    reload_close(&s->reload);
    if (s->config.policies != NULL) {
        gate_snapshot_put(s->config.policies);
    }
    cli_view_free(&s->view);
    requests_policy_free(s->requests);
    sys_sandbox_leave(&s->sandbox);
}

static bool prepare(struct serve *s, struct diag *d)
{
    struct cli_view_words words = cli_view_words(s->settings);

    if (!cli_load_limits(s->settings, &s->quota.limits, d)) {
        return false;
    }
    if (s->load->configuration == NULL &&
        (!requests_from_settings(s->settings, &s->requests, d) ||
         !cli_own_from_settings(s->settings, s->requests, &s->own, d) ||
         !cli_view_read(&words, &s->load->policy, &s->own, s->requests, &s->view, d))) {
        return false;
    }
    return find_engine(s, d) && endpoints_listen(s->settings, s->listen, &s->nlisten, d) &&
           open_admin(s, d) && open_listeners(s, d) && prepare_policies(s, d);
}

static bool start_beside(struct serve *s, struct diag *d)
{
    return s->beside == NULL || s->beside->start(s->beside->argument, s->gate, d);
}

static enum sys_seccomp_role role_of(const struct serve *s)
{
    bool names = s->sandbox.looks_up;

    if (s->load->configuration != NULL) {
        return names ? SYS_SECCOMP_RELOAD_NAMES : SYS_SECCOMP_RELOAD;
    }
    if (s->beside != NULL && s->beside->writes_file) {
        return names ? SYS_SECCOMP_LEARN_NAMES : SYS_SECCOMP_LEARN;
    }
    return names ? SYS_SECCOMP_GATE_NAMES : SYS_SECCOMP_GATE;
}

static void run(struct serve *s)
{
    sys_sandbox_seal(role_of(s));
    sys_memory_trim();
    sys_service_tell(s->service, "READY=1");
    gate_run(s->gate);
    sys_service_tell(s->service, "STOPPING=1");
    if (s->beside != NULL) {
        s->beside->stop(s->beside->argument);
    }
}

int serve_run(const struct cli_load *load, const struct serve_beside *beside)
{
    static struct serve s; /* too large for the stack, and there is one gate in a process */
    struct diag d = {{0}};

    s = (struct serve){
        .load = load, .settings = &load->settings, .beside = beside, .health = {.fd = -1}};
    set_config(&s);
    prepare_process(&s);
    s.service = sys_service_open();
    bool ready = prepare(&s, &d);
    find_remedy(&s);
    ready = ready && enter_sandbox(&s, &d);
    ready = ready && make_gate(&s, &d) && make_watch(&s, &d) && start_beside(&s, &d);
    if (ready) {
        announce(&s);
        check_engine(&s);
        run(&s);
    } else {
        sys_log("%s", d.text);
    }
    bool stopped = admin_watch_stopped(s.watch);
    clean_up(&s);
    if (stopped) {
        return SERVE_STATUS_WATCHDOG;
    }
    return ready ? 0 : 2;
}

int command_serve(int argc, char **argv)
{
    static struct cli_load load;
    int status = 2;

    if (!cli_load(COMMAND_SERVE, argc, argv, &load)) {
        cli_load_free(&load);
        return status;
    }
    if (load.variables.help) {
        command_print_help(COMMAND_SERVE, stdout);
        status = 0;
    } else if (load.variables.nwords > 0) {
        sys_log("serve takes no argument: \"%s\"", load.variables.words[0]);
    } else {
        status = serve_run(&load, NULL);
    }
    cli_load_free(&load);
    return status;
}
