/* Collects what matches must have in them. Where alternatives or options are few, their texts are
 * put together with what stands around them: "/a(/b|/c)?/d" needs "/a/d", "/a/b/d" or "/a/c/d".
 * Whatever becomes too much is forgotten, which is always right: fewer needs, more tries. */
#include "policy/need.h"

static const struct need NOTHING = {.n = 0};
static const struct need EMPTY = {.n = 1};

static struct need need_of(char byte)
{
    struct need made = EMPTY;

    made.text[0].at[0] = byte;
    made.text[0].len = 1;
    return made;
}

/* The length of the shortest text; 0: nothing is known. */
static size_t shortest(const struct need *need)
{
    size_t least = need->n == 0 ? 0 : NEED_TEXT_MAX;

    for (size_t i = 0; i < need->n; i++) {
        least = need->text[i].len < least ? need->text[i].len : least;
    }
    return least;
}

static bool add_all(struct need *to, const struct need *more)
{
    if (more->n > NEED_TEXTS_MAX - to->n) {
        return false;
    }
    memcpy(to->text + to->n, more->text, more->n * sizeof(more->text[0]));
    to->n += more->n;
    return true;
}

static size_t longest(const struct need *need)
{
    size_t most = 0;

    for (size_t i = 0; i < need->n; i++) {
        most = need->text[i].len > most ? need->text[i].len : most;
    }
    return most;
}

/* Each of `run` followed by each of `item`; false where that is too much. */
static bool append_each(struct need *run, const struct need *item)
{
    struct need out;

    if (run->n * item->n > NEED_TEXTS_MAX || longest(run) + longest(item) > NEED_TEXT_MAX) {
        return false;
    }
    out.n = 0;
    for (size_t i = 0; i < run->n; i++) {
        for (size_t k = 0; k < item->n; k++) {
            struct need_text *text = &out.text[out.n++];

            *text = run->text[i];
            memcpy(text->at + text->len, item->text[k].at, item->text[k].len);
            text->len = (unsigned char)(text->len + item->text[k].len);
        }
    }
    run->n = out.n;
    memcpy(run->text, out.text, out.n * sizeof(out.text[0]));
    return true;
}

/* A need of the pattern itself, in the place of the weakest where there are many. */
static void list_need(struct needs *n, const struct need *need)
{
    size_t place = n->n;

    if (place == NEEDS_MAX) {
        place = 0;
        for (size_t i = 1; i < NEEDS_MAX; i++) {
            place = shortest(&n->need[i]) < shortest(&n->need[place]) ? i : place;
        }
        if (shortest(need) <= shortest(&n->need[place])) {
            return;
        }
    } else {
        n->n++;
    }
    n->need[place] = *need;
}

/* The alternative needs that. */
static void keep(struct needs *n, struct need_level *l, const struct need *need)
{
    if (shortest(need) < NEED_TEXT_MIN) {
        return;
    }
    if (shortest(need) > shortest(&l->best)) {
        l->best = *need;
    }
    if (n->depth == 0 && n->nalternatives == 0) {
        list_need(n, need);
    }
}

/* What comes next does not stand directly behind `run`. */
static void cut(struct needs *n, struct need_level *l)
{
    keep(n, l, &l->run);
    l->run = EMPTY;
    l->run_is_all = false;
}

/* No repeat follows the last item. */
static void settle(struct needs *n, struct need_level *l)
{
    if (l->kind == NEED_ITEM_EXACT && !append_each(&l->run, &l->item)) {
        cut(n, l);
        l->run = l->item;
    } else if (l->kind == NEED_ITEM_OPEN) {
        cut(n, l);
        keep(n, l, &l->item);
    }
    l->kind = NEED_ITEM_NONE;
}

static void put_item(struct needs *n, enum need_item kind, const struct need *item)
{
    struct need_level *l = &n->level[n->depth];

    settle(n, l);
    l->kind = kind;
    l->item = *item;
}

static void begin_alternative(struct needs *n, struct need_level *l)
{
    l->run = n->depth == 0 ? need_of(NEED_START) : EMPTY;
    l->run_is_all = true;
    l->best = NOTHING;
    l->kind = NEED_ITEM_NONE;
}

static void begin_level(struct needs *n)
{
    struct need_level *l = &n->level[n->depth];

    l->exact = true;
    l->exactly = NOTHING;
    l->known = true;
    l->together = NOTHING;
    begin_alternative(n, l);
}

static void end_alternative(struct needs *n, struct need_level *l)
{
    settle(n, l);
    if (n->depth == 0) {
        struct need end = need_of(NEED_END);

        put_item(n, NEED_ITEM_EXACT, &end);
        settle(n, l);
    }
    l->exact = l->exact && l->run_is_all && add_all(&l->exactly, &l->run);
    keep(n, l, &l->run);
    l->known = l->known && l->best.n > 0 && add_all(&l->together, &l->best);
}

void needs_begin(struct needs *n)
{
    if (n != NULL) {
        n->n = 0;
        n->whole = false;
        n->nalternatives = 0;
        n->asserted = false;
        n->buried = 0;
        n->depth = 0;
        begin_level(n);
    }
}

void needs_put_point(struct needs *n, uint32_t point, bool fold)
{
    char letter = (char)(point & 0x7f);
    bool cased =
        point >= 0x80 || (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z');

    if (n == NULL || n->buried > 0) {
        return;
    }
    if (point >= 0x80 || (fold && cased)) {
        put_item(n, NEED_ITEM_OPEN, &NOTHING);
    } else {
        struct need item = need_of(letter);

        put_item(n, NEED_ITEM_EXACT, &item);
    }
}

void needs_put_unknown(struct needs *n)
{
    if (n != NULL && n->buried == 0) {
        put_item(n, NEED_ITEM_OPEN, &NOTHING);
    }
}

void needs_put_assertion(struct needs *n)
{
    if (n != NULL) {
        n->asserted = true;
    }
}

void needs_open(struct needs *n)
{
    if (n == NULL) {
        return;
    }
    if (n->buried > 0 || n->depth == NEED_DEPTH_MAX) {
        n->buried++;
        return;
    }
    settle(n, &n->level[n->depth]);
    n->depth++;
    begin_level(n);
}

void needs_close(struct needs *n)
{
    if (n == NULL) {
        return;
    }
    if (n->buried > 0) {
        n->buried--;
        if (n->buried == 0) {
            put_item(n, NEED_ITEM_OPEN, &NOTHING);
        }
        return;
    }
    struct need_level *l = &n->level[n->depth];
    end_alternative(n, l);
    n->depth--;
    if (l->exact) {
        put_item(n, NEED_ITEM_EXACT, &l->exactly);
    } else {
        put_item(n, NEED_ITEM_OPEN, l->known ? &l->together : &NOTHING);
    }
}

void needs_alternative(struct needs *n)
{
    if (n != NULL && n->buried == 0) {
        end_alternative(n, &n->level[n->depth]);
        n->nalternatives += n->depth == 0 ? 1 : 0;
        begin_alternative(n, &n->level[n->depth]);
    }
}

void needs_repeat(struct needs *n, uint64_t min, bool once_at_most)
{
    if (n == NULL || n->buried > 0) {
        return;
    }
    struct need_level *l = &n->level[n->depth];
    if (min > 0) { /* what repeats is there, and what follows it unknown */
        if (!once_at_most && l->kind == NEED_ITEM_EXACT) {
            settle(n, l);
            cut(n, l);
        }
    } else if (!once_at_most || l->kind != NEED_ITEM_EXACT || !add_all(&l->item, &EMPTY)) {
        l->kind = NEED_ITEM_OPEN;
        l->item = NOTHING;
    }
}

void needs_end(struct needs *n)
{
    if (n == NULL) {
        return;
    }
    struct need_level *l = &n->level[0];
    end_alternative(n, l);
    bool exact = l->exact && shortest(&l->exactly) >= NEED_TEXT_MIN;
    n->whole = exact && !n->asserted;
    if (exact || n->nalternatives > 0) {
        n->n = exact || l->known ? 1 : 0;
        n->need[0] = exact ? l->exactly : l->together;
    }
}

void needs_drop(struct needs *n)
{
    if (n != NULL) {
        n->n = 0;
        n->whole = false;
    }
}
