/* explain --batch: decides lines from standard input, for programs; as fast as they come. */
#include "cli/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"

/* A line holds a target that may be escaped whole ("\xHH" for each byte), and a method. */
#define BATCH_BUFFER ((size_t)512 * 1024)
#define BATCH_LINE   ((size_t)4 * LIMIT_TARGET + 1024)

struct batch {
    const struct explain_subject *subject;
    char input[BATCH_BUFFER];
    char decoded[BATCH_LINE];
    char storage[LIMIT_TARGET];
    struct policy_room room;
};

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One byte at the front of `s`: `*used` bytes of it. False where it is malformed. */
static bool decode_byte(struct slice s, char *byte, size_t *used)
{
    if (s.len == 0 || s.at[0] < 0x21 || s.at[0] > 0x7e) {
        return false;
    }
    char c = s.at[0];
    *byte = c;
    *used = 1;
    if (c != '\\') {
        return true;
    }
    if (s.len >= 2 && s.at[1] == '\\') {
        *used = 2;
        return true;
    }
    if (s.len < 4 || s.at[1] != 'x' || hex_digit(s.at[2]) < 0 || hex_digit(s.at[3]) < 0) {
        return false;
    }
    *byte = (char)(hex_digit(s.at[2]) * 16 + hex_digit(s.at[3]));
    *used = 4;
    return true;
}

/* Undoes the escapes of one field; `out` has room for s.len bytes. */
static bool decode_field(struct slice s, char *out, struct slice *decoded)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len;) {
        size_t used = 0;
        if (!decode_byte(slice_sub(s, i, s.len), &out[n], &used)) {
            return false;
        }
        i += used;
        n++;
    }
    *decoded = slice_of(out, n);
    return true;
}

static void put(struct slice s)
{
    fwrite(s.at, 1, s.len, stdout);
}

static void batch_line(struct batch *b, struct slice line)
{
    struct verdict v = {
        .kind = VERDICT_REJECT, .option = OPTION_NONE, .match = {.operation = OPERATION_NONE}};
    size_t tab = slice_find(line, '\t');
    struct slice method;
    struct slice target;
    if (line.len <= sizeof(b->decoded) && tab < line.len &&
        decode_field(slice_sub(line, 0, tab), b->decoded, &method) &&
        decode_field(slice_sub(line, tab + 1, line.len), b->decoded + tab, &target)) {
        struct slice refused;
        v = explain_decide(b->subject, method, target, &b->room, &refused);
    }
    put(explain_verdict_word(v.kind));
    put(SLICE("\t"));
    put(verdict_decided_by(&v));
    put(SLICE("\t"));
    put(v.match.operation == OPERATION_NONE ? SLICE("-")
                                            : operation_get(v.match.operation)->operation_id);
    put(SLICE("\n"));
}

/* Decides the whole lines at the front of `in`; returns how many bytes they took. */
static size_t batch_lines(struct batch *b, struct slice in)
{
    size_t at = 0;
    for (;;) {
        struct slice rest = slice_sub(in, at, in.len);
        size_t end = slice_find(rest, '\n');
        if (end == rest.len) {
            return at;
        }
        batch_line(b, slice_sub(rest, 0, end));
        at += end + 1;
    }
}

/* A line that fills the whole buffer is longer than any that can be right: its first part is
 * dropped, what follows is too long still, and a line of its own that is rejected stands for it. */
static int batch_run(struct batch *b)
{
    size_t len = 0;
    bool overlong = false;
    for (;;) {
        ssize_t got = read(STDIN_FILENO, b->input + len, sizeof(b->input) - len);
        if (got < 0) {
            fprintf(stderr, "dockgate: explain: can't read standard input\n");
            return 2;
        }
        if (got == 0) {
            break;
        }
        len += (size_t)got;
        size_t start = 0;
        if (overlong) {
            start = slice_find(slice_of(b->input, len), '\n');
            overlong = start == len;
            start += overlong ? 0 : 1;
        }
        size_t used = start + batch_lines(b, slice_sub(slice_of(b->input, len), start, len));
        memmove(b->input, b->input + used, len - used);
        len -= used;
        if (len == sizeof(b->input)) {
            batch_line(b, SLICE(""));
            overlong = true;
            len = 0;
        }
        fflush(stdout); /* whoever feeds us line by line waits for the answers */
    }
    if (len != 0) {
        batch_line(b, slice_of(b->input, len));
    }
    return fflush(stdout) == 0 ? 0 : 2;
}

int explain_batch(const struct explain_subject *s)
{
    struct batch *b = malloc(sizeof(*b));
    if (b == NULL) {
        fprintf(stderr, "dockgate: explain: no memory\n");
        return 2;
    }
    b->subject = s;
    b->room = (struct policy_room){b->storage, pattern_room_new()};
    int status = batch_run(b);
    pattern_room_free(b->room.patterns);
    free(b);
    return status;
}
