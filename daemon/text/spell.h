/* One run of letters and digits as it was typed -> the words that were meant. */
#ifndef TEXT_SPELL_H
#define TEXT_SPELL_H

#include "text/words.h"

struct spelling {
	const struct lexicon *lx;
	int errors_left;                     /* look-ups for typing errors are dear: a message has a budget of them */
	bool after_number;                   /* the letters stand right behind a number: "50k", "4d" */
};

/* Appends to out the words that the n glyphs at g stand for (all letters, '?' among them when letters were lost). */
void spell_letters(struct spelling *s, const struct glyph *g, size_t n, enum word_gap gap, struct words *out);
/* Letters with digits among them: VNI left-overs ("ra61t") and zero for o. false: nothing of the kind. */
bool spell_mixed(struct spelling *s, const struct glyph *g, size_t n, enum word_gap gap, struct words *out);

/* Could these letters without marks be a Vietnamese syllable? */
bool spell_is_syllable(const char *fold);
/* Form and fold of one word as a lexicon writes it; false: not letters only, or too long. */
bool spell_form(const struct glyph *g, size_t n, char form[LEXICON_FORM], char fold[WORD_LETTERS + 1]);

#endif
