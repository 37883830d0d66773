/* Tokens: what a file may hold, and who is let in with what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "app/conf.h"
#include "app/tokens.h"
#include "base/mem.h"

#define ABC  "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"      /* of "abc" */
#define ABCU "sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"
#define NONE "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"      /* of "" */

static const struct row { const char *name, *file; int line; const char *want; } rows[] = {
	{ "one",             "a cases " ABC "\n", 0, NULL },
	{ "empty",           "", 0, NULL },
	{ "comments",        "# x\n\n  a.b_c-d@e \t cases,read,followups,integrity,admin   " ABC " \r\n", 0, NULL },
	{ "two",             "a cases " ABC "\nb read " NONE, 0, NULL },
	{ "name only",       "\na\n", 2, "scope" },
	{ "no hash",         "a cases\n", 1, "token line" },
	{ "short hash",      "a cases sha256:00\n", 1, "token line" },
	{ "other hash",      "a cases md5:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n", 1, "token line" },
	{ "no hex",          "a cases sha256:xa7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n", 1, "token line" },
	{ "something after", "a cases " ABC " x\n", 1, "token line" },
	{ "unknown scope",   "a cases,write " ABC "\n", 1, "\"write\"" },
	{ "empty scope",     "a cases, " ABC "\n", 1, "scope" },
	{ "bad name",        "a/b cases " ABC "\n", 1, "name" },
	{ "same name",       "a cases " ABC "\na read " NONE "\n", 2, "twice, first in line 1" },
	{ "same token",      "a cases " ABC "\n\nb read " ABCU "\n", 3, "twice, first in line 1" },
};

static void
files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_N(rows); i++) {
		const struct row *r = &rows[i];
		struct conf_faults faults = { 0 };
		struct tokens *t = NULL;
		enum err e = tokens_parse(sv_of(r->file), "tokens", &t, &faults);

		if ((r->want != NULL) != (e != ERR_OK) || (e && t) ||
		    (e && (faults.n != 1 || faults.at[0].line != r->line || !strstr(faults.at[0].text, r->want)))) {
			conf_faults_print(&faults, stderr);
			fail_msg("%s: %s", r->name, err_text(e));
		}
		tokens_free(t);
		conf_faults_done(&faults);
	}
}

static const struct find { const char *name; struct sv bearer; const char *who; unsigned scopes; } finds[] = {
	{ "there",       SV("abc"), "a", TOKEN_CASES | TOKEN_INTEGRITY },
	{ "another",     SV("abd"), NULL, 0 },
	{ "upper case",  SV("ABC"), NULL, 0 },
	{ "longer",      SV("abc "), NULL, 0 },
	{ "shorter",     SV("ab"), NULL, 0 },
	{ "its hash",    SV("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), NULL, 0 },
	{ "NUL behind",  SV("abc\0"), NULL, 0 },
	{ "nothing",     SV(""), NULL, 0 },
};

static void
find(void **state)
{
	struct conf_faults faults = { 0 };
	struct tokens *t = NULL;

	(void)state;
	assert_int_equal(tokens_parse(SV("a cases,integrity " ABCU "\n"), "tokens", &t, &faults), ERR_OK);
	for (size_t i = 0; i < ARRAY_N(finds); i++) {
		const struct find *f = &finds[i];
		unsigned scopes = 0;
		const char *who = tokens_find(t, f->bearer, &scopes);

		if ((who == NULL) != (f->who == NULL) || (who && strcmp(who, f->who) != 0) || scopes != f->scopes)
			fail_msg("%s: %s %u", f->name, who ? who : "nobody", scopes);
	}
	tokens_free(t);
}

static void
make(void **state)
{
	struct conf_faults faults = { 0 };
	struct tokens *t = NULL;
	char one[TOKEN_CHARS + 1], two[TOKEN_CHARS + 1];
	unsigned scopes = 0;
	AUTO_SBUF file;

	(void)state;
	sbuf_init(&file, 1000);
	token_make(SV("x"), TOKEN_READ | TOKEN_ADMIN, one, &file);
	token_make(SV("y"), TOKEN_CASES, two, &file);
	assert_int_equal(strlen(one), TOKEN_CHARS);
	assert_memory_equal(one, TOKEN_PREFIX, 3);
	assert_string_not_equal(one, two);
	assert_true(sv_starts(sbuf_sv(&file), SV("x read,admin sha256:")));
	assert_null(strstr(file.p, one));
	assert_int_equal(tokens_parse(sbuf_sv(&file), "tokens", &t, &faults), ERR_OK);
	assert_string_equal(tokens_find(t, sv_of(one), &scopes), "x");
	assert_int_equal(scopes, TOKEN_READ | TOKEN_ADMIN);
	assert_string_equal(tokens_find(t, sv_of(two), &scopes), "y");
	assert_int_equal(scopes, TOKEN_CASES);
	tokens_free(t);
}

static void
too_many(void **state)
{
	struct conf_faults faults = { 0 };
	struct tokens *t = NULL;
	char clear[TOKEN_CHARS + 1], name[16];
	AUTO_SBUF file;

	(void)state;
	sbuf_init(&file, 1 << 20);
	for (int i = 0; i <= TOKENS_MAX; i++) {
		snprintf(name, sizeof name, "n%d", i);
		token_make(sv_of(name), TOKEN_READ, clear, &file);
	}
	assert_int_equal(tokens_parse(sbuf_sv(&file), "tokens", &t, &faults), ERR_SYNTAX);
	assert_int_equal(faults.at[0].line, TOKENS_MAX + 1);
	conf_faults_done(&faults);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files), cmocka_unit_test(find), cmocka_unit_test(make), cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
