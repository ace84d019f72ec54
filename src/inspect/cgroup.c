/* The text of /proc/PID/cgroup: lines of "NUMBER:CONTROLLERS:PATH". */
#include "inspect/cgroup.h"

static bool is_id(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        bool digit = (s.at[i] >= '0' && s.at[i] <= '9') || (s.at[i] >= 'a' && s.at[i] <= 'f');
        if (!digit) {
            return false;
        }
    }
    return s.len == CGROUP_ID;
}

/* Letters and dashes that end with a dash, or nothing. */
static bool is_prefix(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((s.at[i] < 'a' || s.at[i] > 'z') && s.at[i] != '-') {
            return false;
        }
    }
    return s.len == 0 || s.at[s.len - 1] == '-';
}

/* One part of a path: "ID", "docker-ID.scope", "libpod-ID". */
static bool read_part(struct slice part, struct slice *id)
{
    static const struct slice scope = SLICE_INIT(".scope");

    if (slice_ends_with(part, scope)) {
        part.len -= scope.len;
    }
    if (part.len < CGROUP_ID) {
        return false;
    }
    *id = slice_sub(part, part.len - CGROUP_ID, CGROUP_ID);
    return is_id(*id) && is_prefix(slice_sub(part, 0, part.len - CGROUP_ID));
}

static bool read_path(struct slice path, struct cgroup_place *place)
{
    struct slice rest = path;
    struct slice part;

    while (slice_next(&rest, '/', &part)) {
        if (read_part(part, &place->id)) {
            place->path = slice_of(path.at, (size_t)(part.at - path.at) + part.len);
            return true;
        }
    }
    return false;
}

/* The path of a line, which may hold colons itself. */
static bool line_path(struct slice line, bool *unified, struct slice *path)
{
    struct slice number;
    struct slice controllers;

    if (!slice_next(&line, ':', &number) || !slice_next(&line, ':', &controllers) ||
        line.len == 0 || line.at[0] != '/') {
        return false;
    }
    *unified = slice_equal(number, SLICE("0")) && controllers.len == 0;
    *path = line;
    return true;
}

/* The one hierarchy of version 2 counts before those of version 1, which are many. */
bool cgroup_find(struct slice text, struct cgroup_place *place)
{
    for (int pass = 0; pass < 2; pass++) {
        struct slice rest = text;
        struct slice line;
        struct slice path;
        bool unified;

        while (slice_next(&rest, '\n', &line)) {
            if (line_path(line, &unified, &path) && unified == (pass == 0) &&
                read_path(path, place)) {
                return true;
            }
        }
    }
    return false;
}
