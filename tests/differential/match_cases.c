/* What our patterns make of the cases on standard input, for patterns.py: a list with this one
 * rule, so that the index is asked as well. A case is 4 bytes of length, big-endian, and that many
 * bytes: a pattern, a byte 0, a text. The answer to each is a line: "refused", "yes", "no" or
 * "limit".
 */
#include "../unit/support/guard.h"
#include "policy/rule.h"

#include <stdio.h>
#include <stdlib.h>

static bool read_case(char *storage, struct slice *in)
{
    unsigned char head[4];

    if (fread(head, 1, sizeof(head), stdin) != sizeof(head)) {
        return false;
    }

    size_t len = (size_t)head[0] << 24U | (size_t)head[1] << 16U | (size_t)head[2] << 8U | head[3];

    if (len > GUARD_MAX || fread(storage, 1, len, stdin) != len) {
        fprintf(stderr, "a case that is too long or cut off\n");
        exit(1);
    }
    *in = slice_of(storage, len);
    return true;
}

int main(void)
{
    static const char *const words[] = {
        [PATTERN_NO] = "no", [PATTERN_YES] = "yes", [PATTERN_LIMIT] = "limit"};
    static char storage[GUARD_MAX];
    struct pattern_room *room = pattern_room_new();
    struct slice in;

    while (room != NULL && read_case(storage, &in)) {
        struct diag d;
        size_t end = slice_find(in, '\0');
        struct slice text = slice_sub(in, end + 1, in.len);
        struct rule_text rule = {SLICE("GET"), slice_sub(in, 0, end), SLICE("x")};
        struct rule_list *l = rule_list_new();
        struct slice name;

        text.at = guard_place(text);
        puts(l == NULL || !rule_list_add(l, rule, &d) || !rule_list_seal(l)
                 ? "refused"
                 : words[rule_list_match(l, SLICE("GET"), text, room, &name)]);
        rule_list_free(l);
    }
    pattern_room_free(room);
    return 0;
}
