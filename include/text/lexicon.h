/*
 * Words, their spellings and what patterns of them mean, read from plain files that a linguist can extend:
 *
 *   # comment
 *   say không = ko, k, hông           spellings: read as the word on the left (which may be several)
 *   set neg = không, chưa, chẳng      a set, named <neg> in patterns
 *   p2 A = quát nạt, {la|mắng} dân    a pattern of a tag, with its argument: letters, or a digit
 *   p1 F ~review = đòi tiền           ... and another tag when the words came without marks ("~-": no meaning then)
 *
 * In a pattern: {a|b c} one of, [a|b] one of or nothing, brackets nest, # any number, .. up to two words between, ... up to five,
 * ^ and $ the ends of the message. A word written with marks matches the same word with marks, and without them
 * where nothing tells otherwise; a word written without marks matches only a word without marks.
 *
 * Which tags and which of the sets have a meaning is the caller's business. Reading allocates nothing.
 */
#ifndef TEXT_LEXICON_H
#define TEXT_LEXICON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sv.h"

#define LEXICON_SETS   64
#define LEXICON_WORDS  65535             /* different word forms */
#define LEXICON_SAY    6                 /* words one spelling may stand for */
#define LEXICON_FORM   32                /* bytes of a form in VNI notation, NUL included */

struct lexicon;

/* The caller's closed lists; a file that uses another tag is refused, a set that is missing too. NULL-terminated. */
struct lexicon_names { const char *const *tags; const char *const *sets; };

struct lexicon *lexicon_new(const struct lexicon_names *names);
void            lexicon_free(struct lexicon *lx);
/* Adds one file's lines. ERR_SYNTAX, ERR_TOOBIG: *why has the line. Call as often as there are files, then seal. */
MUST_CHECK enum err lexicon_add(struct lexicon *lx, struct sv text, struct diag *why);
MUST_CHECK enum err lexicon_seal(struct lexicon *lx, struct diag *why);

/* ---- for the word reader ---- */

/* 0 = no such word. A form is VNI notation ("hai2"), a fold the same without digits ("hai"). */
uint16_t lexicon_find(const struct lexicon *lx, const char *form);
/* The words a spelling stands for; 0 = it is no such spelling. */
size_t   lexicon_say(const struct lexicon *lx, uint16_t form, uint16_t out[LEXICON_SAY]);
uint16_t lexicon_fold(const struct lexicon *lx, uint16_t form);          /* id of the word without marks */
const char *lexicon_form(const struct lexicon *lx, uint16_t id);
/* Sets a word belongs to, when read with its marks, or without. */
uint64_t lexicon_sets(const struct lexicon *lx, uint16_t form, bool marks);
/* A folded word one typing error away (a letter more, less, other or two swapped); 0 = none. first letter is trusted. */
uint16_t lexicon_near(const struct lexicon *lx, const char *fold);
/* Does a form fit letters of which some were lost to '?'? */
bool     lexicon_fits(const struct lexicon *lx, uint16_t form, const char *lost);
/* Does any? */
bool     lexicon_fits_any(const struct lexicon *lx, const char *lost);
/* Sets of all words that do. */
uint64_t lexicon_lost_sets(const struct lexicon *lx, const char *lost);

/* ---- patterns ---- */

enum { LEXICON_AS_WRITTEN, LEXICON_WITHOUT_MARKS };

struct lexicon_hit {
	int      tag;                    /* place in names->tags */
	unsigned arg;                    /* letters as bits (A = 1), or a number */
	size_t   from, to;               /* words [from, to) */
	bool     folded;                 /* some word was recognised without its marks */
	int      literals;               /* words named one by one: how particular the pattern is */
};

struct words;
typedef void lexicon_hit_fn(void *arg, const struct lexicon_hit *hit);
/* Every pattern that begins at word `at`. */
void lexicon_match(const struct lexicon *lx, const struct words *w, size_t at, lexicon_hit_fn *fn, void *arg);

#endif
