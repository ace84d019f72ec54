/* Gives up rights step by step. Every step stands by itself: what a kernel or a container denies is
 * said once and by name, and the next one follows. The order matters: the bounding set needs a
 * capability, the ids need another, and Landlock and seccomp need no-new-privileges. */
#include "sys/sandbox.h"

#include "sys/capability.h"
#include "sys/landlock.h"
#include "sys/log.h"
#include "sys/sanitized.h"
#include "sys/seccomp.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where name servers listen. TCP is for answers that are too long for a datagram. */
#define NAMES_PORT 53

static void denied(bool done, const char *step)
{
    if (!done) {
        sys_log("sandbox: %s not available here: %s", step, strerror(errno));
    }
}

/* Whether the gate, once it is that identity, could not remove a file from `folder`. In a sticky
 * folder the file's owner could, but who that is may have been changed. */
static bool needs_janitor(const struct sys_identity *id, const char *folder)
{
    struct stat st;

    return stat(folder, &st) < 0 || (st.st_mode & S_ISVTX) != 0 ||
           sys_identity_probe(id, folder) != SYS_PROBE_YES;
}

/* Only root has more rights before than after; for anyone else a janitor could do no more than the
 * gate. */
static bool start_janitor(struct sys_sandbox *s, const struct sys_janitor_folders *f,
                          struct diag *d)
{
    bool needed = false;

    s->janitor = (struct sys_janitor){.pid = 0, .pipe = -1};
    for (size_t i = 0; i < s->nfiles && geteuid() == 0 && !needed; i++) {
        needed = needs_janitor(&s->identity, f->at[i]);
    }
    return !needed || sys_janitor_start(s->files, s->nfiles, &s->janitor, d);
}

static bool change_identity(const struct sys_identity *id)
{
    if (id->note[0] != '\0') {
        sys_log("%s", id->note);
    }
    return sys_identity_apply(id);
}

static bool enter_landlock(const struct sys_sandbox *s, const struct sys_janitor_folders *f)
{
    struct sys_landlock what = {.connect_port = s->engine_port,
                                .names_port = s->looks_up ? NAMES_PORT : 0,
                                .read_in = s->read_in,
                                .read_proc = s->read_proc};

    if (s->janitor.pid == 0) {
        what.remove_from = f->at;
        what.nremove_from = s->nfiles;
    }
    return sys_landlock_enter(&what);
}

bool sys_sandbox_enter(struct sys_sandbox *s, struct diag *d)
{
    static struct sys_janitor_folders folders;

    if (s->nfiles > SYS_JANITOR_FILES) {
        return diag_set(d, "more than %d unix sockets", SYS_JANITOR_FILES);
    }
    sys_janitor_find_folders(s->files, s->nfiles, &folders);
    if (!start_janitor(s, &folders, d)) {
        return false;
    }
    denied(sys_capability_bound(), "dropping the capability bounding set");
    denied(change_identity(&s->identity), "changing the user");
    denied(sys_capability_keep(0), "dropping capabilities");
    denied(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no-new-privileges");
    /* Nobody attaches to the gate, not even its own user; the leak checker would. */
    denied(SYS_SANITIZED || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "protection from debuggers");
    denied(enter_landlock(s, &folders), "Landlock");
    return true;
}

void sys_sandbox_seal(enum sys_seccomp_role role)
{
    denied(sys_seccomp_enter(role), "seccomp");
}

void sys_sandbox_leave(struct sys_sandbox *s)
{
    sys_janitor_finish(&s->janitor);
}
