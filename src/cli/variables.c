/* Turns the command line's flags into variables and lays them over the environment, so that
 * everything behind reads one list and a flag can do exactly what its variable can. */
#include "cli/variables.h"

#include "base/buf.h"
#include "cli/settings.h"
#include "policy/nearest.h"
#include "policy/option.h"

#include <stdlib.h>

#define NAME_MAX_LEN 64
#define SHOWN        64

static const char UPPER[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
static const char LOWER[] = "abcdefghijklmnopqrstuvwxyz-";

/* `c` as it stands at the same place of the other row; anything else stays. */
static char turn(char c, const char *from, const char *to)
{
    const char *at = memchr(from, c, sizeof(UPPER) - 1);

    if (at == NULL) {
        return c;
    }
    return to[at - from];
}

/* A flag's name as a variable's: upper case, underscores. False when it can be none. */
static bool variable_name(struct slice flag, char storage[NAME_MAX_LEN], struct slice *name)
{
    if (flag.len == 0 || flag.len >= NAME_MAX_LEN) {
        return false;
    }
    for (size_t i = 0; i < flag.len; i++) {
        storage[i] = turn(flag.at[i], LOWER, UPPER);
    }
    *name = slice_of(storage, flag.len);
    return true;
}

/* Settings go without their prefix as well; `full` holds the name with it. */
static bool known_name(struct slice name, variables_option *is_option, char full[NAME_MAX_LEN],
                       struct slice *found)
{
    struct buf b;

    buf_init(&b, full, NAME_MAX_LEN);
    if (buf_put(&b, SLICE("DOCKGATE_")) && buf_put(&b, name) &&
        setting_find(buf_slice(&b)) != SETTING_COUNT) {
        *found = buf_slice(&b);
        return true;
    }
    *found = name;
    return setting_find(name) != SETTING_COUNT || is_option(name);
}

/* The flag that the user may have meant, among settings and options. */
static bool unknown_flag(struct slice flag, struct slice name, struct diag *d)
{
    struct slice best = {NULL, 0};
    size_t distance = NEAREST_FAR;
    const size_t prefix = sizeof("DOCKGATE_") - 1;

    for (size_t i = 0; i < SETTING_COUNT; i++) {
        struct slice full = setting_row_get((enum setting_id)i)->name;
        bool prefixed = slice_starts_with(full, SLICE("DOCKGATE_"));

        nearest_try(name, prefixed ? slice_of(full.at + prefix, full.len - prefix) : full, &best,
                    &distance);
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        nearest_try(name, option_name((option_id)i), &best, &distance);
    }
    if (best.at == NULL) {
        return diag_set(d, "there is no flag --%.*s", (int)(flag.len < SHOWN ? flag.len : SHOWN),
                        flag.at);
    }
    char text[NAME_MAX_LEN];
    size_t len = best.len < NAME_MAX_LEN ? best.len : NAME_MAX_LEN;
    for (size_t i = 0; i < len; i++) {
        text[i] = turn(best.at[i], UPPER, LOWER);
    }
    return diag_set(d, "there is no flag --%.*s; the nearest is --%.*s",
                    (int)(flag.len < SHOWN ? flag.len : SHOWN), flag.at, (int)len, text);
}

/* Replaces the variable of that name in the list, or adds it. */
static void lay_over(struct variables *v, char *variable, size_t name_len)
{
    size_t n = 0;

    for (size_t i = 0; i < v->nlist; i++) {
        struct slice other = slice_from_text(v->list[i]);

        if (other.len <= name_len || memcmp(other.at, variable, name_len + 1) != 0) {
            v->list[n++] = v->list[i];
        }
    }
    v->list[n++] = variable;
    v->list[n] = NULL;
    v->nlist = n;
}

/* Writes the variable into the pool, which lives as long as the list. */
static bool add_flag(struct variables *v, struct buf *pool, struct slice name, struct slice value,
                     struct diag *d)
{
    char *at = pool->at + pool->len;

    if (!buf_put(pool, name) || !buf_put_byte(pool, '=') || !buf_put(pool, value) ||
        !buf_put_byte(pool, '\0')) {
        return diag_set(d, "the flags are too long");
    }
    lay_over(v, at, name.len);
    return true;
}

/* One flag, with its value behind '=' or in the next argument. */
static bool read_flag(char **argv, int argc, int *i, variables_option *is_option,
                      struct variables *v, struct buf *pool, struct diag *d)
{
    struct slice text = slice_from_text(argv[*i] + 2);
    size_t equals = slice_find(text, '=');
    struct slice flag = slice_of(text.at, equals);
    char upper[NAME_MAX_LEN];
    char full[NAME_MAX_LEN];
    struct slice name = flag;
    struct slice found;

    if (!variable_name(flag, upper, &name) || !known_name(name, is_option, full, &found)) {
        return unknown_flag(flag, name, d);
    }
    if (equals < text.len) {
        return add_flag(v, pool, found, slice_of(text.at + equals + 1, text.len - equals - 1), d);
    }
    if (*i + 1 >= argc) {
        return diag_set(d, "--%.*s needs a value", (int)flag.len, flag.at);
    }
    (*i)++;
    return add_flag(v, pool, found, slice_from_text(argv[*i]), d);
}

static bool read_arguments(int argc, char **argv, variables_option *is_option, struct variables *v,
                           struct buf *pool, struct diag *d)
{
    bool flags = true;

    for (int i = 1; i < argc; i++) {
        struct slice text = slice_from_text(argv[i]);

        if (flags && slice_equal(text, SLICE("--"))) {
            flags = false;
        } else if (flags &&
                   (slice_equal(text, SLICE("--help")) || slice_equal(text, SLICE("-h")))) {
            v->help = true;
        } else if (flags && slice_starts_with(text, SLICE("--"))) {
            if (!read_flag(argv, argc, &i, is_option, v, pool, d)) {
                return false;
            }
        } else if (flags && text.len > 1 && text.at[0] == '-') {
            return diag_set(d, "there is no flag %s; flags start with two dashes", argv[i]);
        } else {
            v->words[v->nwords++] = argv[i];
        }
    }
    return true;
}

/* Room for what the flags become: each argument, a prefix, '=' and the end. */
static size_t pool_size(int argc, char **argv)
{
    size_t size = 1;

    for (int i = 1; i < argc; i++) {
        size += slice_from_text(argv[i]).len + NAME_MAX_LEN;
    }
    return size;
}

bool variables_gather(char *const *environment, int argc, char **argv, variables_option *is_option,
                      struct variables *v, struct diag *d)
{
    size_t n = 0;
    size_t arguments = argc > 0 ? (size_t)argc : 0;
    struct buf pool;

    *v = (struct variables){.help = false};
    while (environment[n] != NULL) {
        n++;
    }
    size_t size = pool_size(argc, argv);
    v->list = calloc(n + arguments + 1, sizeof(*v->list));
    v->words = calloc(arguments + 1, sizeof(*v->words));
    v->storage = calloc(1, size);
    if (v->list == NULL || v->words == NULL || v->storage == NULL) {
        return diag_set(d, "out of memory");
    }
    for (; v->nlist < n; v->nlist++) {
        v->list[v->nlist] = environment[v->nlist];
    }
    buf_init(&pool, v->storage, size);
    return read_arguments(argc, argv, is_option, v, &pool, d);
}

void variables_free(struct variables *v)
{
    free(v->list);
    free(v->words);
    free(v->storage);
    *v = (struct variables){.help = false};
}
