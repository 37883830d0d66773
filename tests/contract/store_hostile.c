/*
 * A server that lies: it passes for Redis until it is asked something, then answers what a row says. No answer
 * may be believed without a look at its shape, and none may stop us.
 */
#include "store_rig.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/num.h"

#define CONNS 64

struct conn {
	struct loop_fd *fd_watch;
	int             fd;
	struct sbuf     in;
};

static struct rig rig;
static struct conn conns[CONNS];
static struct loop_fd *door;
static int door_fd;
static char path[64], dir[64];
static struct sv answer_raw;             /* to whatever is no part of the check; p == NULL: hangs up */
static const char *info;

#define INFO_GOOD "redis_version:7.0.15\r\nrole:master\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\nloading:0\r\n"

/* ---- the server ---- */

static void
hang_up(struct conn *c)
{
	loop_fd_free(c->fd_watch);
	close(c->fd);
	sbuf_done(&c->in);
	*c = (struct conn){ .fd = -1 };
}

static void
say(struct conn *c, struct sv what)
{
	if (write(c->fd, what.p, what.n) != (ssize_t)what.n)
		hang_up(c);
}

static void
say_info(struct conn *c)
{
	char text[1024];
	int n = *info == '!' ? snprintf(text, sizeof text, "%s", info + 1)
	                     : snprintf(text, sizeof text, "$%zu\r\n%s\r\n", strlen(info), info);

	say(c, (struct sv){ text, (size_t)n });
}

static void
reply_to(struct conn *c, struct sv verb)
{
	static const char *const fine[] = { "AUTH", "SELECT", "CLIENT", "SCRIPT", "HSETNX" };

	for (size_t i = 0; i < ARRAY_N(fine); i++)
		if (sv_is(verb, fine[i])) {
			say(c, SV("+OK\r\n"));
			return;
		}
	if (sv_is(verb, "CONFIG"))
		say(c, SV("*0\r\n"));
	else if (sv_is(verb, "INFO"))
		say_info(c);
	else if (sv_is(verb, "HMGET"))
		say(c, SV("*2\r\n$1\r\n1\r\n$2\r\n16\r\n"));
	else if (answer_raw.p)
		say(c, answer_raw);
	else
		hang_up(c);
}

/* One number of a line "*3\r\n" or "$5\r\n"; false: not all there yet. */
static bool
head(struct sv *rest, int64_t *n)
{
	const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;

	if (!end)
		return false;
	must(num_parse((struct sv){ rest->p + 1, (size_t)(end - rest->p) - 2 }, 0, 1 << 24, n) == ERR_OK);
	rest->n -= (size_t)(end + 1 - rest->p);
	rest->p = end + 1;
	return true;
}

/* Cuts one request; its first part into *verb. */
static bool
request(struct sv *rest, struct sv *verb)
{
	struct sv at = *rest;
	int64_t parts, n;

	if (!head(&at, &parts))
		return false;
	for (int64_t i = 0; i < parts; i++) {
		if (!head(&at, &n) || at.n < (size_t)n + 2)
			return false;
		if (!i)
			*verb = (struct sv){ at.p, (size_t)n };
		at.p += n + 2;
		at.n -= (size_t)n + 2;
	}
	*rest = at;
	return true;
}

static void
on_input(void *arg, int fd, bool readable, bool writable)
{
	struct conn *c = arg;
	char buf[16384];
	ssize_t n = read(fd, buf, sizeof buf);
	struct sv rest, verb = { NULL, 0 };
	AUTO_SBUF all;

	(void)readable, (void)writable;
	sbuf_init(&all, 1 << 20);
	if (n <= 0) {
		hang_up(c);
		return;
	}
	sbuf_add(&c->in, buf, (size_t)n);
	sbuf_addsv(&all, sbuf_sv(&c->in));
	rest = sbuf_sv(&all);
	sbuf_reset(&c->in);
	while (c->fd >= 0 && request(&rest, &verb))
		reply_to(c, verb);
	if (c->fd >= 0)
		sbuf_addsv(&c->in, rest);
}

static void
on_door(void *arg, int fd, bool readable, bool writable)
{
	int i = 0, peer = accept(fd, NULL, NULL);

	(void)arg, (void)readable, (void)writable;
	while (i < CONNS && conns[i].fd >= 0)
		i++;
	assert_true(peer >= 0 && i < CONNS);
	conns[i].fd = peer;
	sbuf_init(&conns[i].in, 1 << 20);
	conns[i].fd_watch = loop_fd_new(rig.loop, peer, true, false, on_input, &conns[i]);
}

/* ---- requests ---- */

typedef enum err ask_fn(struct store *s, struct answer *a);

static enum err
get(struct store *s, struct answer *a)
{
	struct sv keys[] = { SV("k") };

	return s->ops->get(s, keys, 1, rig_values, a);
}

static enum err
commit(struct store *s, struct answer *a)
{
	struct txn t;
	enum err e;

	txn_init(&t);
	txn_absent(&t, SV("k"));
	txn_set(&t, SV("k"), SV("v"), 0);
	e = s->ops->commit(s, &t, rig_done, a);
	txn_done(&t);
	return e;
}

static enum err
mark(struct store *s, struct answer *a)
{
	return s->ops->mark(s, SV("h"), SV("f"), SV("v"), rig_values, a);
}

static enum err
marks(struct store *s, struct answer *a)
{
	return s->ops->marks(s, SV("h"), rig_values, a);
}

static enum err
whole(struct store *s, struct answer *a)
{
	return s->ops->whole(s, SV("h"), rig_values, a);
}

static enum err
claim(struct store *s, struct answer *a)
{
	return s->ops->claim(s, SV("due"), SV("dead"), 1, 1, 2, rig_jobs, a);
}

static enum err
next_due(struct store *s, struct answer *a)
{
	return s->ops->next_due(s, SV("due"), rig_number, a);
}

static enum err
count(struct store *s, struct answer *a)
{
	return s->ops->count(s, SV("due"), rig_number, a);
}

static enum err
page(struct store *s, struct answer *a)
{
	return s->ops->page(s, SV("x"), SV("0"), false, 2, rig_entries, a);
}

static enum err
group_read(struct store *s, struct answer *a)
{
	return s->ops->group_read(s, SV("x"), SV("g"), SV("r"), 1, 2, rig_entries, a);
}

static enum err
group_ack(struct store *s, struct answer *a)
{
	return s->ops->group_ack(s, SV("x"), SV("g"), SV("1-1"), rig_done, a);
}

static enum err
trim(struct store *s, struct answer *a)
{
	return s->ops->trim(s, SV("x"), 1, rig_number, a);
}

#define ENTRY   "*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nn\r\n$1\r\nv\r\n"
#define JOB     "$1\r\nm\r\n:5\r\n:0\r\n"
#define RAW(s)  { "" s, sizeof(s) - 1 }
#define NESTED  "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n"
#define F8      "$1\r\nf\r\n$1\r\nf\r\n$1\r\nf\r\n$1\r\nf\r\n$1\r\nf\r\n$1\r\nf\r\n$1\r\nf\r\n$1\r\nf\r\n"

static const struct row { const char *name; ask_fn *ask; struct sv raw; enum err want; size_t n; } rows[] = {
	{ "one value",          get, RAW("*1\r\n$1\r\nv\r\n"), ERR_OK, 1 },
	{ "no such key",        get, RAW("*1\r\n$-1\r\n"), ERR_OK, 1 },
	{ "two for one",        get, RAW("*2\r\n$1\r\na\r\n$1\r\nb\r\n"), ERR_CORRUPT, 0 },
	{ "none for one",       get, RAW("*0\r\n"), ERR_CORRUPT, 0 },
	{ "nil list",           get, RAW("*-1\r\n"), ERR_CORRUPT, 0 },
	{ "nil",                get, RAW("$-1\r\n"), ERR_CORRUPT, 0 },
	{ "number",             get, RAW(":1\r\n"), ERR_CORRUPT, 0 },
	{ "number inside",      get, RAW("*1\r\n:5\r\n"), ERR_CORRUPT, 0 },
	{ "error inside",       get, RAW("*1\r\n-ERR x\r\n"), ERR_CORRUPT, 0 },
	{ "list inside",        get, RAW("*1\r\n*0\r\n"), ERR_CORRUPT, 0 },
	{ "status",             get, RAW("+OK\r\n"), ERR_CORRUPT, 0 },
	{ "wrong type",         get, RAW("-WRONGTYPE x\r\n"), ERR_CORRUPT, 0 },
	{ "unknown error",      get, RAW("-WHAT\r\n"), ERR_CORRUPT, 0 },
	{ "empty error",        get, RAW("-\r\n"), ERR_CORRUPT, 0 },
	{ "prefix of a code",   get, RAW("-OOMPH x\r\n"), ERR_CORRUPT, 0 },
	{ "OOM",                get, RAW("-OOM x\r\n"), ERR_FULL, 0 },
	{ "MISCONF",            get, RAW("-MISCONF x\r\n"), ERR_FULL, 0 },
	{ "NOREPLICAS",         get, RAW("-NOREPLICAS x\r\n"), ERR_FULL, 0 },
	{ "BUSY",               get, RAW("-BUSY x\r\n"), ERR_DOWN, 0 },
	{ "TRYAGAIN",           get, RAW("-TRYAGAIN x\r\n"), ERR_DOWN, 0 },
	{ "NOPERM",             get, RAW("-NOPERM x\r\n"), ERR_DOWN, 0 },
	{ "READONLY",           get, RAW("-READONLY x\r\n"), ERR_DOWN, 0 },
	{ "LOADING",            get, RAW("-LOADING x\r\n"), ERR_DOWN, 0 },
	{ "MASTERDOWN",         get, RAW("-MASTERDOWN x\r\n"), ERR_DOWN, 0 },
	{ "CLUSTERDOWN",        get, RAW("-CLUSTERDOWN x\r\n"), ERR_DOWN, 0 },
	{ "MOVED",              get, RAW("-MOVED 1 127.0.0.1:1\r\n"), ERR_DOWN, 0 },
	{ "ASK",                get, RAW("-ASK 1 127.0.0.1:1\r\n"), ERR_DOWN, 0 },
	{ "NOAUTH",             get, RAW("-NOAUTH x\r\n"), ERR_DOWN, 0 },
	{ "WRONGPASS",          get, RAW("-WRONGPASS x\r\n"), ERR_DOWN, 0 },
	{ "hangs up",           get, { NULL, 0 }, ERR_TIMEOUT, 0 },
	{ "another protocol",   get, RAW("HTTP/1.1 400 no\r\n\r\n"), ERR_TIMEOUT, 0 },
	{ "endless list",       get, RAW("*99999999999999999999\r\n"), ERR_TIMEOUT, 0 },
	{ "negative list",      get, RAW("*-7\r\n"), ERR_TIMEOUT, 0 },
	{ "endless text",       get, RAW("$9999999999999999999\r\n"), ERR_TIMEOUT, 0 },
	{ "deep",               get, RAW(NESTED), ERR_TIMEOUT, 0 },
	{ "committed",          commit, RAW(":0\r\n"), ERR_OK, 0 },
	{ "conflict",           commit, RAW(":1\r\n"), ERR_CONFLICT, 0 },
	{ "no such guard",      commit, RAW(":2\r\n"), ERR_CORRUPT, 0 },
	{ "negative guard",     commit, RAW(":-1\r\n"), ERR_CORRUPT, 0 },
	{ "text for a number",  commit, RAW("$1\r\n0\r\n"), ERR_CORRUPT, 0 },
	{ "OK for a number",    commit, RAW("+OK\r\n"), ERR_CORRUPT, 0 },
	{ "no script, ever",    commit, RAW("-NOSCRIPT x\r\n"), ERR_DOWN, 0 },
	{ "marked",             mark, RAW("$1\r\nv\r\n"), ERR_OK, 1 },
	{ "nothing stands",     mark, RAW("$-1\r\n"), ERR_CORRUPT, 0 },
	{ "number stands",      mark, RAW(":1\r\n"), ERR_CORRUPT, 0 },
	{ "marks",              marks, RAW("*2\r\n$1\r\nf\r\n$1\r\nv\r\n"), ERR_OK, 2 },
	{ "field alone",        marks, RAW("*1\r\n$1\r\nf\r\n"), ERR_CORRUPT, 0 },
	{ "field without value", marks, RAW("*2\r\n$1\r\nf\r\n$-1\r\n"), ERR_CORRUPT, 0 },
	{ "whole",              whole, RAW("*2\r\n$1\r\nf\r\n$1\r\nv\r\n"), ERR_OK, 2 },
	{ "nothing there",      whole, RAW("*0\r\n"), ERR_OK, 0 },
	{ "too much",           whole, RAW(":-1\r\n"), ERR_TOOBIG, 0 },
	{ "number for a list",  whole, RAW(":1\r\n"), ERR_CORRUPT, 0 },
	{ "field alone",        whole, RAW("*1\r\n$1\r\nf\r\n"), ERR_CORRUPT, 0 },
	{ "number for a value", whole, RAW("*2\r\n$1\r\nf\r\n:1\r\n"), ERR_CORRUPT, 0 },
	{ "job",                claim, RAW("*3\r\n" JOB), ERR_OK, 1 },
	{ "two jobs",           claim, RAW("*6\r\n" JOB JOB), ERR_OK, 2 },
	{ "three for two",      claim, RAW("*9\r\n" JOB JOB JOB), ERR_CORRUPT, 0 },
	{ "part of a job",      claim, RAW("*2\r\n$1\r\nm\r\n:5\r\n"), ERR_CORRUPT, 0 },
	{ "due as text",        claim, RAW("*3\r\n$1\r\nm\r\n$1\r\n5\r\n:0\r\n"), ERR_CORRUPT, 0 },
	{ "job without name",   claim, RAW("*3\r\n$-1\r\n:5\r\n:0\r\n"), ERR_CORRUPT, 0 },
	{ "nothing due",        next_due, RAW("*0\r\n"), ERR_OK, 0 },
	{ "due",                next_due, RAW("*2\r\n$1\r\nm\r\n$3\r\n5.5\r\n"), ERR_OK, 0 },
	{ "due for ever",       next_due, RAW("*2\r\n$1\r\nm\r\n$3\r\ninf\r\n"), ERR_OK, 0 },
	{ "member alone",       next_due, RAW("*1\r\n$1\r\nm\r\n"), ERR_CORRUPT, 0 },
	{ "no number",          next_due, RAW("*2\r\n$1\r\nm\r\n$3\r\nnan\r\n"), ERR_CORRUPT, 0 },
	{ "letters",            next_due, RAW("*2\r\n$1\r\nm\r\n$2\r\n5x\r\n"), ERR_CORRUPT, 0 },
	{ "empty score",        next_due, RAW("*2\r\n$1\r\nm\r\n$0\r\n\r\n"), ERR_CORRUPT, 0 },
	{ "negative count",     count, RAW(":-1\r\n"), ERR_CORRUPT, 0 },
	{ "list for a count",   count, RAW("*0\r\n"), ERR_CORRUPT, 0 },
	{ "entry",              page, RAW("*1\r\n" ENTRY), ERR_OK, 1 },
	{ "three for two",      page, RAW("*3\r\n" ENTRY ENTRY ENTRY), ERR_CORRUPT, 0 },
	{ "nil entry",          page, RAW("*1\r\n*-1\r\n"), ERR_CORRUPT, 0 },
	{ "empty entry",        page, RAW("*1\r\n*0\r\n"), ERR_CORRUPT, 0 },
	{ "text entry",         page, RAW("*1\r\n$3\r\n1-1\r\n"), ERR_CORRUPT, 0 },
	{ "id is no id",        page, RAW("*1\r\n*2\r\n$3\r\nxyz\r\n*2\r\n$1\r\nn\r\n$1\r\nv\r\n"), ERR_CORRUPT, 0 },
	{ "empty id",           page, RAW("*1\r\n*2\r\n$0\r\n\r\n*2\r\n$1\r\nn\r\n$1\r\nv\r\n"), ERR_CORRUPT, 0 },
	{ "name alone",         page, RAW("*1\r\n*2\r\n$3\r\n1-1\r\n*1\r\n$1\r\nn\r\n"), ERR_CORRUPT, 0 },
	{ "no fields",          page, RAW("*1\r\n*2\r\n$3\r\n1-1\r\n*0\r\n"), ERR_CORRUPT, 0 },
	{ "number as value",    page, RAW("*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nn\r\n:1\r\n"), ERR_CORRUPT, 0 },
	{ "fields are text",    page, RAW("*1\r\n*2\r\n$3\r\n1-1\r\n$1\r\nn\r\n"), ERR_CORRUPT, 0 },
	{ "wide entry",         page, RAW("*1\r\n*2\r\n$3\r\n1-1\r\n*72\r\n" F8 F8 F8 F8 F8 F8 F8 F8 F8), ERR_OK, 1 },
	{ "gone entry",         group_read, RAW("*2\r\n*1\r\n$3\r\n1-1\r\n" ENTRY), ERR_OK, 2 },
	{ "gone, with nil",     group_read, RAW("*1\r\n*2\r\n$3\r\n1-1\r\n*-1\r\n"), ERR_OK, 1 },
	{ "nothing new",        group_read, RAW("*0\r\n"), ERR_OK, 0 },
	{ "nil for a list",     group_read, RAW("*-1\r\n"), ERR_CORRUPT, 0 },
	{ "acknowledged",       group_ack, RAW(":0\r\n"), ERR_OK, 0 },
	{ "OK for a number",    group_ack, RAW("+OK\r\n"), ERR_CORRUPT, 0 },
	{ "trimmed",            trim, RAW(":7\r\n"), ERR_OK, 0 },
	{ "trimmed text",       trim, RAW("$1\r\n7\r\n"), ERR_CORRUPT, 0 },
};

static enum store_state
state_now(struct store_stats *st)
{
	rig.s->ops->stats(rig.s, st);
	return st->state;
}

static bool
is_ready(struct rig *r)
{
	struct store_stats st;

	(void)r;
	return state_now(&st) == STORE_READY;
}

static void
answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(rows); i++) {
		struct answer a;

		answer_raw = rows[i].raw;
		if (!rig_until(&rig, is_ready, LIMIT_MS))
			fail_msg("%s: not ready before it", rows[i].name);
		answer_init(&a, &rig);
		if (rig_wait(&rig, &a, rows[i].ask(rig.s, &a)) != rows[i].want || a.n != rows[i].n)
			fail_msg("%s: %s, %zu", rows[i].name, err_text(a.e), a.n);
		sbuf_done(&a.text);
	}
}

/* ---- lies during the check ---- */

static const struct check_row { const char *name, *info; enum store_state want; const char *reason; } check_rows[] = {
	{ "old",        "redis_version:6.2.14\r\nrole:master\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\n", STORE_REFUSED,
	  "older" },
	{ "no version", "role:master\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\n", STORE_REFUSED, "older" },
	{ "no role",    "redis_version:7.0.15\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\n", STORE_REFUSED, "replica" },
	{ "empty",      "", STORE_REFUSED, "older" },
	{ "no lines",   "redis_version", STORE_REFUSED, "older" },
	{ "number",     "!:5\r\n", STORE_REFUSED, "INFO" },
	{ "error",      "!-ERR \x1b[2J\x01 no\r\n", STORE_REFUSED, "ERR ?[2J? no" },
	{ "loading",    "redis_version:7.0.15\r\nrole:master\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\nloading:1\r\n",
	  STORE_AWAY, "loading" },
	{ "silent",     "!", STORE_AWAY, "in time" },
	{ "garbage",    "!\x80\x81", STORE_AWAY, "Protocol error" },
};

static const struct check_row *now;

static bool
as_wanted(struct rig *r)
{
	struct store_stats st;

	(void)r;
	return state_now(&st) == now->want && strstr(st.reason, now->reason) != NULL;
}

static void
checks(void **state)
{
	struct redis_conf conf = { .socket = path, .require_durable = true, .sys_key = "t:sys", .partitions = 16 };

	(void)state;
	for (now = check_rows; now < check_rows + ARRAY_N(check_rows); now++) {
		struct store_stats st;

		rig.s->ops->close(rig.s);
		info = now->info;
		rig.s = store_redis(rig.loop, &conf);
		if (!rig_until(&rig, as_wanted, LIMIT_MS))
			fail_msg("%s: %d \"%s\"", now->name, (int)state_now(&st), st.reason);
	}
	info = INFO_GOOD;
	rig.s->ops->close(rig.s);
	rig.s = store_redis(rig.loop, &conf);
	assert_true(rig_until(&rig, is_ready, LIMIT_MS));
}

static int
open_all(void **state)
{
	struct redis_conf conf = { .socket = path, .require_durable = true, .sys_key = "t:sys", .partitions = 16 };
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	(void)state;
	snprintf(dir, sizeof dir, "/tmp/hailong-test-XXXXXX");
	must(mkdtemp(dir) != NULL);
	snprintf(path, sizeof path, "%.40s/s", dir);
	snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
	for (int i = 0; i < CONNS; i++)
		conns[i].fd = -1;
	info = INFO_GOOD;
	rig.loop = loop_new();
	rig.limit = loop_timer_new(rig.loop, rig_over, &rig);
	rig.tick = loop_timer_new(rig.loop, rig_tick, &rig);
	door_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	must(door_fd >= 0 && !bind(door_fd, (struct sockaddr *)&at, sizeof at) && !listen(door_fd, CONNS));
	door = loop_fd_new(rig.loop, door_fd, true, false, on_door, NULL);
	rig.s = store_redis(rig.loop, &conf);
	return 0;
}

static int
close_all(void **state)
{
	(void)state;
	rig.s->ops->close(rig.s);
	for (int i = 0; i < CONNS; i++)
		if (conns[i].fd >= 0)
			hang_up(&conns[i]);
	loop_fd_free(door);
	close(door_fd);
	loop_timer_free(rig.limit);
	loop_timer_free(rig.tick);
	loop_free(rig.loop);
	unlink(path);
	rmdir(dir);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(checks),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
