/* The keys of `requests:` are the rows of requests_options.def, and read by the reader of these. */
#include "cli/configuration_requests.h"

/* Longest list of operations in a warning. */
#define NAMES_MAX 2048

static bool wrong(const struct schema_file *file, const struct tree_node *where, const char *text)
{
    struct slice part = slice_from_text(text);

    schema_note(file, NOTE_ERROR, where, &part, 1);
    return false;
}

static bool set_list(struct requests_policy *p, enum requests_option id,
                     const struct schema_texts *words, const struct schema_file *file)
{
    struct slice name = requests_option_get(id)->name;
    struct diag d = {{0}};
    bool ok = true;

    if (words->at == NULL) {
        return true;
    }
    if (!requests_policy_clear(p, name, &d)) {
        return wrong(file, NULL, d.text);
    }
    for (size_t i = 0; i < words->n; i++) {
        if (!requests_policy_add(p, name, words->at[i]->text, &d)) {
            ok = wrong(file, words->at[i], d.text);
        }
    }
    return ok;
}

static bool set_options(struct requests_policy *p, const struct tree_node *const *one,
                        const struct schema_texts *list, const struct schema_file *file)
{
    bool ok = true;

    for (size_t i = 0; i < REQUESTS_OPTIONS; i++) {
        enum requests_option id = (enum requests_option)i;
        struct diag d = {{0}};
        if (one[i] != NULL &&
            !requests_policy_set(p, requests_option_get(id)->name, one[i]->text, &d)) {
            ok = wrong(file, one[i], d.text);
        }
        ok = set_list(p, id, &list[i], file) && ok;
    }
    return ok;
}

/* Without a profile nothing is looked at, whatever else is said. */
static bool is_alone(const struct config_requests *r, const struct schema_file *file)
{
    struct slice name = {NULL, 0};

    for (size_t i = 0; i < REQUESTS_OPTIONS && name.at == NULL; i++) {
        if (r->one[i] != NULL || r->list[i].at != NULL) {
            name = requests_option_get((enum requests_option)i)->name;
        }
    }
    if (name.at == NULL && r->set.node != NULL) {
        name = SLICE("set");
    }
    struct slice parts[] = {
        SLICE("requests: "), name,
        SLICE(" goes with a profile: without one, bodies are not looked at; closed is the one "
              "that allows nothing else")};
    if (name.at != NULL) {
        schema_note(file, NOTE_ERROR, r->node, parts, 3);
    }
    return name.at == NULL;
}

bool configuration_requests(const struct config_requests *from, struct slice name,
                            const struct schema_file *file, struct requests_policy **to)
{
    struct diag d = {{0}};

    if (from->profile == NULL || slice_equal(from->profile->text, SLICE("none"))) {
        return is_alone(from, file);
    }
    *to = requests_policy_new(name, from->profile->text, &d);
    if (*to == NULL) {
        return wrong(file, from->profile, d.text);
    }
    bool ok = set_options(*to, from->one, from->list, file);
    return set_options(*to, from->set.one, from->set.list, file) && ok;
}

void configuration_warn_of_unchecked(const struct requests_policy *p, const struct policy *of,
                                     const struct tree_node *where, const struct schema_file *file)
{
    struct operation_set passing = requests_unchecked(p);
    char text[NAMES_MAX];
    struct buf names;
    bool any = false;

    buf_init(&names, text, sizeof(text));
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        enum operation_id op = (enum operation_id)i;
        struct slice id = operation_get(op)->operation_id;
        if (!operation_set_has(&passing, op)) {
            continue;
        }
        any = true;
        if (operation_set_has(&of->allowed, op) ||
            (of->names != NULL && operation_set_has(&of->names->some, op))) {
            (void)buf_put(&names, names.len == 0 ? SLICE("") : SLICE(", "));
            (void)buf_put(&names, slice_equal(id, SLICE("-")) ? option_name(option_leaf(op)) : id);
        }
    }
    struct slice parts[] = {
        SLICE("policy "), of->name,
        names.len > 0 ? SLICE(": requests.unchecked: nobody looks at what these requests say: ")
                      : SLICE(": requests.unchecked names nothing that the policy allows"),
        buf_slice(&names)};
    if (any) {
        schema_note(file, NOTE_WARNING, where, parts, 4);
    }
}
