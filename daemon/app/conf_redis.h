/* Where the store is: redis.url taken apart. */
#ifndef APP_CONF_REDIS_H
#define APP_CONF_REDIS_H

#include "app/conf.h"

/* Fills user, host, port, socket and db from url; dir is the folder a relative socket path starts from. */
MUST_CHECK enum err conf_redis_url(struct conf_redis *r, const char *dir, struct diag *why);

#endif
