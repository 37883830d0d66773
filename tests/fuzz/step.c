/*
 * Whatever stands in the store and whatever comes: a step of the core changes nothing, or leaves records that can be
 * read again and acts that can be done. Input: survey, citizen, then the event, with a NUL between them.
 */
#include "base/clock.h"
#include "core/survey.h"
#include "fuzz.h"
#include "lexicon.h"

#define NOW_MS 1795000000000LL

static const struct calendar calendar = { .offset_ms = 7 * HOUR_MS };
static const struct day_plan plan = { .days = 127, .spans = { { 480, 1200 } }, .n_spans = 1 };
static const struct survey_policy policy = {
	.calendar = &calendar, .window = &plan, .work = &plan, .delay_ms = HOUR_MS, .remind_after_ms = 2 * DAY_MS,
	.open_for_ms = 7 * DAY_MS, .late_for_ms = 30 * DAY_MS, .too_old_ms = 14 * DAY_MS, .every_ms = 30 * DAY_MS,
	.lease_ms = MIN_MS, .unsolicited_per_day = 3, .answers_per_conversation = 3, .low_score = 2, .ask_reason_at = 3,
	.sample_pct = 100, .sure_pct = 60, .confidential = true, .has_text = { [0 ... TEMPLATE_MAX - 1] = true },
	.channels = { { "zalo", 2 * HOUR_MS, false }, { "sms", 0, true } }, .n_channels = 2,
	.followup = { { .ack_ms = HOUR_MS }, { .ack_ms = HOUR_MS, .answer_days = 1 }, { .ack_ms = DAY_MS, .answer_days = 5 } },
};

struct given {
	struct survey_event ev;
	struct send_result  result;
	struct reading      reading;
};

static void
make_event(struct sv in, struct given *g)
{
	unsigned expect;

	*g = (struct given){ .ev = { .kind = fuzz_pick(&in, SURVEY_EVENT_MAX), .now_ms = NOW_MS } };
	g->ev.now_ms += (int64_t)fuzz_pick(&in, 64) * 6 * HOUR_MS;
	g->ev.dice = fuzz_pick(&in, 256) * 0x0101010101010101u;
	g->ev.fence = "0123abcd1";
	g->ev.place = (int)fuzz_pick(&in, 2);
	g->ev.channel_name = policy.channels[g->ev.place].name;
	g->ev.message = (int)fuzz_pick(&in, SURVEY_MESSAGES);
	g->ev.result = &g->result;
	g->ev.reading = &g->reading;
	g->ev.followup_id = "7KQ2M4XD";
	g->ev.other = fuzz_pick(&in, 2) ? "HS-2" : NULL;
	g->ev.room = fuzz_pick(&in, 2);
	g->ev.veto = fuzz_pick(&in, 4) ? NOT_ASKED_NONE : (enum not_asked)fuzz_pick(&in, NOT_ASKED_MAX);
	g->ev.match = fuzz_pick(&in, MATCH_MAX);
	g->ev.receipt = fuzz_pick(&in, DLR_MAX);
	g->ev.receipt_detail = SV("NACK/0x45");
	g->result.end = fuzz_pick(&in, SEND_MAX);
	g->result.retry_after_ms = fuzz_pick(&in, 2) ? -1 : 30000;
	memcpy(g->result.detail, "202 0: Accepted", 16);
	expect = fuzz_pick(&in, EXPECT_MAX);
	g->ev.characters = fuzz_rest(in).n;
	reply_read(fuzz_lexicon(), fuzz_rest(in), expect, SENDER_CITIZEN, &g->reading);
}

static void
check(const struct survey *s, const struct citizen *c, const struct survey_acts *a)
{
	struct survey *again = mem_alloc(sizeof *again);
	struct citizen c2;
	AUTO_SBUF text;

	must(s->state >= 0 && s->state < SURVEY_STATE_MAX && s->score >= 0 && s->score <= 5);
	must(s->n_messages >= 0 && s->n_messages <= SURVEY_MESSAGES);
	must(s->n_story >= 0 && s->n_story <= SURVEY_STORY && s->story_new >= 0 && s->story_new <= s->n_story);
	must(a->send >= -1 && a->send < s->n_messages);
	must(a->send == -1 || (s->messages[a->send].state == MESSAGE_INTENT && s->messages[a->send].fence[0]));
	must(a->score < SCORE_KIND_MAX && (!a->score || (s->score >= 1 && a->previous >= 0 && a->previous <= 5)));
	sbuf_init(&text, 64 * 1024);             /* as the engine gives */
	survey_write(s, &text);
	must(!text.failed && !survey_read(sbuf_sv(&text), again));
	must(again->state == s->state && again->n_messages == s->n_messages && again->n_story == s->n_story);
	sbuf_reset(&text);
	citizen_write(c, &text);
	must(!text.failed && !citizen_read(sbuf_sv(&text), &c2));
	mem_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sv in = fuzz_in(data, n), survey = fuzz_part(&in, '\0'), citizen = fuzz_part(&in, '\0');
	struct survey *s = mem_alloc(sizeof *s), *was;
	struct survey_acts acts = { .send = -1 };
	struct citizen c, c_was;
	struct given g;
	bool alone;                              /* these two change the survey alone */

	make_event(fuzz_rest(in), &g);
	if (survey_read(survey, s) || citizen_read(citizen, &c)) {
		mem_free(s);
		return 0;
	}
	was = mem_dup(s, sizeof *s);
	c_was = c;
	alone = g.ev.kind == SURVEY_SETTLED || g.ev.kind == SURVEY_RECEIPT;
	if (survey_step(s, alone ? NULL : &c, &policy, &g.ev, &acts))
		must(!memcmp(s, was, sizeof *s) && !memcmp(&c, &c_was, sizeof c));
	else
		check(s, &c, &acts);
	(void)survey_expects(s);
	(void)survey_takes_replies(s, g.ev.now_ms, &policy);
	(void)survey_queued(s);
	mem_free(s);
	mem_free(was);
	return 0;
}
