#include <time.h>

long bad_clock(void);

long
bad_clock(void)
{
	return (long)time(NULL);
}
