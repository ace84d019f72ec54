/* The clocks. */
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC and CLOCK_REALTIME. */
uint64_t sys_clock_us(void);
uint64_t sys_clock_unix_us(void);
uint64_t sys_clock_unix_ms(void);

#endif
