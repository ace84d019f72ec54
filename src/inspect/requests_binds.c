/* Mounts. The engine cleans a source's text only after taking the row apart, so that /data/../etc
 * is /etc; such paths are refused instead of cleaned. Symbolic links are the host's, nobody sees
 * them from here. */
#include "inspect/requests_binds.h"

#include "inspect/requests_own.h"

/* Places in the table of mounts. */
enum {
    MOUNT_TYPE,
    MOUNT_SOURCE,
    MOUNT_TARGET,
    MOUNT_READ_ONLY,
    MOUNT_BIND_OPTIONS,
    MOUNT_CONSISTENCY,
};

bool requests_has_control(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.at[i] < 0x20 || text.at[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

bool requests_is_template(struct slice text)
{
    return text.len > 1 && memmem(text.at, text.len, "{{", 2) != NULL;
}

bool requests_template_is_plain(struct slice text)
{
    static const struct slice plain =
        SLICE_INIT(".abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    for (size_t i = 0; i < text.len; i++) {
        if (!slice_equal(slice_sub(text, i, 2), SLICE("{{"))) {
            continue;
        }
        i += 2;
        while (i < text.len && text.at[i] == ' ') {
            i++;
        }
        bool is_name = i < text.len && text.at[i] == '.';
        while (i < text.len && slice_find(plain, text.at[i]) < plain.len) {
            i++;
        }
        while (i < text.len && text.at[i] == ' ') {
            i++;
        }
        if (!is_name || !slice_equal(slice_sub(text, i, 2), SLICE("}}"))) {
            return false;
        }
        i++;
    }
    return true;
}

bool requests_path_is_plain(struct slice path)
{
    struct slice part;

    if (!slice_starts_with(path, SLICE("/")) || requests_has_control(path)) {
        return false;
    }
    path = slice_sub(path, 1, path.len);
    while (slice_next(&path, '/', &part)) {
        if ((part.len == 0 && path.at != NULL) || slice_equal(part, SLICE(".")) ||
            slice_equal(part, SLICE(".."))) {
            return false;
        }
    }
    return true;
}

bool requests_is_digest(struct slice image)
{
    static const struct slice mark = SLICE_INIT("sha256:");
    size_t at = slice_find(image, '@');
    struct slice digest = at < image.len ? slice_sub(image, at + 1, image.len) : image;

    if (digest.len != mark.len + 64 || !slice_starts_with(digest, mark)) {
        return false;
    }
    for (size_t i = mark.len; i < digest.len; i++) {
        char c = digest.at[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false;
        }
    }
    return true;
}

/* "/data" has "/data" and "/data/x", not "/database". */
static bool is_below(struct slice path, struct slice root)
{
    if (root.len == 1) {
        return true;
    }
    return slice_starts_with(path, root) && (path.len == root.len || path.at[root.len] == '/');
}

static bool refuse_path(struct requests_walk *w, struct slice path)
{
    size_t n = requests_count(w->policy, REQUESTS_BINDS);

    if (n == 0) {
        return requests_refuse(w, "%s: no directory of the host is allowed",
                               requests_shown(w, path));
    }
    struct slice root = requests_word(w->policy, REQUESTS_BINDS, 0);
    return requests_refuse(w, "%s is not below %.*s%s", requests_shown(w, path),
                           (int)(root.len < REQUESTS_SHOWN ? root.len : REQUESTS_SHOWN), root.at,
                           n > 1 ? ", nor another allowed directory" : "");
}

/* Whether the policy allows a directory of the host; `*read_only`: only to be read. */
static bool check_path(struct requests_walk *w, struct slice path, bool *read_only)
{
    static const struct slice ro = SLICE_INIT(":ro");
    bool found = false;

    *read_only = true;
    if (!requests_path_is_plain(path)) {
        return requests_refuse(w, "%s is no plain absolute path", requests_shown(w, path));
    }
    for (size_t i = 0; i < requests_count(w->policy, REQUESTS_BINDS); i++) {
        struct slice root = requests_word(w->policy, REQUESTS_BINDS, i);
        bool only_read = slice_ends_with(root, ro);

        root.len -= only_read ? ro.len : 0;
        if (is_below(path, root)) {
            found = true;
            *read_only = *read_only && only_read;
        }
    }
    return found || refuse_path(w, path);
}

/* Names of volumes as the engine takes them; anything else could be a path in disguise. */
static bool check_volume(struct requests_walk *w, struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        if (!letter && (i == 0 || (c != '_' && c != '.' && c != '-'))) {
            return requests_refuse(w, "%s is neither an absolute path nor a volume's name",
                                   requests_shown(w, name));
        }
    }
    if (!requests_names(w->policy, REQUESTS_MOUNTS, SLICE("volume")) &&
        !requests_names(w->policy, REQUESTS_MOUNTS, SLICE("*"))) {
        return requests_refuse(w, "volumes are not allowed");
    }
    if (name.len > 0 && w->service && w->names != NULL) {
        return requests_refuse(w, "volume %s may be another's where and when a task begins",
                               requests_shown(w, name));
    }
    return name.len == 0 || requests_refer(w, OWNED_VOLUME, OWNED_USE, name, &name);
}

static bool is_one_of(struct slice word, const struct slice *words, size_t n)
{
    size_t i = 0;

    while (i < n && !slice_equal(words[i], word)) {
        i++;
    }
    return i < n;
}

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool refuse_option(struct requests_walk *w, struct slice word)
{
    return requests_refuse(w, "option %s is not allowed", requests_shown(w, word));
}

static bool check_options(struct requests_walk *w, struct slice options)
{
    static const struct slice known[] = {SLICE_INIT("ro"),        SLICE_INIT("rw"),
                                         SLICE_INIT("z"),         SLICE_INIT("Z"),
                                         SLICE_INIT("nocopy"),    SLICE_INIT("private"),
                                         SLICE_INIT("cached"),    SLICE_INIT("rprivate"),
                                         SLICE_INIT("delegated"), SLICE_INIT("consistent")};
    struct slice word;

    while (options.len > 0 && slice_next(&options, ',', &word)) {
        if (!is_one_of(word, known, COUNT(known))) {
            return refuse_option(w, word);
        }
    }
    return true;
}

/* The engine takes any option of mount(8) here: by "remount" what is mounted there already, which
 * is /sys for "/sys/", becomes writable. */
bool requests_tmpfs(struct requests_walk *w, struct requests_value *v)
{
    static const struct slice known[] = {
        SLICE_INIT("defaults"),   SLICE_INIT("ro"),         SLICE_INIT("rw"),
        SLICE_INIT("exec"),       SLICE_INIT("noexec"),     SLICE_INIT("suid"),
        SLICE_INIT("nosuid"),     SLICE_INIT("dev"),        SLICE_INIT("nodev"),
        SLICE_INIT("sync"),       SLICE_INIT("async"),      SLICE_INIT("dirsync"),
        SLICE_INIT("atime"),      SLICE_INIT("noatime"),    SLICE_INIT("diratime"),
        SLICE_INIT("relatime"),   SLICE_INIT("nodiratime"), SLICE_INIT("norelatime"),
        SLICE_INIT("strictatime")};
    static const struct slice given[] = {SLICE_INIT("size"),      SLICE_INIT("mode"),
                                         SLICE_INIT("uid"),       SLICE_INIT("gid"),
                                         SLICE_INIT("nr_inodes"), SLICE_INIT("nr_blocks")};
    struct slice options = v->text;
    struct slice word;

    if (!requests_matches(w->policy, REQUESTS_MOUNTS, SLICE("tmpfs"))) {
        return requests_refuse(w, "type tmpfs is not allowed");
    }
    if (requests_has_control(v->key) || requests_has_control(options)) {
        return requests_malformed(w, "a control character");
    }
    while (options.len > 0 && slice_next(&options, ',', &word)) {
        size_t equals = slice_find(word, '=');
        bool is_given = equals < word.len;

        if (is_given ? !is_one_of(slice_sub(word, 0, equals), given, COUNT(given))
                     : !is_one_of(word, known, COUNT(known))) {
            return refuse_option(w, word);
        }
    }
    return true;
}

/* The row with "ro" in its options, and without "rw". Nor is the directory given another label, by
 * "z" or "Z". */
static bool force_read_only(struct requests_walk *w, struct slice source, struct slice target,
                            struct slice options, struct requests_value *v)
{
    static const struct slice left_out[] = {SLICE_INIT("ro"), SLICE_INIT("rw"), SLICE_INIT("z"),
                                            SLICE_INIT("Z")};
    struct buf b;
    struct slice word;

    buf_init(&b, w->text, sizeof(w->text));
    (void)(buf_put(&b, source) && buf_put_byte(&b, ':') && buf_put(&b, target) &&
           buf_put(&b, SLICE(":ro")));
    while (options.len > 0 && slice_next(&options, ',', &word)) {
        if (!is_one_of(word, left_out, COUNT(left_out))) {
            (void)(buf_put_byte(&b, ',') && buf_put(&b, word));
        }
    }
    v->text = buf_slice(&b);
    return !b.full || requests_refuse(w, "is too long");
}

bool requests_bind(struct requests_walk *w, struct requests_value *v)
{
    struct slice rest = v->text;
    struct slice source;
    struct slice target;
    struct slice options = SLICE("");
    bool read_only;

    if (requests_has_control(rest)) {
        return requests_malformed(w, "a control character");
    }
    (void)slice_next(&rest, ':', &source);
    if (!slice_next(&rest, ':', &target)) {
        return check_volume(w, SLICE("")); /* the target alone: a volume without a name */
    }
    if (slice_next(&rest, ':', &options) && (rest.at != NULL || options.len == 0)) {
        return requests_refuse(w, "is no SOURCE:TARGET[:OPTIONS]");
    }
    if (source.len == 0) {
        return requests_refuse(w, "is no SOURCE:TARGET[:OPTIONS]");
    }
    if (!check_options(w, options)) {
        return false;
    }
    if (source.at[0] != '/') {
        return check_volume(w, source);
    }
    if (!check_path(w, source, &read_only)) {
        return false;
    }
    return !read_only || force_read_only(w, source, target, options, v);
}

bool requests_volumes(struct requests_walk *w, const struct json_tree *v)
{
    for (size_t i = 0; i < json_tree_count(v); i++) {
        struct slice name = json_tree_name(json_tree_at(v, i));
        struct slice path = slice_sub(name, 0, slice_find(name, ':'));
        struct slice option = slice_sub(name, path.len + 1, name.len);
        bool alone = path.len == name.len;

        if (!requests_path_is_plain(path) || alone != (option.len == 0) ||
            slice_starts_with(option, SLICE("/")) || slice_find(option, ':') < option.len ||
            requests_has_control(option)) {
            return requests_refuse(w, "%s is no plain absolute path", requests_shown(w, name));
        }
        if (!check_volume(w, SLICE(""))) {
            return false;
        }
    }
    return true;
}

/* The text of a member, empty where it is none; its type is the walk's to check. */
static struct slice member_text(const struct json_tree *v)
{
    return json_tree_kind(v) == JSON_KIND_TEXT ? json_tree_text(v) : SLICE("");
}

/* Whether a mount in the container can become one of the host. */
static bool check_propagation(struct requests_walk *w, const struct json_tree *options)
{
    for (size_t i = 0; i < json_tree_count(options); i++) {
        const struct json_tree *value = json_tree_at(options, i);
        struct slice text = member_text(value);

        if (slice_equal_nocase(json_tree_name(value), SLICE("Propagation")) && text.len > 0 &&
            !slice_equal(text, SLICE("private")) && !slice_equal(text, SLICE("rprivate"))) {
            return requests_refuse(w, "propagation %s is not allowed", requests_shown(w, text));
        }
    }
    return true;
}

bool requests_no_comma(struct requests_walk *w, struct slice text)
{
    return slice_find(text, ',') == text.len ||
           requests_refuse(w, "%s has a comma", requests_shown(w, text));
}

static bool check_commas(struct requests_walk *w, const struct requests_members *m)
{
    static const size_t texts[] = {MOUNT_TYPE, MOUNT_SOURCE, MOUNT_TARGET, MOUNT_CONSISTENCY};

    for (size_t i = 0; i < COUNT(texts); i++) {
        if (!requests_no_comma(w, member_text(m->at[texts[i]]))) {
            return false;
        }
    }
    return true;
}

bool requests_mount(struct requests_walk *w, struct requests_members *m)
{
    struct slice type = member_text(m->at[MOUNT_TYPE]);
    struct slice source = member_text(m->at[MOUNT_SOURCE]);

    w->mount_read_only = false;
    if (requests_has_control(source)) {
        return requests_malformed(w, "a control character in Source");
    }
    if (requests_is_template(source)) {
        return requests_refuse(w, "%s is a template", requests_shown(w, source));
    }
    if (!check_commas(w, m)) {
        return false;
    }
    if (slice_equal(type, SLICE("bind"))) {
        w->rule = REQUESTS_RULE_BIND;
        return check_path(w, source, &w->mount_read_only) &&
               check_propagation(w, m->at[MOUNT_BIND_OPTIONS]);
    }
    if (slice_equal(type, SLICE("volume"))) {
        return check_volume(w, source);
    }
    /* What newer Podman finds by a pattern is directories of the host. */
    if (type.len == 0 || !requests_matches(w->policy, REQUESTS_MOUNTS, type) ||
        slice_equal(type, SLICE("*")) || slice_equal(type, SLICE("glob"))) {
        return requests_refuse(w, "type %s is not allowed", requests_shown(w, type));
    }
    if (w->names == NULL || slice_equal(type, SLICE("tmpfs"))) {
        return true;
    }
    /* Of other types nobody can be asked whose their source is. */
    if (!slice_equal(type, SLICE("image"))) {
        return requests_refuse(w, "type %s has no owner", requests_shown(w, type));
    }
    return w->service ? requests_refer_task_image(w, source)
                      : requests_refer(w, OWNED_IMAGE, OWNED_USE, source, &source);
}
