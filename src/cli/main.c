/* The program: finds the command, and does what belongs to none of them (--help, --version). A
 * command that isn't named is serve. */
#include "cli/command.h"
#include "policy/nearest.h"
#include "version.h"

#include <fcntl.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <unistd.h>

static command_run *const HANDLERS[COMMAND_COUNT] = {
#define COMMAND(id, name, ...) command_##name,
#include "cli/commands.def"
};

static int print_help(void)
{
    printf("usage: dockgate [COMMAND] [FLAGS]\n\n"
           "The gate in front of a container engine's socket: lets through the calls that its "
           "options name.\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command *c = command_get((enum command_id)i);

        printf("  %-12s %s\n", c->name.at, c->summary);
    }
    printf("\n  --help       this text; with a command, that command's\n"
           "  --version    version, commit and libraries\n");
    return 0;
}

static int print_version(void)
{
    printf("dockgate %s\ncommit %s\nlibraries: %s, glibc %s\n", DOCKGATE_VERSION, DOCKGATE_COMMIT,
           DOCKGATE_LIBRARIES, gnu_get_libc_version());
    return 0;
}

/* A process started without its standard streams would take a socket for one of them and log into
 * it. */
static void open_streams(void)
{
    int fd = open("/dev/null", O_RDWR);

    while (fd >= 0 && fd <= STDERR_FILENO) {
        fd = open("/dev/null", O_RDWR);
    }
    if (fd > STDERR_FILENO) {
        close(fd);
    }
}

static int unknown_command(struct slice name)
{
    struct slice best = {NULL, 0};
    size_t distance = NEAREST_FAR;

    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        nearest_try(name, command_get((enum command_id)i)->name, &best, &distance);
    }
    fprintf(stderr, "dockgate: there is no command \"%.*s\"", name.len < 64 ? (int)name.len : 64,
            name.at);
    if (nearest_is_close(name, distance)) {
        fprintf(stderr, "; the nearest is %.*s", (int)best.len, best.at);
    }
    fprintf(stderr, " (dockgate --help lists them)\n");
    return 2;
}

static int dispatch(int argc, char **argv)
{
    struct slice first = argc > 1 ? slice_from_text(argv[1]) : SLICE("serve");

    if (argc == 1 && slice_ends_with(slice_from_text(argv[0]), SLICE("/healthcheck"))) {
        return healthcheck_ask_port();
    }
    if (slice_equal(first, SLICE("--version")) || slice_equal(first, SLICE("-version")) ||
        slice_equal(first, SLICE("version"))) {
        return print_version();
    }
    if (slice_equal(first, SLICE("--help")) || slice_equal(first, SLICE("-h")) ||
        slice_equal(first, SLICE("help"))) {
        return print_help();
    }
    if (argc < 2 || slice_starts_with(first, SLICE("-"))) {
        return command_serve(argc, argv);
    }
    enum command_id command = command_find(first);

    return command == COMMAND_COUNT ? unknown_command(first)
                                    : HANDLERS[command](argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    open_streams();
    int status = dispatch(argc, argv);

    /* A result that could not be written is no result. */
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        return status == 0 ? 1 : status;
    }
    return status;
}
