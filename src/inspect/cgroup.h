/* Which container a process is in, as far as its own /proc/PID/cgroup says. */
#ifndef INSPECT_CGROUP_H
#define INSPECT_CGROUP_H

#include "base/slice.h"

/* A container's id as Docker and Podman write it: so many digits, hexadecimal, lower case. */
#define CGROUP_ID 64

/* Both look into the text. */
struct cgroup_place {
    struct slice id;
    struct slice path; /* up to the part that names the container, this included */
};

/* Reads the file's text (cgroups(7), version 1, 2 or both): the outermost part of a path that names
 * a container, as Docker and Podman do with and without systemd: "ID", "docker-ID.scope",
 * "libpod-ID.scope". Who is in a container can put more parts behind it, never before it. False
 * where none does: it is in no container, or in one of another kind. Nothing is proved by it: who
 * may make groups can give one any name, so the place has to be compared with that of the
 * container's own first process. */
bool cgroup_find(struct slice text, struct cgroup_place *place);

#endif
