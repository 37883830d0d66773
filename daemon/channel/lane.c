/* Rate, outcomes, breaker; see the header. Outcome classes: what is known about the request decides, never hope. */
#include "channel/lane.h"

#include <stdio.h>
#include <string.h>

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
	struct channel_stats       stats;
};

struct sending {
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
	if (k->paused || free_slots <= 0)
		return 0;
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
	if (!k->open || ++k->good_probes < PROBES_CLOSE)
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
learn(struct lane *k, const struct send_result *r)
{
	struct channel_stats *s = &k->stats;

	if (r->end != SEND_ACCEPTED)
		note_error(k, r->detail);
	switch (r->end) {
	case SEND_ACCEPTED:  s->accepted++; provider_works(k); break;
	case SEND_NOT_SENT:  s->not_sent++; provider_failed(k); break;
	case SEND_SLOW_DOWN: s->not_sent++; k->tokens_ms = 0; break;
	case SEND_REJECTED:  s->rejected++; provider_works(k); break;
	case SEND_DENIED:    s->not_sent++; provider_denied(k); break;
	case SEND_UNKNOWN:   s->unknown++; provider_failed(k); break;
	case SEND_MAX:       break;
	}
}

static void
classify(struct lane *k, const struct httpc_result *h, struct send_result *r)
{
	struct dialect_response answer = { h->status, h->body };

	*r = (struct send_result){ .end = SEND_UNKNOWN, .retry_after_ms = -1 };
	switch (h->end) {
	case HTTPC_ANSWERED:
		k->dialect->answer(k->conf, &answer, r);
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

	classify(s->lane, h, &s->result);
	learn(s->lane, &s->result);
	s->done(s->arg, &s->result);
	mem_free(s);
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
send_request(struct lane *k, const struct dialect_request *q, struct sending *s)
{
	struct httpc_header headers[2];
	struct httpc_request r = { .post = q->post, .url = sbuf_sv(&q->url), .body = sbuf_sv(&q->body), .headers = headers };

	if (q->content_type)
		headers[r.n_headers++] = (struct httpc_header){ "Content-Type", sv_of(q->content_type) };
	if (q->authorization.n)
		headers[r.n_headers++] = (struct httpc_header){ "Authorization", sbuf_sv(&q->authorization) };
	return httpc_send(k->http, &r, on_done, s);
}

static enum err
send(struct channel *c, const struct outmsg *m, channel_done_fn *done, void *arg)
{
	struct lane *k = lane_of(c);
	struct dialect_request q = { .post = false };
	struct sending *s;
	enum err e;

	if (k->paused || httpc_running(k->http) >= k->limits.connections)
		return ERR_BUSY;
	sbuf_init(&q.url, URL_MAX);
	sbuf_init(&q.body, BODY_MAX);
	sbuf_init(&q.authorization, 1024);
	s = mem_alloc(sizeof *s);
	*s = (struct sending){ .lane = k, .done = done, .arg = arg };
	e = k->dialect->build(k->conf, m, &q);
	if (!e && (q.url.failed || q.body.failed || q.authorization.failed))
		e = ERR_TOOBIG;
	if (!e)
		e = send_request(k, &q, s);
	if (e)
		mem_free(s);
	else
		spend(k);
	sbuf_done(&q.url);
	sbuf_done(&q.body);
	sbuf_done(&q.authorization);
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
	out->state = k->paused ? "paused" : k->denied ? "denied" : k->open ? "down" : k->failures ? "slow" : "up";
}

static void
set_paused(struct channel *c, bool on)
{
	struct lane *k = lane_of(c);

	k->paused = on;
	if (!on && k->env.on_room)
		k->env.on_room(k->env.arg, c);
}

static void
close_lane(struct channel *c)
{
	struct lane *k = lane_of(c);

	httpc_close(k->http);
	mem_free(k->name);
	mem_free(k);
}

static const struct channel_ops ops = { room, send, stats, set_paused, close_lane };

enum err
lane_open(const char *name, const char *driver, const struct http_dialect *d, const void *conf,
          const struct channel_env *env, struct channel **out, struct diag *why)
{
	struct lane *k = mem_alloc(sizeof *k);
	struct httpc_conf http = { .connect_ms = CONNECT_MS, .plain_http = true, .private_ok = true };
	enum err e;

	memcpy(&k->limits, conf, sizeof k->limits);
	http.connections_max = (int)k->limits.connections;
	http.total_ms = k->limits.timeout_ms;
	if ((e = httpc_open(env->loop, &http, &k->http))) {
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

struct counting { struct lane *lane; dialect_event_fn *event; void *arg; };

static void
count(void *arg, const struct inbound *ev)
{
	struct counting *x = arg;

	x->lane->stats.mo += ev->kind == INBOUND_MO;
	x->lane->stats.dlr += ev->kind == INBOUND_DLR;
	x->event(x->arg, ev);
}

enum hook_verdict
lane_hook(struct channel *c, const struct dialect_push *p, dialect_event_fn *event, void *arg, struct dialect_ack *ack)
{
	struct lane *k = lane_of(c);
	struct counting x = { k, event, arg };

	return k->dialect->hook ? k->dialect->hook(k->conf, p, count, &x, ack) : HOOK_BAD;
}
