/* POST /v1/cases (one or many), GET /v1/cases/{id}, POST /v1/cases/{id}/reopen. */
#include <stdio.h>
#include <string.h>

#include "app/api.h"
#include "app/intake.h"
#include "base/clock.h"
#include "base/mem.h"
#include "core/story.h"

#define ONE_MAX     (1024 * 1024)
#define LINES_MAX   10000
#define AT_ONCE     64                   /* cases of one batch in work at a time */
#define ANSWER_MAX  (64 * 1024)
#define BATCH_MAX   (64 * 1024 * 1024)
#define SURVEYS_MAX 16                   /* of one case, shown */
#define CASE_MAX    (1024 * 1024)

static const struct sv nothing = { "", 0 };

/* "application/json" or "application/json; charset=utf-8" */
static bool
is_type(const struct call *c, const char *type)
{
	struct sv rest = httpd_header(c->req, "Content-Type"), name, parameter;

	if (!rest.p)
		return false;
	name = sv_trim(sv_cut(&rest, ';'));
	parameter = sv_trim(rest.p ? rest : nothing);
	return sv_is_nocase(name, type)
	       && (!parameter.n || sv_is_nocase(parameter, "charset=utf-8") || sv_is_nocase(parameter, "charset=\"utf-8\""));
}

/* ---- one case ---- */

static void
on_one(void *arg, const struct intake_result *r)
{
	struct call *c = arg;
	AUTO_SBUF out;

	sbuf_init(&out, ANSWER_MAX);
	if (r->status == 200 || r->status == 202) {
		intake_answer(c->e, r, false, &out);
		sbuf_addc(&out, '\n');
		call_json(c, r->status, sbuf_sv(&out));
		return;
	}
	call_problem(c, r->status, r->status == 400   ? "the case is not as it must be"
	                           : r->status == 409 ? "this case was taken in before with other content"
	                                              : "the case could not be stored now", r->errors);
}

/* ---- many ---- */

struct batch {
	struct call *c;
	struct sv    rest;                   /* of the request's body, which lives until it is answered */
	struct sbuf *answers;                /* one a line */
	size_t       n, size, done;
	int          running;
	bool         filling;
};

struct line { struct batch *b; size_t at; };

static void fill(struct batch *b);

static void
end_batch(struct batch *b)
{
	AUTO_SBUF out;

	sbuf_init(&out, BATCH_MAX);
	for (size_t i = 0; i < b->n; i++) {
		sbuf_addsv(&out, sbuf_sv(&b->answers[i]));
		sbuf_addc(&out, '\n');
		sbuf_done(&b->answers[i]);
	}
	call_text(b->c, 200, "application/x-ndjson", sbuf_sv(&out));
	mem_free(b->answers);
	mem_free(b);
}

static void
on_line(void *arg, const struct intake_result *r)
{
	struct line *l = arg;
	struct batch *b = l->b;

	intake_answer(b->c->e, r, true, &b->answers[l->at]);
	mem_free(l);
	b->running--;
	fill(b);
}

static void
start_line(struct batch *b, struct sv json)
{
	struct line *l = mem_alloc(sizeof *l);

	if (b->n == b->size) {
		b->size = b->size ? 2 * b->size : 256;
		b->answers = mem_resize(b->answers, b->size * sizeof *b->answers);
	}
	sbuf_init(&b->answers[b->n], ANSWER_MAX);
	*l = (struct line){ b, b->n++ };
	b->running++;
	intake_take(b->c->e, json, on_line, l);
}

static void
fill(struct batch *b)
{
	while (b->rest.n && b->running < AT_ONCE) {
		struct sv line = sv_cut(&b->rest, '\n');

		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		start_line(b, line);
	}
	if (!b->rest.n && !b->running)
		end_batch(b);
}

static size_t
count_lines(struct sv body)
{
	size_t n = 0;

	while (body.n) {
		(void)sv_cut(&body, '\n');
		n++;
	}
	return n;
}

static void
post_batch(struct call *c, struct sv body)
{
	struct batch *b;

	if (count_lines(body) > LINES_MAX) {
		call_problem(c, 413, "at most 10,000 cases in one batch", nothing);
		return;
	}
	b = mem_alloc(sizeof *b);
	b->c = c;
	b->rest = body;
	fill(b);
}

void
api_post_cases(struct call *c)
{
	struct sv body = httpd_body(c->req);

	if (is_type(c, "application/x-ndjson"))
		post_batch(c, body);
	else if (!is_type(c, "application/json"))
		call_problem(c, 415, "send application/json (one case) or application/x-ndjson (many), in UTF-8", nothing);
	else if (body.n > ONE_MAX)
		call_problem(c, 413, "one case has at most 1 MiB", nothing);
	else
		intake_take(c->e, body, on_one, c);
}

/* ---- a case's surveys ---- */

/* Reads the surveys of a case one by one: they may lie in different partitions. */
struct visit {
	struct call  *c;
	char          ids[SURVEYS_MAX][SURVEY_ID + 1];
	size_t        n, at;
	struct change ch;                    /* reopen */
	struct survey s;
	struct sbuf   out;
	struct json_out j;
	int           cancelled;
	void        (*each)(struct visit *v);        /* s is read; ends with visit_next */
};

static void
visit_end(struct visit *v, enum err e)
{
	struct call *c = v->c;

	if (e) {
		call_failed(c, e);
	} else {
		json_end(&v->j);
		sbuf_addc(&v->out, '\n');
		call_json(c, 200, sbuf_sv(&v->out));
	}
	sbuf_done(&v->out);
	mem_free(v);
}

static void visit_next(struct visit *v);

static void
on_survey(void *arg, enum err e, const struct sv *values, size_t n)
{
	struct visit *v = arg;

	if (e || n != 1) {
		visit_end(v, e ? e : ERR_CORRUPT);
	} else if (!values[0].p) {               /* marked, but the case was never finished: it was not acknowledged */
		v->at++;
		visit_next(v);
	} else if ((e = survey_read(values[0], &v->s))) {
		visit_end(v, e);
	} else {
		v->each(v);
	}
}

static void
visit_next(struct visit *v)
{
	struct engine *e = v->c->e;
	struct key k;
	struct sv key;
	char id[SURVEY_ID + 1];
	int partition;
	enum err bad;

	if (v->at == v->n) {
		sbuf_addc(&v->out, ']');
		if (v->cancelled >= 0)
			json_int(&v->j, "cancelled", v->cancelled);
		visit_end(v, ERR_OK);
		return;
	}
	if (survey_id_parse(sv_of(v->ids[v->at]), id, &partition)) {
		visit_end(v, ERR_CORRUPT);
		return;
	}
	key = engine_key(e, &k, partition, "survey", id);
	if ((bad = e->store->ops->get(e->store, &key, 1, on_survey, v)))
		visit_end(v, bad);
}

static void
on_marks(void *arg, enum err e, const struct sv *values, size_t n)
{
	struct visit *v = arg;

	if (!e && !n)
		e = ERR_MISSING;
	for (size_t i = 1; !e && i < n && v->n < SURVEYS_MAX; i += 2) {
		struct sv rest = values[i], id = sv_cut(&rest, ' ');

		if (!sv_copy(id, v->ids[v->n], sizeof v->ids[0]))
			e = ERR_CORRUPT;
		v->n++;
	}
	if (e)
		visit_end(v, e);
	else
		visit_next(v);
}

static void
visit(struct call *c, void (*each)(struct visit *v), int cancelled)
{
	struct visit *v = mem_alloc(sizeof *v);
	struct key k;
	enum err e;

	v->c = c;
	v->each = each;
	v->cancelled = cancelled;
	sbuf_init(&v->out, CASE_MAX);
	json_begin(&v->j, &v->out);
	json_text(&v->j, "case_id", c->name);
	json_name(&v->j, "surveys");
	sbuf_addc(&v->out, '[');
	if (strlen(c->name) > CASE_ID_MAX)
		visit_end(v, ERR_MISSING);
	else if ((e = c->e->store->ops->marks(c->e->store, intake_case_key(c->e, &k, c->name), on_marks, v)))
		visit_end(v, e);
}

/* ---- showing ---- */

static void
add_time(struct json_out *j, const struct call *c, const char *name, int64_t at)
{
	char text[32];

	if (!at)
		return;
	calendar_format(c->e->setup->conf->calendar, at, text);
	json_text(j, name, text);
}

static void
add_messages(struct json_out *j, const struct call *c, const struct survey *s)
{
	const struct conf *conf = c->e->setup->conf;
	char ref[MESSAGE_REF_MAX + 1];
	struct json_out m;

	json_name(j, "messages");
	sbuf_addc(j->b, '[');
	for (int i = 0; i < s->n_messages; i++) {
		const struct message *x = &s->messages[i];
		size_t place = (size_t)x->channel;

		if (i)
			sbuf_addc(j->b, ',');
		json_begin(&m, j->b);
		message_ref(s, i, ref);
		json_text(&m, "ref", ref);
		json_text(&m, "text", template_name((enum template_id)x->text));
		json_text(&m, "state", message_state_name(x->state));
		if (place < conf->route.n_order)
			json_text(&m, "channel", conf->channels[conf->route.order_at[place]].name);
		json_int(&m, "attempts", x->attempts);
		add_time(&m, c, "sent_at", x->sent_ms);
		add_time(&m, c, "final_at", x->final_ms);
		json_end(&m);
	}
	sbuf_addc(j->b, ']');
}

static void
add_why(struct json_out *j, const struct call *c, const struct survey *s)
{
	AUTO_SBUF text;
	struct json_out l;

	sbuf_init(&text, 512);
	json_name(j, "why");
	sbuf_addc(j->b, '[');
	for (int i = 0; i < s->n_story; i++) {
		const struct story_line *x = &s->story[i];

		if (i)
			sbuf_addc(j->b, ',');
		json_begin(&l, j->b);
		add_time(&l, c, "at", x->at_ms);
		json_text(&l, "event", story_name(x->code));
		json_text(&l, "detail", x->detail);
		sbuf_reset(&text);
		story_tell(x->code, x->detail, false, &text);
		json_sv(&l, "vi", sbuf_sv(&text));
		sbuf_reset(&text);
		story_tell(x->code, x->detail, true, &text);
		json_sv(&l, "en", sbuf_sv(&text));
		json_end(&l);
	}
	sbuf_addc(j->b, ']');
}

static void
add_followups(struct json_out *j, const struct call *c, const struct survey *s)
{
	struct json_out f;

	json_name(j, "followups");
	sbuf_addc(j->b, '[');
	if (*s->followup) {
		json_begin(&f, j->b);
		json_text(&f, "id", s->followup);
		json_text(&f, "state", "open");
		json_text(&f, "class", reply_class_name((enum reply_class)s->klass));
		add_time(&f, c, "due_at", s->followup_due_ms);
		json_end(&f);
	}
	sbuf_addc(j->b, ']');
}

static void
show(struct visit *v)
{
	const struct survey *s = &v->s;
	char token[SURVEY_TOKEN + 1], confidence[16];
	struct json_out j;

	if (v->at++)
		sbuf_addc(&v->out, ',');
	json_begin(&j, &v->out);
	json_text(&j, "survey", s->id);
	json_text(&j, "state", survey_state_name(s->state));
	if (s->reason)
		json_text(&j, "reason", not_asked_name(s->reason));
	json_text(&j, "outcome", outcome_name((enum outcome)s->facts.outcome));
	json_text(&j, "citizen", s->citizen);
	json_bool(&j, "agent", s->agent);
	survey_token(s, token);
	json_text(&j, "token", token);
	add_time(&j, v->c, "closed_at", s->facts.closed_ms);
	add_time(&j, v->c, "send_at", s->send_ms);
	add_time(&j, v->c, "asked_at", s->asked_ms);
	add_time(&j, v->c, "replied_at", s->replied_ms);
	if (s->score) {
		snprintf(confidence, sizeof confidence, "%d.%02d", s->confidence_pct / 100, s->confidence_pct % 100);
		json_int(&j, "score", s->score);
		json_bool(&j, "late", s->late);
		json_text(&j, "match", match_name(s->match));
		json_raw(&j, "confidence", sv_of(confidence));
	}
	json_text(&j, "reasons", s->reasons);
	json_text(&j, "class", reply_class_name((enum reply_class)s->klass));
	add_messages(&j, v->c, s);
	add_followups(&j, v->c, s);
	add_why(&j, v->c, s);
	json_end(&j);
	visit_next(v);
}

void
api_get_case(struct call *c)
{
	visit(c, show, -1);
}

/* ---- reopening ---- */

static enum err
decide_reopen(struct change *ch)
{
	struct survey_event ev = { .kind = SURVEY_REOPENED, .now_ms = ch->now_ms };

	if (!ch->s.version)
		return ERR_MISSING;
	ch->holds_survey = true;
	return survey_step(&ch->s, &ch->c, &ch->setup->policy, &ev, &ch->acts);
}

static void
on_reopened(struct change *ch, enum err e)
{
	struct visit *v = (struct visit *)((char *)ch - offsetof(struct visit, ch));

	if (e && e != ERR_STATE && e != ERR_MISSING) {
		visit_end(v, e);
		return;
	}
	if (v->at++)
		sbuf_addc(&v->out, ',');
	v->cancelled += !e;
	json_quote(&v->out, sv_of(ch->id));
	visit_next(v);
}

static void
reopen(struct visit *v)
{
	struct change *ch = &v->ch;
	enum err e;

	memset(ch, 0, sizeof *ch);
	ch->e = v->c->e;
	memcpy(ch->citizen, v->s.citizen, sizeof ch->citizen);
	memcpy(ch->id, v->s.id, sizeof ch->id);
	ch->partition = name_partition(v->s.citizen, ch->e->partitions);
	ch->decide = decide_reopen;
	ch->done = on_reopened;
	if ((e = change_start(ch, false)))
		visit_end(v, e);
}

void
api_reopen_case(struct call *c)
{
	visit(c, reopen, 0);
}
