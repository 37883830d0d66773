/* From bytes to glyphs; see the header. */
#include "text/plain.h"

#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "text/legacy.h"

struct span { uint32_t from, to; };

static bool
within(uint32_t c, const struct span *s, size_t n)
{
	for (size_t i = 0; i < n && c >= s[i].from; i++)
		if (c <= s[i].to)
			return true;
	return false;
}

#define WITHIN(c, list) within(c, list, sizeof list / sizeof *list)

/* Nobody sees these: controls, joiners, direction marks, variation selectors, keycap, skin tones, tags. Ascending. */
static const struct span hidden[] = {
	{ 0x00, 0x08 }, { 0x0b, 0x0c }, { 0x0e, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x34f, 0x34f }, { 0x61c, 0x61c },
	{ 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x202a, 0x202e },
	{ 0x2060, 0x206f }, { 0x20d0, 0x20ff }, { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffb }, { 0x1f3fb, 0x1f3ff }, { 0xe0000, 0xe0fff },
};
static const struct span blanks[] = {
	{ '\t', '\t' }, { '\r', '\r' }, { ' ', ' ' }, { 0xa0, 0xa0 }, { 0x1680, 0x1680 }, { 0x2000, 0x200a }, { 0x2028, 0x2029 },
	{ 0x202f, 0x202f }, { 0x205f, 0x205f }, { 0x3000, 0x3000 },
};
/* Digits in a ring, a box or brackets: the first of each row, which is 1. */
static const uint32_t ringed[] = { 0x2460, 0x2474, 0x2488, 0x2776, 0x2780, 0x278a, 0x24f5 };

/* Letters of other scripts that look like ours; what a phone's keyboard or a joker puts in. */
static const struct { uint32_t seen; char meant; } looks[] = {
	{ 0x430, 'a' }, { 0x435, 'e' }, { 0x456, 'i' }, { 0x43e, 'o' }, { 0x440, 'p' }, { 0x441, 'c' }, { 0x443, 'y' },
	{ 0x445, 'x' }, { 0x455, 's' }, { 0x458, 'j' }, { 0x410, 'a' }, { 0x412, 'b' }, { 0x415, 'e' }, { 0x41a, 'k' },
	{ 0x41c, 'm' }, { 0x41d, 'h' }, { 0x41e, 'o' }, { 0x420, 'p' }, { 0x421, 'c' }, { 0x422, 't' }, { 0x425, 'x' },
	{ 0x3bf, 'o' }, { 0x391, 'a' }, { 0x392, 'b' }, { 0x395, 'e' }, { 0x397, 'h' }, { 0x399, 'i' }, { 0x39a, 'k' },
	{ 0x39c, 'm' }, { 0x39d, 'n' }, { 0x39f, 'o' }, { 0x3a1, 'p' }, { 0x3a4, 't' }, { 0x3a7, 'x' }, { 0x131, 'i' },
};

static uint32_t
simple(uint32_t c)
{
	if (c < 0x80)
		return c;
	if (WITHIN(c, blanks))
		return ' ';
	if (c >= 0xff01 && c <= 0xff5e)
		return c - 0xff01 + '!';             /* full width */
	for (size_t i = 0; i < sizeof ringed / sizeof *ringed; i++)
		if (c >= ringed[i] && c < ringed[i] + 9)
			return c - ringed[i] + '1';
	for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
		if (looks[i].seen == c)
			return (uint32_t)looks[i].meant;
	if (c >= 0x1d400 && c <= 0x1d7ff) {          /* letters and digits dressed up as mathematics */
		utf8proc_int32_t parts[8];
		int last = 0;

		if (utf8proc_decompose_char((utf8proc_int32_t)c, parts, 8, UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE, &last) == 1)
			return (uint32_t)parts[0];
	}
	return c;
}

/* Puts a mark on the letter before it. */
static void
add_mark(struct plain *out, uint8_t shape, uint8_t tone)
{
	struct glyph *g = out->n ? &out->at[out->n - 1] : NULL;

	if (!g || !g->base)
		return;
	if (shape)
		g->shape = shape;
	if (tone)
		g->tone = tone;
	out->marked = true;
}

static void
add(struct plain *out, uint32_t c)
{
	struct letter l;
	uint8_t shape, tone;

	if (WITHIN(c, hidden))
		return;
	if (letter_mark(c, &shape, &tone)) {
		add_mark(out, shape, tone);
		return;
	}
	c = simple(c);
	l = letter_of(c);
	out->at[out->n++] = (struct glyph){ .c = l.base ? (uint32_t)l.base : c, .base = l.base, .shape = l.shape,
	                                    .tone = l.tone, .upper = l.upper };
	out->marked = out->marked || l.shape || l.tone;
}

static bool
is_wordy(const struct glyph *g)
{
	return g->base || g->c == '?';
}

/* "Kh?ng h?i l?ng": question marks inside words, or more of them than a person would ask. */
static bool
lost_letters(const struct plain *p)
{
	size_t inside = 0;

	for (size_t i = 0; i + 1 < p->n; i++)
		if (p->at[i].c == '?' && p->at[i + 1].base && (!i || is_wordy(&p->at[i - 1]) || p->at[i - 1].c == ' '))
			inside++;
	return inside > 0;
}

void
plain_read(struct sv utf8, struct plain *out)
{
	UNSET uint32_t c[PLAIN_MAX];
	size_t n = 0;
	bool ask = false;

	out->n = 0;
	out->marked = out->lost = false;
	while (utf8.n && n < PLAIN_MAX) {
		utf8proc_int32_t ch = (unsigned char)*utf8.p;
		utf8proc_ssize_t took = 1;

		if (ch >= 0x80)
			took = utf8proc_iterate((const utf8proc_uint8_t *)utf8.p, (utf8proc_ssize_t)utf8.n, &ch);
		if (took > 0)
			c[n++] = (uint32_t)ch;
		else
			took = 1;                    /* a broken byte says nothing */
		ask = ask || ch == '?';
		utf8.p += took;
		utf8.n -= (size_t)took;
	}
	n = legacy_repair(c, n);
	for (size_t i = 0; i < n; i++)
		add(out, c[i]);
	out->lost = ask && lost_letters(out);
}
