/* The access log's queue and its writer thread: two buffers, one being filled by those who log, one
 * being written. Who logs never waits for the reader of the log: what does not fit is dropped as
 * whole lines and counted. The writer is woken only when it sleeps, and dozes after each write, so
 * that a busy gate logs without system calls. */
#include "gate/access_log.h"

#include "base/buf.h"
#include "base/limits.h"
#include "sys/clock.h"
#include "sys/descriptors.h"
#include "sys/log.h"
#include "sys/memory.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* A worst line: a whole head whose every byte becomes \u00XX, and what else stands in a line. */
static_assert(ACCESS_LOG_CAPACITY / 2 >= 6 * LIMIT_HEAD + 4096, "every line fits an empty buffer");

/* Lines up to this are formatted on the caller's stack, outside the lock. Real ones have 60 to 600
 * bytes. */
#define LINE_USUAL 2048

/* What a pipe that polls writable takes without blocking, and without mixing it with other writers'
 * bytes. */
#define WRITE_PIPE 4096

/* How long the writer collects lines after a write before it looks again. */
#define DOZE_MS 10

/* What a buffer keeps of its memory once the writer has nothing to do. A reader that lagged once
 * would otherwise leave the gate larger for good. */
#define KEEP_BYTES (64 * 1024)

/* How long it waits before it tries again after an error that may pass (a full disk). */
#define RETRY_MS 1000

/* What free grants the thread beyond its deadline to leave a system call. */
#define JOIN_SLACK_MS 100

struct access_log {
    int fd;
    int wake; /* an eventfd: somebody logged while the writer slept, or it is to stop */
    enum access_log_format format;
    enum access_log_which which;
    bool regular; /* a file: takes any length at once, and polling says nothing of it */
    bool tries;   /* a write that would block comes back instead, so nobody has to poll before */
    bool has_thread;
    pthread_t thread;
    sem_t started; /* the thread has the descriptors that it needs */

    atomic_bool broken; /* nobody reads any more */
    atomic_bool stop;
    atomic_uint_fast64_t end; /* where stop: sys_clock_us() at which the writer gives up */

    pthread_mutex_t lock; /* guards what follows */
    struct buf front;     /* being filled */
    bool idle;            /* the writer sleeps until woken */
    uint64_t dropped;     /* lines, since last said */
    size_t tide; /* the most bytes that a buffer has held since its memory was given back */

    struct buf back; /* being written; the writer's own */
    bool complained; /* of an error that may pass; the writer's own */
};

/* How a try to write went on. */
enum progress { PROGRESS_GOOD, PROGRESS_WAIT, PROGRESS_BROKEN };

/* ---- those who log ---- */

/* The local time of a second, kept for each thread: localtime_r costs more than the rest of a line.
 */
static const struct access_second *local_time(uint64_t unix_ms)
{
    static _Thread_local struct access_second local;
    static _Thread_local time_t second = -1;
    time_t now = (time_t)(unix_ms / 1000);
    if (now != second) {
        struct tm t;
        if (localtime_r(&now, &t) == NULL) {
            memset(&t, 0, sizeof(t));
        }
        access_second_set(&local, &t);
        second = now;
    }
    return &local;
}

static void wake_writer(const struct access_log *log)
{
    uint64_t one = 1;
    /* Fails only when the counter is full, and then the writer is awake already. */
    if (write(log->wake, &one, sizeof(one)) < 0) {
        return;
    }
}

/* Puts one line into the front buffer: `line` where it was formatted already, else formats it in
 * place. */
static bool enqueue(struct access_log *log, const struct buf *line, const struct access_entry *e,
                    const struct access_second *local)
{
    if (line != NULL) {
        /* One that does not fit must not close the buffer for a shorter one, so no sticky `full`.
         */
        return log->front.max - log->front.len >= line->len &&
               buf_put(&log->front, buf_slice(line));
    }
    bool fitted = access_log_format(log->format, e, local, &log->front);
    log->front.full = false;
    return fitted;
}

void access_log_write(struct access_log *log, const struct access_entry *e)
{
    if (!access_log_wants(log, e->verdict->kind)) {
        return;
    }
    const struct access_second *local = local_time(e->started_unix_ms);
    /* What is written is read, no more. */
    __attribute__((uninitialized)) char storage[LINE_USUAL];
    struct buf line;
    buf_init(&line, storage, sizeof(storage));
    bool usual = access_log_format(log->format, e, local, &line);

    pthread_mutex_lock(&log->lock);
    if (!enqueue(log, usual ? &line : NULL, e, local)) {
        log->dropped++;
    }
    bool wake = log->idle;
    log->idle = false;
    pthread_mutex_unlock(&log->lock);
    if (wake) {
        wake_writer(log);
    }
}

bool access_log_wants(const struct access_log *log, enum verdict_kind kind)
{
    if (log == NULL || log->which == ACCESS_LOG_OFF ||
        atomic_load_explicit(&log->broken, memory_order_relaxed)) {
        return false;
    }
    return log->which == ACCESS_LOG_ALL || kind != VERDICT_ALLOW;
}

/* ---- the writer ---- */

/* Milliseconds until the writer must give up: -1 while it need not, 0 when it is time. */
static int patience_ms(const struct access_log *log)
{
    if (!atomic_load(&log->stop)) {
        return -1;
    }
    uint64_t end = atomic_load(&log->end);
    uint64_t now = sys_clock_us();
    return now >= end ? 0 : (int)((end - now + 999) / 1000);
}

/* Sleeps until woken, for at most `ms` (-1: as long as it takes). */
static void sleep_until_woken(const struct access_log *log, int ms)
{
    struct pollfd wake = {.fd = log->wake, .events = POLLIN};
    if (poll(&wake, 1, ms) > 0) {
        uint64_t count;
        ssize_t n = read(log->wake, &count, sizeof(count)); /* only empties the counter */
        (void)n;
    }
}

/* Waits until the reader takes bytes. False when the time of the writer is over. */
static bool wait_writable(const struct access_log *log)
{
    if (log->regular) {
        return patience_ms(log) != 0;
    }
    for (;;) {
        int patience = patience_ms(log);
        if (patience == 0) {
            return false;
        }
        struct pollfd fds[2] = {{.fd = log->fd, .events = POLLOUT},
                                {.fd = log->wake, .events = POLLIN}};
        if (poll(fds, patience < 0 ? 2 : 1, patience) > 0 && fds[0].revents != 0) {
            return true;
        }
        if (patience < 0 && fds[1].revents != 0) {
            sleep_until_woken(log, 0); /* to take the wake-up that said: stop */
        }
    }
}

/* The next piece to write: whole lines where they fit one write, so that lines of others on the
 * same pipe (standard error) stand between ours and never within one. */
static struct slice next_piece(const struct access_log *log, struct slice rest)
{
    if (log->regular || rest.len <= WRITE_PIPE) {
        return rest;
    }
    const char *last = memrchr(rest.at, '\n', WRITE_PIPE);
    return slice_of(rest.at, last == NULL ? WRITE_PIPE : (size_t)(last - rest.at) + 1);
}

/* What an error means for the log; says so where somebody has to know. */
static enum progress judge_error(struct access_log *log, int error)
{
    if (error == EINTR || error == EAGAIN) {
        return PROGRESS_GOOD;
    }
    if (error == EPIPE || error == EBADF || error == EINVAL || error == ECONNRESET) {
        sys_log("access log: nobody reads it any more (%s), not written from here on",
                strerrordesc_np(error));
        return PROGRESS_BROKEN;
    }
    if (!log->complained) {
        log->complained = true;
        sys_log("access log: can't write (%s), trying again", strerrordesc_np(error));
    }
    return PROGRESS_WAIT;
}

static size_t count_lines(struct slice s)
{
    size_t n = 0;
    for (const char *at = s.at; s.len > 0 && (at = memchr(at, '\n', s.len)) != NULL; n++) {
        at++;
        s = slice_of(at, s.len - (size_t)(at - s.at));
    }
    return n;
}

/* Writes as much of `piece` as is taken without waiting; EAGAIN where that is nothing, or where the
 * kernel can't be asked (pipes: before Linux 6.4). The descriptor may be shared, so it is not set
 * to non-blocking. */
static ssize_t try_write(struct access_log *log, struct slice piece)
{
    struct iovec part = {(void *)(uintptr_t)piece.at, piece.len};
    if (!log->tries) {
        errno = EAGAIN;
        return -1;
    }
    ssize_t n = pwritev2(log->fd, &part, 1, -1, RWF_NOWAIT);
    if (n < 0 && (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL || errno == EPERM)) {
        log->tries = false;
        errno = EAGAIN;
    }
    return n;
}

/* Writes all of `rest`. False when the reader is gone or the writer's time is over; the rest is
 * then counted as dropped. */
static bool write_out(struct access_log *log, struct slice rest)
{
    while (rest.len > 0 && patience_ms(log) != 0) {
        struct slice piece = next_piece(log, rest);
        ssize_t n = try_write(log, piece);
        if (n < 0 && errno == EAGAIN) {
            if (!wait_writable(log)) {
                break;
            }
            n = write(log->fd, piece.at, piece.len);
        }
        if (n >= 0) {
            rest = slice_of(rest.at + n, rest.len - (size_t)n);
            continue;
        }
        enum progress progress = judge_error(log, errno);
        if (progress == PROGRESS_BROKEN) {
            atomic_store(&log->broken, true);
            return false;
        }
        if (progress == PROGRESS_WAIT) {
            int patience = patience_ms(log);
            sleep_until_woken(log, patience < 0 || patience > RETRY_MS ? RETRY_MS : patience);
        }
    }
    if (rest.len == 0) {
        log->complained = false;
        return true;
    }
    pthread_mutex_lock(&log->lock);
    log->dropped += count_lines(rest);
    pthread_mutex_unlock(&log->lock);
    return false;
}

/* Says how many lines were lost, if any. */
static void report_dropped(struct access_log *log)
{
    pthread_mutex_lock(&log->lock);
    uint64_t dropped = log->dropped;
    log->dropped = 0;
    pthread_mutex_unlock(&log->lock);
    if (dropped > 0) {
        sys_log("access log: %llu lines dropped, the reader is too slow",
                (unsigned long long)dropped);
    }
}

/* Gives back what a burst has taken; both buffers are empty, and the lock is held. */
static void shrink(struct access_log *log)
{
    if (log->tide > KEEP_BYTES) {
        sys_memory_forget(log->front.at + KEEP_BYTES, log->front.max - KEEP_BYTES);
        sys_memory_forget(log->back.at + KEEP_BYTES, log->back.max - KEEP_BYTES);
        log->tide = 0;
    }
}

/* Swaps the buffers where lines wait. Otherwise goes to sleep unless told to stop; returns whether
 * there is something to write. */
static bool take_lines(struct access_log *log)
{
    pthread_mutex_lock(&log->lock);
    bool found = log->front.len > 0;
    if (found) {
        struct buf filled = log->front;
        log->front = log->back;
        log->front.len = 0;
        log->back = filled;
        log->tide = filled.len > log->tide ? filled.len : log->tide;
    } else {
        shrink(log);
        log->idle = true;
    }
    pthread_mutex_unlock(&log->lock);
    return found;
}

static void *writer_run(void *argument)
{
    struct access_log *log = argument;
    const int needs[] = {log->fd, log->wake, STDERR_FILENO};
    /* So that a worker has its table to itself; what can't be parted stays shared, and works. */
    (void)sys_descriptors_part(needs, sizeof(needs) / sizeof(needs[0]));
    (void)sem_post(&log->started); /* can't fail: it is posted once */
    for (;;) {
        /* Read before looking: what was logged before the order to stop is then seen by the look.
         */
        bool stop = atomic_load(&log->stop);
        if (take_lines(log)) {
            if (!write_out(log, buf_slice(&log->back)) && atomic_load(&log->broken)) {
                return NULL;
            }
            report_dropped(log);
            if (!stop) {
                sleep_until_woken(log, DOZE_MS);
            }
        } else if (stop) {
            return NULL;
        } else {
            sleep_until_woken(log, -1);
        }
    }
}

/* ---- life ---- */

/* The thread takes no signals: they are for those who read them. Returns when it has parted with
 * the descriptors of the others, since the sandbox would not let it later. */
static int start_thread(struct access_log *log)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&log->thread, NULL, writer_run, log);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    log->has_thread = error == 0;
    while (log->has_thread && sem_wait(&log->started) != 0) { /* a signal came */
    }
    return error;
}

/* Frees what the thread does not use any more. */
static void destroy(struct access_log *log)
{
    if (log->wake >= 0) {
        close(log->wake);
    }
    pthread_mutex_destroy(&log->lock);
    (void)sem_destroy(&log->started); /* nobody waits for it */
    free(log->front.at);
    free(log->back.at);
    free(log);
}

static bool open_writer(struct access_log *log, size_t capacity, struct diag *d)
{
    char *front = malloc(capacity / 2);
    char *back = malloc(capacity / 2);
    buf_init(&log->front, front, capacity / 2);
    buf_init(&log->back, back, capacity / 2);
    if (front == NULL || back == NULL) {
        return diag_set(d, "access log: out of memory");
    }
    log->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (log->wake < 0) {
        return diag_set(d, "access log: eventfd: %s", strerrordesc_np(errno));
    }
    struct stat st;
    log->regular = fstat(log->fd, &st) == 0 && S_ISREG(st.st_mode);
    log->tries = !log->regular;
    int error = start_thread(log);
    return error == 0 || diag_set(d, "access log: no thread: %s", strerrordesc_np(error));
}

struct access_log *access_log_new(int fd, enum access_log_format format,
                                  enum access_log_which which, size_t capacity, struct diag *d)
{
    struct access_log *log = calloc(1, sizeof(*log));
    if (log == NULL) {
        diag_set(d, "access log: out of memory");
        return NULL;
    }
    log->fd = fd;
    log->wake = -1;
    log->format = format;
    log->which = which;
    pthread_mutex_init(&log->lock, NULL); /* cannot fail with default attributes */
    (void)sem_init(&log->started, 0, 0);  /* nor can this, with 0 */
    if (which != ACCESS_LOG_OFF && !open_writer(log, capacity, d)) {
        destroy(log);
        return NULL;
    }
    return log;
}

/* Waits for the thread to end. False where it hangs in a write that nobody takes. */
static bool join_thread(const struct access_log *log, unsigned wait_ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until); /* cannot fail for this clock */
    uint64_t ms = (uint64_t)wait_ms + JOIN_SLACK_MS + (uint64_t)until.tv_nsec / 1000000;
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec = (long)(ms % 1000) * 1000000;
    return pthread_clockjoin_np(log->thread, NULL, CLOCK_MONOTONIC, &until) == 0;
}

void access_log_free(struct access_log *log, unsigned wait_ms)
{
    if (log == NULL) {
        return;
    }
    if (log->has_thread) {
        atomic_store(&log->end, sys_clock_us() + (uint64_t)wait_ms * 1000);
        atomic_store(&log->stop, true);
        wake_writer(log);
        if (!join_thread(log, wait_ms)) {
            /* It still uses `log`. The process is about to end: its memory is left to it. */
            pthread_detach(log->thread);
            return;
        }
        report_dropped(log);
    }
    destroy(log);
}
