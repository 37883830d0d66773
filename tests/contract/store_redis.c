/* What a real server does to us: stops, dies, comes back, forgets the scripts, is full, or is the wrong one. */
#include "store_rig.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "private_redis.h"

static struct private_redis server;
static struct rig rig;
static enum store_state told[64];
static int n_told;

static void
on_state(void *arg, enum store_state s)
{
	(void)arg;
	if (n_told < (int)ARRAY_N(told))
		told[n_told++] = s;
}

static struct redis_conf
conf_of_server(void)
{
	return (struct redis_conf){ .socket = server.socket, .require_durable = true, .sys_key = "t:sys", .partitions = 16,
	                            .on_state = on_state };
}

static enum store_state
state_of(struct store *s)
{
	struct store_stats st;

	s->ops->stats(s, &st);
	return st.state;
}

static bool
is_ready(struct rig *r)
{
	return state_of(r->s) == STORE_READY;
}

static bool
is_away(struct rig *r)
{
	return state_of(r->s) == STORE_AWAY;
}

static enum err
set(struct rig *r, const char *key, const char *value)
{
	struct answer a;
	struct txn t;
	enum err e;

	answer_init(&a, r);
	txn_init(&t);
	txn_set(&t, sv_of(key), sv_of(value), 0);
	e = rig_wait(r, &a, r->s->ops->commit(r->s, &t, rig_done, &a));
	txn_done(&t);
	return e;
}

static void
expect_stands(struct rig *r, const char *key, const char *want, int line)
{
	struct sv keys[] = { sv_of(key) };
	struct answer a;

	answer_init(&a, r);
	rig_wait(r, &a, r->s->ops->get(r->s, keys, 1, rig_values, &a));
	expect_text(&a, want, line);
}

/* ---- outages ---- */

static int ended, ended_by[ERR_MAX];

static void
on_ended(void *arg, enum err e)
{
	struct rig *r = arg;

	ended++;
	ended_by[e]++;
	/* Whoever hears of a lost answer finds the store away, not ready with a dead connection. */
	if (e == ERR_TIMEOUT)
		assert_int_equal(state_of(r->s), STORE_AWAY);
}

static bool
three_ended(struct rig *r)
{
	(void)r;
	return ended >= 3;
}

static void
ask_three(struct rig *r)
{
	struct txn t;

	ended = 0;
	memset(ended_by, 0, sizeof ended_by);
	txn_init(&t);
	txn_set(&t, SV("stopped"), SV("x"), 0);
	for (int i = 0; i < 3; i++)
		rig_expect_err(r->s->ops->commit(r->s, &t, on_ended, r), ERR_OK);
	txn_done(&t);
}

static void
stopped(void **state)
{
	struct store_stats st;
	int64_t from;

	(void)state;
	rig_expect_err(set(&rig, "before", "1"), ERR_OK);
	kill(server.pid, SIGSTOP);
	from = clock_boot_ms();
	ask_three(&rig);
	assert_true(rig_until(&rig, three_ended, LIMIT_MS));
	assert_int_equal(ended_by[ERR_TIMEOUT], 3);
	assert_in_range(clock_boot_ms() - from, 900, 2000);
	assert_false(is_ready(&rig));
	rig_expect_err(set(&rig, "while", "1"), ERR_DOWN);
	kill(server.pid, SIGCONT);
	assert_true(rig_until(&rig, is_ready, LIMIT_MS));
	expect_stands(&rig, "before", "1", __LINE__);
	expect_stands(&rig, "while", "-", __LINE__);
	rig.s->ops->stats(rig.s, &st);
	assert_int_equal(st.running, 0);
	assert_true(st.timeouts >= 3 && st.reconnects >= 1);
	assert_int_equal(ended, 3);
}

static void
killed(void **state)
{
	struct store_stats st;

	(void)state;
	rig_expect_err(set(&rig, "kept", "1"), ERR_OK);
	n_told = 0;
	kill(server.pid, SIGSTOP);                           /* so that the answers cannot have come */
	ask_three(&rig);
	private_redis_kill(&server);
	assert_true(rig_until(&rig, three_ended, LIMIT_MS));
	assert_int_equal(ended_by[ERR_TIMEOUT], 3);
	assert_true(rig_until(&rig, is_away, LIMIT_MS));
	rig_expect_err(set(&rig, "while", "1"), ERR_DOWN);
	rig.s->ops->stats(rig.s, &st);
	assert_true(*st.reason);
	private_redis_start(&server);
	assert_true(rig_until(&rig, is_ready, LIMIT_MS));
	expect_stands(&rig, "kept", "1", __LINE__);
	rig_expect_err(set(&rig, "after", "1"), ERR_OK);
	assert_int_equal(n_told, 2);
	assert_int_equal(told[0], STORE_AWAY);
	assert_int_equal(told[1], STORE_READY);
}

/* The number the server gave to one of our connections. */
static long
connection_of_ours(void)
{
	redisContext *c = redisConnectUnix(server.socket);
	redisReply *r = redisCommand(c, "CLIENT LIST");
	const char *line;
	long id;

	assert_true(r && r->type == REDIS_REPLY_STRING);
	line = strstr(r->str, "name=hailong");
	assert_non_null(line);
	while (line > r->str && line[-1] != '\n')
		line--;
	id = strtol(line + strlen("id="), NULL, 10);
	freeReplyObject(r);
	redisFree(c);
	return id;
}

static bool
told_two(struct rig *r)
{
	(void)r;
	return n_told == 2;
}

/* The links share their fate: one lost takes the others with it, and the owner hears of it once. */
static void
one_lost(void **state)
{
	struct store_stats before, after;
	char words[64];

	(void)state;
	rig.s->ops->stats(rig.s, &before);
	n_told = 0;
	snprintf(words, sizeof words, "CLIENT KILL ID %ld", connection_of_ours());
	private_redis_do(&server, words);
	assert_true(rig_until(&rig, told_two, LIMIT_MS));      /* back at once: away may be too short to be seen */
	rig_expect_err(set(&rig, "again", "1"), ERR_OK);
	rig.s->ops->stats(rig.s, &after);
	assert_int_equal(after.reconnects - before.reconnects, 4);
	assert_int_equal(told[0], STORE_AWAY);
	assert_int_equal(told[1], STORE_READY);
}

static void
flushed(void **state)
{
	(void)state;
	private_redis_do(&server, "SCRIPT FLUSH");
	rig_expect_err(set(&rig, "a", "1"), ERR_OK);
	private_redis_do(&server, "SCRIPT FLUSH");
	ask_three(&rig);                                     /* all three are sent before the first is refused */
	assert_true(rig_until(&rig, three_ended, LIMIT_MS));
	assert_int_equal(ended_by[ERR_OK], 3);
	assert_true(is_ready(&rig));
}

/* Full: nothing is written, but reading, handing out and acknowledging go on. */
static void
full(void **state)
{
	struct sv fields[] = { SV("n"), SV("v") };
	struct answer a, b;
	struct txn t;

	(void)state;
	txn_init(&t);
	txn_xadd(&t, SV("full:x"), fields, 2, 0);
	answer_init(&a, &rig);
	rig_expect_err(rig_wait(&rig, &a, rig.s->ops->commit(rig.s, &t, rig_done, &a)), ERR_OK);
	answer_init(&a, &rig);
	rig_expect_err(rig_wait(&rig, &a, rig.s->ops->group_read(rig.s, SV("full:x"), SV("g"), SV("r"), 9999, 9, rig_entries, &a)),
	               ERR_OK);
	private_redis_do(&server, "CONFIG SET maxmemory 1");
	rig_expect_err(set(&rig, "full", "1"), ERR_FULL);
	expect_stands(&rig, "full", "-", __LINE__);
	answer_init(&b, &rig);
	rig_expect_err(rig_wait(&rig, &b, rig.s->ops->group_read(rig.s, SV("full:x"), SV("g"), SV("s"), 0, 9, rig_entries, &b)),
	               ERR_OK);
	expect_text(&b, "n=v;", __LINE__);
	answer_init(&b, &rig);
	rig_expect_err(rig_wait(&rig, &b, rig.s->ops->group_ack(rig.s, SV("full:x"), SV("g"), sv_of(a.first), rig_done, &b)),
	               ERR_OK);
	answer_init(&b, &rig);
	rig_expect_err(rig_wait(&rig, &b, rig.s->ops->trim(rig.s, SV("full:x"), INT64_C(1) << 50, rig_number, &b)), ERR_OK);
	assert_int_equal(b.number, 1);
	private_redis_do(&server, "CONFIG SET maxmemory 0");
	rig_expect_err(set(&rig, "full", "1"), ERR_OK);
	assert_true(is_ready(&rig));
	sbuf_done(&a.text);
	txn_done(&t);
}

/* Scores nobody of us wrote must not stop the queue. */
static void
odd_scores(void **state)
{
	struct answer a;

	(void)state;
	private_redis_do(&server, "ZADD odd -inf low 1e17 far 12.03 part inf never");
	answer_init(&a, &rig);
	rig_expect_err(rig_wait(&rig, &a, rig.s->ops->next_due(rig.s, SV("odd"), rig_number, &a)), ERR_OK);
	assert_true(a.number < 0);
	answer_init(&a, &rig);
	rig_wait(&rig, &a, rig.s->ops->claim(rig.s, SV("odd"), SV("odd:dead"), 100, 10, 9, rig_jobs, &a));
	expect_text(&a, "low@0 part@12", __LINE__);
	answer_init(&a, &rig);
	rig_expect_err(rig_wait(&rig, &a, rig.s->ops->next_due(rig.s, SV("odd"), rig_number, &a)), ERR_OK);
	assert_int_equal(a.number, 110);
	private_redis_do(&server, "ZREM odd low part");
	answer_init(&a, &rig);
	rig_expect_err(rig_wait(&rig, &a, rig.s->ops->next_due(rig.s, SV("odd"), rig_number, &a)), ERR_OK);
	assert_true(a.number > INT64_C(1) << 52);
}

/* Other writers: ids with 64 bits in both halves, entries gone while pending. */
static void
odd_streams(void **state)
{
	struct answer a;

	(void)state;
	private_redis_do(&server, "XADD huge 5-18446744073709551614 n a");
	private_redis_do(&server, "XADD huge 5-18446744073709551615 n b");
	answer_init(&a, &rig);
	rig_wait(&rig, &a, rig.s->ops->group_read(rig.s, SV("huge"), SV("g"), SV("r"), 9999, 1, rig_entries, &a));
	expect_text(&a, "n=a;", __LINE__);
	assert_string_equal(a.first, "5-18446744073709551614");
	answer_init(&a, &rig);
	rig_expect_err(rig_wait(&rig, &a, rig.s->ops->group_ack(rig.s, SV("huge"), SV("g"), SV("5-18446744073709551614"),
	                                                        rig_done, &a)), ERR_OK);
	answer_init(&a, &rig);
	rig_expect_err(rig_wait(&rig, &a, rig.s->ops->trim(rig.s, SV("huge"), INT64_C(1) << 50, rig_number, &a)), ERR_OK);
	answer_init(&a, &rig);
	rig_wait(&rig, &a, rig.s->ops->group_read(rig.s, SV("huge"), SV("g"), SV("r"), 9999, 9, rig_entries, &a));
	expect_text(&a, "n=b;", __LINE__);
	private_redis_do(&server, "XDEL huge 5-18446744073709551615");
	answer_init(&a, &rig);
	rig_wait(&rig, &a, rig.s->ops->group_read(rig.s, SV("huge"), SV("g"), SV("r"), 0, 9, rig_entries, &a));
	expect_text(&a, "?;", __LINE__);
	assert_string_equal(a.first, "5-18446744073709551615");
	assert_int_equal(a.n, 1);
}

/* ---- the wrong server ---- */

static const struct refusal {
	const char *name, *before, *after;   /* what is done to the server, and undone */
	int         partitions;
	const char *reason;
	const char *user, *password;
} refusals[] = {
	{ "evicts",     "CONFIG SET maxmemory-policy allkeys-lru", "CONFIG SET maxmemory-policy noeviction", 16,
	  "noeviction", "", "" },
	{ "no AOF",     "CONFIG SET appendonly no", "CONFIG SET appendonly yes", 16, "appendonly", "", "" },
	{ "a replica",  "REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE", 16, "replica", "", "" },
	{ "partitions", "PING", "PING", 8, "partitions", "", "" },
	{ "schema",     "HSET t:sys schema 2", "HSET t:sys schema 1", 16, "schema", "", "" },
};

static bool
spare_refused(struct rig *r)
{
	return state_of(r->spare) == STORE_REFUSED;
}

static bool
spare_ready(struct rig *r)
{
	return state_of(r->spare) == STORE_READY;
}

static void
try_refusal(const struct refusal *f)
{
	struct redis_conf conf = conf_of_server();
	struct store_stats st;
	struct sv keys[] = { SV("k") };

	conf.user = f->user;
	conf.password = f->password;
	conf.partitions = f->partitions;
	rig.spare = store_redis(rig.loop, &conf);
	if (!rig_until(&rig, spare_refused, LIMIT_MS))
		fail_msg("%s: not refused", f->name);
	rig.spare->ops->stats(rig.spare, &st);
	if (!strstr(st.reason, f->reason))
		fail_msg("%s: \"%s\"", f->name, st.reason);
	if (rig.spare->ops->get(rig.spare, keys, 1, rig_values, NULL) != ERR_DOWN)
		fail_msg("%s: takes requests", f->name);
	rig.spare->ops->close(rig.spare);
	rig.spare = NULL;
}

static void
refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(refusals); i++) {
		private_redis_do(&server, refusals[i].before);
		try_refusal(&refusals[i]);
		private_redis_do(&server, refusals[i].after);
	}
}

/* Wrong password, unknown user, a user without a right we need, and one with no more than those. */
static void
passwords(void **state)
{
	struct redis_conf conf = conf_of_server();

	(void)state;
	private_redis_do(&server, "ACL SETUSER other on >secret ~* &* +@all");
	try_refusal(&(struct refusal){ .name = "wrong password", .user = "other", .password = "wrong", .partitions = 16,
	                               .reason = "WRONGPASS" });
	try_refusal(&(struct refusal){ .name = "unknown user", .user = "nobody", .password = "secret", .partitions = 16,
	                               .reason = "WRONGPASS" });
	private_redis_do(&server, "ACL SETUSER other -info");
	try_refusal(&(struct refusal){ .name = "no right", .user = "other", .password = "secret", .partitions = 16,
	                               .reason = "NOPERM" });
	private_redis_do(&server, "ACL SETUSER other +info -config -script");
	conf.user = "other";
	conf.password = "secret";
	conf.db = 3;
	rig.spare = store_redis(rig.loop, &conf);
	assert_true(rig_until(&rig, spare_ready, LIMIT_MS));
	rig.spare->ops->close(rig.spare);
	rig.spare = NULL;
}

/* A server that becomes a replica under us refuses writes; the next check says so. */
static void
demoted(void **state)
{
	(void)state;
	private_redis_do(&server, "REPLICAOF 127.0.0.1 1");
	rig_expect_err(set(&rig, "demoted", "1"), ERR_DOWN);
	assert_false(is_ready(&rig));
	private_redis_do(&server, "REPLICAOF NO ONE");
	assert_true(rig_until(&rig, is_ready, 2 * LIMIT_MS));
	expect_stands(&rig, "demoted", "-", __LINE__);
}

/* ---- ways to the server ---- */

static int
free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0 && !bind(fd, (struct sockaddr *)&at, n) && !getsockname(fd, (struct sockaddr *)&at, &n));
	close(fd);
	return ntohs(at.sin_port);
}

static void
by_name(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost" };
	struct redis_conf conf = conf_of_server();
	char words[64];

	(void)state;
	conf.socket = "";
	conf.port = free_port();
	snprintf(words, sizeof words, "CONFIG SET port %d", conf.port);
	private_redis_do(&server, words);
	for (size_t i = 0; i < ARRAY_N(hosts); i++) {
		conf.host = hosts[i];
		rig.spare = store_redis(rig.loop, &conf);
		if (!rig_until(&rig, spare_ready, LIMIT_MS))
			fail_msg("%s: not ready", hosts[i]);
		rig.spare->ops->close(rig.spare);
	}
	conf.host = "localhost";                             /* closed while the name is looked up */
	rig.spare = store_redis(rig.loop, &conf);
	rig_until(&rig, spare_refused, 2);
	rig.spare->ops->close(rig.spare);
	rig.spare = NULL;
	private_redis_do(&server, "CONFIG SET port 0");
}

static int
descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void
nothing_left(void **state)
{
	int before = descriptors();
	struct redis_conf conf = conf_of_server();

	(void)state;
	for (int i = 0; i < 20; i++) {
		rig.spare = store_redis(rig.loop, &conf);
		if (i % 2)
			assert_true(rig_until(&rig, spare_ready, LIMIT_MS));
		rig.spare->ops->close(rig.spare);
		rig.spare = NULL;
	}
	assert_int_equal(descriptors(), before);
}

static int
open_all(void **state)
{
	struct redis_conf conf;

	(void)state;
	private_redis_new(&server);
	conf = conf_of_server();
	rig.loop = loop_new();
	rig.limit = loop_timer_new(rig.loop, rig_over, &rig);
	rig.tick = loop_timer_new(rig.loop, rig_tick, &rig);
	rig.s = store_redis(rig.loop, &conf);
	return rig_until(&rig, is_ready, LIMIT_MS) ? 0 : -1;
}

static int
close_all(void **state)
{
	(void)state;
	if (rig.spare)
		rig.spare->ops->close(rig.spare);
	rig.s->ops->close(rig.s);
	loop_timer_free(rig.limit);
	loop_timer_free(rig.tick);
	loop_free(rig.loop);
	private_redis_free(&server);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stopped),
		cmocka_unit_test(killed),
		cmocka_unit_test(one_lost),
		cmocka_unit_test(flushed),
		cmocka_unit_test(full),
		cmocka_unit_test(odd_scores),
		cmocka_unit_test(odd_streams),
		cmocka_unit_test(refused),
		cmocka_unit_test(passwords),
		cmocka_unit_test(demoted),
		cmocka_unit_test(nothing_left),
		cmocka_unit_test(by_name),           /* its cancelled look-up may hold a descriptor a little longer */
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
