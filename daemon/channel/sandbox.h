/* The built-in phone: "sends" to a shelf the operator can look at. For trials and the first run. */
#ifndef CHANNEL_SANDBOX_H
#define CHANNEL_SANDBOX_H

#include "channel/channels.h"

struct sandbox_conf { struct channel_conf channel; };

extern const struct setting sandbox_keys[];

MUST_CHECK enum err sandbox_open(const char *name, const void *conf, const struct channel_env *env,
                                 struct channel **out);

#endif
