/*
 * The two clocks. Stored deadlines are wall time (ms since 1970, UTC), time-outs inside the process
 * are boot time (ms, counts while suspended). Only app reads them; every floor below is told `now`.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ms(void);
int64_t clock_boot_ms(void);

#define SEC_MS  1000LL
#define MIN_MS  (60 * SEC_MS)
#define HOUR_MS (60 * MIN_MS)
#define DAY_MS  (24 * HOUR_MS)

#endif
