/* Policies of requests: the tables of options and profiles, and a small interpreter that reads
 * values in words. */
#include "inspect/requests_policy.h"

#include "inspect/image_name.h"
#include "inspect/owned.h"
#include "inspect/requests_subnet.h"
#include "inspect/requests_unchecked.h"
#include "policy/nearest.h"
#include "policy/option.h"

#include <stdlib.h>

/* Values in messages are cut here. */
#define SHOWN 100

#define NANO UINT64_C(1000000000)

/* A word's place among a list's bytes. */
struct span {
    size_t at;
    size_t len;
};

struct list {
    char *bytes; /* owned: all words, one behind the other */
    size_t len;
    struct span *words; /* owned */
    size_t n;
};

struct requests_policy {
    struct slice name; /* owned */
    bool on[REQUESTS_OPTIONS];
    uint64_t number[REQUESTS_OPTIONS];
    struct list list[REQUESTS_OPTIONS];
    struct operation_set unchecked; /* what that list names */
    const struct owned_policy *own; /* borrowed */
};

enum profile {
    PROFILE_CLOSED,
#define REQUESTS_PROFILE(id, ...) PROFILE_##id,
#include "inspect/requests_profiles.def"
    PROFILES,
};

static const struct requests_option_row OPTIONS[REQUESTS_OPTIONS] = {
#define REQUESTS_OPTION(id, name, kind, help)                                                      \
    {SLICE_INIT(name), SLICE_INIT("requests." name), REQUESTS_KIND_##kind, SLICE_INIT(help)},
#include "inspect/requests_options.def"
#undef REQUESTS_OPTION
};

static const struct requests_profile_row PROFILE_ROWS[PROFILES] = {
    {SLICE_INIT("closed"), SLICE_INIT("nothing but what the other options name")},
#define REQUESTS_PROFILE(id, name, from, help) {SLICE_INIT(name), SLICE_INIT(help)},
#include "inspect/requests_profiles.def"
};

static const enum profile PROFILE_FROM[PROFILES] = {
    PROFILE_CLOSED,
#define REQUESTS_PROFILE(id, name, from, help) PROFILE_##from,
#include "inspect/requests_profiles.def"
};

static const struct profile_setting {
    enum profile profile;
    enum requests_option option;
    struct slice words;
} SETTINGS[] = {
#define REQUESTS_PROFILE_SET(profile, option, words)                                               \
    {PROFILE_##profile, REQUESTS_##option, SLICE_INIT(words)},
#include "inspect/requests_profiles.def"
};

/* The words of a list whose words are known. */
static const struct slice KNOWN[REQUESTS_OPTIONS] = {
    [REQUESTS_MOUNTS] = SLICE_INIT("volume,tmpfs,image,cluster,npipe"),
    [REQUESTS_NAMESPACES] = SLICE_INIT("pid:host,ipc:host,uts:host,userns:host,cgroupns:host,"
                                       "pid:container,ipc:container"),
    [REQUESTS_RESTART] = SLICE_INIT("always,unless-stopped,on-failure,any"),
    [REQUESTS_BUILD] = SLICE_INIT("remote,host-network,buildkit"),
    [REQUESTS_CAPABILITIES] = SLICE_INIT(
        "ALL,CHOWN,DAC_OVERRIDE,DAC_READ_SEARCH,FOWNER,FSETID,KILL,SETGID,SETUID,SETPCAP,"
        "LINUX_IMMUTABLE,NET_BIND_SERVICE,NET_BROADCAST,NET_ADMIN,NET_RAW,IPC_LOCK,IPC_OWNER,"
        "SYS_MODULE,SYS_RAWIO,SYS_CHROOT,SYS_PTRACE,SYS_PACCT,SYS_ADMIN,SYS_BOOT,SYS_NICE,"
        "SYS_RESOURCE,SYS_TIME,SYS_TTY_CONFIG,MKNOD,LEASE,AUDIT_WRITE,AUDIT_CONTROL,SETFCAP,"
        "MAC_OVERRIDE,MAC_ADMIN,SYSLOG,WAKE_ALARM,BLOCK_SUSPEND,AUDIT_READ,PERFMON,BPF,"
        "CHECKPOINT_RESTORE"),
};

const struct requests_option_row *requests_option_get(enum requests_option id)
{
    return &OPTIONS[id];
}

const struct requests_profile_row *requests_profile_get(size_t i)
{
    return i < PROFILES ? &PROFILE_ROWS[i] : NULL;
}

static int shown(struct slice s)
{
    return (int)(s.len < SHOWN ? s.len : SHOWN);
}

static bool bad_value(enum requests_option id, struct slice value, const char *accepts,
                      struct diag *d)
{
    return diag_set(d, "requests.%s: %.*s: accepted is %s", OPTIONS[id].name.at, shown(value),
                    value.at == NULL ? "" : value.at, accepts);
}

static struct slice copy(struct slice s)
{
    char *at = malloc(s.len + 1);

    if (at == NULL) {
        return (struct slice){NULL, 0};
    }
    if (s.len > 0) {
        memcpy(at, s.at, s.len);
    }
    at[s.len] = '\0';
    return slice_of(at, s.len);
}

static void list_free(struct list *l)
{
    free(l->bytes);
    free(l->words);
    *l = (struct list){NULL, 0, NULL, 0};
}

static struct slice list_word(const struct list *l, size_t i)
{
    return slice_of(l->bytes + l->words[i].at, l->words[i].len);
}

static bool list_add(struct list *l, struct slice word, struct diag *d)
{
    struct span *words = realloc(l->words, (l->n + 1) * sizeof(*words));

    if (words == NULL) {
        return diag_set(d, "out of memory");
    }
    l->words = words;
    char *bytes = realloc(l->bytes, l->len + word.len);
    if (bytes == NULL) {
        return diag_set(d, "out of memory");
    }
    l->bytes = bytes;
    memcpy(bytes + l->len, word.at, word.len);
    words[l->n++] = (struct span){l->len, word.len};
    l->len += word.len;
    return true;
}

/* Whether the word is one of those that are known for a list; else what there is goes to `d`, the
 * nearest last. Capabilities are taken in any case, as requests name them, and without CAP_, which
 * is taken off a request's before they are compared. */
static bool is_known(enum requests_option id, struct slice word, struct diag *d)
{
    bool capability = id == REQUESTS_CAPABILITIES;
    bool prefix = capability && slice_starts_with(word, SLICE("CAP_"));
    struct slice wanted = prefix ? slice_sub(word, 4, word.len) : word;
    struct slice words = KNOWN[id];
    struct slice best = {NULL, 0};
    struct slice one;
    size_t distance = NEAREST_FAR;

    while (slice_next(&words, ',', &one)) {
        if (slice_equal(one, word) || (capability && slice_equal_nocase(one, word))) {
            return true;
        }
        nearest_try(wanted, one, &best, &distance);
    }
    bool close = nearest_is_close(wanted, distance);
    return diag_set(
        d, "requests.%s: %.*s: accepted is %s%s%.*s", OPTIONS[id].name.at, shown(word), word.at,
        capability ? "a capability of Linux without CAP_, ALL or *" : KNOWN[id].at,
        close ? "; the nearest is " : "", close ? (int)best.len : 0, close ? best.at : "");
}

/* Whether "N" or "N-M" are ports. */
static bool is_ports(struct slice word)
{
    uint64_t first;
    uint64_t last;
    size_t dash = slice_find(word, '-');

    if (!slice_to_u64(slice_sub(word, 0, dash), 10, UINT16_MAX, &first)) {
        return false;
    }
    return dash == word.len ||
           (slice_to_u64(slice_sub(word, dash + 1, word.len), 10, UINT16_MAX, &last) &&
            first <= last);
}

/* An absolute directory without "//", "." and ".."; "/" itself is one. */
static bool is_directory(struct slice word)
{
    struct slice part;

    if (!slice_starts_with(word, SLICE("/"))) {
        return false;
    }
    if (word.len == 1) {
        return true;
    }
    word = slice_sub(word, 1, word.len);
    while (slice_next(&word, '/', &part)) {
        if (part.len == 0 || slice_equal(part, SLICE(".")) || slice_equal(part, SLICE(".."))) {
            return false;
        }
    }
    return true;
}

static bool word_fits(enum requests_option id, struct slice word, struct diag *d)
{
    static const struct slice read_only = SLICE_INIT(":ro");
    struct slice path = word;

    if (word.len == 0) {
        return bad_value(id, word, "no empty word", d);
    }
    if (id == REQUESTS_BINDS) {
        if (slice_ends_with(path, read_only)) {
            path.len -= read_only.len;
        }
        return (is_directory(path) && !slice_ends_with(path, SLICE(":rw"))) ||
               bad_value(id, word, "an absolute path without \"..\", or one with :ro behind it", d);
    }
    if (id == REQUESTS_SET_LABELS) {
        size_t equals = slice_find(word, '=');
        return (equals > 0 && equals < word.len) || bad_value(id, word, "KEY=VALUE", d);
    }
    if (slice_equal(word, SLICE("*"))) {
        return true;
    }
    if (id == REQUESTS_PORTS) {
        return is_ports(word) || bad_value(id, word, "a port, N-M or *", d);
    }
    if (id == REQUESTS_SUBNETS) {
        struct requests_subnet subnet;
        return requests_subnet_read(word, &subnet) ||
               bad_value(id, word, "a network, as 10.0.0.0/8 or fd00::/8, or *", d);
    }
    return KNOWN[id].len == 0 || is_known(id, word, d);
}

/* "512m", "2g", bytes without a unit. */
static bool read_size(struct slice value, uint64_t *number)
{
    static const char units[] = "kmgt";
    uint64_t factor = 1;

    for (size_t i = 0; value.len > 0 && i < sizeof(units) - 1; i++) {
        if ((value.at[value.len - 1] | 0x20) == units[i]) {
            factor = UINT64_C(1) << (10 * (i + 1));
            value.len--;
            break;
        }
    }
    if (!slice_to_u64(value, 10, INT64_MAX / factor, number)) {
        return false;
    }
    *number *= factor;
    return true;
}

/* "2" or "1.5", up to nine digits behind the point, in billionths. */
static bool read_cpus(struct slice value, uint64_t *number)
{
    size_t point = slice_find(value, '.');
    struct slice fraction = slice_sub(value, point + 1, value.len);
    uint64_t part = 0;

    if (!slice_to_u64(slice_sub(value, 0, point), 10, 100000, number) || fraction.len > 9 ||
        (point < value.len && !slice_to_u64(fraction, 10, NANO, &part))) {
        return false;
    }
    for (size_t i = fraction.len; i < 9; i++) {
        part *= 10;
    }
    *number = *number * NANO + part;
    return true;
}

static bool set_one(struct requests_policy *p, enum requests_option id, struct slice value,
                    struct diag *d)
{
    bool ok = false;
    uint64_t number = 0;

    switch (OPTIONS[id].kind) {
    case REQUESTS_KIND_SWITCH:
        return option_read_switch(value, &p->on[id]) || bad_value(id, value, "true or false", d);
    case REQUESTS_KIND_LIST:
        return word_fits(id, value, d) &&
               (id != REQUESTS_UNCHECKED || requests_unchecked_add(value, &p->unchecked, d)) &&
               list_add(&p->list[id], value, d);
    case REQUESTS_KIND_SIZE:
        ok = read_size(value, &number) ||
             bad_value(id, value, "bytes, or a number with k, m or g", d);
        break;
    case REQUESTS_KIND_CPUS:
        ok = read_cpus(value, &number) || bad_value(id, value, "a number of processors, as 1.5", d);
        break;
    case REQUESTS_KIND_COUNT:
        ok = slice_to_u64(value, 10, INT32_MAX, &number) || bad_value(id, value, "a number", d);
        break;
    }
    if (ok) {
        p->number[id] = number;
    }
    return ok;
}

static void list_clear(struct requests_policy *p, enum requests_option id)
{
    list_free(&p->list[id]);
    if (id == REQUESTS_UNCHECKED) {
        p->unchecked = (struct operation_set){{0}};
    }
}

static bool set_words(struct requests_policy *p, enum requests_option id, struct slice value,
                      struct diag *d)
{
    struct slice word;

    if (OPTIONS[id].kind != REQUESTS_KIND_LIST) {
        return set_one(p, id, value, d);
    }
    list_clear(p, id);
    while (value.len > 0 && slice_next(&value, ',', &word)) {
        if (!set_one(p, id, slice_trim(word), d)) {
            return false;
        }
    }
    return true;
}

static bool find_option(struct slice name, enum requests_option *id, struct diag *d)
{
    struct slice best = {NULL, 0};
    size_t distance = NEAREST_FAR;

    for (size_t i = 0; i < REQUESTS_OPTIONS; i++) {
        if (slice_equal(OPTIONS[i].name, name)) {
            *id = (enum requests_option)i;
            return true;
        }
        nearest_try(name, OPTIONS[i].name, &best, &distance);
    }
    if (best.at == NULL) {
        return diag_set(d, "requests.%.*s is no option", shown(name), name.at);
    }
    return diag_set(d, "requests.%.*s is no option; the nearest is %s", shown(name), name.at,
                    best.at);
}

bool requests_policy_set(struct requests_policy *p, struct slice option, struct slice value,
                         struct diag *d)
{
    enum requests_option id = REQUESTS_OPTIONS;

    return find_option(option, &id, d) && set_words(p, id, value, d);
}

bool requests_policy_add(struct requests_policy *p, struct slice option, struct slice word,
                         struct diag *d)
{
    enum requests_option id = REQUESTS_OPTIONS;

    return find_option(option, &id, d) && set_one(p, id, word, d);
}

bool requests_policy_clear(struct requests_policy *p, struct slice option, struct diag *d)
{
    enum requests_option id = REQUESTS_OPTIONS;

    if (!find_option(option, &id, d)) {
        return false;
    }
    list_clear(p, id);
    return true;
}

static bool apply_settings(struct requests_policy *p, enum profile profile, struct diag *d)
{
    for (size_t i = 0; i < sizeof(SETTINGS) / sizeof(SETTINGS[0]); i++) {
        if (SETTINGS[i].profile == profile &&
            !set_words(p, SETTINGS[i].option, SETTINGS[i].words, d)) {
            return false;
        }
    }
    return true;
}

/* A profile begins with another one, which begins with none. */
static bool apply_profile(struct requests_policy *p, enum profile profile, struct diag *d)
{
    enum profile from = PROFILE_FROM[profile];

    return (from == profile || apply_settings(p, from, d)) && apply_settings(p, profile, d);
}

static bool find_profile(struct slice name, enum profile *profile, struct diag *d)
{
    struct slice best = {NULL, 0};
    size_t distance = NEAREST_FAR;

    for (size_t i = 0; i < PROFILES; i++) {
        if (slice_equal(PROFILE_ROWS[i].name, name)) {
            *profile = (enum profile)i;
            return true;
        }
        nearest_try(name, PROFILE_ROWS[i].name, &best, &distance);
    }
    if (best.at == NULL) {
        best = SLICE("safe");
    }
    return diag_set(d, "%.*s is no profile of requests; the nearest is %s", shown(name), name.at,
                    best.at);
}

struct requests_policy *requests_policy_new(struct slice name, struct slice profile, struct diag *d)
{
    enum profile which = PROFILE_CLOSED;

    if (!find_profile(profile, &which, d)) {
        return NULL;
    }
    struct requests_policy *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        (void)diag_set(d, "out of memory");
        return NULL;
    }
    p->name = copy(name);
    if (p->name.at == NULL || !apply_profile(p, which, d)) {
        if (d->text[0] == '\0') {
            (void)diag_set(d, "out of memory");
        }
        requests_policy_free(p);
        return NULL;
    }
    return p;
}

void requests_policy_free(struct requests_policy *p)
{
    if (p == NULL) {
        return;
    }
    for (size_t i = 0; i < REQUESTS_OPTIONS; i++) {
        list_free(&p->list[i]);
    }
    free((char *)(uintptr_t)p->name.at);
    free(p);
}

struct slice requests_policy_name(const struct requests_policy *p)
{
    return p->name;
}

bool requests_on(const struct requests_policy *p, enum requests_option id)
{
    return p->on[id];
}

uint64_t requests_number(const struct requests_policy *p, enum requests_option id)
{
    return p->number[id];
}

size_t requests_count(const struct requests_policy *p, enum requests_option id)
{
    return p->list[id].n;
}

struct slice requests_word(const struct requests_policy *p, enum requests_option id, size_t i)
{
    return list_word(&p->list[id], i);
}

bool requests_passes_unchecked(const struct requests_policy *p, enum operation_id op)
{
    return operation_set_has(&p->unchecked, op);
}

struct operation_set requests_unchecked(const struct requests_policy *p)
{
    return p->unchecked;
}

bool requests_policy_own(struct requests_policy *p, const struct owned_policy *own, struct diag *d)
{
    struct slice start = slice_sub(own->label, 0, sizeof(OWNED_LABEL)); /* with its '=' */

    if (own->view != NULL) {
        p->own = own;
        return true;
    }
    for (size_t i = 0; i < requests_count(p, REQUESTS_SET_LABELS); i++) {
        if (slice_starts_with(requests_word(p, REQUESTS_SET_LABELS, i), start)) {
            return diag_set(d, "set.labels: " OWNED_LABEL " is set by own alone");
        }
    }
    p->own = own;
    return requests_policy_add(p, requests_option_get(REQUESTS_SET_LABELS)->name, own->label, d);
}

const struct owned_policy *requests_own(const struct requests_policy *p)
{
    return p->own;
}

const struct owned_policy *requests_owner(const struct requests_policy *p)
{
    return p->own != NULL && p->own->view == NULL ? p->own : NULL;
}

bool requests_adds(const struct requests_policy *p)
{
    return p->list[REQUESTS_SET_LABELS].n > 0 || p->on[REQUESTS_SET_NO_NEW_PRIVILEGES] ||
           p->on[REQUESTS_SET_READ_ONLY] || p->number[REQUESTS_MEMORY] > 0 ||
           p->number[REQUESTS_CPUS] > 0 || p->number[REQUESTS_PIDS] > 0;
}

bool requests_names(const struct requests_policy *p, enum requests_option id, struct slice text)
{
    for (size_t i = 0; i < p->list[id].n; i++) {
        if (slice_equal(list_word(&p->list[id], i), text)) {
            return true;
        }
    }
    return false;
}

bool requests_matches(const struct requests_policy *p, enum requests_option id, struct slice text)
{
    for (size_t i = 0; i < p->list[id].n; i++) {
        struct slice word = list_word(&p->list[id], i);
        if (requests_glob(word, text) &&
            (id != REQUESTS_IMAGES || image_name_is_meant(word, text))) {
            return true;
        }
    }
    return false;
}

/* The usual walk: after a mismatch the last star takes one byte more. */
bool requests_glob(struct slice pattern, struct slice text)
{
    size_t p = 0;
    size_t t = 0;
    size_t star = pattern.len;
    size_t taken = 0;

    while (t < text.len) {
        if (p < pattern.len && pattern.at[p] == '*') {
            star = p++;
            taken = t;
        } else if (p < pattern.len && pattern.at[p] == text.at[t]) {
            p++;
            t++;
        } else if (star < pattern.len) {
            p = star + 1;
            t = ++taken;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.at[p] == '*') {
        p++;
    }
    return p == pattern.len;
}
