/* Files that a command reads, with a maximum. */
#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Until the end, or until there is one byte more than `max`. */
static bool read_all(int fd, char *at, size_t max, size_t *len)
{
    *len = 0;
    while (*len <= max) {
        ssize_t got = read(fd, at + *len, max + 1 - *len);

        if (got == 0) {
            return true;
        }
        if (got < 0 && errno != EINTR) {
            return false;
        }
        *len += got > 0 ? (size_t)got : 0;
    }
    return true;
}

char *file_read(const char *path, size_t max, size_t *len, struct diag *d)
{
    bool standard = strcmp(path, "-") == 0;
    char *at = malloc(max + 1);
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    bool ok = false;

    if (at == NULL) {
        diag_set(d, "%s: no memory", path);
    } else if (fd < 0 || !read_all(fd, at, max, len)) {
        diag_set(d, "%s: %s", path, strerror(errno));
    } else if (*len > max) {
        diag_set(d, "%s: larger than %zu bytes", path, max);
    } else {
        ok = true;
    }
    if (fd >= 0 && !standard) {
        (void)close(fd); /* it was only read */
    }
    if (!ok) {
        free(at);
        return NULL;
    }
    return at;
}
