/* Finds what stands in a message: the lexicon's patterns, the longest of each layer at each place. */
#include <string.h>

#include "base/mem.h"
#include "core/reply_inner.h"

#define LAYERS (TAG_MAX + 7)

/* Grievances compete by their first letter only: one long sentence about waiting must not hide a wrong name. */
static int
layer_of(int tag, unsigned arg)
{
	switch (tag) {
	case TAG_DIGIT: return TAG_SCORE;
	case TAG_P0: case TAG_P0_REVIEW: return TAG_P0;
	case TAG_P1: case TAG_P1_REVIEW: return TAG_P1;
	case TAG_P2: case TAG_P3: case TAG_X2: case TAG_X3:
		for (int i = 0; i < 7; i++)
			if (arg >> i & 1)
				return TAG_MAX + i;
		return TAG_P2;
	default: return tag;
	}
}

static uint8_t
taken_by(int tag)
{
	switch (tag) {
	case TAG_SCORE: case TAG_DIGIT: return TAKEN_SCORE;
	case TAG_P0: case TAG_P0_REVIEW: case TAG_P1: case TAG_P1_REVIEW: case TAG_P2: case TAG_P3: return TAKEN_MOOD;
	case TAG_X2: case TAG_X3: return TAKEN_MOOD;
	case TAG_PLAIN: return TAKEN_PLAIN;
	case TAG_DROP: return TAKEN_DROP | TAKEN_TALK;
	case TAG_THANKS: return TAKEN_THANKS;
	case TAG_LABEL: return TAKEN_LABEL;
	case TAG_YES: case TAG_NO: case TAG_CONFIRM: return TAKEN_YESNO;
	case TAG_OPTOUT: case TAG_OPTWORD: case TAG_OPTIN: case TAG_WRONG: case TAG_CALLBACK: case TAG_FIX: return TAKEN_TALK;
	default: return 0;
	}
}

struct finder {
	struct sense *s;
	size_t   at;
	uint64_t touched;                    /* layers with a match here */
	struct lexicon_hit best[LAYERS];
};

/* Words that lost letters fit many patterns: one of them alone, or an alarm of guesses only, says nothing. */
static bool
is_guess(const struct sense *s, const struct lexicon_hit *h)
{
	size_t lost = 0;

	for (size_t i = h->from; i < h->to; i++)
		lost += s->w.at[i].lost;
	if (!lost)
		return false;
	if (h->to - h->from == 1)
		return word_in(&s->w.at[h->from], SET_POLITE) || word_in(&s->w.at[h->from], SET_TOPIC)
		       || word_in(&s->w.at[h->from], SET_VERB) || word_in(&s->w.at[h->from], SET_NEG);
	return (layer_of(h->tag, 0) == TAG_P0 || layer_of(h->tag, 0) == TAG_P1) && h->literals < 3;
}

static void
on_hit(void *arg, const struct lexicon_hit *h)
{
	struct finder *f = arg;
	int layer = layer_of(h->tag, h->arg);
	struct lexicon_hit *b = &f->best[layer];

	if (is_guess(f->s, h))
		return;

	if (f->touched >> layer & 1 && (h->to < b->to || (h->to == b->to && h->literals <= b->literals)))
		return;
	f->touched |= 1ull << layer;
	*b = *h;
}

static void
keep(struct sense *s, const struct lexicon_hit *h)
{
	if (s->n_hits == HITS_MAX)
		return;
	s->hits[s->n_hits++] = (struct hit){ .tag = (uint8_t)h->tag, .folded = h->folded, .arg = (uint16_t)h->arg,
	                                     .from = (uint16_t)h->from, .to = (uint16_t)h->to };
	s->tags |= 1ull << h->tag;
	for (size_t i = h->from; i < h->to; i++)
		s->taken[i] |= taken_by(h->tag);
}

void
sense_match(struct sense *s)
{
	size_t free_from[LAYERS] = { 0 };
	UNSET struct finder f;

	f.s = s;
	s->n_hits = 0;
	s->tags = 0;
	memset(s->taken, 0, s->w.n);
	for (size_t at = 0; at < s->w.n; at++) {
		size_t plain;

		f.at = at;
		f.touched = 0;
		lexicon_match(s->lx, &s->w, at, on_hit, &f);
		plain = f.touched >> TAG_PLAIN & 1 && at >= free_from[TAG_PLAIN] ? f.best[TAG_PLAIN].to : 0;
		if (plain) {
			keep(s, &f.best[TAG_PLAIN]);
			free_from[TAG_PLAIN] = plain;
		}
		for (int layer = 0; layer < LAYERS; layer++) {
			if (layer == TAG_PLAIN || !(f.touched >> layer & 1) || at < free_from[layer] || f.best[layer].to <= plain)
				continue;
			keep(s, &f.best[layer]);
			free_from[layer] = f.best[layer].to;
			f.touched &= ~(1ull << layer);
		}
		if (plain)
			for (int layer = 0; layer < LAYERS; layer++)
				if (free_from[layer] < plain)
					free_from[layer] = plain;
	}
}

const struct hit *
sense_find(const struct sense *s, enum tag t, size_t from)
{
	for (size_t i = from; has(s, t) && i < s->n_hits; i++)
		if (s->hits[i].tag == t)
			return &s->hits[i];
	return NULL;
}

static bool
is_grievance(const struct hit *h)
{
	return h->tag == TAG_P2 || h->tag == TAG_X2;
}

/* Two readings of the same words: the one that begins first holds, then the longer, then "wrong person". */
static bool
outdoes(const struct hit *grievance, const struct hit *wrong)
{
	if (grievance->from >= wrong->to || wrong->from >= grievance->to)
		return false;
	return grievance->from < wrong->from || (grievance->from == wrong->from && grievance->to > wrong->to);
}

bool
sense_is_wrong_person(const struct sense *s)
{
	const struct hit *h;

	for (size_t k = 0; (h = sense_find(s, TAG_WRONG, k)); k = (size_t)(h - s->hits) + 1) {
		bool outdone = false;

		for (size_t i = 0; !outdone && i < s->n_hits; i++)
			outdone = is_grievance(&s->hits[i]) && outdoes(&s->hits[i], h);
		if (!outdone)
			return true;
	}
	return false;
}

bool
sense_is_of_wrong_person(const struct sense *s, const struct hit *g)
{
	const struct hit *h;

	for (size_t k = 0; (h = sense_find(s, TAG_WRONG, k)); k = (size_t)(h - s->hits) + 1)
		if (h->from < g->to && g->from < h->to && !outdoes(g, h))
			return true;
	return false;
}

size_t
sense_rest(const struct sense *s, unsigned taken)
{
	size_t n = 0;

	for (size_t i = 0; i < s->w.n; i++)
		n += !(s->taken[i] & taken) && !word_in(&s->w.at[i], SET_POLITE);
	return n;
}

bool
sense_is_joined(const struct sense *s, size_t at)
{
	return at > 0 && s->w.at[at].gap < GAP_COMMA;
}

bool
sense_denied(const struct sense *s, size_t at)
{
	size_t reach = 3;

	for (size_t back = 1; back <= reach && back <= at; back++) {
		size_t i = at - back;

		reach += back < 3 && !strcmp(s->w.at[i].text, "bo") && i && !strcmp(s->w.at[i - 1].text, "can");   /* one word: cán bộ */

		/* "không đưa thì dọa" is a condition, not a denial. */
		if (!sense_is_joined(s, i + 1) || !strcmp(s->w.at[i].text, "thi"))
			return false;
		if (word_in(&s->w.at[i], SET_NEG) && !(s->taken[i] & (TAKEN_SCORE | TAKEN_MOOD | TAKEN_PLAIN)))
			return true;
	}
	return false;
}
