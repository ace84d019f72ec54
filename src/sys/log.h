/* The gate's own events, on standard error: one line each, "dockgate: text". A reader that takes
 * nothing is waited for a moment, once; then lines are dropped. Never called per request. */
#ifndef SYS_LOG_H
#define SYS_LOG_H

__attribute__((format(printf, 1, 2))) void sys_log(const char *format, ...);

#endif
