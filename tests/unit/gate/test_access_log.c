/* The access log's queue and writer: readers that are slow, hang, vanish or come back, and many who
 * log at once. What the log says on standard error is caught by a double of sys_log. */
#include "base/buf.h"
#include "gate/access_log.h"
#include "sys/clock.h"
#include "sys/log.h"
#include "sys/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
/* after the above, which it needs */
#include <cmocka.h>

/* No wait of these tests lasts longer, whatever hangs. */
#define DEADLINE_MS 20000

/* ---- doubles ---- */

static pthread_mutex_t said_lock = PTHREAD_MUTEX_INITIALIZER;
static char said[4096]; /* everything that was said, a line each */

void sys_log(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&said_lock);
    size_t used = strlen(said);
    vsnprintf(said + used, sizeof(said) - used, format, arguments);
    strncat(said, "\n", sizeof(said) - strlen(said) - 1);
    pthread_mutex_unlock(&said_lock);
    va_end(arguments);
}

struct slice option_name(option_id option)
{
    (void)option;
    return SLICE("INFO");
}

const struct operation *operation_get(enum operation_id op)
{
    static const struct operation row = {.operation_id = {"SystemInfo", 10}};
    (void)op;
    return &row;
}

struct slice http_refusal_name(enum http_refusal refusal)
{
    (void)refusal;
    return SLICE("BAD_PATH");
}

static atomic_size_t forgotten; /* bytes that were given back */

void sys_memory_forget(char *at, size_t len)
{
    memset(at, 0, len); /* it holds nothing that anybody waits for */
    atomic_fetch_add(&forgotten, len);
}

/* ---- helpers ---- */

static bool has_said(const char *words)
{
    pthread_mutex_lock(&said_lock);
    bool found = strstr(said, words) != NULL;
    pthread_mutex_unlock(&said_lock);
    return found;
}

static void wait_said(const char *words)
{
    uint64_t end = sys_clock_us() + DEADLINE_MS * 1000;
    while (!has_said(words)) {
        assert_true(sys_clock_us() < end);
        (void)poll(NULL, 0, 1);
    }
}

/* The number before " lines dropped", summed over what was said. */
static size_t dropped_said(void)
{
    size_t sum = 0;
    pthread_mutex_lock(&said_lock);
    for (const char *at = said; (at = strstr(at, "access log: ")) != NULL;) {
        at += sizeof("access log: ") - 1;
        char *after;
        size_t n = strtoul(at, &after, 10);
        if (strncmp(after, " lines dropped, the reader is too slow\n", 39) == 0) {
            sum += n;
        }
    }
    pthread_mutex_unlock(&said_lock);
    return sum;
}

struct pipe_log {
    int read_end;
    int write_end;
    struct access_log *log;
};

/* `size`: of the pipe, in bytes; 0 leaves it. */
static struct pipe_log open_sized(enum access_log_which which, size_t capacity, int size)
{
    struct pipe_log p;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_true(size == 0 || fcntl(ends[1], F_SETPIPE_SZ, size) == size);
    p.read_end = ends[0];
    p.write_end = ends[1];
    struct diag d = {0};
    said[0] = '\0'; /* no other log is alive */
    p.log = access_log_new(ends[1], ACCESS_LOG_CLASSIC, which, capacity, &d);
    assert_non_null(p.log);
    return p;
}

static struct pipe_log open_log(enum access_log_which which, size_t capacity)
{
    return open_sized(which, capacity, 0);
}

/* `METHOD /N/LENGTH/xxx…`: says itself how long it is, so that a torn one is seen. */
static void log_numbered(struct access_log *log, enum verdict_kind kind, unsigned thread,
                         size_t number, size_t length)
{
    char target[70000];
    int n = snprintf(target, sizeof(target), "/%u/%zu/%zu/", thread, number, length);
    memset(target + n, 'x', length);
    struct verdict v = {.kind = kind};
    struct access_entry e = {.started_unix_ms = 1674678312042 + number * 100,
                             .method = SLICE("GET"),
                             .target = slice_of(target, (size_t)n + length),
                             .minor = 1,
                             .verdict = &v,
                             .status = 200};
    access_log_write(log, &e);
}

/* Whether `line` (terminated, without its newline) is a line of log_numbered, whole. */
static bool line_is_whole(const char *line, unsigned *thread, size_t *number)
{
    const char *at = strstr(line, "] \"GET /");
    size_t length;
    int used = 0;
    if (line[0] != '[' || at == NULL || strrchr(line, '[') != strstr(line, " [Location: ") + 1 ||
        sscanf(at, "] \"GET /%u/%zu/%zu/%n", thread, number, &length, &used) != 3) {
        return false;
    }
    at += used;
    return strspn(at, "x") == length &&
           strncmp(at + length, " HTTP/1.1\" 200 [Location: ", 26) == 0 &&
           line[strlen(line) - 1] == ']';
}

struct reader {
    int fd;
    size_t nlines;
    size_t ntorn;
    size_t ndisordered; /* a line of a thread before an earlier one */
    size_t next[64];    /* for each thread the least number that may come */
    size_t came[64];    /* how many of it came */
    atomic_bool late;   /* a line of thread 1 came */
};

static void reader_take(struct reader *r, const char *line)
{
    unsigned thread;
    size_t number;
    r->nlines++;
    if (!line_is_whole(line, &thread, &number) || thread >= 64) {
        r->ntorn++;
        return;
    }
    if (number < r->next[thread]) {
        r->ndisordered++;
    }
    r->next[thread] = number + 1;
    r->came[thread]++;
    if (thread == 1) {
        atomic_store(&r->late, true);
    }
}

/* Reads until the end of the pipe and judges each line. */
static void *reader_run(void *argument)
{
    struct reader *r = argument;
    FILE *in = fdopen(r->fd, "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    while ((n = getline(&line, &room, in)) > 0) {
        if (line[n - 1] != '\n') {
            r->ntorn++;
        }
        line[n - 1] = '\0';
        reader_take(r, line);
    }
    free(line);
    fclose(in);
    return NULL;
}

/* ---- tests ---- */

/* A line is there soon after it was logged, without anything that follows it. */
static void test_line_comes_at_once(void **state)
{
    (void)state;
    struct pipe_log p = open_log(ACCESS_LOG_ALL, ACCESS_LOG_CAPACITY);
    for (unsigned i = 0; i < 3; i++) {
        log_numbered(p.log, VERDICT_ALLOW, 0, i, 0);
        struct pollfd fd = {.fd = p.read_end, .events = POLLIN};
        assert_int_equal(poll(&fd, 1, DEADLINE_MS), 1);
        char got[256];
        ssize_t n = read(p.read_end, got, sizeof(got) - 1);
        assert_true(n > 1 && got[n - 1] == '\n');
        got[n - 1] = '\0';
        unsigned thread;
        size_t number;
        assert_true(line_is_whole(got, &thread, &number));
        assert_int_equal(number, i);
    }
    access_log_free(p.log, 1000);
    assert_string_equal(said, "");
    close(p.read_end);
    close(p.write_end);
}

static void test_which(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        enum access_log_which which;
        bool wants[VERDICT_KINDS]; /* allow, deny, reject, would-deny */
    } rows[] = {
        {ACCESS_LOG_ALL,    {true, true, true, true}},
        {ACCESS_LOG_DENIED, {false, true, true, true}},
        {ACCESS_LOG_OFF,    {false, false, false, false}},
    };
    /* clang-format on */
    for (size_t i = 0; i < 3; i++) {
        struct pipe_log p = open_log(rows[i].which, ACCESS_LOG_CAPACITY);
        size_t wanted = 0;
        for (unsigned kind = VERDICT_ALLOW; kind < VERDICT_KINDS; kind++) {
            assert_int_equal(access_log_wants(p.log, (enum verdict_kind)kind), rows[i].wants[kind]);
            log_numbered(p.log, (enum verdict_kind)kind, 0, kind, 10);
            wanted += rows[i].wants[kind];
        }
        access_log_free(p.log, 1000);
        close(p.write_end);
        struct reader r = {.fd = p.read_end};
        reader_run(&r);
        assert_int_equal(r.nlines, wanted);
        assert_int_equal(r.ndisordered, 0);
    }
    assert_false(access_log_wants(NULL, VERDICT_DENY));
}

/* Nobody reads: those who log never wait, memory stays what it was, whole lines are dropped and
 * counted. Then the reader comes back: what he gets is whole and in order, and with the dropped
 * ones it is all. */
static void test_reader_hangs_and_returns(void **state)
{
    (void)state;
    enum { LINES = 50000, AFTER = 100 };
    struct pipe_log p = open_log(ACCESS_LOG_ALL, ACCESS_LOG_CAPACITY);
    uint64_t slowest = 0;
    for (size_t i = 0; i < LINES; i++) {
        uint64_t before = sys_clock_us();
        /* Now and then one that is formatted in place. */
        log_numbered(p.log, VERDICT_ALLOW, 0, i, i % 500 == 0 ? 5000 : i % 200);
        uint64_t took = sys_clock_us() - before;
        slowest = took > slowest ? took : slowest;
    }
    /* Not a measurement: a line that waits for the reader would wait for ever. */
    assert_true(slowest < DEADLINE_MS * 1000);
    assert_int_equal(dropped_said(), 0);

    struct reader r = {.fd = p.read_end};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, reader_run, &r), 0);
    wait_said("lines dropped");
    size_t late = 0;
    for (; !atomic_load(&r.late); late++) {
        assert_true(late < DEADLINE_MS);
        log_numbered(p.log, VERDICT_ALLOW, 1, late, 5);
        (void)poll(NULL, 0, 1);
    }
    for (size_t i = 0; i < AFTER; i++) {
        log_numbered(p.log, VERDICT_ALLOW, 2, i, 5);
        (void)poll(NULL, 0, 1); /* over several turns of both buffers */
    }
    access_log_free(p.log, DEADLINE_MS);
    close(p.write_end);
    pthread_join(thread, NULL);
    assert_int_equal(r.ntorn, 0);
    assert_int_equal(r.ndisordered, 0);
    assert_int_equal(r.came[2], AFTER);
    assert_true(dropped_said() > 0);
    assert_int_equal(r.nlines + dropped_said(), LINES + late + AFTER);
}

static void read_all(struct pipe_log *p)
{
    struct reader r = {.fd = p->read_end};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, reader_run, &r), 0);
    size_t late = 0;
    for (; !atomic_load(&r.late); late++) {
        assert_true(late < DEADLINE_MS);
        log_numbered(p->log, VERDICT_ALLOW, 1, late, 5);
        (void)poll(NULL, 0, 20); /* longer than the writer dozes: it finds nothing to do */
    }
    access_log_free(p->log, DEADLINE_MS);
    close(p->write_end);
    pthread_join(thread, NULL);
    assert_int_equal(r.ntorn, 0);
    assert_int_equal(r.ndisordered, 0);
}

/* What a reader that lagged made the log hold does not stay with the process; what lies about in
 * ordinary times does, and nothing is lost by it. */
static void test_burst_is_given_back(void **state)
{
    (void)state;
    struct pipe_log p = open_log(ACCESS_LOG_ALL, ACCESS_LOG_CAPACITY);
    atomic_store(&forgotten, 0);
    read_all(&p);
    assert_int_equal(atomic_load(&forgotten), 0);

    p = open_log(ACCESS_LOG_ALL, ACCESS_LOG_CAPACITY);
    for (size_t i = 0; i < 5000; i++) {
        log_numbered(p.log, VERDICT_ALLOW, 0, i, 100);
    }
    read_all(&p);
    size_t bytes = atomic_load(&forgotten);
    assert_true(bytes > ACCESS_LOG_CAPACITY / 2 && bytes < ACCESS_LOG_CAPACITY);
}

/* The end does not wait for a reader that hangs, and says what it lost. */
static void test_free_leaves_hanging_reader(void **state)
{
    (void)state;
    enum { LINES = 3000 };
    struct pipe_log p = open_log(ACCESS_LOG_ALL, ACCESS_LOG_CAPACITY);
    for (size_t i = 0; i < LINES; i++) {
        log_numbered(p.log, VERDICT_ALLOW, 0, i, 100);
    }
    uint64_t before = sys_clock_us();
    access_log_free(p.log, 200);
    uint64_t took = sys_clock_us() - before;
    assert_true(took >= 150000 && took < DEADLINE_MS * 1000);
    close(p.write_end);
    struct reader r = {.fd = p.read_end};
    reader_run(&r);
    assert_true(r.nlines > 0);
    assert_int_equal(r.ntorn, 0);
    assert_int_equal(r.nlines + dropped_said(), LINES);
}

/* Somebody made standard output non-blocking (a shell that shares it, a supervisor). */
static void test_nonblocking(void **state)
{
    (void)state;
    enum { LINES = 3000 };
    struct pipe_log p = open_log(ACCESS_LOG_ALL, 4 * ACCESS_LOG_CAPACITY);
    assert_int_equal(fcntl(p.write_end, F_SETFL, O_NONBLOCK), 0);
    for (size_t i = 0; i < LINES; i++) {
        log_numbered(p.log, VERDICT_ALLOW, 0, i, 100);
    }
    struct reader r = {.fd = p.read_end};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, reader_run, &r), 0);
    access_log_free(p.log, DEADLINE_MS);
    close(p.write_end);
    pthread_join(thread, NULL);
    assert_int_equal(r.nlines, LINES);
    assert_int_equal(r.ntorn + r.ndisordered, 0);
    assert_string_equal(said, "");
}

/* The reader is gone for good: said once, and no more work from then on. */
static void test_reader_gone(void **state)
{
    (void)state;
    struct pipe_log p = open_log(ACCESS_LOG_ALL, ACCESS_LOG_CAPACITY);
    close(p.read_end);
    log_numbered(p.log, VERDICT_ALLOW, 0, 0, 10);
    wait_said("nobody reads it");
    uint64_t end = sys_clock_us() + DEADLINE_MS * 1000;
    while (access_log_wants(p.log, VERDICT_DENY)) {
        assert_true(sys_clock_us() < end);
        (void)poll(NULL, 0, 1);
    }
    log_numbered(p.log, VERDICT_DENY, 0, 1, 10);
    access_log_free(p.log, 1000);
    assert_int_equal(strchr(said, '\n') - said, (ptrdiff_t)strlen(said) - 1);
    close(p.write_end);
}

/* The longest head a client can send, every byte of it escaped, is logged whole: nobody hides
 * behind length. */
static void test_longest_line(void **state)
{
    (void)state;
    struct pipe_log p = open_log(ACCESS_LOG_ALL, ACCESS_LOG_CAPACITY);
    static char target[65535];
    memset(target, 1, sizeof(target));
    struct verdict v = {.kind = VERDICT_REJECT};
    struct access_entry e = {.method = SLICE("GET"),
                             .target = slice_of(target, sizeof(target)),
                             .verdict = &v,
                             .status = 431};
    access_log_write(p.log, &e);
    FILE *in = fdopen(p.read_end, "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t n = getline(&line, &room, in);
    assert_true(n > 4 * 65535);
    assert_int_equal(line[n - 1], '\n');
    free(line);
    access_log_free(p.log, 1000);
    assert_string_equal(said, "");
    fclose(in);
    close(p.write_end);
}

struct logger {
    struct access_log *log;
    unsigned thread;
    size_t nlines;
};

static void *logger_run(void *argument)
{
    const struct logger *l = argument;
    for (size_t i = 0; i < l->nlines; i++) {
        /* Some beyond what a stack buffer and what one write takes. */
        size_t length = i % 97 == 0 ? 3000 : i % 1009 == 0 ? 30000 : i % 80;
        log_numbered(l->log, VERDICT_ALLOW, l->thread, i, length);
    }
    return NULL;
}

/* Many who log at once: each line is whole, each thread's lines in its order, none lost uncounted.
 */
static void test_many_threads(void **state)
{
    (void)state;
    enum { THREADS = 8, LINES = 5000 };
    struct pipe_log p = open_log(ACCESS_LOG_ALL, ACCESS_LOG_CAPACITY);
    struct reader r = {.fd = p.read_end};
    pthread_t reading;
    assert_int_equal(pthread_create(&reading, NULL, reader_run, &r), 0);
    pthread_t threads[THREADS];
    struct logger loggers[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        loggers[i] = (struct logger){p.log, i, LINES};
        assert_int_equal(pthread_create(&threads[i], NULL, logger_run, &loggers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    access_log_free(p.log, DEADLINE_MS);
    close(p.write_end);
    pthread_join(reading, NULL);
    assert_int_equal(r.ntorn, 0);
    assert_int_equal(r.ndisordered, 0);
    assert_int_equal(r.nlines + dropped_said(), THREADS * LINES);
}

/* Who writes to the same pipe, a line at a time. */
struct other {
    int fd;
    size_t nlines;
    atomic_bool stop;
};

static void *other_run(void *argument)
{
    struct other *o = argument;
    for (; !atomic_load(&o->stop); o->nlines++) {
        char line[128];
        int n = snprintf(line, sizeof(line),
                         "[-] \"GET /3/%zu/5/xxxxx HTTP/1.1\" 200 [Location: other]\n", o->nlines);
        assert_int_equal(write(o->fd, line, (size_t)n), n);
    }
    return NULL;
}

/* Others may write to the pipe, whatever its size: their lines stand between ours, never within. */
static void test_others_write(void **state)
{
    (void)state;
    enum { LINES = 20000 };
    static const int sizes[] = {0, 4096, 8192, 16384, 1024 * 1024};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct pipe_log p = open_sized(ACCESS_LOG_ALL, ACCESS_LOG_CAPACITY, sizes[i]);
        struct reader r = {.fd = p.read_end};
        struct other o = {.fd = p.write_end};
        pthread_t threads[2];
        assert_int_equal(pthread_create(&threads[0], NULL, reader_run, &r), 0);
        assert_int_equal(pthread_create(&threads[1], NULL, other_run, &o), 0);
        for (size_t n = 0; n < LINES; n++) {
            log_numbered(p.log, VERDICT_ALLOW, 0, n, n % 100);
        }
        access_log_free(p.log, DEADLINE_MS);
        atomic_store(&o.stop, true);
        pthread_join(threads[1], NULL);
        close(p.write_end);
        pthread_join(threads[0], NULL);
        assert_int_equal(r.ntorn + r.ndisordered, 0);
        assert_int_equal(r.came[3], o.nlines);
        assert_int_equal(r.came[0] + dropped_said(), LINES);
    }
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_comes_at_once),
        cmocka_unit_test(test_which),
        cmocka_unit_test(test_reader_hangs_and_returns),
        cmocka_unit_test(test_burst_is_given_back),
        cmocka_unit_test(test_free_leaves_hanging_reader),
        cmocka_unit_test(test_nonblocking),
        cmocka_unit_test(test_reader_gone),
        cmocka_unit_test(test_longest_line),
        cmocka_unit_test(test_many_threads),
        cmocka_unit_test(test_others_write),
    };
    return cmocka_run_group_tests_name("access log", tests, NULL, NULL);
}
