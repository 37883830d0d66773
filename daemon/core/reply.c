/* Reading a message: the order of the questions. replies.md; what each asks is in the files beside this one. */
#include "core/reply.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "core/reply_inner.h"
#include "text/shortid.h"

static const char *const tags[] = {
#define X(code, text) text,
	TAG_LIST(X)
#undef X
	NULL
};
static const char *const sets[] = {
#define X(code, text) text,
	SET_LIST(X)
#undef X
	NULL
};
static const unsigned char builtin[] = {
#include "core/lexicon.inc"
};

struct lexicon *
reply_lexicon_new(void)
{
	static const struct lexicon_names names = { tags, sets };

	return lexicon_new(&names);
}

struct sv
reply_lexicon_builtin(void)
{
	return (struct sv){ (const char *)builtin, sizeof builtin };
}

void
reading_decide(struct reading *r, enum reply_kind kind, const char *rule, int confidence)
{
	r->kind = kind;
	snprintf(r->rule, sizeof r->rule, "%s", rule);
	r->confidence_pct = confidence;
}

void
reading_raise(struct reading *r, enum reply_class c)
{
	if (c > r->klass)
		r->klass = c;
}

/* ---- keyword and token in front ---- */

static bool
is_alnum(const struct glyph *g)
{
	return g->base ? !g->shape && !g->tone : g->c >= '0' && g->c <= '9';
}

static size_t
skip_blanks(const struct plain *p, size_t i)
{
	while (i < p->n && (p->at[i].c == ' ' || p->at[i].c == '"' || p->at[i].c == '\'' || p->at[i].c == '\n'))
		i++;
	return i;
}

/* Four letters or digits at i, nothing glued behind them: copied out, 0 = not four. */
static bool
four_at(const struct plain *p, size_t i, char out[5], bool *digit, bool *letter)
{
	*digit = *letter = false;
	for (size_t k = 0; k < 4; k++) {
		if (i + k >= p->n || !is_alnum(&p->at[i + k]))
			return false;
		out[k] = (char)p->at[i + k].c;
		*digit = *digit || !p->at[i + k].base;
		*letter = *letter || p->at[i + k].base;
	}
	out[4] = '\0';
	return i + 4 >= p->n || (!is_alnum(&p->at[i + 4]) && !p->at[i + 4].base);
}

/* Where the citizen's own words begin. "HL A7K2 5", "HLA7K2 5", "HL5"; "hl" before anything else is an opinion. */
static size_t
take_prefix(const struct plain *p, struct reading *r)
{
	size_t i = skip_blanks(p, 0), after;
	char four[5], canonical[SHORTID_MAX + 1];
	bool digit, letter, glued;

	if (i + 2 > p->n || p->at[i].base != 'h' || p->at[i + 1].base != 'l')
		return 0;
	glued = i + 2 < p->n && is_alnum(&p->at[i + 2]);
	after = skip_blanks(p, i + 2);
	if (four_at(p, after, four, &digit, &letter)) {
		if (digit && !shortid_parse(sv_of(four), canonical)) {
			memcpy(r->token, canonical, 5);
			return after + 4;
		}
		if (letter && !digit && !shortid_parse(sv_of(four), canonical) && after + 4 >= p->n && !glued) {
			memcpy(r->token, canonical, 5);
			return after + 4;
		}
		if (digit && letter) {
			r->token_bad = true;
			return after + 4;
		}
	}
	if (after < p->n && !p->at[after].base && p->at[after].c >= '0' && p->at[after].c <= '9')
		return i + 2;
	return 0;
}

/* "HL TC", "hl dk": the keyword before a word of command. */
static void
drop_keyword(struct sense *s)
{
	static const char *const commands[] = { "tc", "tu", "stop", "huy", "dung", "ngung", "dk", "dang" };
	size_t k = 2;                            /* "hl" was spelled out as two words */

	if (s->w.n < 3 || s->w.n > 6 || strcmp(s->w.at[0].text, "hai") != 0 || strcmp(s->w.at[1].text, "long") != 0
	    || s->w.at[0].at != s->w.at[1].at)
		return;
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (!strcmp(s->w.at[k].text, commands[i])) {
			memmove(&s->w.at[0], &s->w.at[k], (s->w.n - k) * sizeof s->w.at[0]);
			s->w.n -= k;
			return;
		}
}

/* "0 hai long", "0 hl": nought is a no. */
static void
read_nought(struct sense *s)
{
	static const char *const opinions[] = { "hai", "tot", "ok", "on", "duoc", "hieu", "ai", "co", "biet" };
	uint16_t no = lexicon_find(s->lx, "kho6ng");

	for (size_t i = 0; no && i + 1 < s->w.n; i++) {
		struct word *w = &s->w.at[i];

		if (w->kind != WORD_NUMBER || w->number != NUMBER_PLAIN || w->value || s->w.at[i + 1].gap >= GAP_COMMA)
			continue;
		for (size_t k = 0; k < sizeof opinions / sizeof *opinions; k++)
			if (!strcmp(s->w.at[i + 1].text, opinions[k])) {
				*w = (struct word){ .text = "khong", .kind = WORD_LETTERS_ONLY, .gap = w->gap, .exact = true, .form = no,
				                    .fold = lexicon_fold(s->lx, no), .sets = lexicon_sets(s->lx, no, true), .at = w->at };
				break;
			}
	}
}

/* ---- scores ---- */

static bool
opposed(int digit, int words)
{
	return (digit <= 2 && words >= 4) || (digit >= 4 && words <= 2);
}

static void
contradict(struct reading *r, int digit)
{
	r->clarify = CLARIFY_CONTRADICTION;
	r->doubtful = digit;
	reading_decide(r, REPLY_SCORE, "digit-against-words", 85);
}

/* Digits first; words decide where digits say nothing or the impossible. */
static bool
read_score(const struct sense *s, struct reading *r)
{
	struct marks m;
	struct opinion_words o;

	if (has(s, TAG_ASKS))
		return false;
	marks_read(s, &m);
	opinion_words_read(s, &o);
	if (m.several) {
		r->clarify = CLARIFY_AMBIGUOUS;
		reading_decide(r, REPLY_SCORE, "two-scores", 85);
	} else if (m.score && o.score && opposed(m.score, o.score) && !m.fixed) {
		contradict(r, m.score);
	} else if (m.score) {
		r->score = m.score;
		reading_decide(r, REPLY_SCORE, m.whole ? "digit" : "digit-in-words", m.whole ? 99 : 92);
	} else if (o.score) {
		r->score = o.score;
		reading_decide(r, REPLY_SCORE, m.odd ? "words-over-digit" : "words", 90);
	} else if (o.mixed) {
		r->clarify = CLARIFY_AMBIGUOUS;
		reading_decide(r, REPLY_SCORE, "two-opinions", 60);
	} else if (m.odd) {
		r->clarify = CLARIFY_OUT_OF_RANGE;
		reading_decide(r, REPLY_SCORE, "out-of-range", 90);
	} else {
		return false;
	}
	return true;
}

/* While the menu is open free text is a comment, unless it is nothing but a new score. */
static bool
may_score(const struct sense *s)
{
	struct marks m;

	if (s->expect != EXPECT_REASON)
		return true;
	marks_read(s, &m);
	return m.score || m.odd || m.several || sense_rest(s, TAKEN_SCORE | TAKEN_TALK | TAKEN_THANKS) == 0;
}

static bool
is_question_about_words(const struct sense *s)
{
	struct marks m;

	marks_read(s, &m);
	return !m.score && !m.odd && (has(s, TAG_QUESTION) || s->w.end == GAP_QUESTION) && s->w.end == GAP_QUESTION;
}

static void
read_words(struct sense *s, enum reply_sender sender, struct reading *r)
{
	bool scored = false, only;

	if (talk_first(s, sender, r)) {
		if (r->kind != REPLY_AUTO_REPLY && r->kind != REPLY_STAFF && r->kind != REPLY_REASON)
			mood_read(s, r);
		if (r->kind == REPLY_CONFIRM || r->kind == REPLY_VERDICT || r->kind == REPLY_REASON || r->kind == REPLY_CALLBACK
		    || r->kind == REPLY_OPTOUT)
			return;
		return;
	}
	if (may_score(s) && !is_question_about_words(s))
		scored = read_score(s, r);
	mood_read(s, r);
	if (scored && r->score && s->expect == EXPECT_REASON)
		r->reasons |= talk_letters(s, &only);
	if (scored && has(s, TAG_CALLBACK)) {
		r->reasons |= REASON_X_BIT;
		reading_raise(r, CLASS_P2);
	}
	if (r->score && r->score <= 2)
		reading_raise(r, CLASS_P2);
	else if (scored && r->score && r->reasons)
		reading_raise(r, CLASS_P3);
	if (!scored)
		talk_last(s, r);
}

void
reply_read(const struct lexicon *lx, struct sv text, enum reply_expect expect, enum reply_sender sender,
           struct reading *out)
{
	UNSET struct sense s;
	size_t from;

	memset(out, 0, sizeof *out);
	out->solved = -1;
	s.lx = lx;
	s.expect = expect;
	if (text.n > REPLY_TEXT_MAX) {
		text.n = REPLY_TEXT_MAX;
		while (text.n && ((unsigned char)text.p[text.n] & 0xc0) == 0x80)
			text.n--;
	}
	plain_read(text, &s.plain);
	from = take_prefix(&s.plain, out);
	words_read(lx, &s.plain, from, &s.w);
	drop_keyword(&s);
	read_nought(&s);
	if (!s.w.n) {
		bool seen = skip_blanks(&s.plain, from) < s.plain.n;

		reading_decide(out, seen && !out->token[0] ? REPLY_UNCLEAR : REPLY_EMPTY, "empty", 97);
		return;
	}
	sense_match(&s);
	read_words(&s, sender, out);
	out->complaint = out->klass >= CLASS_P2;
}
