/* Mounts: which of the host's directories a container may get, and how. Between requests*.c only.
 */
#ifndef INSPECT_REQUESTS_BINDS_H
#define INSPECT_REQUESTS_BINDS_H

#include "inspect/requests_walk.h"

/* Whether a text has control characters, NUL among them. */
bool requests_has_control(struct slice text);

/* Whether nodes would expand it: in a service, Go's templates may stand in mounts and variables,
 * and
 * {{"\x2e\x2e"}} is "..". */
bool requests_is_template(struct slice text);

/* Whether all of Go's templates in a text are names of the engine's, "{{.Name}}": any program can
 * be written in them, one without an end too, and the engine runs it. */
bool requests_template_is_plain(struct slice text);

/* Whether a path is absolute and means what it says: no "//", no "." and "..", no control
 * characters. A slash at the end is allowed. */
bool requests_path_is_plain(struct slice path);

/* Whether an image is named by digest: "name@sha256:…", or "sha256:…" itself, 64 hex digits. */
bool requests_is_digest(struct slice image);

/* A row of HostConfig.Binds: "source:target[:options]"; made read-only where that is forced. */
bool requests_bind(struct requests_walk *w, struct requests_value *v);

/* The Volumes of a container: places for volumes without a name. Podman reads "SOURCE:TARGET"
 * there, too; docker-py leaves an option, "TARGET:z", which no engine takes for a source. */
bool requests_volumes(struct requests_walk *w, const struct json_tree *v);

/* Refuses a text of a mount that has a comma: Podman makes one text of them, in which a comma
 * begins the next option, "source=/", say. */
bool requests_no_comma(struct requests_walk *w, struct slice text);

/* An object of HostConfig.Mounts or of a service's; sets the walk's mount_read_only. */
bool requests_mount(struct requests_walk *w, struct requests_members *m);

/* A member of HostConfig.Tmpfs, a path and "OPTION,…": only what says how such a file system is. */
bool requests_tmpfs(struct requests_walk *w, struct requests_value *v);

#endif
