/*
 * Recorded examples of every provider, read by its own dialect behind the lane: a driver over HTTP that comes to the table
 * is tested as soon as tests/data/<driver>/ is there, and fails as long as it is not.
 */
#include "examples.h"

#include "channel/lane.h"

struct counts { int accepted, pushes, forged, sends, probes, good, bad; };

struct told { struct sbuf text; };

/* ---- answers ---- */

static void
check_answer(const char *driver, const void *conf, const struct example *x)
{
	struct sv want = example_get(x, "end"), detail = example_get(x, "detail"), id = example_get(x, "id");
	struct dialect_response r = { .body = x->body };
	struct send_result got;
	int64_t status;

	assert_int_equal(num_parse(example_get(x, "answer"), 100, 599, &status), ERR_OK);
	r.status = (int)status;
	lane_read_answer(channel_dialect(driver), conf, &r, &got);
	if (!sv_is(want, send_end_name(got.end)))
		fail_msg("%s: came to %s", x->name, send_end_name(got.end));
	if (detail.p && !sv_eq(detail, sv_trim(sv_of(got.detail))))
		fail_msg("%s: said \"%s\"", x->name, got.detail);
	if (id.p && !sv_is(id, got.provider_id))
		fail_msg("%s: id \"%s\"", x->name, got.provider_id);
}

/* ---- pushes ---- */

static void
add(struct sbuf *out, const char *name, struct sv value)
{
	if (!value.n)
		return;
	sbuf_addf(out, " %s=", name);
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] == '\n')
			sbuf_adds(out, "\\n");
		else
			sbuf_addc(out, value.p[i]);
}

static void
on_event(void *arg, const struct inbound *ev)
{
	struct sbuf *out = &((struct told *)arg)->text;

	sbuf_adds(out, ev->kind == INBOUND_MO ? "mo" : "dlr");
	if (ev->kind == INBOUND_DLR)
		sbuf_addf(out, " %s", dlr_state_name(ev->dlr));
	add(out, "id", ev->id);
	add(out, "from", ev->from);
	add(out, "to", ev->to);
	add(out, "ref", ev->ref);
	add(out, "provider_id", ev->provider_id);
	add(out, "detail", ev->detail);
	add(out, "text", ev->text);
	sbuf_addc(out, '\n');
}

static struct dialect_push
push_of(const struct example *x)
{
	struct sv query = example_get(x, "push"), method = sv_cut(&query, ' '), path = sv_cut(&query, '?');
	struct sv type = example_get(x, "type"), authorization = example_get(x, "authorization");

	assert_true(sv_starts(path, SV("/hook/")));
	path.p += 6;
	path.n -= 6;
	(void)sv_cut(&path, '/');
	return (struct dialect_push){
		.post = sv_is(method, "POST"), .tail = path.p ? path : SV(""), .query = query.p ? query : SV(""), .body = x->body,
		.content_type = type.p ? type : SV(""),
		.authorization = authorization.p ? authorization.p : "",
	};
}

static const char *const verdicts[] = {
	[HOOK_OK] = "ok", [HOOK_IGNORE] = "ignore", [HOOK_FORGED] = "forged", [HOOK_BAD] = "bad",
};

static void
check_push(struct channel *c, const struct example *x, struct counts *n)
{
	struct dialect_push p = push_of(x);
	struct dialect_ack ack = { .status = 0 };
	struct sv want = example_get(x, "status");
	struct told told;
	enum hook_verdict v;
	int64_t status;
	AUTO_SBUF events;

	sbuf_init(&told.text, 65536);
	sbuf_init(&events, 65536);
	sbuf_init(&ack.body, 4096);
	v = channel_hook(c, &p, on_event, &told, &ack);
	for (int i = 0; i < x->n; i++)
		if (sv_is(x->line[i].name, "event")) {
			sbuf_addsv(&events, x->line[i].value);
			sbuf_addc(&events, '\n');
		}
	if (!sv_is(example_get(x, "verdict"), verdicts[v]))
		fail_msg("%s: %s", x->name, verdicts[v]);
	if (!sv_eq(sbuf_sv(&told.text), sbuf_sv(&events)))
		fail_msg("%s: events are\n%.*s", x->name, SV_ARG(sbuf_sv(&told.text)));
	if (want.p && (num_parse(want, 100, 599, &status) || ack.status != (int)status))
		fail_msg("%s: answered with %d", x->name, ack.status);
	n->forged += v == HOOK_FORGED;
	n->pushes += v == HOOK_OK;
	sbuf_done(&told.text);
	sbuf_done(&ack.body);
}

/* ---- messages of ours ---- */

static void
check_send(const char *driver, const void *conf, const struct example *x)
{
	struct sv words = example_get(x, "send"), want = example_get(x, "request");
	struct dialect_request q = { .post = false };
	struct outmsg m = { .text = example_get(x, "text"), .survey = "7KQ2M4XD", .parts = 1 };
	char ref[64] = "", to[32] = "";
	AUTO_SBUF got;
	enum err e;

	while (words.p) {
		struct sv value = sv_cut(&words, ' '), name = sv_cut(&value, '=');

		assert_true(value.p != NULL);
		if (sv_is(name, "ref"))
			assert_true(sv_copy(value, ref, sizeof ref));
		else if (sv_is(name, "to"))
			assert_true(sv_copy(value, to, sizeof to));
		else
			m.ucs2 = sv_is(value, "1");
	}
	m.ref = ref;
	m.to = to;
	sbuf_init(&q.url, 16384);
	sbuf_init(&q.body, 65536);
	sbuf_init(&q.authorization, 1024);
	sbuf_init(&got, 20000);
	e = channel_dialect(driver)->build(conf, &m, &q);
	if (e)
		sbuf_adds(&got, "none");
	else
		sbuf_addf(&got, "%s %.*s", q.post ? "POST" : "GET", SV_ARG(sbuf_sv(&q.url)));
	if (!sv_eq(sbuf_sv(&got), want))
		fail_msg("%s: asks\n%.*s", x->name, SV_ARG(sbuf_sv(&got)));
	if (!e && !sv_eq(sbuf_sv(&q.body), x->body))
		fail_msg("%s: body\n%.*s", x->name, SV_ARG(sbuf_sv(&q.body)));
	sbuf_done(&q.url);
	sbuf_done(&q.body);
	sbuf_done(&q.authorization);
}

/* ---- a question that sends nothing ---- */

static void
check_probe(const char *driver, const void *conf, const struct example *x)
{
	struct dialect_request q = { .post = false };
	AUTO_SBUF got;

	sbuf_init(&q.url, 16384);
	sbuf_init(&q.body, 65536);
	sbuf_init(&q.authorization, 1024);
	sbuf_init(&got, 20000);
	assert_int_equal(channel_dialect(driver)->probe(conf, &q), ERR_OK);
	sbuf_addf(&got, "%s %.*s", q.post ? "POST" : "GET", SV_ARG(sbuf_sv(&q.url)));
	if (!sv_eq(sbuf_sv(&got), example_get(x, "probe")) || !sv_eq(sbuf_sv(&q.body), x->body))
		fail_msg("%s: asks\n%.*s\n%.*s", x->name, SV_ARG(sbuf_sv(&got)), SV_ARG(sbuf_sv(&q.body)));
	sbuf_done(&q.url);
	sbuf_done(&q.body);
	sbuf_done(&q.authorization);
}

static void
check_probed(const char *driver, const void *conf, const struct example *x)
{
	struct dialect_response r = { .body = x->body };
	int64_t status;
	bool good;

	assert_int_equal(num_parse(example_get(x, "probed"), 100, 599, &status), ERR_OK);
	r.status = (int)status;
	good = channel_dialect(driver)->probed(conf, &r);
	if (!sv_is(example_get(x, "good"), good ? "yes" : "no"))
		fail_msg("%s: %s", x->name, good ? "yes" : "no");
}

/* ---- all of them ---- */

struct reader { struct channel *channel; const void *conf; struct counts n; };

static void
read_one(const char *driver, const struct example *x, void *arg)
{
	struct reader *r = arg;

	assert_true(x->n > 0);
	if (sv_is(x->line[0].name, "answer")) {
		check_answer(driver, r->conf, x);
		r->n.accepted += sv_is(example_get(x, "end"), "accepted");
	} else if (sv_is(x->line[0].name, "push")) {
		check_push(r->channel, x, &r->n);
	} else if (sv_is(x->line[0].name, "send")) {
		check_send(driver, r->conf, x);
		r->n.sends++;
	} else if (sv_is(x->line[0].name, "probe")) {
		check_probe(driver, r->conf, x);
		r->n.probes++;
	} else if (sv_is(x->line[0].name, "probed")) {
		check_probed(driver, r->conf, x);
		r->n.good += sv_is(example_get(x, "good"), "yes");
		r->n.bad += sv_is(example_get(x, "good"), "no");
	} else {
		fail_msg("%s: begins with none of answer, push, send, probe, probed", x->name);
	}
}

static void
every_driver_reads_its_examples(void **state)
{
	int drivers = 0;

	(void)state;
	for (const char *const *d = channel_drivers(); *d; d++) {
		const struct http_dialect *dialect = channel_dialect(*d);
		struct channel_env env = { .loop = NULL };
		struct reader r = { .channel = NULL };
		struct diag why;
		void *conf;

		if (!dialect)
			continue;
		drivers++;
		env.loop = loop_new();
		r.conf = conf = example_conf(*d, "");
		assert_int_equal(channel_open("sms", *d, conf, &env, &r.channel, &why), ERR_OK);
		examples_each(*d, read_one, &r);
		r.channel->ops->close(r.channel);
		loop_free(env.loop);
		example_conf_free(*d, conf);
		assert_true(r.n.accepted > 0);
		assert_true(r.n.sends > 0);
		assert_true(!dialect->hook || (r.n.pushes > 0 && r.n.forged > 0));
		assert_true(!dialect->probe || (r.n.probes > 0 && r.n.good > 0 && r.n.bad > 0));
	}
	assert_true(drivers > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_driver_reads_its_examples) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
