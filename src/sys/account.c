/* Looks users and groups up in /etc/passwd and /etc/group, as text files: the C library's name
 * service loads modules at run time and has no place in a static binary. Numbers need no file. In
 * the image there is no /etc/passwd at all. */
#include "sys/account.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>

/* One below (uid_t)-1, which stands for "no change" in the system calls. */
#define ID_MAX UINT64_C(0xfffffffe)

#define SHOWN 64

static int shown(struct slice s)
{
    return (int)(s.len < SHOWN ? s.len : SHOWN);
}

bool sys_account_find(struct slice name, struct sys_account *account)
{
    bool found = false;
    FILE *file = fopen("/etc/passwd", "re");

    if (file == NULL) {
        return false;
    }
    for (struct passwd *p = fgetpwent(file); p != NULL && !found; p = fgetpwent(file)) {
        if (slice_equal(slice_from_text(p->pw_name), name)) {
            *account = (struct sys_account){p->pw_uid, p->pw_gid, true};
            found = true;
        }
    }
    fclose(file);
    return found;
}

static bool find_group(struct slice name, gid_t *gid)
{
    bool found = false;
    FILE *file = fopen("/etc/group", "re");

    if (file == NULL) {
        return false;
    }
    for (struct group *g = fgetgrent(file); g != NULL && !found; g = fgetgrent(file)) {
        if (slice_equal(slice_from_text(g->gr_name), name)) {
            *gid = g->gr_gid;
            found = true;
        }
    }
    fclose(file);
    return found;
}

bool sys_account_uid(struct slice text, uid_t *uid, struct diag *d)
{
    struct sys_account account;
    uint64_t number;

    if (slice_to_u64(text, 10, ID_MAX, &number)) {
        *uid = (uid_t)number;
        return true;
    }
    if (!sys_account_find(text, &account)) {
        return diag_set(d, "there is no user \"%.*s\" in /etc/passwd; a number will do",
                        shown(text), text.at);
    }
    *uid = account.uid;
    return true;
}

bool sys_account_gid(struct slice text, gid_t *gid, struct diag *d)
{
    uint64_t number;

    if (slice_to_u64(text, 10, ID_MAX, &number)) {
        *gid = (gid_t)number;
        return true;
    }
    if (!find_group(text, gid)) {
        return diag_set(d, "there is no group \"%.*s\" in /etc/group; a number will do",
                        shown(text), text.at);
    }
    return true;
}

bool sys_account_parse(struct slice text, struct sys_account *account, struct diag *d)
{
    size_t colon = slice_find(text, ':');

    *account = (struct sys_account){.has_gid = false};
    if (colon < text.len) {
        account->has_gid = true;
        return sys_account_uid(slice_of(text.at, colon), &account->uid, d) &&
               sys_account_gid(slice_of(text.at + colon + 1, text.len - colon - 1), &account->gid,
                               d);
    }
    if (slice_equal(text,
                    SLICE("root"))) { /* also where there is no /etc/passwd, as in the image */
        account->has_gid = true;
        return true;
    }
    return sys_account_find(text, account) || sys_account_uid(text, &account->uid, d);
}
