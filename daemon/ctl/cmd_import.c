/*
 * Closed cases from a CSV file, through the same door as every other: a batch of JSON lines. The same file
 * may be imported again; what is known already stays as it is. Bad lines go to FILE.rejects.csv.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <csv.h>

#include "base/mem.h"
#include "ctl/client.h"

#define BATCH       500
#define FILE_LIMIT  (256 * 1024 * 1024)
#define COLUMNS_MAX 32

/* Column -> where its value goes in the JSON of a case. */
static const struct column { const char *name, *group, *key; bool flag; } columns[] = {
	{ "case_id", NULL, "case_id", false }, { "closed_at", NULL, "closed_at", false }, { "outcome", NULL, "outcome", false },
	{ "phone", NULL, "phone", false }, { "zalo_user_id", NULL, "zalo_user_id", false },
	{ "procedure", NULL, "procedure", false }, { "received_at", NULL, "received_at", false },
	{ "due_at", NULL, "due_at", false }, { "no_contact", NULL, "no_contact", true },
	{ "unit_receiving", "units", "receiving", false }, { "unit_handling", "units", "handling", false },
	{ "unit_returning", "units", "returning", false }, { "officer_receiving", "officers", "receiving", false },
	{ "officer_handling", "officers", "handling", false }, { "officer_returning", "officers", "returning", false },
};

struct import {
	const char          *name, *path;
	struct client       *client;
	const struct column *at[COLUMNS_MAX];
	size_t               n_columns, field;
	bool                 header_read, bad_header, too_wide;
	json_t              *row;
	long                 line, lines[BATCH];     /* of the batch's rows, in the file */
	size_t               n;
	struct sbuf          batch;
	FILE                *rejects;
	long                 taken, known, rejected, total;
	enum ctl_exit        exit;
};

/* ---- one batch ---- */

static void
reject(struct import *m, long line, const char *field, const char *reason)
{
	if (!m->rejects) {
		AUTO_SBUF path;

		sbuf_init(&path, 8192);
		sbuf_addf(&path, "%s.rejects.csv", m->path);
		if (!path.failed)
			m->rejects = fopen(path.p, "we");
		if (!m->rejects) {
			m->exit = ctl_fail(CTL_NO, m->name, "%s.rejects.csv cannot be written", m->path);
			return;
		}
		fputs("line,field,reason\n", m->rejects);
	}
	fprintf(m->rejects, "%ld,", line);
	csv_fwrite(m->rejects, field, strlen(field));
	fputc(',', m->rejects);
	csv_fwrite(m->rejects, reason, strlen(reason));
	fputc('\n', m->rejects);
}

static void
take_answer(struct import *m, long line, const json_t *a)
{
	long long status = json_integer_value(json_object_get(a, "status"));
	const json_t *errors = json_object_get(a, "errors"), *f;
	const char *detail = json_string_value(json_object_get(a, "detail"));
	size_t i;

	if (status == 202)
		m->taken++;
	else if (status == 200)
		m->known++;
	else
		m->rejected++;
	if (status == 200 || status == 202)
		return;
	if (!json_array_size(errors))
		reject(m, line, "", detail ? detail : "not taken");
	json_array_foreach(errors, i, f)
		reject(m, line, json_string_value(json_object_get(f, "field")), json_string_value(json_object_get(f, "detail")));
}

static void
flush(struct import *m)
{
	struct client_answer a;
	struct sv rest;

	if (!m->n || m->exit)
		return;
	m->exit = client_call(m->client, "/v1/cases", "application/x-ndjson", sbuf_sv(&m->batch), &a);
	if (!m->exit && a.status != 200)
		m->exit = client_complain(m->name, &a);
	rest = sbuf_sv(&a.text);
	for (size_t i = 0; !m->exit && i < m->n && rest.n; i++) {
		struct sv line = sv_cut(&rest, '\n');
		json_t *one = json_loadb(line.p, line.n, 0, NULL);

		take_answer(m, m->lines[i], one);
		json_decref(one);
	}
	client_answer_done(&a);
	sbuf_reset(&m->batch);
	m->n = 0;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%ld of %ld lines", m->line, m->total);
}

/* ---- rows ---- */

static void
on_header(struct import *m, const char *s, size_t n)
{
	struct sv name = sv_trim((struct sv){ s, n });

	if (m->n_columns == COLUMNS_MAX) {
		m->bad_header = true;
		return;
	}
	m->at[m->n_columns] = NULL;
	for (size_t i = 0; i < ARRAY_N(columns); i++)
		if (sv_is_nocase(name, columns[i].name))
			m->at[m->n_columns] = &columns[i];
	if (!m->at[m->n_columns]) {
		m->bad_header = true;
		ctl_fail(CTL_NO, m->name, "%s:1: column \"" SV_FMT "\" is not known", m->path, SV_ARG(name));
	}
	m->n_columns++;
}

static void
on_field(void *s, size_t n, void *arg)
{
	struct import *m = arg;
	const struct column *c;
	struct sv v = sv_trim((struct sv){ s, n });
	json_t *to, *value;

	if (!m->header_read) {
		on_header(m, s, n);
		return;
	}
	c = m->field < m->n_columns ? m->at[m->field] : NULL;
	m->too_wide |= m->field++ >= m->n_columns && v.n;
	if (!c || !v.n)
		return;
	if (!m->row)
		m->row = json_object();
	value = c->flag && (sv_is_nocase(v, "true") || sv_is(v, "1"))     ? json_true()
	        : c->flag && (sv_is_nocase(v, "false") || sv_is(v, "0")) ? json_false()
	                                                                  : json_stringn(v.p, v.n);
	if (!value)
		value = json_string("\x01");             /* not UTF-8: the door names the field */
	to = m->row;
	if (c->group && !(to = json_object_get(m->row, c->group))) {
		to = json_object();
		json_object_set_new(m->row, c->group, to);
	}
	json_object_set_new(to, c->key, value);
}

static void
check_header(struct import *m)
{
	static const char *const needed[] = { "case_id", "closed_at", "unit_handling" };
	size_t at;

	m->header_read = true;
	for (size_t i = 0; i < ARRAY_N(needed) && !m->bad_header; i++) {
		for (at = 0; at < m->n_columns && strcmp(m->at[at]->name, needed[i]) != 0; at++)
			;
		if (at == m->n_columns) {
			m->bad_header = true;
			ctl_fail(CTL_NO, m->name, "%s:1: column \"%s\" is missing", m->path, needed[i]);
		}
	}
}

static void
on_row(int end, void *arg)
{
	struct import *m = arg;
	bool too_wide = m->too_wide;
	char *dump;

	(void)end;
	m->line++;
	m->field = 0;
	m->too_wide = false;
	if (!m->header_read) {
		check_header(m);
		return;
	}
	if (!m->row)
		return;
	if (too_wide) {
		m->rejected++;
		reject(m, m->line, "", "has more fields than the header");
	} else if ((dump = json_dumps(m->row, JSON_COMPACT))) {
		sbuf_adds(&m->batch, dump);
		sbuf_addc(&m->batch, '\n');
		m->lines[m->n++] = m->line;
		free(dump);                              /* jansson's memory */
	}
	json_decref(m->row);
	m->row = NULL;
	if (m->n == BATCH)
		flush(m);
}

static enum ctl_exit
run(struct import *m, struct sv file)
{
	struct csv_parser p;
	size_t done = sv_starts(file, SV("\xef\xbb\xbf")) ? 3 : 0;

	for (size_t i = 0; i < file.n; i++)
		m->total += file.p[i] == '\n';
	if (csv_init(&p, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL))
		return ctl_fail(CTL_NO, m->name, "out of memory");
	while (done < file.n && !m->exit && !m->bad_header) {
		size_t piece = file.n - done < 65536 ? file.n - done : 65536;

		if (csv_parse(&p, file.p + done, piece, on_field, on_row, m) != piece) {
			m->exit = ctl_fail(CTL_NO, m->name, "%s:%ld: %s", m->path, m->line + 1, csv_strerror(csv_error(&p)));
			break;
		}
		done += piece;
	}
	if (!m->exit && !m->bad_header && csv_fini(&p, on_field, on_row, m))
		m->exit = ctl_fail(CTL_NO, m->name, "%s: ends inside quotes", m->path);
	csv_free(&p);
	if (!m->exit && !m->header_read)
		m->exit = ctl_fail(CTL_NO, m->name, "%s: is empty; the first line names the columns", m->path);
	if (m->bad_header || m->exit)
		return CTL_NO;
	flush(m);
	return m->exit;
}

static void
report(const struct ctl *c, const struct import *m)
{
	if (isatty(STDERR_FILENO))
		fputc('\n', stderr);
	printf(c->json ? "{\"taken\":%ld,\"known\":%ld,\"rejected\":%ld}\n" : "taken %ld, known already %ld, rejected %ld\n",
	       m->taken, m->known, m->rejected);
	if (m->rejected && !c->json)
		printf("see %s.rejects.csv\n", m->path);
}

enum ctl_exit
cmd_import(const struct ctl *c, int argc, char **argv)
{
	struct import m = { .name = argv[0] };
	AUTO_SBUF file;
	enum ctl_exit e;
	enum err bad;

	if (argc != 2)
		return ctl_usage(argv[0], "needs one file");
	m.path = argv[1];
	sbuf_init(&file, FILE_LIMIT + 1);
	sbuf_init(&m.batch, FILE_LIMIT);
	if ((bad = ctl_read_file(argv[1], FILE_LIMIT, &file)))
		return ctl_fail(CTL_NO, argv[0], "%s: %s", argv[1], err_text(bad));
	if (!(m.client = client_new(c, argv[0])))
		return CTL_DOWN;
	e = run(&m, sbuf_sv(&file));
	client_free(m.client);
	sbuf_done(&m.batch);
	json_decref(m.row);
	if (m.rejects)
		fclose(m.rejects);
	if (!e)
		report(c, &m);
	return e ? e : m.rejected ? CTL_NO : CTL_DONE;
}
