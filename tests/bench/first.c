/* How long a server takes from its start to its first answer: starts COMMAND, asks until it answers
 * with 200, prints the milliseconds between, and ends it. usage: first ADDRESS TARGET COMMAND… */
#include "wire.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_NS 10000000000U

/* Quiet, or what it prints would be measured. */
static pid_t start(char **command)
{
    extern char **environ;
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    (void)posix_spawn_file_actions_init(&actions);
    for (int fd = 0; fd < 3; fd++) {
        (void)posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    }
    if (posix_spawnp(&pid, command[0], &actions, NULL, command, environ) != 0) {
        wire_fail(command[0]);
    }
    return pid;
}

static bool answers(const char *address, const char *request)
{
    char text[4096] = "";
    int fd = wire_connect(address, 0);
    struct pollfd one = {.fd = fd, .events = POLLIN};
    bool ok = fd >= 0 && write(fd, request, strlen(request)) > 0 && poll(&one, 1, 1000) > 0 &&
              read(fd, text, sizeof(text) - 1) > 12 && strncmp(text + 9, "200", 3) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

int main(int argc, char **argv)
{
    char request[512];
    if (argc < 4) {
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: docker\r\n\r\n", argv[2]);
    uint64_t begin = wire_now_ns();
    pid_t pid = start(argv + 3);
    while (!answers(argv[1], request)) {
        if (wire_now_ns() - begin > PATIENCE_NS || waitpid(pid, NULL, WNOHANG) != 0) {
            (void)kill(pid, SIGKILL);
            (void)fputs("first: no answer\n", stderr);
            return 1;
        }
        (void)usleep(50);
    }
    printf("%.3f\n", (double)(wire_now_ns() - begin) / 1e6);
    (void)kill(pid, SIGTERM);
    (void)waitpid(pid, NULL, 0);
    return 0;
}
