/* Variables in the values of a Compose file: ${NAME:-default} and its kin. */
#ifndef CLI_INTERPOLATE_H
#define CLI_INTERPOLATE_H

#include "base/buf.h"
#include "base/diag.h"
#include "cli/textlist.h"

/* Appends `text` to `out` with its variables replaced, as the Compose specification has it: $$,
 * $NAME, ${NAME}, and ${NAME:-x} ${NAME-x} ${NAME:+x} ${NAME+x} ${NAME:?x} ${NAME?x}, where x may
 * hold variables again. Values come from `known` alone. A variable that is neither there nor has a
 * default is refused by name: what the file comes to would be a guess. */
bool interpolate(struct slice text, const struct text_list *known, struct buf *out, struct diag *d);

#endif
