/* The only file that knows PCRE2. Patterns come from re2.c, so that nothing of PCRE2's own syntax
 * can be reached from outside; a match that takes long is given up. */
#include "policy/pattern.h"

#include "policy/re2.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

/* Steps of one match: an ordinary rule takes less than 100; 10,000 are over in 0.1 ms, however
 * hostile pattern and text are. */
#define STEPS_MAX 10000

/* Its depth and its memory, KiB. A group that repeats takes one level each time. */
#define DEPTH_MAX 2000
#define HEAP_MAX  1024

/* A pattern spelt out: at most 10 bytes for each of its own, see re2_class_put_point. */
#define SPELT_MAX ((size_t)10 * RE2_PATTERN_MAX)

struct pattern {
    pcre2_code *code;
};

struct pattern_room {
    pcre2_match_data *data;
    pcre2_match_context *limits;
};

static pcre2_code *compile(struct slice spelt, struct diag *d)
{
    static const uint32_t options =
        PCRE2_ANCHORED | PCRE2_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C;
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    pcre2_code *code = NULL;
    int error = PCRE2_ERROR_NOMEMORY;
    PCRE2_SIZE at = 0;

    if (context != NULL && pcre2_set_newline(context, PCRE2_NEWLINE_LF) == 0) {
        code = pcre2_compile((PCRE2_SPTR)spelt.at, spelt.len, options, &error, &at, context);
    }
    pcre2_compile_context_free(context);
    if (code == NULL) {
        PCRE2_UCHAR text[128] = "";
        (void)pcre2_get_error_message(error, text, sizeof(text)); /* cut, or empty */
        (void)diag_set(d, "the pattern can't be compiled: %s", (const char *)text);
    }
    return code;
}

struct pattern *pattern_new(struct slice text, struct needs *needs, struct diag *d)
{
    struct pattern *p = malloc(sizeof(*p));
    char *spelt = malloc(SPELT_MAX);
    struct buf out;

    if (p == NULL || spelt == NULL) {
        (void)diag_set(d, "no memory for a pattern");
    } else {
        buf_init(&out, spelt, SPELT_MAX);
        p->code = re2_translate(text, &out, needs, d) ? compile(buf_slice(&out), d) : NULL;
        if (p->code != NULL) {
            free(spelt);
            return p;
        }
    }
    free(spelt);
    free(p);
    return NULL;
}

void pattern_free(struct pattern *p)
{
    if (p != NULL) {
        pcre2_code_free(p->code);
        free(p);
    }
}

struct pattern_room *pattern_room_new(void)
{
    struct pattern_room *room = malloc(sizeof(*room));

    if (room == NULL) {
        return NULL;
    }
    room->data = pcre2_match_data_create(1, NULL);
    room->limits = pcre2_match_context_create(NULL);
    if (room->data == NULL || room->limits == NULL) {
        pattern_room_free(room);
        return NULL;
    }
    (void)pcre2_set_match_limit(room->limits, STEPS_MAX); /* these can't fail */
    (void)pcre2_set_depth_limit(room->limits, DEPTH_MAX);
    (void)pcre2_set_heap_limit(room->limits, HEAP_MAX);
    return room;
}

void pattern_room_free(struct pattern_room *room)
{
    if (room != NULL) {
        pcre2_match_data_free(room->data);
        pcre2_match_context_free(room->limits);
        free(room);
    }
}

enum pattern_answer pattern_match(const struct pattern *p, struct slice text,
                                  struct pattern_room *room)
{
    PCRE2_SPTR at = text.len == 0 ? (PCRE2_SPTR) "" : (PCRE2_SPTR)text.at;
    int answer =
        pcre2_match(p->code, at, text.len, 0, PCRE2_NO_UTF_CHECK, room->data, room->limits);

    if (answer >= 0) {
        return PATTERN_YES;
    }
    return answer == PCRE2_ERROR_NOMATCH ? PATTERN_NO : PATTERN_LIMIT;
}
