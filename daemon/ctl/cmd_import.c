/*
 * Closed cases from a CSV file, through the same door as every other: a batch of JSON lines. The same file
 * may be imported again; what is known already stays as it is. Bad lines go to FILE.rejects.csv.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <csv.h>

#include "base/mem.h"
#include "ctl/client.h"

#define BATCH       500
#define BATCH_BYTES (4 * 1024 * 1024)        /* the door takes 8 MiB */
#define ROW_BYTES   (64 * 1024)              /* more than all fields of a case together */
#define FILE_LIMIT  (256 * 1024 * 1024)

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
	const struct column *at[ARRAY_N(columns)];
	size_t               n_columns, field;
	bool                 header_read, bad_header, too_wide;
	json_t              *row;
	long                 line, row_line;         /* being read; where the open row began, 0 = none is open */
	struct row { long line; const char *fault; } rows[BATCH];   /* fault: seen here, the row is not in the batch */
	size_t               n;
	struct sbuf          batch;
	FILE                *rejects;                /* opened for the first one */
	struct sbuf          rejects_path;
	bool                 refused;                /* the daemon could not take some row now */
	long                 taken, known, rejected, total;
	enum ctl_exit        exit;
};

/* ---- one batch ---- */

/* field and reason may be NULL: they come from the daemon. */
static void
reject(struct import *m, long line, const char *field, const char *reason)
{
	if (!m->rejects && !(m->rejects = fopen(m->rejects_path.p, "we"))) {
		m->exit = ctl_fail(CTL_NO, m->name, "%s: %s", m->rejects_path.p, strerror(errno));
		return;
	}
	field = field ? field : "";
	reason = reason ? reason : "not taken";
	if (!ftell(m->rejects))
		fputs("line,field,reason\n", m->rejects);
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
	size_t i;

	if (status == 202 || status == 200) {
		*(status == 202 ? &m->taken : &m->known) += 1;
		return;
	}
	m->rejected++;
	m->refused |= status >= 500;
	if (!json_array_size(errors))
		reject(m, line, "", json_string_value(json_object_get(a, "detail")));
	json_array_foreach(errors, i, f)
		reject(m, line, json_string_value(json_object_get(f, "field")), json_string_value(json_object_get(f, "detail")));
}

/* What became of each row, in the order of the file. */
static void
take_answers(struct import *m, struct sv answers)
{
	for (size_t i = 0; !m->exit && i < m->n; i++) {
		struct sv one;
		json_t *answer;

		if (m->rows[i].fault) {
			m->rejected++;
			reject(m, m->rows[i].line, "", m->rows[i].fault);
			continue;
		}
		if (!answers.n) {
			m->exit = ctl_fail(CTL_DOWN, m->name, "no answer to line %ld and those after it; import again", m->rows[i].line);
			return;
		}
		one = sv_cut(&answers, '\n');
		answer = json_loadb(one.p, one.n, 0, NULL);
		take_answer(m, m->rows[i].line, answer);
		json_decref(answer);
	}
}

static void
flush(struct import *m)
{
	struct client_answer a = { .status = 200 };

	if (m->batch.n && !m->exit) {
		m->exit = client_call(m->client, "/v1/cases", "application/x-ndjson", sbuf_sv(&m->batch), &a);
		if (!m->exit && a.status != 200)
			m->exit = client_complain(m->name, &a);
	}
	take_answers(m, sbuf_sv(&a.text));
	client_answer_done(&a);
	sbuf_reset(&m->batch);
	m->n = 0;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%ld of %ld lines", m->line, m->total);
}

/* ---- rows ---- */

static void
on_header(struct import *m, struct sv name)
{
	const struct column *c = NULL;
	bool twice = false;

	for (size_t i = 0; i < ARRAY_N(columns); i++)
		if (sv_is_nocase(name, columns[i].name))
			c = &columns[i];
	for (size_t i = 0; i < m->n_columns; i++)
		twice |= m->at[i] == c;
	if (c && !twice) {
		m->at[m->n_columns++] = c;
		return;
	}
	m->bad_header = true;
	ctl_fail(CTL_NO, m->name, "%s:%ld: column \"" SV_FMT "\" is %s", m->path, m->row_line, SV_ARG(name),
	         twice ? "there twice" : "not known");
}

static void
on_field(void *s, size_t n, void *arg)
{
	struct import *m = arg;
	const struct column *c;
	struct sv v = sv_trim((struct sv){ s, n });
	json_t *to, *value;

	if (!m->header_read) {
		on_header(m, v);
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
			ctl_fail(CTL_NO, m->name, "%s:%ld: column \"%s\" is missing", m->path, m->row_line, needed[i]);
		}
	}
}

/* Puts the row that has been read into the batch, or says why it cannot go there. */
static const char *
add_row(struct import *m)
{
	char *dump = m->too_wide ? NULL : json_dumps(m->row, JSON_COMPACT);
	const char *fault = m->too_wide ? "has more fields than the header" : !dump ? "is not text" : NULL;

	if (dump && strlen(dump) > ROW_BYTES)
		fault = "is too long";
	if (!fault) {
		sbuf_adds(&m->batch, dump);
		sbuf_addc(&m->batch, '\n');
	}
	mem_free_lib(dump);
	return fault;
}

static void
on_row(int end, void *arg)
{
	struct import *m = arg;

	(void)end;
	if (!m->header_read) {
		check_header(m);
	} else if (m->row) {
		m->rows[m->n++] = (struct row){ m->row_line, add_row(m) };
		json_decref(m->row);
		m->row = NULL;
	}
	m->row_line = 0;
	m->field = 0;
	m->too_wide = false;
	if (m->n == BATCH || m->batch.n > BATCH_BYTES)
		flush(m);
}

/* Up to and with the next line end: LF, CR LF or CR. */
static struct sv
cut_line(struct sv *rest)
{
	size_t n = 0;

	while (n < rest->n && rest->p[n] != '\n' && rest->p[n] != '\r')
		n++;
	if (n + 1 < rest->n && rest->p[n] == '\r' && rest->p[n + 1] == '\n')
		n++;
	n += n < rest->n;
	*rest = (struct sv){ rest->p + n, rest->n - n };
	return (struct sv){ rest->p - n, n };
}

/* The parser is fed by lines, because only so is it known where a row began: a quoted field may hold line ends. */
static enum ctl_exit
read_rows(struct import *m, struct csv_parser *p, struct sv rest)
{
	while (rest.n && !m->exit && !m->bad_header) {
		struct sv line = cut_line(&rest);

		m->line++;
		if (!m->row_line && sv_trim(line).n)
			m->row_line = m->line;
		if (csv_parse(p, line.p, line.n, on_field, on_row, m) != line.n)
			return ctl_fail(CTL_NO, m->name, "%s:%ld: %s", m->path, m->line, csv_strerror(csv_error(p)));
	}
	if (!m->exit && !m->bad_header && csv_fini(p, on_field, on_row, m))
		return ctl_fail(CTL_NO, m->name, "%s:%ld: a quote that is never closed", m->path, m->row_line);
	return m->bad_header ? CTL_NO : m->exit;
}

static enum ctl_exit
run(struct import *m, struct sv file)
{
	struct csv_parser p;
	struct sv rest = file;

	if (sv_starts(file, SV("\xef\xbb\xbf")))
		file.p += 3, file.n -= 3;
	while (rest.n)
		m->total += cut_line(&rest).n > 0;
	if (csv_init(&p, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL))
		return ctl_fail(CTL_NO, m->name, "out of memory");
	m->exit = read_rows(m, &p, file);
	csv_free(&p);
	if (!m->exit && !m->header_read)
		return ctl_fail(CTL_NO, m->name, "%s: is empty; the first line names the columns", m->path);
	if (!m->exit)
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
		printf("see %s\n", m->rejects_path.p);
}

static enum ctl_exit
import(struct import *m, struct sv file)
{
	enum ctl_exit e;

	unlink(m->rejects_path.p);                   /* of an earlier run; there may be none now */
	e = run(m, file);
	if (m->rejects && fclose(m->rejects) && !e)
		e = ctl_fail(CTL_NO, m->name, "%s: %s", m->rejects_path.p, strerror(errno));
	json_decref(m->row);
	return e;
}

enum ctl_exit
cmd_import(const struct ctl *c, int argc, char **argv)
{
	struct import m = { .name = argv[0], .path = argv[1] };
	AUTO_SBUF file;
	enum ctl_exit e;
	enum err bad;

	if (argc != 2 || !strcmp(argv[1], "-"))      /* the rejects need a name */
		return ctl_usage(argv[0], "needs one file");
	sbuf_init(&file, FILE_LIMIT + 1);
	if ((bad = ctl_read_file(argv[1], FILE_LIMIT, &file)))
		return ctl_fail(CTL_NO, argv[0], "%s: %s", argv[1], err_text(bad));
	if (!(m.client = client_new(c, argv[0])))
		return CTL_DOWN;
	sbuf_init(&m.batch, BATCH_BYTES + 2 * ROW_BYTES);
	sbuf_init(&m.rejects_path, 8192);
	sbuf_addf(&m.rejects_path, "%s.rejects.csv", m.path);
	e = import(&m, sbuf_sv(&file));
	if (!e)
		report(c, &m);
	client_free(m.client);
	sbuf_done(&m.batch);
	sbuf_done(&m.rejects_path);
	return e ? e : m.refused ? CTL_DOWN : m.rejected ? CTL_NO : CTL_DONE;
}
