/* Names of images, in the plain characters that engines take. Pure. */
#ifndef INSPECT_IMAGE_NAME_H
#define INSPECT_IMAGE_NAME_H

#include "base/buf.h"

/* Where a name's tag begins, with its colon; the name's length where it has none. */
size_t image_name_tag(struct slice name);

/* Writes the name of one image, "REPO:TAG", as engines make it of the two: `tag`, if there is one,
 * takes the place of the repository's; without any it is "latest". False: they are no name, one
 * with a digest among them, or it does not fit. */
bool image_name_put(struct slice repo, struct slice tag, struct buf *out);

/* Whether a name has nothing but plain characters; whether it may be an id, or the beginning of
 * one. */
bool image_name_is_plain(struct slice name);
bool image_name_is_number(struct slice name);

#endif
