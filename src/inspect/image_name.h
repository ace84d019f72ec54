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

/* Whether a pattern may be meant for a name: one with a slash in it begins with a registry or a
 * folder, which a pattern without one says nothing of ("busybox:*" is not "busybox:5000/image", nor
 * "busybox*" "busybox.example.org/image"), unless it begins with a star. */
bool image_name_is_meant(struct slice pattern, struct slice name);

#endif
