/* Query parameters: bounded texts without a NUL, and what was encoded comes back. */
#include "fuzz.h"
#include "io/httpd.h"

static void
look_for(struct sv query, const char *name)
{
	char out[40];
	size_t n = 0;

	if (httpd_param(query, name, out, sizeof out, &n))
		must(n < sizeof out && strlen(out) == n);
	must(!httpd_param(query, name, out, 1, &n) || n == 0);
}

static void
there_and_back(struct sv value)
{
	AUTO_SBUF query;
	char *out = mem_alloc(value.n + 1);
	bool plain = !value.n || !memchr(value.p, '\0', value.n);
	size_t n;

	sbuf_init(&query, 3 * value.n + 16);
	sbuf_adds(&query, "b=1&to=");
	sbuf_addurl(&query, value);
	sbuf_adds(&query, "&to=2");
	must(httpd_param(sbuf_sv(&query), "to", out, value.n + 1, &n) == plain);
	must(!plain || sv_eq(value, (struct sv){ out, n }));
	mem_free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sv in = fuzz_in(data, n);

	look_for(in, "to");
	look_for(in, "");
	there_and_back(in);
	return 0;
}
