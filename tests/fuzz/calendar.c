/* Times, holidays and windows: what is read comes back when written; the next open moment is open. */
#include "base/clock.h"
#include "core/calendar.h"
#include "fuzz.h"

static void
check_time(const struct calendar *c, int64_t at)
{
	char text[32], brief[16];
	int64_t again;

	calendar_format(c, at, text);
	must(strnlen(text, sizeof text) == 25);
	must(!calendar_parse(sv_of(text), &again));
	must(again <= at && at - again < SEC_MS);
	calendar_short(c, at, brief);
	must(strnlen(brief, sizeof brief) == 11);
}

static void
check_open(const struct calendar *c, const struct day_plan *p, int64_t at, int64_t ms)
{
	int64_t next = calendar_next_open(c, p, at), later;

	if (next >= 0)
		must(next >= at && calendar_is_open(c, p, next));
	must(calendar_is_open(c, p, at) == (next == at));
	later = calendar_add_open(c, p, at, ms);
	must(later == -1 || later >= at + ms);
	later = calendar_add_days(c, p, at, 3);
	must(later == -1 || later > at);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sv in = fuzz_in(data, n), time = fuzz_part(&in, '\n'), spans = fuzz_part(&in, '\n');
	unsigned days = fuzz_pick(&in, 128);
	static struct calendar c;
	struct day_plan p = { .days = days };
	struct diag why = { .text = "" };
	int64_t at = 1795000000000;

	c = (struct calendar){ .offset_ms = 7 * HOUR_MS };
	while (in.n) {
		why.text[0] = '\0';
		must(!calendar_add_line(&c, fuzz_part(&in, '\n'), &why) || why.text[0]);
	}
	for (size_t i = 1; i < c.n_days; i++)
		must(c.days[i - 1].day < c.days[i].day);
	/* Year 9999 west of here ends in our year 10000, which is not written. */
	if (!calendar_parse(time, &at) && at >= -7 * HOUR_MS && at < 253370700000000)
		check_time(&c, at);
	if (!calendar_spans(spans, &p))
		check_open(&c, &p, at < 0 ? 0 : at, 5 * HOUR_MS);
	return 0;
}
