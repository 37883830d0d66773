/* Short ids with a check character; see the header for the rule. */
#include "text/shortid.h"

#include <string.h>

static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

int
shortid_value(char c)
{
	const char *at;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		return 0;
	if (c == 'I' || c == 'L')
		return 1;
	at = c ? strchr(letters, c) : NULL;
	return at ? (int)(at - letters) : -1;
}

/* Odd weights are invertible mod 32, so every single wrong character changes the sum. */
static char
check_of(const char *payload, size_t n)
{
	unsigned sum = 0, weight = 3;

	while (n--) {
		sum += weight * (unsigned)shortid_value(payload[n]);
		weight += 2;
	}
	return letters[sum % 32];
}

void
shortid_make(uint64_t value, size_t n, char *out)
{
	must(n >= 3 && n <= 13);
	for (size_t i = n - 1; i-- > 0; value >>= 5)
		out[i] = letters[value & 31];
	out[n - 1] = check_of(out, n - 1);
	out[n] = '\0';
}

enum err
shortid_parse(struct sv s, char *out)
{
	int v;

	if (s.n < 3 || s.n > 13)
		return ERR_SYNTAX;
	for (size_t i = 0; i < s.n; i++) {
		if ((v = shortid_value(s.p[i])) < 0)
			return ERR_SYNTAX;
		out[i] = letters[v];
	}
	out[s.n] = '\0';
	return out[s.n - 1] == check_of(out, s.n - 1) ? ERR_OK : ERR_RANGE;
}
