/* Chooses and takes on the identity that the gate runs under. What an identity may do is not
 * computed from modes but tried, in a child that becomes it: directories on the way, ACLs and
 * security modules count as they will later. */
#include "sys/identity.h"

#include "sys/account.h"
#include "sys/capability.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Nobody else's: above the ids that Debian gives out, below those of containers' user ranges. */
#define OWN_ID 65532

bool sys_identity_apply(const struct sys_identity *id)
{
    uid_t r;
    uid_t e;
    uid_t s;

    if (!id->change) {
        return true;
    }
    if (setgroups(id->has_group ? 1 : 0, &id->group) < 0 ||
        setresgid(id->gid, id->gid, id->gid) < 0 || setresuid(id->uid, id->uid, id->uid) < 0) {
        return false;
    }
    /* A kernel that said yes and did nothing would be worse than one that said no. */
    if (getresuid(&r, &e, &s) < 0 || r != id->uid || e != id->uid || s != id->uid) {
        errno = EPERM;
        return false;
    }
    return true;
}

static _Noreturn void probe_child(const struct sys_identity *id, const char *path)
{
    if (!sys_identity_apply(id) || !sys_capability_keep(0)) {
        _exit(SYS_PROBE_IMPOSSIBLE);
    }
    _exit(access(path, W_OK) == 0 ? SYS_PROBE_YES : SYS_PROBE_NO);
}

enum sys_probe sys_identity_probe(const struct sys_identity *id, const char *path)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        probe_child(id, path);
    }
    if (child < 0) {
        return SYS_PROBE_IMPOSSIBLE;
    }
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return SYS_PROBE_IMPOSSIBLE;
        }
    }
    if (!WIFEXITED(status)) {
        return SYS_PROBE_IMPOSSIBLE;
    }
    switch (WEXITSTATUS(status)) {
    case SYS_PROBE_YES:
        return SYS_PROBE_YES;
    case SYS_PROBE_NO:
        return SYS_PROBE_NO;
    default:
        return SYS_PROBE_IMPOSSIBLE;
    }
}

/* The user asked for, or the gate's own; `*asked` says which. */
static bool wanted(struct slice user, struct sys_account *account, bool *asked, struct diag *d)
{
    *asked = user.len > 0;
    if (*asked) {
        return sys_account_parse(user, account, d);
    }
    if (!sys_account_find(SLICE("dockgate"), account)) {
        *account = (struct sys_account){OWN_ID, OWN_ID, true};
    }
    return true;
}

/* That account with the group of the engine's socket and no other, unless a group was asked for. */
static void with_group(struct sys_identity *id, const struct sys_account *account,
                       bool explicit_gid, const struct stat *socket)
{
    bool useful = (socket->st_mode & S_IWGRP) != 0;

    *id = (struct sys_identity){.change = true, .uid = account->uid};
    if (explicit_gid) {
        id->gid = account->gid;
        id->has_group = useful && socket->st_gid != account->gid;
        id->group = socket->st_gid;
    } else {
        id->gid = useful ? socket->st_gid : account->has_gid ? account->gid : (gid_t)account->uid;
    }
}

static void without_group(struct sys_identity *id, const struct sys_account *account)
{
    *id = (struct sys_identity){.change = true,
                                .uid = account->uid,
                                .gid = account->has_gid ? account->gid : (gid_t)account->uid};
}

static void stay(struct sys_identity *id, const char *why)
{
    *id = (struct sys_identity){.change = false};
    snprintf(id->note, sizeof(id->note), "%s", why);
}

/* A user that was asked for is taken even if the engine won't have it; the remedy is then in the
 * log. */
static void choose_asked(const char *engine, struct sys_identity *id)
{
    switch (sys_identity_probe(id, engine)) {
    case SYS_PROBE_YES:
        break;
    case SYS_PROBE_NO:
        snprintf(id->note, sizeof(id->note),
                 "the engine's socket does not admit user %u, which DOCKGATE_USER asks for",
                 (unsigned)id->uid);
        break;
    case SYS_PROBE_IMPOSSIBLE:
        stay(id, "cannot change the user here (denied by the kernel or the container): stays root");
        break;
    }
}

/* The gate's own user, else the socket's owner, else root. */
static void choose_own(const char *engine, const struct stat *socket, struct sys_identity *id)
{
    enum sys_probe own = sys_identity_probe(id, engine);

    if (own == SYS_PROBE_YES) {
        return;
    }
    if (own == SYS_PROBE_IMPOSSIBLE) {
        stay(id, "cannot change the user here (denied by the kernel or the container): stays root");
        return;
    }
    *id = (struct sys_identity){.change = true, .uid = socket->st_uid, .gid = socket->st_gid};
    if (socket->st_uid == 0 || sys_identity_probe(id, engine) != SYS_PROBE_YES) {
        stay(id, "stays root: the engine's socket admits nobody else");
    }
}

bool sys_identity_choose(struct slice user, const char *engine, struct sys_identity *id,
                         struct diag *d)
{
    struct sys_account account;
    struct stat socket;
    bool asked;

    *id = (struct sys_identity){.change = false};
    if (!wanted(user, &account, &asked, d)) {
        return diag_wrap(d, "DOCKGATE_USER");
    }
    if (geteuid() != 0) {
        return true;
    }
    if (asked && account.uid == 0) {
        return true; /* asked for, so there is nothing to explain */
    }
    if (engine == NULL) {
        without_group(id, &account);
        if (sys_identity_probe(id, "/") == SYS_PROBE_IMPOSSIBLE) {
            stay(id,
                 "cannot change the user here (denied by the kernel or the container): stays root");
        }
        return true;
    }
    if (stat(engine, &socket) < 0 || !S_ISSOCK(socket.st_mode)) {
        if (asked) {
            without_group(id, &account);
        } else {
            stay(id, "stays root: the engine's socket is not there yet, so its group is unknown "
                     "(DOCKGATE_USER=UID:GID settles it)");
        }
        return true;
    }
    with_group(id, &account, asked && slice_find(user, ':') < user.len, &socket);
    if (asked) {
        choose_asked(engine, id);
    } else {
        choose_own(engine, &socket, id);
    }
    return true;
}
