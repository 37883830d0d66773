/*
 * How many transactions a second the store carries, and what each costs on both sides. Server and client on one
 * core, every write synced:   taskset -c 0 store_bench [transactions] [in flight]
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "../contract/private_redis.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "store/stores.h"

struct bench {
	struct loop  *loop;
	struct store *s;
	int64_t       todo, sent, done, failed;
	struct txn    t;
};

static char record[900];

static double
seconds(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* As the engine writes a step: two guards, two records, the due queue, one entry. */
static void
build(struct bench *b, int64_t i)
{
	struct sv fields[] = { SV("v"), SV("1"), SV("at"), SV("1700000000000"), SV("survey"), SV("7KQ2M4XD7KQ2M4XD"),
	                       SV("event"), SV("sent") };
	char citizen[64], survey[64], member[64];
	struct sv c = { citizen, (size_t)snprintf(citizen, sizeof citizen, "hl:{3}:citizen:%016llx", (unsigned long long)i) };
	struct sv v = { survey, (size_t)snprintf(survey, sizeof survey, "hl:{3}:survey:%016llx", (unsigned long long)i) };
	struct sv m = { member, (size_t)snprintf(member, sizeof member, "%016llx:7KQ2M4XD", (unsigned long long)i) };

	txn_reset(&b->t);
	txn_absent(&b->t, c);
	txn_absent(&b->t, v);
	txn_set(&b->t, c, (struct sv){ record, 400 }, 0);
	txn_set(&b->t, v, (struct sv){ record, 900 }, 0);
	txn_zadd(&b->t, SV("hl:{3}:due"), 1700000000000 + i, m);
	txn_xadd(&b->t, SV("hl:{3}:events"), fields, ARRAY_N(fields), 0);
}

static void on_done(void *arg, enum err e);

static void
send_one(struct bench *b)
{
	build(b, b->sent++);
	must(b->s->ops->commit(b->s, &b->t, on_done, b) == ERR_OK);
}

static void
on_done(void *arg, enum err e)
{
	struct bench *b = arg;

	b->done++;
	b->failed += e != ERR_OK;
	if (b->sent < b->todo)
		send_one(b);
	else if (b->done == b->todo)
		loop_stop(b->loop);
}

static void
on_state(void *arg, enum store_state s)
{
	struct bench *b = arg;

	if (s == STORE_READY)
		loop_stop(b->loop);
}

/* The server's user and system time so far, in seconds. */
static double
server_cpu(const struct private_redis *r)
{
	char path[64], line[1024];
	unsigned long u = 0, s = 0;
	FILE *f;
	char *p;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)r->pid);
	f = fopen(path, "r");
	must(f && fgets(line, sizeof line, f));
	fclose(f);
	p = strrchr(line, ')');
	for (int i = 0; p && i < 12; i++)
		p = strchr(p + 1, ' ');
	must(p != NULL);
	u = strtoul(p, &p, 10);
	s = strtoul(p, NULL, 10);
	return (double)(u + s) / (double)sysconf(_SC_CLK_TCK);
}

static int64_t
number(int argc, char **argv, int i, int64_t deflt)
{
	int64_t v = deflt;

	must(i >= argc || num_parse(sv_of(argv[i]), 1, 100000000, &v) == ERR_OK);
	return v;
}

int
main(int argc, char **argv)
{
	struct bench b = { .todo = number(argc, argv, 1, 200000) };
	int64_t window = number(argc, argv, 2, 128);
	struct private_redis r;
	struct redis_conf conf = { .require_durable = true, .sys_key = "hl:sys", .partitions = 16, .on_state = on_state, .arg = &b };
	double wall, cpu, server;

	memset(record, 'x', sizeof record);
	log_set_level(LOG_WARN);
	private_redis_new(&r);
	conf.socket = r.socket;
	b.loop = loop_new();
	b.s = store_redis(b.loop, &conf);
	loop_run(b.loop);
	txn_init(&b.t);
	wall = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	server = server_cpu(&r);
	while (b.sent < window && b.sent < b.todo)
		send_one(&b);
	loop_run(b.loop);
	wall = seconds(CLOCK_MONOTONIC) - wall;
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	server = server_cpu(&r) - server;
	printf("window %4lld: %6.0f commits/s, client %.1f us, server %.1f us, failed %lld\n", (long long)window,
	       (double)b.todo / wall, cpu / (double)b.todo * 1e6, server / (double)b.todo * 1e6, (long long)b.failed);
	txn_done(&b.t);
	b.s->ops->close(b.s);
	loop_free(b.loop);
	private_redis_free(&r);
	return b.failed != 0;
}
