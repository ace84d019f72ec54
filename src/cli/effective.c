/* The structs of the file's tables are changed where environment and flags win, and written by the
 * same tables. */
#include "cli/effective.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/document.h"
#include "policy/grants.h"
#include "policy/schema_write.h"

/* The policy of an environment, which has no name. */
#define NAME "main"

/* Escapes and line ends make a file longer than it was. */
#define TEXT_MAX (8 * DOCUMENT_MAX)

static const struct tree_node *node_of(struct effective *e, struct slice text)
{
    struct tree_node *node = arena_take(&e->arena, sizeof(*node));
    struct slice copy = arena_copy(&e->arena, text);

    if (node == NULL || copy.at == NULL) {
        return NULL;
    }
    *node = (struct tree_node){.kind = TREE_TEXT, .text = copy};
    return node;
}

/* The words of a setting; `separators` are one character each. */
static bool words_of(struct effective *e, struct slice text, const char *separators,
                     struct schema_texts *to)
{
    size_t n = 0;

    to->n = 0;
    to->at = arena_take(&e->arena, (text.len + 1) * sizeof(struct tree_node *));
    while (to->at != NULL && n < text.len) {
        size_t start = n;
        while (n < text.len && strchr(separators, text.at[n]) == NULL) {
            n++;
        }
        struct slice word = slice_trim(slice_sub(text, start, n - start));
        n++;
        if (word.len > 0) {
            to->at[to->n] = node_of(e, word);
            if (to->at[to->n++] == NULL) {
                return false;
            }
        }
    }
    return to->at != NULL;
}

static const struct schema_field *find(const struct schema_table *table, struct slice key)
{
    for (size_t i = 0; i < table->n; i++) {
        if (slice_equal(table->field[i].key, key)) {
            return &table->field[i];
        }
    }
    return NULL;
}

/* DOCKGATE_LIMITS has the keys of limits. */
static bool take_limits(struct effective *e, struct slice text, struct config_limits *limits)
{
    const struct schema_field *policies = find(config_table(), SLICE("policies"));
    const struct schema_field *own =
        policies == NULL ? NULL : find(policies->table, SLICE("limits"));
    struct slice pair;

    if (own == NULL) {
        return false; /* can't be: both are rows of the table */
    }

    *limits = (struct config_limits){.node = node_of(e, text), .reopen = limits->reopen};
    while (text.len > 0 && slice_next(&text, ',', &pair)) {
        size_t equals = slice_find(pair, '=');
        const struct schema_field *f = find(own->table, slice_trim(slice_sub(pair, 0, equals)));
        if (f != NULL) {
            const struct tree_node **at =
                (const struct tree_node **)(void *)((char *)limits + f->offset);
            *at = node_of(e, slice_trim(slice_sub(pair, equals + 1, pair.len)));
            if (*at == NULL) {
                return false;
            }
        }
    }
    return limits->node != NULL;
}

/* One that is set takes the place of all that the file says of requests, as it does in the gate. */
static bool take_requests(struct effective *e, const struct settings *s, struct config_policy *p)
{
    const struct setting_value *profile = &s->at[SETTING_REQUESTS];
    const struct setting_value *binds = &s->at[SETTING_BINDS];

    if (!profile->set && !binds->set) {
        return true;
    }
    p->requests = (struct config_requests){.node = node_of(e, SLICE("requests"))};
    /* The table has "closed" where the setting has "none". */
    p->requests.profile = node_of(e, profile->number == SETTINGS_REQUESTS_NONE
                                         ? SLICE("none")
                                         : requests_profile_get(profile->number)->name);
    return p->requests.node != NULL && p->requests.profile != NULL &&
           (!binds->set || words_of(e, binds->text, ",", &p->requests.list[REQUESTS_BINDS]));
}

static bool take_answers(struct effective *e, const struct settings *s, struct config_policy *p)
{
    const struct setting_value *redact = &s->at[SETTING_REDACT];
    const struct setting_value *visible = &s->at[SETTING_VISIBLE];
    bool ok = true;

    if ((redact->text.len > 0 || visible->text.len > 0) && p->answers.node == NULL) {
        p->answers.node = node_of(e, SLICE("answers"));
        ok = p->answers.node != NULL;
    }
    if (redact->text.len > 0) {
        ok = words_of(e, redact->text, ",", &p->answers.redact) && ok;
    }
    if (visible->text.len > 0) {
        ok = words_of(e, visible->text, ",", &p->answers.visible) && ok;
    }
    return ok;
}

static bool take_own(struct effective *e, const struct settings *s, struct config_policy *p)
{
    struct slice shared = s->at[SETTING_OWN_SHARED].text;

    if (!s->at[SETTING_OWN].set) {
        return true;
    }
    p->own = node_of(e, s->at[SETTING_OWN].text);
    return p->own != NULL && (shared.len == 0 || words_of(e, shared, ",", &p->shared));
}

static bool take_policy(struct effective *e, const struct settings *s, struct config_policy *p)
{
    const struct setting_value *mode = &s->at[SETTING_MODE];

    if (mode->set) {
        p->mode =
            node_of(e, mode->number == SETTINGS_MODE_OBSERVE ? SLICE("observe") : SLICE("enforce"));
        if (p->mode == NULL) {
            return false;
        }
    }
    return (s->at[SETTING_LIMITS].text.len == 0 ||
            take_limits(e, s->at[SETTING_LIMITS].text, &p->limits)) &&
           take_requests(e, s, p) && take_own(e, s, p) && take_answers(e, s, p);
}

/* The listeners that the setting names, with what the file says of those that it has as well. */
static bool take_listeners(struct effective *e, struct slice text)
{
    struct config before = e->config;
    struct schema_texts words;

    if (!words_of(e, text, ", \t\r\n", &words)) {
        return false;
    }
    struct config_listener *at = arena_take(&e->arena, (words.n + 1) * sizeof(*at));
    for (size_t i = 0; at != NULL && i < words.n; i++) {
        size_t known = config_find_listener(&before, words.at[i]->text);
        at[i] = known < before.listeners.n ? *config_listener_at(&before, known)
                                           : (struct config_listener){.node = words.at[i]};
        at[i].address = words.at[i];
    }
    e->config.listeners = (struct schema_many){at, words.n};
    return at != NULL;
}

static bool take_settings(struct effective *e, const struct settings *s)
{
    struct config *c = &e->config;
    struct config_policy *policies = arena_take(&e->arena, (c->policies.n + 1) * sizeof(*policies));
    enum setting_id engine = s->at[SETTING_ENGINE].set ? SETTING_ENGINE : SETTING_SOCKET_PATH;

    if (policies == NULL) {
        return false;
    }
    for (size_t i = 0; i < c->policies.n; i++) {
        policies[i] = *config_policy_at(c, i);
        if (!take_policy(e, s, &policies[i])) {
            return false;
        }
    }
    c->policies.at = policies;
    if (s->at[engine].set) {
        c->engine = node_of(e, s->at[engine].text);
        if (c->engine == NULL) {
            return false;
        }
    }
    return !s->at[SETTING_LISTEN].set || take_listeners(e, s->at[SETTING_LISTEN].text);
}

bool effective_of_file(const struct config *c, const struct settings *s, struct effective *e)
{
    *e = (struct effective){.config = *c};
    return take_settings(e, s);
}

bool effective_of_operations(const struct operation_set *wanted, const struct settings *s,
                             struct operation_set *said, struct effective *e)
{
    struct slice entries[OPERATION_COUNT];
    size_t n = grants_entries(wanted, entries, said);

    *e = (struct effective){.config = {.node = NULL}};
    struct config_policy *p = arena_take(&e->arena, sizeof(*p));
    const struct tree_node **allow = arena_take(&e->arena, (n + 1) * sizeof(struct tree_node *));
    if (p == NULL || allow == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        allow[i] = node_of(e, entries[i]);
        if (allow[i] == NULL) {
            return false;
        }
    }
    p->node = node_of(e, SLICE(NAME));
    p->allow = (struct schema_texts){allow, n};
    e->config.policies = (struct schema_many){p, 1};
    return p->node != NULL && take_settings(e, s);
}

bool effective_print(const struct effective *e)
{
    struct buf out;
    char *text = malloc(TEXT_MAX);

    if (text == NULL) {
        fputs("dockgate: no memory\n", stderr);
        return false;
    }
    buf_init(&out, text, TEXT_MAX);
    schema_write(config_table(), &e->config, 0, &out);
    if (out.full) {
        fputs("dockgate: the configuration is too long to be written\n", stderr);
    } else {
        (void)fwrite(out.at, 1, out.len, stdout);
    }
    bool ok = !out.full;
    free(text);
    return ok;
}

void effective_free(struct effective *e)
{
    arena_free(&e->arena);
}
