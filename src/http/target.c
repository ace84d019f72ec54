/* Request targets: split at the "?", decode the path once, refuse what is not in the engine's
 * canonical form. The engine decodes once and redirects what is not clean; the gate refuses it, so
 * that both route the same path. The query is looked at byte by byte but never changed. */
#include "http/target.h"

#include "http/grammar.h"

/* Why a byte of the raw target is refused. */
static enum http_refusal refusal_of(char byte)
{
    return http_is(byte, HTTP_CLASS_CONTROL) ? HTTP_REFUSAL_BAD_BYTE : HTTP_REFUSAL_BAD_TARGET;
}

/* Splits, and checks the bytes as sent. A "#" in the path is refused: the engine takes it for an
 * ordinary byte, others for the end of the path. In the query it changes nothing and goes through.
 */
static enum http_refusal split(struct slice target, struct http_target *t)
{
    size_t path = http_skip(target.at, 0, target.len, HTTP_CLASS_PATH);

    *t = (struct http_target){slice_of(target.at, path), {NULL, 0}, {NULL, 0}};
    if (path == 0 || target.at[0] != '/') {
        return HTTP_REFUSAL_BAD_TARGET;
    }
    if (path == target.len) {
        return HTTP_REFUSAL_NONE;
    }
    if (target.at[path] != '?') {
        return refusal_of(target.at[path]);
    }

    size_t end = http_skip(target.at, path + 1, target.len, HTTP_CLASS_VISIBLE);

    if (end != target.len) {
        return refusal_of(target.at[end]);
    }
    t->query = slice_of(target.at + path + 1, end - path - 1);
    return HTTP_REFUSAL_NONE;
}

/* Decodes pct-encoded (RFC 3986 §2.1) into `storage`; false for a bad escape. */
static bool decode(struct slice raw, char *storage, struct slice *path)
{
    size_t len = 0;

    for (size_t i = 0; i < raw.len; i++) {
        uint64_t byte = 0;

        if (raw.at[i] != '%') {
            storage[len++] = raw.at[i];
            continue;
        }
        if (raw.len - i < 3 || !slice_to_u64(slice_of(raw.at + i + 1, 2), 16, 255, &byte)) {
            return false;
        }
        storage[len++] = (char)(unsigned char)byte;
        i += 2;
    }
    *path = slice_of(storage, len);
    return true;
}

/* No empty segment but the last, none that is "." or "..". */
static bool is_clean(struct slice path)
{
    struct slice rest = slice_sub(path, 1, path.len);
    struct slice segment;

    while (slice_next(&rest, '/', &segment)) {
        if (segment.len == 0 && rest.at != NULL) {
            return false;
        }
        if (slice_equal(segment, SLICE(".")) || slice_equal(segment, SLICE(".."))) {
            return false;
        }
    }
    return true;
}

static bool has_control(struct slice path)
{
    for (size_t i = 0; i < path.len; i++) {
        if (http_is(path.at[i], HTTP_CLASS_CONTROL)) {
            return true;
        }
    }
    return false;
}

enum http_refusal http_target_read(struct slice target, char *storage, struct http_target *t)
{
    enum http_refusal refusal = split(target, t);

    if (refusal != HTTP_REFUSAL_NONE) {
        return refusal;
    }
    t->path = t->raw_path;
    if (slice_find(t->raw_path, '%') < t->raw_path.len) {
        if (!decode(t->raw_path, storage, &t->path)) {
            return HTTP_REFUSAL_BAD_PATH;
        }
        if (has_control(t->path)) {
            return HTTP_REFUSAL_BAD_BYTE;
        }
    }
    return is_clean(t->path) ? HTTP_REFUSAL_NONE : HTTP_REFUSAL_BAD_PATH;
}
