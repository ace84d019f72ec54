/* Socket activation and readiness by the two small protocols that systemd documents: numbers in
 * variables, and a datagram to a socket. libsystemd has no static form and brings much more. */
#include "sys/service.h"

#include "base/slice.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* More are a mistake, not a service. */
#define SOCKETS_MAX 64

static bool variable_number(const char *name, uint64_t max, uint64_t *value)
{
    const char *text = getenv(name);

    return text != NULL && slice_to_u64(slice_from_text(text), 10, max, value);
}

size_t sys_service_sockets(void)
{
    uint64_t pid = 0;
    uint64_t n = 0;

    bool ours = variable_number("LISTEN_PID", INT32_MAX, &pid) && (pid_t)pid == getpid() &&
                variable_number("LISTEN_FDS", SOCKETS_MAX, &n);
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return ours ? (size_t)n : 0;
}

int sys_service_open(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *text = getenv("NOTIFY_SOCKET");
    struct slice path = text == NULL ? slice_of(NULL, 0) : slice_from_text(text);

    unsetenv("NOTIFY_SOCKET");
    if (path.len < 2 || path.len >= sizeof(address.sun_path) ||
        (path.at[0] != '/' && path.at[0] != '@')) {
        return -1;
    }
    memcpy(address.sun_path, path.at, path.len);
    if (address.sun_path[0] == '@') { /* how an abstract address is written */
        address.sun_path[0] = '\0';
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.len);
    if (connect(fd, (const struct sockaddr *)&address, len) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

void sys_service_tell(int fd, const char *state)
{
    struct slice text = slice_from_text(state);

    if (fd >= 0 && send(fd, text.at, text.len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        return; /* a manager that doesn't listen learns it from the process itself */
    }
}
