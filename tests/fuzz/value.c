/* Values of settings: refused with a reason, or taken, printed and read again as the same. */
#include <jansson.h>

#include "app/conf_tables.h"
#include "app/conf_value.h"
#include "channel/kannel.h"
#include "fuzz.h"

#define VALUES_MAX 8

/* Every row of the daemon but secrets, which are files. */
static const struct setting *
pick_row(struct sv *in)
{
	const struct setting *rows[256], *s;
	unsigned n = 0;

	for (size_t i = 0; i < CONF_PARTS; i++)
		for (s = conf_parts[i].keys; s->name; s++)
			if (s->type != SETTING_SECRET)
				rows[n++] = s;
	for (s = kannel_keys; s->name; s++)
		if (s->type != SETTING_SECRET)
			rows[n++] = s;
	must(n <= ARRAY_N(rows));
	return rows[fuzz_pick(in, n)];
}

static void
check_json(const struct setting *s, const void *field)
{
	AUTO_SBUF text;
	json_error_t why;
	json_t *j;

	sbuf_init(&text, 1 << 20);
	value_print_json(s, field, &text);
	j = json_loadb(sbuf_sv(&text).p, text.n, JSON_DECODE_ANY, &why);
	must(j != NULL);
	json_decref(j);
}

/* As it is printed it can stand in a settings file. */
static void
check_again(const struct setting *s, const void *field)
{
	static const char *keys[] = { NULL, NULL };
	static const struct conf_names names[] = { { "", false, keys }, { NULL, false, NULL } };
	struct conf_faults faults = { 0 };
	struct conf_tree tree;
	struct diag why;
	char again[64] = { 0 };
	AUTO_SBUF text;

	keys[0] = s->name;
	sbuf_init(&text, 1 << 20);
	sbuf_addf(&text, "%s = ", s->name);
	value_print(s, field, &text);
	sbuf_addc(&text, '\n');
	must(!conf_surprises(sbuf_sv(&text), "x", &faults));
	must(!conf_file_parse(sbuf_sv(&text), "x", names, &tree, &faults) && !faults.n);
	must(!value_set(s, again, conf_item(&tree.sections[0], s->name), "/etc/hailong", &why));
	must(value_equal(s, field, again));
	value_done(s, again);
	conf_tree_done(&tree);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sv in = fuzz_in(data, n);
	struct setting s = *pick_row(&in);
	char *values[VALUES_MAX], field[64] = { 0 };
	struct conf_item item = { .key = mem_strdup(s.name), .values = values, .list = s.type == SETTING_LIST };
	struct diag why = { .text = "" };

	s.at = 0;
	do {
		struct sv v = fuzz_part(&in, '\0');

		values[item.n++] = mem_dup(v.p, v.n);
	} while (in.p && item.list && item.n < VALUES_MAX);
	if (value_set(&s, field, &item, "/etc/hailong", &why)) {
		must(why.text[0]);
	} else {
		check_json(&s, field);
		check_again(&s, field);
		value_done(&s, field);
	}
	for (size_t i = 0; i < item.n; i++)
		mem_free(values[i]);
	mem_free(item.key);
	return 0;
}
