/* A borrowed piece of text: pointer and length, not NUL-terminated, dies with the call. */
#ifndef BASE_SV_H
#define BASE_SV_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct sv {
	const char *p;
	size_t      n;
};

#define SV(lit)      ((struct sv){ "" lit, sizeof(lit) - 1 })
#define SV_FMT       "%.*s"
#define SV_ARG(s)    (int)(s).n, (s).p

static inline struct sv
sv_of(const char *cstr)
{
	return (struct sv){ cstr ? cstr : "", cstr ? strlen(cstr) : 0 };
}

static inline bool
sv_eq(struct sv a, struct sv b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
sv_is(struct sv a, const char *cstr)
{
	return sv_eq(a, sv_of(cstr));
}

static inline bool
sv_starts(struct sv s, struct sv prefix)
{
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

/* ASCII letters only. */
bool      sv_is_nocase(struct sv a, const char *cstr);
/* Blanks (space, tab, CR, LF) off both ends. */
struct sv sv_trim(struct sv s);
/* Cuts *rest at the first sep: returns what stands before it, leaves what follows. With no sep left
 * returns everything and leaves {NULL, 0}, so `while (rest.p)` walks all fields, the empty ones too. */
struct sv sv_cut(struct sv *rest, char sep);
/* Copies with a NUL, false when it does not fit or holds a NUL (out is then ""). */
bool      sv_copy(struct sv s, char *out, size_t size);

#endif
