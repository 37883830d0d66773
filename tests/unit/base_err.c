/* Failures have sentences, diagnoses fit, a broken invariant ends the process and says which. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "stderr.h"

static void
texts(void **state)
{
	(void)state;
	for (int i = 0; i < ERR_MAX; i++)
		for (int k = 0; k <= i; k++)
			if (!*err_text((enum err)i) || (k < i && !strcmp(err_text((enum err)i), err_text((enum err)k))))
				fail_msg("%d and %d: \"%s\"", i, k, err_text((enum err)i));
	assert_string_equal(err_text(ERR_OK), "ok");
	assert_string_equal(err_text(ERR_MAX), "unknown failure");
	assert_string_equal(err_text((enum err)-1), "unknown failure");
}

static void
diag(void **state)
{
	struct diag d = { .line = 9, .text = "old" };
	char longer[2 * sizeof d.text];

	(void)state;
	diag_set(&d, 3, "%s is %d", "x", 7);
	assert_int_equal(d.line, 3);
	assert_string_equal(d.text, "x is 7");
	memset(longer, 'y', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	diag_set(&d, 0, "%s", longer);
	assert_int_equal(d.line, 0);
	assert_int_equal(strlen(d.text), sizeof d.text - 1);
	assert_memory_equal(d.text, longer, sizeof d.text - 1);
	diag_set(NULL, 1, "%s", "nobody asked");
}

static int asked;

static void holds(void) { must(++asked == 1); }
static void breaks(void) { must(1 + 1 == 3); }

static void
invariants(void **state)
{
	char said[256];
	int status = stderr_of_child(breaks, said, sizeof said);

	(void)state;
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_true(!strncmp(said, "<2>broken invariant, what=\"1 + 1 == 3\" at=", 41));
	assert_non_null(strstr(said, "base_err.c:"));
	holds();                                     /* looked at once, also in production */
	assert_int_equal(asked, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(diag),
		cmocka_unit_test(invariants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
