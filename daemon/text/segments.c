/* Counting SMS parts, taking Vietnamese marks off; see the header. */
#include "text/segments.h"

#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"

#define GSM_ONE    160
#define GSM_JOINED 153
#define UCS_ONE    70
#define UCS_JOINED 67

/* 3GPP TS 23.038 6.2.1 beside ASCII, and what of ASCII is not in it or is escaped. */
static const uint32_t gsm_more[] = {
	0xa3, 0xa5, 0xe8, 0xe9, 0xf9, 0xec, 0xf2, 0xc7, 0xd8, 0xf8, 0xc5, 0xe5, 0x394, 0x3a6, 0x393, 0x39b, 0x3a9, 0x3a0,
	0x3a8, 0x3a3, 0x398, 0x39e, 0xc6, 0xe6, 0xdf, 0xc9, 0xa4, 0xa1, 0xc4, 0xd6, 0xd1, 0xdc, 0xa7, 0xbf, 0xe4, 0xf6,
	0xf1, 0xfc, 0xe0,
};

/* Septets of a character in the default alphabet; 0 = not in it. */
static unsigned
septets(uint32_t c)
{
	if (c == 0x20ac || c == '\f' || (c < 0x80 && c && strchr("^{}\\[~]|", (int)c)))
		return 2;
	if (c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7f && c != '`'))
		return 1;
	for (size_t i = 0; i < sizeof gsm_more / sizeof *gsm_more; i++)
		if (gsm_more[i] == c)
			return 1;
	return 0;
}

bool
segments_is_single(uint32_t c)
{
	return c >= 0x20 && septets(c) == 1;
}

/* Next character off s; false when it is not UTF-8. */
static bool
next(struct sv *s, uint32_t *c)
{
	utf8proc_int32_t v;
	utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s->p, (utf8proc_ssize_t)s->n, &v);

	if (n <= 0)
		return false;
	s->p += n;
	s->n -= (size_t)n;
	*c = (uint32_t)v;
	return true;
}

struct count { unsigned units, parts, in_part; };

/* A character of `units` that must not be split over two joined parts. */
static void
add(struct count *k, unsigned units, unsigned joined)
{
	k->units += units;
	if (!k->parts || k->in_part + units > joined) {
		k->parts++;
		k->in_part = 0;
	}
	k->in_part += units;
}

enum err
segments_count(struct sv utf8, struct segments *out)
{
	struct count gsm = { 0, 0, 0 }, ucs = { 0, 0, 0 }, *k;
	bool in_gsm = true;
	uint32_t c;

	*out = (struct segments){ .ucs2 = false };
	while (utf8.n) {
		unsigned n;

		if (!next(&utf8, &c))
			return ERR_SYNTAX;
		out->characters++;
		n = septets(c);
		in_gsm = in_gsm && n;
		add(&gsm, n, GSM_JOINED);
		add(&ucs, c > 0xffff ? 2 : 1, UCS_JOINED);
	}
	out->ucs2 = !in_gsm;
	k = in_gsm ? &gsm : &ucs;
	out->units = k->units;
	out->parts = k->units && k->units <= (in_gsm ? GSM_ONE : UCS_ONE) ? 1 : k->parts;
	return ERR_OK;
}

/* ---- marks ---- */

static const struct { uint32_t from; const char *to; } plain[] = {
	{ 0x111, "d" }, { 0x110, "D" }, { 0xf0, "d" }, { 0xd0, "D" },
	{ 0x2018, "'" }, { 0x2019, "'" }, { 0x201a, "'" }, { 0x201b, "'" }, { 0x2032, "'" }, { 0xb4, "'" },
	{ 0x201c, "\"" }, { 0x201d, "\"" }, { 0x201e, "\"" }, { 0x201f, "\"" }, { 0xab, "\"" }, { 0xbb, "\"" },
	{ 0x2010, "-" }, { 0x2011, "-" }, { 0x2012, "-" }, { 0x2013, "-" }, { 0x2014, "-" }, { 0x2015, "-" }, { 0x2212, "-" },
	{ 0x2026, "..." }, { 0xa0, " " }, { 0x2007, " " }, { 0x2009, " " }, { 0x200a, " " }, { 0x202f, " " }, { 0x3000, " " },
};

static bool
is_mark(uint32_t c)
{
	return c >= 0x300 && c <= 0x36f;
}

static void
add_plain(uint32_t c, struct sbuf *out)
{
	utf8proc_uint8_t b[4];

	if (is_mark(c))
		return;
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (plain[i].from == c) {
			sbuf_adds(out, plain[i].to);
			return;
		}
	sbuf_add(out, b, (size_t)utf8proc_encode_char((utf8proc_int32_t)c, b));
}

static enum err
ended(const struct sbuf *out)
{
	return out->failed ? ERR_TOOBIG : ERR_OK;
}

enum err
segments_strip(struct sv utf8, struct sbuf *out)
{
	utf8proc_int32_t parts[8];
	uint32_t c;

	while (utf8.n) {
		utf8proc_ssize_t n;
		int last = 0;

		if (!next(&utf8, &c))
			return ERR_SYNTAX;
		n = utf8proc_decompose_char((utf8proc_int32_t)c, parts, 8, UTF8PROC_DECOMPOSE, &last);
		/* Only letters that carry marks come apart here; Hangul and the like stay as they are. */
		if (n < 2 || n > 8 || !is_mark((uint32_t)parts[n - 1]))
			add_plain(c, out);
		else
			for (utf8proc_ssize_t i = 0; i < n; i++)
				add_plain((uint32_t)parts[i], out);
	}
	return ended(out);
}

static bool
is_control(uint32_t c)
{
	return (c < 0x20 && c != '\n') || (c >= 0x7f && c < 0xa0);
}

enum err
segments_compose(struct sv utf8, struct sbuf *out)
{
	utf8proc_uint8_t *nfc = NULL;
	utf8proc_ssize_t n;
	AUTO_SBUF clean;
	uint32_t c;

	/* Controls first: what stood on both sides of one may compose. */
	sbuf_init(&clean, utf8.n);
	while (utf8.n) {
		const char *from = utf8.p;

		if (!next(&utf8, &c))
			return ERR_SYNTAX;
		if (!is_control(c))
			sbuf_add(&clean, from, (size_t)(utf8.p - from));
	}
	if (!clean.n)
		return ended(out);
	n = utf8proc_map((const utf8proc_uint8_t *)clean.p, (utf8proc_ssize_t)clean.n, &nfc,
	                 UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	must(n >= 0);
	sbuf_add(out, nfc, (size_t)n);
	mem_free_lib(nfc);
	return ended(out);
}
