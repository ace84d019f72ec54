/* The reader of patterns, and the rules that are made of them: input is a pattern, a newline, and a
 * text. A pattern that is read is one that PCRE2 compiles; a list with this one rule answers as the
 * pattern does, whatever the index makes of it, but where the pattern gives up. */
#include "fuzz.h"

#include "../unit/support/guard.h"
#include "base/utf8.h"
#include "policy/re2.h"
#include "policy/rule.h"

static enum pattern_answer ask_list(struct slice pattern, struct slice text,
                                    struct pattern_room *room)
{
    struct rule_list *l = rule_list_new();
    struct slice name;
    struct diag d;

    FUZZ_EXPECT(rule_list_add(l, (struct rule_text){SLICE("GET"), pattern, SLICE("x")}, &d));
    FUZZ_EXPECT(rule_list_seal(l));
    enum pattern_answer answer = rule_list_match(l, SLICE("GET"), text, room, &name);
    FUZZ_EXPECT((answer == PATTERN_NO) == (name.len == 0));
    rule_list_free(l);
    return answer;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char spelt[10 * RE2_PATTERN_MAX];
    static struct pattern_room *room;
    static struct needs needs;
    struct slice in = slice_of((const char *)data, size);
    size_t end = slice_find(in, '\n');
    struct slice pattern = slice_sub(in, 0, end);
    struct slice text = slice_sub(in, end + 1, in.len);
    struct buf out;
    struct diag d;

    if (size > 4096) {
        return 0;
    }
    room = room == NULL ? pattern_room_new() : room;
    buf_init(&out, spelt, sizeof(spelt));
    pattern.at = guard_place(pattern);
    bool read = re2_translate(pattern, &out, &needs, &d);
    FUZZ_EXPECT(read == (d.text[0] == '\0'));
    struct pattern *p = pattern_new(pattern, NULL, &d);
    FUZZ_EXPECT(p == NULL || read);
    if (p != NULL && utf8_is_valid(text)) {
        enum pattern_answer answer = pattern_match(p, text, room);
        FUZZ_EXPECT(answer == PATTERN_LIMIT || answer == ask_list(pattern, text, room));
    }
    pattern_free(p);
    return 0;
}
