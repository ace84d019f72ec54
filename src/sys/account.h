/* Users and groups by name, from /etc/passwd and /etc/group alone: a static binary has no name
 * service. */
#ifndef SYS_ACCOUNT_H
#define SYS_ACCOUNT_H

#include "base/diag.h"

#include <sys/types.h>

/* A user as DOCKGATE_USER names it. */
struct sys_account {
    uid_t uid;
    gid_t gid;
    bool has_gid; /* given, or known from /etc/passwd */
};

/* Reads "NAME", "UID" or "UID:GID" (each a name or a number). False and `d` where a name is
 * unknown. */
bool sys_account_parse(struct slice text, struct sys_account *account, struct diag *d);

/* The user of that name in /etc/passwd; false where there is none. */
bool sys_account_find(struct slice name, struct sys_account *account);

/* Reads a user or a group, by name or number. False and `d` where the name is unknown. */
bool sys_account_uid(struct slice text, uid_t *uid, struct diag *d);
bool sys_account_gid(struct slice text, gid_t *gid, struct diag *d);

#endif
