/* An index by four bytes. A rule is found by one of its needs, and each of that need's texts by one
 * place of four bytes (its key): of all needs and places those that are rarest among all rules. A
 * text is read through once with a window of four bytes; where a key fits, the whole needed text is
 * compared, and only then the rule is a candidate. */
#include "policy/rule_index.h"

#include <stdlib.h>

#define KEY NEED_TEXT_MIN
#define COUNT_BITS                                                                                 \
    16 /* of the counters, which several keys may share: they only guide the choice */

/* A text that a rule needs; its bytes are `at` in the store. */
struct text {
    uint32_t at;
    uint32_t rule;
    uint8_t len;
    uint8_t need; /* which of the rule's needs it belongs to */
};

/* A key of a text, `offset` bytes behind its begin. */
struct place {
    uint32_t key;
    uint32_t text;
    uint32_t offset;
};

struct slot {
    uint32_t key;
    uint32_t first; /* place of that key + 1; 0: there is none */
};

struct rule_index {
    struct text *text;
    size_t ntexts;
    size_t texts_room;
    char *store;
    size_t stored;
    size_t store_room;
    uint64_t *always; /* rules that need nothing that is known */
    size_t nrules;
    size_t words_room;
    struct place *place;
    size_t nplaces;
    struct slot *slot;
    unsigned slot_bits;
};

struct rule_index *rule_index_new(void)
{
    return calloc(1, sizeof(struct rule_index));
}

void rule_index_free(struct rule_index *x)
{
    if (x != NULL) {
        free(x->text);
        free(x->store);
        free(x->always);
        free(x->place);
        free(x->slot);
        free(x);
    }
}

static uint32_t hash(uint32_t key, unsigned bits)
{
    return (uint32_t)(key * 2654435769U) >> (32 - bits);
}

static uint32_t shift_in(uint32_t key, char byte)
{
    return key << 8 | (unsigned char)byte;
}

/* Makes room for `more` beyond `used` items of `size`; NULL without memory, `at` then stays. */
static void *grow(void *at, size_t *room, size_t used, size_t more, size_t size)
{
    if (more <= *room - used) {
        return at;
    }
    size_t wanted = (used + more) * 2;
    void *grown = realloc(at, wanted * size);
    if (grown != NULL) {
        *room = wanted;
    }
    return grown;
}

static bool add_text(struct rule_index *x, const struct need_text *text, size_t need)
{
    struct text *texts = grow(x->text, &x->texts_room, x->ntexts, 1, sizeof(*texts));
    x->text = texts == NULL ? x->text : texts;
    char *store = grow(x->store, &x->store_room, x->stored, text->len, 1);
    x->store = store == NULL ? x->store : store;
    if (texts == NULL || store == NULL) {
        return false;
    }
    memcpy(store + x->stored, text->at, text->len);
    texts[x->ntexts++] = (struct text){
        .at = (uint32_t)x->stored,
        .rule = (uint32_t)x->nrules,
        .len = text->len,
        .need = (uint8_t)need,
    };
    x->stored += text->len;
    return true;
}

bool rule_index_add(struct rule_index *x, const struct needs *needs)
{
    size_t word = x->nrules / 64;
    uint64_t *always = grow(x->always, &x->words_room, word, 1, sizeof(*always));

    if (always == NULL) {
        return false;
    }
    x->always = always;
    if (x->nrules % 64 == 0) {
        always[word] = 0;
    }
    for (size_t i = 0; i < needs->n; i++) {
        for (size_t k = 0; k < needs->need[i].n; k++) {
            if (!add_text(x, &needs->need[i].text[k], i)) {
                return false;
            }
        }
    }
    if (needs->n == 0) {
        always[word] |= (uint64_t)1 << x->nrules % 64;
    }
    x->nrules++;
    return true;
}

/* Counts how many texts have each key, roughly. */
static void count_keys(const struct rule_index *x, uint32_t *counts)
{
    for (size_t i = 0; i < x->ntexts; i++) {
        const struct text *t = &x->text[i];
        uint32_t key = 0;

        for (size_t k = 0; k < t->len; k++) {
            key = shift_in(key, x->store[t->at + k]);
            counts[hash(key, COUNT_BITS)] += k + 1 >= KEY ? 1 : 0;
        }
    }
}

/* The rarest key of a text, of equals the last one. Returns its count. */
static uint32_t choose_key(const struct rule_index *x, const uint32_t *counts, size_t text,
                           struct place *place)
{
    const struct text *t = &x->text[text];
    uint32_t least = UINT32_MAX;
    uint32_t key = 0;

    for (uint32_t k = 0; k < t->len; k++) {
        key = shift_in(key, x->store[t->at + k]);
        uint32_t count = counts[hash(key, COUNT_BITS)];
        if (k + 1 >= KEY && count <= least) {
            least = count;
            *place = (struct place){key, (uint32_t)text, k + 1 - KEY};
        }
    }
    return least;
}

/* Puts the keys of one need, the texts from `from` to `end`, behind the places that there are.
 * Returns how often they occur. */
static uint64_t try_need(struct rule_index *x, const uint32_t *counts, size_t from, size_t end)
{
    uint64_t sum = 0;

    for (size_t i = from; i < end; i++) {
        sum += choose_key(x, counts, i, &x->place[x->nplaces + i - from]);
    }
    return sum;
}

/* Chooses the rarest need of the rule whose texts begin at `from`. Returns where the next rule's
 * begin. */
static size_t choose_need(struct rule_index *x, const uint32_t *counts, size_t from)
{
    uint64_t least = UINT64_MAX;
    size_t best = from;
    size_t nbest = 0;
    size_t at = from;

    while (at < x->ntexts && x->text[at].rule == x->text[from].rule) {
        size_t end = at;
        while (end < x->ntexts && x->text[end].rule == x->text[at].rule &&
               x->text[end].need == x->text[at].need) {
            end++;
        }
        uint64_t sum = try_need(x, counts, at, end);
        if (sum < least) {
            least = sum;
            best = at;
            nbest = end - at;
        }
        at = end;
    }
    (void)try_need(x, counts, best, best + nbest);
    x->nplaces += nbest;
    return at;
}

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a;
    const struct place *y = b;

    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return (x->text > y->text) - (x->text < y->text);
}

/* A slot for each key, at most half of them used. */
static bool make_slots(struct rule_index *x)
{
    x->slot_bits = 4;
    while (((size_t)1 << x->slot_bits) < 2 * x->nplaces) {
        x->slot_bits++;
    }
    x->slot = calloc((size_t)1 << x->slot_bits, sizeof(*x->slot));
    if (x->slot == NULL) {
        return false;
    }
    for (size_t i = 0; i < x->nplaces; i++) {
        uint32_t key = x->place[i].key;
        size_t at = hash(key, x->slot_bits);

        if (i > 0 && x->place[i - 1].key == key) {
            continue;
        }
        while (x->slot[at].first != 0) {
            at = (at + 1) & (((size_t)1 << x->slot_bits) - 1);
        }
        x->slot[at] = (struct slot){key, (uint32_t)(i + 1)};
    }
    return true;
}

bool rule_index_seal(struct rule_index *x)
{
    uint32_t *counts = calloc((size_t)1 << COUNT_BITS, sizeof(*counts));

    /* One more than there are, so that it is never empty. */
    x->place = calloc(x->ntexts + 1, sizeof(*x->place));
    if (counts != NULL && x->place != NULL) {
        count_keys(x, counts);
        for (size_t at = 0; at < x->ntexts;) {
            at = choose_need(x, counts, at);
        }
        qsort(x->place, x->nplaces, sizeof(*x->place), compare_places);
    }
    free(counts);
    return counts != NULL && x->place != NULL && make_slots(x);
}

/* The first place of a key, counted from 1; 0: there is none. */
static size_t find_key(const struct rule_index *x, uint32_t key)
{
    size_t at = hash(key, x->slot_bits);

    while (x->slot[at].first != 0 && x->slot[at].key != key) {
        at = (at + 1) & (((size_t)1 << x->slot_bits) - 1);
    }
    return x->slot[at].first;
}

/* Whether the needed text stands `begin` bytes behind the start of the subject, which is
 * NEED_START, the subject, NEED_END. */
static bool stands_at(const struct rule_index *x, const struct text *t, struct slice subject,
                      size_t begin)
{
    const char *needed = x->store + t->at;
    size_t len = t->len;
    size_t front = needed[0] == NEED_START ? 1 : 0;
    size_t back = needed[len - 1] == NEED_END ? 1 : 0;

    if ((front == 1) != (begin == 0)) {
        return false;
    }
    begin += front;
    len -= front + back;
    if (back == 1 && begin - 1 + len != subject.len) {
        return false;
    }
    return slice_starts_with(slice_sub(subject, begin - 1, subject.len),
                             slice_of(needed + front, len));
}

/* Sets the bits of the rules of which a needed text stands around the window that ends before
 * `end`. */
static void try_window(const struct rule_index *x, uint32_t key, struct slice subject, size_t end,
                       uint64_t *bits)
{
    size_t at = find_key(x, key);

    for (; at > 0 && at <= x->nplaces && x->place[at - 1].key == key; at++) {
        const struct place *p = &x->place[at - 1];
        const struct text *t = &x->text[p->text];
        size_t before = p->offset + KEY;

        if (before <= end && stands_at(x, t, subject, end - before)) {
            bits[t->rule / 64] |= (uint64_t)1 << t->rule % 64;
        }
    }
}

void rule_index_find(const struct rule_index *x, struct slice text, uint64_t *bits)
{
    uint32_t key = shift_in(0, NEED_START);

    if (x->nrules == 0) {
        return;
    }
    memcpy(bits, x->always, RULE_INDEX_WORDS(x->nrules) * sizeof(*bits));
    for (size_t i = 0; i < text.len; i++) {
        key = shift_in(key, text.at[i]);
        try_window(x, key, text, i + 2, bits);
    }
    try_window(x, shift_in(key, NEED_END), text, text.len + 2, bits);
}
