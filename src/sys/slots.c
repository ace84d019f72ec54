/* Two places of a file, read whole and written whole. */
#include "sys/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool prepare(struct sys_slots *s, const char *path, bool reading, struct diag *d)
{
    struct stat st;

    if (fstat(s->fd, &st) < 0) {
        return diag_set(d, "%s: %s", path, strerrordesc_np(errno));
    }
    if (!S_ISREG(st.st_mode)) {
        return diag_set(d, "%s: no regular file", path);
    }
    if (!reading && flock(s->fd, LOCK_EX | LOCK_NB) < 0) {
        return diag_set(d, "%s: %s", path,
                        errno == EWOULDBLOCK ? "another dockgate writes it"
                                             : strerrordesc_np(errno));
    }
    return true;
}

bool sys_slots_open(struct sys_slots *s, const char *path, size_t size, bool reading,
                    struct diag *d)
{
    int how = reading ? O_RDONLY : O_RDWR | O_CREAT;

    s->size = size;
    /* A pipe must not make the start hang. */
    s->fd = open(path, how | O_CLOEXEC | O_NONBLOCK, 0600);
    if (s->fd < 0) {
        return diag_set(d, "%s: %s", path, strerrordesc_np(errno));
    }
    if (!prepare(s, path, reading, d)) {
        sys_slots_close(s);
        return false;
    }
    return true;
}

bool sys_slots_read(const struct sys_slots *s, unsigned slot, char *at, size_t *len)
{
    *len = 0;
    while (*len < s->size) {
        ssize_t n = pread(s->fd, at + *len, s->size - *len, (off_t)(slot * s->size + *len));

        if (n < 0 && errno != EINTR) {
            return false;
        }
        if (n == 0) {
            break;
        }
        *len += n > 0 ? (size_t)n : 0;
    }
    return true;
}

bool sys_slots_write(const struct sys_slots *s, unsigned slot, struct slice text)
{
    off_t at = (off_t)(slot * s->size);

    if (text.len > s->size) {
        errno = EFBIG;
        return false;
    }
    while (text.len > 0) {
        ssize_t n = pwrite(s->fd, text.at, text.len, at);

        if (n < 0 && errno != EINTR) {
            return false;
        }
        if (n > 0) {
            text = slice_sub(text, (size_t)n, text.len);
            at += n;
        }
    }
    return fdatasync(s->fd) == 0;
}

void sys_slots_close(struct sys_slots *s)
{
    if (s->fd >= 0) {
        (void)close(s->fd); /* what counts was waited for by fdatasync */
    }
    s->fd = -1;
}
