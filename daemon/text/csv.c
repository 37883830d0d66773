/* Cells nobody's spreadsheet calculates; see the header. */
#include "text/csv.h"

static bool
is_formula(struct sv cell)
{
	static const struct sv signs[] = { { "=", 1 }, { "+", 1 }, { "-", 1 }, { "@", 1 }, { "\t", 1 }, { "\r", 1 }, { "\n", 1 },
	                                   { "\xef\xbc\x9d", 3 }, { "\xef\xbc\x8b", 3 }, { "\xef\xbc\x8d", 3 },
	                                   { "\xef\xbc\xa0", 3 } };

	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (sv_starts(cell, signs[i]))
			return true;
	return false;
}

void
csv_plain(struct csv_out *o, struct sv cell)
{
	if (o->inside)
		sbuf_addc(o->b, ',');
	o->inside = true;
	sbuf_addsv(o->b, cell);
}

void
csv_text(struct csv_out *o, struct sv cell)
{
	csv_plain(o, SV("\""));
	if (is_formula(cell))
		sbuf_addc(o->b, '\'');
	for (size_t i = 0; i < cell.n; i++) {
		if (cell.p[i] == '"')
			sbuf_addc(o->b, '"');
		sbuf_addc(o->b, cell.p[i]);
	}
	sbuf_addc(o->b, '"');
}

void
csv_int(struct csv_out *o, int64_t value)
{
	csv_plain(o, SV(""));
	sbuf_addi(o->b, value);
}

void
csv_end(struct csv_out *o)
{
	sbuf_addc(o->b, '\n');
	o->inside = false;
}
