/* The file with two places: what is written is read, the other place is left alone, and what can't
 * be such a file is refused. */
#include "sys/slots.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
/* after the above, which it needs */
#include <cmocka.h>

#define SIZE 64

static char folder[64];
static char path[128];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/dockgate-slots-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof(path), "%s/state", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static void expect_slot(const struct sys_slots *s, unsigned slot, struct slice wanted)
{
    char text[SIZE];
    size_t len;
    assert_true(sys_slots_read(s, slot, text, &len));
    assert_true(slice_starts_with(slice_of(text, len), wanted));
    assert_true(wanted.len > 0 || len == 0);
}

static void test_write_and_read(void **state)
{
    (void)state;
    static const char too_long[SIZE + 1] = {'x'};
    struct sys_slots s;
    struct diag d = {{0}};
    struct stat st;
    assert_true(sys_slots_open(&s, path, SIZE, false, &d));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    expect_slot(&s, 0, SLICE(""));
    expect_slot(&s, 1, SLICE(""));
    assert_true(sys_slots_write(&s, 0, SLICE("the first text")));
    expect_slot(&s, 1, SLICE(""));
    assert_true(sys_slots_write(&s, 1, SLICE("another")));
    expect_slot(&s, 0, SLICE("the first text"));
    assert_true(sys_slots_write(&s, 0, SLICE("a third")));
    expect_slot(&s, 0, SLICE("a third"));
    expect_slot(&s, 1, SLICE("another"));
    assert_false(sys_slots_write(&s, 0, slice_of(too_long, sizeof(too_long))));
    assert_int_equal(errno, EFBIG);
    expect_slot(&s, 0, SLICE("a third"));
    sys_slots_close(&s);
    assert_int_equal(s.fd, -1);
}

static void test_one_writer(void **state)
{
    (void)state;
    struct sys_slots first;
    struct sys_slots second;
    struct diag d = {{0}};
    assert_true(sys_slots_open(&first, path, SIZE, false, &d));
    assert_false(sys_slots_open(&second, path, SIZE, false, &d));
    assert_non_null(strstr(d.text, "another dockgate writes it"));
    assert_true(sys_slots_open(&second, path, SIZE, true, &d)); /* who only looks may */
    assert_false(sys_slots_write(&second, 0, SLICE("x")));
    sys_slots_close(&second);
    sys_slots_close(&first);
    assert_true(sys_slots_open(&second, path, SIZE, false, &d));
    sys_slots_close(&second);
}

static void test_refused(void **state)
{
    (void)state;
    char other[128];
    struct sys_slots s;
    struct diag d = {{0}};
    (void)snprintf(other, sizeof(other), "%s/none", folder);
    assert_false(sys_slots_open(&s, other, SIZE, true, &d)); /* who only looks makes nothing */
    assert_int_equal(access(other, F_OK), -1);
    assert_false(sys_slots_open(&s, folder, SIZE, false, &d));
    assert_false(sys_slots_open(&s, "/dev/null", SIZE, false, &d));
    assert_non_null(strstr(d.text, "no regular file"));
    assert_int_equal(mkfifo(other, 0600), 0);
    assert_false(sys_slots_open(&s, other, SIZE, true, &d)); /* and does not hang */
    assert_int_equal(s.fd, -1);
    assert_int_equal(unlink(other), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_write_and_read, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_one_writer, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_refused, make_folder, remove_folder),
    };
    return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}
