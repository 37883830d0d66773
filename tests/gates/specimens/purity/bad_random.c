#include <stdlib.h>
#include <sys/random.h>

long bad_random(void);

long
bad_random(void)
{
	long r = 0;

	return getrandom(&r, sizeof r, 0) < 0 ? 0 : r;
}
