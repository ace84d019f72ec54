/* `query:` of a policy: pairs of an entry, as allow has them, and a parameter, with its patterns.
 */
#include "api/parameters.h"
#include "policy/glob.h"
#include "policy/grants.h"
#include "policy/nearest.h"

static bool wrong(const struct schema_file *file, const struct tree_node *where, struct slice a,
                  struct slice text, struct slice b)
{
    struct slice parts[] = {a, text, b};

    schema_note(file, NOTE_ERROR, where, parts, 3);
    return false;
}

static bool read_patterns(const struct schema_pair *pair, struct arena *a,
                          const struct schema_file *file, struct query_limit *limit)
{
    struct slice *pattern = arena_take(a, (pair->texts.n + 1) * sizeof(*pattern));

    if (pattern == NULL) {
        return wrong(file, NULL, SLICE("no memory"), SLICE(""), SLICE(""));
    }
    for (size_t i = 0; i < pair->texts.n; i++) {
        const struct tree_node *node = pair->texts.at[i];
        if (node->text.len > GLOB_MAX) {
            return wrong(file, node, SLICE("\""), node->text,
                         SLICE("\": a value has at most 128 bytes here"));
        }
        pattern[i] = node->text;
    }
    limit->pattern = pattern;
    limit->n = pair->texts.n;
    return true;
}

static bool read_name(const struct schema_pair *pair, struct arena *a,
                      const struct schema_file *file, struct query_limit *limit)
{
    struct slice name = pair->inner->text;
    struct buf b;
    size_t room = name.len + sizeof("query.");
    char *text = arena_take(a, room);

    if (text == NULL) {
        return wrong(file, NULL, SLICE("no memory"), SLICE(""), SLICE(""));
    }
    if (name.len == 0 || name.len > GLOB_MAX) {
        return wrong(file, pair->inner, SLICE("\""), name,
                     SLICE("\": a parameter has a name, of at most 128 bytes"));
    }
    buf_init(&b, text, room);
    (void)(buf_put(&b, SLICE("query.")) && buf_put(&b, name));
    limit->name = name;
    limit->decider = buf_slice(&b);
    return true;
}

/* What is known of the parameters of some operations, seen from a name. */
struct known {
    bool has;   /* one of them has it, or may have it */
    bool alike; /* all of them have the same */
    size_t n;   /* how many operations there are */
    struct slice names;
    struct slice nearest;
    size_t distance;
};

static void look_through(struct slice names, struct slice wanted, struct known *k)
{
    struct slice name;

    while (names.len > 0 && slice_next(&names, ',', &name)) {
        name = slice_trim(name);
        k->has |= slice_equal(name, wanted);
        if (query_names_fold(name, wanted)) {
            k->nearest = name;
            k->distance = 0;
        }
        nearest_try(wanted, name, &k->nearest, &k->distance);
    }
}

static struct known known_parameters(const struct operation_set *set, struct slice wanted)
{
    struct known k = {.alike = true, .distance = NEAREST_FAR};

    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (operation_set_has(set, (enum operation_id)i)) {
            struct slice names = api_parameters((enum operation_id)i);
            k.has |= names.at == NULL; /* not listed */
            k.alike &= k.n++ == 0 || slice_equal(k.names, names);
            k.names = names;
            look_through(names, wanted, &k);
        }
    }
    return k;
}

/* A limit on a name that no engine reads would limit nothing: what was meant stays open. */
static bool check_name(const struct schema_pair *pair, const struct schema_file *file,
                       const struct operation_set *set)
{
    struct slice name = pair->inner->text;
    struct known k = known_parameters(set, name);
    bool close = nearest_is_close(name, k.distance);
    struct slice parts[] = {SLICE("\""),
                            name,
                            SLICE("\" is no parameter of "),
                            pair->outer->text,
                            close ? SLICE("; the nearest is ") : SLICE(""),
                            close ? k.nearest : SLICE(""),
                            !k.alike           ? SLICE("")
                            : k.names.len == 0 ? SLICE(", which has none")
                                               : SLICE("; it has "),
                            SLICE(""),
                            k.alike ? k.names : SLICE("")};

    if (!k.has) {
        schema_note(file, NOTE_ERROR, pair->inner, parts, 9);
    }
    return k.has;
}

static bool read_limit(const struct schema_pair *pair, struct arena *a,
                       const struct schema_file *file, struct query_limit *limit)
{
    return grants_read_operations(pair->outer, file, &limit->operations) &&
           read_name(pair, a, file, limit) && check_name(pair, file, &limit->operations) &&
           read_patterns(pair, a, file, limit);
}

bool grants_limit_queries(const struct schema_many *pairs, struct arena *a,
                          const struct schema_file *file, struct policy *p)
{
    struct query_limits *limits = arena_take(a, sizeof(*limits));
    struct query_limit *at = arena_take(a, (pairs->n + 1) * sizeof(*at));
    bool ok = true;

    if (limits == NULL || at == NULL) {
        return wrong(file, NULL, SLICE("no memory"), SLICE(""), SLICE(""));
    }
    *limits = (struct query_limits){.at = at, .n = pairs->n};
    for (size_t i = 0; i < pairs->n; i++) {
        at[i] = (struct query_limit){.n = 0};
        ok = read_limit((const struct schema_pair *)pairs->at + i, a, file, &at[i]) && ok;
        for (size_t k = 0; k < OPERATION_SET_WORDS; k++) {
            limits->some.word[k] |= at[i].operations.word[k];
        }
    }
    p->query = ok && pairs->n > 0 ? limits : NULL;
    if (!ok) {
        p->allowed = (struct operation_set){{0}};
        p->names = NULL;
    }
    return ok;
}
