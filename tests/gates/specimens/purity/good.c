#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/sbuf.h"

size_t good(int i, char *out);

static const char *const names[] = { "one", "two" };
static const struct { const char *name; size_t (*f)(const char *); } table[] = { { "length", strlen } };

size_t
good(int i, char *out)
{
	AUTO_SBUF b;

	sbuf_init(&b, 64);
	sbuf_adds(&b, names[i & 1]);
	snprintf(out, 64, "%s %.*s", table[0].name, (int)b.n, b.p);
	return table[0].f(out);
}
