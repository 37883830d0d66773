/* The ladder from a message to its survey; see the header. */
#include "core/match.h"

#include <string.h>

#define SURVEYS_MAX 64

/* The surveys still in question, by place in the caller's list. */
struct rest {
	const struct survey *const *all;
	int    at[SURVEYS_MAX];
	size_t n;
};

struct question {
	const struct match_hints   *h;
	const struct survey_policy *p;
	int64_t now;
};

typedef bool test_fn(const struct survey *s, const struct question *q);

static bool
takes(const struct survey *s, const struct question *q)
{
	return survey_takes_replies(s, q->now, q->p);
}

static bool
is_named(const struct survey *s, const struct question *q)
{
	return *q->h->ref && !strcmp(s->id, q->h->ref);
}

/* Still open: asked and its time not over. */
static bool
is_open(const struct survey *s, const struct question *q)
{
	switch (s->state) {
	case SURVEY_NEW: case SURVEY_NOT_ASKED: case SURVEY_PLANNED: case SURVEY_CLOSED: case SURVEY_EXPIRED: return false;
	default: return !s->ends_ms || q->now < s->ends_ms;
	}
}

/* A question of ours is surely with the citizen and not answered yet. */
static bool
waits(const struct survey *s, const struct question *q)
{
	return is_open(s, q) && s->state != SURVEY_SENDING && s->state != SURVEY_UNKNOWN && survey_expects(s) != EXPECT_CLOSED;
}

static bool
may_wait(const struct survey *s, const struct question *q)
{
	return is_open(s, q) && survey_expects(s) != EXPECT_CLOSED;
}

static bool
over_this_channel(const struct survey *s, const struct question *q)
{
	return !strcmp(s->channel_name, q->h->channel);
}

static bool
waits_for_score(const struct survey *s, const struct question *q)
{
	(void)q;
	return survey_expects(s) == EXPECT_SCORE || survey_expects(s) == EXPECT_CONFIRM;
}

static bool
fits(const struct survey *s, const struct question *q)
{
	enum reply_expect expect = survey_expects(s);
	struct reading r;

	reply_read(q->h->lexicon, q->h->text, expect, SENDER_CITIZEN, &r);
	switch (r.kind) {
	case REPLY_SCORE:   return expect == EXPECT_SCORE || expect == EXPECT_CONFIRM;
	case REPLY_CONFIRM: return expect == EXPECT_CONFIRM;
	case REPLY_REASON:  return expect == EXPECT_REASON;
	default:            return false;
	}
}

static struct rest
those(const struct rest *from, test_fn *test, const struct question *q)
{
	struct rest r = { .all = from->all };

	for (size_t i = 0; i < from->n; i++)
		if (test(from->all[from->at[i]], q))
			r.at[r.n++] = from->at[i];
	return r;
}

static int64_t
when_asked(const struct survey *s)
{
	return s->asked_ms ? s->asked_ms : s->n_messages ? s->messages[0].intent_ms : 0;
}

static int
newest(const struct rest *r, int but)
{
	int best = -1;

	for (size_t i = 0; i < r->n; i++)
		if (r->at[i] != but && (best < 0 || when_asked(r->all[r->at[i]]) > when_asked(r->all[best])))
			best = r->at[i];
	return best;
}

static bool
settle(struct match_found *out, const struct rest *r, enum match how)
{
	if (r->n != 1)
		return false;
	out->at = r->at[0];
	out->how = how;
	return true;
}

static bool
by_token(struct match_found *out, const struct rest *r, const char *token)
{
	char mine[SURVEY_TOKEN + 1];

	for (size_t i = 0; i < r->n; i++) {
		survey_token(r->all[r->at[i]], mine);
		if (!strcmp(mine, token)) {
			out->at = r->at[i];
			out->how = MATCH_TOKEN;
		}
	}
	return out->at >= 0;
}

/* Nothing waits: a correction of what is still open, or a late word about what was asked last. */
static void
among_answered(struct match_found *out, const struct rest *taking, const struct question *q)
{
	struct rest open = those(taking, is_open, q);

	if (settle(out, &open, MATCH_ONLY))
		return;
	out->at = newest(open.n ? &open : taking, -1);
	out->how = MATCH_LAST;
}

static void
climb(struct match_found *out, const struct rest *taking, const struct question *q)
{
	struct rest named = those(taking, is_named, q), waiting = those(taking, waits, q), few;

	if (settle(out, &named, MATCH_REF))
		return;
	/* A token of no survey of this phone is somebody else's: nobody guesses. */
	if (*out->reading.token) {
		(void)by_token(out, taking, out->reading.token);
		return;
	}
	if (!waiting.n)
		waiting = those(taking, may_wait, q);
	if (!waiting.n) {
		among_answered(out, taking, q);
		return;
	}
	if (settle(out, &waiting, MATCH_ONLY))
		return;
	few = those(&waiting, over_this_channel, q);
	if (settle(out, &few, MATCH_SENDER))
		return;
	few = those(few.n ? &few : &waiting, fits, q);
	if (settle(out, &few, MATCH_EXPECTED))
		return;
	out->at = newest(few.n ? &few : &waiting, -1);
	out->how = MATCH_NEWEST;
	few = those(&waiting, waits_for_score, q);
	out->other = newest(&few, out->at);
}

void
match_find(const struct survey *const *surveys, size_t n, const struct match_hints *h, const struct survey_policy *p,
           int64_t now, struct match_found *out)
{
	struct question q = { h, p, now };
	struct rest all = { .all = surveys }, taking;

	*out = (struct match_found){ .at = -1, .other = -1 };
	for (size_t i = 0; i < n && i < SURVEYS_MAX; i++)
		all.at[all.n++] = (int)i;
	reply_read(h->lexicon, h->text, EXPECT_CLOSED, SENDER_CITIZEN, &out->reading);
	taking = those(&all, takes, &q);
	if (taking.n)
		climb(out, &taking, &q);
	if (out->at >= 0)
		reply_read(h->lexicon, h->text, survey_expects(surveys[out->at]), SENDER_CITIZEN, &out->reading);
}
