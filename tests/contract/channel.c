/*
 * The promises of include/port/channel.h, held by every driver of the table. What stands behind a channel is told to
 * take messages, to hold them until it may go on, or to break off: a provider (its accepting answer is the driver's recorded
 * example) or, for the sandbox, a shelf.
 */
#include "examples.h"
#include "provider.h"

#include <curl/curl.h>

#include "base/clock.h"

#define LATE_MS  10000                   /* a test that needs so long has failed */
#define QUIET_MS 100                     /* long enough for what must not be called to be called */
#define MANY     600                     /* more than any driver takes at once */

enum far { TAKES, HOLDS, BREAKS };

struct message {
	struct rig        *rig;
	bool               asking;           /* still inside send */
	int                calls;
	struct send_result r;
};

struct held { shelf_done_fn *done; void *arg; struct held *next; };

struct rig {
	struct loop       *loop;
	struct loop_timer *timer;
	const char        *driver;
	enum far           far;
	struct provider    provider;
	char              *answer;
	void              *conf;
	struct channel    *channel;
	struct held       *held;             /* the shelf's */
	int                shelved[MANY];
	int                rooms;            /* calls of on_room */
	int                results, want;    /* the loop stops at so many */
	bool               too_late, closed, chain;
	struct message     messages[MANY];
	int                n;
};

/* ---- behind the channel ---- */

static void
on_shelved(void *arg)
{
	struct held *h = arg;

	h->done(h->arg, ERR_OK);
	mem_free(h);
}

static void
on_dropped(void *arg)
{
	struct held *h = arg;

	h->done(h->arg, ERR_DOWN);
	mem_free(h);
}

static enum err
put(void *arg, const char *channel, const struct outmsg *m, shelf_done_fn *done, void *done_arg)
{
	struct rig *g = arg;
	struct held *h = mem_alloc(sizeof *h);
	int mark;

	(void)channel;
	*h = (struct held){ done, done_arg, NULL };
	assert_int_equal(sscanf(m->ref, "R%6dR", &mark), 1);
	g->shelved[mark]++;
	if (g->far == HOLDS) {
		h->next = g->held;
		g->held = h;
	} else {
		loop_later(g->loop, g->far == TAKES ? on_shelved : on_dropped, h);
	}
	return ERR_OK;
}

static void
let_go(struct rig *g)
{
	struct held *h;

	while ((h = g->held)) {
		g->held = h->next;
		loop_later(g->loop, on_shelved, h);
	}
	if (g->provider.shared)
		atomic_store(&g->provider.shared->go, true);
}

static int
seen(const struct rig *g, int mark)
{
	return channel_dialect(g->driver) ? provider_seen(&g->provider, mark) : g->shelved[mark];
}

static void
find_answer(const char *driver, const struct example *x, void *arg)
{
	struct rig *g = arg;

	(void)driver;
	if (g->answer || !sv_is(example_get(x, "end"), "accepted"))
		return;
	g->answer = mem_alloc(65536);
	snprintf(g->answer, 65536, "HTTP/1.1 %.*s Fine\r\nContent-Length: %zu\r\n\r\n%.*s", SV_ARG(example_get(x, "answer")), x->body.n,
	         SV_ARG(x->body));
}

static void
start_provider(struct rig *g)
{
	static const enum provider_act acts[] = { [TAKES] = ANSWER, [HOLDS] = WAIT, [BREAKS] = RESET_AFTER };

	examples_each(g->driver, find_answer, g);
	must(g->answer != NULL);
	g->provider = (struct provider){ .first = acts[g->far], .later = acts[g->far], .answer = g->answer,
	                                 .answer_n = strlen(g->answer), .fd = -1 };
	provider_start(&g->provider);
}

/* ---- the rig ---- */

static void
on_late(void *arg)
{
	struct rig *g = arg;

	g->too_late = true;
	loop_stop(g->loop);
}

static void
on_room(void *arg, struct channel *c)
{
	struct rig *g = arg;

	assert_ptr_equal(c, g->channel);
	assert_false(g->closed);
	g->rooms++;
}

static void
rig_start(struct rig *g, const char *driver, enum far far)
{
	struct channel_env env = { .shelf = { put, g }, .on_room = on_room, .arg = g };
	struct diag why;
	char more[256] = "";

	memset(g, 0, sizeof *g);
	g->provider.fd = -1;
	g->driver = driver;
	g->far = far;
	g->loop = env.loop = loop_new();
	g->timer = loop_timer_new(g->loop, on_late, g);
	if (channel_dialect(driver)) {
		start_provider(g);
		snprintf(more, sizeof more, "url = http://127.0.0.1:%d/send\nrate = 10000\nconnections = 4\n", g->provider.port);
	}
	g->conf = example_conf(driver, more);
	assert_int_equal(channel_open("sms", driver, g->conf, &env, &g->channel, &why), ERR_OK);
}

static void
close_channel(struct rig *g)
{
	if (!g->closed)
		g->channel->ops->close(g->channel);
	g->closed = true;
}

static void
rig_stop(struct rig *g)
{
	close_channel(g);
	let_go(g);
	loop_timer_free(g->timer);
	loop_free(g->loop);
	provider_stop(&g->provider);
	mem_free(g->answer);
	example_conf_free(g->driver, g->conf);
}

/* Until `want` results are there. */
static void
wait_for(struct rig *g, int want)
{
	g->want = want;
	loop_timer_start(g->timer, LATE_MS);
	if (g->results < want)
		loop_run(g->loop);
	assert_false(g->too_late);
	assert_int_equal(g->results, want);
	loop_timer_stop(g->timer);
}

/* Turns the loop for a while in which nothing may come. */
static void
wait_quietly(struct rig *g)
{
	int before = g->results;

	g->want = -1;
	loop_timer_start(g->timer, QUIET_MS);
	loop_run(g->loop);
	assert_int_equal(g->results, before);
	g->too_late = false;
}

static enum err send_one(struct rig *g);

static void
on_done(void *arg, const struct send_result *r)
{
	struct message *m = arg;
	struct rig *g = m->rig;

	assert_false(m->asking);
	assert_false(g->closed);
	m->calls++;
	m->r = *r;
	g->results++;
	if (g->chain && g->n < g->want)
		assert_int_equal(send_one(g), ERR_OK);
	if (g->results == g->want)
		loop_stop(g->loop);
}

/* Everything the message points to is gone when send has returned. */
static enum err
send_one(struct rig *g)
{
	struct message *m = &g->messages[g->n];
	char ref[16], to[16] = "84912345678", text[32];
	struct outmsg o = { .ref = ref, .to = to, .parts = 1, .survey = ref };
	enum err e;

	assert_true(g->n < MANY);
	snprintf(ref, sizeof ref, "R%06dR", g->n);
	o.text = (struct sv){ text, (size_t)snprintf(text, sizeof text, "cham R%06dR", g->n) };
	*m = (struct message){ .rig = g, .asking = true };
	e = g->channel->ops->send(g->channel, &o, on_done, m);
	m->asking = false;
	assert_int_equal(m->calls, 0);
	memset(ref, 'X', sizeof ref);
	memset(to, 'X', sizeof to);
	memset(text, 'X', sizeof text);
	g->n += !e;
	return e;
}

static int
room(struct rig *g, int64_t *wait)
{
	return g->channel->ops->room(g->channel, clock_boot_ms(), wait);
}

static int
fill(struct rig *g)
{
	int64_t wait;

	while (room(g, &wait) > 0)
		assert_int_equal(send_one(g), ERR_OK);
	return g->n;
}

static struct channel_stats
stats(struct rig *g)
{
	struct channel_stats s = { .name = "" };

	g->channel->ops->stats(g->channel, &s);
	return s;
}

static void
all_once(struct rig *g, int n)
{
	for (int i = 0; i < n; i++)
		assert_int_equal(g->messages[i].calls, 1);
}

/* ---- promises ---- */

static void
a_result_comes_later_and_once(struct rig *g)
{
	for (int i = 0; i < 4; i++)
		assert_int_equal(send_one(g), ERR_OK);
	assert_int_equal(stats(g).running, 4);
	wait_for(g, 4);
	wait_quietly(g);
	all_once(g, 4);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(g->messages[i].r.end, SEND_ACCEPTED);
		assert_int_equal(seen(g, i), 1);         /* under its own reference: it was copied */
	}
	assert_int_equal(stats(g).running, 0);
	assert_int_equal(stats(g).accepted, 4);
	assert_string_equal(stats(g).state, "up");
	assert_string_equal(stats(g).name, "sms");
	assert_string_equal(stats(g).driver, g->driver);
}

static void
without_room_nothing_is_taken(struct rig *g)
{
	int64_t wait = 0;
	int n = fill(g);

	assert_true(n > 0 && n < MANY);
	assert_int_equal(room(g, &wait), 0);
	assert_int_equal(wait, -1);
	assert_int_equal(send_one(g), ERR_BUSY);
	assert_int_equal(g->rooms, 0);
	let_go(g);
	wait_for(g, n);
	wait_quietly(g);
	all_once(g, n);
	assert_int_equal(g->messages[n].calls, 0);
	assert_int_equal(seen(g, n), 0);
	assert_true(g->rooms > 0);                       /* it had said that it would say so */
	assert_true(room(g, &wait) > 0);
}

static void
a_message_may_be_sent_out_of_a_result(struct rig *g)
{
	g->chain = true;
	g->want = 20;
	assert_int_equal(send_one(g), ERR_OK);
	wait_for(g, 20);
	all_once(g, 20);
	for (int i = 0; i < 20; i++)
		assert_int_equal(seen(g, i), 1);
}

static void
paused_it_takes_nothing_and_finishes_what_runs(struct rig *g)
{
	int64_t wait = 0;
	int n;

	for (n = 0; n < 3; n++)
		assert_int_equal(send_one(g), ERR_OK);
	g->channel->ops->pause(g->channel, true);
	assert_string_equal(stats(g).state, "paused");
	assert_int_equal(room(g, &wait), 0);
	assert_int_equal(wait, -1);
	assert_int_equal(send_one(g), ERR_BUSY);
	let_go(g);
	wait_for(g, n);
	all_once(g, n);
	assert_int_equal(g->rooms, 0);
	g->channel->ops->pause(g->channel, false);
	assert_int_equal(g->rooms, 1);
	assert_true(room(g, &wait) > 0);
	assert_int_equal(g->messages[n].calls, 0);
}

static void
a_line_that_breaks_gives_each_its_result(struct rig *g)
{
	int n;

	for (n = 0; n < 4; n++)
		assert_int_equal(send_one(g), ERR_OK);
	wait_for(g, n);
	wait_quietly(g);
	all_once(g, n);
	for (int i = 0; i < n; i++) {
		assert_true(g->messages[i].r.end == SEND_NOT_SENT || g->messages[i].r.end == SEND_UNKNOWN);
		assert_true(*g->messages[i].r.detail);
		assert_int_equal(seen(g, i), 1);
	}
	assert_int_equal(stats(g).running, 0);
	assert_int_equal(stats(g).not_sent + stats(g).unknown, n);
	assert_true(*stats(g).last_error && stats(g).last_error_at_ms > 0);
}

static void
closed_it_is_silent(struct rig *g)
{
	for (int i = 0; i < 4; i++)
		assert_int_equal(send_one(g), ERR_OK);
	wait_quietly(g);
	close_channel(g);
	let_go(g);
	wait_quietly(g);
	assert_int_equal(g->results, 0);
}

static void
on_done_close(void *arg, const struct send_result *r)
{
	struct rig *g = arg;

	(void)r;
	assert_false(g->closed);
	close_channel(g);
	g->results++;
	if (g->results == g->want)
		loop_stop(g->loop);
}

static void
it_may_be_closed_out_of_a_result(struct rig *g)
{
	struct outmsg o = { .ref = "R000000R", .to = "84912345678", .text = SV("cham R000000R"), .parts = 1, .survey = "S" };

	for (int i = 0; i < 4; i++)
		assert_int_equal(g->channel->ops->send(g->channel, &o, on_done_close, g), ERR_OK);
	let_go(g);
	wait_for(g, 1);
	wait_quietly(g);
}

static const struct promise {
	const char *name;
	void      (*holds)(struct rig *g);
	enum far    far;
} promises[] = {
	{ "a result comes later and once", a_result_comes_later_and_once, TAKES },
	{ "without room nothing is taken", without_room_nothing_is_taken, HOLDS },
	{ "a message may be sent out of a result", a_message_may_be_sent_out_of_a_result, TAKES },
	{ "paused it takes nothing and finishes what runs", paused_it_takes_nothing_and_finishes_what_runs, HOLDS },
	{ "a line that breaks gives each its result", a_line_that_breaks_gives_each_its_result, BREAKS },
	{ "closed it is silent", closed_it_is_silent, HOLDS },
	{ "it may be closed out of a result", it_may_be_closed_out_of_a_result, HOLDS },
};

struct row { const char *driver; const struct promise *promise; };

static void
run(void **state)
{
	const struct row *row = *state;
	struct rig *g = mem_alloc(sizeof *g);

	rig_start(g, row->driver, row->promise->far);
	row->promise->holds(g);
	rig_stop(g);
	mem_free(g);
}

int
main(void)
{
	struct CMUnitTest tests[64] = { { .name = NULL } };
	struct row rows[64];
	char names[64][128];
	size_t n = 0;
	int bad;

	must(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
	for (const char *const *d = channel_drivers(); *d; d++)
		for (size_t i = 0; i < ARRAY_N(promises); i++, n++) {
			must(n < ARRAY_N(tests));
			rows[n] = (struct row){ *d, &promises[i] };
			snprintf(names[n], sizeof names[n], "%s: %s", *d, promises[i].name);
			tests[n] = (struct CMUnitTest){ .name = names[n], .test_func = run, .initial_state = &rows[n] };
		}
	bad = _cmocka_run_group_tests("channel", tests, n, NULL, NULL);
	curl_global_cleanup();
	return bad;
}
