/* What the engine says of containers. The first byte picks the document. However it is cut, the
 * same facts come out, and they fit what is kept of a container. */
#include "fuzz.h"

#include "inspect/containers.h"

/* Facts with their ends, of all containers. */
static char whole_text[FUZZ_MAX * 2];
static char other_text[FUZZ_MAX * 2];

static void found(void *context, const struct containers_facts *facts)
{
    struct slice text = facts->text;
    struct containers_fact fact;
    size_t n = 0;

    FUZZ_EXPECT(text.len <= LIMIT_CONTAINER);
    while (containers_next(&text, &fact)) {
        n += 5 + fact.key.len + fact.value.len;
        FUZZ_EXPECT(fact.kind > CONTAINERS_NOTHING && fact.kind <= CONTAINERS_OWNER);
        FUZZ_EXPECT(fact.kind == CONTAINERS_LABEL || fact.key.len == 0);
    }
    FUZZ_EXPECT(n == facts->text.len);
    buf_put(context, facts->text);
    buf_put_byte(context, facts->partial ? 'p' : facts->lost ? 'l' : '.');
}

static bool run(enum containers_document document, struct slice in, size_t first, size_t step,
                struct buf *out)
{
    static struct containers_reader r;
    bool ok = true;

    containers_init(&r, document, found, out);
    for (size_t at = 0; at < in.len && ok;) {
        size_t n = at == 0 && first > 0 ? first : step;
        ok = containers_read(&r, slice_sub(in, at, n));
        at += n;
    }
    return ok && containers_complete(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > FUZZ_MAX) {
        return 0;
    }
    enum containers_document document = (enum containers_document)(data[0] % 3);
    struct slice in = slice_of((const char *)data + 1, size - 1);
    size_t steps[] = {in.len / 3 + 1, 7, 1};
    struct buf whole;
    buf_init(&whole, whole_text, sizeof(whole_text));
    bool ok = run(document, in, 0, in.len, &whole);
    for (size_t i = 0; i < 3; i++) {
        struct buf other;
        buf_init(&other, other_text, sizeof(other_text));
        FUZZ_EXPECT(run(document, in, i, steps[i], &other) == ok);
        FUZZ_EXPECT(slice_equal(buf_slice(&whole), buf_slice(&other)));
    }
    return 0;
}
