/*
 * The daemon that dies when it is told to. It is hailongd's main and archives with two doors taken by the
 * linker (--wrap): whoever opens the store or a channel gets it with counting verbs in front. Each call is
 * counted per verb; at the one named in HAILONG_CRASH the process is killed as by `kill -9`.
 *
 *   HAILONG_CRASH="commit 3 before"   the third commit is not made any more
 *   HAILONG_CRASH="send 1 after"      the first send's result has come and is not delivered any more
 *   HAILONG_CRASH_STOPS=PID           instead of dying it stops this process there: the store, which then answers too late
 *   HAILONG_CRASH_LOG=FILE            one line per call: verb, number, kinds of keys
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/sbuf.h"
#include "channel/channels.h"
#include "store/stores.h"

#define VERB_LIST(X) \
	X(get) \
	X(commit) \
	X(mark) \
	X(marks) \
	X(whole) \
	X(claim) \
	X(next_due) \
	X(count) \
	X(page) \
	X(group_read) \
	X(group_ack) \
	X(trim) \
	X(send)

enum verb {
#define X(name) VERB_##name,
	VERB_LIST(X)
#undef X
	    VERB_MAX
};

static const char *const names[VERB_MAX] = {
#define X(name) [VERB_##name] = #name,
	VERB_LIST(X)
#undef X
};

static int counts[VERB_MAX];
static const struct store_ops *store; /* what stands behind ours */

/* ---- dying ---- */

static void
maybe_die(enum verb v, int n, const char *when)
{
	const char *at = getenv("HAILONG_CRASH"), *stops = getenv("HAILONG_CRASH_STOPS");
	int64_t pid;
	char here[64];

	snprintf(here, sizeof here, "%s %d %s", names[v], n, when);
	if (!at || strcmp(at, here) != 0)
		return;
	if (stops)
		must(!num_parse(sv_of(stops), 1, INT32_MAX, &pid) && !kill((pid_t)pid, SIGSTOP));
	else
		(void)kill(getpid(), SIGKILL);
}

/* "hl:{3}:survey:7KQ2M4XD" is a survey, "hl:cases" the cases. */
static struct sv
kind_of(struct sv key)
{
	struct sv rest = key, part = sv_cut(&rest, ':');

	part = sv_cut(&rest, ':');
	return part.n && part.p[0] == '{' ? sv_cut(&rest, ':') : part;
}

/* ---- a call under way ---- */

struct under_way {
	enum verb verb;
	int n;
	union {
		store_done_fn *done;
		store_values_fn *values;
		store_entries_fn *entries;
		store_jobs_fn *jobs;
		store_number_fn *number;
		channel_done_fn *sent;
	} fn;
	void *arg;
	char kinds[128]; /* of the keys, for people */
};

static void
describe(struct under_way *u, const struct sv *keys, size_t n)
{
	AUTO_SBUF b;

	sbuf_init(&b, sizeof u->kinds - 1);
	for (size_t i = 0; i < n; i++) {
		struct sv kind = kind_of(keys[i]);

		if (i && sv_eq(kind, kind_of(keys[i - 1])))
			continue;
		if (i)
			sbuf_addc(&b, '+');
		sbuf_addsv(&b, kind);
	}
	snprintf(u->kinds, sizeof u->kinds, "%s", b.p ? b.p : "");
}

static void
note(const struct under_way *u)
{
	const char *file = getenv("HAILONG_CRASH_LOG");
	int fd = file ? open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;

	if (fd < 0)
		return;
	must(dprintf(fd, "%s %d %s\n", names[u->verb], u->n, u->kinds) > 0);
	close(fd);
}

static struct under_way *
begin(enum verb v, const struct sv *keys, size_t n, struct under_way like)
{
	like.verb = v;
	like.n = counts[v] + 1;
	describe(&like, keys, n);
	maybe_die(v, like.n, "before");
	return mem_dup(&like, sizeof like);
}

/* A call that is refused at once (the store is not there yet) is none. */
static enum err
begun(struct under_way *u, enum err e)
{
	if (e) {
		mem_free(u);
		return e;
	}
	counts[u->verb]++;
	note(u);
	return ERR_OK;
}

static struct under_way
end(void *arg)
{
	struct under_way u = *(struct under_way *)arg;

	mem_free(arg);
	maybe_die(u.verb, u.n, "after");
	return u;
}

static void
on_done(void *arg, enum err e)
{
	struct under_way u = end(arg);

	u.fn.done(u.arg, e);
}

static void
on_values(void *arg, enum err e, const struct sv *values, size_t n)
{
	struct under_way u = end(arg);

	u.fn.values(u.arg, e, values, n);
}

static void
on_entries(void *arg, enum err e, const struct store_entry *entries, size_t n)
{
	struct under_way u = end(arg);

	u.fn.entries(u.arg, e, entries, n);
}

static void
on_jobs(void *arg, enum err e, const struct store_job *jobs, size_t n)
{
	struct under_way u = end(arg);

	u.fn.jobs(u.arg, e, jobs, n);
}

static void
on_number(void *arg, enum err e, int64_t value)
{
	struct under_way u = end(arg);

	u.fn.number(u.arg, e, value);
}

static void
on_sent(void *arg, const struct send_result *r)
{
	struct under_way u = end(arg);

	u.fn.sent(u.arg, r);
}

/* ---- the store's verbs ---- */

#define BEGIN(verb, keys, n, kind) \
	begin(VERB_##verb, keys, n, (struct under_way){ .fn.kind = fn, .arg = arg })

static enum err
get(struct store *s, const struct sv *keys, size_t n, store_values_fn *fn, void *arg)
{
	struct under_way *u = BEGIN(get, keys, n, values);

	return begun(u, store->get(s, keys, n, on_values, u));
}

static enum err
commit(struct store *s, const struct txn *t, store_done_fn *fn, void *arg)
{
	struct sv keys[STORE_KEYS_MAX];
	struct under_way *u;

	for (size_t i = t->n_guards; i < t->n_steps; i++)
		keys[i - t->n_guards] = txn_key(t, i);
	u = BEGIN(commit, keys, (size_t)(t->n_steps - t->n_guards), done);
	return begun(u, store->commit(s, t, on_done, u));
}

static enum err
mark(struct store *s, struct sv key, struct sv field, struct sv value, store_values_fn *fn, void *arg)
{
	struct under_way *u = BEGIN(mark, &key, 1, values);

	return begun(u, store->mark(s, key, field, value, on_values, u));
}

static enum err
marks(struct store *s, struct sv key, store_values_fn *fn, void *arg)
{
	struct under_way *u = BEGIN(marks, &key, 1, values);

	return begun(u, store->marks(s, key, on_values, u));
}

static enum err
whole(struct store *s, struct sv key, store_values_fn *fn, void *arg)
{
	struct under_way *u = BEGIN(whole, &key, 1, values);

	return begun(u, store->whole(s, key, on_values, u));
}

static enum err
claim(struct store *s, struct sv due, struct sv dead, int64_t now, int64_t lease, int max, store_jobs_fn *fn,
      void *arg)
{
	struct under_way *u = BEGIN(claim, &due, 1, jobs);

	return begun(u, store->claim(s, due, dead, now, lease, max, on_jobs, u));
}

static enum err
next_due(struct store *s, struct sv due, store_number_fn *fn, void *arg)
{
	struct under_way *u = BEGIN(next_due, &due, 1, number);

	return begun(u, store->next_due(s, due, on_number, u));
}

static enum err
count(struct store *s, struct sv key, store_number_fn *fn, void *arg)
{
	struct under_way *u = BEGIN(count, &key, 1, number);

	return begun(u, store->count(s, key, on_number, u));
}

static enum err
page(struct store *s, struct sv stream, struct sv after, bool newest_first, int max, store_entries_fn *fn,
     void *arg)
{
	struct under_way *u = BEGIN(page, &stream, 1, entries);

	return begun(u, store->page(s, stream, after, newest_first, max, on_entries, u));
}

static enum err
group_read(struct store *s, struct sv stream, struct sv group, struct sv reader, int64_t idle, int max,
	   store_entries_fn *fn, void *arg)
{
	struct under_way *u = BEGIN(group_read, &stream, 1, entries);

	return begun(u, store->group_read(s, stream, group, reader, idle, max, on_entries, u));
}

static enum err
group_ack(struct store *s, struct sv stream, struct sv group, struct sv id, store_done_fn *fn, void *arg)
{
	struct under_way *u = BEGIN(group_ack, &stream, 1, done);

	return begun(u, store->group_ack(s, stream, group, id, on_done, u));
}

static enum err
trim(struct store *s, struct sv stream, int64_t oldest, store_number_fn *fn, void *arg)
{
	struct under_way *u = BEGIN(trim, &stream, 1, number);

	return begun(u, store->trim(s, stream, oldest, on_number, u));
}

struct store *__real_store_redis(struct loop *l, const struct redis_conf *conf);
struct store *__wrap_store_redis(struct loop *l, const struct redis_conf *conf);

struct store *
__wrap_store_redis(struct loop *l, const struct redis_conf *conf)
{
	static struct store_ops ops;
	struct store *s = __real_store_redis(l, conf);

	store = s->ops;
	ops = *store; /* stats and close need no counting */
	ops.get = get;
	ops.commit = commit;
	ops.mark = mark;
	ops.marks = marks;
	ops.whole = whole;
	ops.claim = claim;
	ops.next_due = next_due;
	ops.count = count;
	ops.page = page;
	ops.group_read = group_read;
	ops.group_ack = group_ack;
	ops.trim = trim;
	s->ops = &ops;
	return s;
}

/* ---- the channel's ---- */

static const struct channel_ops *channel; /* one driver in this test */

static enum err
send(struct channel *c, const struct outmsg *m, channel_done_fn *fn, void *arg)
{
	struct under_way *u = BEGIN(send, NULL, 0, sent);

	return begun(u, channel->send(c, m, on_sent, u));
}

enum err __real_channel_open(const char *name, const char *driver, const void *conf,
			     const struct channel_env *env, struct channel **out, struct diag *why);
enum err __wrap_channel_open(const char *name, const char *driver, const void *conf,
			     const struct channel_env *env, struct channel **out, struct diag *why);

enum err
__wrap_channel_open(const char *name, const char *driver, const void *conf, const struct channel_env *env,
		    struct channel **out, struct diag *why)
{
	static struct channel_ops ops;
	enum err e = __real_channel_open(name, driver, conf, env, out, why);

	if (e)
		return e;
	must(!channel || channel == (*out)->ops);
	channel = (*out)->ops;
	ops = *channel;
	ops.send = send;
	(*out)->ops = &ops;
	return ERR_OK;
}
