/* export: scores and follow-ups from the streams, coverage from the counts; NDJSON, or CSV for a spreadsheet. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "ctl/client.h"
#include "text/csv.h"

#define PATH_MAX_BYTES 1024
#define LINE_MAX_BYTES (1024 * 1024)

struct export {
	const char    *name, *kind, *file;   /* file NULL = NDJSON to stdout */
	struct client *client;
	struct sbuf    range;                /* "from=...&to=..." */
	json_t        *columns;              /* names in the order of the first page; NULL = not known yet */
	FILE          *to;
	long           n;
};

/* ---- lines ---- */

static bool
is_plain(const char *s)
{
	return *s && strlen(s) <= 15 && strspn(s, "0123456789") == strlen(s);
}

static void
write_text(struct export *x, const struct sbuf *b)
{
	fwrite(b->p ? b->p : "", 1, b->n, x->to);
}

static void
write_head(struct export *x)
{
	AUTO_SBUF b;
	struct csv_out o = { &b, false };
	const json_t *name;
	size_t i;

	sbuf_init(&b, LINE_MAX_BYTES);
	json_array_foreach(x->columns, i, name)
		csv_text(&o, sv_of(json_string_value(name)));
	csv_end(&o);
	write_text(x, &b);
}

/* All names the first page knows: entries of an older daemon may have fewer. */
static void
find_columns(struct export *x, const json_t *entries)
{
	json_t *seen = json_object(), *entry, *value;
	const char *name;
	size_t i;

	json_array_foreach(entries, i, entry)
		json_object_foreach(entry, name, value)
			json_object_set_new(seen, name, json_true());
	x->columns = json_array();
	json_object_foreach(seen, name, value)
		json_array_append_new(x->columns, json_string(name));
	json_decref(seen);
	write_head(x);
}

static void
write_csv(struct export *x, const json_t *entry)
{
	AUTO_SBUF b;
	struct csv_out o = { &b, false };
	const json_t *name;
	size_t i;

	sbuf_init(&b, LINE_MAX_BYTES);
	json_array_foreach(x->columns, i, name) {
		const char *v = json_string_value(json_object_get(entry, json_string_value(name)));

		if (v && is_plain(v))
			csv_plain(&o, sv_of(v));
		else
			csv_text(&o, sv_of(v ? v : ""));
	}
	csv_end(&o);
	write_text(x, &b);
}

static void
write_json(struct export *x, const json_t *entry)
{
	json_dumpf(entry, x->to, JSON_COMPACT);
	fputc('\n', x->to);
}

static void
write_entries(struct export *x, const json_t *entries)
{
	json_t *entry;
	size_t i;

	if (x->file && !x->columns && json_array_size(entries))
		find_columns(x, entries);
	json_array_foreach(entries, i, entry) {
		if (x->file)
			write_csv(x, entry);
		else
			write_json(x, entry);
		x->n++;
	}
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%ld", x->n);
}

/* ---- asking ---- */

static enum ctl_exit
get(struct export *x, const char *path, struct client_answer *a)
{
	enum ctl_exit e = client_call(x->client, path, NULL, (struct sv){ NULL, 0 }, a);

	return !e && a->status != 200 ? client_complain(x->name, a) : e;
}

static enum ctl_exit
export_stream(struct export *x)
{
	AUTO_SBUF path, next;
	enum ctl_exit e;
	bool more = true;

	sbuf_init(&path, PATH_MAX_BYTES);
	sbuf_init(&next, PATH_MAX_BYTES);
	while (more) {
		struct client_answer a;
		const char *after;

		sbuf_reset(&path);
		sbuf_addf(&path, "/v1/export/%s?limit=1000%s%s", x->kind, x->range.n ? x->range.p : "", next.n ? next.p : "");
		e = get(x, path.p, &a);
		if (!e)
			write_entries(x, json_object_get(a.json, "entries"));
		after = json_string_value(json_object_get(a.json, "next"));
		more = !e && after;
		sbuf_reset(&next);
		sbuf_adds(&next, "&after=");
		sbuf_addurl(&next, sv_of(after ? after : ""));
		client_answer_done(&a);
		if (e)
			return e;
	}
	return CTL_DONE;
}

static enum ctl_exit
export_coverage(struct export *x)
{
	struct client_answer a;
	enum ctl_exit e;
	AUTO_SBUF path;

	sbuf_init(&path, PATH_MAX_BYTES);
	sbuf_addf(&path, "/v1/coverage?by=unit&format=%s%s", x->file ? "csv" : "json", x->range.n ? x->range.p : "");
	e = get(x, path.p, &a);
	if (!e && x->file)
		write_text(x, &a.text);
	else if (!e)
		write_entries(x, json_object_get(a.json, "rows"));
	client_answer_done(&a);
	return e;
}

static enum ctl_exit
run(struct export *x)
{
	enum ctl_exit e;

	x->to = x->file && strcmp(x->file, "-") != 0 ? fopen(x->file, "we") : stdout;
	if (!x->to)
		return ctl_fail(CTL_NO, x->name, "%s: %s", x->file, strerror(errno));
	e = strcmp(x->kind, "coverage") ? export_stream(x) : export_coverage(x);
	if (isatty(STDERR_FILENO))
		fputc('\n', stderr);
	if ((fflush(x->to) || ferror(x->to)) && !e)
		e = ctl_fail(CTL_NO, x->name, "%s: %s", x->file ? x->file : "stdout", strerror(errno));
	if (x->to != stdout && fclose(x->to) && !e)
		e = ctl_fail(CTL_NO, x->name, "%s: %s", x->file, strerror(errno));
	return e;
}

static bool
is_kind(const char *s)
{
	return !strcmp(s, "scores") || !strcmp(s, "followups") || !strcmp(s, "coverage");
}

static void
add_day(struct export *x, const char *name, const char *day)
{
	sbuf_addf(&x->range, "&%s=", name);
	sbuf_addurl(&x->range, sv_of(day));
}

enum ctl_exit
cmd_export(const struct ctl *c, int argc, char **argv)
{
	static const struct option options[] = { { "from", required_argument, NULL, 'f' }, { "to", required_argument, NULL, 't' },
	                                         { "csv", required_argument, NULL, 'c' }, { NULL, 0, NULL, 0 } };
	struct export x = { .name = argv[0] };
	enum ctl_exit e = CTL_DONE;
	int o;

	sbuf_init(&x.range, 256);
	while (!e && (o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == 'c')
			x.file = optarg;
		else if (o == 'f' || o == 't')
			add_day(&x, o == 'f' ? "from" : "to", optarg);
		else
			e = CTL_USAGE;               /* getopt has said why */
	}
	if (!e && (optind + 1 != argc || !is_kind(argv[optind]) || x.range.failed))
		e = ctl_usage(argv[0], "scores, followups or coverage, with --from DAY and --to DAY");
	if (!e) {
		x.kind = argv[optind];
		x.client = client_new(c, argv[0]);
		e = x.client ? run(&x) : CTL_DOWN;
	}
	client_free(x.client);
	json_decref(x.columns);
	sbuf_done(&x.range);
	return e;
}
