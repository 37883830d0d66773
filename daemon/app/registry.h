/*
 * The offices (units.csv) and the people who work in them (staff.csv). Read once, then only looked up:
 * every pointer lives as long as the registry. Codes and ids are compared byte by byte.
 */
#ifndef APP_REGISTRY_H
#define APP_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sv.h"
#include "core/phone.h"

#define UNIT_KIND_LIST(X) \
	X(PROVINCE, "province") X(DEPARTMENT, "department") X(COMMUNE, "commune") X(CENTRE, "centre") X(VERTICAL, "vertical")
#define STAFF_ROLE_LIST(X) \
	X(OFFICER, "officer") X(HEAD, "head") X(COORDINATOR, "coordinator") X(INSPECTOR, "inspector") X(DUTY, "duty")

enum unit_kind {
#define X(code, text) UNIT_##code,
	UNIT_KIND_LIST(X)
#undef X
	UNIT_KIND_MAX
};

enum staff_role {
#define X(code, text) STAFF_##code,
	STAFF_ROLE_LIST(X)
#undef X
	STAFF_ROLE_MAX
};

#define REGISTRY_NO_DAY INT32_MIN        /* valid_from or valid_to was left empty */

struct unit {
	const char *code, *name;
	const char *short_name;          /* for texts; the name when the column is empty */
	const char *hotline;             /* as written, "" = none */
	enum unit_kind kind;
	const struct unit *parent;       /* NULL at the top; no cycles */
	const struct unit *successor;    /* the office that took over, NULL = none; no cycles */
	int32_t valid_from, valid_to;    /* days since 1970, both inclusive, or REGISTRY_NO_DAY */
	int     line;
};

struct staff {
	const char *id, *name;
	const struct unit *unit;
	struct phone phone;              /* e164 "" = none */
	enum staff_role role;
	const char *channel;             /* name of a channel, "" = as route.alerts says */
	int         line;
};

struct registry;
struct conf_faults;

/* Reads both files ("" = none). Every bad row is one fault; *out is written only when there was none.
 * ERR_SYNTAX otherwise. */
MUST_CHECK enum err registry_load(const char *units, const char *staff, struct registry **out,
                                  struct conf_faults *faults);
void registry_free(struct registry *r);

const struct unit  *registry_unit(const struct registry *r, struct sv code);      /* NULL = unknown */
const struct staff *registry_staff(const struct registry *r, struct sv id);       /* NULL = unknown */
bool                registry_is_staff_phone(const struct registry *r, const struct phone *p);

/* All rows, in the order of the file. */
const struct unit  *registry_units(const struct registry *r, size_t *n);
const struct staff *registry_people(const struct registry *r, size_t *n);

const char *unit_kind_name(enum unit_kind k);
const char *staff_role_name(enum staff_role r);

#endif
