/* The words of a message: template, holes, marks. Rendered when it is sent, so that nothing personal waits in a queue. */
#include <stdio.h>
#include <string.h>

#include "app/engine.h"

struct values {
	struct template_values v;
	char ma[16], han[20], d[4], tk[SURVEY_TOKEN + 1];
};

/* Who speaks: the office that hands the result to the citizen, else the one that worked on it. */
static const struct unit *
speaker(const struct conf *conf, const struct survey *s)
{
	static const enum case_part order[] = { CASE_RETURNING, CASE_RECEIVING, CASE_HANDLING };

	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		const struct unit *u = registry_unit(conf->registry, sv_of(s->facts.units[order[i]]));

		if (u)
			return u;
	}
	return NULL;
}

static const struct unit *
handler(const struct conf *conf, const struct survey *s)
{
	const struct unit *u = registry_unit(conf->registry, sv_of(s->facts.units[CASE_HANDLING]));

	return u ? u : speaker(conf, s);
}

const struct unit *
wording_integrity(const struct conf *conf, bool *inspectors)
{
	const struct unit *second = NULL;
	const struct staff *people;
	size_t n;

	*inspectors = false;
	people = registry_people(conf->registry, &n);
	for (size_t i = 0; i < n; i++) {
		if (people[i].role == STAFF_INSPECTOR) {
			*inspectors = true;
			return people[i].unit;
		}
		if (people[i].role == STAFF_COORDINATOR && !second)
			second = people[i].unit;
	}
	return second;
}

/* Formal complaints go to the top of the tree: the province's office that receives citizens. */
static const struct unit *
top(const struct unit *u)
{
	while (u && u->parent)
		u = u->parent;
	return u;
}

/* The number citizens answer to, of the channel the message goes over. */
static const char *
answer_to(const struct conf *conf, const struct message *m)
{
	size_t place = (size_t)m->channel;
	const struct channel_conf *c;

	if (place >= conf->route.n_order)
		return "";
	c = conf->channels[conf->route.order_at[place]].conf;
	return c->reply_to;
}

static const char *
hotline(const struct unit *u)
{
	while (u && !*u->hotline)
		u = u->parent;
	return u ? u->hotline : "";
}

static void
fill(struct values *x, const struct conf *conf, const struct survey *s, const struct message *m)
{
	bool inspectors;
	const struct unit *u = speaker(conf, s), *i = wording_integrity(conf, &inspectors), *t = top(handler(conf, s));
	int score = s->doubtful ? s->doubtful : s->score;

	*x = (struct values){ .d = { (char)('0' + score) } };
	case_short(&s->facts, x->ma);
	survey_token(s, x->tk);
	if (s->followup_due_ms)
		calendar_short(conf->calendar, s->followup_due_ms, x->han);
	x->v.at[HOLE_CQ] = sv_of(u ? u->short_name : s->facts.units[CASE_HANDLING]);
	x->v.at[HOLE_MA] = sv_of(x->ma);
	x->v.at[HOLE_MB] = sv_of(s->other);
	x->v.at[HOLE_PA] = sv_of(s->followup);
	x->v.at[HOLE_HAN] = sv_of(x->han);
	x->v.at[HOLE_TK] = sv_of(x->tk);
	x->v.at[HOLE_SO] = sv_of(answer_to(conf, m));
	x->v.at[HOLE_DT] = sv_of(hotline(handler(conf, s)));
	x->v.at[HOLE_TT] = sv_of(i ? i->short_name : "");
	x->v.at[HOLE_DTTT] = sv_of(hotline(i));
	x->v.at[HOLE_DC] = sv_of(t ? t->short_name : s->facts.units[CASE_HANDLING]);
	x->v.at[HOLE_D] = sv_of(x->d);
	x->v.at[HOLE_NHAN] = sv_of(score_label(score, true));
}

enum err
wording_render(const struct conf *conf, const struct survey *s, int at, struct sbuf *out, struct diag *why)
{
	const struct message *m = &s->messages[at];
	struct values x;

	fill(&x, conf, s, m);
	return template_render(&conf->texts, (enum template_id)m->text, conf->survey.marks == CONF_MARKS_KEEP, &x.v, out, why);
}
