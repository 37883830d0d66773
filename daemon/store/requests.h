/* What both stores say about requests before carrying them out. */
#ifndef STORE_REQUESTS_H
#define STORE_REQUESTS_H

#include "base/err.h"
#include "port/store.h"

#define STORE_RUNNING_MAX 4096

static inline int
page_size(int max)
{
	must(max > 0);
	return max < STORE_PAGE_MAX ? max : STORE_PAGE_MAX;
}

#endif
