/* Which options of log drivers a policy allows. */
#include "inspect/requests_log.h"

static bool is_harmless(struct slice name)
{
    static const struct slice known[] = {
        SLICE_INIT("max-size"),       SLICE_INIT("max-file"),
        SLICE_INIT("compress"),       SLICE_INIT("labels"),
        SLICE_INIT("labels-regex"),   SLICE_INIT("env"),
        SLICE_INIT("env-regex"),      SLICE_INIT("tag"),
        SLICE_INIT("mode"),           SLICE_INIT("cache-disabled"),
        SLICE_INIT("cache-max-size"), SLICE_INIT("cache-max-file"),
        SLICE_INIT("cache-compress"), SLICE_INIT("max-buffer-size")};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (slice_equal(known[i], name)) {
            return true;
        }
    }
    return false;
}

/* The driver whose name an option begins with; one has a longer name than its options say. */
static struct slice driver_of(struct slice name)
{
    struct slice driver = slice_sub(name, 0, slice_find(name, '-'));

    return slice_equal(driver, SLICE("gcp")) ? SLICE("gcplogs") : driver;
}

bool requests_log_option(struct requests_walk *w, struct slice name)
{
    return is_harmless(name) || requests_names(w->policy, REQUESTS_LOG_DRIVERS, SLICE("*")) ||
           (!slice_equal(name, SLICE("path")) &&
            requests_matches(w->policy, REQUESTS_LOG_DRIVERS, driver_of(name))) ||
           requests_refuse(w, "is no option of a log driver that is allowed");
}
