/* Requests in Redis' protocol; see the header. */
#include "store/wire.h"

#include "base/num.h"
#include "port/store.h"

#define KEEP_BYTES  (128u << 10)
#define FRAME_BYTES (64u << 10)          /* lengths and names around the values */

void
wire_init(struct wire *w)
{
	*w = (struct wire){ 0 };
	sbuf_init(&w->text, STORE_BYTES_MAX + FRAME_BYTES);
}

void
wire_done(struct wire *w)
{
	sbuf_done(&w->text);
}

void
wire_rest(struct wire *w)
{
	if (w->text.size > KEEP_BYTES)
		sbuf_done(&w->text);
}

static void
number_line(struct sbuf *b, char kind, size_t n)
{
	char line[24];
	size_t at = sizeof line;

	line[--at] = '\n';
	line[--at] = '\r';
	do
		line[--at] = (char)('0' + n % 10);
	while (n /= 10);
	line[--at] = kind;
	sbuf_add(b, line + at, sizeof line - at);
}

static void
begin(struct wire *w, size_t parts)
{
	sbuf_reset(&w->text);
	w->script = SCRIPT_MAX;
	w->parts = parts;
	number_line(&w->text, '*', parts);
}

void
wire_add(struct wire *w, struct sv part)
{
	number_line(&w->text, '$', part.n);
	sbuf_add(&w->text, part.p, part.n);
	sbuf_add(&w->text, "\r\n", 2);
}

void
wire_number(struct wire *w, int64_t part)
{
	char text[NUM_TEXT];

	wire_add(w, num_format(part, text));
}

void
wire_command(struct wire *w, const char *verb, size_t n)
{
	begin(w, n + 1);
	wire_add(w, sv_of(verb));
}

void
wire_script(struct wire *w, enum script s, size_t keys, size_t args)
{
	begin(w, 3 + keys + args);
	wire_add(w, SV("EVALSHA"));
	wire_add(w, (struct sv){ script_sha(s), 40 });
	w->script = s;
	w->tail = w->text.n;
	wire_number(w, (int64_t)keys);
}

void
wire_whole(struct wire *w, enum script s, size_t parts, struct sv tail)
{
	begin(w, parts);
	wire_add(w, SV("EVAL"));
	wire_add(w, sv_of(script_body(s)));
	sbuf_addsv(&w->text, tail);
}
