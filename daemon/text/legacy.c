/*
 * Wrong tables, recognised by what Vietnamese never has: a vowel followed by a sign, UTF-8's lead bytes as letters,
 * nothing but hex digits. Each repair must explain the text well, or it is left alone.
 */
#include "text/legacy.h"

#include <stdbool.h>
#include <string.h>

#include "text/letters.h"

#define PAIRS_ENOUGH 2                   /* letters that make sense only in the other table */

struct pair { uint32_t seen, meant; };

static bool
is_letter(uint32_t c)
{
	return letter_of(c).base != 0;
}

static bool
is_vowel(uint32_t c)
{
	char b = letter_of(c).base;

	return b && strchr("aeiouy", b);
}

/* ---- UTF-8 taken for Windows-1252 ---- */

static const uint32_t cp1252[32] = {
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
	0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
};

static int
byte_of(uint32_t c)
{
	if (c < 0x100)
		return (int)c;
	for (int i = 0; i < 32; i++)
		if (cp1252[i] == c)
			return 0x80 + i;
	return -1;
}

/* One character of the UTF-8 that stands in c as bytes; 0 = it does not. */
static size_t
read_bytes(const uint32_t *c, size_t n, uint32_t *out)
{
	int lead = byte_of(c[0]);
	size_t need = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : 0;
	uint32_t v = need == 1 ? (uint32_t)lead : need == 2 ? (uint32_t)lead & 0x1f : (uint32_t)lead & 0x0f;

	if (lead < 0 || !need || need > n)
		return 0;
	for (size_t i = 1; i < need; i++) {
		int b = lead == 0xc3 && c[i] == ' ' ? 0xa0 : byte_of(c[i]);    /* links turn that blank into a plain one */

		if (b < 0x80 || b > 0xbf)
			return 0;
		v = v << 6 | ((uint32_t)b & 0x3f);
	}
	*out = v;
	return need;
}

static size_t
from_latin(uint32_t *c, size_t n)
{
	uint32_t v;
	size_t out = 0, took;

	for (size_t i = 0; i < n; i += took)
		if (!(took = read_bytes(c + i, n - i, &v)))
			return n;                    /* one byte that does not fit: it was Latin all along */
	for (size_t i = 0; i < n; i += took) {
		took = read_bytes(c + i, n - i, &v);
		c[out++] = v;
	}
	return out;
}

/* ---- UCS-2 printed as hex digits ---- */

static int
hex(uint32_t c)
{
	return c >= '0' && c <= '9' ? (int)c - '0' : c >= 'a' && c <= 'f' ? (int)c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? (int)c - 'A' + 10 : -1;
}

static bool
is_plausible(uint32_t c)
{
	uint32_t page = c >> 8;

	return c >= ' ' && (page <= 1 || page == 3 || page == 0x1e || page == 0x20);
}

static size_t
from_hex(uint32_t *c, size_t n)
{
	bool letter = false;

	if (n < 8 || n % 4)
		return n;
	for (int swap = 0; swap < 2; swap++) {
		bool fits = true;

		for (size_t i = 0; fits && i < n; i += 4) {
			uint32_t v = 0;

			for (size_t k = 0; k < 4; k++) {
				int d = hex(c[i + (swap ? (k + 2) % 4 : k)]);

				fits = fits && d >= 0;
				v = v << 4 | ((uint32_t)d & 15);
			}
			fits = fits && is_plausible(v);
			letter = letter || is_letter(v);
		}
		if (!fits || !letter)
			continue;
		for (size_t i = 0; i < n; i += 4) {
			uint32_t v = 0;

			for (size_t k = 0; k < 4; k++)
				v = v << 4 | (uint32_t)hex(c[i + (swap ? (k + 2) % 4 : k)]);
			c[i / 4] = v;
		}
		return n / 4;
	}
	return n;
}

/* ---- TCVN3: one byte a letter, seen as Latin-1 ---- */

static const uint32_t tcvn3[0x60] = {        /* from 0xa0 */
	[0x01] = 0x102, 0xc2, 0xca, 0xd4, 0x1a0, 0x1af, 0x110, 0x103, 0xe2, 0xea, 0xf4, 0x1a1, 0x1b0, 0x111,
	[0x15] = 0xe0, 0x1ea3, 0xe3, 0xe1, 0x1ea1, 0, 0x1eb1, 0x1eb3, 0x1eb5, 0x1eaf, 0,
	[0x26] = 0x1eb7, 0x1ea7, 0x1ea9, 0x1eab, 0x1ea5, 0x1ead, 0xe8, 0, 0x1ebb, 0x1ebd, 0xe9, 0x1eb9, 0x1ec1, 0x1ec3, 0x1ec5,
	0x1ebf, 0x1ec7, 0xec, 0x1ec9, 0, 0, 0, 0x129, 0xed, 0x1ecb, 0xf2, 0, 0x1ecf, 0xf5, 0xf3, 0x1ecd, 0x1ed3, 0x1ed5,
	0x1ed7, 0x1ed1, 0x1ed9, 0x1edd, 0x1edf, 0x1ee1, 0x1edb, 0x1ee3, 0xf9, 0, 0x1ee7, 0x169, 0xfa, 0x1ee5, 0x1eeb, 0x1eed,
	0x1eef, 0x1ee9, 0x1ef1, 0x1ef3, 0x1ef7, 0x1ef9, 0xfd, 0x1ef5,
};

static uint32_t
tcvn3_of(uint32_t c)
{
	return c >= 0xa0 && c <= 0xff ? tcvn3[c - 0xa0] : 0;
}

/* Signs inside words that only TCVN3 puts there. */
static size_t
tcvn3_signs(const uint32_t *c, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		if (((c[i] >= 0xa1 && c[i] <= 0xbe) || c[i] == 0xd7 || c[i] == 0xdf || c[i] == 0xf7) && tcvn3_of(c[i])
		    && ((i && is_letter(c[i - 1])) || (i + 1 < n && is_letter(c[i + 1]))))
			found++;
	return found;
}

/* ---- VNI fonts: a vowel and a second sign ---- */

static const struct { char base; const char *shape_of; uint32_t sign; uint8_t shape, tone; } vni[] = {
	{ 'a', "aeouy", 0xf9, 0, TONE_ACUTE }, { 'a', "aeouy", 0xf8, 0, TONE_GRAVE }, { 'a', "aeouy", 0xfb, 0, TONE_HOOK },
	{ 'a', "aeouy", 0xf5, 0, TONE_TILDE }, { 'a', "aeouy", 0xef, 0, TONE_DOT },
	{ 'a', "aeo", 0xe2, SHAPE_HAT, TONE_NONE }, { 'a', "aeo", 0xe1, SHAPE_HAT, TONE_ACUTE },
	{ 'a', "aeo", 0xe0, SHAPE_HAT, TONE_GRAVE }, { 'a', "aeo", 0xe5, SHAPE_HAT, TONE_HOOK },
	{ 'a', "aeo", 0xe3, SHAPE_HAT, TONE_TILDE }, { 'a', "aeo", 0xe4, SHAPE_HAT, TONE_DOT },
	{ 'a', "a", 0xea, SHAPE_BREVE, TONE_NONE }, { 'a', "a", 0xe9, SHAPE_BREVE, TONE_ACUTE },
	{ 'a', "a", 0xe8, SHAPE_BREVE, TONE_GRAVE }, { 'a', "a", 0xfa, SHAPE_BREVE, TONE_HOOK },
	{ 'a', "a", 0xfc, SHAPE_BREVE, TONE_TILDE }, { 'a', "a", 0xeb, SHAPE_BREVE, TONE_DOT },
};

/* Letters with a sign of their own in VNI, once it is known to be VNI. */
static const struct pair vni_alone[] = {
	{ 0xf4, 0x1a1 }, { 0xd4, 0x1a0 }, { 0xf6, 0x1b0 }, { 0xd6, 0x1af }, { 0xf1, 0x111 }, { 0xd1, 0x110 },
	{ 0xe6, 0x1ec9 }, { 0xf3, 0x129 }, { 0xf2, 0x1ecb }, { 0xee, 0x1ef5 },
};

/* Mark as combining characters, so that the reader puts letter and mark together. */
static uint32_t
combining(uint8_t shape, uint8_t tone)
{
	static const uint32_t tones[] = { 0, 0x301, 0x300, 0x309, 0x303, 0x323 };

	return tone ? tones[tone] : shape == SHAPE_HAT ? 0x302 : shape == SHAPE_BREVE ? 0x306 : 0;
}

static uint32_t
lower_latin(uint32_t c)
{
	return c >= 0xc0 && c <= 0xde && c != 0xd7 ? c + 0x20 : c;
}

static int
vni_pair(uint32_t vowel, uint32_t sign)
{
	uint32_t v = lower_latin(vowel);
	char base = v == 0xf4 ? 'o' : v == 0xf6 ? 'u' : v < 0x80 ? letter_of(v).base : 0;

	for (size_t i = 0; base && i < sizeof vni / sizeof *vni; i++)
		if (vni[i].sign == lower_latin(sign) && strchr(vni[i].shape_of, base) && (v < 0x80 || !vni[i].shape))
			return (int)i;
	return -1;
}

static size_t
vni_pairs(const uint32_t *c, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i + 1 < n; i++)
		found += vni_pair(c[i], c[i + 1]) >= 0;
	return found;
}

static uint32_t
vni_single(uint32_t c)
{
	for (size_t i = 0; i < sizeof vni_alone / sizeof *vni_alone; i++)
		if (vni_alone[i].seen == c)
			return vni_alone[i].meant;
	return c;
}

/* A composed vowel with its shape, for pairs that carry both shape and tone. */
static uint32_t
shaped(uint32_t c, uint8_t shape)
{
	static const struct pair hats[] = { { 'a', 0xe2 }, { 'e', 0xea }, { 'o', 0xf4 } };
	uint32_t b = (uint32_t)letter_of(c).base;

	if (shape == SHAPE_BREVE)
		return 0x103;
	for (size_t i = 0; i < 3; i++)
		if (shape == SHAPE_HAT && hats[i].seen == b)
			return hats[i].meant;
	return vni_single(c);
}

static size_t
from_vni(uint32_t *c, size_t n)
{
	size_t out = 0;

	for (size_t i = 0; i < n; i++) {
		int p = i + 1 < n ? vni_pair(c[i], c[i + 1]) : -1;

		if (p < 0) {
			c[out++] = vni_single(c[i]);
			continue;
		}
		c[out++] = shaped(c[i], vni[p].shape);
		if (vni[p].tone)
			c[out++] = combining(0, vni[p].tone);
		i++;
	}
	return out;
}

/* ---- Windows-1258 seen as Latin-1: tones are letters of their own ---- */

static const struct pair cp1258_tones[] = {
	{ 0xcc, 0x300 }, { 0xd2, 0x309 }, { 0xde, 0x303 }, { 0xec, 0x301 }, { 0xf2, 0x323 },
};
static const struct pair cp1258_letters[] = {
	{ 0xe3, 0x103 }, { 0xc3, 0x102 }, { 0xf5, 0x1a1 }, { 0xd5, 0x1a0 }, { 0xfd, 0x1b0 }, { 0xdd, 0x1af },
	{ 0xf0, 0x111 }, { 0xd0, 0x110 },
};

static uint32_t
among(uint32_t c, const struct pair *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i].seen == c)
			return p[i].meant;
	return 0;
}

#define AMONG(c, list) among(c, list, sizeof list / sizeof *list)

static bool
cp1258_vowel(uint32_t c)
{
	return (is_vowel(c) && !letter_of(c).tone) || c == 0xe3 || c == 0xf5 || c == 0xfd;
}

static size_t
cp1258_pairs(const uint32_t *c, size_t n)
{
	size_t found = 0;

	for (size_t i = 1; i < n; i++)
		found += AMONG(c[i], cp1258_tones) && cp1258_vowel(c[i - 1]);
	return found;
}

/* ---- which ---- */

static size_t
replace(uint32_t *c, size_t n, uint32_t (*of)(uint32_t c, uint32_t before))
{
	uint32_t before = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t was = c[i], to = of(was, before);

		before = was;
		if (to)
			c[i] = to;
	}
	return n;
}

static uint32_t
to_tcvn3(uint32_t c, uint32_t before)
{
	(void)before;
	return tcvn3_of(c);
}

static uint32_t
to_cp1258(uint32_t c, uint32_t before)
{
	uint32_t tone = AMONG(c, cp1258_tones);

	return tone && cp1258_vowel(before) ? tone : AMONG(c, cp1258_letters);
}

size_t
legacy_repair(uint32_t *c, size_t n)
{
	bool latin = false, vietnamese = false, ascii = true;
	size_t out;

	for (size_t i = 0; i < n; i++) {
		ascii = ascii && c[i] < 0x80;
		latin = latin || (c[i] >= 0xa0 && c[i] < 0x100);
		vietnamese = vietnamese || (c[i] >= 0x1ea0 && c[i] < 0x1f00);
	}
	if (ascii)
		return n && hex(c[0]) >= 0 ? from_hex(c, n) : n;
	if (!latin || vietnamese)
		return n;
	if ((out = from_latin(c, n)) != n)
		return out;
	if (tcvn3_signs(c, n) >= PAIRS_ENOUGH)
		return replace(c, n, to_tcvn3);
	if (cp1258_pairs(c, n) >= PAIRS_ENOUGH)
		return replace(c, n, to_cp1258);
	if (vni_pairs(c, n) >= PAIRS_ENOUGH)
		return from_vni(c, n);
	return n;
}
