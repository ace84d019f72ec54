/* How many connections each address holds: a small hash table with linear probing. */
#include "gate/peers.h"

#include <stdlib.h>

/* More connections than a machine can hold; keeps the table's size within its type. */
#define PEERS_MAX (1U << 24U)

static uint32_t peer_hash(const struct peer_key *key)
{
    /* FNV-1a; who can choose addresses at will can at most lengthen probes in a half-empty table of
     * known size. */
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < sizeof(key->bytes); i++) {
        hash = (hash ^ key->bytes[i]) * 16777619U;
    }
    hash = (hash ^ key->kind) * 16777619U;
    return hash ^ hash >> 15;
}

static bool peer_equal(const struct peer_key *a, const struct peer_key *b)
{
    return a->kind == b->kind && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool peers_init(struct peers *p, uint32_t max_total, uint32_t max_each)
{
    uint32_t size = 16;
    if (max_total > PEERS_MAX) {
        max_total = PEERS_MAX;
    }
    while (size < max_total * 2) {
        size *= 2;
    }
    *p = (struct peers){.mask = size - 1, .max_total = max_total, .max_each = max_each};
    p->table = calloc(size, sizeof(*p->table));
    return p->table != NULL && pthread_mutex_init(&p->lock, NULL) == 0;
}

void peers_fini(struct peers *p)
{
    (void)pthread_mutex_destroy(&p->lock); /* nobody holds it any more */
    free(p->table);
    p->table = NULL;
}

/* The place of `key`, or the free one where it would go. */
static uint32_t peers_find(const struct peers *p, const struct peer_key *key)
{
    uint32_t i = peer_hash(key) & p->mask;
    while (p->table[i].key.kind != 0 && !peer_equal(&p->table[i].key, key)) {
        i = (i + 1) & p->mask;
    }
    return i;
}

/* Frees place `i` and moves back whoever had to step over it. */
static void peers_remove(struct peers *p, uint32_t i)
{
    uint32_t hole = i;
    for (uint32_t j = (i + 1) & p->mask; p->table[j].key.kind != 0; j = (j + 1) & p->mask) {
        uint32_t home = peer_hash(&p->table[j].key) & p->mask;
        if (((j - home) & p->mask) >= ((j - hole) & p->mask)) {
            p->table[hole] = p->table[j];
            hole = j;
        }
    }
    p->table[hole] = (struct peer_count){0};
}

bool peers_enter(struct peers *p, const struct peer_key *key)
{
    bool ok = false;
    (void)pthread_mutex_lock(&p->lock); /* a plain mutex of ours: can't fail */
    if (p->total < p->max_total) {
        struct peer_count *place = &p->table[peers_find(p, key)];
        if (place->n < p->max_each) {
            place->key = *key;
            place->n++;
            p->total++;
            ok = true;
        }
    }
    (void)pthread_mutex_unlock(&p->lock);
    return ok;
}

void peers_leave(struct peers *p, const struct peer_key *key)
{
    (void)pthread_mutex_lock(&p->lock);
    uint32_t i = peers_find(p, key);
    if (p->table[i].n > 0) {
        p->total--;
        if (--p->table[i].n == 0) {
            peers_remove(p, i);
        }
    }
    (void)pthread_mutex_unlock(&p->lock);
}

bool peers_full(struct peers *p)
{
    (void)pthread_mutex_lock(&p->lock);
    bool full = p->total >= p->max_total;
    (void)pthread_mutex_unlock(&p->lock);
    return full;
}
