/* Growing text with a ceiling and a sticky failure. */
#include "base/sbuf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/num.h"

void
sbuf_init(struct sbuf *b, size_t max)
{
	*b = (struct sbuf){ .max = max };
}

void
sbuf_done(struct sbuf *b)
{
	mem_free(b->p);
	*b = (struct sbuf){ .max = b->max };
}

void
sbuf_reset(struct sbuf *b)
{
	b->n = 0;
	b->failed = false;
	if (b->p)
		b->p[0] = '\0';
}

static bool
room(struct sbuf *b, size_t more)
{
	size_t want;

	if (b->failed || more > b->max - b->n) {
		b->failed = true;
		return false;
	}
	if (b->n + more < b->size)
		return true;
	want = b->size ? b->size * 2 : 128;
	while (want < b->n + more + 1)
		want *= 2;
	if (want > b->max + 1)
		want = b->max + 1;
	b->p = mem_resize(b->p, want);
	b->size = want;
	return true;
}

void
sbuf_add(struct sbuf *b, const void *p, size_t n)
{
	if (!room(b, n))
		return;
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void
sbuf_addc(struct sbuf *b, char c)
{
	if (!room(b, 1))
		return;
	b->p[b->n++] = c;
	b->p[b->n] = '\0';
}

void
sbuf_adds(struct sbuf *b, const char *cstr)
{
	sbuf_add(b, cstr, strlen(cstr));
}

void
sbuf_addsv(struct sbuf *b, struct sv s)
{
	sbuf_add(b, s.p, s.n);
}

void
sbuf_addf(struct sbuf *b, const char *fmt, ...)
{
	size_t have;
	va_list ap;
	int n;

	/* Mostly it fits at the first try. */
	if (!room(b, 0))
		return;
	have = b->size - b->n;
	va_start(ap, fmt);
	n = vsnprintf(b->p + b->n, have, fmt, ap);
	va_end(ap);
	if (n < 0 || !room(b, (size_t)n)) {
		b->failed = true;
		b->p[b->n] = '\0';
		return;
	}
	if ((size_t)n >= have) {
		va_start(ap, fmt);
		vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	b->n += (size_t)n;
}

void
sbuf_addi(struct sbuf *b, long long value)
{
	char text[NUM_TEXT];

	sbuf_addsv(b, num_format(value, text));
}

void
sbuf_addhex(struct sbuf *b, const void *p, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *u = p;

	for (size_t i = 0; i < n; i++) {
		char two[2] = { hex[u[i] >> 4], hex[u[i] & 15] };

		sbuf_add(b, two, 2);
	}
}

static bool
unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void
sbuf_addurl(struct sbuf *b, struct sv s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0, plain; i < s.n; i++) {
		for (plain = i; i < s.n && unreserved(s.p[i]); i++)
			;
		sbuf_add(b, s.p + plain, i - plain);
		if (i < s.n) {
			unsigned char u = (unsigned char)s.p[i];
			char three[3] = { '%', hex[u >> 4], hex[u & 15] };

			sbuf_add(b, three, 3);
		}
	}
}

void
sbuf_cut(struct sbuf *b, size_t n)
{
	must(n <= b->n);
	b->n = n;
	if (b->p)
		b->p[n] = '\0';
}

enum err
sbuf_finish(struct sbuf *b, const char **out)
{
	if (b->failed)
		return ERR_TOOBIG;
	*out = b->p ? b->p : "";
	return ERR_OK;
}

struct sv
sbuf_sv(const struct sbuf *b)
{
	return (struct sv){ b->p ? b->p : "", b->n };
}
