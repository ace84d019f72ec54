/* Strings of answers, as they are written between their quotes: decoded, compared, edited. */
#ifndef INSPECT_VIEW_TEXT_H
#define INSPECT_VIEW_TEXT_H

#include "base/buf.h"

/* What stands for something that is not shown. */
#define VIEW_MASK "<redacted>"

/* The same where base64 is expected. */
#define VIEW_MASK_BASE64 "PHJlZGFjdGVkPg=="

/* Appends what the string says to `out`, as UTF-8. False where it does not all fit; what fits is
 * there. */
bool view_text_decode(struct slice raw, struct buf *out);

/* Whether an escape in it stands for half a surrogate pair, which is decoded as U+FFFD. */
bool view_text_has_half(struct slice raw);

/* Whether `text` matches the glob: `*` any bytes, `?` one. */
bool view_text_glob(struct slice glob, struct slice text);

/* How much of "KEY=VALUE" may stay: its key and the '=', or nothing where there is none. */
size_t view_text_env(struct slice raw);

/* How much of an event's action may stay: "exec_create: " of "exec_create: COMMAND", all of
 * others. */
size_t view_text_action(struct slice raw);

/* How much of "SOURCE:TARGET" at its front is a path of the host; 0 where the source is a volume's
 * name. */
size_t view_text_bind(struct slice raw);

/* Whether an event's attribute of this name is the engine's own word, not a label, given its value:
 * names, counts and ids. */
bool view_text_is_word(struct slice name, struct slice value);

#endif
