/* Rate, outcomes, breaker; see the header. Outcome classes: what is known about the request decides, never hope. */
#include "channel/lane.h"

#include <stdio.h>
#include <string.h>
#include <sys/queue.h>
#include <utf8proc.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/httpc.h"

#define URL_MAX       16384
#define BODY_MAX      65536
#define CONNECT_MS    (3 * SEC_MS)
#define FAILURES_OPEN 10                 /* of the provider, one after another */
#define PROBE_MS      (5 * SEC_MS)
#define DENIED_MS     (60 * SEC_MS)      /* our account is refused: a person must act, but look now and then */
#define PROBES_CLOSE  3
#define REST_MS       SEC_MS             /* after "too fast" without a time */
#define REST_MAX_MS   (5 * MIN_MS)
#define NUMBER_DIGITS 9                  /* from so many digits on it may be a phone number */

struct lane {
	struct channel             channel;
	char                      *name;
	const char                *driver;
	const struct http_dialect *dialect;
	const void                *conf;
	struct lane_conf           limits;
	struct channel_env         env;
	struct httpc              *http;
	int64_t                    tokens_ms, at_ms;         /* bucket: ms worth of sending saved up */
	int                        failures, good_probes;
	bool                       open, denied, paused;     /* open: the breaker lets probes through only */
	int64_t                    probe_ms;
	int64_t                    rest_ms;                  /* the provider asked for silence until then */
	bool                       asked;                    /* somebody waits for room to appear */
	bool                       telling, closed;          /* a result is being delivered; closed meanwhile */
	LIST_HEAD(, sending)       sendings;
	struct channel_stats       stats;
};

struct sending {
	LIST_ENTRY(sending) all;
	struct lane        *lane;
	struct send_result  result;
	channel_done_fn    *done;
	void               *arg;
};

static struct lane *
lane_of(struct channel *c)
{
	return (struct lane *)c;
}

/* ---- room ---- */

static int64_t
cost_ms1000(const struct lane *k)
{
	return 1000000 / k->limits.rate;             /* of one message, in thousandths of a ms */
}

/* At most a quarter of a second's messages at once, and one at least. */
static void
refill(struct lane *k, int64_t now)
{
	int64_t most = 250 * 1000 > cost_ms1000(k) ? 250 * 1000 : cost_ms1000(k);

	if (now > k->at_ms) {
		int64_t passed = now - k->at_ms < 1000 ? now - k->at_ms : 1000;

		k->tokens_ms += passed * 1000;
		k->at_ms = now;
	}
	if (k->tokens_ms > most)
		k->tokens_ms = most;
}

static int
room(struct channel *c, int64_t now, int64_t *wait)
{
	struct lane *k = lane_of(c);
	int64_t free_slots = k->limits.connections - httpc_running(k->http), by_rate;

	*wait = -1;
	if (k->paused || free_slots <= 0) {
		k->asked = true;
		return 0;
	}
	if (now < k->rest_ms) {
		*wait = k->rest_ms - now;
		return 0;
	}
	if (k->open || k->denied) {
		if (now < k->probe_ms || httpc_running(k->http)) {
			*wait = k->probe_ms > now ? k->probe_ms - now : PROBE_MS;
			return 0;
		}
		return 1;
	}
	refill(k, now);
	by_rate = k->tokens_ms / cost_ms1000(k);
	if (!by_rate)
		*wait = (cost_ms1000(k) - k->tokens_ms) / 1000 + 1;
	return (int)(by_rate < free_slots ? by_rate : free_slots);
}

static void
say_room(struct lane *k)
{
	if (!k->asked || k->paused)
		return;
	k->asked = false;
	if (k->env.on_room)
		k->env.on_room(k->env.arg, &k->channel);
}

/* ---- outcomes ---- */

static void
note_error(struct lane *k, const char *text)
{
	snprintf(k->stats.last_error, sizeof k->stats.last_error, "%s", text);
	k->stats.last_error_at_ms = clock_boot_ms();
}

static void
provider_failed(struct lane *k)
{
	k->good_probes = 0;
	if (++k->failures < FAILURES_OPEN && !k->open)
		return;
	if (!k->open)
		log_error("provider fails, channel=%s last=\"%s\"", k->name, k->stats.last_error);
	k->open = true;
	k->probe_ms = clock_boot_ms() + PROBE_MS;
}

static void
provider_works(struct lane *k)
{
	k->failures = 0;
	if (k->denied)
		log_notice("provider takes our account again, channel=%s", k->name);
	k->denied = false;
	if (k->open && ++k->good_probes < PROBES_CLOSE)
		k->probe_ms = 0;                     /* the next one at once */
	if (!k->open || k->good_probes < PROBES_CLOSE)
		return;
	k->open = false;
	log_notice("provider works again, channel=%s", k->name);
}

static void
provider_denied(struct lane *k)
{
	if (!k->denied)
		log_error("provider refuses our account, channel=%s answer=\"%s\"", k->name, k->stats.last_error);
	k->denied = true;
	k->probe_ms = clock_boot_ms() + DENIED_MS;
}

static void
rest(struct lane *k, int64_t ms)
{
	k->rest_ms = clock_boot_ms() + (ms < REST_MAX_MS ? ms : REST_MAX_MS);
}

static void
learn(struct lane *k, const struct send_result *r)
{
	struct channel_stats *s = &k->stats;

	if (r->end != SEND_ACCEPTED)
		note_error(k, r->detail);
	switch (r->end) {
	case SEND_ACCEPTED:  s->accepted++; provider_works(k); break;
	case SEND_NOT_SENT:
		s->not_sent++;
		provider_failed(k);
		if (r->retry_after_ms > 0)
			rest(k, r->retry_after_ms);
		break;
	case SEND_SLOW_DOWN:
		s->not_sent++;
		rest(k, r->retry_after_ms > 0 ? r->retry_after_ms : REST_MS);
		break;
	case SEND_REJECTED:  s->rejected++; provider_works(k); break;
	case SEND_DENIED:    s->not_sent++; provider_denied(k); break;
	case SEND_UNKNOWN:   s->unknown++; provider_failed(k); break;
	case SEND_MAX:       break;
	}
}

/* From p on: digits, and single blanks, dots or dashes between them. */
static size_t
number_at(const char *p, int *digits)
{
	size_t n = 0;

	for (*digits = 0;; n++) {
		bool digit = p[n] >= '0' && p[n] <= '9';

		if (!digit && !(n && p[n] && strchr(" .-", p[n]) && p[n + 1] >= '0' && p[n + 1] <= '9'))
			return n;
		*digits += digit;
	}
}

/* What a provider says goes into stories, screens and logs: as one line of valid UTF-8 and without phone numbers, nor the
 * first digits of one that did not fit. */
static void
make_presentable(char *text, size_t size)
{
	bool cut = strlen(text) + 1 == size;
	char *to = text;

	for (const char *from = text; *from;) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)from, -1, &c);
		int digits;
		size_t run = number_at(from, &digits);

		if (run && cut && !from[run])
			break;
		if (digits >= NUMBER_DIGITS) {
			memcpy(to, "###", 3);
			to += 3;
			from += run;
		} else if (run) {
			memmove(to, from, run);
			to += run;
			from += run;
		} else if (n < 1 || c < 0x20 || (c >= 0x7f && c < 0xa0)) {
			*to++ = n < 1 ? '?' : ' ';
			from += n < 1 ? 1 : n;
		} else {
			memmove(to, from, (size_t)n);
			to += n;
			from += n;
		}
	}
	*to = '\0';
}

/* What these mean needs no documentation; where a provider means something else, its dialect has said so. */
static const struct { int status; enum send_end end; } everywhere[] = { { 401, SEND_DENIED }, { 429, SEND_SLOW_DOWN } };

void
lane_read_answer(const struct http_dialect *d, const void *conf, const struct dialect_response *r, struct send_result *out)
{
	*out = (struct send_result){ .end = SEND_UNKNOWN, .retry_after_ms = -1 };
	d->answer(conf, r, out);
	for (size_t i = 0; i < ARRAY_N(everywhere) && out->end == SEND_UNKNOWN; i++)
		if (everywhere[i].status == r->status)
			out->end = everywhere[i].end;
	make_presentable(out->detail, sizeof out->detail);
	make_presentable(out->provider_id, sizeof out->provider_id);
}

static void
classify(struct lane *k, const struct httpc_result *h, struct send_result *r)
{
	struct dialect_response answer = { h->status, h->body };

	*r = (struct send_result){ .end = SEND_UNKNOWN, .retry_after_ms = -1 };
	switch (h->end) {
	case HTTPC_ANSWERED:
		lane_read_answer(k->dialect, k->conf, &answer, r);
		if (r->retry_after_ms < 0)
			r->retry_after_ms = h->retry_after_ms;
		break;
	case HTTPC_NOT_SENT:
		r->end = SEND_NOT_SENT;
		snprintf(r->detail, sizeof r->detail, "%s", h->reason);
		break;
	case HTTPC_LOST:
		snprintf(r->detail, sizeof r->detail, "%s", h->reason);
		break;
	}
}

static void
on_done(void *arg, const struct httpc_result *h)
{
	struct sending *s = arg;
	struct lane *k = s->lane;

	LIST_REMOVE(s, all);
	classify(k, h, &s->result);
	learn(k, &s->result);
	k->telling = true;
	s->done(s->arg, &s->result);
	mem_free(s);
	k->telling = false;
	if (!k->closed)
		say_room(k);
}

/* ---- sending ---- */

static void
spend(struct lane *k)
{
	int64_t now = clock_boot_ms();

	if (k->open || k->denied)
		k->probe_ms = now + PROBE_MS;
	refill(k, now);
	k->tokens_ms -= cost_ms1000(k);
}

static enum err
open_http(struct loop *l, const struct lane_conf *conf, struct httpc **out)
{
	struct httpc_conf http = { .connections_max = (int)conf->connections, .connect_ms = CONNECT_MS,
	                           .total_ms = conf->timeout_ms, .plain_http = true, .private_ok = true };

	return httpc_open(l, &http, out);
}

static void
request_init(struct dialect_request *q)
{
	*q = (struct dialect_request){ .post = false };
	sbuf_init(&q->url, URL_MAX);
	sbuf_init(&q->body, BODY_MAX);
	sbuf_init(&q->authorization, 1024);
}

static void
request_done(struct dialect_request *q)
{
	sbuf_done(&q->url);
	sbuf_done(&q->body);
	sbuf_done(&q->authorization);
}

static enum err
send_request(struct httpc *http, const struct dialect_request *q, httpc_done_fn *done, void *arg)
{
	struct httpc_header headers[2];
	struct httpc_request r = { .post = q->post, .url = sbuf_sv(&q->url), .body = sbuf_sv(&q->body), .headers = headers };

	if (q->url.failed || q->body.failed || q->authorization.failed)
		return ERR_TOOBIG;
	if (q->content_type)
		headers[r.n_headers++] = (struct httpc_header){ "Content-Type", sv_of(q->content_type) };
	if (q->authorization.n)
		headers[r.n_headers++] = (struct httpc_header){ "Authorization", sbuf_sv(&q->authorization) };
	return httpc_send(http, &r, done, arg);
}

static enum err
send(struct channel *c, const struct outmsg *m, channel_done_fn *done, void *arg)
{
	struct lane *k = lane_of(c);
	struct dialect_request q;
	struct sending *s;
	int64_t wait;
	enum err e;

	if (!room(c, clock_boot_ms(), &wait))
		return ERR_BUSY;
	request_init(&q);
	s = mem_alloc(sizeof *s);
	*s = (struct sending){ .lane = k, .done = done, .arg = arg };
	e = k->dialect->build(k->conf, m, &q);
	if (!e)
		e = send_request(k->http, &q, on_done, s);
	if (e) {
		mem_free(s);
	} else {
		LIST_INSERT_HEAD(&k->sendings, s, all);
		spend(k);
	}
	request_done(&q);
	return e;
}

/* ---- the rest of the port ---- */

static void
stats(const struct channel *c, struct channel_stats *out)
{
	const struct lane *k = (const struct lane *)c;

	*out = k->stats;
	out->name = k->name;
	out->driver = k->driver;
	out->running = httpc_running(k->http);
	out->state = k->paused ? "paused" : k->denied ? "denied" : k->open ? "down"
	             : k->failures || clock_boot_ms() < k->rest_ms ? "slow" : "up";
}

static void
set_paused(struct channel *c, bool on)
{
	struct lane *k = lane_of(c);

	k->paused = on;
	say_room(k);
}

static void
close_lane(struct channel *c)
{
	struct lane *k = lane_of(c);
	struct sending *s;

	httpc_close(k->http);
	while ((s = LIST_FIRST(&k->sendings))) {
		LIST_REMOVE(s, all);
		mem_free(s);
	}
	mem_free(k->name);
	k->closed = true;
	if (k->telling)
		loop_bury(k->env.loop, k);
	else
		mem_free(k);
}

static const struct channel_ops ops = { room, send, stats, set_paused, close_lane };

enum err
lane_open(const char *name, const char *driver, const struct http_dialect *d, const void *conf,
          const struct channel_env *env, struct channel **out, struct diag *why)
{
	struct lane *k = mem_alloc(sizeof *k);
	enum err e;

	memcpy(&k->limits, conf, sizeof k->limits);
	if ((e = open_http(env->loop, &k->limits, &k->http))) {
		diag_set(why, 0, "channel \"%s\": libcurl has no asynchronous resolver", name);
		mem_free(k);
		return e;
	}
	k->channel.ops = &ops;
	k->name = mem_strdup(name);
	k->driver = driver;
	k->dialect = d;
	k->conf = conf;
	k->env = *env;
	k->at_ms = clock_boot_ms();
	k->tokens_ms = 250 * 1000;
	*out = &k->channel;
	return ERR_OK;
}

/* ---- a question that sends nothing ---- */

struct question {
	const struct http_dialect *dialect;
	const void                *conf;
	struct httpc              *http;
	channel_probe_fn          *done;
	void                      *arg;
};

static void
on_probed(void *arg, const struct httpc_result *h)
{
	struct question *p = arg;
	struct dialect_response r = { h->status, h->body };
	bool answered = h->end == HTTPC_ANSWERED;
	char said[96];

	if (answered)
		snprintf(said, sizeof said, "%d %.*s", r.status, (int)(r.body.n < sizeof said ? r.body.n : sizeof said),
		         r.body.n ? r.body.p : "");
	else
		snprintf(said, sizeof said, "%s", h->reason);
	make_presentable(said, sizeof said);
	p->done(p->arg, answered && p->dialect->probed(p->conf, &r), said);
	httpc_close(p->http);
	mem_free(p);
}

enum err
lane_probe(const struct http_dialect *d, const void *conf, struct loop *l, channel_probe_fn *done, void *arg)
{
	struct question *p = mem_alloc(sizeof *p);
	struct dialect_request q;
	struct lane_conf limits;
	enum err e;

	*p = (struct question){ d, conf, NULL, done, arg };
	memcpy(&limits, conf, sizeof limits);
	request_init(&q);
	e = open_http(l, &limits, &p->http);
	if (!e)
		e = d->probe(conf, &q);
	if (!e)
		e = send_request(p->http, &q, on_probed, p);
	if (e) {
		httpc_close(p->http);
		mem_free(p);
	}
	request_done(&q);
	return e;
}

/* ---- what a provider tells us ---- */

struct counting { struct lane *lane; dialect_event_fn *event; void *arg; };

static void
count(void *arg, const struct inbound *ev)
{
	struct counting *x = arg;

	struct inbound told = *ev;
	char detail[96];

	x->lane->stats.mo += ev->kind == INBOUND_MO;
	x->lane->stats.dlr += ev->kind == INBOUND_DLR;
	snprintf(detail, sizeof detail, "%.*s", (int)(ev->detail.n < sizeof detail ? ev->detail.n : sizeof detail - 1),
	         ev->detail.n ? ev->detail.p : "");
	make_presentable(detail, sizeof detail);
	told.detail = sv_of(detail);
	x->event(x->arg, &told);
}

enum hook_verdict
lane_hook(struct channel *c, const struct dialect_push *p, dialect_event_fn *event, void *arg, struct dialect_ack *ack)
{
	struct lane *k = lane_of(c);
	struct counting x = { k, event, arg };

	return k->dialect->hook ? k->dialect->hook(k->conf, p, count, &x, ack) : HOOK_BAD;
}
