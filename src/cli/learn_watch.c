/* Looks at the gate's counters a few times a second. It never touches a request, and makes only
 * system calls that the sandbox allows: what has to be asked is asked before it closes. */
#include "cli/learn_watch.h"

#include "policy/learn_report.h"
#include "policy/learn_state.h"
#include "policy/learn_time.h"
#include "sys/clock.h"
#include "sys/log.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static const uint64_t TICK_US = 200000;

/* What is kept is at most so old; the first use of an operation is kept at once. */
static const uint64_t SAVE_US = 5000000;

/* ---- what was used ---- */

/* The wall clock's time of a moment of the monotonic one. */
static uint64_t unix_ms_of(uint64_t us, uint64_t now_us, uint64_t now_ms)
{
    return now_ms - (now_us - us) / 1000;
}

static void say_first_use(const struct learn_watch *w, enum operation_id op, bool passed)
{
    char text[256];
    struct buf b;
    if (w->table) {
        return;
    }
    buf_init(&b, text, sizeof(text));
    learn_report_operation(&b, op);
    sys_log("learn: %s %.*s", passed ? "used:" : "asked for, not within:", (int)b.len, text);
}

/* Adds what has come since the last look. */
static void take_use(struct learn_watch *w, enum operation_id op, enum verdict_kind kind,
                     const struct counters_sum *now, uint64_t now_us, uint64_t now_ms)
{
    bool passed = kind == VERDICT_ALLOW;
    const struct counters_use_sum *use = &now->use[op][kind];
    const struct counters_use_sum *before = &w->before.use[op][kind];
    struct learn_use *place = passed ? &w->learn.used[op] : &w->learn.denied[op];
    uint64_t n = use->n - before->n;
    if (n == 0) {
        return;
    }
    if (place->n == 0) {
        w->urgent = true;
        say_first_use(w, op, passed);
    }
    uint64_t first = before->n == 0 ? use->first_us : use->last_us;
    learn_add(place, n, unix_ms_of(first, now_us, now_ms),
              unix_ms_of(use->last_us, now_us, now_ms));
}

/* Requests under a verdict that named no operation. Numbers are read one by one while others count
 * on, so it may be wrong by a few until the next look. */
static uint64_t without_operation(const struct counters_sum *sum, enum verdict_kind kind)
{
    uint64_t n = sum->n[COUNTER_VERDICT + (size_t)kind];
    for (size_t op = 0; op < OPERATION_COUNT; op++) {
        n -= sum->use[op][kind].n < n ? sum->use[op][kind].n : n;
    }
    return n;
}

static uint64_t requests(const struct counters_sum *sum)
{
    uint64_t n = 0;
    for (size_t kind = 0; kind < VERDICT_KINDS; kind++) {
        n += sum->n[COUNTER_VERDICT + kind];
    }
    return n;
}

static void look(struct learn_watch *w)
{
    struct counters_sum now;
    gate_count(w->gate, &now);
    uint64_t now_us = sys_clock_us();
    uint64_t now_ms = sys_clock_unix_ms();
    for (size_t op = 0; op < OPERATION_COUNT; op++) {
        take_use(w, (enum operation_id)op, VERDICT_ALLOW, &now, now_us, now_ms);
        take_use(w, (enum operation_id)op, VERDICT_DENY, &now, now_us, now_ms);
    }
    w->learn.nunknown = w->unknown_before + without_operation(&now, VERDICT_DENY);
    w->learn.nmalformed = w->malformed_before + now.n[COUNTER_VERDICT + VERDICT_REJECT];
    if (requests(&now) != requests(&w->before)) {
        w->last_us = now_us;
        w->changed = true;
    }
    w->learn.spent_ms = w->spent_before_ms + (now_us - w->start_us) / 1000;
    w->before = now;
}

/* ---- the state ---- */

static void save(struct learn_watch *w)
{
    static char text[LEARN_STATE_MAX];
    struct buf out;
    if (w->state.fd < 0) {
        return;
    }
    buf_init(&out, text, sizeof(text));
    w->saved_us = sys_clock_us();
    if (learn_state_write(&w->learn, w->generation + 1, &out) &&
        sys_slots_write(&w->state, w->slot, buf_slice(&out))) {
        w->generation++;
        w->slot ^= 1U;
        w->changed = false;
        w->urgent = false;
        w->failed = false;
        return;
    }
    w->failed = true;
    if (!w->complained) {
        w->complained = true;
        sys_log("learn: the state can't be written (%s), trying again", strerrordesc_np(errno));
    }
}

static void save_if_due(struct learn_watch *w)
{
    if (w->urgent || (w->changed && sys_clock_us() - w->saved_us >= SAVE_US)) {
        save(w);
    }
}

/* ---- the table ---- */

/* Ends a line of the table, cut to the terminal's width. */
static void end_line(struct learn_watch *w, struct buf *b, size_t start)
{
    if (b->len - start >= w->columns) {
        b->len = start + w->columns - 1;
    }
    buf_put(b, SLICE("\n"));
    w->drawn++;
}

static void put_summary(struct learn_watch *w, struct buf *b)
{
    size_t start = b->len;
    uint64_t n = 0;
    unsigned operations = 0;
    unsigned others = 0;
    for (size_t op = 0; op < OPERATION_COUNT; op++) {
        n += w->learn.used[op].n;
        operations += w->learn.used[op].n > 0 ? 1 : 0;
        others += w->learn.denied[op].n > 0 ? 1 : 0;
    }
    buf_put(b, SLICE("learning for "));
    learn_time_put_span(b, w->learn.spent_ms);
    (void)buf_putf(b, ": %u operations in %llu requests, %u asked for and not within; ^C ends it",
                   operations, (unsigned long long)n, others);
    end_line(w, b, start);
}

/* The rows that the terminal has room for. */
static void put_rows(struct learn_watch *w, struct buf *b, const struct learn_use *uses,
                     const char *mark)
{
    for (size_t i = 0; i < OPERATION_COUNT && w->drawn + 2 < w->rows; i++) {
        const struct operation *op = operation_get((enum operation_id)i);
        struct slice option = option_name(option_leaf((enum operation_id)i));
        size_t start = b->len;
        if (uses[i].n == 0) {
            continue;
        }
        (void)buf_putf(b, "%8llu %s %-30.*s %.*s %.*s", (unsigned long long)uses[i].n, mark,
                       (int)option.len, option.at, (int)op->method.len, op->method.at,
                       (int)op->path.len, op->path.at);
        end_line(w, b, start);
    }
}

static void draw(struct learn_watch *w)
{
    static char text[128 * 1024];
    struct buf b;
    buf_init(&b, text, sizeof(text));
    if (w->drawn > 0) {
        (void)buf_putf(&b, "\x1b[%uA\r\x1b[J", w->drawn); /* up, and clear to the end */
    }
    w->drawn = 0;
    w->drawn_us = sys_clock_us();
    put_summary(w, &b);
    put_rows(w, &b, w->learn.used, " ");
    put_rows(w, &b, w->learn.denied, "-");
    if (write(STDERR_FILENO, b.at, b.len) < 0) {
        w->table = false; /* the terminal is gone */
    }
}

static void draw_if_due(struct learn_watch *w)
{
    if (w->table && !w->ending && sys_clock_us() - w->drawn_us >= 500000) {
        draw(w);
    }
}

/* ---- the thread ---- */

static bool is_over(const struct learn_watch *w)
{
    uint64_t now_us = sys_clock_us();
    bool time = w->for_ms > 0 && now_us - w->start_us >= w->for_ms * 1000;
    bool idle = w->idle_ms > 0 && w->last_us > 0 && now_us - w->last_us >= w->idle_ms * 1000;
    return time || idle;
}

/* Waits for a tick; false when told to stop. */
static bool wait_tick(struct learn_watch *w)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until); /* cannot fail for this clock */
    uint64_t ns = (uint64_t)until.tv_nsec + TICK_US * 1000;
    until.tv_sec += (time_t)(ns / 1000000000);
    until.tv_nsec = (long)(ns % 1000000000);
    (void)pthread_mutex_lock(&w->lock); /* a plain mutex of ours: can't fail */
    if (!w->stop) {
        (void)pthread_cond_timedwait(&w->wake, &w->lock, &until); /* woken early is no harm */
    }
    bool stop = w->stop;
    (void)pthread_mutex_unlock(&w->lock);
    return !stop;
}

static void *watch_run(void *argument)
{
    struct learn_watch *w = argument;
    while (wait_tick(w)) {
        look(w);
        save_if_due(w);
        draw_if_due(w);
        if (!w->ending && is_over(w)) {
            w->ending = true;
            gate_stop(w->gate);
        }
    }
    return NULL;
}

/* What can't be asked once the sandbox is closed. */
static void ask_terminal(struct learn_watch *w)
{
    struct winsize size = {.ws_row = 0};
    const char *kind = getenv("TERM");
    w->table = isatty(STDERR_FILENO) == 1 && kind != NULL && strcmp(kind, "dumb") != 0 &&
               ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0;
    w->rows = size.ws_row > 2 ? size.ws_row : 24;
    w->columns = size.ws_col > 20 ? size.ws_col : 80;
}

bool learn_watch_start(void *argument, struct gate *g, struct diag *d)
{
    struct learn_watch *w = argument;
    pthread_condattr_t attributes;
    w->gate = g;
    w->start_us = sys_clock_us();
    w->saved_us = w->start_us;
    w->spent_before_ms = w->learn.spent_ms;
    w->unknown_before = w->learn.nunknown;
    w->malformed_before = w->learn.nmalformed;
    if (w->learn.since_ms == 0) {
        w->learn.since_ms = sys_clock_unix_ms();
    }
    ask_terminal(w);
    (void)pthread_condattr_init(&attributes); /* none of these can fail on Linux */
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&w->wake, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    (void)pthread_mutex_init(&w->lock, NULL);
    int error = pthread_create(&w->thread, NULL, watch_run, w);
    return error == 0 || diag_set(d, "learn: no thread: %s", strerrordesc_np(error));
}

void learn_watch_stop(void *argument)
{
    struct learn_watch *w = argument;
    (void)pthread_mutex_lock(&w->lock);
    w->stop = true;
    (void)pthread_cond_signal(&w->wake);
    (void)pthread_mutex_unlock(&w->lock);
    (void)pthread_join(w->thread, NULL);
    look(w);
    save(w);
    (void)pthread_cond_destroy(&w->wake);
    (void)pthread_mutex_destroy(&w->lock);
}
