/* Texts: composed and stripped ones stay as they are when it is done again; parts follow from units. */
#include "fuzz.h"
#include "text/segments.h"

#define TEXT_MAX (1 << 20)

static void
check_parts(const struct segments *s)
{
	unsigned one = s->ucs2 ? 70 : 160, joined = s->ucs2 ? 67 : 153;

	must(s->characters <= s->units);
	must((s->parts == 0) == (s->units == 0));
	must((s->parts == 1) == (s->units > 0 && s->units <= one));
	if (s->parts > 1)                        /* one unit of a part may stay free so that no pair is split */
		must(s->units <= s->parts * joined && s->units > (s->parts - 1) * (joined - 1));
}

typedef enum err change_fn(struct sv utf8, struct sbuf *out);

static void
check_change(change_fn *change, struct sv in, bool valid)
{
	AUTO_SBUF one, two;

	sbuf_init(&one, TEXT_MAX);
	sbuf_init(&two, TEXT_MAX);
	must((change(in, &one) == ERR_OK) == valid);
	if (!valid)
		return;
	must(fuzz_is_utf8(sbuf_sv(&one)));
	must(!change(sbuf_sv(&one), &two));
	must(sv_eq(sbuf_sv(&one), sbuf_sv(&two)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sv in = fuzz_in(data, n);
	bool valid = fuzz_is_utf8(in);
	struct segments s;

	must((segments_count(in, &s) == ERR_OK) == valid);
	if (valid)
		check_parts(&s);
	check_change(segments_strip, in, valid);
	check_change(segments_compose, in, valid);
	return 0;
}
