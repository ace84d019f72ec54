/* The gate's own events, on standard error: one line each, "dockgate: text". Never blocks for long;
 * never called per request. */
#ifndef SYS_LOG_H
#define SYS_LOG_H

__attribute__((format(printf, 1, 2))) void sys_log(const char *format, ...);

#endif
