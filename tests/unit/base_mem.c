/* Memory: zeroed, copied with a NUL behind, freed once by whom it belongs to, and the end when there is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "stderr.h"

static void
zeroed(void **state)
{
	static const char zeros[4096];

	(void)state;
	for (int i = 0; i < 3; i++) {                /* memory that was used before comes back */
		AUTO_FREE char *p = mem_alloc(sizeof zeros);

		assert_memory_equal(p, zeros, sizeof zeros);
		memset(p, 'x', sizeof zeros);
	}
}

static void
copies(void **state)
{
	AUTO_FREE char *s = mem_strdup("text"), *e = mem_strdup(""), *d = mem_dup("a\0bc", 3), *n = mem_dup(NULL, 0);

	(void)state;
	assert_string_equal(s, "text");
	assert_string_equal(e, "");
	assert_memory_equal(d, "a\0b", 4);           /* the NUL is ours */
	assert_string_equal(n, "");
	d = mem_resize(d, 1000);
	assert_memory_equal(d, "a\0b", 4);
	memset(d, 'x', 1000);
	d = mem_resize(d, 1);
	assert_int_equal(*d, 'x');
	mem_free(NULL);
}

static char *
make(bool keep)
{
	AUTO_FREE char *p = mem_strdup("made here");

	return keep ? MEM_TAKE(p) : NULL;
}

/* Leaks and double frees are the sanitiser's to see. */
static void
handing_over(void **state)
{
	AUTO_FREE char *kept = make(true);
	AUTO_FREE char *none = make(false);

	(void)state;
	assert_string_equal(kept, "made here");
	assert_null(none);
}

static volatile size_t more_than_there_is = SIZE_MAX / 2;

static void alloc_all(void)  { (void)mem_alloc(more_than_there_is); }
static void resize_all(void) { (void)mem_resize(NULL, more_than_there_is); }
static void dup_all(void)    { (void)mem_dup("", more_than_there_is); }

static void
none_left(void **state)
{
	void (*const rows[])(void) = { alloc_all, resize_all, dup_all };
	char said[4096];

	(void)state;
	for (size_t i = 0; i < ARRAY_N(rows); i++) {
		int status = stderr_of_child(rows[i], said, sizeof said);

		/* The sanitiser ends it before us, with another sentence. */
		if (!(WIFSIGNALED(status) && strstr(said, "broken invariant")) && !strstr(said, "allocation-size-too-big"))
			fail_msg("row %zu: %d %s", i, status, said);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeroed),
		cmocka_unit_test(copies),
		cmocka_unit_test(handing_over),
		cmocka_unit_test(none_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
