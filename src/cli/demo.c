/* The command demo: the gate in front of a sample engine inside the binary, for who has no engine
 * at hand or wants to see first what the gate does. Everything but the engine is the real thing:
 * options, policy, sandbox, log. */
#include "cli/command.h"
#include "cli/demo_engine.h"
#include "cli/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* The group that a gate which has given up root keeps, for the sample engine's socket. */
#define DEMO_GROUP 65532

/* The gate's usual port, and how many behind it are tried where it is taken. */
#define FIRST_PORT 2375
#define NPORTS     100

static bool can_bind(unsigned port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    bool free_port = bind(fd, (const struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, 1) == 0;
    close(fd);
    return free_port;
}

static unsigned find_port(void)
{
    for (unsigned port = FIRST_PORT; port < FIRST_PORT + NPORTS; port++) {
        if (can_bind(port)) {
            return port;
        }
    }
    return FIRST_PORT; /* serve then says what is wrong */
}

static struct slice name_of(const char *variable)
{
    struct slice s = slice_from_text(variable);
    return slice_sub(s, 0, slice_find(s, '='));
}

/* Whether the user has set an option, by flag or variable. */
static bool sets_option(const struct variables *v)
{
    for (size_t i = 0; i < v->nlist; i++) {
        if (cli_is_option(name_of(v->list[i]))) {
            return true;
        }
    }
    return false;
}

/* The text of one setting, or NULL where the user has not set it. */
static const char *find_setting(const struct variables *v, enum setting_id id)
{
    for (size_t i = 0; i < v->nlist; i++) {
        struct slice name = name_of(v->list[i]);
        if (slice_equal(name, setting_row_get(id)->name)) {
            return v->list[i] + name.len + 1;
        }
    }
    return NULL;
}

/* Sets what the user has left open. `listen` receives where clients connect. */
static bool complete_environment(const struct variables *v, const struct demo_engine *e,
                                 char *listen, size_t max)
{
    char engine[sizeof(e->socket) + sizeof("unix://")];
    (void)snprintf(engine, sizeof(engine), "unix://%s", e->socket);
    bool done = setenv("DOCKGATE_ENGINE", engine, 1) == 0;
    const char *set = find_setting(v, SETTING_LISTEN);
    if (set != NULL) {
        (void)snprintf(listen, max, "%s", set);
    } else {
        (void)snprintf(listen, max, "tcp://127.0.0.1:%u", find_port());
        done = setenv("DOCKGATE_LISTEN", listen, 1) == 0 && done;
    }
    if (!sets_option(v)) {
        done = setenv("CONTAINERS", "1", 1) == 0 && setenv("INFO", "1", 1) == 0 && done;
    }
    return done;
}

/* curl's words for an address: a URL, or a socket and a URL. */
static void print_curl(const char *listen, const char *path)
{
    if (strncmp(listen, "unix://", 7) == 0) {
        fprintf(stderr, "  curl --unix-socket %s http://docker%s\n", listen + 7, path);
    } else {
        const char *host = strncmp(listen, "tcp://", 6) == 0 ? listen + 6 : listen;
        fprintf(stderr, "  curl http://%s%s%s\n", host[0] == ':' ? "127.0.0.1" : "", host, path);
    }
}

/* `listen`: the first listener alone. */
static void print_what_to_try(const char *listen, bool defaults)
{
    static const char *const commands[] = {"version",     "info",
                                           "ps -a",       "logs web",
                                           "inspect web", "images     # refused: names the option"};
    fprintf(stderr,
            "dockgate demo: the gate in front of a sample engine, %s. Try in another terminal:\n",
            defaults ? "with CONTAINERS=1 INFO=1" : "with the options that you set");
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        fprintf(stderr, "  docker -H %s %s\n", listen, commands[i]);
    }
    print_curl(listen, "/containers/json");
    print_curl(listen, "/images/json");
    fprintf(stderr,
            "  %s explain GET /images/json\n"
            "  IMAGES=1 CONTAINERS=1 CONTAINERS_EXEC=1 EXEC=1 %s demo   # opens more\n"
            "Its log, a line a request, is below; ^C ends it.\n",
            program_invocation_name, program_invocation_name);
}

static int run(int argc, char **argv, const struct variables *v)
{
    struct diag d = {0};
    struct demo_engine engine;
    if (!demo_engine_start(&engine, DEMO_GROUP, &d)) {
        fprintf(stderr, "dockgate: demo: %s\n", d.text);
        return 2;
    }
    char listen[512];
    int status = 2;
    if (complete_environment(v, &engine, listen, sizeof(listen))) {
        listen[strcspn(listen, ", ")] = '\0';
        print_what_to_try(listen, !sets_option(v));
        status = command_serve(argc, argv);
    }
    demo_engine_stop(&engine);
    return status;
}

int command_demo(int argc, char **argv)
{
    struct diag d = {0};
    struct variables v = {0};
    int status = 2;
    if (!variables_gather(environ, COMMAND_DEMO, argc, argv, cli_is_option, &v, &d)) {
        fprintf(stderr, "dockgate: %s\n", d.text);
    } else if (v.help) {
        command_print_help(COMMAND_DEMO, stdout);
        status = 0;
    } else if (find_setting(&v, SETTING_ENGINE) != NULL && getenv("DOCKGATE_ENGINE") == NULL) {
        fputs("dockgate: demo brings its own engine; --engine is for serve\n", stderr);
    } else {
        status = run(argc, argv, &v);
    }
    variables_free(&v);
    return status;
}
