/*
 * Vietnamese letters taken apart: base letter, shape and tone. The tone belongs to the syllable, so a word in
 * VNI notation ("hài" = "hai2", "được" = "d9u7o7c5") is the same wherever the mark was typed ("hoà", "hòa"), and
 * ngã is written as hỏi, because half the country does not tell them apart.
 */
#ifndef TEXT_LETTERS_H
#define TEXT_LETTERS_H

#include <stdbool.h>
#include <stdint.h>

enum letter_shape { SHAPE_NONE, SHAPE_HAT = 6, SHAPE_HORN = 7, SHAPE_BREVE = 8, SHAPE_BAR = 9 };  /* â ơ ă đ, VNI's digits */
enum letter_tone { TONE_NONE, TONE_ACUTE, TONE_GRAVE, TONE_HOOK, TONE_TILDE, TONE_DOT };          /* á à ả ã ạ */

struct letter {
	char    base;                    /* 'a'..'z', 0 = not a letter of ours */
	uint8_t shape, tone;
	bool    upper;
};

/* Any composed Latin letter Vietnamese uses, and ASCII letters. */
struct letter letter_of(uint32_t codepoint);
/* Combining marks of decomposed text; false: not one of them. One of shape and tone is set, the other 0. */
bool letter_mark(uint32_t codepoint, uint8_t *shape, uint8_t *tone);

#endif
