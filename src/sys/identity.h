/* Who the gate is after its start: a user of its own with only the group of the engine's socket. */
#ifndef SYS_IDENTITY_H
#define SYS_IDENTITY_H

#include "base/diag.h"

#include <sys/types.h>

/* What to become. Caller's storage. */
struct sys_identity {
    bool change; /* else everything stays as it is */
    uid_t uid;
    gid_t gid;
    bool has_group; /* one supplementary group beside gid */
    gid_t group;
    char note[256]; /* why it stays root, or what is wrong; empty where there is nothing to say */
};

/* Finds out what to become. `user`: DOCKGATE_USER, or empty. `engine`: path of the engine's socket,
 * or NULL for an engine on TCP. Whoever isn't root stays as it is. The rules, first that fits: root
 * asked for by name: stays. No socket there yet: its group can't be known, so an explicit user is
 * taken as it is, else it stays root. Else the user asked for (or `dockgate`, or 65532) with the
 * socket's group; the socket's owner; root. Each is tried in a child, so that directories and ACLs
 * count too. False and `d` only for a user that doesn't exist. */
bool sys_identity_choose(struct slice user, const char *engine, struct sys_identity *id,
                         struct diag *d);

/* Becomes it: groups, group, user, in that order, each checked. False with errno; whatever failed,
 * the process is at least as restricted as before. */
bool sys_identity_apply(const struct sys_identity *id);

enum sys_probe {
    SYS_PROBE_YES,
    SYS_PROBE_NO,         /* it may not write there */
    SYS_PROBE_IMPOSSIBLE, /* the kernel or container doesn't let us become it */
};

/* Whether that identity, without any capability, could write to `path` (connect to a socket, remove
 * from a directory). Asked in a child process. */
enum sys_probe sys_identity_probe(const struct sys_identity *id, const char *path);

#endif
