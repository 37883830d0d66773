/* Questions to a built lexicon; see the header. */
#include "text/lexicon.h"

#include <stdlib.h>
#include <string.h>

#include "text/lexicon_inner.h"

uint32_t
lexicon_hash(const char *s)
{
	uint32_t h = 2166136261u;

	while (*s)
		h = (h ^ (unsigned char)*s++) * 16777619u;
	return h ^ h >> 15;
}

uint32_t
lexicon_step_hash(uint32_t node, uint16_t word)
{
	uint32_t h = node * 2654435761u ^ word * 40503u;

	return h ^ h >> 13;
}

uint16_t
lexicon_find(const struct lexicon *lx, const char *form)
{
	for (uint32_t i = lexicon_hash(form) & lx->form_mask; lx->by_form[i]; i = (i + 1) & lx->form_mask)
		if (!strcmp(lx->words[lx->by_form[i]].form, form))
			return lx->by_form[i];
	return 0;
}

uint32_t
lexicon_step(const struct lexicon *lx, uint32_t node, uint16_t word)
{
	for (uint32_t i = lexicon_step_hash(node, word) & lx->step_mask; lx->by_step[2 * i]; i = (i + 1) & lx->step_mask)
		if (lx->by_step[2 * i + 1] == node && lx->edges[lx->by_step[2 * i]].what == word)
			return lx->by_step[2 * i];
	return 0;
}

size_t
lexicon_say(const struct lexicon *lx, uint16_t form, uint16_t out[LEXICON_SAY])
{
	const struct lexeme *w = &lx->words[form];

	memcpy(out, w->say, sizeof w->say);
	return w->say_n;
}

uint16_t
lexicon_fold(const struct lexicon *lx, uint16_t form)
{
	return lx->words[form].fold;
}

const char *
lexicon_form(const struct lexicon *lx, uint16_t id)
{
	return lx->words[id].form;
}

uint64_t
lexicon_sets(const struct lexicon *lx, uint16_t form, bool marks)
{
	return marks ? lx->words[form].exact : lx->words[form].loose;
}

/* ---- typing errors ---- */

/* a and b differ by one letter more, less or other, or by two neighbours swapped. */
static bool
one_error(const char *a, size_t n, const char *b, size_t m)
{
	size_t i = 0, tail = 0, shorter = n < m ? n : m;

	while (i < shorter && a[i] == b[i])
		i++;
	while (tail < shorter - i && a[n - 1 - tail] == b[m - 1 - tail])
		tail++;
	n -= i + tail;
	m -= i + tail;
	return n + m <= 1 || (n == 1 && m == 1) || (n == 2 && m == 2 && a[i] == b[i + 1] && a[i + 1] == b[i]);
}

uint16_t
lexicon_near(const struct lexicon *lx, const char *fold)
{
	size_t n = strlen(fold);

	for (uint32_t id = 1; id < lx->n_words; id++) {
		const char *w = lx->words[id].form;

		if (w[0] != fold[0] || lx->words[id].fold != id || lx->words[id].say_n || !lx->words[id].syllable)
			continue;
		size_t m = strlen(w);

		if (m >= 3 && m + 1 >= n && n + 1 >= m && one_error(fold, n, w, m))
			return (uint16_t)id;
	}
	return 0;
}

/* ---- lost letters ---- */

/* Only letters with marks get lost, so '?' stands for d or a vowel. */
bool
lexicon_fits(const struct lexicon *lx, uint16_t form, const char *lost)
{
	const char *w = lx->words[lx->words[form].fold].form;

	for (; *w && *lost; w++, lost++)
		if (*lost == '?' ? !strchr("aeiouyd", *w) : *lost != *w)
			return false;
	return !*w && !*lost;
}

bool
lexicon_fits_any(const struct lexicon *lx, const char *lost)
{
	for (uint32_t id = 1; id < lx->n_words; id++)
		if (lx->words[id].fold == id && lexicon_fits(lx, (uint16_t)id, lost))
			return true;
	return false;
}

uint64_t
lexicon_lost_sets(const struct lexicon *lx, const char *lost)
{
	uint64_t sets = 0;

	for (uint32_t id = 1; id < lx->n_words; id++)
		if (lx->words[id].exact && lexicon_fits(lx, (uint16_t)id, lost))
			sets |= lx->words[id].exact;
	return sets;
}
