/* The texts: which exist, which holes each may and must have, how long their values may be. See the header. */
#include "core/template.h"

#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"

#define TEXT_MAX     1024                /* bytes of one spelling */
#define SHOWN_MAX    40                  /* characters of it in a complaint */
#define LETTER_MAX   4                   /* code points that may compose to one letter */
#define PARTS_PLAIN  1
#define PARTS_MARKED 3                   /* operators cap a brand-name text at three parts */

/* Longest value of each hole, in characters, and the letter that makes the worst case. */
static const struct { const char *name; unsigned max; } holes[HOLE_MAX] = {
	[HOLE_CQ] = { "CQ", 18 }, [HOLE_MA] = { "MA", 11 }, [HOLE_MB] = { "MB", 11 },
	[HOLE_PA] = { "PA", 11 }, [HOLE_HAN] = { "HAN", 11 },
	[HOLE_TK] = { "TK", 4 }, [HOLE_SO] = { "SO", 6 }, [HOLE_DT] = { "DT", 12 }, [HOLE_DTTT] = { "DTTT", 12 },
	[HOLE_TT] = { "TT", 20 }, [HOLE_KQ] = { "KQ", 32 }, [HOLE_DC] = { "DC", 20 }, [HOLE_D] = { "D", 1 },
	[HOLE_LD] = { "LD", 8 }, [HOLE_GIO] = { "GIO", 3 }, [HOLE_NHAN] = { "NHAN", 18 },
};

#define H(x) (1u << HOLE_##x)

/* What the code that sends a text can fill in, and what the text makes no sense without. */
static const struct {
	const char *name;
	unsigned may, needs;
	enum template_sort sort;
	bool optional;
} texts[TEMPLATE_MAX] = {
	[TEMPLATE_T1]  = { "T1", H(CQ) | H(MA), 0, TEMPLATE_ASK, false },
	[TEMPLATE_T1s] = { "T1s", H(CQ) | H(MA), 0, TEMPLATE_ASK, false },
	[TEMPLATE_T1b] = { "T1b", H(CQ) | H(MA) | H(TK) | H(SO), H(TK) | H(SO), TEMPLATE_ASK, false },
	[TEMPLATE_T1r] = { "T1r", H(CQ) | H(MA), 0, TEMPLATE_ASK, false },
	[TEMPLATE_T1rb] = { "T1rb", H(CQ) | H(MA) | H(TK) | H(SO), H(TK) | H(SO), TEMPLATE_ASK, true },
	[TEMPLATE_T2]  = { "T2", H(CQ) | H(MA), 0, TEMPLATE_ANSWER, false },
	[TEMPLATE_T2n] = { "T2n", H(CQ) | H(MA), 0, TEMPLATE_ANSWER, false },
	[TEMPLATE_T3]  = { "T3", H(CQ) | H(MA), 0, TEMPLATE_ANSWER, false },
	[TEMPLATE_T3r] = { "T3r", H(CQ) | H(MA) | H(PA) | H(HAN) | H(DT), H(PA), TEMPLATE_ANSWER, false },
	[TEMPLATE_T3f] = { "T3f", H(PA) | H(TT) | H(DTTT), H(PA), TEMPLATE_ANSWER, false },
	[TEMPLATE_T4]  = { "T4", H(CQ) | H(MA), 0, TEMPLATE_ANSWER, false },
	[TEMPLATE_T4b] = { "T4b", H(CQ) | H(MA) | H(MB) | H(D), H(MB), TEMPLATE_ANSWER, true },
	[TEMPLATE_T4c] = { "T4c", H(CQ) | H(MA) | H(D) | H(NHAN), H(D), TEMPLATE_ANSWER, false },
	[TEMPLATE_T5]  = { "T5", H(CQ) | H(MA), 0, TEMPLATE_REMINDER, false },
	[TEMPLATE_T5b] = { "T5b", H(CQ) | H(MA) | H(TK) | H(SO), H(TK) | H(SO), TEMPLATE_REMINDER, true },
	[TEMPLATE_T6]  = { "T6", H(CQ), 0, TEMPLATE_ANSWER, false },
	[TEMPLATE_T6b] = { "T6b", H(CQ), 0, TEMPLATE_ANSWER, false },
	[TEMPLATE_T6w] = { "T6w", H(CQ), 0, TEMPLATE_ANSWER, false },
	[TEMPLATE_T7]  = { "T7", H(PA) | H(MA) | H(D) | H(LD) | H(HAN) | H(CQ), H(PA), TEMPLATE_STAFF, false },
	[TEMPLATE_T8]  = { "T8", H(PA) | H(CQ) | H(GIO) | H(D) | H(LD) | H(HAN), H(PA), TEMPLATE_STAFF, false },
	[TEMPLATE_T8p] = { "T8p", H(PA) | H(GIO), H(PA), TEMPLATE_STAFF, false },
	[TEMPLATE_T9]  = { "T9", H(CQ) | H(PA) | H(KQ), H(PA) | H(KQ), TEMPLATE_NOTICE, false },
	[TEMPLATE_T9n] = { "T9n", H(CQ) | H(PA) | H(KQ) | H(DT), H(PA) | H(KQ), TEMPLATE_NOTICE, false },
	[TEMPLATE_T10] = { "T10", H(CQ) | H(DC), 0, TEMPLATE_ANSWER, false },
	[TEMPLATE_T11] = { "T11", H(CQ) | H(MA) | H(DT), 0, TEMPLATE_ANSWER, false },
};

bool
template_find(struct sv name, enum template_id *out)
{
	for (int i = 0; i < TEMPLATE_MAX; i++)
		if (sv_is(name, texts[i].name)) {
			*out = (enum template_id)i;
			return true;
		}
	return false;
}

const char *
template_name(enum template_id id)
{
	return (unsigned)id < TEMPLATE_MAX ? texts[id].name : "";
}

enum template_sort
template_sort_of(enum template_id id)
{
	return (unsigned)id < TEMPLATE_MAX ? texts[id].sort : TEMPLATE_ANSWER;
}

bool
template_is_register(enum template_id id)
{
	return id == TEMPLATE_T6 || id == TEMPLATE_T6b || id == TEMPLATE_T6w;
}

bool
hole_find(struct sv name, enum hole *out)
{
	for (int i = 0; i < HOLE_MAX; i++)
		if (sv_is(name, holes[i].name)) {
			*out = (enum hole)i;
			return true;
		}
	return false;
}

const char *
hole_name(enum hole h)
{
	return (unsigned)h < HOLE_MAX ? holes[h].name : "";
}

unsigned
hole_max(enum hole h)
{
	return (unsigned)h < HOLE_MAX ? holes[h].max : 0;
}

/* ---- walking a text ---- */

/* Cuts the next piece off *rest: plain text (true, *hole = HOLE_MAX) or a hole. False: a brace that opens or closes
 * nothing, *text is then what stands there, or a hole nobody knows, *text is its name. */
static bool
next_piece(struct sv *rest, struct sv *text, enum hole *hole)
{
	const char *open = memchr(rest->p, '{', rest->n), *close = memchr(rest->p, '}', rest->n);

	*hole = HOLE_MAX;
	if (open != rest->p) {
		size_t n = open ? (size_t)(open - rest->p) : rest->n;

		*text = (struct sv){ rest->p, n };
		rest->p += n;
		rest->n -= n;
		return !memchr(text->p, '}', n);
	}
	*text = *rest;
	if (!close)
		return false;
	*text = (struct sv){ open + 1, (size_t)(close - open - 1) };
	rest->n -= (size_t)(close + 1 - rest->p);
	rest->p = close + 1;
	return hole_find(*text, hole);
}

/* Bytes of the first max characters. */
static size_t
first_characters(struct sv s, unsigned max)
{
	size_t n = 0;

	while (n < s.n && max--) {
		utf8proc_int32_t c;
		utf8proc_ssize_t k = utf8proc_iterate((const utf8proc_uint8_t *)s.p + n, (utf8proc_ssize_t)(s.n - n), &c);

		n += k > 0 ? (size_t)k : 1;
	}
	return n;
}

/* ---- checking ---- */

static enum err
bad(enum err e, struct diag *why, enum template_id id, const char *text)
{
	diag_set(why, 0, "%s: %s", texts[id].name, text);
	return e;
}

static enum err
check_holes(enum template_id id, struct sv text, struct diag *why, struct sbuf *worst, const char *letter)
{
	unsigned seen = 0;
	struct sv piece;
	enum hole h;

	while (text.n) {
		if (!next_piece(&text, &piece, &h)) {
			bool brace = memchr(piece.p, '{', piece.n) || memchr(piece.p, '}', piece.n);

			diag_set(why, 0, brace ? "%s: a brace without its other half in \"%.*s\"" : "%s: {%.*s} is no hole", texts[id].name,
			         (int)first_characters(piece, SHOWN_MAX), piece.p);
			return ERR_SYNTAX;
		}
		if (h == HOLE_MAX) {
			sbuf_addsv(worst, piece);
			continue;
		}
		if (!(texts[id].may >> h & 1)) {
			diag_set(why, 0, "%s: {%s} is not known when this text is sent", texts[id].name, holes[h].name);
			return ERR_SYNTAX;
		}
		seen |= 1u << h;
		for (unsigned i = 0; i < holes[h].max; i++)
			sbuf_adds(worst, letter);
	}
	for (int i = 0; i < HOLE_MAX; i++)
		if (texts[id].needs >> i & ~(seen >> i) & 1) {
			diag_set(why, 0, "%s: {%s} is missing", texts[id].name, holes[i].name);
			return ERR_SYNTAX;
		}
	return ERR_OK;
}

static enum err
check_spelling(enum template_id id, struct sv text, bool marked, struct diag *why)
{
	unsigned budget = marked ? PARTS_MARKED : PARTS_PLAIN;
	struct segments s;
	AUTO_SBUF worst;
	enum err e;

	sbuf_init(&worst, 4 * TEXT_MAX);
	if (!text.n || text.n > TEXT_MAX)
		return bad(ERR_RANGE, why, id, "is empty or too long");
	/* A value may bring the first mark into a text without any. */
	if ((e = check_holes(id, text, why, &worst, marked ? "ệ" : "x")))
		return e;
	if (segments_count(sbuf_sv(&worst), &s))
		return bad(ERR_SYNTAX, why, id, "is not UTF-8");
	if (!marked && s.ucs2)
		return bad(ERR_SYNTAX, why, id, "the spelling without marks has letters outside GSM-7");
	if (s.parts > budget) {
		diag_set(why, 0, "%s: %u parts with the longest values, %u allowed (%u units)", texts[id].name, s.parts, budget,
		         s.units);
		return ERR_RANGE;
	}
	return ERR_OK;
}

enum err
template_set_text(struct template_set *t, enum template_id id, struct sv marked, struct sv plain, struct diag *why)
{
	AUTO_SBUF nfc;
	enum err e;

	sbuf_init(&nfc, 2 * TEXT_MAX);
	if (segments_compose(marked, &nfc))
		return bad(ERR_SYNTAX, why, id, "is not UTF-8 or too long");
	if ((e = check_spelling(id, sbuf_sv(&nfc), true, why)) || (e = check_spelling(id, plain, false, why)))
		return e;
	mem_free(t->marked[id]);
	mem_free(t->plain[id]);
	t->marked[id] = mem_dup(nfc.p, nfc.n);
	t->plain[id] = mem_dup(plain.p, plain.n);
	return ERR_OK;
}

enum err
template_set_whole(const struct template_set *t, struct diag *why)
{
	for (int i = 0; i < TEMPLATE_MAX; i++)
		if (!texts[i].optional && (!t->marked[i] || !t->plain[i]))
			return bad(ERR_MISSING, why, (enum template_id)i, "has no text");
	return ERR_OK;
}

void
template_set_done(struct template_set *t)
{
	for (int i = 0; i < TEMPLATE_MAX; i++) {
		mem_free(t->marked[i]);
		mem_free(t->plain[i]);
		t->marked[i] = t->plain[i] = NULL;
	}
}

/* ---- rendering ---- */

/* Only letters no larger than those the worst case was counted with. */
static void
add_letters(struct sv s, bool marks, struct sbuf *out)
{
	while (s.n) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &c);

		must(n > 0);                     /* stripping or composing has read it */
		if (marks ? c <= 0xffff : segments_is_single((uint32_t)c))
			sbuf_add(out, s.p, (size_t)n);
		else
			sbuf_addc(out, '?');
		s.p += n;
		s.n -= (size_t)n;
	}
}

static enum err
add_value(struct sv value, unsigned max, bool marks, struct sbuf *out)
{
	AUTO_SBUF v;
	enum err e;

	value.n = first_characters(value, LETTER_MAX * max);
	sbuf_init(&v, 4 * TEXT_MAX);
	if ((e = marks ? segments_compose(value, &v) : segments_strip(value, &v)))
		return e;
	value = sbuf_sv(&v);
	value.n = first_characters(value, max);
	add_letters(value, marks, out);
	return ERR_OK;
}

enum err
template_render(const struct template_set *t, enum template_id id, bool marks, const struct template_values *v,
                struct sbuf *out, struct diag *why)
{
	struct sv rest = sv_of(marks ? t->marked[id] : t->plain[id]), piece;
	struct diag unused;
	enum hole h;
	enum err e;

	if (!why)
		why = &unused;
	if (!rest.n)
		return bad(ERR_MISSING, why, id, "has no text");
	while (rest.n) {
		if (!next_piece(&rest, &piece, &h))
			return bad(ERR_CORRUPT, why, id, "was never checked");
		if (h == HOLE_MAX) {
			sbuf_addsv(out, piece);
		} else if (!v->at[h].p) {
			diag_set(why, 0, "%s: no value for {%s}", texts[id].name, holes[h].name);
			return ERR_MISSING;
		} else if ((e = add_value(v->at[h], holes[h].max, marks, out))) {
			diag_set(why, 0, "%s: the value of {%s}: %s", texts[id].name, holes[h].name, err_text(e));
			return e;
		}
	}
	return out->failed ? ERR_TOOBIG : ERR_OK;
}
