/* Names of kinds, classes and reasons, both ways; see core/reply.h. */
#include <string.h>

#include "core/reply.h"

static const char *const kinds[] = {
#define X(code, text) [REPLY_##code] = text,
	REPLY_KIND_LIST(X)
#undef X
};
static const char *const expects[] = {
#define X(code, text) [EXPECT_##code] = text,
	REPLY_EXPECT_LIST(X)
#undef X
};
static const char *const classes[] = {
#define X(code, text) [CLASS_##code] = text,
	REPLY_CLASS_LIST(X)
#undef X
};
static const char *const clarifies[] = {
#define X(code, text) [CLARIFY_##code] = text,
	REPLY_CLARIFY_LIST(X)
#undef X
};

const char *
reply_kind_name(enum reply_kind k)
{
	return (unsigned)k < REPLY_KIND_MAX ? kinds[k] : "";
}

const char *
reply_expect_name(enum reply_expect e)
{
	return (unsigned)e < EXPECT_MAX ? expects[e] : "";
}

const char *
reply_class_name(enum reply_class c)
{
	return (unsigned)c < CLASS_MAX ? classes[c] : "";
}

const char *
reply_clarify_name(enum reply_clarify c)
{
	return (unsigned)c < CLARIFY_MAX ? clarifies[c] : "";
}

void
reply_reasons_text(unsigned reasons, char *out)
{
	for (int i = 0; i < REASON_N; i++)
		if (reasons & REASON_BIT(i))
			*out++ = REASON_LETTERS[i];
	*out = '\0';
}

static int
find(struct sv name, const char *const *names, int n)
{
	for (int i = 0; i < n; i++)
		if (sv_is(name, names[i]))
			return i;
	return -1;
}

bool
reply_class_find(struct sv name, enum reply_class *out)
{
	int i = find(name, classes, CLASS_MAX);

	if (i >= 0)
		*out = (enum reply_class)i;
	return i >= 0;
}

bool
reply_expect_find(struct sv name, enum reply_expect *out)
{
	int i = find(name, expects, EXPECT_MAX);

	if (i >= 0)
		*out = (enum reply_expect)i;
	return i >= 0;
}

bool
reply_reasons_find(struct sv letters, unsigned *out)
{
	unsigned set = 0;

	for (size_t i = 0; i < letters.n; i++) {
		const char *at = letters.p[i] ? strchr(REASON_LETTERS, letters.p[i]) : NULL;

		if (!at)
			return false;
		set |= REASON_BIT(at - REASON_LETTERS);
	}
	*out = set;
	return true;
}
