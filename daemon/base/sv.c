/* Borrowed text. */
#include "base/sv.h"

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool
sv_is_nocase(struct sv a, const char *cstr)
{
	struct sv b = sv_of(cstr);

	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct sv
sv_trim(struct sv s)
{
	while (s.n && blank(s.p[0]))
		s.p++, s.n--;
	while (s.n && blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct sv
sv_cut(struct sv *rest, char sep)
{
	struct sv all = *rest;
	const char *at = all.n ? memchr(all.p, sep, all.n) : NULL;

	if (!at) {
		*rest = (struct sv){ NULL, 0 };
		return all;
	}
	*rest = (struct sv){ at + 1, all.n - (size_t)(at - all.p) - 1 };
	return (struct sv){ all.p, (size_t)(at - all.p) };
}

bool
sv_copy(struct sv s, char *out, size_t size)
{
	if (s.n >= size || (s.n && memchr(s.p, '\0', s.n))) {
		if (size)
			out[0] = '\0';
		return false;
	}
	if (s.n)
		memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return true;
}
