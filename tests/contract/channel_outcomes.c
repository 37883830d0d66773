/*
 * What a send came to, against providers that break off at every point (outcome table P-14 and hidden second sends P-13 of
 * our reliability notes): only "certainly not sent" may be sent again, so a wrong word here pesters a citizen or
 * loses a survey. The whole road is under test: kannel, lane, httpc.
 */
#include "examples.h"
#include "provider.h"

#include <curl/curl.h>
#include <time.h>

#include "base/clock.h"
#include "io/httpc.h"

#define LATE_MS 15000                    /* a test that needs so long has failed */
#define WAITS   "3s"                     /* time-out of a request */

/* The clock under test can be moved, and stopped; it takes the place of the daemon's. */
static int64_t moved_ms, stopped_ms;             /* 0 = it runs */

int64_t
clock_boot_ms(void)
{
	struct timespec ts;

	if (stopped_ms)
		return stopped_ms + moved_ms;
	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000 + moved_ms;
}

int64_t
clock_wall_ms(void)
{
	return clock_boot_ms();
}

struct attempt {
	int                calls;
	struct send_result r;
};

struct rig {
	struct loop       *loop;
	struct loop_timer *late;
	int                running;
	bool               too_late;
};

struct line {                            /* a channel and its provider */
	struct rig     *rig;
	struct provider provider;
	struct channel *channel;
	void           *conf;
};

static void
on_late(void *arg)
{
	struct rig *g = arg;

	g->too_late = true;
	loop_stop(g->loop);
}

static void
rig_start(struct rig *g)
{
	*g = (struct rig){ .loop = loop_new() };
	g->late = loop_timer_new(g->loop, on_late, g);
	loop_timer_start(g->late, LATE_MS);
	moved_ms = stopped_ms = 0;
}

static void
rig_stop(struct rig *g)
{
	loop_timer_free(g->late);
	loop_free(g->loop);
}

static void
rig_wait(struct rig *g)
{
	if (g->running)
		loop_run(g->loop);
	assert_false(g->too_late);
}

static void
line_open(struct line *l, struct rig *g, const char *host, int rate)
{
	struct channel_env env = { .loop = g->loop };
	char more[512], whole[400];
	struct diag why;

	l->rig = g;
	rate = rate ? rate : 10000;
	snprintf(whole, sizeof whole, "%s:%d/cgi-bin/sendsms", host ? host : "http://127.0.0.1", l->provider.port);
	snprintf(more, sizeof more, "url = %s\nrate = %d\nconnections = 8\ntimeout = " WAITS "\n", whole, rate);
	l->conf = example_conf("kannel", more);
	assert_int_equal(channel_open("sms", "kannel", l->conf, &env, &l->channel, &why), ERR_OK);
}

static void
line_close(struct line *l)
{
	l->channel->ops->close(l->channel);
	example_conf_free("kannel", l->conf);
	provider_stop(&l->provider);
}

static struct rig *current;

static void
on_done(void *arg, const struct send_result *r)
{
	struct attempt *a = arg;

	a->calls++;
	a->r = *r;
	if (!--current->running)
		loop_stop(current->loop);
}

static enum err
line_send(struct line *l, int mark, struct attempt *a)
{
	char ref[32], text[64];
	struct outmsg m = { .ref = ref, .to = "84912345678", .parts = 1, .survey = "7KQ2M4XD" };
	enum err e;

	snprintf(ref, sizeof ref, "R%06dR", mark);
	m.text = (struct sv){ text, (size_t)snprintf(text, sizeof text, "cham R%06dR", mark) };
	*a = (struct attempt){ .calls = 0 };
	current = l->rig;
	e = l->channel->ops->send(l->channel, &m, on_done, a);
	l->rig->running += !e;
	return e;
}

static void
send_now(struct line *l, int mark, struct attempt *a)
{
	assert_int_equal(line_send(l, mark, a), ERR_OK);
	assert_int_equal(a->calls, 0);
	rig_wait(l->rig);
	assert_int_equal(a->calls, 1);
}

/* ---- one row per way to end ---- */

#define HTTP(status, more, body) "HTTP/1.1 " status "\r\nContent-Length: " more "\r\n\r\n" body
#define OK   "0: Accepted for delivery"
#define TEMP "Temporal failure, try again later."
#define PAGE "<html>no</html>"
#define BIT(e) (1u << SEND_##e)
#define ANY_MARK -1

enum place { THERE, REFUSES, SWALLOWS };

static const struct outcome {
	const char       *name;
	enum provider_act act;
	const char       *answer;
	unsigned          want;          /* several where both are true */
	int64_t           retry_ms;
	int               seen;          /* whole requests the provider has read */
	enum place        place;
	const char       *host;          /* NULL: http://127.0.0.1 */
} outcomes[] = {
	/* nothing left us */
	{ "refused", 0, "", BIT(NOT_SENT), -1, 0, REFUSES, NULL },
	{ "black hole", 0, "", BIT(NOT_SENT), -1, 0, SWALLOWS, NULL },
	{ "no such name", 0, "", BIT(NOT_SENT), -1, 0, REFUSES,
	  "http://a-label-of-more-than-sixty-three-letters-is-no-name-and-is-never-asked-for.invalid" },
	/* broken off */
	{ "reset before the request", RESET_FIRST, "", BIT(UNKNOWN) | BIT(NOT_SENT), -1, 0, THERE, NULL },
	{ "reset inside the request", RESET_INSIDE, "", BIT(UNKNOWN), -1, 0, THERE, NULL },
	{ "reset after the request", RESET_AFTER, "", BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "closed after the request", CLOSE_AFTER, "", BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "silence", SILENT, "", BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "reset inside the head", ANSWER_HALF, "HTTP/1.1 202 Accepted\r\nX-Long-Header: abcdefghijklmnopqrstuvwxyz\r\n",
	  BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "reset inside the body", ANSWER_HALF, HTTP("202 Accepted", "100", OK OK OK OK), BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "closed inside the body", ANSWER_CLOSE, HTTP("202 Accepted", "100", OK), BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "refusal cut off", ANSWER_CLOSE, HTTP("403 Forbidden", "100", "Not routable"), BIT(UNKNOWN), -1, 1, THERE, NULL },
	/* no answers */
	{ "not HTTP", BANNER, "SSH-2.0-OpenSSH_9.2p1\r\n", BIT(UNKNOWN), -1, ANY_MARK, THERE, NULL },
	{ "empty 200", ANSWER, HTTP("200 OK", "0", ""), BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "garbage 200", ANSWER, HTTP("200 OK", "4", "\x01\xff\xfe "), BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "empty 202", ANSWER, HTTP("202 Accepted", "0", ""), BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "garbage 202", ANSWER, HTTP("202 Accepted", "15", PAGE), BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "204", ANSWER, "HTTP/1.1 204 No Content\r\n\r\n", BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "drip", DRIP, HTTP("202 Accepted", "1000", OK), BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "drip in the head", DRIP, "H", BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "endless body", FLOOD, "HTTP/1.1 202 Accepted\r\n\r\n" OK, BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "endless chunks", FLOOD, "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n", BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "gigabyte announced", ANSWER, HTTP("202 Accepted", "1000000000", OK), BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "2^64 announced", ANSWER, HTTP("202 Accepted", "18446744073709551620", OK), BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "endless header", FLOOD, "HTTP/1.1 202 Accepted\r\nX", BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "100 and no more", ANSWER, "HTTP/1.1 100 Continue\r\n\r\n", BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "redirect", ANSWER, "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n", BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "redirect to a file", ANSWER, "HTTP/1.1 301 Moved\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
	  BIT(UNKNOWN), -1, 1, THERE, NULL },
	/* answers */
	{ "accepted", ANSWER, HTTP("202 Accepted", "24", OK), BIT(ACCEPTED), -1, 1, THERE, NULL },
	{ "accepted, no length", ANSWER_CLOSE, "HTTP/1.0 202 Accepted\r\n\r\n" OK, BIT(ACCEPTED), -1, 1, THERE, NULL },
	{ "accepted, in chunks", ANSWER, "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n18\r\n" OK "\r\n0\r\n\r\n",
	  BIT(ACCEPTED), -1, 1, THERE, NULL },
	{ "100, then accepted", ANSWER, "HTTP/1.1 100 Continue\r\n\r\n" HTTP("202 Accepted", "24", OK), BIT(ACCEPTED), -1, 1, THERE,
	  NULL },
	{ "queued", ANSWER, HTTP("202 Accepted", "28", "3: Queued for later delivery"), BIT(ACCEPTED), -1, 1, THERE, NULL },
	{ "400", ANSWER, HTTP("400 Bad Request", "15", PAGE), BIT(REJECTED), -1, 1, THERE, NULL },
	{ "401", ANSWER, HTTP("401 Unauthorized", "15", PAGE), BIT(DENIED), -1, 1, THERE, NULL },
	{ "403", ANSWER, HTTP("403 Forbidden", "32", "Authorization failed for sendsms"), BIT(DENIED), -1, 1, THERE, NULL },
	{ "403, this number", ANSWER, HTTP("403 Forbidden", "31", "Not routable. Do not try again."), BIT(REJECTED), -1, 1, THERE,
	  NULL },
	{ "404", ANSWER, HTTP("404 Not Found", "16", "Unknown request."), BIT(DENIED), -1, 1, THERE, NULL },
	{ "408", ANSWER, HTTP("408 Request Timeout", "15", PAGE), BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "409", ANSWER, HTTP("409 Conflict", "15", PAGE), BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "429", ANSWER, HTTP("429 Too Many Requests", "0", ""), BIT(SLOW_DOWN), -1, 1, THERE, NULL },
	{ "429, 7 s", ANSWER, HTTP("429 Too Many Requests", "0\r\nRetry-After: 7", ""), BIT(SLOW_DOWN), 7000, 1, THERE, NULL },
	{ "429, a date", ANSWER, HTTP("429 Too Many Requests", "0\r\nRetry-After: Wed, 25 Nov 2026 10:00:00 GMT", ""), BIT(SLOW_DOWN), -1,
	  1, THERE, NULL },
	{ "429, never", ANSWER, HTTP("429 Too Many Requests", "0\r\nRetry-After: 99999999999999999999", ""), BIT(SLOW_DOWN), -1, 1, THERE,
	  NULL },
	{ "500", ANSWER, HTTP("500 Internal Server Error", "15", "Sending failed."), BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "502", ANSWER, HTTP("502 Bad Gateway", "15", PAGE), BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "503 of Kannel", ANSWER, HTTP("503 Service Unavailable", "34", TEMP), BIT(NOT_SENT), -1, 1, THERE, NULL },
	{ "503 of Kannel, 30 s", ANSWER, HTTP("503 Service Unavailable", "34\r\nRetry-After: 30", TEMP), BIT(NOT_SENT), 30000, 1, THERE,
	  NULL },
	{ "503 of somebody", ANSWER, HTTP("503 Service Unavailable", "15", PAGE), BIT(UNKNOWN), -1, 1, THERE, NULL },
	{ "503 of somebody, 5 s", ANSWER, HTTP("503 Service Unavailable", "15\r\nRetry-After: 5", PAGE), BIT(UNKNOWN), 5000, 1, THERE,
	  NULL },
	{ "504", ANSWER, HTTP("504 Gateway Timeout", "15", PAGE), BIT(UNKNOWN), -1, 1, THERE, NULL },
};

static const struct outcome secure[] = {
	{ "no TLS there", BANNER, "no TLS\r\n", BIT(NOT_SENT), -1, 0, THERE, "https://127.0.0.1" },
	{ "hung up", RESET_FIRST, "", BIT(NOT_SENT), -1, 0, THERE, "https://127.0.0.1" },
	{ "silence", SILENT, "", BIT(NOT_SENT), -1, 0, THERE, "https://127.0.0.1" },
};

static void
outcome_prepare(const struct outcome *o, struct line *l)
{
	*l = (struct line){ .provider = { .first = o->act, .later = o->act, .answer = o->answer, .answer_n = strlen(o->answer),
	                                  .fd = -1 } };
	if (o->place == REFUSES)
		provider_refuses(&l->provider);
	else if (o->place == SWALLOWS)
		provider_swallows(&l->provider);
	else
		provider_start(&l->provider);
}

static bool
is_right(const struct outcome *o, const struct attempt *a, int seen)
{
	if (a->calls == 1 && o->want & 1u << a->r.end && a->r.retry_after_ms == o->retry_ms
	    && (seen == o->seen || (o->seen == ANY_MARK && seen <= 1)))
		return true;
	print_error("%s: %d results, %s \"%s\", retry %lld, seen %d times\n", o->name, a->calls, send_end_name(a->r.end), a->r.detail,
	            (long long)a->r.retry_after_ms, seen);
	return false;
}

/* All at the same time: most of them are over only when the time-out is. */
static bool
are_right(const struct outcome *o, size_t n)
{
	struct line *lines = mem_alloc(n * sizeof *lines);
	struct attempt *attempts = mem_alloc(n * sizeof *attempts);
	bool right = true;
	struct rig g;

	rig_start(&g);
	for (size_t i = 0; i < n; i++)
		outcome_prepare(&o[i], &lines[i]);
	for (size_t i = 0; i < n; i++) {
		line_open(&lines[i], &g, o[i].host, 0);
		assert_int_equal(line_send(&lines[i], 1, &attempts[i]), ERR_OK);
		assert_int_equal(attempts[i].calls, 0);
	}
	rig_wait(&g);
	for (size_t i = 0; i < n; i++) {
		right &= is_right(&o[i], &attempts[i], provider_seen(&lines[i].provider, 1));
		line_close(&lines[i]);
	}
	rig_stop(&g);
	mem_free(attempts);
	mem_free(lines);
	return right;
}

static void
every_end_has_its_name(void **state)
{
	(void)state;
	assert_true(are_right(outcomes, ARRAY_N(outcomes)));
}

/* Reading the certificates of the whole world takes its time under a sanitizer; nobody else waits for it. */
static void
without_tls_nothing_leaves(void **state)
{
	(void)state;
	assert_true(are_right(secure, ARRAY_N(secure)));
}

/* ---- a connection that dies between two messages ---- */

#define PAIRS 500

/* libcurl alone would send the second message of each pair again, on a fresh connection, and call it a success. */
static void
nothing_is_sent_a_second_time(void **state)
{
	struct line l = { .provider = { .first = ANSWER, .later = CLOSE_AFTER, .answer = HTTP("202 Accepted", "24", OK), .fd = -1 } };
	struct attempt a;
	struct rig g;

	(void)state;
	l.provider.answer_n = strlen(l.provider.answer);
	rig_start(&g);
	provider_start(&l.provider);
	line_open(&l, &g, NULL, 0);
	for (int i = 0; i < PAIRS; i++) {
		moved_ms += 10;                          /* the rate is no matter here */
		send_now(&l, 2 * i, &a);
		assert_int_equal(a.r.end, SEND_ACCEPTED);
		send_now(&l, 2 * i + 1, &a);
		assert_int_equal(a.r.end, SEND_UNKNOWN);
	}
	for (int i = 0; i < 2 * PAIRS; i++)
		assert_int_equal(provider_seen(&l.provider, i), 1);
	line_close(&l);
	rig_stop(&g);
}

struct post { int calls; struct httpc_result r; };

static void
on_answer(void *arg, const struct httpc_result *r)
{
	struct post *p = arg;

	p->calls++;
	p->r = *r;
	current->running--;
	loop_stop(current->loop);
}

/* The same with bodies, of which libcurl keeps no second copy to send. */
static void
no_body_is_sent_a_second_time(void **state)
{
	struct provider v = { .first = ANSWER, .later = CLOSE_AFTER, .answer = HTTP("200 OK", "2", "ok"), .fd = -1 };
	struct httpc_conf conf = { .connections_max = 1, .connect_ms = 1000, .total_ms = 1000, .plain_http = true,
	                           .private_ok = true };
	struct httpc *c;
	struct rig g;
	char url[64];

	(void)state;
	v.answer_n = strlen(v.answer);
	rig_start(&g);
	current = &g;
	provider_start(&v);
	snprintf(url, sizeof url, "http://127.0.0.1:%d/", v.port);
	assert_int_equal(httpc_open(g.loop, &conf, &c), ERR_OK);
	for (int i = 0; i < 100; i++) {
		struct post p = { .calls = 0 };
		char body[64];
		struct httpc_request r = { .post = true, .url = sv_of(url) };

		r.body = (struct sv){ body, (size_t)snprintf(body, sizeof body, "{\"text\":\"R%06dR\"}", i) };
		assert_int_equal(httpc_send(c, &r, on_answer, &p), ERR_OK);
		g.running++;
		rig_wait(&g);
		assert_int_equal(p.calls, 1);
		assert_int_equal(p.r.end, i % 2 ? HTTPC_LOST : HTTPC_ANSWERED);
		assert_int_equal(provider_seen(&v, i), 1);
	}
	httpc_close(c);
	provider_stop(&v);
	rig_stop(&g);
}

/* ---- what the lane makes of a row of failures ---- */

static int
room(struct line *l, int64_t *wait)
{
	return l->channel->ops->room(l->channel, clock_boot_ms(), wait);
}

static const char *
state_of(struct line *l)
{
	struct channel_stats s = { .name = "" };

	l->channel->ops->stats(l->channel, &s);
	return s.state;
}

static void
line_answers(struct line *l, struct rig *g, const char *answer)
{
	*l = (struct line){ .provider = { .first = ANSWER, .later = ANSWER, .answer = answer, .answer_n = strlen(answer), .fd = -1 } };
	provider_start(&l->provider);
	line_open(l, g, NULL, 0);
}

/* The same door, another answer behind it: a provider that changes its mind is two providers at one address. */
static void
line_answers_now(struct line *l, const char *answer)
{
	int port = l->provider.port;

	provider_stop(&l->provider);
	l->provider = (struct provider){ .first = ANSWER, .later = ANSWER, .answer = answer, .answer_n = strlen(answer), .fd = -1,
	                                 .port = port };
	provider_start(&l->provider);
}

static void
ten_failures_open_the_breaker(void **state)
{
	struct attempt a;
	struct line l;
	struct rig g;
	int64_t wait;

	(void)state;
	rig_start(&g);
	line_answers(&l, &g, HTTP("500 Internal Server Error", "15", "Sending failed."));
	for (int i = 0; i < 10; i++) {
		assert_true(room(&l, &wait) > 0);
		assert_string_equal(state_of(&l), i ? "slow" : "up");
		send_now(&l, i, &a);
	}
	assert_string_equal(state_of(&l), "down");
	assert_int_equal(room(&l, &wait), 0);
	assert_true(wait > 4000 && wait <= 5000);
	assert_int_equal(line_send(&l, 10, &a), ERR_BUSY);
	moved_ms += 5001;
	assert_int_equal(room(&l, &wait), 1);            /* one probe, and it fails */
	send_now(&l, 11, &a);
	assert_int_equal(room(&l, &wait), 0);

	line_answers_now(&l, HTTP("202 Accepted", "24", OK));
	moved_ms += 5001;
	for (int i = 0; i < 3; i++) {
		assert_string_equal(state_of(&l), "down");
		assert_int_equal(room(&l, &wait), 1);    /* after a good probe the next one at once */
		send_now(&l, 20 + i, &a);
		assert_int_equal(a.r.end, SEND_ACCEPTED);
	}
	assert_string_equal(state_of(&l), "up");
	assert_true(room(&l, &wait) > 0);
	line_close(&l);
	rig_stop(&g);
}

static void
a_refused_account_stops_the_channel(void **state)
{
	struct attempt a;
	struct line l;
	struct rig g;
	int64_t wait;

	(void)state;
	rig_start(&g);
	line_answers(&l, &g, HTTP("403 Forbidden", "32", "Authorization failed for sendsms"));
	send_now(&l, 0, &a);
	assert_string_equal(state_of(&l), "denied");
	assert_int_equal(room(&l, &wait), 0);
	assert_true(wait > 59000 && wait <= 60000);
	assert_int_equal(line_send(&l, 1, &a), ERR_BUSY);
	line_answers_now(&l, HTTP("202 Accepted", "24", OK));
	moved_ms += 60001;
	assert_int_equal(room(&l, &wait), 1);
	send_now(&l, 2, &a);
	assert_string_equal(state_of(&l), "up");
	line_close(&l);
	rig_stop(&g);
}

static const struct {
	const char *answer;
	int64_t     rest_ms;
} rests[] = {
	{ HTTP("429 Too Many Requests", "0", ""), 1000 },
	{ HTTP("429 Too Many Requests", "0\r\nRetry-After: 7", ""), 7000 },
	{ HTTP("429 Too Many Requests", "0\r\nRetry-After: 86400", ""), 300000 },        /* a day's silence is not believed */
	{ HTTP("503 Service Unavailable", "34\r\nRetry-After: 30", TEMP), 30000 },
	{ HTTP("503 Service Unavailable", "34", TEMP), 0 },
	{ HTTP("503 Service Unavailable", "15\r\nRetry-After: 5", PAGE), 0 },
};

static void
it_rests_when_asked_to(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(rests); i++) {
		struct attempt a;
		struct line l;
		struct rig g;
		int64_t wait = 0;
		int n;

		rig_start(&g);
		line_answers(&l, &g, rests[i].answer);
		send_now(&l, 0, &a);
		n = room(&l, &wait);
		assert_int_equal(n > 0, !rests[i].rest_ms);
		assert_true(!rests[i].rest_ms || (wait > rests[i].rest_ms - 500 && wait <= rests[i].rest_ms));
		moved_ms += rests[i].rest_ms;
		assert_true(room(&l, &wait) > 0);
		line_close(&l);
		rig_stop(&g);
	}
}

/* One line of the clock: 10 s in steps a busy loop would take, everything sent that there is room for. */
static void
the_rate_is_kept(void **state)
{
	enum { RATE = 50, SECONDS = 10, STEP_MS = 20 };
	struct attempt a;
	struct line l = { .provider = { .first = ANSWER, .later = ANSWER, .answer = HTTP("202 Accepted", "24", OK), .fd = -1 } };
	struct rig g;
	int64_t wait, from;
	int n = 0;

	(void)state;
	l.provider.answer_n = strlen(l.provider.answer);
	rig_start(&g);
	provider_start(&l.provider);
	line_open(&l, &g, NULL, RATE);
	stopped_ms = clock_boot_ms();                    /* a slow machine must not earn a message between two lines */
	for (from = clock_boot_ms(); clock_boot_ms() - from < SECONDS * SEC_MS; moved_ms += STEP_MS) {
		for (; room(&l, &wait) > 0; n++)
			send_now(&l, n, &a);
		assert_true(wait > 0 && wait <= SEC_MS / RATE + 1);
		assert_int_equal(line_send(&l, n, &a), ERR_BUSY);
	}
	assert_in_range(n, RATE * SECONDS * 9 / 10, RATE * SECONDS + RATE / 4 + 1);
	moved_ms += DAY_MS;                              /* a quiet day does not save up more than a quarter of a second */
	assert_in_range(room(&l, &wait), 1, RATE / 4);
	line_close(&l);
	rig_stop(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_end_has_its_name),
		cmocka_unit_test(without_tls_nothing_leaves),
		cmocka_unit_test(nothing_is_sent_a_second_time),
		cmocka_unit_test(no_body_is_sent_a_second_time),
		cmocka_unit_test(ten_failures_open_the_breaker),
		cmocka_unit_test(a_refused_account_stops_the_channel),
		cmocka_unit_test(it_rests_when_asked_to),
		cmocka_unit_test(the_rate_is_kept),
	};
	int bad;

	must(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
	bad = cmocka_run_group_tests(tests, NULL, NULL);
	curl_global_cleanup();
	return bad;
}
