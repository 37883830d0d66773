/* A CSV file with a header row, read by libcsv. It is fed line by line because libcsv counts no lines. */
#include "app/sheet.h"

#include <csv.h>

#include "app/file.h"
#include "base/mem.h"

#define FIELD_MAX 1024

struct feed {
	const char *path;
	const char *const *columns;
	size_t n_columns;
	size_t place[SHEET_COLUMNS_MAX];     /* field of the file -> column */
	struct sheet *out;
	struct conf_faults *faults;
	char  *fields[SHEET_COLUMNS_MAX];    /* of the row being read, in the file's order */
	size_t n_fields;                     /* may count past the array */
	int    line;                         /* where that row began */
	bool   header_seen, header_bad, row_open, row_bad, bad;
};

static void
clear_row(struct feed *f)
{
	for (size_t i = 0; i < f->n_columns; i++) {
		mem_free(f->fields[i]);
		f->fields[i] = NULL;
	}
	f->n_fields = 0;
	f->row_bad = f->row_open = false;
}

static void
on_field(void *text, size_t n, void *arg)
{
	struct feed *f = arg;
	struct sv s = sv_trim((struct sv){ text ? text : "", n });

	f->row_open = true;
	if (s.n > FIELD_MAX || (s.n && memchr(s.p, '\n', s.n))) {
		conf_fault_add(f->faults, f->path, f->line, "field %zu %s", f->n_fields + 1,
		               s.n > FIELD_MAX ? "is longer than 1024 bytes" : "has more than one line");
		f->row_bad = true;
	}
	if (f->n_fields < f->n_columns)
		f->fields[f->n_fields] = mem_dup(s.p, f->row_bad ? 0 : s.n);
	f->n_fields++;
}

static size_t
find_column(const struct feed *f, const char *name)
{
	size_t i = 0;

	while (i < f->n_columns && strcmp(f->columns[i], name) != 0)
		i++;
	return i;
}

static void
take_header(struct feed *f)
{
	bool there[SHEET_COLUMNS_MAX] = { false };
	size_t n = f->n_fields < f->n_columns ? f->n_fields : f->n_columns;

	f->header_seen = true;
	for (size_t i = 0; i < n; i++) {
		size_t c = find_column(f, f->fields[i]);

		if (c == f->n_columns || there[c]) {
			conf_fault_add(f->faults, f->path, f->line, "%s column \"%s\" in the header row",
			               c == f->n_columns ? "unknown" : "second", f->fields[i]);
			f->header_bad = true;
			continue;
		}
		there[c] = true;
		f->place[i] = c;
	}
	for (size_t c = 0; c < f->n_columns; c++)
		if (!there[c]) {
			conf_fault_add(f->faults, f->path, f->line, "column \"%s\" is missing in the header row", f->columns[c]);
			f->header_bad = true;
		}
	if (f->n_fields > f->n_columns) {
		conf_fault_add(f->faults, f->path, f->line, "%zu columns, %zu are known", f->n_fields, f->n_columns);
		f->header_bad = true;
	}
}

static void
take_row(struct feed *f)
{
	struct sheet *s = f->out;
	struct sheet_row *row;

	if (f->n_fields != f->n_columns) {
		conf_fault_add(f->faults, f->path, f->line, "%zu fields, must be %zu", f->n_fields, f->n_columns);
		f->row_bad = true;
	}
	if (f->row_bad)
		return;
	if ((s->n & (s->n - 1)) == 0)            /* doubles at each power of two */
		s->rows = mem_resize(s->rows, (s->n ? 2 * s->n : 1) * sizeof *s->rows);
	row = &s->rows[s->n++];
	*row = (struct sheet_row){ .line = f->line };
	for (size_t i = 0; i < f->n_columns; i++)
		row->fields[f->place[i]] = MEM_TAKE(f->fields[i]);
}

static void
on_row(int c, void *arg)
{
	struct feed *f = arg;

	(void)c;
	if (!f->header_seen)
		take_header(f);
	else if (!f->header_bad)
		take_row(f);
	f->bad = f->bad || f->row_bad || f->header_bad;
	clear_row(f);
}

static void
feed_lines(struct feed *f, struct csv_parser *csv, struct sv text)
{
	int line = 1;

	for (; text.n; line++) {
		const char *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) + 1 : text.n;

		/* A row open at a line's end has a line end inside quotes. */
		if (!f->row_open && csv->pstate <= 1)
			f->line = line;
		if (csv_parse(csv, text.p, n, on_field, on_row, f) != n)
			break;
		text.p += n;
		text.n -= n;
	}
	if (csv_error(csv) || csv_fini(csv, on_field, on_row, f)) {
		conf_fault_add(f->faults, f->path, f->line, "a quotation mark is wrong: %s", csv_strerror(csv_error(csv)));
		f->bad = true;
	}
}

static enum err
parse(struct feed *f, struct sv text)
{
	struct csv_parser csv;
	int bad;

	if (sv_starts(text, SV("\xef\xbb\xbf"))) {
		text.p += 3;
		text.n -= 3;
	}
	bad = file_bad_line(text);
	if (bad) {
		conf_fault_add(f->faults, f->path, bad, "not UTF-8 text, or a control character");
		return ERR_SYNTAX;
	}
	must(csv_init(&csv, CSV_STRICT | CSV_STRICT_FINI) == 0);
	feed_lines(f, &csv, text);
	csv_free(&csv);
	clear_row(f);
	if (!f->header_seen && !f->bad) {
		conf_fault_add(f->faults, f->path, 0, "is empty; a header row is needed");
		f->bad = true;
	}
	return f->bad ? ERR_SYNTAX : ERR_OK;
}

enum err
sheet_load(const char *path, const char *const *columns, struct sheet *out, struct conf_faults *faults)
{
	struct feed f = { .path = path, .columns = columns, .out = out, .faults = faults };
	AUTO_SBUF text;
	struct diag why;

	*out = (struct sheet){ 0 };
	while (columns[f.n_columns])
		f.n_columns++;
	must(f.n_columns <= SHEET_COLUMNS_MAX);
	sbuf_init(&text, SHEET_FILE_MAX);
	if (file_read(path, &text, &why)) {
		conf_fault_add(faults, path, 0, "%s", why.text);
		return ERR_SYNTAX;
	}
	return parse(&f, sbuf_sv(&text));
}

void
sheet_done(struct sheet *s)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t j = 0; j < SHEET_COLUMNS_MAX; j++)
			mem_free(s->rows[i].fields[j]);
	mem_free(s->rows);
	*s = (struct sheet){ 0 };
}
