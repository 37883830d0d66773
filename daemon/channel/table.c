/* The drivers. Adding one: its settings, its opening, its hook, one row. */
#include <string.h>

#include "base/mem.h"
#include "channel/channels.h"
#include "channel/kannel.h"
#include "channel/sandbox.h"

static const struct driver {
	const char                *name;
	const struct setting      *keys;
	size_t                     conf_size;
	const struct http_dialect *dialect;      /* NULL: not over a lane */
} drivers[] = {
	{ "sandbox", sandbox_keys, sizeof(struct sandbox_conf), NULL },
	{ "kannel", kannel_keys, sizeof(struct kannel_conf), &kannel_dialect },
};

static const struct driver *
find(const char *name)
{
	for (size_t i = 0; i < ARRAY_N(drivers); i++)
		if (!strcmp(drivers[i].name, name))
			return &drivers[i];
	return NULL;
}

const struct setting *
channel_keys(const char *driver, size_t *conf_size)
{
	const struct driver *d = find(driver);

	if (!d)
		return NULL;
	*conf_size = d->conf_size;
	return d->keys;
}

const char *const *
channel_drivers(void)
{
	static const char *names[ARRAY_N(drivers) + 1];

	for (size_t i = 0; i < ARRAY_N(drivers); i++)
		names[i] = drivers[i].name;
	return names;
}

const struct http_dialect *
channel_dialect(const char *driver)
{
	const struct driver *d = find(driver);

	return d ? d->dialect : NULL;
}

enum err
channel_open(const char *name, const char *driver, const void *conf, const struct channel_env *env,
             struct channel **out, struct diag *why)
{
	const struct driver *d = find(driver);

	if (!d) {
		diag_set(why, 0, "there is no driver called \"%s\"", driver);
		return ERR_SYNTAX;
	}
	return d->dialect ? lane_open(name, d->name, d->dialect, conf, env, out, why) : sandbox_open(name, conf, env, out);
}

enum err
channel_probe(const char *driver, const void *conf, struct loop *l, channel_probe_fn *done, void *arg)
{
	const struct http_dialect *d = channel_dialect(driver);

	return d && d->probe ? lane_probe(d, conf, l, done, arg) : ERR_MISSING;
}

static const struct driver *
driver_of(const struct channel *c)
{
	struct channel_stats s;

	c->ops->stats(c, &s);
	return find(s.driver);
}

enum hook_verdict
channel_hook(struct channel *c, const struct dialect_push *p, dialect_event_fn *event, void *arg, struct dialect_ack *ack)
{
	return driver_of(c)->dialect ? lane_hook(c, p, event, arg, ack) : HOOK_BAD;
}

bool
channel_is_keyed(const struct channel *c)
{
	const struct driver *d = driver_of(c);

	return d->dialect && d->dialect->keyed;
}
