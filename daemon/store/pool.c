/* Several links used as one; see the header. */
#include "store/pool.h"

#include <stdio.h>

#include "base/log.h"
#include "base/mem.h"

#define LINKS     4
#define ENOUGH    (12u << 10)            /* bytes under way that one turn of the server takes from a connection */

struct pool {
	struct loop      *loop;
	struct link      *links[LINKS], *at;     /* at: of the request being written */
	enum store_state  state, said;       /* said: what the log knows */
	char              reason[160];
	bool              require_durable, closed;
	void            (*on_state)(void *arg, enum store_state s);
	void             *arg;
};

/* ---- state ---- */

struct news {
	struct pool     *pool;
	enum store_state state;
};

static void
tell(void *arg)
{
	struct news *n = arg;
	struct pool *p = n->pool;

	if (!p->closed && p->on_state)
		p->on_state(p->arg, n->state);
	mem_free(n);
}

/* A pool is buried in a later turn than its last news, so the news finds it. */
static void
tell_later(struct pool *p)
{
	struct news *n = mem_alloc(sizeof *n);

	*n = (struct news){ .pool = p, .state = p->state };
	loop_later(p->loop, tell, n);
}

/* Once per change, not per attempt. */
static void
log_state(struct pool *p)
{
	const struct check *c = link_check(p->links[0]);

	if (p->said == p->state)
		return;
	p->said = p->state;
	switch (p->state) {
	case STORE_READY:
		log_notice("store ready, server=\"%s\"", c->server);
		if (p->require_durable && *c->fsync && strcmp(c->fsync, "always") != 0)
			log_warn("store may lose what it has just accepted when power fails, appendfsync=%s", c->fsync);
		break;
	case STORE_AWAY:
		log_warn("store away, reason=\"%s\"", p->reason);
		break;
	case STORE_REFUSED:
		log_error("store refused, reason=\"%s\"", p->reason);
		break;
	}
}

static enum store_state
worst(const struct pool *p)
{
	enum store_state s = STORE_READY;

	for (int i = 0; i < LINKS; i++) {
		if (link_state(p->links[i]) == STORE_REFUSED)
			return STORE_REFUSED;
		if (link_state(p->links[i]) == STORE_AWAY)
			s = STORE_AWAY;
	}
	return s;
}

static void
update(struct pool *p)
{
	enum store_state s = worst(p);

	if (s == p->state)
		return;
	p->state = s;
	tell_later(p);
}

/* The state comes first: whoever hears of a lost answer finds the store away. */
static void
on_change(void *arg, struct link *l, enum store_state was)
{
	struct pool *p = arg;

	if (link_state(l) == STORE_READY) {
		for (int i = 0; i < LINKS; i++)
			link_kick(p->links[i]);
	} else {
		snprintf(p->reason, sizeof p->reason, "%s", link_reason(l));
	}
	update(p);
	if (p->state == STORE_READY || link_state(l) != STORE_READY)
		log_state(p);
	for (int i = 0; i < LINKS && was == STORE_READY; i++)
		if (link_state(p->links[i]) == STORE_READY)
			link_retry(p->links[i], p->reason);
}

/* ---- requests ---- */

/* Filled one after the other: few requests go in one packet, many over all links. */
static struct link *
pick(struct pool *p)
{
	struct link *least = p->links[0];

	for (int i = 0; i < LINKS; i++) {
		if (link_load(p->links[i]) < ENOUGH)
			return p->links[i];
		if (link_load(p->links[i]) < link_load(least))
			least = p->links[i];
	}
	return least;
}

enum err
pool_begin(struct pool *p, struct wire **out)
{
	if (p->state != STORE_READY)
		return ERR_DOWN;
	p->at = pick(p);
	return link_begin(p->at, out);
}

enum err
pool_send(struct pool *p, const struct call *like)
{
	return link_send(p->at, like);
}

/* ---- life ---- */

struct pool *
pool_open(struct loop *l, const struct redis_conf *conf)
{
	struct pool *p = mem_alloc(sizeof *p);

	*p = (struct pool){ .loop = l, .said = STORE_READY, .reason = "not connected yet",
	                    .require_durable = conf->require_durable, .on_state = conf->on_state, .arg = conf->arg };
	for (int i = 0; i < LINKS; i++)
		p->links[i] = link_open(l, conf, on_change, p);
	return p;
}

void
pool_close(struct pool *p)
{
	p->closed = true;
	for (int i = 0; i < LINKS; i++)
		link_close(p->links[i]);
	loop_bury(p->loop, p);
}

void
pool_stats(const struct pool *p, struct store_stats *out)
{
	*out = (struct store_stats){ .state = p->state };
	for (int i = 0; i < LINKS; i++)
		link_count(p->links[i], out);
	if (p->state != STORE_READY)
		memcpy(out->reason, p->reason, sizeof out->reason);
	memcpy(out->server, link_check(p->links[0])->server, sizeof out->server);
}
