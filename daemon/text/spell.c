/*
 * Spelling. Each way to explain an odd run of letters is tried in turn, the surest first; a run that is a possible
 * Vietnamese syllable is never "corrected".
 */
#include "text/spell.h"

#include <string.h>

#define FORM_MAX LEXICON_FORM
#define LOST_MAX 64                      /* words with lost letters that are looked up in one message */

struct typed { char fold[WORD_LETTERS + 1], form[FORM_MAX]; bool marks; };

/* ---- syllables ---- */

static const char *const onsets[] = {
	"ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr", "b", "c", "d", "g", "h", "k", "l", "m", "n", "p",
	"r", "s", "t", "v", "x", "",
};
static const char *const rimes[] = {
	"a", "ac", "ach", "ai", "am", "an", "ang", "anh", "ao", "ap", "at", "au", "ay", "e", "ec", "ech", "em", "en", "eng",
	"enh", "eo", "ep", "et", "eu", "i", "ia", "ich", "iec", "iem", "ien", "ieng", "iep", "iet", "ieu", "im", "in", "inh",
	"ip", "it", "iu", "o", "oa", "oac", "oach", "oai", "oam", "oan", "oang", "oanh", "oao", "oap", "oat", "oay", "oc",
	"oe", "oen", "oeo", "oet", "oi", "om", "on", "ong", "op", "ot", "u", "ua", "uan", "uang", "uat", "uay", "uc", "ue",
	"uech", "uenh", "ui", "um", "un", "ung", "uo", "uoc", "uoi", "uom", "uon", "uong", "uop", "uot", "uou", "up", "ut",
	"uu", "uy", "uya", "uych", "uyen", "uyet", "uynh", "uyt", "uyu", "y", "yem", "yen", "yet", "yeu",
};

static bool
is_rime(const char *s)
{
	size_t lo = 0, hi = sizeof rimes / sizeof *rimes;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = strcmp(s, rimes[mid]);

		if (!c)
			return true;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return false;
}

bool
spell_is_syllable(const char *s)
{
	if (!strcmp(s, "gi"))
		return true;
	for (size_t i = 0; i < sizeof onsets / sizeof *onsets; i++) {
		size_t n = strlen(onsets[i]);

		if (!strncmp(s, onsets[i], n) && is_rime(s + n))
			return true;
	}
	return false;
}

/* ---- forms ---- */

static bool
is_vowel(char c)
{
	return c && strchr("aeiouy", c);
}

/* Writes fold and VNI form of letters with shapes and one tone. The same word has one form, however it was typed. */
static void
write_form(const char *base, const uint8_t *shape, size_t n, uint8_t tone, struct typed *out)
{
	size_t f = 0;

	out->marks = tone != 0;
	for (size_t i = 0; i < n; i++) {
		uint8_t s = shape[i];
		char b = base[i];

		/* ươ is typed in many ways, and before another letter there is no uơ. */
		if (b == 'u' && !s && i + 2 < n && base[i + 1] == 'o' && shape[i + 1] == SHAPE_HORN && (!i || base[i - 1] != 'q'))
			s = SHAPE_HORN;
		if (b == 'o' && !s && i && base[i - 1] == 'u' && shape[i - 1] == SHAPE_HORN && i + 1 < n)
			s = SHAPE_HORN;
		/* "ky" and "ki" are one word. */
		if (b == 'y' && i + 1 == n && i && (!is_vowel(base[i - 1]) || (i > 1 && base[i - 1] == 'u' && base[i - 2] == 'q')))
			b = 'i';
		out->fold[i] = b;
		out->form[f++] = b;
		if (s) {
			out->form[f++] = (char)('0' + s);
			out->marks = true;
		}
		if (f + 3 >= FORM_MAX) {
			n = i + 1;
			break;
		}
	}
	if (tone)
		out->form[f++] = (char)('0' + (tone == TONE_TILDE ? TONE_HOOK : tone));
	out->form[f] = '\0';
	out->fold[n] = '\0';
}

/* Letters as typed, with runs of three or more of one letter as one (`twos`: of two as well). */
static void
type_glyphs(const struct glyph *g, size_t n, bool twos, struct typed *out)
{
	char base[WORD_LETTERS];
	uint8_t shape[WORD_LETTERS], tone = 0;
	size_t k = 0;

	for (size_t i = 0; i < n;) {
		size_t run = 1;

		while (i + run < n && g[i + run].base == g[i].base && !g[i + run].shape && !g[i + run].tone)
			run++;
		for (size_t r = 0; r < (run == 2 && !twos ? 2 : 1) && k < WORD_LETTERS; r++) {
			base[k] = g[i].c == '?' ? '?' : g[i].base;
			shape[k++] = g[i + r].shape;
		}
		for (size_t r = 0; r < run; r++)
			if (g[i + r].tone)
				tone = g[i + r].tone;
		i += run;
	}
	write_form(base, shape, k, tone, out);
}

/* ---- putting words out ---- */

static struct word *
push(struct words *out, enum word_gap gap)
{
	struct word *w;

	if (out->n == WORDS_MAX)
		return NULL;
	w = &out->at[out->n++];
	*w = (struct word){ .kind = WORD_LETTERS_ONLY, .gap = (uint8_t)gap };
	return w;
}

static void
push_id(struct spelling *s, uint16_t id, bool exact, enum word_gap gap, struct words *out)
{
	struct word *w = push(out, gap);

	if (!w)
		return;
	w->form = id;
	w->fold = lexicon_fold(s->lx, id);
	w->exact = exact;
	w->sets = lexicon_sets(s->lx, exact ? id : w->fold, exact);
	(void)sv_copy(sv_of(lexicon_form(s->lx, w->fold)), w->text, sizeof w->text);
}

static void
push_unknown(const struct typed *t, enum word_gap gap, struct words *out)
{
	struct word *w = push(out, gap);

	if (!w)
		return;
	w->exact = t->marks;
	memcpy(w->text, t->fold, sizeof w->text);
}

/* As the lexicon knows it: a spelling of other words, a form, or letters without marks. */
static bool
push_known(struct spelling *s, const struct typed *t, enum word_gap gap, struct words *out)
{
	uint16_t id = 0, say[LEXICON_SAY];
	char unit[FORM_MAX + 1] = "#";

	if (s->after_number) {
		memcpy(unit + 1, t->form, strlen(t->form) + 1);
		id = lexicon_find(s->lx, unit);
	}
	if (!id)
		id = lexicon_find(s->lx, t->form);

	size_t n = id ? lexicon_say(s->lx, id, say) : 0;

	for (size_t i = 0; i < n; i++)
		push_id(s, say[i], true, i ? GAP_BLANK : gap, out);
	if (!n && id)
		push_id(s, id, t->marks, gap, out);
	return id != 0;
}

/* ---- ways to explain ---- */

/* "haif", "dd", "uw": Telex's second letters become marks. */
static bool
from_telex(const struct typed *t, struct typed *out)
{
	char base[WORD_LETTERS];
	uint8_t shape[WORD_LETTERS], tone = 0;
	size_t k = 0;
	bool vowel = false, any = false;

	for (const char *p = t->fold; *p && k < WORD_LETTERS; p++) {
		static const char tones[] = "sfrxj";
		const char *is_tone = strchr(tones, *p);

		if (k && strchr("aeod", *p) && base[k - 1] == *p && !shape[k - 1]) {
			shape[k - 1] = *p == 'd' ? SHAPE_BAR : SHAPE_HAT;
			any = true;
		} else if (*p == 'w') {
			any = true;
			if (k && base[k - 1] == 'a') {
				shape[k - 1] = SHAPE_BREVE;
			} else if (k && strchr("ou", base[k - 1])) {
				shape[k - 1] = SHAPE_HORN;
			} else {
				base[k] = 'u';
				shape[k++] = SHAPE_HORN;
				vowel = true;
			}
		} else if (vowel && is_tone && !tone && !(p[0] == 'r' && p[1] && p[-1] == 't')) {
			tone = (uint8_t)(is_tone - tones + 1);
			any = true;
		} else {
			vowel = vowel || is_vowel(*p);
			base[k] = *p;
			shape[k++] = SHAPE_NONE;
		}
	}
	if (any)
		write_form(base, shape, k, tone, out);
	return any;
}

/* What it says when the tone is dropped: people who mix ways of typing still get the letters right. */
static bool
push_decoded(struct spelling *s, const struct typed *t, enum word_gap gap, struct words *out)
{
	uint16_t fold;

	if (push_known(s, t, gap, out))
		return true;
	if (!(fold = lexicon_find(s->lx, t->fold)))
		return false;
	push_id(s, fold, false, gap, out);
	return true;
}

/* Chat letters: fải, zì, gj, wá. */
static bool
from_chat(struct spelling *s, const struct typed *t, enum word_gap gap, struct words *out)
{
	static const struct { const char *seen, *meant; bool first; } letters[] = {
		{ "f", "ph", true }, { "z", "d", true }, { "z", "v", true }, { "z", "gi", true }, { "j", "gi", true }, { "j", "d", true },
		{ "w", "qu", true }, { "k", "c", true }, { "dz", "d", true }, { "dz", "v", true }, { "j", "i", false },
		{ "g", "ng", false }, { "h", "nh", false }, { "k", "ch", false }, { "c", "ch", false }, { "q", "qu", true },
	};

	for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
		size_t from = strlen(letters[i].seen), to = strlen(letters[i].meant), n = strlen(t->form), f = strlen(t->fold);
		size_t tail = n > f && t->form[n - 1] <= '5' && t->form[n - 1] >= '1' ? 1 : 0;
		struct typed v = { .marks = t->marks };
		const char *body = t->form;

		if (n + to >= FORM_MAX || f + to > WORD_LETTERS || n < from + tail)
			continue;
		if (letters[i].first) {
			if (strncmp(body, letters[i].seen, from) != 0)
				continue;
			memcpy(v.form, letters[i].meant, to);
			memcpy(v.form + to, body + from, n - from + 1);
			memcpy(v.fold, letters[i].meant, to);
			memcpy(v.fold + to, t->fold + from, f - from + 1);
		} else {
			if (n - tail < from || strncmp(body + n - tail - from, letters[i].seen, from) != 0)
				continue;
			memcpy(v.form, body, n - tail - from);
			memcpy(v.form + n - tail - from, letters[i].meant, to);
			memcpy(v.form + n - tail - from + to, body + n - tail, tail + 1);
			memcpy(v.fold, t->fold, f - from);
			memcpy(v.fold + f - from, letters[i].meant, to + 1);
		}
		if (push_known(s, &v, gap, out))
			return true;
	}
	return false;
}

#define GLUED_MAX 6

/* "hailong", "khonghailong": known words without blanks, the longest first. */
static bool
part(const struct lexicon *lx, const char *text, size_t n, uint16_t *ids, size_t *k)
{
	char piece[WORD_LETTERS + 1];

	if (!n)
		return true;
	if (*k == GLUED_MAX)
		return false;
	for (size_t take = n < 7 ? n : 7; take >= 2; take--) {
		uint16_t id;

		uint16_t say[LEXICON_SAY];

		memcpy(piece, text, take);
		piece[take] = '\0';
		if (!(id = lexicon_find(lx, piece)) || lexicon_say(lx, id, say) || !spell_is_syllable(piece))
			continue;
		ids[(*k)++] = id;
		if (part(lx, text + take, n - take, ids, k))
			return true;
		(*k)--;
	}
	return false;
}

static bool
from_glued(struct spelling *s, const struct typed *t, enum word_gap gap, struct words *out)
{
	uint16_t ids[GLUED_MAX];
	size_t n = strlen(t->fold), k = 0;

	if (n < 5 || !part(s->lx, t->fold, n, ids, &k))
		return false;
	for (size_t i = 0; i < k; i++)
		push_id(s, ids[i], false, i ? GAP_BLANK : gap, out);
	return true;
}

static bool
from_error(struct spelling *s, const struct typed *t, enum word_gap gap, struct words *out)
{
	uint16_t id;

	if (strlen(t->fold) < 3 || s->errors_left <= 0)
		return false;
	s->errors_left--;
	if (!(id = lexicon_near(s->lx, t->fold)))
		return false;
	push_id(s, id, false, gap, out);
	return true;
}

/* A syllable that ends in p, t, c or ch has an acute or a dot: without one the tone was left out. */
static bool
lacks_tone(const struct typed *t)
{
	size_t f = strlen(t->fold), n = strlen(t->form);

	return f > 1 && n && (strchr("ptc", t->fold[f - 1]) || (t->fold[f - 1] == 'h' && t->fold[f - 2] == 'c'))
	       && !(t->form[n - 1] >= '1' && t->form[n - 1] <= '5');
}

/* ---- doors ---- */

static void
spell_lost(struct spelling *s, const struct typed *t, enum word_gap gap, struct words *out)
{
	struct typed cut = *t;
	size_t n = strlen(cut.fold);
	struct word *w;

	/* The last one may have been a real question mark. */
	if (n > 1 && cut.fold[n - 1] == '?' && !lexicon_fits_any(s->lx, cut.fold)) {
		cut.fold[n - 1] = '\0';
		if (!strchr(cut.fold, '?')) {
			memcpy(cut.form, cut.fold, n);
			if (push_known(s, &cut, gap, out))
				return;
		}
	}
	if (!(w = push(out, gap)))
		return;
	memcpy(w->text, cut.fold, sizeof w->text);
	w->lost = s->errors_left > -LOST_MAX && strchr(cut.fold, '?') != NULL;
	if (w->lost) {
		s->errors_left--;
		w->sets = lexicon_lost_sets(s->lx, cut.fold);
	}
}

void
spell_letters(struct spelling *s, const struct glyph *g, size_t n, enum word_gap gap, struct words *out)
{
	struct typed t, v;

	type_glyphs(g, n, false, &t);
	if (strchr(t.fold, '?')) {
		spell_lost(s, &t, gap, out);
		return;
	}
	if (push_known(s, &t, gap, out))
		return;
	/* Marks the lexicon does not know on letters it knows: another word, unless the marks make no syllable. */
	if (t.marks && lacks_tone(&t))
		t.marks = false;
	if (spell_is_syllable(t.fold)) {
		push_unknown(&t, gap, out);
		if (out->n)
			out->at[out->n - 1].fold = lexicon_find(s->lx, t.fold);
		if (out->n && !out->at[out->n - 1].exact) {
			out->at[out->n - 1].form = out->at[out->n - 1].fold;
			out->at[out->n - 1].sets = lexicon_sets(s->lx, out->at[out->n - 1].fold, false);
		}
		return;
	}
	if (!t.marks && from_telex(&t, &v) && push_decoded(s, &v, gap, out))
		return;
	type_glyphs(g, n, true, &v);
	if (strcmp(v.form, t.form) != 0 && push_known(s, &v, gap, out))
		return;
	if (from_chat(s, &t, gap, out) || from_glued(s, &t, gap, out) || from_error(s, &t, gap, out))
		return;
	push_unknown(&t, gap, out);
}

bool
spell_mixed(struct spelling *s, const struct glyph *g, size_t n, enum word_gap gap, struct words *out)
{
	char base[WORD_LETTERS] = "";
	uint8_t shape[WORD_LETTERS] = { 0 }, tone = 0;
	size_t k = 0, last_digit = 0;
	struct typed t;

	if (!g[0].base || n > 2 * WORD_LETTERS)
		return false;
	for (size_t i = 0; i < n && k < WORD_LETTERS; i++) {
		uint32_t d = g[i].base ? 0 : g[i].c;

		if (g[i].base) {
			base[k] = g[i].base;
			shape[k++] = g[i].shape;
			tone = g[i].tone ? g[i].tone : tone;
			continue;
		}
		last_digit = i;
		if (d >= '1' && d <= '5' && !tone) {
			tone = (uint8_t)(d - '0');
		} else if (d >= '6' && d <= '9') {
			size_t at = k;

			while (at && !strchr(d == '6' ? "aeo" : d == '7' ? "ou" : d == '8' ? "a" : "d", base[at - 1]))
				at--;
			if (!at)
				return false;
			shape[at - 1] = (uint8_t)(d - '0');
		} else if (d == '0') {
			base[k] = 'o';                   /* kh0ng */
			shape[k++] = SHAPE_NONE;
		} else {
			return false;
		}
	}
	write_form(base, shape, k, tone, &t);
	/* A digit at the end may be a number glued to a word: then only a known form counts. */
	if (last_digit + 1 == n)
		return lexicon_find(s->lx, t.form) && push_known(s, &t, gap, out);
	return push_decoded(s, &t, gap, out);
}

bool
spell_form(const struct glyph *g, size_t n, char form[LEXICON_FORM], char fold[WORD_LETTERS + 1])
{
	char base[WORD_LETTERS];
	uint8_t shape[WORD_LETTERS], tone = 0;
	struct typed t;

	if (!n || n > WORD_LETTERS)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!g[i].base)
			return false;
		base[i] = g[i].base;
		shape[i] = g[i].shape;
		tone = g[i].tone ? g[i].tone : tone;
	}
	write_form(base, shape, n, tone, &t);
	memcpy(form, t.form, LEXICON_FORM);
	memcpy(fold, t.fold, WORD_LETTERS + 1);
	return true;
}
