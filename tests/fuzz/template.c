/* A text that was taken stays within its parts whatever is put into its holes. */
#include "core/template.h"
#include "fuzz.h"

static const unsigned allowed[] = { [false] = 1, [true] = 3 };

static void
check_render(const struct template_set *t, enum template_id id, bool marks, struct sv value)
{
	struct template_values v;
	struct segments s;
	struct diag why = { .text = "" };
	AUTO_SBUF out;
	enum err e;

	for (int i = 0; i < HOLE_MAX; i++)
		v.at[i] = value;
	sbuf_init(&out, 1 << 16);
	e = template_render(t, id, marks, &v, &out, &why);
	must(!e || e == ERR_SYNTAX || e == ERR_TOOBIG);          /* the value is no UTF-8, or much too long */
	if (e)
		return;
	must(!segments_count(sbuf_sv(&out), &s));
	must(s.parts <= allowed[marks] && (marks || !s.ucs2));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sv in = fuzz_in(data, n);
	enum template_id id = (enum template_id)fuzz_pick(&in, TEMPLATE_MAX), found;
	struct sv marked = fuzz_part(&in, '\0'), plain = fuzz_part(&in, '\0'), value = fuzz_rest(in);
	struct template_set t = { 0 };
	struct diag why = { .text = "" };

	must(template_find(sv_of(template_name(id)), &found) && found == id);
	if (template_set_text(&t, id, marked, plain, &why)) {
		must(why.text[0] && !t.marked[id] && !t.plain[id]);
	} else {
		check_render(&t, id, false, value);
		check_render(&t, id, true, value);
		check_render(&t, id, true, SV("ệệệệệệệệệệệệệệệệệệệệệệệệệệệệệệệệệệệệệệệệệệệệệ"));
	}
	template_set_done(&t);
	return 0;
}
