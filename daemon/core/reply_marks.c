/* Digits: which number in a message is a score, and which counts days, money or doors. replies.md rule 2. */
#include <string.h>

#include "core/reply_inner.h"

enum role { ROLE_NONE, ROLE_SCORE, ROLE_ODD };

/* Is the word after (before) number i part of the same thought and in the set? */
static bool
next_in(const struct sense *s, size_t i, enum set set)
{
	return i + 1 < s->w.n && s->w.at[i + 1].gap < GAP_COMMA && word_in(&s->w.at[i + 1], (int)set);
}

/* Counts something: "3 ngày". What is politeness without marks ("5 nha") is not a house. */
static bool
counts(const struct sense *s, size_t i)
{
	return next_in(s, i, SET_UNIT) && !(word_in(&s->w.at[i + 1], SET_POLITE) && !s->w.at[i + 1].exact);
}

static bool
prev_in(const struct sense *s, size_t i, enum set set)
{
	return i > 0 && s->w.at[i].gap < GAP_COMMA && word_in(&s->w.at[i - 1], (int)set);
}

/* "cho", "chấm", "mức" right before, or with politeness between: "cho em 5". */
static bool
is_given(const struct sense *s, size_t i)
{
	for (size_t back = 1; back <= 3 && back <= i; back++) {
		const struct word *w = &s->w.at[i - back];

		if (back == 1 && word_in(w, SET_ORDINAL) && !word_in(w, SET_GIVE) && !(i > 1 && word_in(&s->w.at[i - 2], SET_GIVE)))
			return false;
		if (word_in(w, SET_GIVE))
			return true;
		if (!word_in(w, SET_POLITE) && !word_in(w, SET_ORDINAL))
			return false;
	}
	return false;
}

/* Only politeness, points and the like around it? */
static bool
is_alone(const struct sense *s, size_t i)
{
	for (size_t k = 0; k < s->w.n; k++) {
		const struct word *w = &s->w.at[k];

		if (k != i && !word_in(w, SET_POLITE) && !word_in(w, SET_POINT) && !word_in(w, SET_GIVE) && !word_in(w, SET_HALF)
		    && !(s->taken[k] & TAKEN_THANKS) && w->kind != WORD_NUMBER)
			return false;
	}
	return true;
}

static bool
polite_before(const struct sense *s, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!word_in(&s->w.at[k], SET_POLITE) && s->w.at[k].kind != WORD_CODE)
			return false;
	return true;
}

static bool
polite_after(const struct sense *s, size_t i)
{
	for (size_t k = i + 1; k < s->w.n; k++)
		if (!word_in(&s->w.at[k], SET_POLITE) && !word_in(&s->w.at[k], SET_POINT) && !(s->taken[k] & TAKEN_THANKS))
			return false;
	return true;
}

static bool
beside_opinion(const struct sense *s, size_t i)
{
	return (i > 0 && s->taken[i - 1] & TAKEN_SCORE) || (i + 1 < s->w.n && s->taken[i + 1] & TAKEN_SCORE);
}

/* Does its place allow a score at all, without "điểm" behind it? */
static bool
stands_free(const struct sense *s, size_t i)
{
	const struct word *w = &s->w.at[i];
	bool after = i + 1 == s->w.n || s->w.at[i + 1].gap >= GAP_COMMA;

	if (counts(s, i) || prev_in(s, i, SET_ORDINAL))
		return false;
	if (polite_before(s, i))
		return i > 0 || i + 1 == s->w.n || s->w.at[i + 1].gap > GAP_NONE || s->w.at[i + 1].kind == WORD_SIGN || w->number == NUMBER_FRACTION;
	if (prev_in(s, i, SET_NAMED))
		return false;
	if (polite_after(s, i))
		return w->gap >= GAP_COMMA || beside_opinion(s, i) || prev_in(s, i, SET_POLITE);
	return (w->gap >= GAP_COMMA && after) || (beside_opinion(s, i) && (w->gap >= GAP_COMMA || after || (s->taken[i - 1] & TAKEN_SCORE)));
}

/* "thái độ 5, thời gian 3": a mark at the end of its clause, behind what it is for. */
static bool
ends_clause(const struct sense *s, size_t i)
{
	const struct word *w = &s->w.at[i];

	return w->kind == WORD_NUMBER && w->number == NUMBER_PLAIN && w->value >= 1 && w->value <= 5 && i > 0
	       && (i + 1 == s->w.n || s->w.at[i + 1].gap >= GAP_COMMA || !strcmp(s->w.at[i + 1].text, "vi"))
	       && !prev_in(s, i, SET_ORDINAL) && !prev_in(s, i, SET_NAMED) && s->w.at[i - 1].kind == WORD_LETTERS_ONLY;
}

static bool
is_one_of_several(const struct sense *s, size_t i)
{
	int n = 0;

	if (!ends_clause(s, i))
		return false;
	for (size_t k = 0; k < s->w.n; k++)
		n += ends_clause(s, k);
	return n > 1;
}

/* "4 hoặc 5" */
static bool
is_alternative(const struct sense *s, size_t i)
{
	bool after = prev_in(s, i, SET_OR), before = next_in(s, i, SET_OR);

	if (after && i >= 2 && (s->w.at[i - 2].kind == WORD_NUMBER || word_in(&s->w.at[i - 2], SET_POINT)))
		return true;
	return before && i + 2 < s->w.n && s->w.at[i + 2].kind == WORD_NUMBER && s->w.at[i + 2].number == NUMBER_PLAIN;
}

static int
count_fractions(const struct sense *s)
{
	int n = 0;

	for (size_t i = 0; i < s->w.n; i++)
		n += s->w.at[i].kind == WORD_NUMBER && s->w.at[i].number == NUMBER_FRACTION;
	return n;
}

/* "1O", "5l": a letter glued to a digit may be a digit that was mistyped. Units ("5d") were spelled out already. */
static bool
is_doubtful(const struct sense *s, size_t i)
{
	const struct word *next = i + 1 < s->w.n ? &s->w.at[i + 1] : NULL;

	return next && next->gap == GAP_NONE && next->kind == WORD_LETTERS_ONLY && !next->text[1] && !strchr("ade", next->text[0]);
}

static enum role
role_of(const struct sense *s, size_t i, int *value)
{
	const struct word *w = &s->w.at[i];
	bool given = is_given(s, i), point = next_in(s, i, SET_POINT), alone = is_alone(s, i);
	bool ordinal = prev_in(s, i, SET_ORDINAL) && !given && !(point && !strcmp(s->w.at[i + 1].text, "diem"));
	bool sure = alone || point || given || has(s, TAG_FIX) || has(s, TAG_DROP) || is_alternative(s, i);

	*value = w->value;
	if (ordinal || (counts(s, i) && !point) || is_doubtful(s, i))
		return ROLE_NONE;
	switch ((enum number_form)w->number) {
	case NUMBER_PLAIN:
		if (next_in(s, i, SET_HALF))
			return sure ? ROLE_ODD : ROLE_NONE;
		if (w->value >= 1 && w->value <= 5)
			return sure || stands_free(s, i) || is_one_of_several(s, i) ? ROLE_SCORE : ROLE_NONE;
		return sure || (w->value <= 10 && stands_free(s, i) && beside_opinion(s, i)) ? ROLE_ODD : ROLE_NONE;
	case NUMBER_FRACTION:
		if (w->of != 5 && w->of != 10)
			return ROLE_NONE;
		if (!sure && (!stands_free(s, i) || count_fractions(s) > 1))
			return ROLE_NONE;
		return w->of == 5 && w->value >= 1 && w->value <= 5 ? ROLE_SCORE : ROLE_ODD;
	case NUMBER_DECIMAL: case NUMBER_RANGE:
		return sure && w->value <= 10 ? ROLE_ODD : ROLE_NONE;
	case NUMBER_NEGATIVE:
		return ROLE_ODD;
	case NUMBER_TIME: case NUMBER_LONG:
		return ROLE_NONE;
	}
	return ROLE_NONE;
}

/* ⭐⭐⭐⭐ without a number counts; ★★★★☆ counts the full ones. */
static int
count_stars(const struct sense *s)
{
	int n = 0;

	for (size_t i = 0; i < s->w.n; i++) {
		const struct word *w = &s->w.at[i];

		if (w->kind == WORD_NUMBER && w->number == NUMBER_PLAIN)
			return 0;
		n += w->kind == WORD_SIGN && (!strcmp(w->text, "⭐") || !strcmp(w->text, "★") || !strcmp(w->text, "🌟"));
	}
	return n;
}

static void
add(struct marks *out, int value)
{
	out->several = out->several || (out->score && out->score != value);
	out->score = value;
}

void
marks_read(const struct sense *s, struct marks *out)
{
	const struct hit *h;
	int stars, value;

	memset(out, 0, sizeof *out);
	out->fixed = has(s, TAG_FIX) || has(s, TAG_DROP);
	for (size_t i = 0; i < s->w.n; i++) {
		if (s->w.at[i].kind != WORD_NUMBER || s->taken[i] & (TAKEN_DROP | TAKEN_PLAIN | TAKEN_SCORE | TAKEN_MOOD))
			continue;
		switch (role_of(s, i, &value)) {
		case ROLE_SCORE: add(out, value); break;
		case ROLE_ODD:   out->odd = true; break;
		case ROLE_NONE:  break;
		}
		out->whole = out->whole || is_alone(s, i);
	}
	for (size_t k = 0; (h = sense_find(s, TAG_DIGIT, k)); k = (size_t)(h - s->hits) + 1)
		add(out, h->arg);
	if (!out->score && (stars = count_stars(s)) >= 1 && stars <= 5)
		add(out, stars);
	if (out->fixed)
		out->several = false;
}
