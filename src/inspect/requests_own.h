/* Things that requests name, where clients reach some things only. Between requests*.c only. */
#ifndef INSPECT_REQUESTS_OWN_H
#define INSPECT_REQUESTS_OWN_H

#include "inspect/requests_walk.h"

/* A thing that a value names. `*text` is what is written for it: the name, or the id that is known.
 * Where all may be named nothing happens. False: refused. */
bool requests_refer(struct requests_walk *w, enum owned_kind kind, enum owned_need need,
                    struct slice name, struct slice *text);

/* The same for a value "BEFORE name BEHIND", whose text is replaced. */
bool requests_refer_within(struct requests_walk *w, struct requests_value *v, enum owned_kind kind,
                           struct slice before, struct slice name, struct slice behind);

/* Networks that every engine has, by these names; they belong to nobody. */
bool requests_network_is_builtin(struct slice name);

/* A network by name, or "container:NAME"; the engine's own networks are nobody's. */
bool requests_refer_network(struct requests_walk *w, struct requests_value *v);

/* "NAME[:MODE]" of VolumesFrom, and "NAME[:ALIAS]" of Links. */
bool requests_refer_volumes(struct requests_walk *w, struct requests_value *v);
bool requests_refer_link(struct requests_walk *w, struct requests_value *v);

/* A secret or config that is said by its id and by its name: both must be there, and be one. */
bool requests_refer_both(struct requests_walk *w, enum owned_kind kind, const struct json_tree *id,
                         const struct json_tree *name);

/* What tasks are made of, on any node and at any later time: of images those that are shared. */
bool requests_refer_task_image(struct requests_walk *w, struct slice name);

/* Labels: nobody's name but the owner's own may stand there. */
bool requests_check_owner(struct requests_walk *w, const struct json_tree *labels);

/* Networks by name as an object's members: no two of them may be the same one. */
bool requests_check_networks(struct requests_walk *w, const struct json_tree *networks);

/* A text that answers show: what is too long to be shown to its owner is refused. */
bool requests_check_shown(struct requests_walk *w, struct slice text);

/* What is written for such a name. */
struct slice requests_network_text(const struct requests_walk *w, struct slice name);

#endif
