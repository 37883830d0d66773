/*
 * Is this the server we were told about, and may we rely on it? Asked on every new connection before anybody
 * else may use it: log in, look at its role and settings, and only then write our marks or compare them.
 */
#include <stdio.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/mem.h"
#include "base/num.h"
#include "store/link.h"

#define SCHEMA        "1"
#define VERSION_FIRST 7                  /* scripts with flags, XAUTOCLAIM that tells what is gone */

static void
send(struct link *l, link_fn *fn)
{
	/* What cannot be sent ends with the connection or with its patience. */
	(void)!link_send(l, &(struct call){ .fn = fn });
}

static void
ask(struct link *l, link_fn *fn, const char *verb, const char *const *parts, size_t n)
{
	struct wire *w = link_wire(l);

	wire_command(w, verb, n);
	for (size_t i = 0; i < n; i++)
		wire_add(w, sv_of(parts[i]));
	send(l, fn);
}

#define ASK(l, fn, verb, ...) \
	ask(l, fn, verb, (const char *const[]){ __VA_ARGS__ }, ARRAY_N(((const char *const[]){ __VA_ARGS__ })))

/* An error answer to one of our questions. True: it is dealt with. No answer at all: the link knows already. */
static bool
failed(struct call *c, enum err e, const redisReply *r)
{
	if (!r)
		return true;
	if (!e)
		return false;
	if (e == ERR_DOWN || e == ERR_FULL)
		link_retry(c->link, r->str);
	else
		link_refuse(c->link, r->str);
	return true;
}

/* ---- our marks ---- */

static bool
is_text(const redisReply *r, const char *want)
{
	return r->type == REDIS_REPLY_STRING && sv_is((struct sv){ r->str, r->len }, want);
}

static void
on_marks(struct call *c, enum err e, const redisReply *r)
{
	char partitions[24];

	if (failed(c, e, r))
		return;
	snprintf(partitions, sizeof partitions, "%d", link_conf(c->link)->partitions);
	if (r->type != REDIS_REPLY_ARRAY || r->elements != 2)
		link_refuse(c->link, "HMGET is answered with something else");
	else if (r->element[0]->type == REDIS_REPLY_NIL)
		link_retry(c->link, "the server does not take our marks (full?)");
	else if (!is_text(r->element[0], SCHEMA))
		link_refuse(c->link, "the data were written by another version of the schema");
	else if (!is_text(r->element[1], partitions))
		link_refuse(c->link, "the data were made with another number of partitions, which is fixed at the first start");
	else
		link_ready(c->link);
}

/* Whatever is the matter, the marks that stand decide, and a script not loaded is sent with its first use. */
static void
on_tried(struct call *c, enum err e, const redisReply *r)
{
	(void)c, (void)e, (void)r;
}

static void
compare_marks(struct link *l)
{
	const struct redis_conf *conf = link_conf(l);
	char partitions[24];

	snprintf(partitions, sizeof partitions, "%d", conf->partitions);
	for (int i = 0; i < SCRIPT_MAX; i++)
		ASK(l, on_tried, "SCRIPT", "LOAD", script_body((enum script)i));
	ASK(l, on_tried, "HSETNX", conf->sys_key, "schema", SCHEMA);
	ASK(l, on_tried, "HSETNX", conf->sys_key, "partitions", partitions);
	ASK(l, on_marks, "HMGET", conf->sys_key, "schema", "partitions");
}

/* ---- the server ---- */

/* The value of a line `name:value` of INFO. */
static struct sv
info(struct sv text, const char *name)
{
	while (text.p) {
		struct sv line = sv_trim(sv_cut(&text, '\n'));

		if (sv_is(sv_cut(&line, ':'), name) && line.p)
			return line;
	}
	return SV("");
}

static const char *
fault(struct sv text, bool require_durable)
{
	struct sv version = info(text, "redis_version");
	int64_t major;

	if (num_parse(sv_cut(&version, '.'), 0, 1000000, &major) || major < VERSION_FIRST)
		return "the server is older than Redis 7.0";
	if (!sv_is(info(text, "role"), "master"))
		return "the server is a replica";
	if (!sv_is(info(text, "maxmemory_policy"), "noeviction"))
		return "the server may throw our data away (maxmemory-policy must be noeviction)";
	if (require_durable && !sv_is(info(text, "aof_enabled"), "1"))
		return "the server does not keep its data on disk (appendonly must be yes)";
	return NULL;
}

static void
describe(struct check *k, struct sv text)
{
	struct sv version = info(text, "redis_version");
	bool aof = sv_is(info(text, "aof_enabled"), "1");

	if (version.n > 20)
		version.n = 20;
	snprintf(k->server, sizeof k->server, "redis " SV_FMT ", AOF %s", SV_ARG(version),
	         !aof ? "off" : *k->fsync ? k->fsync : "on");
}

static void
on_info(struct call *c, enum err e, const redisReply *r)
{
	const struct redis_conf *conf = link_conf(c->link);
	struct check *k = link_check(c->link);
	struct sv text;
	const char *why;

	if (failed(c, e, r))
		return;
	if (r->type != REDIS_REPLY_STRING) {
		link_refuse(c->link, "INFO is answered with something else");
		return;
	}
	text = (struct sv){ r->str, r->len };
	why = fault(text, conf->require_durable);
	if (sv_is(info(text, "loading"), "1"))
		link_retry(c->link, "the server is loading its data");
	else if (why)
		link_refuse(c->link, why);
	else {
		describe(k, text);
		compare_marks(c->link);
	}
}

/* Often forbidden; then only the operator can know. */
static void
on_fsync(struct call *c, enum err e, const redisReply *r)
{
	struct check *k = link_check(c->link);

	if (!e && r->type == REDIS_REPLY_ARRAY && r->elements == 2 && r->element[1]->type == REDIS_REPLY_STRING)
		(void)sv_copy((struct sv){ r->element[1]->str, r->element[1]->len }, k->fsync, sizeof k->fsync);
}

static void
on_login(struct call *c, enum err e, const redisReply *r)
{
	(void)failed(c, e, r);
}

void
check_start(struct link *l)
{
	const struct redis_conf *conf = link_conf(l);
	char db[24];

	*link_check(l) = (struct check){ 0 };
	if (*conf->password && *conf->user)
		ASK(l, on_login, "AUTH", conf->user, conf->password);
	else if (*conf->password)
		ASK(l, on_login, "AUTH", conf->password);
	snprintf(db, sizeof db, "%d", conf->db);
	if (conf->db)
		ASK(l, on_login, "SELECT", db);
	ASK(l, on_tried, "CLIENT", "SETNAME", "hailong");
	ASK(l, on_fsync, "CONFIG", "GET", "appendfsync");
	ask(l, on_info, "INFO", NULL, 0);
}
