/* The table of Vietnamese letters; see the header. One row has the six tones of a vowel: level, sắc, huyền, hỏi, ngã, nặng. */
#include "text/letters.h"

/* Latin blocks from the start, the Vietnamese block U+1EA0..U+1EFF folded in behind them. */
#define EXTRA_FROM 0x1ea0
#define LATIN_END  0x01c0
#define AT(c)      ((c) >= EXTRA_FROM ? (c) - EXTRA_FROM + LATIN_END : (c))
#define TABLE_N    (LATIN_END + 0x60)

#define ONE(c, b, s, t, up) [AT(c)] = { b, s, t, up }
#define ROW(b, s, up, t0, t1, t2, t3, t4, t5) \
	ONE(t0, b, s, TONE_NONE, up), ONE(t1, b, s, TONE_ACUTE, up), ONE(t2, b, s, TONE_GRAVE, up), \
	ONE(t3, b, s, TONE_HOOK, up), ONE(t4, b, s, TONE_TILDE, up), ONE(t5, b, s, TONE_DOT, up)

static const struct letter table[TABLE_N] = {
	ROW('a', SHAPE_NONE, false, 0x0061, 0x00e1, 0x00e0, 0x1ea3, 0x00e3, 0x1ea1),
	ROW('a', SHAPE_NONE, true, 0x0041, 0x00c1, 0x00c0, 0x1ea2, 0x00c3, 0x1ea0),
	ROW('a', SHAPE_BREVE, false, 0x0103, 0x1eaf, 0x1eb1, 0x1eb3, 0x1eb5, 0x1eb7),
	ROW('a', SHAPE_BREVE, true, 0x0102, 0x1eae, 0x1eb0, 0x1eb2, 0x1eb4, 0x1eb6),
	ROW('a', SHAPE_HAT, false, 0x00e2, 0x1ea5, 0x1ea7, 0x1ea9, 0x1eab, 0x1ead),
	ROW('a', SHAPE_HAT, true, 0x00c2, 0x1ea4, 0x1ea6, 0x1ea8, 0x1eaa, 0x1eac),
	ROW('e', SHAPE_NONE, false, 0x0065, 0x00e9, 0x00e8, 0x1ebb, 0x1ebd, 0x1eb9),
	ROW('e', SHAPE_NONE, true, 0x0045, 0x00c9, 0x00c8, 0x1eba, 0x1ebc, 0x1eb8),
	ROW('e', SHAPE_HAT, false, 0x00ea, 0x1ebf, 0x1ec1, 0x1ec3, 0x1ec5, 0x1ec7),
	ROW('e', SHAPE_HAT, true, 0x00ca, 0x1ebe, 0x1ec0, 0x1ec2, 0x1ec4, 0x1ec6),
	ROW('i', SHAPE_NONE, false, 0x0069, 0x00ed, 0x00ec, 0x1ec9, 0x0129, 0x1ecb),
	ROW('i', SHAPE_NONE, true, 0x0049, 0x00cd, 0x00cc, 0x1ec8, 0x0128, 0x1eca),
	ROW('o', SHAPE_NONE, false, 0x006f, 0x00f3, 0x00f2, 0x1ecf, 0x00f5, 0x1ecd),
	ROW('o', SHAPE_NONE, true, 0x004f, 0x00d3, 0x00d2, 0x1ece, 0x00d5, 0x1ecc),
	ROW('o', SHAPE_HAT, false, 0x00f4, 0x1ed1, 0x1ed3, 0x1ed5, 0x1ed7, 0x1ed9),
	ROW('o', SHAPE_HAT, true, 0x00d4, 0x1ed0, 0x1ed2, 0x1ed4, 0x1ed6, 0x1ed8),
	ROW('o', SHAPE_HORN, false, 0x01a1, 0x1edb, 0x1edd, 0x1edf, 0x1ee1, 0x1ee3),
	ROW('o', SHAPE_HORN, true, 0x01a0, 0x1eda, 0x1edc, 0x1ede, 0x1ee0, 0x1ee2),
	ROW('u', SHAPE_NONE, false, 0x0075, 0x00fa, 0x00f9, 0x1ee7, 0x0169, 0x1ee5),
	ROW('u', SHAPE_NONE, true, 0x0055, 0x00da, 0x00d9, 0x1ee6, 0x0168, 0x1ee4),
	ROW('u', SHAPE_HORN, false, 0x01b0, 0x1ee9, 0x1eeb, 0x1eed, 0x1eef, 0x1ef1),
	ROW('u', SHAPE_HORN, true, 0x01af, 0x1ee8, 0x1eea, 0x1eec, 0x1eee, 0x1ef0),
	ROW('y', SHAPE_NONE, false, 0x0079, 0x00fd, 0x1ef3, 0x1ef7, 0x1ef9, 0x1ef5),
	ROW('y', SHAPE_NONE, true, 0x0059, 0x00dd, 0x1ef2, 0x1ef6, 0x1ef8, 0x1ef4),
	ONE(0x0111, 'd', SHAPE_BAR, TONE_NONE, false), ONE(0x0110, 'd', SHAPE_BAR, TONE_NONE, true),
	ONE(0x00f0, 'd', SHAPE_BAR, TONE_NONE, false), ONE(0x00d0, 'd', SHAPE_BAR, TONE_NONE, true),   /* eth: a look-alike */
};

struct letter
letter_of(uint32_t c)
{
	if (c < 0x80) {
		if (c >= 'a' && c <= 'z')
			return (struct letter){ .base = (char)c };
		if (c >= 'A' && c <= 'Z')
			return (struct letter){ .base = (char)(c + 32), .upper = true };
		return (struct letter){ .base = 0 };
	}
	if (c < LATIN_END || (c >= EXTRA_FROM && c < EXTRA_FROM + 0x60))
		return table[AT(c)];
	return (struct letter){ .base = 0 };
}

bool
letter_mark(uint32_t c, uint8_t *shape, uint8_t *tone)
{
	*shape = SHAPE_NONE;
	*tone = TONE_NONE;
	switch (c) {
	case 0x0301: case 0x0341: *tone = TONE_ACUTE; return true;
	case 0x0300: case 0x0340: *tone = TONE_GRAVE; return true;
	case 0x0309: *tone = TONE_HOOK; return true;
	case 0x0303: *tone = TONE_TILDE; return true;
	case 0x0323: *tone = TONE_DOT; return true;
	case 0x0302: *shape = SHAPE_HAT; return true;
	case 0x0306: *shape = SHAPE_BREVE; return true;
	case 0x031b: *shape = SHAPE_HORN; return true;
	default: return false;
	}
}
