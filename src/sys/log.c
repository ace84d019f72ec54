/* The gate's own events on standard error: each line is one write, so that lines of several threads
 * never mix. For start, stop and rare trouble; the access log is another matter. Works inside the
 * sandbox: no stdio, no allocation. */
#include "sys/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Less than a page: a pipe that polls writable takes it at once. */
#define LINE_MAX_LEN 2048

/* How long a reader is waited for that takes nothing. */
#define PATIENCE_MS 200

static const char PREFIX[] = "dockgate: ";

/* A line break inside the text would let it look like two events. */
static void flatten(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
            text[i] = ' ';
        }
    }
}

/* A pipe that nobody empties must not stop the loop. Where the wait was in vain there is none the
 * next time, until the reader takes bytes again. */
static bool is_read(void)
{
    static atomic_bool in_vain;
    struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
    bool ready = poll(&fd, 1, atomic_load(&in_vain) ? 0 : PATIENCE_MS) != 0;

    atomic_store(&in_vain, !ready);
    return ready;
}

void sys_log(const char *format, ...)
{
    char line[LINE_MAX_LEN];
    const size_t start = sizeof(PREFIX) - 1;
    const size_t room = sizeof(line) - start - 1; /* one byte for the line's end */
    va_list arguments;

    memcpy(line, PREFIX, start);
    va_start(arguments, format);
    int wanted = vsnprintf(line + start, room, format, arguments);
    va_end(arguments);
    size_t len = wanted < 0 ? 0 : (size_t)wanted < room ? (size_t)wanted : room - 1;

    flatten(line + start, len);
    line[start + len] = '\n';
    if (!is_read() || write(STDERR_FILENO, line, start + len + 1) < 0) {
        return; /* nobody reads standard error: there is no other place to say so */
    }
}
