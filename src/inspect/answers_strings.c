/* Strings of an answer that a view has to look at: names and labels, which say what is shown, and
 * secrets. */
#include "inspect/answers_state.h"

#include "inspect/view_text.h"

/* Longer labels and names are compared with nothing. */
#define TEXT_MAX 1024

void answers_put_mask(struct answers *a, uint8_t kind)
{
    answers_put(a, kind == VIEW_KIND_DATA ? SLICE(VIEW_MASK_BASE64) : SLICE(VIEW_MASK));
}

/* It is visible. */
static void show_unit(struct answers *a)
{
    answers_unit(a)->shown = true;
}

/* What `raw` says: itself, where nothing in it is escaped, else decoded, in `b`. False where it is
 * too long for that; what fits is there. */
static bool decode(struct slice raw, struct buf *b, struct slice *text)
{
    bool whole = true;
    *text = raw;
    if (raw.len > b->max || slice_find(raw, '\\') < raw.len) {
        whole = view_text_decode(raw, b);
        *text = buf_slice(b);
    }
    return whole;
}

bool answers_label_key(struct answers *a, struct frame *f, struct slice raw)
{
    __attribute__((uninitialized)) char room[TEXT_MAX]; /* what is written is read, no more */
    struct buf b;
    struct slice key;
    buf_init(&b, room, sizeof(room));
    bool whole = decode(raw, &b, &key);
    a->key_at = a->string_at;
    a->key_len = raw.len;
    a->masked = answers_label_masked(a->policy, key);
    a->conditions = whole ? answers_label_conditions(a->policy, key) : 0;
    if ((f->seen & a->conditions) != 0) {
        return false;
    }
    f->seen |= a->conditions;
    return true;
}

/* Cuts the string under way to its first `keep` bytes, with a mask behind them. */
static void cut(struct answers *a, size_t keep)
{
    if (a->len > a->string_at + keep) {
        a->len = a->string_at + keep;
        answers_put_mask(a, a->string_kind);
    }
}

/* A label's value is complete. */
static void end_label(struct answers *a, struct slice raw)
{
    __attribute__((uninitialized)) char value_room[TEXT_MAX]; /* what is written is read, */
    __attribute__((uninitialized)) char key_room[TEXT_MAX];   /* no more */
    struct buf b;
    struct slice value;
    buf_init(&b, value_room, sizeof(value_room));
    bool whole = decode(raw, &b, &value);
    if (a->string_kind == VIEW_KIND_ATTRIBUTES) {
        struct slice key;
        buf_init(&b, key_room, sizeof(key_room));
        whole &= decode(slice_of(a->at + a->key_at, a->key_len), &b, &key);
        if (whole && view_text_is_word(key, value)) {
            if (slice_equal(key, SLICE("name")) && answers_name_met(a->policy, value)) {
                show_unit(a);
            }
            return;
        }
    }
    if (whole && answers_label_met(a->policy, a->conditions, value)) {
        show_unit(a);
    } else if (a->policy->settings.owner && (a->conditions & 1) != 0) {
        answers_unit(a)->foreign = true;
    }
    if (a->masked) {
        cut(a, 0);
    }
}

static void end_name(struct answers *a, struct slice raw)
{
    __attribute__((uninitialized)) char room[TEXT_MAX]; /* what is written is read, no more */
    struct buf b;
    struct slice name;
    buf_init(&b, room, sizeof(room));
    if (decode(raw, &b, &name) && answers_name_met(a->policy, name)) {
        show_unit(a);
    }
}

static void end_bind(struct answers *a, struct slice raw)
{
    __attribute__((uninitialized)) char rest[TEXT_MAX]; /* what is written is read, no more */
    size_t source = view_text_bind(raw);
    size_t behind = raw.len - source;
    if (source == 0) {
        return;
    }
    if (behind > sizeof(rest)) {
        cut(a, 0);
        return;
    }
    memcpy(rest, raw.at + source, behind);
    cut(a, 0);
    answers_put(a, slice_of(rest, behind));
}

void answers_end_string(struct answers *a)
{
    struct slice raw = answers_written(a, a->string_at);
    size_t keep;
    switch ((enum view_kind)a->string_kind) {
    case VIEW_KIND_LABELS:
    case VIEW_KIND_ATTRIBUTES:
        end_label(a, raw);
        break;
    case VIEW_KIND_NAME:
        end_name(a, raw);
        break;
    case VIEW_KIND_ENV:
        keep = view_text_env(raw);
        if (keep == 0 || !answers_env_kept(a->policy, slice_sub(raw, 0, keep - 1))) {
            cut(a, keep);
        }
        break;
    case VIEW_KIND_LABEL_LIST:
        keep = view_text_env(raw);
        if (answers_label_masked(a->policy, slice_sub(raw, 0, keep > 0 ? keep - 1 : raw.len))) {
            cut(a, keep);
        }
        break;
    case VIEW_KIND_ACTION:
        cut(a, view_text_action(raw));
        break;
    case VIEW_KIND_BIND:
        end_bind(a, raw);
        break;
    case VIEW_KIND_USERINFO:
        if (slice_find(raw, '@') < raw.len) {
            cut(a, 0);
        }
        break;
    case VIEW_KIND_NONE:
    case VIEW_KIND_UNIT:
    case VIEW_KIND_MEMBER:
    case VIEW_KIND_USER:
    case VIEW_KIND_COUNT:
    case VIEW_KIND_CONTAINERS:
    case VIEW_KIND_RUNNING:
    case VIEW_KIND_PAUSED:
    case VIEW_KIND_STOPPED:
    case VIEW_KIND_IMAGES:
    case VIEW_KIND_ENV_VALUE:
    case VIEW_KIND_COMMAND:
    case VIEW_KIND_STEP:
    case VIEW_KIND_LAST:
    case VIEW_KIND_PATH:
    case VIEW_KIND_CREDENTIAL:
    case VIEW_KIND_TOKEN:
    case VIEW_KIND_DATA:
    case VIEW_KINDS:
        break;
    }
}
