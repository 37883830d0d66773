/* A case as JSON: taken whole and bounded, or refused with faults that are JSON themselves. */
#include <jansson.h>

#include "app/case_json.h"
#include "fuzz.h"

#define NOW_MS     1795000000000LL
#define ERRORS_MAX (64 * 1024)           /* as intake gives */

static void
check_errors(struct sv errors)
{
	json_error_t why;
	json_t *list = json_loadb(errors.p, errors.n, 0, &why), *one;
	size_t i;

	must(json_is_array(list) && json_array_size(list) > 0);
	json_array_foreach(list, i, one) {
		const char *field = json_string_value(json_object_get(one, "field"));
		const char *detail = json_string_value(json_object_get(one, "detail"));

		must(field && (!field[0] || field[0] == '/'));
		must(detail && detail[0]);
	}
	json_decref(list);
}

static void
check_text(const char *text, size_t size)
{
	size_t n = strnlen(text, size);

	must(n < size && fuzz_is_utf8((struct sv){ text, n }));
	for (size_t i = 0; i < n; i++)
		must((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
}

static void
check_case(const struct closed_case *c)
{
	AUTO_SBUF text;
	char name[12];

	must(c->case_id[0] && c->units[CASE_HANDLING][0]);
	must(c->outcome >= 0 && c->outcome < OUTCOME_MAX);
	check_text(c->case_id, sizeof c->case_id);
	check_text(c->phone, sizeof c->phone);
	check_text(c->zalo_user_id, sizeof c->zalo_user_id);
	check_text(c->procedure, sizeof c->procedure);
	for (int i = 0; i < CASE_PARTS; i++) {
		check_text(c->units[i], sizeof c->units[i]);
		check_text(c->officers[i], sizeof c->officers[i]);
	}
	case_short(c, name);
	must(strnlen(name, sizeof name) < sizeof name);
	sbuf_init(&text, 4096);                  /* as intake gives */
	case_canonical(c, "84912345678", &text);
	must(!text.failed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct closed_case c;
	AUTO_SBUF errors;

	sbuf_init(&errors, ERRORS_MAX);
	if (case_json_read(fuzz_in(data, n), NOW_MS, &c, &errors)) {
		must(!errors.failed);
		check_errors(sbuf_sv(&errors));
	} else {
		must(!errors.n);
		check_case(&c);
	}
	return 0;
}
