/*
 * How many SMS parts a text takes. GSM 03.38 default alphabet: 160 septets in one part, 153 per part
 * when joined; escaped letters cost two septets and are never split. Anything else is UCS-2: 70 units
 * in one part, 67 joined; surrogate pairs are never split. (3GPP TS 23.038, TS 23.040)
 */
#ifndef TEXT_SEGMENTS_H
#define TEXT_SEGMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sbuf.h"

struct segments {
	bool     ucs2;
	unsigned units;          /* septets, or UTF-16 units */
	unsigned parts;          /* 0 for an empty text */
	unsigned characters;     /* Unicode characters */
};

/* Does it take one septet on every phone? Line ends, escaped letters and all that makes a text UCS-2 do not. */
bool segments_is_single(uint32_t character);

/* ERR_SYNTAX when the text is not UTF-8. The text is counted as it stands: normalise to NFC before. */
MUST_CHECK enum err segments_count(struct sv utf8, struct segments *out);

/* Vietnamese without marks for one-part texts: NFC or NFD in, ASCII out where possible ("Đánh" -> "Danh");
 * typographic quotes, dashes, ellipsis and no-break spaces become ASCII; anything else stays.
 * ERR_SYNTAX when the text is not UTF-8, ERR_TOOBIG from out. Appends to out. */
MUST_CHECK enum err segments_strip(struct sv utf8, struct sbuf *out);

/* Composed form (NFC), controls other than newline removed. Appends to out. Errors as above. */
MUST_CHECK enum err segments_compose(struct sv utf8, struct sbuf *out);

#endif
