/*
 * A message as words, spelled right as far as that can be told: chat spellings, Telex and VNI left-overs, stretched
 * and glued words, one typing error, letters lost to '?'. Numbers stand apart from letters and know their form, so
 * that a date is never a score. Fixed memory, linear, no heap.
 */
#ifndef TEXT_WORDS_H
#define TEXT_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "text/lexicon.h"
#include "text/plain.h"

#define WORDS_MAX    1024
#define WORD_LETTERS 20                  /* longer ones are cut: no word of ours is */

enum word_kind { WORD_LETTERS_ONLY, WORD_NUMBER, WORD_CODE, WORD_SIGN };
/* What stands between a word and the one before it. */
enum word_gap { GAP_NONE, GAP_BLANK, GAP_COMMA, GAP_STOP, GAP_QUESTION };
enum number_form { NUMBER_PLAIN, NUMBER_FRACTION, NUMBER_DECIMAL, NUMBER_RANGE, NUMBER_NEGATIVE, NUMBER_TIME, NUMBER_LONG };

struct word {
	char     text[WORD_LETTERS + 1];     /* letters without marks; "?" where one was lost; "" for numbers */
	uint8_t  kind, gap;
	uint8_t  number;                     /* enum number_form */
	bool     exact;                      /* the marks are known: typed, or the spelling says so */
	bool     lost;                       /* has letters lost to '?' */
	uint16_t form, fold;                 /* ids in the lexicon, 0 = not there */
	int      value, of;                  /* number; "4/5" and "4-5": 4 and 5 */
	uint64_t sets;
	uint16_t at;                         /* glyph it begins at */
};

struct words {
	struct word at[WORDS_MAX];
	size_t      n;
	bool        marked;                  /* the message was typed with marks */
	enum word_gap end;                   /* behind the last word */
};

/* From glyph `from` on. */
void words_read(const struct lexicon *lx, const struct plain *p, size_t from, struct words *out);

static inline bool
word_in(const struct word *w, int set)
{
	return w->sets >> set & 1;
}

#endif
