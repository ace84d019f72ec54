/* A thread with descriptors of its own: what is kept, what is closed, and for whom. */
#include "sys/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>
/* after the above, which it needs */
#include <cmocka.h>

enum { MANY = 12 };

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

/* One thread, which parts with the descriptors and says what it then has. */
struct parting {
    const int *keep;
    size_t n;
    bool parted;
    bool sees[MANY];
    int opened_there; /* by the thread, after it has parted */
};

static int fds[MANY];

static void *part(void *argument)
{
    struct parting *p = argument;
    p->parted = sys_descriptors_part(p->keep, p->n);
    for (size_t i = 0; i < MANY; i++) {
        p->sees[i] = is_open(fds[i]);
    }
    p->opened_there = fcntl(p->keep[0], F_DUPFD_CLOEXEC, 100);
    return NULL;
}

static void open_many(void)
{
    for (size_t i = 0; i < MANY; i++) {
        fds[i] = open("/dev/null", O_WRONLY | O_CLOEXEC);
        assert_true(fds[i] >= 0);
    }
}

static void close_many(void)
{
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(close(fds[i]), 0);
    }
}

/* `kept` are indices of `fds`. */
static void check(const size_t *kept, size_t n)
{
    int keep[MANY];
    open_many();
    for (size_t i = 0; i < n; i++) {
        keep[i] = fds[kept[i]];
    }
    struct parting p = {.keep = keep, .n = n};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, part, &p), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(p.parted);
    for (size_t i = 0; i < MANY; i++) {
        bool wanted = false;
        for (size_t j = 0; j < n; j++) {
            wanted |= kept[j] == i;
        }
        assert_int_equal(p.sees[i], wanted);
        assert_true(is_open(fds[i])); /* here nothing was closed */
    }
    assert_true(p.opened_there >= 100);
    assert_false(is_open(p.opened_there));
    close_many();
}

static void keeps_what_is_named(void **state)
{
    (void)state;
    check((const size_t[]){0}, 1);
    check((const size_t[]){MANY - 1}, 1);
    check((const size_t[]){3, 4, 9}, 3);
    check((const size_t[]){9, 3, 4, 3}, 4); /* in any order, and twice */
}

/* The lowest descriptor there is has none below it to be closed. */
static void keeps_the_first(void **state)
{
    (void)state;
    const int keep[] = {STDIN_FILENO, STDERR_FILENO};
    open_many();
    struct parting p = {.keep = keep, .n = 2};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, part, &p), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(p.parted);
    for (size_t i = 0; i < MANY; i++) {
        assert_false(p.sees[i]);
    }
    assert_true(p.opened_there >= 100);
    assert_true(is_open(STDIN_FILENO));
    assert_true(is_open(STDOUT_FILENO));
    close_many();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_is_named),
        cmocka_unit_test(keeps_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
