#include "base/log.h"

void bad_log(void);

void
bad_log(void)
{
	log_info("decided");
}
