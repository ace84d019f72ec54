/* The service manager's variables: which count, and that they are gone afterwards; what it is told.
 */
#include "sys/service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const struct {
    const char *pid; /* "own": ours; NULL: not set */
    const char *fds;
    size_t n;
} ROWS[] = {
    {NULL, NULL, 0},  {"own", "1", 1},   {"own", "3", 3}, {"own", NULL, 0}, {NULL, "1", 0},
    {"1", "1", 0},    {"own", "-1", 0},  {"own", "x", 0}, {"own", "", 0},   {"", "1", 0},
    {"own", "65", 0}, {"own", "1e0", 0}, {"own", "0", 0},
};

static void test_sockets(void **state)
{
    char own[32];

    (void)state;
    snprintf(own, sizeof(own), "%d", (int)getpid());
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        unsetenv("LISTEN_PID");
        unsetenv("LISTEN_FDS");
        if (ROWS[i].pid != NULL) {
            setenv("LISTEN_PID", strcmp(ROWS[i].pid, "own") == 0 ? own : ROWS[i].pid, 1);
        }
        if (ROWS[i].fds != NULL) {
            setenv("LISTEN_FDS", ROWS[i].fds, 1);
        }
        assert_int_equal(sys_service_sockets(), ROWS[i].n);
        assert_null(getenv("LISTEN_PID"));
        assert_null(getenv("LISTEN_FDS"));
    }
}

static void check_told(const struct sockaddr_un *address, socklen_t len, const char *variable)
{
    char got[64] = "";
    int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(manager, (const struct sockaddr *)address, len), 0);
    setenv("NOTIFY_SOCKET", variable, 1);
    int fd = sys_service_open();
    assert_true(fd >= 0);
    assert_null(getenv("NOTIFY_SOCKET"));
    sys_service_tell(fd, "READY=1");
    assert_int_equal(recv(manager, got, sizeof(got) - 1, MSG_DONTWAIT), 7);
    assert_string_equal(got, "READY=1");
    close(fd);
    close(manager);
}

static void test_tell(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char variable[sizeof(address.sun_path)];

    (void)state;
    int len = snprintf(variable, sizeof(variable), "@dockgate-test-%d", (int)getpid());
    memcpy(address.sun_path, variable, (size_t)len);
    address.sun_path[0] = '\0';
    check_told(&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len),
               variable);

    snprintf(variable, sizeof(variable), "/tmp/dockgate-test-%d", (int)getpid());
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", variable);
    check_told(&address, sizeof(address), variable);
    unlink(variable);
}

static void test_nobody_to_tell(void **state)
{
    static const char *const WRONG[] = {"", "x", "relative/path", "/no/such/socket"};

    (void)state;
    unsetenv("NOTIFY_SOCKET");
    assert_int_equal(sys_service_open(), -1);
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
        setenv("NOTIFY_SOCKET", WRONG[i], 1);
        assert_int_equal(sys_service_open(), -1);
    }
    sys_service_tell(-1, "READY=1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sockets),
        cmocka_unit_test(test_tell),
        cmocka_unit_test(test_nobody_to_tell),
    };
    return cmocka_run_group_tests_name("sys service", tests, NULL, NULL);
}
