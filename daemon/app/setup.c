/* The channels and the policy that one set of settings means. */
#include <stdio.h>
#include <string.h>

#include "app/engine.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "channel/channels.h"
#include "app/sandbox.h"

#define LEASE_MS (60 * SEC_MS)           /* four times the longest request */

static void
make_route(const struct conf *conf, struct survey_policy *p)
{
	p->n_channels = (int)conf->route.n_order;
	for (size_t i = 0; i < conf->route.n_order; i++) {
		const struct conf_channel *c = &conf->channels[conf->route.order_at[i]];
		const struct channel_conf *of = c->conf;

		p->channels[i] = (struct survey_channel){ c->name, of->delivered_within_ms, *of->reply_to != '\0' };
	}
}

static void
make_policy(const struct conf *conf, struct survey_policy *p)
{
	const struct conf_survey *s = &conf->survey;

	*p = (struct survey_policy){
		.calendar = conf->calendar, .window = &s->plan, .work = &conf->followup.work,
		.delay_ms = s->delay_ms, .remind_after_ms = s->remind_after_ms, .open_for_ms = s->open_for_ms,
		.late_for_ms = s->late_for_ms, .too_old_ms = s->too_old_ms, .every_ms = s->every_ms, .lease_ms = LEASE_MS,
		.unsolicited_per_day = (int)s->unsolicited_per_day,
		.answers_per_conversation = (int)s->answers_per_conversation,
		.low_score = (int)s->low_score, .ask_reason_at = (int)s->ask_reason_at, .sample_pct = (int)s->sample_pct,
		.sure_pct = (int)s->sure_pct,
	};
	(void)wording_integrity(conf, &p->confidential);
	for (int i = 0; i < TEMPLATE_MAX; i++)
		p->has_text[i] = conf->texts.plain[i] != NULL;
	make_route(conf, p);
	for (int i = 0; i < CONF_CLASS_MAX; i++) {
		p->followup[i].ack_ms = conf->followup.ack[i].ms;
		p->followup[i].ack_days = conf->followup.ack[i].days;
		p->followup[i].answer_ms = conf->followup.answer[i].ms;
		p->followup[i].answer_days = conf->followup.answer[i].days;
	}
}

static void
on_room(void *arg, struct channel *c)
{
	(void)c;
	ticker_room(arg);
}

/* ---- names ---- */

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, CITIZEN_NAME);
}

bool
setup_has_name(const struct name_set *set, const char *citizen)
{
	return set->n && bsearch(citizen, set->at, set->n, sizeof *set->at, compare);
}

static void
add_name(struct name_set *set, const struct conf *conf, const struct phone *p)
{
	if (p->e164[0])
		keyring_name(conf->keys, "phone", sv_of(p->e164), CITIZEN_NAME, set->at[set->n++]);
}

static void
make_names(struct setup *s, const struct conf *conf)
{
	const struct staff *people;
	size_t n;

	people = registry_people(conf->registry, &n);
	s->staff.at = mem_alloc((n + 1) * sizeof *s->staff.at);
	for (size_t i = 0; i < n; i++)
		add_name(&s->staff, conf, &people[i].phone);
	s->trial.at = mem_alloc((conf->trial_numbers.n + 1) * sizeof *s->trial.at);
	for (size_t i = 0; i < conf->trial_numbers.n; i++)
		add_name(&s->trial, conf, &conf->trial_phones[i]);
	qsort(s->staff.at, s->staff.n, sizeof *s->staff.at, compare);
	qsort(s->trial.at, s->trial.n, sizeof *s->trial.at, compare);
}

/* ---- life ---- */

enum err
setup_new(struct engine *e, struct conf *conf, struct setup **out, struct diag *why)
{
	struct setup *s = mem_alloc(sizeof *s);
	struct channel_env env = { .loop = e->loop, .shelf = sandbox_shelf(e), .on_room = on_room, .arg = e };
	enum err bad;

	s->conf = conf;
	s->sandbox = -1;
	make_policy(conf, &s->policy);
	make_names(s, conf);
	for (size_t i = 0; i < conf->n_channels; i++) {
		const struct conf_channel *c = &conf->channels[i];

		if ((bad = channel_open(c->name, c->driver, c->conf, &env, &s->channels[i], why))) {
			s->conf = NULL;
			setup_free(s);
			return bad;
		}
		if (s->sandbox < 0 && !strcmp(c->driver, "sandbox"))
			s->sandbox = (int)i;
	}
	*out = s;
	return ERR_OK;
}

void
setup_free(struct setup *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < CONF_CHANNELS_MAX; i++)
		if (s->channels[i])
			s->channels[i]->ops->close(s->channels[i]);
	mem_free(s->staff.at);
	mem_free(s->trial.at);
	conf_free(s->conf);
	mem_free(s);
}

void
setup_swap(struct engine *e, struct setup *s)
{
	s->older = e->setup;
	e->setup = s;
	setup_retire(e);
}

void
setup_retire(struct engine *e)
{
	for (struct setup **at = &e->setup->older; *at;) {
		struct setup *s = *at;

		if (s->held) {
			at = &s->older;
			continue;
		}
		*at = s->older;
		setup_free(s);
	}
}

static const char *
state_of(const struct setup *s, size_t channel)
{
	struct channel_stats st = { .state = "" };

	s->channels[channel]->ops->stats(s->channels[channel], &st);
	return st.state;
}

static bool
works(const struct setup *s, size_t channel)
{
	const char *state = state_of(s, channel);

	return strcmp(state, "down") != 0 && strcmp(state, "denied") != 0;
}

bool
setup_is_paused(const struct setup *s, int channel)
{
	return !strcmp(state_of(s, (size_t)channel), "paused");
}

int
setup_channel(const struct change *ch, int at, int *place)
{
	const struct setup *s = ch->setup;
	const struct conf_route *route = &s->conf->route;
	size_t wanted = (size_t)(at < 0 ? ch->s.channel : ch->s.messages[at].channel), i;

	if (wanted >= route->n_order)
		wanted = 0;
	*place = (int)wanted;
	if (s->conf->mode == CONF_TRIAL && !setup_has_name(&s->trial, ch->s.citizen))
		return s->sandbox;
	for (i = wanted; i < route->n_order; i++)
		if (works(s, route->order_at[i])) {
			*place = (int)i;
			break;
		}
	return (int)route->order_at[*place];
}

int
setup_room(struct setup *s, int channel, int64_t *wait)
{
	return s->channels[channel]->ops->room(s->channels[channel], clock_boot_ms(), wait) - s->reserved[channel];
}
