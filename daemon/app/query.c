/* Parameters of a query; see the header. */
#include "app/query.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"

#define ERRORS_MAX   (16 * 1024)
#define DAYS_USUALLY 30

void
query_init(struct query *q, struct call *c)
{
	q->c = c;
	sbuf_init(&q->errors, ERRORS_MAX);
}

bool
query_done(struct query *q)
{
	bool right = !q->errors.n;

	if (!right) {
		sbuf_addc(&q->errors, ']');
		call_problem(q->c, 400, "the query is not as it must be", sbuf_sv(&q->errors));
	}
	sbuf_done(&q->errors);
	return right;
}

void
query_fault(struct query *q, const char *name, const char *fmt, ...)
{
	struct json_out j;
	char detail[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(detail, sizeof detail, fmt, ap);
	va_end(ap);
	sbuf_addc(&q->errors, q->errors.n ? ',' : '[');
	json_begin(&j, &q->errors);
	json_text(&j, "field", name);
	json_text(&j, "detail", detail);
	json_end(&j);
}

static bool
is_there(struct sv query, const char *name)
{
	while (query.p) {
		struct sv value = sv_cut(&query, '&');

		if (sv_is(sv_cut(&value, '='), name))
			return true;
	}
	return false;
}

bool
query_text(struct query *q, const char *name, char *out, size_t size)
{
	struct sv query = httpd_query(q->c->req);

	if (!is_there(query, name))
		return false;
	if (httpd_param(query, name, out, size, NULL))
		return true;
	query_fault(q, name, "is too long or not encoded as it must be");
	return false;
}

int
query_choice(struct query *q, const char *name, const char *const *names, int otherwise)
{
	char given[64], list[200] = "";
	size_t n = 0;

	if (!query_text(q, name, given, sizeof given))
		return otherwise;
	for (int i = 0; names[i]; i++) {
		if (!strcmp(names[i], given))
			return i;
		n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "", names[i]);
		must(n < sizeof list);
	}
	query_fault(q, name, "is none of %s", list);
	return otherwise;
}

int64_t
query_number(struct query *q, const char *name, int64_t min, int64_t max, int64_t otherwise)
{
	char given[32];
	int64_t v = otherwise;

	if (query_text(q, name, given, sizeof given) && num_parse(sv_of(given), min, max, &v))
		query_fault(q, name, "must be a number from %lld to %lld", (long long)min, (long long)max);
	return v;
}

static int32_t
day_or(struct query *q, const char *name, int32_t otherwise)
{
	char given[32];
	int32_t day = otherwise;

	if (query_text(q, name, given, sizeof given) && calendar_day_parse(sv_of(given), &day))
		query_fault(q, name, "must be a day, YYYY-MM-DD");
	return day;
}

void
query_days(struct query *q, int days_max, int32_t *from, int32_t *to)
{
	*to = day_or(q, "to", calendar_day(q->c->e->setup->conf->calendar, clock_wall_ms()));
	*from = day_or(q, "from", *to - (DAYS_USUALLY - 1));
	if (q->errors.n)
		return;
	if (*from > *to)
		query_fault(q, "from", "lies behind `to`");
	else if (*to - *from >= days_max)
		query_fault(q, "from", "at most %d days at once", days_max);
}
