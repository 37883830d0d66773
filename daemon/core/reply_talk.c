/* What a message is besides score and mood. replies.md rules 6 and 8 to 12. */
#include <string.h>

#include "core/reply_inner.h"

/* ---- menu letters ---- */

static bool
is_joiner(const struct word *w)
{
	static const char *const joiners[] = { "va", "voi", "cung", "y", "chon", "ly", "do", "vi", "ca", "hai", "muc", "dap", "an", "cau",
	                                       "la", "lua", "and", "nhan", "bam", "tra", "loi", "phan", "li", "cac", "thu", "bao", "gom" };

	for (size_t i = 0; i < sizeof joiners / sizeof *joiners; i++)
		if (!strcmp(w->text, joiners[i]))
			return true;
	return false;
}

/* "c", "CD", "abc": bits of the menu, 0 = something else. Read from the glyphs, before any spelling was looked for. */
static unsigned
letters_of(const struct sense *s, size_t i)
{
	const struct word *w = &s->w.at[i];
	char run[WORD_LETTERS + 1];
	unsigned set = 0;
	bool upper = true;
	size_t n = 0;

	if (w->kind != WORD_LETTERS_ONLY || (i && s->w.at[i - 1].at == w->at))
		return 0;
	for (const struct glyph *g = &s->plain.at[w->at]; g < s->plain.at + s->plain.n && g->base; g++) {
		unsigned bit = g->base == 'x' ? REASON_X_BIT : g->base <= 'h' ? REASON_BIT(g->base - 'a') : 0;

		if (g->shape || g->tone || !bit || set & bit || n == 8)
			return 0;
		run[n++] = g->base;
		upper = upper && g->upper;
		set |= bit;
	}
	run[n] = '\0';
	return n <= 1 || upper || !lexicon_find(s->lx, run) ? set : 0;
}

unsigned
talk_letters(const struct sense *s, bool *only)
{
	unsigned set = 0;

	*only = true;
	for (size_t i = 0; i < s->w.n; i++) {
		const struct word *w = &s->w.at[i];
		unsigned bits = letters_of(s, i);
		bool last = i + 1 == s->w.n;

		/* A final "a" behind another letter is politeness: "d a". */
		if (bits == REASON_BIT(0) && set && last && w->gap < GAP_COMMA && !s->plain.at[w->at].upper)
			continue;
		/* "a nhé em": a pronoun never stands first in an answer to the menu; later it may. */
		if (bits && !(bits & (bits - 1)) && set && i && !is_joiner(&s->w.at[i - 1]) && letters_of(s, i - 1) == 0
		    && w->gap < GAP_COMMA && word_in(w, SET_POLITE))
			continue;
		if (bits)
			set |= bits;
		else if (w->kind == WORD_NUMBER && (i + 1 < s->w.n && is_joiner(&s->w.at[i + 1])))
			continue;
		else if (w->kind == WORD_NUMBER && i && !strcmp(s->w.at[i - 1].text, "ca"))
			continue;
		else if (!word_in(w, SET_POLITE) && !is_joiner(w) && !(s->taken[i] & TAKEN_LABEL))
			*only = false;
	}
	return set;
}

static unsigned
labels(const struct sense *s)
{
	const struct hit *h;
	unsigned set = 0;

	for (size_t k = 0; (h = sense_find(s, TAG_LABEL, k)); k = (size_t)(h - s->hits) + 1)
		set |= h->arg;
	return set;
}

static void
menu(struct reading *r, unsigned set)
{
	r->reasons |= set;
	if (set & REASON_BIT(5))
		reading_raise(r, CLASS_P1);
	else if (set & ~(unsigned)(REASON_BIT(6) | REASON_BIT(7)))
		reading_raise(r, CLASS_P2);
	else
		reading_raise(r, CLASS_P3);
	reading_decide(r, set == REASON_X_BIT ? REPLY_CALLBACK : REPLY_REASON, "menu", 97);
}

static bool
read_menu(const struct sense *s, struct reading *r)
{
	bool only;
	unsigned set = talk_letters(s, &only), named = labels(s);
	struct marks m;

	if (set && only) {
		menu(r, set | named);
		return true;
	}
	marks_read(s, &m);
	if (m.score || m.odd)
		return false;
	if (!set && named && !sense_rest(s, TAKEN_LABEL)) {
		menu(r, named);
		return true;
	}
	/* The label's words with joiners between: "thai do va cho lau". */
	if (named && only) {
		menu(r, named);
		return true;
	}
	return false;
}

/* ---- verdict and confirmation ---- */

/* Is the first word that is not politeness the beginning of such a hit? */
static const struct hit *
leading(const struct sense *s, enum tag t)
{
	const struct hit *h = sense_find(s, t, 0);

	if (!h)
		return NULL;
	for (size_t i = 0; i < h->from; i++)
		if (!word_in(&s->w.at[i], SET_POLITE))
			return NULL;
	return h;
}

static bool
is_asking(const struct sense *s)
{
	if (s->w.end == GAP_QUESTION)
		return true;
	for (size_t i = 1; i < s->w.n; i++)
		if (s->w.at[i].gap == GAP_QUESTION)
			return true;
	return has(s, TAG_QUESTION) || has(s, TAG_ASKS);
}

static bool
read_verdict(const struct sense *s, struct reading *r)
{
	const struct hit *no = leading(s, TAG_NO), *yes = leading(s, TAG_YES);
	struct marks m;

	marks_read(s, &m);
	if (m.score || m.odd || has(s, TAG_OPTOUT) || sense_is_wrong_person(s) || has(s, TAG_CALLBACK))
		return false;
	if (has(s, TAG_QUESTION) && !no && s->w.end == GAP_QUESTION)
		return false;
	if (!no && !yes && has(s, TAG_NO))
		no = sense_find(s, TAG_NO, 0);
	if (!no && !yes)
		return false;
	r->solved = no && (!yes || no->from < yes->from || (no->from == yes->from && no->to >= yes->to)) ? 0 : 1;
	if (r->solved && has(s, TAG_NO) && sense_find(s, TAG_BUT, 0))
		r->solved = 0;
	if (!r->solved)
		reading_raise(r, CLASS_P2);
	reading_decide(r, REPLY_VERDICT, r->solved ? "verdict-yes" : "verdict-no", 93);
	return true;
}

static bool
scored_after(const struct sense *s, size_t word)
{
	const struct hit *h;

	for (size_t k = 0; (h = sense_find(s, TAG_SCORE, k)); k = (size_t)(h - s->hits) + 1)
		if (h->from >= word)
			return true;
	return false;
}

static bool
read_confirm(const struct sense *s, struct reading *r)
{
	struct marks m;

	if (!leading(s, TAG_CONFIRM) || (is_asking(s) && s->w.n < 4))
		return false;
	marks_read(s, &m);
	if (m.score || m.odd || has(s, TAG_OPTOUT) || sense_is_wrong_person(s) || scored_after(s, leading(s, TAG_CONFIRM)->to))
		return false;
	reading_decide(r, REPLY_CONFIRM, "confirm", 95);
	return true;
}

bool
talk_expected(const struct sense *s, struct reading *r)
{
	switch (s->expect) {
	case EXPECT_VERDICT: return read_verdict(s, r);
	case EXPECT_CONFIRM: return read_confirm(s, r);
	default: return false;
	}
}

/* ---- before any score ---- */

/* TC, STOP ... as the whole message. */
static bool
is_opt_word(const struct sense *s)
{
	const struct hit *h = sense_find(s, TAG_OPTWORD, 0);

	if (!h)
		return false;
	for (size_t i = 0; i < s->w.n; i++)
		if ((i < h->from || i >= h->to) && !word_in(&s->w.at[i], SET_POLITE) && s->w.at[i].kind != WORD_SIGN)
			return false;
	return true;
}

static bool
is_staff_command(const struct sense *s)
{
	return has(s, TAG_STAFF) && s->w.n >= 2;
}

/* All five marks in one message: our own question sent back. */
static bool
is_our_scale(const struct sense *s)
{
	unsigned seen = 0;

	for (size_t i = 0; i < s->w.n; i++)
		if (s->w.at[i].kind == WORD_NUMBER && s->w.at[i].number == NUMBER_PLAIN && s->w.at[i].value >= 1 && s->w.at[i].value <= 5)
			seen |= 1u << s->w.at[i].value;
	return seen == 0x3e;
}

bool
talk_first(const struct sense *s, enum reply_sender sender, struct reading *r)
{
	if (sender == SENDER_STAFF && is_staff_command(s))
		reading_decide(r, REPLY_STAFF, "staff", 99);
	else if (has(s, TAG_ROBOT) || is_our_scale(s))
		reading_decide(r, REPLY_AUTO_REPLY, "robot", 93);
	else if (talk_expected(s, r))
		return true;
	else if (is_opt_word(s))
		reading_decide(r, REPLY_OPTOUT, "optout-word", 99);
	else if (has(s, TAG_OPTOUT))
		reading_decide(r, REPLY_OPTOUT, "optout", 94);
	else if (has(s, TAG_OPTIN))
		reading_decide(r, REPLY_OPTIN, "optin", 95);
	else if (sense_is_wrong_person(s))
		reading_decide(r, REPLY_WRONG_PERSON, "wrong-person", 92);
	else if (s->expect == EXPECT_REASON)
		return read_menu(s, r);
	else
		return false;
	return true;
}

/* ---- after everything else ---- */

static bool
is_thanks(const struct sense *s)
{
	size_t rest = 0;

	for (size_t i = 0; i < s->w.n; i++)
		rest += !(s->taken[i] & TAKEN_THANKS) && !word_in(&s->w.at[i], SET_POLITE) && !word_in(&s->w.at[i], SET_TOPIC);
	return rest <= 1 && s->w.n <= 14;
}

/* A sentence about the case or the service, or only a fragment? */
static bool
is_sentence(const struct sense *s, const struct reading *r)
{
	size_t words = 0, topics = 0, verbs = 0;

	for (size_t i = 0; i < s->w.n; i++) {
		words += s->w.at[i].kind == WORD_LETTERS_ONLY;
		topics += word_in(&s->w.at[i], SET_TOPIC);
		verbs += word_in(&s->w.at[i], SET_VERB);
	}
	if (r->reasons || r->klass || has(s, TAG_PRAISE) || has(s, TAG_WISH3) || has(s, TAG_P2) || has(s, TAG_P3)
	    || has(s, TAG_P1) || has(s, TAG_X3))
		return true;
	return (verbs >= 1 && (topics >= 1 || words >= 4) && words >= 3) || (verbs >= 2 && words >= 3) || words >= 8;
}

void
talk_last(const struct sense *s, struct reading *r)
{
	if (has(s, TAG_CALLBACK)) {
		r->reasons |= REASON_X_BIT;
		reading_raise(r, CLASS_P2);
		reading_decide(r, REPLY_CALLBACK, "callback", 88);
	} else if (s->w.n && is_asking(s)) {
		reading_decide(r, REPLY_QUESTION, "question", 80);
	} else if (has(s, TAG_THANKS) && r->klass == CLASS_NONE && is_thanks(s)) {
		reading_decide(r, REPLY_THANKS, "thanks", 92);
	} else if (is_sentence(s, r)) {
		reading_decide(r, REPLY_COMMENT, "comment", r->klass ? 80 : 70);
	} else {
		reading_decide(r, REPLY_UNCLEAR, "unclear", 60);
	}
}
