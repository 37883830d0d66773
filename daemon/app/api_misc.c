/* The sandbox's phone, status, metrics, health. */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "app/api.h"
#include "app/inbox.h"
#include "app/pauses.h"
#include "app/sandbox.h"
#include "base/clock.h"
#include "base/mem.h"

#define STATUS_MAX  (64 * 1024)
#define METRICS_MAX (256 * 1024)

static const struct sv nothing = { "", 0 };

/* ---- sandbox ---- */

static bool
has_sandbox(struct call *c)
{
	if (c->e->setup->sandbox >= 0)
		return true;
	call_problem(c, 404, "no channel of these settings is a sandbox", nothing);
	return false;
}

static void
on_list(void *arg, enum err e, struct sv list)
{
	struct call *c = arg;

	if (e)
		call_failed(c, e);
	else
		call_json(c, 200, list);
}

void
api_sandbox_list(struct call *c)
{
	char to[64] = "";
	struct phone p = { "" };
	enum err e;

	if (!has_sandbox(c))
		return;
	if (httpd_param(httpd_query(c->req), "to", to, sizeof to, NULL) && phone_parse(sv_of(to), &p, NULL) != PHONE_MOBILE)
		call_problem(c, 400, "to is not a mobile number", nothing);
	else if ((e = sandbox_list(c->e, p.e164, on_list, c)))
		call_failed(c, e);
}

static void
on_reply(void *arg, enum err e)
{
	if (e)
		call_failed(arg, e);
	else
		call_json(arg, 202, SV("{\"taken\":true}\n"));
}

void
api_sandbox_reply(struct call *c)
{
	struct sv body = httpd_body(c->req);
	json_error_t why;
	json_t *o;
	const char *from = NULL, *text = NULL;
	char id[40];
	size_t n = 0;

	if (!has_sandbox(c))
		return;
	o = json_loadb(body.p ? body.p : "", body.n, JSON_REJECT_DUPLICATES, &why);
	if (!o || json_unpack(o, "{s:s, s:s%!}", "from", &from, "text", &text, &n)) {
		call_problem(c, 400, "send {\"from\": \"number\", \"text\": \"words\"}", nothing);
	} else {
		struct inbound ev = { .kind = INBOUND_MO, .from = sv_of(from), .text = { text, n } };

		snprintf(id, sizeof id, "%016" PRIx64 "%016" PRIx64, engine_random(c->e), engine_random(c->e));
		ev.id = sv_of(id);
		inbox_take(c->e, c->e->setup->conf->channels[c->e->setup->sandbox].name, &ev, on_reply, c);
	}
	json_decref(o);
}

/* ---- pauses ---- */

static void
on_pause(void *arg, enum err e)
{
	struct call *c = arg;
	AUTO_SBUF out;
	struct json_out j;

	if (e) {
		call_failed(c, e);
		return;
	}
	sbuf_init(&out, STATUS_MAX);
	json_begin(&j, &out);
	json_text(&j, "paused", pauses_names(c->e));
	json_end(&j);
	sbuf_addc(&out, '\n');
	call_json(c, 200, sbuf_sv(&out));
}

static void
set_pause(struct call *c, bool on)
{
	enum err e = pauses_set(c->e, c->name, on, on_pause, c);

	if (e == ERR_MISSING)
		call_problem(c, 404, "there is no such channel; \"all\" is the whole province", nothing);
	else if (e)
		call_failed(c, e);
}

void
api_pause(struct call *c)
{
	set_pause(c, true);
}

void
api_resume(struct call *c)
{
	set_pause(c, false);
}

/* ---- status ---- */

static void
add_store(struct json_out *j, struct engine *e)
{
	struct store_stats s;
	struct json_out o;

	e->store->ops->stats(e->store, &s);
	json_name(j, "store");
	json_begin(&o, j->b);
	json_bool(&o, "ready", s.state == STORE_READY);
	json_text(&o, "server", s.server);
	json_text(&o, "reason", s.reason);
	json_int(&o, "running", s.running);
	json_int(&o, "reconnects", s.reconnects);
	json_end(&o);
}

static void
add_channels(struct json_out *j, struct engine *e)
{
	const struct conf *conf = e->setup->conf;
	struct channel_stats s;
	struct json_out o;

	json_name(j, "channels");
	sbuf_addc(j->b, '[');
	for (size_t i = 0; i < conf->n_channels; i++) {
		s = (struct channel_stats){ .name = "" };
		e->setup->channels[i]->ops->stats(e->setup->channels[i], &s);
		if (i)
			sbuf_addc(j->b, ',');
		json_begin(&o, j->b);
		json_text(&o, "name", conf->channels[i].name);
		json_text(&o, "driver", conf->channels[i].driver);
		json_text(&o, "state", s.state ? s.state : "");
		json_int(&o, "running", s.running);
		json_int(&o, "accepted", s.accepted);
		json_int(&o, "not_sent", s.not_sent);
		json_int(&o, "rejected", s.rejected);
		json_int(&o, "unknown", s.unknown);
		json_int(&o, "mo", s.mo);
		json_int(&o, "dlr", s.dlr);
		json_text(&o, "last_error", s.last_error);
		json_end(&o);
	}
	sbuf_addc(j->b, ']');
}

static const struct { const char *name, *help; size_t at; } counters[] = {
	{ "cases", "Closed cases taken in", offsetof(struct engine_stats, cases) },
	{ "replies", "Messages of citizens taken in", offsetof(struct engine_stats, replies) },
	{ "receipts", "Delivery receipts that said something new", offsetof(struct engine_stats, receipts) },
	{ "scores", "Entries written to the score streams", offsetof(struct engine_stats, scores) },
	{ "followups", "Entries written to the follow-up streams", offsetof(struct engine_stats, followups) },
	{ "sends", "Messages handed to a channel", offsetof(struct engine_stats, sends) },
	{ "sends_unknown", "Sends whose outcome nobody knows", offsetof(struct engine_stats, unknown) },
	{ "conflicts", "Changes begun again because another was faster", offsetof(struct engine_stats, conflicts) },
	{ "failures", "Changes that could not be stored", offsetof(struct engine_stats, failures) },
	{ "buried", "Jobs set aside after too many tries", offsetof(struct engine_stats, buried) },
};

static int64_t
counter(const struct engine *e, size_t i)
{
	int64_t v;

	memcpy(&v, (const char *)&e->stats + counters[i].at, sizeof v);
	return v;
}

void
api_status(struct call *c)
{
	AUTO_SBUF out;
	struct json_out j;

	sbuf_init(&out, STATUS_MAX);
	json_begin(&j, &out);
	json_text(&j, "instance", c->e->setup->conf->instance);
	json_text(&j, "version", HAILONG_VERSION);
	json_text(&j, "mode", c->e->setup->conf->mode == CONF_TRIAL ? "trial" : "live");
	json_int(&j, "uptime_s", (clock_boot_ms() - c->api->started_ms) / SEC_MS);
	json_text(&j, "paused", pauses_names(c->e));
	json_int(&j, "changes_running", c->e->changes);
	for (size_t i = 0; i < ARRAY_N(counters); i++)
		json_int(&j, counters[i].name, counter(c->e, i));
	add_store(&j, c->e);
	add_channels(&j, c->e);
	json_end(&j);
	sbuf_addc(&out, '\n');
	call_json(c, 200, sbuf_sv(&out));
}

void
api_metrics(struct call *c)
{
	AUTO_SBUF out;
	struct store_stats s;

	sbuf_init(&out, METRICS_MAX);
	for (size_t i = 0; i < ARRAY_N(counters); i++)
		sbuf_addf(&out, "# HELP hailong_%s_total %s.\n# TYPE hailong_%s_total counter\nhailong_%s_total %" PRId64 "\n",
		          counters[i].name, counters[i].help, counters[i].name, counters[i].name, counter(c->e, i));
	c->e->store->ops->stats(c->e->store, &s);
	sbuf_addf(&out, "# HELP hailong_store_ready Whether the store can be used.\n# TYPE hailong_store_ready gauge\n"
	                "hailong_store_ready %d\n", s.state == STORE_READY);
	call_text(c, 200, "text/plain; version=0.0.4; charset=utf-8", sbuf_sv(&out));
}

/* ---- health ---- */

void
api_healthz(struct call *c)
{
	call_text(c, 200, "text/plain", SV("alive\n"));
}

void
api_readyz(struct call *c)
{
	struct store_stats s;
	AUTO_SBUF out;

	sbuf_init(&out, 1024);
	c->e->store->ops->stats(c->e->store, &s);
	sbuf_addf(&out, "store %s%s%s\n", s.state == STORE_READY ? "ready" : "away", *s.reason ? ": " : "", s.reason);
	call_text(c, s.state == STORE_READY ? 200 : 503, "text/plain", sbuf_sv(&out));
}
