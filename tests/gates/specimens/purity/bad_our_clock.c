#include "base/clock.h"

int64_t bad_our_clock(void);

int64_t
bad_our_clock(void)
{
	return clock_wall_ms();
}
