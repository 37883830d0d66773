/* A message cut into words; see the header. */
#include "text/words.h"

#include <string.h>

#include "text/spell.h"

#define ERRORS_MAX 8                     /* typing errors looked into per message */
#define RUN_MAX    32                    /* glyphs of one run of letters, digits and joiners that are looked at together */

struct cutter {
	struct spelling     spell;
	const struct plain *p;
	size_t              i;
	enum word_gap       gap;
	struct words       *out;
};

static const struct glyph *
at(const struct cutter *c, size_t i)
{
	static const struct glyph none = { .c = 0 };

	return i < c->p->n ? &c->p->at[i] : &none;
}

static bool
is_digit(const struct glyph *g)
{
	return g->c >= '0' && g->c <= '9';
}

static bool
is_joiner(const struct glyph *g)
{
	return g->c == '/' || g->c == '.' || g->c == ',' || g->c == ':' || g->c == '-';
}

static bool
is_letter(const struct cutter *c, const struct glyph *g)
{
	return g->base || (c->p->lost && g->c == '?');
}

static void
widen(struct cutter *c, enum word_gap gap)
{
	if (gap > c->gap)
		c->gap = gap;
}

static struct word *
push(struct cutter *c, enum word_kind kind)
{
	struct word *w;

	if (c->out->n == WORDS_MAX)
		return NULL;
	w = &c->out->at[c->out->n++];
	*w = (struct word){ .kind = (uint8_t)kind, .gap = (uint8_t)c->gap, .exact = true, .at = (uint16_t)c->i };
	c->gap = GAP_NONE;
	return w;
}

/* ---- numbers ---- */

/* Value of n digits; -1 when they are no plain small number (a code, a telephone, 007). */
static int
value_of(const struct glyph *g, size_t n)
{
	int v = 0;

	if (!n || n > 3 || (n > 1 && g[0].c == '0'))
		return -1;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (int)(g[i].c - '0');
	return v;
}

static enum number_form
joined_form(uint32_t joiner, int a, int b, size_t b_digits)
{
	if (a < 0 || b < 0 || a > 99 || b > 99)
		return NUMBER_LONG;
	switch (joiner) {
	case '/': return NUMBER_FRACTION;
	case '-': return NUMBER_RANGE;
	case ':': return NUMBER_TIME;
	default:  return b_digits < 3 ? NUMBER_DECIMAL : NUMBER_LONG;
	}
}

/* Digits and joiners only: g[0..n). */
static void
push_number(struct cutter *c, const struct glyph *g, size_t n, bool negative)
{
	struct word *w = push(c, WORD_NUMBER);
	size_t first = 0, second, joins = 0;

	if (!w)
		return;
	while (first < n && is_digit(&g[first]))
		first++;
	for (size_t i = 0; i < n; i++)
		joins += is_joiner(&g[i]);
	second = n - first - (first < n);
	w->value = value_of(g, first);
	if (!joins) {
		w->number = w->value < 0 ? NUMBER_LONG : negative ? NUMBER_NEGATIVE : NUMBER_PLAIN;
	} else if (joins == 1) {
		/* "05" of a date is 5 here: only its form matters. */
		bool zero = second == 2 && g[first + 1].c == '0';

		w->of = value_of(g + first + 1 + zero, second - zero);
		w->number = (uint8_t)joined_form(g[first].c, w->value, w->of, second);
		if (zero && w->number == NUMBER_FRACTION)
			w->number = NUMBER_LONG;
	} else {
		w->number = NUMBER_LONG;
	}
}

/* "H36.45-260302-0007", "8x99": letters and digits that name a thing. */
static bool
is_code(const struct glyph *g, size_t n)
{
	size_t digits = 0, letters = 0, joins = 0, turns = 0;

	for (size_t i = 0; i < n; i++) {
		digits += is_digit(&g[i]);
		letters += g[i].base != 0;
		joins += is_joiner(&g[i]);
		turns += i && (g[i].base != 0) != (g[i - 1].base != 0);
	}
	return digits && letters && ((joins && digits >= 5) || turns >= 3 || (turns >= 2 && !g[0].base && !joins)
	                             || (turns == 1 && g[0].base && letters == 1 && digits >= 2));
}

/* Length of the run of letters and digits; with joiners when each stands before a letter or digit. */
static size_t
run_length(const struct cutter *c, bool joiners)
{
	size_t n = 0;

	while (n < RUN_MAX && (is_letter(c, at(c, c->i + n)) || is_digit(at(c, c->i + n))
	       || (joiners && n && is_joiner(at(c, c->i + n)) && is_digit(at(c, c->i + n - 1)) && is_digit(at(c, c->i + n + 1)))
	       || (joiners && n && is_joiner(at(c, c->i + n)) && is_digit(at(c, c->i + n - 1))
	           && at(c, c->i + n + 1)->base && is_digit(at(c, c->i + n + 2)))))
		n++;
	return n;
}

static size_t
count_digits(const struct cutter *c, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		k += is_digit(at(c, c->i + i));
	return k;
}

/* 8h30, 7h, 12g: a time of day. */
static bool
is_time(const struct glyph *g, size_t n)
{
	size_t i = 0, d;

	while (i < n && is_digit(&g[i]))
		i++;
	d = i;
	if (!d || d > 2 || i >= n || (g[i].base != 'h' && g[i].base != 'g'))
		return false;
	for (i++; i < n; i++)
		if (!is_digit(&g[i]))
			return false;
	return n - d - 1 <= 2;
}

static void
take_letters(struct cutter *c, size_t n)
{
	size_t before = c->out->n;

	spell_letters(&c->spell, &c->p->at[c->i], n, c->gap, c->out);
	for (size_t k = before; k < c->out->n; k++)
		c->out->at[k].at = (uint16_t)c->i;
	c->gap = GAP_NONE;
	c->i += n;
}

/* Letters and digits that are neither a code nor VNI: each by itself. */
static void
take_pieces(struct cutter *c, size_t n)
{
	size_t end = c->i + n;

	while (c->i < end) {
		size_t k = 0;
		bool digits = is_digit(at(c, c->i));

		while (c->i + k < end && is_digit(at(c, c->i + k)) == digits)
			k++;
		if (digits) {
			push_number(c, &c->p->at[c->i], k, false);
			c->i += k;
		} else {
			c->spell.after_number = c->out->n && c->out->at[c->out->n - 1].kind == WORD_NUMBER && c->gap == GAP_NONE;
			take_letters(c, k);
			c->spell.after_number = false;
		}
	}
}

static void
take_run(struct cutter *c, bool negative)
{
	size_t n = run_length(c, false), wide = run_length(c, true), digits = count_digits(c, n);
	const struct glyph *g = &c->p->at[c->i];
	bool pure = true;
	struct word *w;

	for (size_t k = 0; k < wide; k++)
		pure = pure && !g[k].base && g[k].c != '?';
	if (wide > n && is_code(g, wide)) {
		push(c, WORD_CODE);
		c->i += wide;
	} else if (pure) {
		push_number(c, g, wide, negative);
		c->i += wide;
	} else if (!digits) {
		take_letters(c, n);
	} else if (is_time(g, n)) {
		if ((w = push(c, WORD_NUMBER)))
			w->number = NUMBER_TIME;
		c->i += n;
	} else {
		size_t before = c->out->n;

		if (spell_mixed(&c->spell, g, n, c->gap, c->out)) {
			for (size_t k = before; k < c->out->n; k++)
				c->out->at[k].at = (uint16_t)c->i;
			c->gap = GAP_NONE;
			c->i += n;
		} else if (is_code(g, n)) {
			push(c, WORD_CODE);
			c->i += n;
		} else {
			take_pieces(c, n);
		}
	}
}

/* ---- signs ---- */

static bool
is_picture(uint32_t c)
{
	return c >= 0x203c && !(c >= 0x3000 && c < 0x1f000) && !(c >= 0x2070 && c < 0x20d0);
}

static void
take_sign(struct cutter *c)
{
	uint32_t g = at(c, c->i)->c;
	char utf8[8];
	struct word *w;
	size_t n = 0;

	if ((w = push(c, WORD_SIGN))) {
		/* A picture's name in the lexicon is the picture itself. */
		if (g < 0x80) {
			utf8[n++] = (char)g;
		} else if (g < 0x800) {
			utf8[n++] = (char)(0xc0 | g >> 6);
			utf8[n++] = (char)(0x80 | (g & 0x3f));
		} else if (g < 0x10000) {
			utf8[n++] = (char)(0xe0 | g >> 12);
			utf8[n++] = (char)(0x80 | (g >> 6 & 0x3f));
			utf8[n++] = (char)(0x80 | (g & 0x3f));
		} else {
			utf8[n++] = (char)(0xf0 | g >> 18);
			utf8[n++] = (char)(0x80 | (g >> 12 & 0x3f));
			utf8[n++] = (char)(0x80 | (g >> 6 & 0x3f));
			utf8[n++] = (char)(0x80 | (g & 0x3f));
		}
		utf8[n] = '\0';
		memcpy(w->text, utf8, n + 1);
		w->form = w->fold = lexicon_find(c->spell.lx, utf8);
		w->sets = lexicon_sets(c->spell.lx, w->form, true);
	}
	c->i++;
}

static void
take_other(struct cutter *c)
{
	uint32_t g = at(c, c->i)->c, next = at(c, c->i + 1)->c;

	if (g == ' ')
		widen(c, GAP_BLANK);
	else if (g == '\n' || g == '!' || (g == '.' && (!next || next == ' ' || next == '\n' || next == '.')))
		widen(c, GAP_STOP);
	else if (g == '?')
		widen(c, GAP_QUESTION);
	else if (g == '*' || g == '%' || g == '|') {
		take_sign(c);
		return;
	} else if (g != '.' && g != '\'' && g != '_')
		widen(c, GAP_COMMA);
	c->i++;
}

void
words_read(const struct lexicon *lx, const struct plain *p, size_t from, struct words *out)
{
	struct cutter c = { .spell = { .lx = lx, .errors_left = ERRORS_MAX }, .p = p, .i = from, .out = out };

	out->n = 0;
	out->marked = p->marked;
	while (c.i < p->n && out->n < WORDS_MAX) {
		const struct glyph *g = at(&c, c.i);
		bool minus = g->c == '-' && is_digit(at(&c, c.i + 1)) && !out->n;

		if (minus)
			c.i++;
		if (minus || is_letter(&c, g) || is_digit(g))
			take_run(&c, minus);
		else if (is_picture(g->c))
			take_sign(&c);
		else
			take_other(&c);
	}
	out->end = c.gap;
}
