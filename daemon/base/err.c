/* Names of failures, sentences for people, and the end of a broken invariant. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const texts[ERR_MAX] = {
#define X(code, text) [code] = text,
	ERR_LIST(X)
#undef X
};

const char *
err_text(enum err e)
{
	return (unsigned)e < ERR_MAX ? texts[e] : "unknown failure";
}

void
diag_set(struct diag *d, int line, const char *fmt, ...)
{
	va_list ap;

	if (!d)
		return;
	d->line = line;
	va_start(ap, fmt);
	vsnprintf(d->text, sizeof d->text, fmt, ap);
	va_end(ap);
}

void
must_fail(const char *what, const char *file, int line)
{
	fprintf(stderr, "<2>broken invariant, what=\"%s\" at=%s:%d\n", what, file, line);
	abort();
}
