/* Request targets: split, decoded once, and checked for being in the form that the engine routes.
 */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "http/head.h"

struct http_target {
    struct slice raw_path; /* as sent, up to the '?' */
    struct slice query;    /* as sent, behind the '?'; at NULL: no '?' */
    struct slice path; /* decoded: looks into the caller's storage, or into the target where nothing
                          was escaped */
};

/* Splits `target` (origin-form) and decodes its path once into `storage` (at least target.len
 * bytes; untouched where no escape occurs). Returns HTTP_REFUSAL_NONE, or the refusal: a bad
 * escape, an unclean path (`//`, `.` or `..` segments after decoding), control bytes raw or
 * decoded, a fragment. The engine decodes once as well (measured): what is decided here is what it
 * routes. No allocation. */
enum http_refusal http_target_read(struct slice target, char *storage, struct http_target *t);

#endif
