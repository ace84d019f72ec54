/* Texts of /proc/PID/cgroup. What is found is an id, at the end of a path that is a part of the
 * text and may be read again; whoever is in a container can't change it by what it adds behind. */
#include "fuzz.h"

#include "inspect/cgroup.h"

static bool is_hex(struct slice id)
{
    for (size_t i = 0; i < id.len; i++) {
        if (slice_find(SLICE("0123456789abcdef"), id.at[i]) == 16) {
            return false;
        }
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char line[FUZZ_MAX + 256];
    struct slice text = slice_of((const char *)data, size);
    struct cgroup_place place;
    struct cgroup_place again;
    struct buf b;

    if (size > FUZZ_MAX || !cgroup_find(text, &place)) {
        return 0;
    }
    FUZZ_EXPECT(place.id.len == CGROUP_ID && is_hex(place.id));
    FUZZ_EXPECT(place.path.at >= text.at && place.path.at + place.path.len <= text.at + text.len);
    FUZZ_EXPECT(place.id.at >= place.path.at &&
                place.id.at + place.id.len <= place.path.at + place.path.len);
    FUZZ_EXPECT(place.path.at[0] == '/' && slice_find(place.path, '\n') == place.path.len);
    buf_init(&b, line, sizeof(line));
    buf_put(&b, SLICE("0::"));
    buf_put(&b, place.path);
    buf_put(&b,
            SLICE("/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"));
    FUZZ_EXPECT(cgroup_find(buf_slice(&b), &again));
    FUZZ_EXPECT(slice_equal(place.path, again.path) && slice_equal(place.id, again.id));
    return 0;
}
