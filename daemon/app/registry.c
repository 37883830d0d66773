/*
 * Offices and people. The rows of the two files stay in memory as they were read; units and staff point
 * into them, sorted arrays of pointers answer the look-ups.
 */
#include "app/registry.h"

#include <stdlib.h>

#include "app/conf.h"
#include "app/sheet.h"
#include "base/clock.h"
#include "base/mem.h"
#include "core/calendar.h"

struct registry {
	struct sheet unit_rows, staff_rows;
	struct unit  *units;
	struct staff *staff;
	size_t n_units, n_staff, n_phones;
	const struct unit  **by_code;
	const struct staff **by_id;
	struct phone *phones;                    /* sorted, of staff who have one */
};

#define CODE_MAX 64

enum unit_column { U_CODE, U_PARENT, U_NAME, U_SHORT, U_HOTLINE, U_KIND, U_FROM, U_TO, U_SUCCESSOR };
static const char *const unit_columns[] = {
	[U_CODE] = "code", [U_PARENT] = "parent", [U_NAME] = "name", [U_SHORT] = "short_name", [U_HOTLINE] = "hotline",
	[U_KIND] = "kind", [U_FROM] = "valid_from", [U_TO] = "valid_to", [U_SUCCESSOR] = "successor", NULL,
};

enum staff_column { S_ID, S_NAME, S_UNIT, S_PHONE, S_ROLE, S_CHANNEL };
static const char *const staff_columns[] = {
	[S_ID] = "id", [S_NAME] = "name", [S_UNIT] = "unit", [S_PHONE] = "phone", [S_ROLE] = "role", [S_CHANNEL] = "channel",
	NULL,
};

static const char *const kind_names[] = {
#define X(code, text) [UNIT_##code] = text,
	UNIT_KIND_LIST(X)
#undef X
};

static const char *const role_names[] = {
#define X(code, text) [STAFF_##code] = text,
	STAFF_ROLE_LIST(X)
#undef X
};

const char *
unit_kind_name(enum unit_kind k)
{
	return kind_names[k];
}

const char *
staff_role_name(enum staff_role r)
{
	return role_names[r];
}

/* ---- look-ups ---- */

static int
compare(struct sv a, struct sv b)
{
	int c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

static int
unit_order(const void *a, const void *b)
{
	return strcmp((*(const struct unit *const *)a)->code, (*(const struct unit *const *)b)->code);
}

static int
unit_at(const void *key, const void *row)
{
	return compare(*(const struct sv *)key, sv_of((*(const struct unit *const *)row)->code));
}

static int
staff_order(const void *a, const void *b)
{
	return strcmp((*(const struct staff *const *)a)->id, (*(const struct staff *const *)b)->id);
}

static int
staff_at(const void *key, const void *row)
{
	return compare(*(const struct sv *)key, sv_of((*(const struct staff *const *)row)->id));
}

static int
phone_order(const void *a, const void *b)
{
	return strcmp(((const struct phone *)a)->e164, ((const struct phone *)b)->e164);
}

const struct unit *
registry_unit(const struct registry *r, struct sv code)
{
	const struct unit **at = NULL;

	if (r->n_units && code.n)
		at = bsearch(&code, r->by_code, r->n_units, sizeof *r->by_code, unit_at);
	return at ? *at : NULL;
}

const struct staff *
registry_staff(const struct registry *r, struct sv id)
{
	const struct staff **at = NULL;

	if (r->n_staff && id.n)
		at = bsearch(&id, r->by_id, r->n_staff, sizeof *r->by_id, staff_at);
	return at ? *at : NULL;
}

bool
registry_is_staff_phone(const struct registry *r, const struct phone *p)
{
	return r->n_phones && bsearch(p, r->phones, r->n_phones, sizeof *r->phones, phone_order);
}

const struct unit *
registry_units(const struct registry *r, size_t *n)
{
	*n = r->n_units;
	return r->units;
}

const struct staff *
registry_people(const struct registry *r, size_t *n)
{
	*n = r->n_staff;
	return r->staff;
}

/* ---- reading rows ---- */

struct load { struct registry *r; const char *file; struct conf_faults *faults; bool bad; };

#define BAD(l, line, ...) (conf_fault_add((l)->faults, (l)->file, line, __VA_ARGS__), (l)->bad = true)

static int
find_name(const char *const *names, int n, const char *text)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	return -1;
}

static void
check_code(struct load *l, int line, const char *what, const char *code)
{
	size_t n = strlen(code);

	if (n == 0 || n > CODE_MAX || strpbrk(code, " \t\r"))
		BAD(l, line, "%s \"%s\" must have 1 to %d bytes and no blanks", what, code, CODE_MAX);
}

static int32_t
take_day(struct load *l, const struct sheet_row *row, enum unit_column column)
{
	const char *text = row->fields[column];
	char stamp[40];
	int64_t at;

	if (*text == '\0')
		return REGISTRY_NO_DAY;
	if (strlen(text) != 10 || (size_t)snprintf(stamp, sizeof stamp, "%sT00:00:00Z", text) >= sizeof stamp ||
	    calendar_parse(sv_of(stamp), &at)) {
		BAD(l, row->line, "%s \"%s\" is no day; write YYYY-MM-DD", unit_columns[column], text);
		return REGISTRY_NO_DAY;
	}
	return (int32_t)(at / DAY_MS - (at % DAY_MS < 0));
}

static void
take_unit(struct load *l, const struct sheet_row *row, struct unit *u)
{
	char *const *f = row->fields;
	int kind = find_name(kind_names, UNIT_KIND_MAX, f[U_KIND]);

	*u = (struct unit){ .code = f[U_CODE], .name = f[U_NAME], .hotline = f[U_HOTLINE], .line = row->line,
	                    .short_name = *f[U_SHORT] ? f[U_SHORT] : f[U_NAME],
	                    .kind = kind < 0 ? UNIT_PROVINCE : (enum unit_kind)kind };
	check_code(l, row->line, "code", u->code);
	if (*u->name == '\0')
		BAD(l, row->line, "unit %s has no name", u->code);
	if (strlen(u->hotline) > hole_max(HOLE_DT))
		BAD(l, row->line, "hotline \"%s\" has more than %u characters, texts would cut it; leave blanks out", u->hotline,
		    hole_max(HOLE_DT));
	if (kind < 0)
		BAD(l, row->line, "kind \"%s\" is none of province, department, commune, centre, vertical", f[U_KIND]);
	u->valid_from = take_day(l, row, U_FROM);
	u->valid_to = take_day(l, row, U_TO);
	if (u->valid_to != REGISTRY_NO_DAY && u->valid_from > u->valid_to)
		BAD(l, row->line, "valid_from lies behind valid_to");
}

static const struct unit *
link_unit(struct load *l, const struct unit *u, const char *what, const char *code)
{
	const struct unit *other = registry_unit(l->r, sv_of(code));

	if (*code && !other)
		BAD(l, u->line, "%s \"%s\" is no unit of this file", what, code);
	return other;
}

static void
link_units(struct load *l)
{
	struct registry *r = l->r;

	for (size_t i = 0; i < r->n_units; i++) {
		struct unit *u = &r->units[i];
		char *const *f = r->unit_rows.rows[i].fields;

		u->parent = link_unit(l, u, "parent", f[U_PARENT]);
		u->successor = link_unit(l, u, "successor", f[U_SUCCESSOR]);
	}
}

static const struct unit *
above(const struct unit *u, bool by_successor)
{
	return by_successor ? u->successor : u->parent;
}

/* Does the way up from u come back to u? Two walkers, one twice as fast, meet on any ring; only those on
 * the ring themselves are named, so that each ring is told by its members. */
static bool
on_ring(const struct unit *u, bool by_successor)
{
	const struct unit *slow = u, *fast = u;

	do {
		fast = fast ? above(fast, by_successor) : NULL;
		if (fast == u)
			return true;
		fast = fast ? above(fast, by_successor) : NULL;
		if (fast == u)
			return true;
		slow = above(slow, by_successor);
	} while (fast && fast != slow);
	return false;
}

static void
check_rings(struct load *l)
{
	for (size_t i = 0; i < l->r->n_units; i++) {
		const struct unit *u = &l->r->units[i];

		if (on_ring(u, false))
			BAD(l, u->line, "unit %s is its own parent, directly or through others", u->code);
		if (on_ring(u, true))
			BAD(l, u->line, "unit %s is its own successor, directly or through others", u->code);
	}
}

static void
index_units(struct load *l)
{
	struct registry *r = l->r;

	r->by_code = mem_alloc((r->n_units + 1) * sizeof *r->by_code);
	for (size_t i = 0; i < r->n_units; i++)
		r->by_code[i] = &r->units[i];
	qsort(r->by_code, r->n_units, sizeof *r->by_code, unit_order);
	for (size_t i = 1; i < r->n_units; i++) {
		const struct unit *a = r->by_code[i - 1], *b = r->by_code[i];

		if (strcmp(a->code, b->code) == 0)
			BAD(l, a->line > b->line ? a->line : b->line, "code %s is there twice, first in line %d", a->code,
			    a->line < b->line ? a->line : b->line);
	}
}

static void
load_units(struct load *l)
{
	struct registry *r = l->r;

	if (sheet_load(l->file, unit_columns, &r->unit_rows, l->faults))
		l->bad = true;
	r->n_units = r->unit_rows.n;
	r->units = mem_alloc((r->n_units + 1) * sizeof *r->units);
	for (size_t i = 0; i < r->n_units; i++)
		take_unit(l, &r->unit_rows.rows[i], &r->units[i]);
	index_units(l);
	link_units(l);
	check_rings(l);
}

static void
take_phone(struct load *l, const struct sheet_row *row, struct staff *s)
{
	const char *text = row->fields[S_PHONE], *why = "";
	enum phone_kind kind;

	if (*text == '\0')
		return;
	kind = phone_parse(sv_of(text), &s->phone, &why);
	if (kind != PHONE_MOBILE)                /* the number itself is not repeated: faults end up in logs */
		BAD(l, row->line, "phone of %s is no mobile number (%s)%s%s", s->id, phone_kind_name(kind),
		    why && *why ? ": " : "", why ? why : "");
}

static void
take_staff(struct load *l, const struct sheet_row *row, struct staff *s)
{
	char *const *f = row->fields;
	int role = find_name(role_names, STAFF_ROLE_MAX, f[S_ROLE]);

	*s = (struct staff){ .id = f[S_ID], .name = f[S_NAME], .channel = f[S_CHANNEL], .line = row->line,
	                     .role = role < 0 ? STAFF_OFFICER : (enum staff_role)role,
	                     .unit = registry_unit(l->r, sv_of(f[S_UNIT])) };
	check_code(l, row->line, "id", s->id);
	if (!s->unit)
		BAD(l, row->line, "unit \"%s\" of %s is not in the units file", f[S_UNIT], s->id);
	if (role < 0)
		BAD(l, row->line, "role \"%s\" is none of officer, head, coordinator, inspector, duty", f[S_ROLE]);
	take_phone(l, row, s);
	if (s->phone.e164[0])
		l->r->phones[l->r->n_phones++] = s->phone;
}

static void
index_staff(struct load *l)
{
	struct registry *r = l->r;

	qsort(r->phones, r->n_phones, sizeof *r->phones, phone_order);
	r->by_id = mem_alloc((r->n_staff + 1) * sizeof *r->by_id);
	for (size_t i = 0; i < r->n_staff; i++)
		r->by_id[i] = &r->staff[i];
	qsort(r->by_id, r->n_staff, sizeof *r->by_id, staff_order);
	for (size_t i = 1; i < r->n_staff; i++) {
		const struct staff *a = r->by_id[i - 1], *b = r->by_id[i];

		if (strcmp(a->id, b->id) == 0)
			BAD(l, a->line > b->line ? a->line : b->line, "id %s is there twice, first in line %d", a->id,
			    a->line < b->line ? a->line : b->line);
	}
}

static void
load_staff(struct load *l)
{
	struct registry *r = l->r;

	if (sheet_load(l->file, staff_columns, &r->staff_rows, l->faults))
		l->bad = true;
	r->n_staff = r->staff_rows.n;
	r->staff = mem_alloc((r->n_staff + 1) * sizeof *r->staff);
	r->phones = mem_alloc((r->n_staff + 1) * sizeof *r->phones);
	for (size_t i = 0; i < r->n_staff; i++)
		take_staff(l, &r->staff_rows.rows[i], &r->staff[i]);
	index_staff(l);
}

enum err
registry_load(const char *units, const char *staff, struct registry **out, struct conf_faults *faults)
{
	struct load l = { .r = mem_alloc(sizeof *l.r), .faults = faults };

	l.file = units;
	if (*units)
		load_units(&l);
	l.file = staff;
	if (*staff)
		load_staff(&l);
	if (l.bad) {
		registry_free(l.r);
		return ERR_SYNTAX;
	}
	*out = l.r;
	return ERR_OK;
}

void
registry_free(struct registry *r)
{
	if (!r)
		return;
	sheet_done(&r->unit_rows);
	sheet_done(&r->staff_rows);
	mem_free(r->units);
	mem_free(r->staff);
	mem_free(r->by_code);
	mem_free(r->by_id);
	mem_free(r->phones);
	mem_free(r);
}
