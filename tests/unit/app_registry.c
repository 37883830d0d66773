/* Offices and people: what a file may hold, which row is at fault, and the look-ups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "app/conf.h"
#include "app/registry.h"
#include "base/mem.h"

#define UH "code,parent,name,short_name,hotline,kind,valid_from,valid_to,successor\n"
#define SH "id,name,unit,phone,role,channel\n"
#define U1 "H36,,Tinh Lam Dong,Tinh,02633822311,province,,,\n"
#define U2 "H36.45,H36,Phuong Xuan Huong,,,commune,2025-07-01,,\n"
#define U3 "H36.12,H36,Huyen cu,,,commune,,2025-06-30,H36.45\n"
#define UNITS UH U1 U2 U3
#define S1 "nv1,An,H36.45,0912 345 678,officer,\n"

static char units_path[64], staff_path[64];

static void
put(const char *path, const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	fclose(f);
}

static int
set_up(void **state)
{
	(void)state;
	snprintf(units_path, sizeof units_path, "/tmp/hailong-units-XXXXXX");
	snprintf(staff_path, sizeof staff_path, "/tmp/hailong-staff-XXXXXX");
	close(mkstemp(units_path));
	close(mkstemp(staff_path));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	return unlink(units_path) | unlink(staff_path);
}

/* want NULL: fine. Otherwise a fault of this line holds it. */
static const struct row { const char *name, *units, *staff; int line; const char *want; } rows[] = {
	{ "both",              UNITS, SH S1, 0, NULL },
	{ "headers only",      UH, SH, 0, NULL },
	{ "byte order mark",   "\xef\xbb\xbf" UNITS, "\xef\xbb\xbf" SH S1, 0, NULL },
	{ "CR LF",             "code,parent,name,short_name,hotline,kind,valid_from,valid_to,successor\r\nH36,,T,,,province,,,\r\n",
	                       SH, 0, NULL },
	{ "no last line end",  UH "H36,,T,,,province,,,", SH, 0, NULL },
	{ "blank lines",       UH "\n" U1 "\n\n" U2, SH, 0, NULL },
	{ "quoted comma",      UH "H36,,\"Tinh, \"\"A\"\"\",,,province,,,\n", SH, 0, NULL },
	{ "other order",       "kind,code,parent,name,short_name,hotline,valid_from,valid_to,successor\nprovince,H36,,T,,,,,\n", SH, 0, NULL },
	{ "child first",       UH U2 U1, SH, 0, NULL },
	{ "staff, no phone",   UNITS, SH "nv1,An,H36,,inspector,\n", 0, NULL },
	{ "same phone twice",  UNITS, SH S1 "nv2,Binh,H36,+84912345678,duty,\n", 0, NULL },

	{ "hotline cut",       UH "H36,,T,,0263 3822 311,province,,,\n", SH, 2, "more than 12 characters" },

	{ "empty file",        "", SH, 0, "header row" },
	{ "no header",         U1, SH, 1, "unknown column \"H36\"" },
	{ "column missing",    "code,parent,name,short_name,hotline,kind,valid_from,valid_to\n", SH, 1, "\"successor\" is missing" },
	{ "column unknown",    "code,parent,name,short_name,hotline,kind,valid_from,valid_to,sucessor\n", SH, 1, "unknown column \"sucessor\"" },
	{ "column twice",      "code,code,parent,name,short_name,hotline,kind,valid_from,valid_to,successor\n", SH, 1, "second column" },
	{ "field too many",    UH "H36,,T,,,province,,,,\n", SH, 2, "10 fields, must be 9" },
	{ "field too few",     UH U1 "\nH37,,T\n", SH, 4, "3 fields, must be 9" },
	{ "line after quotes", UH "H36,,\"two\nlines\",,,province,,,\nH37,,T,,,x,,,\n", SH, 4, "kind" },
	{ "line end in field", UH "H36,,\"two\nlines\",,,province,,,\n", SH, 2, "more than one line" },
	{ "quote not closed",  UH "H36,,\"T,,,province,,,\n", SH, 2, "quotation mark" },
	{ "quote inside",      UH "H36,,T\"x,,,province,,,\n", SH, 2, "quotation mark" },
	{ "not UTF-8",         UH "H36,,T\xc3,,,province,,,\n", SH, 2, "UTF-8" },
	{ "no code",           UH ",,T,,,province,,,\n", SH, 2, "code" },
	{ "blank in code",     UH "H 36,,T,,,province,,,\n", SH, 2, "no blanks" },
	{ "no name",           UH "H36,,,,,province,,,\n", SH, 2, "has no name" },
	{ "code twice",        UH U1 U2 U1, SH, 4, "code H36 is there twice, first in line 2" },
	{ "parent unknown",    UH "H36,H35,T,,,province,,,\n", SH, 2, "parent \"H35\" is no unit" },
	{ "own parent",        UH "H36,H36,T,,,province,,,\n", SH, 2, "its own parent" },
	{ "ring of three",     UH "a,b,A,,,commune,,,\nb,c,B,,,commune,,,\nc,a,C,,,commune,,,\nd,a,D,,,commune,,,\n", SH, 4, "unit c is its own parent" },
	{ "successor unknown", UH "H36,,T,,,province,,,H1\n", SH, 2, "successor \"H1\"" },
	{ "successor ring",    UH "a,,A,,,commune,,,b\nb,,B,,,commune,,,a\n", SH, 3, "its own successor" },
	{ "kind",              UH "H36,,T,,,Province,,,\n", SH, 2, "kind \"Province\"" },
	{ "no day",            UH "H36,,T,,,province,01/07/2025,,\n", SH, 2, "valid_from" },
	{ "impossible day",    UH "H36,,T,,,province,2025-02-30,,\n", SH, 2, "valid_from" },
	{ "days reversed",     UH "H36,,T,,,province,2025-07-01,2025-06-30,\n", SH, 2, "behind valid_to" },
	{ "staff, no unit",    UNITS, SH "nv1,An,,0912345678,officer,\n", 2, "unit \"\" of nv1" },
	{ "staff, other unit", UNITS, SH "nv1,An,H99,0912345678,officer,\n", 2, "unit \"H99\" of nv1" },
	{ "staff, id twice",   UNITS, SH S1 S1, 3, "id nv1 is there twice, first in line 2" },
	{ "staff, role",       UNITS, SH "nv1,An,H36,,boss,\n", 2, "role \"boss\"" },
	{ "staff, phone",      UNITS, SH "nv1,An,H36,12345,officer,\n", 2, "phone of nv1" },
	{ "staff, no id",      UNITS, SH ",An,H36,,officer,\n", 2, "id" },
};

static enum err
load(const char *units, const char *staff, struct registry **out, struct conf_faults *faults)
{
	put(units_path, units, strlen(units));
	put(staff_path, staff, strlen(staff));
	return registry_load(units_path, staff_path, out, faults);
}

static void
files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(rows); i++) {
		const struct row *r = &rows[i];
		struct conf_faults faults = { 0 };
		struct registry *reg = NULL;
		bool found = false;
		enum err e = load(r->units, r->staff, &reg, &faults);

		for (size_t j = 0; j < faults.n; j++)
			found = found || (r->want && faults.at[j].line == r->line && strstr(faults.at[j].text, r->want));
		if ((r->want != NULL) != (e != ERR_OK) || (r->want && !found) || (e && reg) || (!e && faults.n)) {
			conf_faults_print(&faults, stderr);
			fail_msg("%s: %s", r->name, err_text(e));
		}
		registry_free(reg);
		conf_faults_done(&faults);
	}
}

static void
no_number_in_faults(void **state)
{
	struct conf_faults faults = { 0 };
	struct registry *reg = NULL;

	(void)state;
	assert_int_equal(load(UNITS, SH "nv1,An,H36,0263382231199,officer,\n", &reg, &faults), ERR_SYNTAX);
	assert_int_equal(faults.n, 1);
	assert_null(strstr(faults.at[0].text, "0263382231199"));
	conf_faults_done(&faults);
}

static void
look_ups(void **state)
{
	struct conf_faults faults = { 0 };
	struct registry *reg = NULL;
	const struct unit *u, *all;
	const struct staff *s;
	struct phone p = { "84912345678" }, q = { "84912345679" };
	size_t n;

	(void)state;
	assert_int_equal(load(UNITS, SH S1 "nv10,Binh,H36,,duty,sms\n", &reg, &faults), ERR_OK);
	u = registry_unit(reg, SV("H36.45"));
	assert_non_null(u);
	assert_string_equal(u->parent->code, "H36");
	assert_null(u->parent->parent);
	assert_string_equal(u->short_name, "Phuong Xuan Huong");
	assert_string_equal(u->parent->short_name, "Tinh");
	assert_string_equal(u->parent->hotline, "02633822311");
	assert_int_equal(u->kind, UNIT_COMMUNE);
	assert_int_equal(u->valid_from, 20270);          /* 2025-07-01 */
	assert_int_equal(u->valid_to, REGISTRY_NO_DAY);
	assert_ptr_equal(registry_unit(reg, SV("H36.12"))->successor, u);
	assert_null(registry_unit(reg, SV("H36.4")));
	assert_null(registry_unit(reg, SV("H36.456")));
	assert_null(registry_unit(reg, SV("")));
	all = registry_units(reg, &n);
	assert_int_equal(n, 3);
	assert_ptr_equal(&all[1], u);
	s = registry_staff(reg, SV("nv1"));
	assert_string_equal(s->phone.e164, "84912345678");
	assert_ptr_equal(s->unit, u);
	s = registry_staff(reg, SV("nv10"));
	assert_int_equal(s->role, STAFF_DUTY);
	assert_string_equal(s->channel, "sms");
	assert_string_equal(s->phone.e164, "");
	assert_null(registry_staff(reg, SV("nv")));
	assert_true(registry_is_staff_phone(reg, &p));
	assert_false(registry_is_staff_phone(reg, &q));
	registry_people(reg, &n);
	assert_int_equal(n, 2);
	registry_free(reg);
}

static void
many(void **state)
{
	AUTO_SBUF text;
	struct conf_faults faults = { 0 };
	struct registry *reg = NULL;
	char code[16];

	(void)state;
	sbuf_init(&text, 1 << 20);
	sbuf_adds(&text, UH);
	for (int i = 0; i < 5000; i++)
		sbuf_addf(&text, "u%d,%s%.0d,Unit %d,,,commune,,,\n", i * 7919 % 5000, i ? "u0" : "", 0, i);
	assert_int_equal(load(text.p, SH, &reg, &faults), ERR_OK);
	for (int i = 0; i < 5000; i++) {
		snprintf(code, sizeof code, "u%d", i);
		if (!registry_unit(reg, sv_of(code)))
			fail_msg("%s is not found", code);
	}
	registry_free(reg);
}

static void
limits(void **state)
{
	struct conf_faults faults = { 0 };
	struct registry *reg = NULL;
	char *big = mem_alloc(16 * 1024 * 1024 + 1);

	(void)state;
	memset(big, '\n', 16 * 1024 * 1024 + 1);
	put(units_path, big, 16 * 1024 * 1024 + 1);
	mem_free(big);
	assert_int_equal(registry_load(units_path, "", &reg, &faults), ERR_SYNTAX);
	assert_int_equal(faults.n, 1);
	assert_non_null(strstr(faults.at[0].text, "larger than"));
	conf_faults_done(&faults);
	assert_int_equal(registry_load("/nowhere.csv", "", &reg, &faults), ERR_SYNTAX);
	assert_string_equal(faults.at[0].text, "not there");
	conf_faults_done(&faults);
	assert_int_equal(registry_load("", "", &reg, &faults), ERR_OK);
	assert_null(registry_unit(reg, SV("H36")));
	registry_free(reg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files), cmocka_unit_test(no_number_in_faults), cmocka_unit_test(look_ups),
		cmocka_unit_test(many),  cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
