/* The command learn: finds out what clients use, by running the gate or by reading its logs, and
 * writes the smallest policy for that. */
#include "cli/command.h"
#include "cli/learn_watch.h"
#include "cli/load.h"
#include "cli/serve.h"
#include "policy/ability.h"
#include "policy/learn_log.h"
#include "policy/learn_report.h"
#include "policy/learn_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* While learning, streams are cut soon after ^C: whoever waits for the result has said enough. */
#define GRACE_MS 1000

/* Lines of warning at the start. */
#define WARNINGS_MAX 5

/* "dockgate: learn: WHAT: WHY"; `why` may be NULL. */
static bool complain(const char *what, const char *why)
{
    fprintf(stderr, "dockgate: learn: %s%s%s\n", what, why == NULL ? "" : ": ",
            why == NULL ? "" : why);
    return false;
}

static const char *flag(const struct cli_load *load, enum command_flag_id id)
{
    return load->variables.flag[id];
}

/* ---- the report ---- */

static int report(const struct cli_load *load, const struct learn *l,
                  const struct learn_source *source)
{
    static char text[LEARN_REPORT_MAX];
    struct buf out;
    buf_init(&out, text, sizeof(text));
    if (flag(load, FLAG_LEARN_JSON) != NULL) {
        learn_report_json(l, source, &out);
    } else {
        learn_report_text(l, source, &out);
    }
    return fwrite(out.at, 1, out.len, stdout) == out.len ? 0 : 1;
}

/* ---- from a log ---- */

/* Reads lines out of a growing window of the file; longer ones than any log has are passed over. */
static bool read_log(int fd, struct learn_log *log, struct learn *l, struct learn_source *source)
{
    static char window[2 * LEARN_LINE_MAX];
    size_t len = 0;
    bool skipping = false; /* within a line that is too long */
    for (;;) {
        ssize_t n = read(fd, window + len, sizeof(window) - len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return false;
        }
        len += (size_t)n;
        struct slice rest = slice_of(window, len);
        size_t end;
        while ((end = slice_find(rest, '\n')) < rest.len || (n == 0 && rest.len > 0)) {
            bool read = !skipping && end <= LEARN_LINE_MAX &&
                        learn_log_line(log, slice_sub(rest, 0, end), l);
            source->nread += read ? 1 : 0;
            source->nunread += read ? 0 : 1;
            skipping = false;
            rest = slice_sub(rest, end + 1, rest.len);
        }
        if (n == 0) {
            return true;
        }
        if (rest.len == sizeof(window)) {
            skipping = true;
            rest.len = 0;
        }
        memmove(window, rest.at, rest.len);
        len = rest.len;
    }
}

static int learn_from(const struct cli_load *load, const char *path)
{
    static struct learn_log log;
    static struct learn learn;
    struct learn_source source = {.log = true};
    bool standard = slice_equal(slice_from_text(path), SLICE("-"));
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        complain(path, strerror(errno));
        return 2;
    }
    bool ok = read_log(fd, &log, &learn, &source);
    if (!ok) {
        complain(path, strerror(errno));
    } else if (source.nread == 0) {
        ok = complain(standard ? "standard input" : path, "holds no line of an access log");
    }
    if (!standard) {
        (void)close(fd); /* it was only read */
    }
    return ok ? report(load, &learn, &source) : 2;
}

/* ---- the state ---- */

/* Takes the newer one of the two texts. */
static bool load_state(struct learn_watch *w, const char *path)
{
    static char text[LEARN_STATE_MAX];
    bool any = false;
    bool whole = false;
    for (unsigned slot = 0; slot < 2; slot++) {
        static struct learn learn;
        uint64_t generation;
        size_t len;
        if (!sys_slots_read(&w->state, slot, text, &len)) {
            return complain(path, strerror(errno));
        }
        any = any || len > 0;
        if (learn_state_read(slice_of(text, len), &learn, &generation) &&
            (!whole || generation > w->generation)) {
            whole = true;
            w->learn = learn;
            w->generation = generation;
            w->slot = slot ^ 1U;
        }
    }
    return whole || !any ||
           complain(path, "is no state of this version's learn, and is not touched");
}

static bool open_state(const struct cli_load *load, struct learn_watch *w, bool reading)
{
    const char *path = flag(load, FLAG_LEARN_STATE);
    struct diag d = {{0}};
    w->state.fd = -1;
    if (path == NULL) {
        return true;
    }
    if (!sys_slots_open(&w->state, path, LEARN_STATE_MAX, reading, &d)) {
        return complain(d.text, NULL);
    }
    return load_state(w, path);
}

static int learn_show(const struct cli_load *load)
{
    static struct learn_watch w; /* zero but for its file: 35 KiB that the binary need not hold */
    struct learn_source source = {.log = false};
    w.state.fd = -1;
    if (flag(load, FLAG_LEARN_STATE) == NULL) {
        complain("--show needs --state FILE", NULL);
        return 2;
    }
    int status = open_state(load, &w, true) ? report(load, &w.learn, &source) : 2;
    sys_slots_close(&w.state);
    return status;
}

/* ---- by running the gate ---- */

static bool read_time(const struct cli_load *load, enum command_flag_id id, uint64_t *ms)
{
    const char *text = flag(load, id);
    *ms = 0;
    return text == NULL || (settings_read_time(slice_from_text(text), ms) && *ms > 0) ||
           complain(text, "no time above 0; accepted is 30s, 10m, 2h");
}

static bool read_within(const struct cli_load *load, const char *text, struct operation_set *within)
{
    bool careful = load->settings.at[SETTING_STRICT].number != 0;
    struct slice wrong;
    struct slice nearest;
    bool rules = load->policy.rules != NULL;
    if (learn_within(slice_from_text(text), rules ? NULL : &load->policy.allowed, careful, within,
                     &wrong, &nearest)) {
        return true;
    }
    if (rules && slice_equal(wrong, SLICE("configured"))) {
        return complain("--within=configured",
                        "what is configured are rules, which are no options");
    }
    fprintf(stderr,
            "dockgate: learn: --within=%s: \"%.*s\" is neither reads, all, configured, an option "
            "nor a preset%s%.*s\n",
            text, (int)wrong.len, wrong.len == 0 ? "" : wrong.at,
            nearest.len == 0 ? "" : "; the nearest is ", (int)nearest.len,
            nearest.len == 0 ? "" : nearest.at);
    return false;
}

/* What a client can do meanwhile that matters: the worst first, as far as anybody reads. */
static void warn_within(const char *text, const struct operation_set *within)
{
    unsigned n = 0;
    for (size_t i = 0; i < ABILITY_COUNT && n < WARNINGS_MAX; i++) {
        enum ability_id id = (enum ability_id)i;
        const struct ability *a = ability_get(id);
        if (a->grade >= ABILITY_DISCLOSING && ability_shown(id, within)) {
            fprintf(stderr, "dockgate: warning: learn: within %s a client can %.*s\n", text,
                    (int)a->text.len, a->text.at);
            n++;
        }
    }
}

/* The gate that learns: it lets through what is within, names leaves, and writes no access log, for
 * standard output is the result's. */
static void set_gate(struct cli_load *load, const struct operation_set *within)
{
    struct setting_value *at = load->settings.at;
    policy_fini(&load->policy);
    load->policy = (struct policy){.allowed = *within, .descriptive_errors = true};
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        load->policy.decided_by[i] = option_leaf((enum operation_id)i);
    }
    at[SETTING_MODE].number = SETTINGS_MODE_ENFORCE;
    at[SETTING_LOG].number = ACCESS_LOG_OFF;
    if (!at[SETTING_GRACE].set) {
        at[SETTING_GRACE].number = GRACE_MS;
    }
}

static int learn_run(struct cli_load *load)
{
    static struct learn_watch w;
    static char says[256];
    struct learn_source source = {.log = false};
    struct operation_set within;
    const char *text = flag(load, FLAG_LEARN_WITHIN);
    text = text == NULL ? "reads" : text;
    w.state.fd = -1;
    if (!read_time(load, FLAG_LEARN_FOR, &w.for_ms) ||
        !read_time(load, FLAG_LEARN_UNTIL_IDLE, &w.idle_ms) || !read_within(load, text, &within) ||
        !open_state(load, &w, false)) {
        sys_slots_close(&w.state);
        return 2;
    }
    warn_within(text, &within);
    set_gate(load, &within);
    (void)snprintf(says, sizeof(says), "learning within %s; ^C ends it and writes the policy",
                   text);
    struct serve_beside beside = {.says = says,
                                  .writes_file = w.state.fd >= 0,
                                  .argument = &w,
                                  .start = learn_watch_start,
                                  .stop = learn_watch_stop};
    int status = serve_run(load, &beside);
    if (status != 2) { /* it ran, if only until its watchdog ended it */
        int written = report(load, &w.learn, &source);
        status = status == 0 && (written != 0 || w.failed) ? 1 : status;
    }
    sys_slots_close(&w.state);
    return status;
}

/* ---- the command ---- */

static int dispatch(struct cli_load *load)
{
    const char *from = flag(load, FLAG_LEARN_FROM);
    bool show = flag(load, FLAG_LEARN_SHOW) != NULL;
    bool runs = flag(load, FLAG_LEARN_WITHIN) != NULL || flag(load, FLAG_LEARN_FOR) != NULL ||
                flag(load, FLAG_LEARN_UNTIL_IDLE) != NULL;
    if ((from != NULL && (show || flag(load, FLAG_LEARN_STATE) != NULL)) ||
        (runs && (from != NULL || show))) {
        complain("--from and --show run nothing, and go with no flag that is for running", NULL);
        return 2;
    }
    if (from != NULL) {
        return learn_from(load, from);
    }
    return show ? learn_show(load) : learn_run(load);
}

int command_learn(int argc, char **argv)
{
    static struct cli_load load;
    int status = 2;
    if (!cli_load(COMMAND_LEARN, argc, argv, &load)) {
        status = 2;
    } else if (load.variables.help) {
        command_print_help(COMMAND_LEARN, stdout);
        status = 0;
    } else if (load.variables.nwords != 0) {
        status = command_takes_no(COMMAND_LEARN, load.variables.words[0]);
    } else {
        status = dispatch(&load);
    }
    cli_load_free(&load);
    return status;
}
