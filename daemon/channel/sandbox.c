/* The sandbox channel; see the header. A message is accepted when the shelf has it for good. */
#include "channel/sandbox.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define AT_ONCE 256

struct sandbox {
	struct channel       channel;
	char                *name;
	struct channel_env   env;
	bool                 paused, closed;
	bool                 asked;              /* somebody waits for room to appear */
	struct channel_stats stats;
};

struct shelving {
	struct sandbox     *box;
	channel_done_fn    *done;
	void               *arg;
};

const struct setting sandbox_keys[] = { CHANNEL_KEYS(struct sandbox_conf, channel), SETTING_END };

static int
room(struct channel *c, int64_t now, int64_t *wait)
{
	struct sandbox *b = (struct sandbox *)c;
	int n = b->paused ? 0 : AT_ONCE - b->stats.running;

	(void)now;
	*wait = -1;
	b->asked = b->asked || !n;
	return n;
}

static void
say_room(struct sandbox *b)
{
	if (!b->asked || b->paused)
		return;
	b->asked = false;
	if (b->env.on_room)
		b->env.on_room(b->env.arg, &b->channel);
}

static void
free_box(struct sandbox *b)
{
	mem_free(b->name);
	mem_free(b);
}

static void
on_shelved(void *arg, enum err e)
{
	struct shelving *s = arg;
	struct sandbox *b = s->box;
	struct send_result r = { .end = SEND_ACCEPTED, .retry_after_ms = -1 };

	b->stats.running--;
	if (b->closed) {
		if (!b->stats.running)
			free_box(b);
		mem_free(s);
		return;
	}
	if (e) {
		/* A text on the shelf twice pesters nobody, one that is missing hides what would have been sent. */
		r.end = SEND_NOT_SENT;
		snprintf(r.detail, sizeof r.detail, "%s", err_text(e));
		b->stats.not_sent++;
		memcpy(b->stats.last_error, r.detail, sizeof b->stats.last_error);
		b->stats.last_error_at_ms = clock_boot_ms();
	} else {
		b->stats.accepted++;
	}
	b->stats.running++;                          /* the box stays while it is told of, also when that closes it */
	s->done(s->arg, &r);
	mem_free(s);
	b->stats.running--;
	if (!b->closed)
		say_room(b);
	else if (!b->stats.running)
		free_box(b);
}

static enum err
send(struct channel *c, const struct outmsg *m, channel_done_fn *done, void *arg)
{
	struct sandbox *b = (struct sandbox *)c;
	struct shelving *s;
	int64_t wait;
	enum err e;

	if (!room(c, 0, &wait))
		return ERR_BUSY;
	s = mem_alloc(sizeof *s);
	*s = (struct shelving){ b, done, arg };
	e = b->env.shelf.put(b->env.shelf.arg, b->name, m, on_shelved, s);
	if (e)
		mem_free(s);
	else
		b->stats.running++;
	return e ? ERR_BUSY : ERR_OK;
}

static void
stats(const struct channel *c, struct channel_stats *out)
{
	const struct sandbox *b = (const struct sandbox *)c;

	*out = b->stats;
	out->name = b->name;
	out->driver = "sandbox";
	out->state = b->paused ? "paused" : "up";
}

static void
set_paused(struct channel *c, bool on)
{
	struct sandbox *b = (struct sandbox *)c;

	b->paused = on;
	say_room(b);
}

static void
close_box(struct channel *c)
{
	struct sandbox *b = (struct sandbox *)c;

	b->closed = true;
	if (!b->stats.running)
		free_box(b);
}

static const struct channel_ops ops = { room, send, stats, set_paused, close_box };

enum err
sandbox_open(const char *name, const void *conf, const struct channel_env *env, struct channel **out)
{
	struct sandbox *b = mem_alloc(sizeof *b);

	(void)conf;
	b->channel.ops = &ops;
	b->name = mem_strdup(name);
	b->env = *env;
	*out = &b->channel;
	return ERR_OK;
}
