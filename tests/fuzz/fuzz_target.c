/* Request targets.
 * Whatever is accepted is clean when looked at naively; the parts make up the whole; and the same
 * path with every byte escaped decodes to the same path, so that it was decoded once and once only.
 */
#include "fuzz.h"

#include "../unit/support/guard.h"
#include "http/target.h"

static bool contains(struct slice s, struct slice part)
{
    return s.at != NULL && memmem(s.at, s.len, part.at, part.len) != NULL;
}

static void check_clean(struct slice path)
{
    FUZZ_EXPECT(path.len > 0 && path.at[0] == '/');
    FUZZ_EXPECT(!contains(path, SLICE("//")));
    FUZZ_EXPECT(!contains(path, SLICE("/./")) && !slice_ends_with(path, SLICE("/.")));
    FUZZ_EXPECT(!contains(path, SLICE("/../")) && !slice_ends_with(path, SLICE("/..")));
    for (size_t i = 0; i < path.len; i++) {
        FUZZ_EXPECT((uint8_t)path.at[i] >= 0x20 && path.at[i] != 0x7f);
    }
}

static void check_parts(struct slice target, const struct http_target *t)
{
    if (t->query.at == NULL) {
        FUZZ_EXPECT(slice_equal(t->raw_path, target) && slice_find(target, '?') == target.len);
        return;
    }
    FUZZ_EXPECT(t->raw_path.len == slice_find(target, '?'));
    FUZZ_EXPECT(t->raw_path.at == target.at && t->query.at == target.at + t->raw_path.len + 1);
    FUZZ_EXPECT(t->raw_path.len + 1 + t->query.len == target.len);
}

static void check_escaped(struct slice path)
{
    static char escaped_storage[3 * LIMIT_TARGET];
    static char storage[3 * LIMIT_TARGET];
    struct http_target t;
    struct buf escaped;

    buf_init(&escaped, escaped_storage, sizeof(escaped_storage));
    buf_put_byte(&escaped, '/');
    for (size_t i = 1; i < path.len; i++) {
        buf_put_byte(&escaped, '%');
        buf_put_byte(&escaped, "0123456789abcdef"[(uint8_t)path.at[i] >> 4U]);
        buf_put_byte(&escaped, "0123456789ABCDEF"[(uint8_t)path.at[i] & 15U]);
    }
    FUZZ_EXPECT(http_target_read(buf_slice(&escaped), storage, &t) == HTTP_REFUSAL_NONE);
    FUZZ_EXPECT(slice_equal(t.path, path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice target = slice_of((const char *)data, size);
    struct http_target t;

    if (size > LIMIT_TARGET) {
        return 0;
    }

    char *storage = malloc(size + 1);

    FUZZ_EXPECT(storage != NULL);
    target.at = guard_place(target);
    if (http_target_read(target, storage, &t) == HTTP_REFUSAL_NONE) {
        check_clean(t.path);
        check_parts(target, &t);
        check_escaped(t.path);
    }
    free(storage);
    return 0;
}
