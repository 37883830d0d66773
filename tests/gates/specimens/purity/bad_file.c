#include <stdio.h>

FILE *bad_file(void);

FILE *
bad_file(void)
{
	return fopen("/etc/hailong/hailong.conf", "r");
}
