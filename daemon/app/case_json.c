/* Reading cases; see the header. One table says which fields there are. */
#include "app/case_json.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define FUTURE_MAX   DAY_MS              /* clocks differ, but not by more */
#define FAULTS_MAX   32                  /* named one by one */
#define NAME_MAX     64                  /* bytes of an unknown name that is repeated */
#define POINTER_MAX  256

enum field_type { F_TEXT, F_TIME, F_OUTCOME, F_BOOL };
enum { F_NEEDED = 1 };

struct field {
	const char *group, *name;            /* group: the object it is in, NULL = the top */
	enum field_type type;
	size_t at, max;                      /* max: bytes of a text */
	unsigned flags;
};

#define AT(m) offsetof(struct closed_case, m)

static const struct field fields[] = {
	{ NULL, "case_id", F_TEXT, AT(case_id), CASE_ID_MAX, F_NEEDED },
	{ NULL, "closed_at", F_TIME, AT(closed_ms), 0, F_NEEDED },
	{ NULL, "outcome", F_OUTCOME, AT(outcome), 0, 0 },
	{ NULL, "phone", F_TEXT, AT(phone), CASE_CODE_MAX, 0 },
	{ NULL, "zalo_user_id", F_TEXT, AT(zalo_user_id), CASE_CODE_MAX, 0 },
	{ NULL, "procedure", F_TEXT, AT(procedure), CASE_CODE_MAX, 0 },
	{ NULL, "received_at", F_TIME, AT(received_ms), 0, 0 },
	{ NULL, "due_at", F_TIME, AT(due_ms), 0, 0 },
	{ NULL, "no_contact", F_BOOL, AT(no_contact), 0, 0 },
	{ "units", "receiving", F_TEXT, AT(units[CASE_RECEIVING]), CASE_CODE_MAX, 0 },
	{ "units", "handling", F_TEXT, AT(units[CASE_HANDLING]), CASE_CODE_MAX, F_NEEDED },
	{ "units", "returning", F_TEXT, AT(units[CASE_RETURNING]), CASE_CODE_MAX, 0 },
	{ "officers", "receiving", F_TEXT, AT(officers[CASE_RECEIVING]), CASE_CODE_MAX, 0 },
	{ "officers", "handling", F_TEXT, AT(officers[CASE_HANDLING]), CASE_CODE_MAX, 0 },
	{ "officers", "returning", F_TEXT, AT(officers[CASE_RETURNING]), CASE_CODE_MAX, 0 },
};

static const char *const groups[] = { "units", "officers" };

struct reading {
	int64_t      now;
	json_t      *errors;
	struct closed_case *out;
};

/* RFC 6901 */
static void
add_step(struct sbuf *pointer, const char *name)
{
	if (!name)
		return;
	sbuf_addc(pointer, '/');
	for (; *name; name++) {
		if (*name == '~' || *name == '/')
			sbuf_adds(pointer, *name == '~' ? "~0" : "~1");
		else
			sbuf_addc(pointer, *name);
	}
}

/* group, name: NULL = the object itself. */
static void
fault(struct reading *r, const char *group, const char *name, const char *detail)
{
	AUTO_SBUF pointer;

	if (json_array_size(r->errors) == FAULTS_MAX)
		return;
	sbuf_init(&pointer, POINTER_MAX);
	add_step(&pointer, group);
	add_step(&pointer, name);
	json_array_append_new(r->errors, json_pack("{s:s, s:s}", "field", sbuf_sv(&pointer).p, "detail", detail));
}

/* UTF-8 is jansson's care; line ends and other controls have no place in a code or a number. */
static const char *
text_fault(const char *s, size_t n, size_t max)
{
	if (n > max)
		return "is too long";
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return "has control characters";
	return NULL;
}

static const char *
take_text(const json_t *v, const struct field *f, char *at)
{
	const char *why;

	if (!json_is_string(v))
		return "must be a string";
	if ((why = text_fault(json_string_value(v), json_string_length(v), f->max)))
		return why;
	if ((f->flags & F_NEEDED) && !json_string_length(v))
		return "must not be empty";
	memcpy(at, json_string_value(v), json_string_length(v) + 1);
	return NULL;
}

static const char *
take_time(const json_t *v, char *at)
{
	int64_t t;

	if (!json_is_string(v) || calendar_parse((struct sv){ json_string_value(v), json_string_length(v) }, &t))
		return "must be a time with offset (RFC 3339), for example 2026-11-23T10:05:00+07:00";
	memcpy(at, &t, sizeof t);
	return NULL;
}

static const char *
take(const json_t *v, const struct field *f, struct reading *r)
{
	char *at = (char *)r->out + f->at;
	enum outcome o;
	int outcome;

	switch (f->type) {
	case F_TEXT:
		return take_text(v, f, at);
	case F_TIME:
		return take_time(v, at);
	case F_BOOL:
		if (!json_is_boolean(v))
			return "must be true or false";
		*(bool *)at = json_is_true(v);
		return NULL;
	case F_OUTCOME:
		if (!json_is_string(v) || !outcome_find(sv_of(json_string_value(v)), &o))
			return "must be delivered, refused, returned, stopped or withdrawn";
		outcome = (int)o;
		memcpy(at, &outcome, sizeof outcome);
		return NULL;
	}
	return NULL;
}

static bool
same_group(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static const struct field *
find(const char *group, const char *name)
{
	for (size_t i = 0; i < ARRAY_N(fields); i++)
		if (same_group(fields[i].group, group) && !strcmp(fields[i].name, name))
			return &fields[i];
	return NULL;
}

static bool
is_group(const char *name)
{
	for (size_t i = 0; i < ARRAY_N(groups); i++)
		if (!strcmp(groups[i], name))
			return true;
	return false;
}

static void
read_object(json_t *o, const char *group, struct reading *r)
{
	const char *name;
	json_t *v;

	json_object_foreach(o, name, v) {
		const struct field *f = find(group, name);
		const char *why = NULL;

		if (!group && is_group(name)) {
			if (json_is_object(v))
				read_object(v, name, r);
			else if (!json_is_null(v))
				fault(r, NULL, name, "must be an object");
			continue;
		}
		if (!f && strlen(name) > NAME_MAX) {
			fault(r, group, NULL, "has a field with a name that is not known and too long to repeat");
			continue;
		}
		if (!f)
			why = "is not known";
		else if (!json_is_null(v))
			why = take(v, f, r);
		if (why)
			fault(r, group, name, why);
	}
}

static void
check_needed(json_t *o, struct reading *r)
{
	for (size_t i = 0; i < ARRAY_N(fields); i++) {
		const struct field *f = &fields[i];
		json_t *in = f->group ? json_object_get(o, f->group) : o, *v = json_object_get(in, f->name);

		if ((f->flags & F_NEEDED) && (!v || json_is_null(v)))
			fault(r, f->group, f->name, "is required");
	}
	if (r->out->closed_ms > r->now + FUTURE_MAX)
		fault(r, NULL, "closed_at", "lies in the future");
	else if (r->out->received_ms && r->out->closed_ms && r->out->received_ms > r->out->closed_ms)
		fault(r, NULL, "received_at", "is later than closed_at");
}

/* Where it stopped, but not what it read there: that may be somebody's number. */
static void
syntax_fault(struct reading *r, const json_error_t *e)
{
	char detail[96];

	snprintf(detail, sizeof detail, "%s (line %d, column %d)",
	         json_error_code(e) == json_error_duplicate_key ? "has a field twice" : "is not JSON", e->line, e->column);
	fault(r, NULL, NULL, detail);
}

enum err
case_json_read(struct sv json, int64_t now, struct closed_case *out, struct sbuf *errors)
{
	struct reading r = { .now = now, .errors = json_array(), .out = out };
	json_error_t why;
	json_t *o = NULL;
	char *text;
	bool bad;

	memset(out, 0, sizeof *out);
	if (json.n > CASE_JSON_MAX)
		fault(&r, NULL, NULL, "is too long");
	else if (!(o = json_loadb(json.p ? json.p : "", json.n, JSON_REJECT_DUPLICATES, &why)))
		syntax_fault(&r, &why);
	else if (!json_is_object(o))
		fault(&r, NULL, NULL, "must be an object");
	else
		read_object(o, NULL, &r);
	if (json_is_object(o))
		check_needed(o, &r);
	bad = json_array_size(r.errors) > 0;
	if (bad && (text = json_dumps(r.errors, JSON_COMPACT))) {
		sbuf_adds(errors, text);
		mem_free_lib(text);
	}
	json_decref(o);
	json_decref(r.errors);
	return bad ? ERR_SYNTAX : ERR_OK;
}
