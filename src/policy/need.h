/* What a text must have in it to match a pattern: literal texts, told while the pattern is read.
 * rule_index finds by them which of many patterns can match at all. */
#ifndef POLICY_NEED_H
#define POLICY_NEED_H

#include "base/slice.h"

/* The ends of a text as bytes that no UTF-8 has: a pattern has to match all of it, so what it
 * begins and ends with stands beside these. */
#define NEED_START '\xfe'
#define NEED_END   '\xff'

#define NEED_TEXT_MAX  64 /* a longer text is cut into pieces */
#define NEED_TEXTS_MAX 16 /* of more alternatives nothing is known */
#define NEED_TEXT_MIN  4  /* a shorter text tells too little */
#define NEEDS_MAX      8  /* of more needs the longest are kept */
#define NEED_DEPTH_MAX 8  /* of groups that nest deeper nothing is known */

struct need_text {
    unsigned char len;
    char at[NEED_TEXT_MAX];
};

/* One of these texts, with the ends around it, is in every text that matches. */
struct need {
    size_t n;
    struct need_text text[NEED_TEXTS_MAX];
};

enum need_item {
    NEED_ITEM_NONE,
    NEED_ITEM_EXACT, /* matches what `item` lists and nothing else, or less than that */
    NEED_ITEM_OPEN,  /* matches more; has one of `item` in it, where that lists any */
};

/* A group that is being read, alternative by alternative. */
struct need_level {
    struct need run;  /* one of these stands directly before what is read next */
    struct need item; /* the last item, which a repeat may still take away */
    enum need_item kind;
    bool run_is_all;      /* `run` is the alternative from its start on */
    struct need best;     /* of the alternative before `run` */
    bool exact;           /* so were all alternatives before this one */
    struct need exactly;  /* what these match then */
    bool known;           /* each of them needed something */
    struct need together; /* what they need */
};

/* Filled by re2_translate. All needs hold at once; none (n is 0): nothing is known. Where `whole`,
 * there is one, and a text matches exactly if it is one of that need's texts, ends included. */
struct needs {
    size_t n;
    struct need need[NEEDS_MAX];
    bool whole;

    /* while reading */
    size_t nalternatives; /* at the top */
    bool asserted;
    size_t buried; /* groups too deep */
    size_t depth;
    struct need_level level[NEED_DEPTH_MAX + 1];
};

/* Steps of the reader, in the pattern's order. Each does nothing where `n` is NULL. */
void needs_begin(struct needs *n);
void needs_put_point(struct needs *n, uint32_t point, bool fold); /* fold: in either case */
void needs_put_unknown(struct needs *n);                          /* a class, a dot */
void needs_put_assertion(struct needs *n); /* takes no text, but may refuse */
void needs_open(struct needs *n);
void needs_close(struct needs *n);
void needs_alternative(struct needs *n);
void needs_repeat(struct needs *n, uint64_t min, bool once_at_most); /* the last item */
void needs_end(struct needs *n);

/* The pattern is refused: nothing is known. */
void needs_drop(struct needs *n);

#endif
