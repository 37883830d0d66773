/*
 * What a person typed, as a row of glyphs made for reading: case folded, decomposed letters put together, what
 * nobody sees taken out, full-width, keycap and circled digits as digits, look-alike letters as what they look like,
 * every kind of blank as one. Texts a link has decoded wrongly (UTF-8 read as Latin-1, UCS-2 as hex digits, TCVN3,
 * VNI, Windows-1258; sms.md 6.3) are recognised and repaired. The original stays for people. Linear, no heap.
 */
#ifndef TEXT_PLAIN_H
#define TEXT_PLAIN_H

#include "base/sv.h"
#include "text/letters.h"

#define PLAIN_MAX 4096                   /* glyphs kept; a longer text is cut */

struct glyph {
	uint32_t c;                      /* lower case; ' ' for any blank, '\n' for a line end */
	char     base;                   /* letter: 'a'..'z'; 0 otherwise */
	uint8_t  shape, tone;
	bool     upper;                  /* it was a capital */
};

struct plain {
	struct glyph at[PLAIN_MAX];
	size_t       n;
	bool         marked;             /* some letter carries a Vietnamese mark */
	bool         lost;               /* letters seem to have been lost to '?' on the way */
};

void plain_read(struct sv utf8, struct plain *out);

#endif
