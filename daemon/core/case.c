/* Facts about closed cases; see the header. */
#include "core/case.h"

#include <string.h>

#define SHORT_MAX 11

static const char *const outcome_names[] = {
#define X(code, text) [OUTCOME_##code] = text,
	OUTCOME_LIST(X)
#undef X
};

static const char *const part_names[CASE_PARTS] = { "receiving", "handling", "returning" };

const char *
outcome_name(enum outcome o)
{
	return (unsigned)o < OUTCOME_MAX ? outcome_names[o] : "";
}

bool
outcome_find(struct sv name, enum outcome *out)
{
	for (int i = 0; i < OUTCOME_MAX; i++)
		if (sv_is(name, outcome_names[i])) {
			*out = (enum outcome)i;
			return true;
		}
	return false;
}

const char *
case_part_name(enum case_part p)
{
	return (unsigned)p < CASE_PARTS ? part_names[p] : "";
}

bool
case_overdue(const struct closed_case *c)
{
	return c->due_ms && c->closed_ms > c->due_ms;
}

static void
add_field(struct sbuf *out, const char *s)
{
	sbuf_addi(out, (long long)strlen(s));        /* lengths in front: no content can look like another */
	sbuf_addc(out, ':');
	sbuf_adds(out, s);
}

void
case_canonical(const struct closed_case *c, const char *phone, struct sbuf *out)
{
	add_field(out, c->case_id);
	sbuf_addf(out, "%lld %lld %lld %d %d ", (long long)c->closed_ms, (long long)c->received_ms,
	          (long long)c->due_ms, c->outcome, c->no_contact);
	add_field(out, *phone ? phone : c->phone);
	add_field(out, c->zalo_user_id);
	add_field(out, c->procedure);
	for (int i = 0; i < CASE_PARTS; i++) {
		add_field(out, c->units[i]);
		add_field(out, c->officers[i]);
	}
}

void
case_short(const struct closed_case *c, char *out)
{
	size_t n = strlen(c->case_id);
	const char *from = n > SHORT_MAX ? c->case_id + n - SHORT_MAX : c->case_id;

	while (*from && strchr("-._/ ", *from))
		from++;
	for (; *from; from++)
		*out++ = (unsigned char)*from < 0x80 ? *from : '?';
	*out = '\0';
}
