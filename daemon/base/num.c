/* Numbers out of text and into it. */
#include "base/num.h"

#include <string.h>

enum err
num_parse(struct sv s, int64_t min, int64_t max, int64_t *out)
{
	bool neg = s.n && s.p[0] == '-';
	int64_t v = 0;

	if (neg)
		s.p++, s.n--;
	if (s.n == 0)
		return ERR_SYNTAX;
	for (size_t i = 0; i < s.n; i++) {
		int digit = s.p[i] - '0';

		if (digit < 0 || digit > 9)
			return ERR_SYNTAX;
		if (__builtin_mul_overflow(v, (int64_t)10, &v) ||
		    __builtin_sub_overflow(v, (int64_t)digit, &v))
			return ERR_RANGE;              /* kept negative: the wider side */
	}
	if (!neg && __builtin_sub_overflow((int64_t)0, v, &v))
		return ERR_RANGE;
	if (v < min || v > max)
		return ERR_RANGE;
	*out = v;
	return ERR_OK;
}

/* The hot path writes dozens for each case: printf would cost ten times as much. */
struct sv
num_format(int64_t value, char *out)
{
	uint64_t v = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	char digits[NUM_TEXT];
	size_t at = sizeof digits;

	digits[--at] = '\0';
	do
		digits[--at] = (char)('0' + v % 10);
	while (v /= 10);
	if (value < 0)
		digits[--at] = '-';
	memcpy(out, digits + at, sizeof digits - at);
	return (struct sv){ out, sizeof digits - at - 1 };
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum err
num_unhex(struct sv s, void *out, size_t n)
{
	unsigned char *u = out;

	if (s.n != 2 * n)
		return ERR_RANGE;
	for (size_t i = 0; i < s.n; i++)
		if (nibble(s.p[i]) < 0)
			return ERR_SYNTAX;
	for (size_t i = 0; i < n; i++)
		u[i] = (unsigned char)(nibble(s.p[2 * i]) << 4 | nibble(s.p[2 * i + 1]));
	return ERR_OK;
}
