/* The sentences of a survey's story; see the header. */
#include "core/story.h"

#include <string.h>

static const struct { const char *name, *vi, *en; } rows[STORY_MAX] = {
#define X(code, name, vi, en) [STORY_##code] = { name, vi, en },
	STORY_LIST(X)
#undef X
};

const char *
story_name(int code)
{
	return code >= 0 && code < STORY_MAX ? rows[code].name : "";
}

void
story_tell(int code, const char *detail, bool english, struct sbuf *out)
{
	const char *s, *hole;

	if (code < 0 || code >= STORY_MAX)
		return;
	s = english ? rows[code].en : rows[code].vi;
	hole = strstr(s, "%s");
	sbuf_add(out, s, (size_t)(hole - s));
	sbuf_adds(out, detail);
	sbuf_adds(out, hole + 2);
}
