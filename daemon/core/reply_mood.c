/* Opinion words as a score, and what a message complains of. replies.md rules 3 and 5. */
#include <string.h>

#include "core/reply_inner.h"

/* ---- opinion words ---- */

/* A wish says what somebody would like, not how it was: "mong phục vụ tốt hơn". It reaches to the next stop. */
static bool
is_wished(const struct sense *s, size_t at)
{
	const struct hit *h;

	for (size_t k = 0; (h = sense_find(s, TAG_WISH, k)); k = (size_t)(h - s->hits) + 1) {
		const struct hit *but = sense_find(s, TAG_BUT, (size_t)(h - s->hits));
		bool same = h->from < at && !(but && but->from < at);

		for (size_t i = h->to; same && i <= at; i++)
			same = s->w.at[i].gap < GAP_STOP;
		if (same)
			return true;
	}
	return false;
}

/* "tốt hơn", "hài lòng hơn": a comparison is a wish or a memory unless it is strengthened otherwise. */
static int
flip(int score)
{
	return score >= 4 ? 2 : score <= 2 ? 4 : score;
}

void
opinion_words_read(const struct sense *s, struct opinion_words *out)
{
	const struct hit *h, *now = sense_find(s, TAG_NOW, 0), *past = sense_find(s, TAG_PAST, 0);
	int low = 0, high = 0, last = 0;

	memset(out, 0, sizeof *out);
	for (size_t k = 0; (h = sense_find(s, TAG_SCORE, k)); k = (size_t)(h - s->hits) + 1) {
		int v = h->arg;

		if (is_wished(s, h->from) || (past && now && h->from > past->from && h->from < now->from))
			continue;
		if (sense_denied(s, h->from) && (v >= 4 || h->to - h->from == 1))
			v = flip(v);
		low = !low || v < low ? v : low;
		high = v > high ? v : high;
		last = v;
	}
	if (!low)
		return;
	if (low <= 2 && high >= 4) {
		if (has(s, TAG_FIX)) {
			out->score = last;
			return;
		}
		out->mixed = true;
		return;
	}
	out->score = low <= 2 ? low : high >= 4 ? (low == 3 ? last : high) : 3;
}

/* ---- grievances ---- */

static bool
before_then_now(const struct sense *s, const struct hit *h)
{
	const struct hit *past = sense_find(s, TAG_PAST, 0), *now = NULL, *n;

	if (!past || past->from > h->from)
		return false;
	for (size_t k = 0; (n = sense_find(s, TAG_NOW, k)); k = (size_t)(n - s->hits) + 1)
		if (n->from >= h->to)
			now = n;
	return now != NULL;
}

/* "đi 1 lần": one is not many. */
static bool
counts_only_one(const struct sense *s, const struct hit *h)
{
	for (size_t i = h->from; i < h->to; i++) {
		const struct word *w = &s->w.at[i];

		if (w->kind == WORD_NUMBER && w->number == NUMBER_PLAIN && w->value <= 1 && i + 1 < h->to
		    && (!strcmp(s->w.at[i + 1].text, "lan") || !strcmp(s->w.at[i + 1].text, "chuyen")))
			return true;
	}
	return false;
}

static bool
is_hearsay(const struct sense *s, const struct hit *h)
{
	const struct hit *say = sense_find(s, TAG_HEARSAY, 0);

	return say && say->from <= h->from + 2;
}

static void
take_alarm(const struct sense *s, const struct hit *h, struct reading *r)
{
	bool doubt = sense_denied(s, h->from) || is_hearsay(s, h) || (s->w.end == GAP_QUESTION && h->to == s->w.n);

	switch ((enum tag)h->tag) {
	case TAG_P0:        reading_raise(r, doubt ? CLASS_P0_REVIEW : CLASS_P0); break;
	case TAG_P0_REVIEW: reading_raise(r, CLASS_P0_REVIEW); break;
	case TAG_P1:        reading_raise(r, doubt ? CLASS_P1_REVIEW : CLASS_P1); r->reasons |= REASON_BIT(5); break;
	case TAG_P1_REVIEW: reading_raise(r, CLASS_P1_REVIEW); r->reasons |= REASON_BIT(5); break;
	default: break;
	}
}

static void
take_grievance(const struct sense *s, const struct hit *h, struct reading *r)
{
	bool grave = h->tag == TAG_P2 || h->tag == TAG_X2;

	if (sense_denied(s, h->from) || before_then_now(s, h) || counts_only_one(s, h) || sense_is_of_wrong_person(s, h))
		return;
	r->reasons |= h->arg;
	reading_raise(r, grave ? CLASS_P2 : CLASS_P3);
}

/* "hẹn 3 ngày mà 15 ngày", "hẹn 4/5 mà 10/5 mới trả": late when the second is more. */
static bool
broke_promise(const struct sense *s)
{
	int promised = 0;
	bool dated = false, hen = false;

	for (size_t i = 0; i < s->w.n; i++) {
		const struct word *w = &s->w.at[i];
		bool date = w->kind == WORD_NUMBER && w->number == NUMBER_FRACTION;
		bool days = w->kind == WORD_NUMBER && w->number == NUMBER_PLAIN && i + 1 < s->w.n && word_in(&s->w.at[i + 1], SET_DAYS);

		if (!strcmp(w->text, "hen"))
			hen = true;
		if (!hen || (!date && !days))
			continue;
		if (!promised) {
			promised = date ? w->of * 100 + w->value : w->value;
			dated = date;
		} else if (date == dated) {
			return (date ? w->of * 100 + w->value : w->value) > promised;
		}
	}
	return false;
}

void
mood_read(const struct sense *s, struct reading *r)
{
	for (size_t i = 0; i < s->n_hits; i++) {
		const struct hit *h = &s->hits[i];

		switch ((enum tag)h->tag) {
		case TAG_P0: case TAG_P0_REVIEW: case TAG_P1: case TAG_P1_REVIEW: take_alarm(s, h, r); break;
		case TAG_P2: case TAG_P3: case TAG_X2: case TAG_X3: take_grievance(s, h, r); break;
		case TAG_WISH3: reading_raise(r, CLASS_P3); break;
		default: break;
		}
	}
	if (broke_promise(s)) {
		r->reasons |= REASON_BIT(2);
		reading_raise(r, CLASS_P2);
	}
}
