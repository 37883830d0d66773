/*
 * Intake: mark (case, closing time) -> survey once and for all, then write citizen and survey. A crash between
 * the two leaves a mark without a survey; the repeated case finds the mark and finishes. 202 goes out only
 * after the second write.
 */
#include "app/intake.h"

#include <stdio.h>
#include <string.h>

#include "app/case_json.h"
#include "app/eligible.h"
#include "app/json.h"
#include "app/seals.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#define HASH_HEX   32
#define BODY_MAX   4096
#define ERRORS_MAX (64 * 1024)

struct intake {
	struct change      ch;
	struct engine     *e;
	struct closed_case k;
	struct phone       phone;
	enum not_asked     veto;
	char               body[HASH_HEX + 1];
	char               field[24];        /* closing time: the field of the mark */
	char               looked[SURVEY_ID + 1];    /* the survey whose absence was read, with the citizen; "" = none */
	struct sbuf        errors;
	int                status;
	intake_done_fn    *done;
	void              *arg;
};

struct sv
intake_case_key(const struct engine *e, struct key *k, const char *case_id)
{
	char name[HASH_HEX + 1];

	keyring_name(e->setup->conf->keys, "case", sv_of(case_id), HASH_HEX, name);
	return engine_key(e, k, name_partition(name, e->partitions), "case", name);
}

/* ---- the end ---- */

static void
finish(void *arg)
{
	struct intake *in = arg;
	const struct survey *s = &in->ch.s;
	bool known = in->status == 200 || in->status == 202;
	struct intake_result r = {
		.status = in->status, .survey = known || in->status == 409 ? in->ch.id : "", .case_id = in->k.case_id,
		.state = known ? s->state : 0, .reason = known ? s->reason : 0, .send_ms = known ? s->send_ms : 0,
		.errors = sbuf_sv(&in->errors),
	};

	in->e->stats.cases += in->status == 202;
	in->done(in->arg, &r);
	sbuf_done(&in->errors);
	mem_free(in);
}

static void
end(struct intake *in, int status)
{
	in->status = status;
	finish(in);
}

/* ---- deciding ---- */

static enum not_asked
veto_of(struct intake *in)
{
	enum not_asked veto;

	if (in->k.no_contact)
		return NOT_ASKED_NO_CONTACT;
	if ((veto = eligible_phone(in->k.phone, &in->phone)))
		return veto;
	return eligible_veto(in->e->setup, in->ch.citizen, &in->k);
}

/* A case without a number still belongs somewhere: to a name made from its own id. */
static void
name_citizen(struct intake *in)
{
	const struct keyring *keys = in->e->setup->conf->keys;
	bool mobile = phone_parse(sv_of(in->k.phone), &in->phone, NULL) == PHONE_MOBILE;

	keyring_name(keys, mobile ? "phone" : "nobody", sv_of(mobile ? in->phone.e164 : in->k.case_id), CITIZEN_NAME,
	             in->ch.citizen);
	in->ch.partition = name_partition(in->ch.citizen, in->e->partitions);
}

static bool
is_ours(const struct intake *in, const struct survey *s)
{
	return !strcmp(s->facts.case_id, in->k.case_id) && s->facts.closed_ms == in->k.closed_ms;
}

static enum err
decide(struct change *ch)
{
	struct intake *in = (struct intake *)ch;

	if (ch->s.version)
		return is_ours(in, &ch->s) ? ERR_EXISTS : ERR_CORRUPT;
	ch->s.facts = in->k;
	memset(ch->s.facts.phone, 0, sizeof ch->s.facts.phone);
	memset(ch->s.facts.zalo_user_id, 0, sizeof ch->s.facts.zalo_user_id);
	if (in->phone.e164[0])
		ch->s.agent = citizen_case(&ch->c, ch->now_ms);
	if (!in->veto)
		seal_contact(ch->setup->conf, &ch->c, in->phone.e164, in->k.zalo_user_id);
	ch->holds_survey = true;
	survey_plan(&ch->s, &ch->c, &ch->setup->policy, in->veto, ch->now_ms);
	if (ch->s.state == SURVEY_PLANNED && ch->s.due_ms <= ch->now_ms)
		change_wake(ch);
	return ERR_OK;
}

static void
on_changed(struct change *ch, enum err e)
{
	struct intake *in = (struct intake *)ch;

	if (e == ERR_CORRUPT)
		log_error("survey cannot be stored under its id, survey=%s", ch->id);
	end(in, e == ERR_OK ? 202 : e == ERR_EXISTS ? 200 : e == ERR_CORRUPT ? 500 : 503);
}

/* ---- the mark ---- */

static void
on_mark(void *arg, enum err e, const struct sv *v, size_t n)
{
	struct intake *in = arg;
	struct sv rest, id;
	int partition;

	if (e || n != 1 || !v[0].p) {
		end(in, 503);
		return;
	}
	rest = v[0];
	id = sv_cut(&rest, ' ');
	if (survey_id_parse(id, in->ch.id, &partition) || !rest.p) {
		log_error("a case's mark cannot be read");
		end(in, 500);
		return;
	}
	if (!sv_is(rest, in->body)) {
		end(in, 409);
		return;
	}
	in->ch.decide = decide;
	in->ch.done = on_changed;
	in->ch.e = in->e;
	if (change_start(&in->ch, !strcmp(in->ch.id, in->looked)))
		end(in, 503);
}

static void
mark(struct intake *in)
{
	struct store *st = in->e->store;
	char value[SURVEY_ID + HASH_HEX + 2];
	struct key k;

	snprintf(value, sizeof value, "%s %s", in->ch.id, in->body);
	snprintf(in->field, sizeof in->field, "%lld", (long long)in->k.closed_ms);
	in->status = 503;
	if (st->ops->mark(st, intake_case_key(in->e, &k, in->k.case_id), sv_of(in->field), sv_of(value), on_mark, in))
		loop_later(in->e->loop, finish, in);
}

/*
 * Thirty random bits may meet a survey that exists; the id must be free before the mark makes it final. A free
 * one and the citizen are what the change would read: if the mark is ours it need not read them again.
 */
static void
on_looked(void *arg, enum err e, const struct sv *v, size_t n)
{
	struct intake *in = arg;

	if (e || n != 2) {
		end(in, 503);
		return;
	}
	if (v[1].p)
		survey_id_make(in->ch.partition, engine_random(in->e), in->ch.id);
	else if (!change_take_citizen(&in->ch, v[0]) && !change_take_survey(&in->ch, v[1]))
		memcpy(in->looked, in->ch.id, sizeof in->looked);
	mark(in);
}

static void
look(struct intake *in)
{
	struct store *st = in->e->store;
	struct key kc, ks;
	struct sv keys[2];

	survey_id_make(in->ch.partition, engine_random(in->e), in->ch.id);
	keys[0] = engine_key(in->e, &kc, in->ch.partition, "citizen", in->ch.citizen);
	keys[1] = engine_key(in->e, &ks, in->ch.partition, "survey", in->ch.id);
	in->status = 503;
	if (st->ops->get(st, keys, 2, on_looked, in))
		loop_later(in->e->loop, finish, in);
}

static void
hash_body(struct intake *in)
{
	AUTO_SBUF text;

	sbuf_init(&text, BODY_MAX);
	case_canonical(&in->k, in->phone.e164, &text);
	must(!text.failed);
	keyring_name(in->e->setup->conf->keys, "body", sbuf_sv(&text), HASH_HEX, in->body);
}

void
intake_take(struct engine *e, struct sv json, intake_done_fn *done, void *arg)
{
	struct intake *in = mem_alloc(sizeof *in);

	in->e = e;
	in->done = done;
	in->arg = arg;
	sbuf_init(&in->errors, ERRORS_MAX);
	if (case_json_read(json, clock_wall_ms(), &in->k, &in->errors)) {
		in->status = 400;
		loop_later(e->loop, finish, in);
		return;
	}
	if (e->changes >= ENGINE_CHANGES_MAX) {
		in->status = 503;
		loop_later(e->loop, finish, in);
		return;
	}
	name_citizen(in);
	in->veto = veto_of(in);
	hash_body(in);
	look(in);
}

/* ---- answers ---- */

static const char *
status_title(int status)
{
	switch (status) {
	case 400: return "the case is not as it must be";
	case 409: return "this case was taken in before with other content";
	case 503: return "not now, try again";
	default:  return "it could not be stored";
	}
}

void
intake_answer(const struct engine *e, const struct intake_result *r, bool with_status, struct sbuf *out)
{
	struct json_out j;
	char at[32];

	json_begin(&j, out);
	if (with_status)
		json_int(&j, "status", r->status);
	if (*r->survey)
		json_text(&j, "survey", r->survey);
	if (*r->case_id)
		json_text(&j, "case_id", r->case_id);
	if (r->status == 200 || r->status == 202) {
		json_text(&j, "state", survey_state_name(r->state));
		if (r->reason)
			json_text(&j, "reason", not_asked_name(r->reason));
		if (r->send_ms) {
			calendar_format(e->setup->conf->calendar, r->send_ms, at);
			json_text(&j, "send_at", at);
		}
	} else {
		json_text(&j, "detail", status_title(r->status));
		if (r->errors.n)
			json_raw(&j, "errors", r->errors);
	}
	json_end(&j);
}
