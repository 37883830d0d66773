/* The connection; see the header. hiredis 0.14 has no time-outs of its own in asynchronous use, so they are here. */
#include "store/link.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>

#include <hiredis/adapters/libevent.h>
#include <hiredis/async.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "store/scripts.h"

#define CONNECT_MS   500
#define COMMAND_MS   1000
#define WATCH_MS     100
#define BACKOFF_MIN  50
#define BACKOFF_MAX  2000
#define REFUSED_MS   5000                /* a server that failed its check is asked again so often */
#define RUNNING_MAX  4096
#define BYTES_MAX    (64 * 1024 * 1024)  /* of requests without an answer: hiredis' buffer has no limit */
#define ARGV_MAX     (STORE_ARGS_MAX + 4 * STORE_KEYS_MAX + 8)

struct request {
	STAILQ_ENTRY(request) next;
	struct link *link;
	link_fn     *fn;
	void        *arg;
	int64_t      sent_ms;
	size_t       bytes;
};

struct link {
	struct loop       *loop;
	struct redis_conf  conf;             /* texts owned */
	redisAsyncContext *ac;
	enum store_state   state, told;
	bool               checking, telling, closing;
	char               reason[160], server[64];
	STAILQ_HEAD(, request) running;
	int                n_running;
	size_t             bytes;
	int64_t            requests, timeouts, connects, began_ms;
	int                failures;
	struct loop_timer *watch, *again;
};

static void connect_now(void *arg);

/* ---- state ---- */

static void
tell(void *arg)
{
	struct link *k = arg;

	k->telling = false;
	if (k->closing) {
		mem_free(k);
		return;
	}
	if (k->told == k->state)
		return;
	k->told = k->state;
	if (k->conf.on_state)
		k->conf.on_state(k->conf.arg, k->state);
}

static void
set_state(struct link *k, enum store_state s)
{
	k->state = s;
	if (!k->telling) {
		k->telling = true;
		loop_later(k->loop, tell, k);
	}
}

static int64_t
jitter(int64_t max)
{
	uint32_t r = 0;

	if (getrandom(&r, sizeof r, 0) != (ssize_t)sizeof r)
		r = (uint32_t)clock_boot_ms();
	return 1 + (int64_t)(r % (uint64_t)max);
}

static void
connect_later(struct link *k)
{
	int64_t top = BACKOFF_MIN;

	for (int i = 0; i < k->failures && top < BACKOFF_MAX; i++)
		top *= 2;
	k->failures++;
	loop_timer_start(k->again, k->state == STORE_REFUSED ? REFUSED_MS : jitter(top < BACKOFF_MAX ? top : BACKOFF_MAX));
}

/* Ends the connection: hiredis hands every request without an answer a NULL reply. */
static void
drop(struct link *k, enum store_state state, const char *why)
{
	redisAsyncContext *ac = k->ac;

	if (k->state == STORE_READY || k->reason[0] == '\0' || state == STORE_REFUSED)
		log_warn("store away, reason=\"%s\"", why);
	snprintf(k->reason, sizeof k->reason, "%s", why);
	k->ac = NULL;
	k->checking = false;
	set_state(k, state);
	if (ac) {
		ac->data = NULL;
		redisAsyncFree(ac);
	}
	if (!k->closing)
		connect_later(k);
}

/* ---- answers ---- */

static const struct { const char *prefix; enum err e; bool drop; } errors[] = {
	{ "OOM ", ERR_FULL, false }, { "MISCONF ", ERR_FULL, false }, { "NOREPLICAS ", ERR_FULL, false },
	{ "READONLY ", ERR_DOWN, true }, { "MASTERDOWN ", ERR_DOWN, true }, { "LOADING ", ERR_DOWN, true },
	{ "CLUSTERDOWN ", ERR_DOWN, true }, { "MOVED ", ERR_DOWN, true }, { "ASK ", ERR_DOWN, true },
	{ "NOAUTH ", ERR_DOWN, true }, { "WRONGPASS ", ERR_DOWN, true }, { "TRYAGAIN ", ERR_DOWN, false },
	{ "BUSY ", ERR_DOWN, false },
	{ "NOSCRIPT ", ERR_DOWN, true },             /* somebody flushed the scripts: the next connection loads them */
	{ "NOGROUP ", ERR_MISSING, false },
};

static enum err
error_of(struct link *k, const redisReply *r, bool *drop_it)
{
	*drop_it = false;
	if (r->type != REDIS_REPLY_ERROR)
		return ERR_OK;
	for (size_t i = 0; i < ARRAY_N(errors); i++)
		if (!strncmp(r->str, errors[i].prefix, strlen(errors[i].prefix))) {
			*drop_it = errors[i].drop && !k->checking;
			return errors[i].e;
		}
	log_error("store refused a request, answer=\"%.80s\"", r->str);
	return ERR_CORRUPT;
}

static void
on_reply(redisAsyncContext *ac, void *reply, void *arg)
{
	struct request *q = arg;
	struct link *k = q->link;
	bool drop_it = false;
	enum err e = reply ? error_of(k, reply, &drop_it) : ERR_TIMEOUT;

	(void)ac;
	STAILQ_REMOVE(&k->running, q, request, next);
	k->n_running--;
	k->bytes -= q->bytes;
	k->timeouts += !reply;
	if (k->closing && q->arg != k)
		mem_free(q->arg);
	else if (q->fn && !k->closing)
		q->fn(q->arg, e, e ? NULL : reply);
	mem_free(q);
	if (drop_it && k->ac)
		drop(k, STORE_AWAY, ((redisReply *)reply)->str);
}

static enum err
send_raw(struct link *k, int argc, const struct sv *argv, link_fn *fn, void *arg)
{
	const char *p[ARGV_MAX];
	size_t n[ARGV_MAX], bytes = 0;
	struct request *q;

	if (!k->ac)
		return ERR_DOWN;
	if (argc > ARGV_MAX)
		return ERR_TOOBIG;
	for (int i = 0; i < argc; i++) {
		p[i] = argv[i].p ? argv[i].p : "";
		n[i] = argv[i].n;
		bytes += n[i];
	}
	if (k->n_running >= RUNNING_MAX || k->bytes + bytes > BYTES_MAX)
		return ERR_BUSY;
	q = mem_alloc(sizeof *q);
	*q = (struct request){ .link = k, .fn = fn, .arg = arg, .sent_ms = clock_boot_ms(), .bytes = bytes };
	if (redisAsyncCommandArgv(k->ac, on_reply, q, argc, p, n) != REDIS_OK) {
		mem_free(q);
		return ERR_DOWN;
	}
	STAILQ_INSERT_TAIL(&k->running, q, next);
	k->n_running++;
	k->bytes += bytes;
	k->requests++;
	return ERR_OK;
}

enum err
link_send(struct link *k, int argc, const struct sv *argv, link_fn *fn, void *arg)
{
	return k->state == STORE_READY ? send_raw(k, argc, argv, fn, arg) : ERR_DOWN;
}

/* ---- checking a new connection ---- */

static void
refuse(struct link *k, const char *why)
{
	if (!k->reason[0])
		snprintf(k->reason, sizeof k->reason, "%s", why);
}

static void
on_must_work(void *arg, enum err e, const redisReply *r)
{
	(void)r;
	if (e && e != ERR_TIMEOUT)
		refuse(arg, "the server refused a command of the check (password, user's rights or database number)");
}

/* The value of a line of INFO; "" when it is not there. */
static void
info(const redisReply *r, const char *name, char *out, size_t size)
{
	struct sv rest = { r->str, r->len }, value;

	out[0] = '\0';
	while (rest.p) {
		struct sv line = sv_trim(sv_cut(&rest, '\n'));

		value = line;
		if (sv_is(sv_cut(&value, ':'), name) && value.p) {
			(void)sv_copy(value, out, size);
			return;
		}
	}
}

static void
on_info(void *arg, enum err e, const redisReply *r)
{
	struct link *k = arg;
	char version[24], role[16], policy[24], aof[4], loading[4];

	if (e || r->type != REDIS_REPLY_STRING) {
		refuse(k, "INFO is not answered");
		return;
	}
	info(r, "redis_version", version, sizeof version);
	info(r, "role", role, sizeof role);
	info(r, "maxmemory_policy", policy, sizeof policy);
	info(r, "aof_enabled", aof, sizeof aof);
	info(r, "loading", loading, sizeof loading);
	snprintf(k->server, sizeof k->server, "redis %s, AOF %s", version, strcmp(aof, "1") ? "off" : "on");
	if (strcmp(role, "master") != 0)
		refuse(k, "the server is a replica");
	else if (strcmp(policy, "noeviction") != 0)
		refuse(k, "the server may evict our data (maxmemory-policy must be noeviction)");
	else if (strcmp(aof, "1") != 0 && k->conf.require_durable)
		refuse(k, "the server has no AOF (appendonly yes, or redis.require_durable = false for trials)");
}

static void
on_fsync(void *arg, enum err e, const redisReply *r)
{
	(void)arg;
	/* CONFIG may be forbidden to us; then nobody but the operator can know. */
	if (e || r->type != REDIS_REPLY_ARRAY || r->elements != 2 || r->element[1]->type != REDIS_REPLY_STRING)
		return;
	if (strcmp(r->element[1]->str, "always") != 0)
		log_warn("the store may lose the last second at a power cut, appendfsync=%s", r->element[1]->str);
}

static void
on_sys(void *arg, enum err e, const redisReply *r)
{
	struct link *k = arg;
	char want[16];

	if (e || r->type != REDIS_REPLY_ARRAY || r->elements != 2 || r->element[0]->type != REDIS_REPLY_STRING
	    || r->element[1]->type != REDIS_REPLY_STRING) {
		refuse(k, "the store's own marks cannot be read");
		return;
	}
	snprintf(want, sizeof want, "%d", k->conf.partitions);
	if (strcmp(r->element[0]->str, "1") != 0)
		refuse(k, "the store was written by a newer version (schema)");
	else if (strcmp(r->element[1]->str, want) != 0)
		refuse(k, "the store was made with another number of partitions (redis.partitions is fixed at the first start)");
}

static void
on_checked(void *arg, enum err e, const redisReply *r)
{
	struct link *k = arg;
	char why[sizeof k->reason];

	(void)r;
	if (!k->ac || !k->checking)
		return;
	if (e)
		refuse(k, "scripts cannot be loaded");
	memcpy(why, k->reason, sizeof why);
	if (why[0]) {
		k->reason[0] = '\0';
		drop(k, STORE_REFUSED, why);
		return;
	}
	k->checking = false;
	k->failures = 0;
	set_state(k, STORE_READY);
	log_notice("store ready, server=\"%s\"", k->server);
}

static bool
ask(struct link *k, link_fn *fn, int argc, ...)
{
	struct sv argv[8];
	va_list ap;

	va_start(ap, argc);
	for (int i = 0; i < argc; i++)
		argv[i] = sv_of(va_arg(ap, const char *));
	va_end(ap);
	return !send_raw(k, argc, argv, fn, k);
}

static void
check(struct link *k)
{
	const struct redis_conf *c = &k->conf;
	char db[16], parts[16];
	bool ok = true;

	k->checking = true;
	k->reason[0] = '\0';
	snprintf(db, sizeof db, "%d", c->db);
	snprintf(parts, sizeof parts, "%d", c->partitions);
	if (*c->password && *c->user)
		ok = ask(k, on_must_work, 3, "AUTH", c->user, c->password);
	else if (*c->password)
		ok = ask(k, on_must_work, 2, "AUTH", c->password);
	ok = ok && ask(k, on_must_work, 2, "SELECT", db) && ask(k, NULL, 3, "CLIENT", "SETNAME", "hailong")
	     && ask(k, on_info, 1, "INFO") && ask(k, on_fsync, 3, "CONFIG", "GET", "appendfsync")
	     && ask(k, on_must_work, 4, "HSETNX", c->sys_key, "schema", "1")
	     && ask(k, on_must_work, 4, "HSETNX", c->sys_key, "partitions", parts)
	     && ask(k, on_sys, 4, "HMGET", c->sys_key, "schema", "partitions");
	for (int i = 0; ok && i < SCRIPT_MAX; i++)
		ok = ask(k, i + 1 < SCRIPT_MAX ? on_must_work : on_checked, 3, "SCRIPT", "LOAD", script_body((enum script)i));
	if (!ok)
		drop(k, STORE_AWAY, "the connection broke while it was checked");
}

/* ---- connection ---- */

static void
on_connect(const redisAsyncContext *ac, int status)
{
	struct link *k = ac->data;

	if (!k)
		return;
	if (status != REDIS_OK) {
		char why[128];

		/* hiredis frees the context itself after this call. */
		snprintf(why, sizeof why, "%s", ac->errstr);
		k->ac = NULL;
		drop(k, STORE_AWAY, why);
		return;
	}
	redisEnableKeepAlive((redisContext *)&ac->c);
	check(k);
}

static void
on_disconnect(const redisAsyncContext *ac, int status)
{
	struct link *k = ac->data;

	(void)status;
	if (!k || k->ac != ac)
		return;
	k->ac = NULL;
	drop(k, STORE_AWAY, ac->errstr && *ac->errstr ? ac->errstr : "the server closed the connection");
}

static void
connect_now(void *arg)
{
	struct link *k = arg;
	const struct redis_conf *c = &k->conf;
	redisAsyncContext *ac = *c->socket ? redisAsyncConnectUnix(c->socket) : redisAsyncConnect(c->host, c->port);

	k->connects++;
	k->began_ms = clock_boot_ms();
	if (!ac || ac->err) {
		char why[128];

		snprintf(why, sizeof why, "%s", ac ? ac->errstr : "out of memory");
		if (ac)
			redisAsyncFree(ac);
		drop(k, STORE_AWAY, why);
		return;
	}
	k->ac = ac;
	ac->data = k;
	must(redisLibeventAttach(ac, loop_base(k->loop)) == REDIS_OK);
	redisAsyncSetConnectCallback(ac, on_connect);
	redisAsyncSetDisconnectCallback(ac, on_disconnect);
}

static void
on_watch(void *arg)
{
	struct link *k = arg;
	struct request *oldest = STAILQ_FIRST(&k->running);
	int64_t now = clock_boot_ms();

	loop_timer_start(k->watch, WATCH_MS);
	if (oldest && now - oldest->sent_ms > COMMAND_MS)
		drop(k, STORE_AWAY, "no answer in time");
	else if (k->ac && k->state != STORE_READY && !k->checking && now - k->began_ms > CONNECT_MS)
		drop(k, STORE_AWAY, "no connection in time");
}

/* ---- life ---- */

struct link *
link_new(struct loop *l, const struct redis_conf *conf)
{
	struct link *k = mem_alloc(sizeof *k);

	k->loop = l;
	k->conf = *conf;
	k->conf.host = mem_strdup(conf->host ? conf->host : "");
	k->conf.socket = mem_strdup(conf->socket ? conf->socket : "");
	k->conf.user = mem_strdup(conf->user ? conf->user : "");
	k->conf.password = mem_strdup(conf->password ? conf->password : "");
	k->conf.sys_key = mem_strdup(conf->sys_key);
	STAILQ_INIT(&k->running);
	snprintf(k->reason, sizeof k->reason, "connecting");
	k->watch = loop_timer_new(l, on_watch, k);
	k->again = loop_timer_new(l, connect_now, k);
	loop_timer_start(k->watch, WATCH_MS);
	loop_timer_start(k->again, 0);
	return k;
}

static void
free_text(const char *s)
{
	char *p;

	memcpy(&p, &s, sizeof p);
	explicit_bzero(p, strlen(p));
	mem_free(p);
}

void
link_close(struct link *k)
{
	k->closing = true;
	loop_timer_free(k->watch);
	loop_timer_free(k->again);
	if (k->ac) {
		k->ac->data = NULL;
		redisAsyncFree(k->ac);
		k->ac = NULL;
	}
	free_text(k->conf.host);
	free_text(k->conf.socket);
	free_text(k->conf.user);
	free_text(k->conf.password);
	free_text(k->conf.sys_key);
	if (!k->telling)
		mem_free(k);
}

void
link_stats(const struct link *k, struct store_stats *out)
{
	*out = (struct store_stats){ .state = k->state, .running = k->n_running, .requests = k->requests,
	                             .timeouts = k->timeouts, .reconnects = k->connects - 1 };
	if (k->state != STORE_READY)
		snprintf(out->reason, sizeof out->reason, "%s", k->reason);
	snprintf(out->server, sizeof out->server, "%s", k->server);
}
