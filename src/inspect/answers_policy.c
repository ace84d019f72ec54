/* A view, compiled: which kinds of places it looks at, and what it says of a request. */
#include "inspect/answers_policy.h"

#include "inspect/view_text.h"

#include <stdlib.h>

/* The class of redaction that each kind belongs to; 0: it serves visibility. */
static const uint8_t CLASS_OF[VIEW_KINDS] = {
    [VIEW_KIND_LABELS] = ANSWERS_LABELS,
    [VIEW_KIND_ATTRIBUTES] = ANSWERS_LABELS,
    [VIEW_KIND_LABEL_LIST] = ANSWERS_LABELS,
    [VIEW_KIND_ENV] = ANSWERS_ENV,
    [VIEW_KIND_ENV_VALUE] = ANSWERS_ENV,
    [VIEW_KIND_COMMAND] = ANSWERS_COMMANDS,
    [VIEW_KIND_STEP] = ANSWERS_COMMANDS | ANSWERS_ENV | ANSWERS_LABELS,
    [VIEW_KIND_ACTION] = ANSWERS_COMMANDS,
    [VIEW_KIND_LAST] = ANSWERS_COMMANDS,
    [VIEW_KIND_BIND] = ANSWERS_BINDS,
    [VIEW_KIND_PATH] = ANSWERS_BINDS,
    [VIEW_KIND_CREDENTIAL] = ANSWERS_CREDENTIALS,
    [VIEW_KIND_USERINFO] = ANSWERS_CREDENTIALS,
    [VIEW_KIND_TOKEN] = ANSWERS_TOKENS,
    [VIEW_KIND_DATA] = ANSWERS_CONFIGS,
};

/* Arguments of ps that print command lines in the last column and nowhere else, and no
 * environment. */
static const struct slice PS_ARGS[] = {
    SLICE_INIT(""),     SLICE_INIT("-e"),  SLICE_INIT("-ef"),
    SLICE_INIT("-aux"), SLICE_INIT("aux"), SLICE_INIT("ax"),
};

static uint32_t kinds_wanted(const struct answers_policy *p)
{
    const struct answers_settings *s = &p->settings;
    uint32_t kinds = 0;
    for (unsigned i = 0; i < VIEW_KINDS; i++) {
        kinds |= (s->redact & CLASS_OF[i]) != 0 ? UINT32_C(1) << i : 0;
    }
    if (p->narrows) {
        for (unsigned i = VIEW_KIND_COUNT; i <= VIEW_KIND_IMAGES; i++) {
            kinds |= UINT32_C(1) << i;
        }
        kinds |= UINT32_C(1) << VIEW_KIND_UNIT | UINT32_C(1) << VIEW_KIND_MEMBER |
                 UINT32_C(1) << VIEW_KIND_USER | UINT32_C(1) << VIEW_KIND_ATTRIBUTES;
    }
    if (s->visible_names.n > 0) {
        kinds |= UINT32_C(1) << VIEW_KIND_NAME;
    }
    if (s->visible_labels.n > 0) {
        kinds |= UINT32_C(1) << VIEW_KIND_LABELS;
    }
    return kinds;
}

struct answers_policy *answers_policy_new(const struct answers_settings *settings)
{
    struct answers_policy *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return NULL;
    }
    p->settings = *settings;
    p->narrows = settings->visible_labels.n > 0 || settings->visible_names.n > 0;
    p->raw_all = !p->narrows && settings->redact == 0;
    if (!view_shapes_init(&p->shapes, kinds_wanted(p))) {
        free(p);
        return NULL;
    }
    return p;
}

void answers_policy_free(struct answers_policy *p)
{
    if (p != NULL) {
        view_shapes_fini(&p->shapes);
        free(p);
    }
}

/* The value of ps_args, as sent; at NULL: there is none. The first one counts, as for the engine.
 */
static struct slice ps_args(struct slice query)
{
    struct slice part;
    while (slice_next(&query, '&', &part)) {
        size_t equals = slice_find(part, '=');
        if (slice_equal(slice_sub(part, 0, equals), SLICE("ps_args"))) {
            return slice_sub(part, equals + 1, part.len);
        }
        if (slice_find(part, '%') < equals || slice_find(part, '+') < equals) {
            return part; /* its name may be ps_args; no value of the table looks like this */
        }
    }
    return (struct slice){0};
}

static bool ps_args_allowed(struct slice query)
{
    struct slice value = ps_args(query);
    bool allowed = value.at == NULL;
    for (size_t i = 0; i < sizeof(PS_ARGS) / sizeof(PS_ARGS[0]); i++) {
        allowed |= slice_equal(PS_ARGS[i], value);
    }
    return allowed;
}

struct slice answers_refusal(const struct answers_policy *p, enum operation_id op,
                             struct slice query)
{
    const struct view_answer *answer = view_answer_get(op);
    bool asked = p->settings.asked != NULL && operation_set_has(p->settings.asked, op);
    bool raw_all = p->raw_all || (asked && p->settings.redact == 0);
    if (p->narrows && !asked && answer->visible != VIEW_VISIBLE_UNITS &&
        answer->visible != VIEW_VISIBLE_ALWAYS) {
        return SLICE("this view shows some things only, and whether this is one of them can't be "
                     "told from the answer");
    }
    if (answer->visible == VIEW_VISIBLE_RAW && !raw_all &&
        (p->settings.raw == NULL || !operation_set_has(p->settings.raw, op))) {
        return SLICE("this view hides something, and in raw content nothing can be hidden");
    }
    /* The engine tells whose a process is by a column that arguments can put others into. */
    bool processes =
        p->settings.owner || (p->settings.redact & (ANSWERS_COMMANDS | ANSWERS_ENV)) != 0;
    if (op == OPERATION_CONTAINER_TOP && processes && !ps_args_allowed(query)) {
        return SLICE("under this view ps_args may be -e, -ef, aux, -aux or ax");
    }
    return (struct slice){0};
}

static uint16_t root_of(const struct answers_policy *p, enum operation_id op, unsigned status)
{
    const struct view_answer *answer = view_answer_get(op);
    if (status >= 200 && status < 300) {
        return p->shapes.root[answer->document];
    }
    return status >= 400 ? p->shapes.root[answer->errors] : 0;
}

bool answers_apply(const struct answers_policy *p, enum operation_id op, unsigned status)
{
    return op < OPERATION_COUNT && root_of(p, op, status) != 0;
}

bool answers_decide_first(const struct answers_policy *p, enum operation_id op, unsigned status)
{
    uint16_t root = root_of(p, op, status);
    return p->shapes.node[root].kind == VIEW_KIND_UNIT && op != OPERATION_SYSTEM_EVENTS;
}

bool answers_label_masked(const struct answers_policy *p, struct slice key)
{
    const struct answers_list *list = &p->settings.labels;
    if ((p->settings.redact & ANSWERS_LABELS) == 0) {
        return false;
    }
    bool masked = list->n == 0;
    for (size_t i = 0; i < list->n && !masked; i++) {
        masked = slice_starts_with(key, list->at[i]);
    }
    return masked;
}

uint64_t answers_label_conditions(const struct answers_policy *p, struct slice key)
{
    const struct answers_list *list = &p->settings.visible_labels;
    uint64_t found = 0;
    for (size_t i = 0; i < list->n; i++) {
        struct slice wanted = slice_sub(list->at[i], 0, slice_find(list->at[i], '='));
        found |= slice_equal(wanted, key) ? UINT64_C(1) << i : 0;
    }
    return found;
}

bool answers_label_met(const struct answers_policy *p, uint64_t conditions, struct slice value)
{
    const struct answers_list *list = &p->settings.visible_labels;
    bool met = false;
    for (size_t i = 0; i < list->n; i++) {
        size_t equals = slice_find(list->at[i], '=');
        bool any = equals == list->at[i].len;
        struct slice wanted = slice_sub(list->at[i], equals + 1, list->at[i].len);
        met |= (conditions >> i & 1) != 0 && (any || slice_equal(wanted, value));
    }
    return met;
}

bool answers_name_met(const struct answers_policy *p, struct slice name)
{
    const struct answers_list *list = &p->settings.visible_names;
    if (slice_starts_with(name, SLICE("/"))) {
        name = slice_sub(name, 1, name.len);
    }
    bool met = false;
    for (size_t i = 0; i < list->n && !met; i++) {
        met = view_text_glob(list->at[i], name);
    }
    return met;
}

bool answers_env_kept(const struct answers_policy *p, struct slice key)
{
    const struct answers_list *list = &p->settings.keep;
    bool kept = false;
    for (size_t i = 0; i < list->n && !kept; i++) {
        kept = slice_equal(list->at[i], key);
    }
    return kept;
}
