/* Names of images: a repository, perhaps with a registry and its port, and a tag or digest. */
#include "inspect/image_name.h"

#define HEX   "0123456789abcdef"
#define PLAIN HEX "ghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-"

static bool is_one_of(struct slice text, struct slice characters)
{
    for (size_t i = 0; i < text.len; i++) {
        if (slice_find(characters, text.at[i]) == characters.len) {
            return false;
        }
    }
    return text.len > 0;
}

/* Behind the last slash, for a registry may have a port. */
size_t image_name_tag(struct slice name)
{
    size_t at = name.len;

    for (size_t i = name.len; i > 0 && name.at[i - 1] != '/'; i--) {
        at = name.at[i - 1] == ':' ? i - 1 : at;
    }
    return at;
}

bool image_name_put(struct slice repo, struct slice tag, struct buf *out)
{
    size_t colon = image_name_tag(repo);

    if (tag.len == 0) {
        tag = colon < repo.len ? slice_sub(repo, colon + 1, repo.len) : SLICE("latest");
    }
    return is_one_of(repo, SLICE(PLAIN "/:")) && is_one_of(tag, SLICE(PLAIN)) && colon > 0 &&
           buf_put(out, slice_sub(repo, 0, colon)) && buf_put_byte(out, ':') && buf_put(out, tag);
}

bool image_name_is_plain(struct slice name)
{
    return is_one_of(name, SLICE(PLAIN "/:@"));
}

bool image_name_is_number(struct slice name)
{
    return is_one_of(name, SLICE(HEX));
}

bool image_name_is_meant(struct slice pattern, struct slice name)
{
    return slice_find(name, '/') == name.len || slice_find(pattern, '/') < pattern.len ||
           slice_starts_with(pattern, SLICE("*"));
}
