/* The reader of patterns, and the rules that are made of them: input is a pattern, a newline, and a
 * text. A pattern that is read is one that PCRE2 compiles; what it matches begins with its front; a
 * list with this one rule answers as the pattern does. */
#include "fuzz.h"

#include "../unit/support/guard.h"
#include "base/utf8.h"
#include "policy/re2.h"
#include "policy/rule.h"

/* What the list's caller says of the path: how long its version is. */
static size_t version_of(struct slice text)
{
    size_t end = 2;

    if (!slice_starts_with(text, SLICE("/v"))) {
        return 0;
    }
    while (end < text.len &&
           ((text.at[end] >= '0' && text.at[end] <= '9') || text.at[end] == '.')) {
        end++;
    }
    return end > 2 && end < text.len && text.at[end] == '/' ? end : 0;
}

static enum pattern_answer ask_list(struct slice pattern, struct slice text,
                                    struct pattern_room *room)
{
    struct rule_list *l = rule_list_new();
    struct slice name;
    struct diag d;

    FUZZ_EXPECT(rule_list_add(l, (struct rule_text){SLICE("GET"), pattern, SLICE("x")}, &d));
    FUZZ_EXPECT(rule_list_seal(l));
    enum pattern_answer answer =
        rule_list_match(l, SLICE("GET"), text, version_of(text), room, &name);
    FUZZ_EXPECT((answer == PATTERN_NO) == (name.len == 0));
    rule_list_free(l);
    return answer;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char spelt[10 * RE2_PATTERN_MAX];
    static struct pattern_room *room;
    char storage[RE2_FRONT_MAX];
    struct slice in = slice_of((const char *)data, size);
    size_t end = slice_find(in, '\n');
    struct slice pattern = slice_sub(in, 0, end);
    struct slice text = slice_sub(in, end + 1, in.len);
    struct buf out;
    struct buf front;
    struct diag d;

    if (size > 4096) {
        return 0;
    }
    room = room == NULL ? pattern_room_new() : room;
    buf_init(&out, spelt, sizeof(spelt));
    buf_init(&front, storage, sizeof(storage));
    pattern.at = guard_place(pattern);
    bool read = re2_translate(pattern, &out, &front, &d);
    FUZZ_EXPECT(read == (d.text[0] == '\0'));
    struct pattern *p = pattern_new(pattern, &d);
    FUZZ_EXPECT(p == NULL || read);
    if (p != NULL && utf8_is_valid(text)) {
        enum pattern_answer answer = pattern_match(p, text, room);
        FUZZ_EXPECT(answer != PATTERN_YES || slice_starts_with(text, buf_slice(&front)));
        FUZZ_EXPECT(answer == PATTERN_LIMIT || answer == ask_list(pattern, text, room));
    }
    pattern_free(p);
    return 0;
}
