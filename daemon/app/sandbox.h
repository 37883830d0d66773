/* The sandbox's shelf: what would have been sent, sealed, the newest thousand; readable for trials only. */
#ifndef APP_SANDBOX_H
#define APP_SANDBOX_H

#include "app/engine.h"
#include "channel/channels.h"

struct shelf sandbox_shelf(struct engine *e);

/* list: JSON array of {"at","channel","to","text","ref"}, oldest first; to "" = everybody's. Called in a later turn;
 * ERR_*: no list. */
typedef void sandbox_list_fn(void *arg, enum err e, struct sv list);
MUST_CHECK enum err sandbox_list(struct engine *e, const char *to, sandbox_list_fn *fn, void *arg);

#endif
