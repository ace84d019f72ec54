/* What a policy lets a client do, as check tells it: by the operations that it allows, less what is
 * confined since bodies are checked, and with what the options of that open. */
#include "cli/check.h"

/* Whether an operation counts here: those that are checked, or the others. */
static bool is_of(const struct check *c, enum operation_id op, bool checked)
{
    return (c->load->checked != NULL && reach_is_checked(c->load->checked, op)) == checked;
}

static struct slice second_decider(const struct check *c, const struct ability_way *way)
{
    return way->second == OPERATION_NONE ? SLICE("") : check_decider(c, way->second);
}

static bool is_open(const struct check *c, const struct ability_way *way, bool checked)
{
    return ability_way_open(way, &c->allowed) && is_of(c, way->operation, checked);
}

/* Whether an open way before this one is open by the same options. */
static bool is_told(const struct check *c, const struct ability_way *ways, size_t at, bool checked)
{
    for (size_t i = 0; i < at; i++) {
        if (ways[i].ability == ways[at].ability && is_open(c, &ways[i], checked) &&
            slice_equal(check_decider(c, ways[i].operation),
                        check_decider(c, ways[at].operation)) &&
            slice_equal(second_decider(c, &ways[i]), second_decider(c, &ways[at]))) {
            return true;
        }
    }
    return false;
}

/* Appends which options give an ability; nothing where none does. */
static void put_by(const struct check *c, enum ability_id ability, bool checked, struct buf *out)
{
    size_t n;
    const struct ability_way *ways = ability_ways(&n);
    for (size_t i = 0; i < n; i++) {
        struct slice first = check_decider(c, ways[i].operation);
        struct slice second = second_decider(c, &ways[i]);
        if (ways[i].ability != ability || !is_open(c, &ways[i], checked) ||
            is_told(c, ways, i, checked)) {
            continue;
        }
        buf_putf(out, "%s%.*s", out->len > 0 ? ", " : "", (int)first.len, first.at);
        if (second.len > 0 && !slice_equal(first, second)) {
            buf_putf(out, " and %.*s", (int)second.len, second.at);
        }
    }
}

/* A place for one more; it stays there where `take_ability` is called next. */
static struct buf by_of(struct check *c)
{
    struct buf by;
    buf_init(&by, c->ability[c->nabilities].by, CHECK_BY_MAX);
    return by;
}

static void take_ability(struct check *c, enum ability_grade grade, struct slice text,
                         const struct buf *by)
{
    struct check_ability *a = &c->ability[c->nabilities++];
    a->grade = grade;
    a->text = text;
    a->by_len = by->len;
}

static void find_ability(struct check *c, enum ability_id id)
{
    const struct ability *a = ability_get(id);
    const struct reach_row *confined =
        c->load->checked == NULL ? NULL : reach_confined(c->load->checked, id);
    struct buf by = by_of(c);

    put_by(c, id, false, &by);
    if (by.len == 0 || confined == NULL) {
        put_by(c, id, true, &by);
    } else {
        confined = NULL; /* some of it passes unchecked */
    }
    if (by.len > 0) {
        take_ability(c, confined == NULL ? a->grade : confined->grade,
                     confined == NULL ? a->text : confined->text, &by);
    }
}

/* What options of requests open, where there is a body that may say it. */
static void find_openings(struct check *c)
{
    static const enum operation_id bodies[] = {OPERATION_CONTAINER_CREATE, OPERATION_CONTAINER_EXEC,
                                               OPERATION_SERVICE_CREATE, OPERATION_SERVICE_UPDATE,
                                               OPERATION_VOLUME_CREATE};
    bool any = false;

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        any = any || operation_set_has(&c->allowed, bodies[i]);
    }
    for (size_t i = 0; any && c->load->checked != NULL && i < REACH_OPENINGS; i++) {
        struct buf by = by_of(c);
        struct reach_row row;
        if (reach_opened(c->load->checked, i, &row, &by)) {
            take_ability(c, row.grade, row.text, &by);
        }
    }
}

/* Insertion keeps the order of the tables among equals; there are some dozens. */
static void sort_worst_first(struct check *c)
{
    static struct check_ability held;
    for (size_t i = 1; i < c->nabilities; i++) {
        size_t to = i;
        while (to > 0 && c->ability[to - 1].grade < c->ability[i].grade) {
            to--;
        }
        held = c->ability[i];
        for (size_t k = i; k > to; k--) {
            c->ability[k] = c->ability[k - 1];
        }
        c->ability[to] = held;
    }
}

void check_find_abilities(struct check *c)
{
    c->nabilities = 0;
    find_openings(c);
    for (size_t i = 0; i < ABILITY_COUNT; i++) {
        if (ability_shown((enum ability_id)i, &c->allowed)) {
            find_ability(c, (enum ability_id)i);
        }
    }
    sort_worst_first(c);
}

enum ability_grade check_grade(const struct check *c)
{
    return c->nabilities == 0 ? ABILITY_HARMLESS : c->ability[0].grade;
}
