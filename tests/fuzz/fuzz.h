/*
 * What the fuzz targets share. A target takes any bytes, gives them to one parser and checks with must() what that
 * parser's header promises. Built with clang it is a libFuzzer program; with replay.c it runs a corpus once, built with
 * any compiler (fuzz.mk).
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include <utf8proc.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/sbuf.h"
#include "base/sv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static inline struct sv
fuzz_in(const uint8_t *data, size_t n)
{
	return (struct sv){ (const char *)data, n };
}

/* Takes the first byte off as a choice of 0 .. n-1. */
static inline unsigned
fuzz_pick(struct sv *in, unsigned n)
{
	unsigned byte = in->n ? (unsigned char)in->p[0] : 0;

	in->p += in->n > 0;
	in->n -= in->n > 0;
	return byte % n;
}

/* Takes what stands before the next sep off; "" when nothing is left. */
static inline struct sv
fuzz_part(struct sv *in, char sep)
{
	struct sv s = in->p ? sv_cut(in, sep) : *in;

	return s.p ? s : (struct sv){ "", 0 };
}

/* What is left, "" when nothing is. */
static inline struct sv
fuzz_rest(struct sv in)
{
	return in.p ? in : (struct sv){ "", 0 };
}

static inline bool
fuzz_is_utf8(struct sv s)
{
	utf8proc_int32_t c;

	while (s.n) {
		utf8proc_ssize_t k = utf8proc_iterate((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &c);

		if (k <= 0)
			return false;
		s.p += k;
		s.n -= (size_t)k;
	}
	return true;
}

#endif
