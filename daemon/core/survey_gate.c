/*
 * The gate: the one point every text to a citizen passes before its first byte leaves. Whatever asked for it (a
 * request, a retry, another channel, a reminder, an answer, a mistake of ours), here it takes its place in a budget or
 * does not go. A place is taken per attempt and given back only when the attempt certainly did not leave.
 */
#include <string.h>

#include "base/clock.h"
#include "core/survey_inner.h"

static int
sends_since(const struct citizen *c, int64_t from)
{
	int n = 0;

	for (int i = 0; i < CITIZEN_SENDS && c->sends[i]; i++)
		n += c->sends[i] > from;
	return n;
}

static void
forget_sends(struct citizen *c, int from)
{
	memset(&c->sends[from], 0, (size_t)(CITIZEN_SENDS - from) * sizeof c->sends[0]);
}

static void
refund(struct citizen *c, int64_t at)
{
	for (int i = 0; i < CITIZEN_SENDS && c->sends[i]; i++)
		if (c->sends[i] == at) {
			memmove(&c->sends[i], &c->sends[i + 1], (size_t)(CITIZEN_SENDS - 1 - i) * sizeof c->sends[0]);
			forget_sends(c, CITIZEN_SENDS - 1);
			return;
		}
}

/* Newest first. What is older than a day counts no more, but a clock that was ahead may be set back: kept for two. */
static void
charge(struct citizen *c, int64_t now)
{
	int n = sends_since(c, now - 2 * DAY_MS), at = 0;

	forget_sends(c, n < CITIZEN_SENDS ? n : CITIZEN_SENDS - 1);
	while (at < n && c->sends[at] > now)
		at++;
	memmove(&c->sends[at + 1], &c->sends[at], (size_t)(CITIZEN_SENDS - 1 - at) * sizeof c->sends[0]);
	c->sends[at] = now;
}

static int
answers_sent(const struct survey *s)
{
	int n = 0;

	for (int i = 0; i < s->n_messages; i++)
		n += s->messages[i].charged_ms && template_sort_of((enum template_id)s->messages[i].text) == TEMPLATE_ANSWER;
	return n;
}

void
survey_refund(struct survey *s, struct citizen *c, int at)
{
	struct message *m = &s->messages[at];

	if (m->charged_ms && template_sort_of((enum template_id)m->text) != TEMPLATE_ANSWER)
		refund(c, m->charged_ms);
	m->charged_ms = 0;
}

bool
survey_may_answer(const struct survey *s, const struct citizen *c, const struct survey_policy *p, enum template_id text)
{
	if (citizen_is_closed(c) && !template_is_register(text))
		return false;
	return answers_sent(s) < p->answers_per_conversation;
}

enum gate
survey_gate(struct survey *s, struct citizen *c, const struct survey_policy *p, int at, int64_t now, int64_t *until)
{
	struct message *m = &s->messages[at];
	enum template_id text = (enum template_id)m->text;
	int most = p->unsolicited_per_day < CITIZEN_SENDS ? p->unsolicited_per_day : CITIZEN_SENDS;

	survey_refund(s, c, at);                     /* it is queued, so its last attempt certainly did not leave */
	if (template_sort_of(text) == TEMPLATE_ANSWER) {
		if (!survey_may_answer(s, c, p, text))
			return GATE_SHUT;
	} else {
		if (citizen_is_closed(c))
			return GATE_SHUT;
		if (sends_since(c, now - DAY_MS) >= most) {
			*until = c->sends[most - 1] + DAY_MS;
			return GATE_LATER;
		}
		charge(c, now);
	}
	m->charged_ms = now;
	return GATE_OPEN;
}
