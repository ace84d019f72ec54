/* The reader of env files: strict where the programs that read them disagree. */
#include "cli/envfile.h"

#define SHOWN 64

static bool is_name(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];

        if (c <= 0x20 || c == 0x7f) {
            return false;
        }
    }
    return name.len > 0;
}

static bool refuse(struct diag *d, size_t number, struct slice name, const char *what)
{
    return diag_set(d, "line %zu: %.*s%s", number, (int)(name.len < SHOWN ? name.len : SHOWN),
                    name.len == 0 ? "" : name.at, what);
}

static bool read_line(struct slice line, size_t number, struct text_list *list, struct diag *d)
{
    line = slice_trim(line);
    if (line.len == 0 || line.at[0] == '#') {
        return true;
    }
    size_t equals = slice_find(line, '=');
    struct slice name = slice_sub(line, 0, equals);
    struct slice value = slice_sub(line, equals + 1, SIZE_MAX);

    if (memchr(line.at, '\0', line.len) != NULL || !is_name(name)) {
        return refuse(d, number, SLICE(""), "this is no NAME=VALUE");
    }
    if (equals == line.len) {
        return refuse(d, number, name, " has no value here; write NAME=VALUE");
    }
    if (value.len > 0 && (value.at[0] == '"' || value.at[0] == '\'')) {
        return refuse(d, number, name,
                      ": docker keeps these quotes as part of the value and Compose takes them "
                      "off; leave them out");
    }
    return text_list_set(list, name, value) ||
           refuse(d, number, SLICE(""), "there are too many variables");
}

bool envfile_read(struct slice file, struct text_list *list, struct diag *d)
{
    struct slice line;
    size_t number = 0;

    if (file.len > ENVFILE_MAX) {
        return diag_set(d, "the file is too large");
    }
    while (slice_next(&file, '\n', &line)) {
        number++;
        if (slice_ends_with(line, SLICE("\r"))) {
            line.len--;
        }
        if (!read_line(line, number, list, d)) {
            return false;
        }
    }
    return true;
}
