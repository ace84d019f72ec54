/* The text of what was learned:
 *
 *     dockgate-learn 1 GENERATION
 *     watched SINCE_MS SPENT_MS
 *     refused UNKNOWN MALFORMED
 *     used|denied COUNT FIRST_MS LAST_MS METHOD TEMPLATE      (a line an operation, each at most
 * once) end CHECKSUM                                            (FNV-1a of all before, 16 hex
 * digits)
 *
 * Operations stand there by method and template, which later versions of the table keep. */
#include "policy/learn_state.h"

#include <assert.h>

static_assert(LEARN_STATE_MAX >= ((size_t)2 * OPERATION_COUNT + 4) * 200, "every text fits");

static uint64_t checksum(struct slice s)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < s.len; i++) {
        hash = (hash ^ (uint8_t)s.at[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

static void put_number(struct buf *out, uint64_t value)
{
    buf_put_byte(out, ' ');
    buf_put_u64(out, value);
}

static void put_uses(struct buf *out, struct slice word, const struct learn_use *uses)
{
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        const struct operation *op = operation_get((enum operation_id)i);
        if (uses[i].n == 0) {
            continue;
        }
        buf_put(out, word);
        put_number(out, uses[i].n);
        put_number(out, uses[i].first_ms);
        put_number(out, uses[i].last_ms);
        buf_put_byte(out, ' ');
        buf_put(out, op->method);
        buf_put_byte(out, ' ');
        buf_put(out, op->path);
        buf_put_byte(out, '\n');
    }
}

bool learn_state_write(const struct learn *l, uint64_t generation, struct buf *out)
{
    size_t start = out->len;
    buf_put(out, SLICE("dockgate-learn 1"));
    put_number(out, generation);
    buf_put(out, SLICE("\nwatched"));
    put_number(out, l->since_ms);
    put_number(out, l->spent_ms);
    buf_put(out, SLICE("\nrefused"));
    put_number(out, l->nunknown);
    put_number(out, l->nmalformed);
    buf_put_byte(out, '\n');
    put_uses(out, SLICE("used"), l->used);
    put_uses(out, SLICE("denied"), l->denied);
    if (out->full) {
        return false;
    }
    uint64_t sum = checksum(slice_sub(buf_slice(out), start, out->len));
    return buf_putf(out, "end %016llx\n", (unsigned long long)sum);
}

/* Takes the next word of a line; false where there is none. */
static bool take_word(struct slice *line, struct slice *word)
{
    return slice_next(line, ' ', word) && word->len > 0;
}

/* Only the one way in which buf_put_u64 writes a number. */
static bool take_number(struct slice *line, uint64_t *value)
{
    struct slice word;
    return take_word(line, &word) && (word.len == 1 || word.at[0] != '0') &&
           slice_to_u64(word, 10, UINT64_MAX, value);
}

static bool at_end(struct slice line)
{
    return line.at == NULL;
}

/* A line "WORD A B". */
static bool read_pair(struct slice line, struct slice word, uint64_t *a, uint64_t *b)
{
    struct slice first;
    return take_word(&line, &first) && slice_equal(first, word) && take_number(&line, a) &&
           take_number(&line, b) && at_end(line);
}

static enum operation_id find_operation(struct slice method, struct slice path)
{
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        const struct operation *op = operation_get((enum operation_id)i);
        if (slice_equal(op->method, method) && slice_equal(op->path, path)) {
            return (enum operation_id)i;
        }
    }
    return OPERATION_NONE;
}

static bool read_use(struct slice line, struct learn *l)
{
    struct slice word;
    struct slice method;
    struct slice path;
    struct learn_use use;
    if (!take_word(&line, &word) || !take_number(&line, &use.n) ||
        !take_number(&line, &use.first_ms) || !take_number(&line, &use.last_ms) ||
        !take_word(&line, &method) || !take_word(&line, &path) || !at_end(line)) {
        return false;
    }
    enum operation_id op = find_operation(method, path);
    bool used = slice_equal(word, SLICE("used"));
    if (op == OPERATION_NONE || use.n == 0 || use.first_ms > use.last_ms ||
        (!used && !slice_equal(word, SLICE("denied")))) {
        return false;
    }
    struct learn_use *place = used ? &l->used[op] : &l->denied[op];
    if (place->n != 0) {
        return false;
    }
    *place = use;
    return true;
}

static bool read_end(struct slice line, struct slice before)
{
    struct slice word;
    uint64_t sum;
    return take_word(&line, &word) && slice_equal(word, SLICE("end")) && line.len == 16 &&
           slice_to_u64(line, 16, UINT64_MAX, &sum) && sum == checksum(before);
}

static bool read_head(struct slice line, uint64_t *generation)
{
    struct slice name;
    uint64_t version;
    return take_word(&line, &name) && slice_equal(name, SLICE("dockgate-learn")) &&
           take_number(&line, &version) && version == 1 && take_number(&line, generation) &&
           at_end(line);
}

/* The next line with its end in `*rest`; false where none ends. */
static bool take_line(struct slice *rest, struct slice *line)
{
    size_t len = slice_find(*rest, '\n');
    if (len == rest->len) {
        return false;
    }
    *line = slice_sub(*rest, 0, len);
    *rest = slice_sub(*rest, len + 1, rest->len);
    return true;
}

bool learn_state_read(struct slice in, struct learn *l, uint64_t *generation)
{
    struct slice rest = in;
    struct slice line;
    *l = (struct learn){.since_ms = 0};
    if (!take_line(&rest, &line) || !read_head(line, generation) || !take_line(&rest, &line) ||
        !read_pair(line, SLICE("watched"), &l->since_ms, &l->spent_ms) ||
        !take_line(&rest, &line) ||
        !read_pair(line, SLICE("refused"), &l->nunknown, &l->nmalformed)) {
        return false;
    }
    for (;;) {
        struct slice before = slice_sub(in, 0, in.len - rest.len);
        if (!take_line(&rest, &line)) {
            return false;
        }
        if (slice_starts_with(line, SLICE("end "))) {
            return read_end(line, before);
        }
        if (!read_use(line, l)) {
            return false;
        }
    }
}
