/* The reader of Compose files: finds a service, and its environment as a
 * map or a list. What it does not understand (extends, an env_file that is not there, variables
 * without a value) it refuses, since a policy made of half a configuration would be wrong. */
#include "cli/compose.h"

#include "cli/document.h"
#include "cli/interpolate.h"

/* Values are at most that long. */
#define VALUE_MAX 65536

/* Steps over pairs and items, so that merges of merges end. */
#define STEPS_MAX 1000000

/* Mappings that "<<" names and that are still to be read. */
#define MERGE_MAX 64

/* Names of services in messages. */
#define SHOWN 64

struct reader {
    struct document document;
    const struct text_list *known;
    bool has_known;
    struct compose *out;
    struct diag *d;
    size_t steps;
    char storage[VALUE_MAX];
};

/* Gets a pair of a mapping; the text of its key. The pairs that count come first: those of the
 * mapping itself, then what "<<" merges into it. False ends the walk. */
typedef bool on_pair(struct reader *r, struct slice key, struct tree_node *value, void *context);

static bool refuse(struct reader *r, const struct tree_node *node, const char *what)
{
    if (node == NULL) {
        return diag_set(r->d, "%s", what);
    }
    return diag_set(r->d, "line %u: %s", node->line, what);
}

static bool is_scalar(const struct tree_node *node)
{
    return node != NULL && node->kind == TREE_TEXT;
}

static bool step(struct reader *r, const struct tree_node *node)
{
    r->steps++;
    return r->steps <= STEPS_MAX || refuse(r, node, "the file is too large or too nested");
}

/* Mappings to be read one after the other, the next one at the end. */
struct pile {
    struct tree_node *at[MERGE_MAX];
    size_t n;
};

static bool pile_put(struct reader *r, struct pile *pile, struct tree_node *map)
{
    if (map == NULL || map->kind != TREE_MAP) {
        return refuse(r, map, "a mapping is expected here");
    }
    if (pile->n == MERGE_MAX) {
        return refuse(r, map, "there is too much that \"<<\" merges");
    }
    pile->at[pile->n++] = map;
    return true;
}

/* What "<<" stands for: a mapping, or a list of them of which the first counts most. */
static bool pile_merged(struct reader *r, struct pile *pile, struct tree_node *value)
{
    if (value == NULL || value->kind != TREE_LIST) {
        return pile_put(r, pile, value);
    }
    for (size_t i = value->n; i > 0; i--) {
        if (!pile_put(r, pile, value->child[i - 1])) {
            return false;
        }
    }
    return true;
}

static bool is_merge(const struct tree_node *key)
{
    return key->plain && slice_equal(key->text, SLICE("<<"));
}

/* One mapping of a pile: its own pairs to `on`, what it merges onto the pile. */
static bool walk_one(struct reader *r, struct pile *pile, struct tree_node *map, on_pair *on,
                     void *context)
{
    for (size_t i = 0; i < map->n; i += 2) {
        const struct tree_node *key = map->child[i];
        struct tree_node *value = map->child[i + 1];

        if (!step(r, map)) {
            return false;
        }
        if (!is_scalar(key)) {
            return refuse(r, map, "a key is no text");
        }
        if (is_merge(key) ? !pile_merged(r, pile, value) : !on(r, key->text, value, context)) {
            return false;
        }
    }
    return true;
}

/* Calls `on` for each pair of a mapping and of what is merged into it. */
static bool walk(struct reader *r, struct tree_node *map, on_pair *on, void *context)
{
    struct pile pile = {.n = 0};

    if (!pile_put(r, &pile, map)) {
        return false;
    }
    while (pile.n > 0) {
        pile.n--;
        if (!walk_one(r, &pile, pile.at[pile.n], on, context)) {
            return false;
        }
    }
    return true;
}

struct search {
    struct slice key;
    struct tree_node *found;
};

static bool on_search(struct reader *r, struct slice key, struct tree_node *value, void *context)
{
    struct search *s = context;

    (void)r;
    if (s->found == NULL && slice_equal(key, s->key)) {
        s->found = value;
    }
    return true;
}

/* The value of a key, NULL in `*found` where there is none. */
static bool find(struct reader *r, struct tree_node *map, struct slice key,
                 struct tree_node **found)
{
    struct search s = {key, NULL};

    if (!walk(r, map, on_search, &s)) {
        return false;
    }
    *found = s.found;
    return true;
}

/* YAML forbids a key that stands twice in one mapping, libyaml lets it pass, and readers differ in
 * which one counts. */
static bool check_twins(struct reader *r, struct tree_node *map)
{
    if (map == NULL || map->kind != TREE_MAP) {
        return refuse(r, map, "a mapping is expected here");
    }
    for (size_t a = 0; a < map->n; a += 2) {
        for (size_t b = 0; b < a; b += 2) {
            const struct tree_node *x = map->child[a];
            const struct tree_node *y = map->child[b];

            if (!step(r, x)) {
                return false;
            }
            if (is_scalar(x) && is_scalar(y) && slice_equal(x->text, y->text)) {
                return refuse(r, x, "a key stands twice in one mapping");
            }
        }
    }
    return true;
}

/* The text of a value with its variables replaced; lives in the reader's storage until the next. */
static bool resolve(struct reader *r, const struct tree_node *node, struct slice text,
                    struct slice *out)
{
    struct buf b;

    buf_init(&b, r->storage, sizeof(r->storage));
    if (!interpolate(text, r->known, &b, r->d)) {
        return diag_wrap(r->d, "line %u", node->line);
    }
    *out = buf_slice(&b);
    if (memchr(r->storage, '\0', b.len) != NULL) {
        return refuse(r, node, "a value holds a zero byte");
    }
    return true;
}

static bool set_variable(struct reader *r, const struct tree_node *node, struct slice name,
                         struct slice value)
{
    /* A key with '=' in it would become another variable's name and the rest its value. */
    if (name.len == 0 || memchr(name.at, '\0', name.len) != NULL ||
        memchr(name.at, '=', name.len) != NULL) {
        return refuse(r, node, "a variable has no proper name");
    }
    return text_list_set(&r->out->environment, name, value) ||
           refuse(r, node, "there are too many variables");
}

/* A variable without a value is taken from where Compose runs. */
static bool pass_variable(struct reader *r, const struct tree_node *node, struct slice name)
{
    struct slice value = text_list_get(r->known, name);

    if (value.at == NULL) {
        return diag_set(r->d,
                        "line %u: the value of %.*s is not in the file; give it with --env-file",
                        node->line, (int)(name.len < SHOWN ? name.len : SHOWN), name.at);
    }
    return set_variable(r, node, name, value);
}

static bool on_variable(struct reader *r, struct slice key, struct tree_node *value, void *context)
{
    struct slice text = {NULL, 0};

    (void)context;
    if (text_list_get(&r->out->environment, key).at != NULL) {
        return true; /* merged, and said before */
    }
    if (!is_scalar(value)) {
        return refuse(r, value, "the value of a variable is no text");
    }
    if (tree_is_null(value)) {
        return pass_variable(r, value, key);
    }
    return resolve(r, value, value->text, &text) && set_variable(r, value, key, text);
}

/* "NAME=VALUE" or "NAME". */
static bool read_item(struct reader *r, const struct tree_node *item, void *context)
{
    struct slice text = {NULL, 0};

    (void)context;
    if (!is_scalar(item)) {
        return refuse(r, item, "a variable is no text");
    }
    if (!resolve(r, item, item->text, &text)) {
        return false;
    }
    size_t equals = slice_find(text, '=');
    struct slice name = slice_sub(text, 0, equals);
    return equals == text.len ? pass_variable(r, item, name)
                              : set_variable(r, item, name, slice_sub(text, equals + 1, SIZE_MAX));
}

static bool add_word(struct reader *r, const struct tree_node *item, void *context)
{
    struct slice text = {NULL, 0};

    (void)context;
    if (!is_scalar(item)) {
        return refuse(r, item, "a word of the command is no text");
    }
    return resolve(r, item, item->text, &text) &&
           (text_list_add(&r->out->command, text) ||
            refuse(r, item, "the command has too many words"));
}

static bool walk_list(struct reader *r, const struct tree_node *list,
                      bool (*on)(struct reader *r, const struct tree_node *item, void *context))
{
    for (size_t i = 0; i < list->n; i++) {
        if (!step(r, list) || !on(r, list->child[i], NULL)) {
            return false;
        }
    }
    return true;
}

static bool read_environment(struct reader *r, struct tree_node *node)
{
    if (node == NULL || (is_scalar(node) && tree_is_null(node))) {
        return true;
    }
    if (node->kind == TREE_LIST) {
        return walk_list(r, node, read_item);
    }
    return walk(r, node, on_variable, NULL) && check_twins(r, node);
}

/* One word of a command in one text, as a shell splits it; written to `word`. */
static bool next_word(struct slice *rest, struct buf *word)
{
    char quote = '\0';

    *rest = slice_trim(*rest);
    while (rest->len > 0) {
        char c = rest->at[0];

        *rest = slice_sub(*rest, 1, SIZE_MAX);
        if (quote == '\0' && (c == ' ' || c == '\t' || c == '\n')) {
            break;
        }
        if (c == quote || (quote == '\0' && (c == '"' || c == '\''))) {
            quote = c == quote ? '\0' : c;
            continue;
        }
        if (c == '\\' && quote != '\'' && rest->len > 0) {
            c = rest->at[0];
            *rest = slice_sub(*rest, 1, SIZE_MAX);
        }
        (void)buf_put_byte(word, c); /* no longer than the text that it comes from */
    }
    return quote == '\0';
}

static bool split_command(struct reader *r, const struct tree_node *node)
{
    static char storage[VALUE_MAX];
    struct slice rest = {NULL, 0};

    if (!resolve(r, node, node->text, &rest)) {
        return false;
    }
    for (rest = slice_trim(rest); rest.len > 0; rest = slice_trim(rest)) {
        struct buf word;

        buf_init(&word, storage, sizeof(storage));
        if (!next_word(&rest, &word)) {
            return refuse(r, node, "a quote in the command has no end");
        }
        if (!text_list_add(&r->out->command, buf_slice(&word))) {
            return refuse(r, node, "the command has too many words");
        }
    }
    return true;
}

static bool read_command(struct reader *r, struct tree_node *node)
{
    if (node == NULL || (is_scalar(node) && tree_is_null(node))) {
        return true;
    }
    if (node->kind == TREE_LIST) {
        return walk_list(r, node, add_word);
    }
    return is_scalar(node) ? split_command(r, node)
                           : refuse(r, node, "the command is neither a list nor a text");
}

/* The variables of an env_file stand below those of `environment`, which have been read. */
static bool read_env_file(struct reader *r, const struct tree_node *node)
{
    if (node == NULL) {
        return true;
    }
    if (r->known->n == 0) {
        return refuse(r, node,
                      "the service reads variables from an env_file: give that file with "
                      "--env-file");
    }
    for (size_t i = 0; i < r->known->n; i++) {
        struct slice text = slice_from_text(r->known->at[i]);
        size_t equals = slice_find(text, '=');
        struct slice name = slice_sub(text, 0, equals);

        if (text_list_get(&r->out->environment, name).at == NULL &&
            !set_variable(r, node, name, slice_sub(text, equals + 1, SIZE_MAX))) {
            return false;
        }
    }
    return true;
}

static bool read_service(struct reader *r, struct tree_node *service)
{
    struct tree_node *extends = NULL;
    struct tree_node *env_file = NULL;
    struct tree_node *environment = NULL;
    struct tree_node *command = NULL;

    if (!find(r, service, SLICE("extends"), &extends) ||
        !find(r, service, SLICE("env_file"), &env_file) ||
        !find(r, service, SLICE("environment"), &environment) ||
        !find(r, service, SLICE("command"), &command) || !check_twins(r, service)) {
        return false;
    }
    if (extends != NULL) {
        return refuse(r, extends,
                      "a service that extends another can't be read; "
                      "use the output of `docker compose config`");
    }
    return read_environment(r, environment) && read_env_file(r, env_file) &&
           read_command(r, command);
}

/* ---- which service ---- */

struct choice {
    struct slice wanted; /* `at` is NULL where nobody said */
    struct slice name;
    struct tree_node *node;
    size_t nfound;
    struct buf names; /* of all services, or of those that may be meant */
};

/* What images of socket proxies have in their names. */
static bool looks_like_proxy(struct slice image)
{
    static const struct slice parts[] = {
        SLICE_INIT("socket-proxy"),
        SLICE_INIT("socketproxy"),
        SLICE_INIT("cetusguard"),
        SLICE_INIT("dockgate"),
    };

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (image.len > 0 && memmem(image.at, image.len, parts[i].at, parts[i].len) != NULL) {
            return true;
        }
    }
    return false;
}

static bool is_meant(struct reader *r, struct slice name, struct tree_node *service,
                     const struct choice *c, bool *meant)
{
    struct tree_node *image = NULL;

    if (c->wanted.at != NULL) {
        *meant = slice_equal(name, c->wanted);
        return true;
    }
    if (!find(r, service, SLICE("image"), &image)) {
        return false;
    }
    *meant = is_scalar(image) && looks_like_proxy(image->text);
    return true;
}

static bool on_service(struct reader *r, struct slice name, struct tree_node *service,
                       void *context)
{
    struct choice *c = context;
    bool meant = false;

    if (!is_meant(r, name, service, c, &meant)) {
        return false;
    }
    if (meant && c->nfound > 0 && slice_equal(name, c->name)) {
        return true; /* merged, and said before */
    }
    if (meant) {
        c->nfound++;
        c->name = name;
        c->node = service;
    }
    (void)(buf_put(&c->names, c->names.len == 0 ? SLICE("") : SLICE(", ")) &&
           buf_put_escaped(&c->names, slice_sub(name, 0, SHOWN)));
    return true;
}

static bool choose(struct reader *r, struct choice *c)
{
    int len = (int)c->names.len;

    if (c->nfound == 1) {
        return text_list_add(&r->out->service, c->name) || diag_set(r->d, "no memory");
    }
    if (c->wanted.at != NULL) {
        return diag_set(r->d, "there is no service \"%.*s\"; there are %.*s",
                        (int)(c->wanted.len < SHOWN ? c->wanted.len : SHOWN), c->wanted.at, len,
                        c->names.at);
    }
    return diag_set(r->d, "%s image looks like a socket proxy's; name one with --service: %.*s",
                    c->nfound == 0 ? "no service's" : "more than one service's", len, c->names.at);
}

static bool read_document(struct reader *r, const char *service)
{
    char names[512];
    struct choice c = {.wanted = {NULL, 0}};
    struct tree_node *services = NULL;
    struct tree_node *root = r->document.root;

    if (root == NULL) {
        return diag_set(r->d, "the file is empty");
    }
    if (!find(r, root, SLICE("services"), &services)) {
        return false;
    }
    if (services == NULL) {
        return diag_set(r->d, "there are no \"services\": this is no Compose file");
    }
    buf_init(&c.names, names, sizeof(names));
    if (service != NULL) {
        c.wanted = slice_from_text(service);
    }
    return walk(r, services, on_service, &c) && check_twins(r, services) && choose(r, &c) &&
           read_service(r, c.node);
}

/* ---- the file ---- */

bool compose_read(struct slice file, const char *service, const struct text_list *known,
                  struct compose *c, struct diag *d)
{
    static struct reader reader; /* too large for the stack */
    static const struct text_list nothing;
    struct document_error e;

    *c = (struct compose){.service = {NULL, 0}};
    reader.known = known != NULL ? known : &nothing;
    reader.has_known = known != NULL;
    reader.out = c;
    reader.d = d;
    reader.steps = 0;
    bool ok = document_read(file, DOCUMENT_FULL, &reader.document, &e);
    if (ok) {
        ok = read_document(&reader, service);
    } else if (e.line > 0) {
        diag_set(d, "line %u: %s", e.line, e.what);
    } else {
        diag_set(d, "%s", e.what);
    }
    document_free(&reader.document);
    return ok;
}

void compose_free(struct compose *c)
{
    text_list_free(&c->environment);
    text_list_free(&c->command);
    text_list_free(&c->service);
}
