/* Setting types: how each is read from texts, bounded, printed and freed. */
#include "app/conf_types.h"

#include <limits.h>

#include "app/file.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"

#define STRING_MAX    1024
#define LIST_MAX      1000
#define DURATION_MAX  (3600 * DAY_MS)
#define WORK_MS_MAX   (1000 * HOUR_MS)
#define WORK_DAYS_MAX 250

/* ---- texts ---- */

static enum err
check_length(const struct setting *s, size_t n, struct diag *why)
{
	int64_t max = s->max ? s->max : STRING_MAX;

	if ((int64_t)n >= s->min && (int64_t)n <= max)
		return ERR_OK;
	if (n == 0)
		diag_set(why, 0, "%s must not be empty", s->name);
	else
		diag_set(why, 0, "%s: %zu bytes, must be %lld to %lld", s->name, n, (long long)s->min, (long long)max);
	return ERR_RANGE;
}

static enum err
check_text(const struct setting *s, const char *text, struct diag *why)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f) {
			diag_set(why, 0, "%s: control characters are not allowed", s->name);
			return ERR_SYNTAX;
		}
	/* Escapes may have made what the file itself must not hold. */
	if (file_bad_line(sv_of(text))) {
		diag_set(why, 0, "%s: not UTF-8 text", s->name);
		return ERR_SYNTAX;
	}
	return check_length(s, strlen(text), why);
}

static enum err
set_string(const struct setting *s, const struct conf_given *g, void *field, struct diag *why)
{
	enum err e = check_text(s, g->values[0], why);

	if (!e)
		*(char **)field = mem_strdup(g->values[0]);
	return e;
}

static enum err
set_path(const struct setting *s, const struct conf_given *g, void *field, struct diag *why)
{
	enum err e = check_text(s, g->values[0], why);
	char *path;

	if (e)
		return e;
	path = g->values[0][0] ? file_join(g->dir, g->values[0]) : mem_strdup("");
	if ((e = check_length(s, strlen(path), why)))
		mem_free(path);
	else
		*(char **)field = path;
	return e;
}

static struct sv
without_line_end(struct sv s)
{
	if (s.n && s.p[s.n - 1] == '\n')
		s.n--;
	if (s.n && s.p[s.n - 1] == '\r')
		s.n--;
	return s;
}

static enum err
take_secret(const struct setting *s, const char *path, struct sv text, void *field, struct diag *why)
{
	text = without_line_end(text);
	if (text.n == 0) {
		diag_set(why, 0, "%s: %s is empty", s->name, path);
		return ERR_SYNTAX;
	}
	if (memchr(text.p, '\0', text.n) || memchr(text.p, '\n', text.n)) {
		diag_set(why, 0, "%s: %s has more than one line, or a NUL", s->name, path);
		return ERR_SYNTAX;
	}
	if ((int64_t)text.n < s->min || (s->max && (int64_t)text.n > s->max)) {
		diag_set(why, 0, "%s: the secret in %s has %zu bytes, must be %lld to %lld", s->name, path, text.n,
		         (long long)s->min, (long long)(s->max ? s->max : CONF_SECRET_MAX));
		return ERR_RANGE;
	}
	*(char **)field = mem_dup(text.p, text.n);
	return ERR_OK;
}

static void
wipe(char *p, size_t n)
{
	if (p && n)
		explicit_bzero(p, n);
}

static enum err
set_secret(const struct setting *s, const struct conf_given *g, void *field, struct diag *why)
{
	AUTO_FREE char *path = NULL;
	AUTO_SBUF text;
	struct diag file;
	enum err e;

	if (g->values[0][0] == '\0' && !(s->flags & SETTING_NEEDED)) {
		*(char **)field = mem_strdup("");
		return ERR_OK;
	}
	if (g->values[0][0] == '\0') {
		diag_set(why, 0, "%s must name a file", s->name);
		return ERR_RANGE;
	}
	path = file_join(g->dir, g->values[0]);
	sbuf_init(&text, CONF_SECRET_MAX);
	e = file_secret(path, &text, &file);
	if (e)
		diag_set(why, 0, "%s: secret %s: %s", s->name, path, file.text);
	else
		e = take_secret(s, path, sbuf_sv(&text), field, why);
	wipe(text.p, text.n);
	return e;
}

static enum err
set_spans(const struct setting *s, const struct conf_given *g, void *field, struct diag *why)
{
	struct day_plan plan = { 0 };
	enum err e = check_text(s, g->values[0], why);

	if (e)
		return e;
	if (calendar_spans(sv_of(g->values[0]), &plan)) {
		diag_set(why, 0, "%s: \"%s\" is no span of the day; write \"08:00-20:00\" or \"07:30-11:30,13:30-17:00\"",
		         s->name, g->values[0]);
		return ERR_SYNTAX;
	}
	*(char **)field = mem_strdup(g->values[0]);
	return ERR_OK;
}

static void
done_text(void *field)
{
	mem_free(*(char **)field);
	*(char **)field = NULL;
}

static void
done_secret(void *field)
{
	char *p = *(char **)field;

	if (p)
		wipe(p, strlen(p));
	done_text(field);
}

static void
print_text(const struct setting *s, const void *field, struct sbuf *out)
{
	const char *p = *(char *const *)field;

	(void)s;
	sbuf_adds(out, p ? p : "");
}

static void
print_secret(const struct setting *s, const void *field, struct sbuf *out)
{
	const char *p = *(char *const *)field;

	(void)s;
	sbuf_adds(out, p && *p ? "***" : "");
}

/* ---- numbers ---- */

static enum err
set_int(const struct setting *s, const struct conf_given *g, void *field, struct diag *why)
{
	int64_t min = s->min, max = s->max;
	enum err e;

	if (min == 0 && max == 0)
		max = INT_MAX;
	e = num_parse(sv_of(g->values[0]), min, max, field);
	if (e)
		diag_set(why, 0, "%s: \"%s\" is no whole number from %lld to %lld", s->name, g->values[0], (long long)min,
		         (long long)max);
	return e;
}

static void
print_int(const struct setting *s, const void *field, struct sbuf *out)
{
	(void)s;
	sbuf_addi(out, *(const int64_t *)field);
}

static enum err
set_bool(const struct setting *s, const struct conf_given *g, void *field, struct diag *why)
{
	struct sv v = sv_of(g->values[0]);

	if (!sv_is(v, "true") && !sv_is(v, "false")) {
		diag_set(why, 0, "%s: \"%s\" is neither true nor false", s->name, g->values[0]);
		return ERR_SYNTAX;
	}
	*(bool *)field = sv_is(v, "true");
	return ERR_OK;
}

static void
print_bool(const struct setting *s, const void *field, struct sbuf *out)
{
	(void)s;
	sbuf_adds(out, *(const bool *)field ? "true" : "false");
}

static enum err
set_choice(const struct setting *s, const struct conf_given *g, void *field, struct diag *why)
{
	AUTO_SBUF all;

	for (int i = 0; s->choices[i]; i++)
		if (strcmp(s->choices[i], g->values[0]) == 0) {
			*(int *)field = i;
			return ERR_OK;
		}
	sbuf_init(&all, 150);
	for (int i = 0; s->choices[i]; i++)
		sbuf_addf(&all, "%s\"%s\"", i ? ", " : "", s->choices[i]);
	diag_set(why, 0, "%s: \"%s\" is none of %s", s->name, g->values[0], sbuf_sv(&all).p);
	return ERR_SYNTAX;
}

static void
print_choice(const struct setting *s, const void *field, struct sbuf *out)
{
	sbuf_adds(out, s->choices[*(const int *)field]);
}

/* ---- durations ---- */

struct unit_of_time { const char *name; int64_t ms; };

/* The largest that divides a value prints it; a month is thirty days and only read. */
static const struct unit_of_time units_of_time[] = {
	{ "mo", 30 * DAY_MS }, { "d", DAY_MS }, { "h", HOUR_MS }, { "m", MIN_MS }, { "s", SEC_MS }, { "ms", 1 },
};

/* "90s" -> 90 and the letters behind. */
static bool
split(struct sv text, int64_t *number, struct sv *letters)
{
	size_t n = 0;

	while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
		n++;
	*letters = (struct sv){ text.p + n, text.n - n };
	return num_parse((struct sv){ text.p, n }, 0, INT_MAX, number) == ERR_OK;
}

static bool
read_ms(struct sv text, int64_t *ms)
{
	struct sv letters;
	int64_t n;

	if (!split(text, &n, &letters))
		return false;
	for (size_t i = 0; i < ARRAY_N(units_of_time); i++)
		if (sv_is(letters, units_of_time[i].name))
			return !__builtin_mul_overflow(n, units_of_time[i].ms, ms);
	return false;
}

static void
add_ms(struct sbuf *out, int64_t ms)
{
	size_t i = 1;                            /* days: "30d" says more to an officer than "1mo" */

	if (ms == 0) {
		sbuf_adds(out, "0s");
		return;
	}
	while (ms % units_of_time[i].ms)
		i++;
	sbuf_addi(out, ms / units_of_time[i].ms);
	sbuf_adds(out, units_of_time[i].name);
}

static enum err
set_msec(const struct setting *s, const struct conf_given *g, void *field, struct diag *why)
{
	int64_t ms, max = s->max ? s->max : DURATION_MAX;
	AUTO_SBUF bounds;

	if (!read_ms(sv_of(g->values[0]), &ms)) {
		diag_set(why, 0, "%s: \"%s\" is no duration; write for example 90s, 30m, 2h, 7d or 12mo", s->name, g->values[0]);
		return ERR_SYNTAX;
	}
	if (ms < s->min || ms > max) {
		sbuf_init(&bounds, 60);
		add_ms(&bounds, s->min);
		sbuf_adds(&bounds, " to ");
		add_ms(&bounds, max);
		diag_set(why, 0, "%s: %s is not within %s", s->name, g->values[0], sbuf_sv(&bounds).p);
		return ERR_RANGE;
	}
	*(int64_t *)field = ms;
	return ERR_OK;
}

static void
print_msec(const struct setting *s, const void *field, struct sbuf *out)
{
	(void)s;
	add_ms(out, *(const int64_t *)field);
}

static enum err
set_work(const struct setting *s, const struct conf_given *g, void *field, struct diag *why)
{
	struct sv text = sv_of(g->values[0]), letters = { "", 0 };
	struct setting_work w = { 0, 0 };
	int64_t n = 0;

	if (split(text, &n, &letters) && sv_is(letters, "wd") && n >= 1 && n <= WORK_DAYS_MAX)
		w.days = (int)n;
	/* Days and months are refused: here they could mean either kind of day. */
	else if (sv_is(letters, "d") || sv_is(letters, "mo") || sv_is(letters, "wd") || !read_ms(text, &w.ms) ||
	         w.ms < 1 || w.ms > WORK_MS_MAX) {
		diag_set(why, 0, "%s: \"%s\" is no working time; write working hours (4h, 30m, up to 1000h) or working days "
		                 "(5wd, up to %d)", s->name, g->values[0], WORK_DAYS_MAX);
		return ERR_SYNTAX;
	}
	*(struct setting_work *)field = w;
	return ERR_OK;
}

static void
print_work(const struct setting *s, const void *field, struct sbuf *out)
{
	const struct setting_work *w = field;

	(void)s;
	if (w->days)
		sbuf_addf(out, "%dwd", w->days);
	else if (w->ms % HOUR_MS == 0)           /* never in days: 24h of working time are no day */
		sbuf_addf(out, "%lldh", (long long)(w->ms / HOUR_MS));
	else
		add_ms(out, w->ms);
}

/* ---- lists ---- */

static void
done_list(void *field)
{
	struct setting_list *l = field;

	for (size_t i = 0; i < l->n; i++)
		mem_free(l->at[i]);
	mem_free(l->at);
	*l = (struct setting_list){ 0 };
}

static enum err
check_list(const struct setting *s, const struct conf_given *g, struct diag *why)
{
	size_t max = s->max ? (size_t)s->max : LIST_MAX;

	if ((int64_t)g->n < s->min || g->n > max) {
		diag_set(why, 0, g->n ? "%s: %zu values, must be %lld to %zu" : "%s: the list is empty", s->name, g->n,
		         (long long)s->min, max);
		return ERR_RANGE;
	}
	for (size_t i = 0; i < g->n; i++) {
		struct setting one = { .name = s->name, .min = 1, .max = 256 };

		if (check_text(&one, g->values[i], why))
			return ERR_SYNTAX;
		for (size_t j = 0; j < i; j++)
			if (strcmp(g->values[i], g->values[j]) == 0) {
				diag_set(why, 0, "%s: \"%s\" is there twice", s->name, g->values[i]);
				return ERR_EXISTS;
			}
	}
	return ERR_OK;
}

static enum err
set_list(const struct setting *s, const struct conf_given *g, void *field, struct diag *why)
{
	struct setting_list l = { .n = g->n };
	enum err e = check_list(s, g, why);

	if (e)
		return e;
	l.at = mem_alloc((g->n + 1) * sizeof *l.at);
	for (size_t i = 0; i < g->n; i++)
		l.at[i] = mem_strdup(g->values[i]);
	*(struct setting_list *)field = l;
	return ERR_OK;
}

const struct conf_type conf_types[] = {
	[SETTING_STRING] = { .set = set_string, .done = done_text,   .print = print_text },
	[SETTING_PATH]   = { .set = set_path,   .done = done_text,   .print = print_text },
	[SETTING_SECRET] = { .set = set_secret, .done = done_secret, .print = print_secret },
	[SETTING_INT]    = { .set = set_int,    .print = print_int,  .bare = true },
	[SETTING_BOOL]   = { .set = set_bool,   .print = print_bool, .bare = true },
	[SETTING_MSEC]   = { .set = set_msec,   .print = print_msec },
	[SETTING_WORK]   = { .set = set_work,   .print = print_work },
	[SETTING_CHOICE] = { .set = set_choice, .print = print_choice },
	[SETTING_LIST]   = { .set = set_list,   .done = done_list,   .list = true },
	[SETTING_SPANS]  = { .set = set_spans,  .done = done_text,   .print = print_text },
};
