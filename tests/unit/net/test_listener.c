/* Listeners: what is bound, who may connect, which files are replaced and which are left alone. */
#include "net/listener.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static char path[80];
static const struct net_listener_access ACCESS = {0640, (uid_t)-1, (gid_t)-1};

static struct net_address parse(const char *text)
{
    struct net_address a;
    struct diag d = {{0}};

    assert_true(net_address_parse(slice_from_text(text), &a, &d));
    return a;
}

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/dockgate-test-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(path, sizeof(path), "%s/s", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static int connect_to(const struct net_address *a)
{
    int fd = socket(a->sockaddr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    int result = connect(fd, (const struct sockaddr *)&a->sockaddr, a->len);
    int error = errno;
    close(fd);
    errno = error;
    return result;
}

static void test_unix(void **state)
{
    struct net_address a = parse(path);
    struct net_listener l;
    struct diag d = {{0}};
    struct stat st;

    (void)state;
    assert_true(net_listener_open(&a, &ACCESS, &l, &d));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_true(l.unlink_at_exit);
    assert_int_equal(fcntl(l.fd, F_GETFD), FD_CLOEXEC);
    assert_true((fcntl(l.fd, F_GETFL) & O_NONBLOCK) != 0);
    assert_int_equal(connect_to(&a), 0);
    net_listener_close(&l);
    assert_int_equal(l.fd, -1);
    assert_int_equal(stat(path, &st), -1);
}

static void test_owner(void **state)
{
    struct net_listener_access access = {0660, 65531, 65530};
    struct net_address a = parse(path);
    struct net_listener l;
    struct diag d = {{0}};
    struct stat st;

    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    assert_true(net_listener_open(&a, &access, &l, &d));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_uid, 65531);
    assert_int_equal(st.st_gid, 65530);
    net_listener_close(&l);
}

/* A file of a gate that was killed is replaced; one in use is not. */
static void test_stale_and_live(void **state)
{
    struct net_address a = parse(path);
    struct net_listener first;
    struct net_listener second;
    struct diag d = {{0}};

    (void)state;
    assert_true(net_listener_open(&a, &ACCESS, &first, &d));
    assert_false(net_listener_open(&a, &ACCESS, &second, &d));
    assert_non_null(strstr(d.text, "something else accepts"));
    assert_int_equal(connect_to(&a), 0); /* and it still works */

    assert_int_equal(unlink(path), 0); /* somebody takes the file away, and another gate comes */
    assert_true(net_listener_open(&a, &ACCESS, &second, &d));
    net_listener_close(&first); /* not its file any more */
    assert_int_equal(connect_to(&a), 0);

    close(second.fd); /* as if it had been killed: the file stays, and is replaced */
    assert_int_equal(connect_to(&a), -1);
    assert_true(net_listener_open(&a, &ACCESS, &second, &d));
    assert_int_equal(connect_to(&a), 0);
    net_listener_close(&second);
}

static void test_no_socket(void **state)
{
    struct net_address a = parse(path);
    struct net_listener l;
    struct diag d = {{0}};
    struct stat st;

    (void)state;
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_false(net_listener_open(&a, &ACCESS, &l, &d));
    assert_non_null(strstr(d.text, "no socket"));
    assert_int_equal(stat(path, &st), 0);
    unlink(path);

    assert_int_equal(symlink("/dev/null", path), 0);
    assert_false(net_listener_open(&a, &ACCESS, &l, &d));
    unlink(path);
}

static void test_tcp(void **state)
{
    static const char *const ADDRESSES[] = {"tcp://127.0.0.1:0", "tcp://[::1]:0", "tcp://:0"};
    struct diag d = {{0}};

    (void)state;
    for (size_t i = 0; i < sizeof(ADDRESSES) / sizeof(ADDRESSES[0]); i++) {
        struct net_address a = parse(ADDRESSES[i]);
        struct net_listener l;
        struct net_listener twice;
        struct net_listener adopted;

        assert_true(net_listener_open(&a, &ACCESS, &l, &d));
        assert_true(net_listener_adopt(l.fd, &adopted, &d));
        assert_true(strncmp(adopted.address.text, "tcp://", 6) == 0);
        assert_false(adopted.unlink_at_exit);
        assert_int_equal(connect_to(&adopted.address), 0);
        /* The same port again is an error that says so. */
        struct net_address used = parse(adopted.address.text);
        assert_false(net_listener_open(&used, &ACCESS, &twice, &d));
        assert_non_null(strstr(d.text, "something else"));
        net_listener_close(&l);
    }
}

/* tcp://:PORT is both families on one socket. */
static void test_dual(void **state)
{
    struct net_address a = parse("tcp://:0");
    struct net_listener l;
    struct net_listener adopted;
    struct diag d = {{0}};

    (void)state;
    assert_true(net_listener_open(&a, &ACCESS, &l, &d));
    assert_true(net_listener_adopt(l.fd, &adopted, &d));
    unsigned port =
        ntohs(((const struct sockaddr_in6 *)(const void *)&adopted.address.sockaddr)->sin6_port);
    char text[64];
    snprintf(text, sizeof(text), "tcp://127.0.0.1:%u", port);
    struct net_address v4 = parse(text);
    snprintf(text, sizeof(text), "tcp://[::1]:%u", port);
    struct net_address v6 = parse(text);
    assert_int_equal(connect_to(&v4), 0);
    assert_int_equal(connect_to(&v6), 0);
    net_listener_close(&l);
}

static void test_adopt_refuses(void **state)
{
    struct net_listener l;
    struct diag d = {{0}};
    int plain = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int datagram = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int stream = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)state;
    assert_false(net_listener_adopt(plain, &l, &d));
    assert_false(net_listener_adopt(datagram, &l, &d));
    assert_false(net_listener_adopt(stream, &l, &d)); /* does not listen */
    assert_false(net_listener_adopt(-1, &l, &d));
    close(plain);
    close(datagram);
    close(stream);
}

/* Who connects is told at once that nobody will accept; what was passed to us is left to its owner.
 */
static void test_refuse(void **state)
{
    static const char *const TEXTS[] = {path, "tcp://127.0.0.1:0", "tcp://[::1]:0"};
    struct diag d = {{0}};

    (void)state;
    for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
        struct net_address a = parse(TEXTS[i]);
        struct net_listener l;
        struct net_listener adopted;

        assert_true(net_listener_open(&a, &ACCESS, &l, &d));
        assert_true(net_listener_adopt(l.fd, &adopted, &d));
        net_listener_refuse(&adopted);
        assert_int_equal(connect_to(&adopted.address), 0);
        net_listener_refuse(&l);
        assert_int_equal(connect_to(&adopted.address), -1);
        assert_int_equal(errno, ECONNREFUSED);
        net_listener_close(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unix),          cmocka_unit_test(test_owner),
        cmocka_unit_test(test_no_socket),     cmocka_unit_test(test_stale_and_live),
        cmocka_unit_test(test_tcp),           cmocka_unit_test(test_dual),
        cmocka_unit_test(test_adopt_refuses), cmocka_unit_test(test_refuse),
    };
    return cmocka_run_group_tests_name("net listener", tests, set_up, tear_down);
}
