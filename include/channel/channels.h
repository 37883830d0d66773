/*
 * The table of drivers and what app needs of them: settings keys by driver name, opening a channel,
 * and handing a provider's push to it. Adding a provider: docs/CHANNELS.md.
 */
#ifndef CHANNEL_CHANNELS_H
#define CHANNEL_CHANNELS_H

#include "io/loop.h"
#include "port/channel.h"
#include "port/dialect.h"
#include "port/setting.h"

/* Where the sandbox keeps what it "sent"; implemented by app on the store. done is called in a later turn,
 * exactly once, after the message is durable (ERR_OK) or certainly not (anything else). */
typedef void shelf_done_fn(void *arg, enum err e);
struct shelf {
	enum err (*put)(void *arg, const char *channel, const struct outmsg *m, shelf_done_fn *done, void *done_arg);
	void *arg;
};

struct channel_env {
	struct loop  *loop;
	struct shelf  shelf;
	void        (*on_room)(void *arg, struct channel *c);    /* room appeared without being asked */
	void         *arg;
};

/* Keys of a driver for the settings loader (common lane keys included), and the size of the struct they
 * fill; NULL when there is no such driver. */
const struct setting *channel_keys(const char *driver, size_t *conf_size);
/* Names of all drivers, NULL-terminated, for messages and the sample. */
const char *const    *channel_drivers(void);

/* NULL: there is no such driver, or it is not a dialect of HTTP. */
const struct http_dialect *channel_dialect(const char *driver);

/* conf is the filled settings struct; it must outlive the channel. ERR_SYNTAX and friends with *why. */
MUST_CHECK enum err channel_open(const char *name, const char *driver, const void *conf,
                                 const struct channel_env *env, struct channel **out, struct diag *why);

/* Asks the provider, with a call that sends nothing, whether it would take our messages. done is called in a later turn,
 * exactly once; said is the provider's answer for people. ERR_MISSING: this driver has no such call. */
typedef void channel_probe_fn(void *arg, bool good, const char *said);
MUST_CHECK enum err channel_probe(const char *driver, const void *conf, struct loop *l, channel_probe_fn *done, void *arg);

/* A push for this channel; see dialect.h. now_ms: boot clock, for the statistics. A channel without pushes
 * answers HOOK_BAD. */
enum hook_verdict channel_hook(struct channel *c, const struct dialect_push *p, dialect_event_fn *event, void *arg,
                               struct dialect_ack *ack);
bool channel_is_keyed(const struct channel *c);

#endif
