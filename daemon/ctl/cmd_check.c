/* hailongctl check: everything an operator wants to know before trusting the service, one line each. */
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>

#include "app/conf.h"
#include "app/json.h"
#include "base/mem.h"
#include "channel/channels.h"
#include "ctl/client.h"
#include "io/loop.h"
#include "store/stores.h"

#define STORE_WAIT_MS 3000

struct checking {
	const struct ctl *c;
	bool              bad, down;
	struct sbuf       json;
	bool              first;
};

static void
say(struct checking *k, const char *what, bool ok, const char *detail)
{
	struct json_out j;

	k->bad = k->bad || !ok;
	if (!k->c->json) {
		printf("%-9s %-4s %s\n", what, ok ? "ok" : "BAD", detail);
		return;
	}
	sbuf_addc(&k->json, k->first ? '[' : ',');
	k->first = false;
	json_begin(&j, &k->json);
	json_text(&j, "check", what);
	json_bool(&j, "ok", ok);
	json_text(&j, "detail", detail);
	json_end(&j);
}

/* ---- store ---- */

struct probe { struct loop *loop; struct loop_timer *timer; };

static void
on_state(void *arg, enum store_state s)
{
	struct probe *p = arg;

	if (s != STORE_AWAY)
		loop_stop(p->loop);
}

static void
on_late(void *arg)
{
	loop_stop(((struct probe *)arg)->loop);
}

static void
check_store(struct checking *k, const struct conf *conf)
{
	struct probe p = { .loop = loop_new() };
	struct store_stats s;
	struct store *store;
	char sys[96];

	snprintf(sys, sizeof sys, "%s:sys", conf->redis.prefix);
	p.timer = loop_timer_new(p.loop, on_late, &p);
	loop_timer_start(p.timer, STORE_WAIT_MS);
	store = store_redis(p.loop, &(struct redis_conf){
		.host = conf->redis.host, .port = conf->redis.port, .socket = conf->redis.socket, .user = conf->redis.user,
		.password = conf->redis.password, .db = conf->redis.db, .require_durable = conf->redis.require_durable,
		.sys_key = sys, .partitions = (int)conf->redis.partitions, .on_state = on_state, .arg = &p });
	loop_run(p.loop);
	store->ops->stats(store, &s);
	say(k, "store", s.state == STORE_READY, s.state == STORE_READY ? s.server : s.reason);
	k->down = s.state == STORE_AWAY;
	store->ops->close(store);
	loop_timer_free(p.timer);
	loop_free(p.loop);
}

/* ---- accounts ---- */

struct asking { struct checking *k; struct loop *loop; const char *name; };

static void
on_account(void *arg, bool good, const char *said)
{
	struct asking *a = arg;
	char detail[200];

	snprintf(detail, sizeof detail, "%s: %s", a->name, good ? "taken" : said);
	say(a->k, "account", good, detail);
	loop_stop(a->loop);
}

/* Each provider is asked directly: whether it would take our messages, before there are any. */
static void
check_accounts(struct checking *k, const struct conf *conf)
{
	for (size_t i = 0; i < conf->n_channels; i++) {
		const struct conf_channel *c = &conf->channels[i];
		struct asking a = { k, loop_new(), c->name };
		enum err e = channel_probe(c->driver, c->conf, a.loop, on_account, &a);

		if (!e)
			loop_run(a.loop);
		else if (e != ERR_MISSING)
			on_account(&a, false, err_text(e));
		loop_free(a.loop);
	}
}

/* ---- the rest ---- */

static void
check_channels(struct checking *k)
{
	struct client *client = client_new(k->c, "check");
	struct client_answer a;
	const json_t *ch;
	size_t i;

	if (!client || client_call(client, "/v1/status", NULL, (struct sv){ NULL, 0 }, &a)) {
		say(k, "daemon", false, "not reached; channels were not asked");
		k->down = true;
		client_free(client);
		return;
	}
	say(k, "daemon", a.status == 200, "running");
	json_array_foreach(json_object_get(a.json, "channels"), i, ch) {
		const char *state = json_string_value(json_object_get(ch, "state"));
		char detail[200];

		snprintf(detail, sizeof detail, "%s: %s %s", json_string_value(json_object_get(ch, "name")), state ? state : "",
		         json_string_value(json_object_get(ch, "last_error")));
		say(k, "channel", state && (!strcmp(state, "up") || !strcmp(state, "slow")), detail);
	}
	client_answer_done(&a);
	client_free(client);
}

static void
check_clock(struct checking *k)
{
	struct timex t = { .modes = 0 };
	bool synced = adjtimex(&t) != TIME_ERROR;

	/* Deadlines are wall time: an unset clock asks at night and misses deadlines. A container cannot know; say so only. */
	say(k, "clock", true, synced ? "kept in step" : "not known to be kept in step (is an NTP service running?)");
}

enum ctl_exit
cmd_check(const struct ctl *c, int argc, char **argv)
{
	struct checking k = { .c = c, .first = true };
	struct conf_faults faults = { 0 };
	struct conf *conf;

	if (argc != 1)
		return ctl_usage(argv[0], "takes nothing");
	if (conf_load(c->conf, &conf, &faults)) {
		conf_faults_print(&faults, stdout);
		conf_faults_done(&faults);
		return CTL_NO;
	}
	sbuf_init(&k.json, 64 * 1024);
	say(&k, "settings", true, conf->file);
	say(&k, "texts", true, "complete, within their parts");
	say(&k, "secrets", true, "keys, tokens and passwords are there");
	check_store(&k, conf);
	check_accounts(&k, conf);
	check_channels(&k);
	check_clock(&k);
	if (c->json)
		printf("%s]\n", k.json.p);
	sbuf_done(&k.json);
	conf_free(conf);
	return k.down ? CTL_DOWN : k.bad ? CTL_NO : CTL_DONE;
}
