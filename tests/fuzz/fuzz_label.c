/* Labels that name operations. Whatever the bytes, what is granted is what a naive reading of the
 * list grants, name by name; what is wrong grants nothing, and is told in one printable line. */
#include "fuzz.h"

#include "base/limits.h"
#include "policy/label.h"
#include "policy/option.h"

/* Whether a name stands for the operation: its own option or a wider one, or its operationId. */
static bool is_named(struct slice name, enum operation_id op)
{
    struct slice id = operation_get(op)->operation_id;
    bool is = slice_equal(id, name) && !slice_equal(id, SLICE("-"));

    for (option_id o = option_leaf(op); o != OPTION_NONE; o = option_parent(o)) {
        is |= slice_equal(option_name(o), name);
    }
    return is;
}

static void check_granted(struct slice text, const struct label *l)
{
    struct operation_set named = {{0}};
    size_t start = 0;

    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && text.at[i] != ',') {
            continue;
        }
        struct slice name = slice_sub(text, start, i - start);
        bool any = false;
        start = i + 1;
        for (size_t k = 0; k < OPERATION_COUNT; k++) {
            if (is_named(name, (enum operation_id)k)) {
                operation_set_add(&named, (enum operation_id)k);
                any = true;
            }
        }
        FUZZ_EXPECT(any);
    }
    FUZZ_EXPECT(memcmp(&named, &l->granted, sizeof(named)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of((const char *)data, size);
    char said[LABEL_WRONG_MAX];
    struct label l;
    struct buf b;

    if (size > FUZZ_MAX) {
        return 0;
    }
    bool ok = label_read(text, &l);
    FUZZ_EXPECT(ok == (l.wrong == LABEL_FINE));
    buf_init(&b, said, sizeof(said));
    label_put_wrong(&l, &b);
    FUZZ_EXPECT(!b.full && (b.len == 0) == ok);
    for (size_t i = 0; i < b.len; i++) {
        FUZZ_EXPECT(said[i] >= 0x20 && said[i] <= 0x7e);
    }
    if (ok) {
        FUZZ_EXPECT(size > 0 && size <= LIMIT_ALLOW_LABEL);
        check_granted(text, &l);
    } else {
        FUZZ_EXPECT(operation_set_is_empty(&l.granted));
        FUZZ_EXPECT(l.name.len == 0 ||
                    (l.name.at >= text.at && l.name.at + l.name.len <= text.at + text.len));
    }
    return 0;
}
