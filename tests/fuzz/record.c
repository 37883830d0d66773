/* Stored records: what is read is written again and read again as the same; the rest is damaged. */
#include "core/survey.h"
#include "fuzz.h"

static void
on_survey(struct sv in)
{
	struct survey *s = mem_alloc(sizeof *s), *again = mem_alloc(sizeof *again);
	AUTO_SBUF one, two;

	sbuf_init(&one, 1 << 20);
	sbuf_init(&two, 1 << 20);
	if (!survey_read(in, s)) {
		survey_write(s, &one);
		must(!survey_read(sbuf_sv(&one), again));
		must(s->n_messages == again->n_messages && s->n_story == again->n_story && s->version == again->version);
		survey_write(again, &two);
		must(sv_eq(sbuf_sv(&one), sbuf_sv(&two)));
	}
	mem_free(s);
	mem_free(again);
}

static void
on_citizen(struct sv in)
{
	struct citizen c, again;
	AUTO_SBUF one, two;

	sbuf_init(&one, 1 << 16);
	sbuf_init(&two, 1 << 16);
	if (citizen_read(in, &c))
		return;
	citizen_write(&c, &one);
	must(!citizen_read(sbuf_sv(&one), &again));
	citizen_write(&again, &two);
	must(sv_eq(sbuf_sv(&one), sbuf_sv(&two)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	on_survey(fuzz_in(data, n));
	on_citizen(fuzz_in(data, n));
	return 0;
}
