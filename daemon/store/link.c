/* The line to Redis; see the header. hiredis 0.14 has no time-outs and no loop of ours: both are here. */
#include "store/link.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/random.h>

#include <arpa/inet.h>
#include <hiredis/async.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/lookup.h"
#include "store/requests.h"

#define CONNECT_MS     500
#define LOOKUP_MS      5000
#define CHECK_MS       1500
#define ANSWER_MS      1000
#define AGAIN_FIRST_MS 50
#define AGAIN_MOST_MS  2000
#define REFUSED_MS     5000              /* a refused server changes only when somebody changes it */
#define RUNNING_BYTES  (4u << 20)        /* hiredis' own buffer has no limit */
#define LOG_EVERY_MS   1000

struct link {
	struct loop       *loop;
	struct redis_conf  conf;             /* texts are copies */
	link_change_fn    *on_change;
	void              *arg;
	enum store_state   state;
	struct check       check;
	char               reason[160];
	redisAsyncContext *ac;               /* NULL = none; hiredis owns it */
	bool               connected, flush_asked, flushing, leaving, closed;
	struct loop_fd    *rd, *wr;
	struct lookup     *lookup;
	struct loop_timer *again, *patience, *late;
	struct wire        wire;
	STAILQ_HEAD(, call) calls;           /* in the order of their answers */
	int                running, failures;
	size_t             bytes;
	int64_t            requests, timeouts, connects, logged_ms;
};

static void
set_state(struct link *l, enum store_state state)
{
	enum store_state was = l->state;

	l->state = state;
	l->on_change(l->arg, l, was);
}

/* What a server says goes into logs and consoles: one line of plain letters. */
static void
set_reason(struct link *l, const char *why)
{
	if (why != l->reason)
		snprintf(l->reason, sizeof l->reason, "%s", why);
	for (char *p = l->reason; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
			*p = '?';
}

/* ---- losing a connection ---- */

static int64_t
random_below(int64_t top)
{
	uint32_t r = 0;

	if (getrandom(&r, sizeof r, GRND_NONBLOCK) != (ssize_t)sizeof r)
		r = (uint32_t)clock_boot_ms();
	return (int64_t)(r % (uint64_t)top);
}

/* Full jitter: many daemons must not knock at a server that has just come back at the same moment. */
static int64_t
again_after(struct link *l, enum store_state state)
{
	int64_t top = AGAIN_FIRST_MS;

	if (state == STORE_REFUSED)
		return REFUSED_MS / 2 + random_below(REFUSED_MS / 2);
	for (int i = 0; i < l->failures && top < AGAIN_MOST_MS; i++)
		top *= 2;
	return 1 + random_below(top < AGAIN_MOST_MS ? top : AGAIN_MOST_MS);
}

/* The context is no longer ours: no hook of it finds us any more. */
static void
forget(struct link *l)
{
	if (l->ac) {
		memset(&l->ac->ev, 0, sizeof l->ac->ev);
		l->ac->data = NULL;
	}
	loop_fd_free(l->rd);
	loop_fd_free(l->wr);
	lookup_cancel(l->lookup);
	l->rd = l->wr = NULL;
	l->lookup = NULL;
	l->ac = NULL;
	l->connected = l->leaving = false;
	loop_timer_stop(l->patience);
	loop_timer_stop(l->late);
}

static void
lost(struct link *l, enum store_state state, const char *why)
{
	if (l->closed)
		return;
	forget(l);
	set_reason(l, why);
	loop_timer_start(l->again, again_after(l, state));
	l->failures++;
	set_state(l, state);
}

/* Now: every request without an answer ends with a NULL reply, inside this call. */
static void
drop(struct link *l, enum store_state state, const char *why)
{
	redisAsyncContext *ac = l->ac;

	lost(l, state, why);
	if (ac)
		redisAsyncFree(ac);
}

/* Nothing new is sent; what was sent still gets its answers. */
static void
leave(struct link *l, const char *why)
{
	if (l->leaving || !l->ac)
		return;
	l->leaving = true;
	set_reason(l, why);
	redisAsyncDisconnect(l->ac);
	set_state(l, STORE_AWAY);
}

void
link_retry(struct link *l, const char *why)
{
	drop(l, STORE_AWAY, why);
}

void
link_refuse(struct link *l, const char *why)
{
	drop(l, STORE_REFUSED, why);
}

void
link_ready(struct link *l)
{
	loop_timer_stop(l->patience);
	l->failures = 0;
	set_state(l, STORE_READY);
}

/* ---- requests ---- */

/*
 * What an error answer means. All of these come before anything was done. What is not in this table is
 * ERR_CORRUPT: a key of another kind, or a script that met something unexpected.
 */
static const struct {
	const char *code;
	enum err    e;
	enum { STAY, LEAVE, RESEND } then;   /* LEAVE: the next connection's check says what is the matter */
} errors[] = {
	{ "NOSCRIPT",    ERR_DOWN,   RESEND },
	{ "OOM",         ERR_FULL,   STAY },
	{ "MISCONF",     ERR_FULL,   STAY },
	{ "NOREPLICAS",  ERR_FULL,   STAY },
	{ "BUSY",        ERR_DOWN,   STAY },
	{ "TRYAGAIN",    ERR_DOWN,   STAY },
	{ "READONLY",    ERR_DOWN,   LEAVE },
	{ "LOADING",     ERR_DOWN,   LEAVE },
	{ "MASTERDOWN",  ERR_DOWN,   LEAVE },
	{ "CLUSTERDOWN", ERR_DOWN,   LEAVE },
	{ "MOVED",       ERR_DOWN,   LEAVE },
	{ "ASK",         ERR_DOWN,   LEAVE },
	{ "NOAUTH",      ERR_DENIED, LEAVE },
	{ "WRONGPASS",   ERR_DENIED, LEAVE },
	{ "NOPERM",      ERR_DENIED, STAY },
};

static size_t
error_row(const redisReply *r)
{
	struct sv rest = { r->str, r->len }, code = sv_cut(&rest, ' ');
	size_t i = 0;

	while (i < ARRAY_N(errors) && !sv_is(code, errors[i].code))
		i++;
	return i;
}

static void
log_refusal(struct link *l, const redisReply *r)
{
	int64_t now = clock_boot_ms();

	if (l->state != STORE_READY || now - l->logged_ms < LOG_EVERY_MS)
		return;
	l->logged_ms = now;
	log_error("store refused a request, answer=\"%.100s\"", r->str);
}

static void on_reply(redisAsyncContext *ac, void *reply, void *arg);

static bool
transmit(struct link *l, struct call *c, const struct sbuf *text)
{
	if (!l->ac || redisAsyncFormattedCommand(l->ac, on_reply, c, text->p, text->n) != REDIS_OK)
		return false;
	if (STAILQ_EMPTY(&l->calls))
		loop_timer_start(l->late, ANSWER_MS);
	c->sent_ms = clock_boot_ms();
	STAILQ_INSERT_TAIL(&l->calls, c, next);
	l->running++;
	l->bytes += c->bytes;
	wire_rest(&l->wire);
	return true;
}

/* The server has forgotten the script, so it was not run: the whole of it now, once. */
static bool
resend(struct link *l, struct call *c)
{
	if (l->closed || l->leaving || c->script == SCRIPT_MAX)
		return false;
	wire_whole(&l->wire, c->script, c->parts, (struct sv){ c->tail, c->tail_n });
	c->script = SCRIPT_MAX;
	return !l->wire.text.failed && transmit(l, c, &l->wire.text);
}

/* True: the request goes on. */
static bool
on_error(struct link *l, struct call *c, const redisReply *r, enum err *e)
{
	size_t row = error_row(r);

	*e = row < ARRAY_N(errors) ? errors[row].e : ERR_CORRUPT;
	if (row < ARRAY_N(errors) && errors[row].then == RESEND)
		return resend(l, c);
	log_refusal(l, r);
	if (row < ARRAY_N(errors) && errors[row].then == LEAVE && l->state == STORE_READY)
		leave(l, r->str);
	return false;
}

static void
on_reply(redisAsyncContext *ac, void *reply, void *arg)
{
	struct call *c = arg;
	struct link *l = c->link;
	redisReply *r = reply;
	enum err e = r ? ERR_OK : ERR_TIMEOUT;

	STAILQ_REMOVE(&l->calls, c, call, next);
	l->running--;
	l->bytes -= c->bytes;
	l->timeouts += !r;
	if (!r && l->ac == ac)                   /* the owner must find us away when it hears of it */
		lost(l, STORE_AWAY, ac->errstr && *ac->errstr ? ac->errstr : "the server closed the connection");
	if (r && r->type == REDIS_REPLY_ERROR && on_error(l, c, r, &e))
		return;
	if (!l->closed)
		c->fn(c, e, r);
	mem_free(c);
}

/* The oldest answer is late: the connection is of no use, for commands cannot be taken back. */
static void
on_late(void *arg)
{
	struct link *l = arg;
	struct call *oldest = STAILQ_FIRST(&l->calls);
	int64_t left = oldest ? oldest->sent_ms + ANSWER_MS - clock_boot_ms() : 0;

	if (!oldest)
		return;
	if (left > 0)
		loop_timer_start(l->late, left);
	else
		drop(l, STORE_AWAY, "no answer in time");
}

enum err
link_begin(struct link *l, struct wire **out)
{
	if (l->state != STORE_READY)
		return ERR_DOWN;
	if (l->running >= LINK_RUNNING_MAX || l->bytes >= RUNNING_BYTES)
		return ERR_BUSY;
	*out = &l->wire;
	return ERR_OK;
}

enum err
link_send(struct link *l, const struct call *like)
{
	const struct wire *w = &l->wire;
	size_t tail_n = w->script < SCRIPT_MAX ? w->text.n - w->tail : 0;
	struct call *c;

	if (w->text.failed) {
		wire_rest(&l->wire);
		return ERR_TOOBIG;
	}
	if (l->bytes && l->bytes + w->text.n > RUNNING_BYTES)
		return ERR_BUSY;
	c = mem_alloc(sizeof *c + tail_n);
	*c = *like;
	c->link = l;
	c->script = w->script;
	c->parts = w->parts;
	c->bytes = w->text.n;
	c->tail_n = tail_n;
	if (tail_n)
		memcpy(c->tail, w->text.p + w->tail, tail_n);
	if (!transmit(l, c, &w->text)) {
		mem_free(c);
		return ERR_DOWN;
	}
	l->requests++;
	return ERR_OK;
}

struct wire *
link_wire(struct link *l)
{
	return &l->wire;
}

struct check *
link_check(struct link *l)
{
	return &l->check;
}

const struct redis_conf *
link_conf(const struct link *l)
{
	return &l->conf;
}

/* ---- hiredis on our loop ---- */

static void
on_readable(void *arg, int fd, bool readable, bool writable)
{
	struct link *l = arg;

	(void)fd, (void)readable, (void)writable;
	if (l->ac)
		redisAsyncHandleRead(l->ac);
}

/* `flushing` makes the hook below watch the descriptor for what did not go out. */
static void
write_now(struct link *l)
{
	if (!l->ac)
		return;
	l->flushing = true;
	redisAsyncHandleWrite(l->ac);
	l->flushing = false;
}

static void
on_writable(void *arg, int fd, bool readable, bool writable)
{
	(void)fd, (void)readable, (void)writable;
	write_now(arg);
}

static void
flush(void *arg)
{
	struct link *l = arg;

	l->flush_asked = false;
	if (l->connected && !l->wr)
		write_now(l);
}

static void
add_read(void *arg)
{
	struct link *l = arg;

	if (!l->rd)
		l->rd = loop_fd_new(l->loop, l->ac->c.fd, true, false, on_readable, l);
}

static void
del_read(void *arg)
{
	struct link *l = arg;

	loop_fd_free(l->rd);
	l->rd = NULL;
}

/* All requests of one turn leave together, and without asking the kernel first. */
static void
add_write(void *arg)
{
	struct link *l = arg;

	if (l->wr)
		return;
	if (!l->connected || l->flushing) {
		l->wr = loop_fd_new(l->loop, l->ac->c.fd, false, true, on_writable, l);
	} else if (!l->flush_asked) {
		l->flush_asked = true;
		loop_later(l->loop, flush, l);
	}
}

static void
del_write(void *arg)
{
	struct link *l = arg;

	loop_fd_free(l->wr);
	l->wr = NULL;
}

/* ---- connecting ---- */

static void
on_connect(const redisAsyncContext *ac, int status)
{
	struct link *l = ac->data;

	if (!l)
		return;
	if (status != REDIS_OK) {
		lost(l, STORE_AWAY, ac->errstr && *ac->errstr ? ac->errstr : "cannot connect");
		return;                          /* hiredis frees the context */
	}
	l->connected = true;
	loop_timer_start(l->patience, CHECK_MS);
	if (!*l->conf.socket)
		(void)redisEnableKeepAlive(&l->ac->c);
	check_start(l);
}

static void
on_disconnect(const redisAsyncContext *ac, int status)
{
	struct link *l = ac->data;

	(void)status;
	if (l)
		lost(l, STORE_AWAY, l->leaving ? l->reason
		     : ac->errstr && *ac->errstr ? ac->errstr : "the server closed the connection");
}

static void
on_patience(void *arg)
{
	drop(arg, STORE_AWAY, "no connection in time");
}

static void
connect_with(struct link *l, redisAsyncContext *ac)
{
	if (!ac || ac->err) {
		lost(l, STORE_AWAY, ac ? ac->errstr : "out of memory");
		if (ac)
			redisAsyncFree(ac);
		return;
	}
	l->connects++;
	l->ac = ac;
	(void)fcntl(ac->c.fd, F_SETFD, FD_CLOEXEC);
	ac->data = l;
	ac->ev.data = l;
	ac->ev.addRead = add_read;
	ac->ev.delRead = del_read;
	ac->ev.addWrite = add_write;
	ac->ev.delWrite = del_write;
	loop_timer_start(l->patience, CONNECT_MS);
	(void)redisAsyncSetDisconnectCallback(ac, on_disconnect);
	(void)redisAsyncSetConnectCallback(ac, on_connect);
}

/* A name may have an address nobody listens on: each attempt takes the next. */
static void
on_found(void *arg, const struct address *found, int n, const char *why)
{
	struct link *l = arg;

	l->lookup = NULL;
	if (n)
		connect_with(l, redisAsyncConnect(found[l->failures % n].text, l->conf.port));
	else
		lost(l, STORE_AWAY, why);
}

static bool
is_address(const char *host)
{
	unsigned char a[16];

	return inet_pton(AF_INET, host, a) == 1 || inet_pton(AF_INET6, host, a) == 1;
}

static void
start(void *arg)
{
	struct link *l = arg;

	if (*l->conf.socket)
		connect_with(l, redisAsyncConnectUnix(l->conf.socket));
	else if (is_address(l->conf.host))
		connect_with(l, redisAsyncConnect(l->conf.host, l->conf.port));
	else if ((l->lookup = lookup_start(l->loop, l->conf.host, on_found, l)))
		loop_timer_start(l->patience, LOOKUP_MS);
	else
		lost(l, STORE_AWAY, "no descriptor or thread left for the name look-up");
}

/* ---- life ---- */

/* Texts of the conf are ours: NULL becomes "". */
static void
own_texts(struct redis_conf *c)
{
	c->host = mem_strdup(c->host ? c->host : "");
	c->socket = mem_strdup(c->socket ? c->socket : "");
	c->user = mem_strdup(c->user ? c->user : "");
	c->password = mem_strdup(c->password ? c->password : "");
	c->sys_key = mem_strdup(c->sys_key);
}

static void
free_text(const char *s)
{
	explicit_bzero((char *)s, strlen(s));
	mem_free((char *)s);
}

/* hiredis writes with write(2): a server that goes away must not end us. */
static void
ignore_sigpipe(void)
{
	struct sigaction was;

	if (!sigaction(SIGPIPE, NULL, &was) && was.sa_handler == SIG_DFL)
		(void)signal(SIGPIPE, SIG_IGN);
}

struct link *
link_open(struct loop *loop, const struct redis_conf *conf, link_change_fn *on_change, void *arg)
{
	struct link *l = mem_alloc(sizeof *l);

	must(conf->sys_key && conf->partitions > 0);
	ignore_sigpipe();
	l->loop = loop;
	l->conf = *conf;
	own_texts(&l->conf);
	STAILQ_INIT(&l->calls);
	wire_init(&l->wire);
	l->on_change = on_change;
	l->arg = arg;
	l->again = loop_timer_new(loop, start, l);
	l->patience = loop_timer_new(loop, on_patience, l);
	l->late = loop_timer_new(loop, on_late, l);
	loop_timer_start(l->again, 0);
	return l;
}

void
link_close(struct link *l)
{
	redisAsyncContext *ac = l->ac;

	l->closed = true;
	forget(l);
	if (ac)
		redisAsyncFree(ac);
	loop_timer_free(l->again);
	loop_timer_free(l->patience);
	loop_timer_free(l->late);
	free_text(l->conf.host);
	free_text(l->conf.socket);
	free_text(l->conf.user);
	free_text(l->conf.password);
	free_text(l->conf.sys_key);
	wire_done(&l->wire);
	loop_bury(l->loop, l);
}

void
link_count(const struct link *l, struct store_stats *sum)
{
	sum->running += l->running;
	sum->requests += l->requests;
	sum->timeouts += l->timeouts;
	sum->reconnects += l->connects > 1 ? l->connects - 1 : 0;
}

enum store_state
link_state(const struct link *l)
{
	return l->state;
}

const char *
link_reason(const struct link *l)
{
	return l->reason;
}

size_t
link_load(const struct link *l)
{
	return l->bytes;
}

void
link_kick(struct link *l)
{
	if (loop_timer_running(l->again))
		loop_timer_start(l->again, 0);
}
