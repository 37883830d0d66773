/*
 * The sandbox's list from a store that may hold anything: one JSON list of what can be read.
 * Input: fields name=value, a field a line; "!" before a value seals it; an empty line ends an entry.
 */
#include <jansson.h>

#include "app/sandbox.h"
#include "app/seals.h"
#include "engine.h"

#define FIELDS_MAX 16

static void
add_value(const struct engine *e, struct sv value, struct sbuf *out)
{
	sbuf_init(out, 8192);
	if (sv_starts(value, SV("!")))
		seal_text(e->setup->conf, "sandbox", (struct sv){ value.p + 1, value.n - 1 }, out);
	else
		sbuf_addsv(out, value);
}

static void
done(void *arg, enum err e)
{
	(void)arg;
	must(!e);
}

static void
add_entry(struct engine *e, struct sv *in)
{
	struct sv fields[FIELDS_MAX], name, value = { "", 0 };
	struct sbuf values[FIELDS_MAX / 2];
	struct key k;
	struct txn t;
	size_t n = 0;

	while (in->n && n < FIELDS_MAX && (value = fuzz_part(in, '\n')).n) {
		name = fuzz_part(&value, '=');
		add_value(e, fuzz_rest(value), &values[n / 2]);
		fields[n] = name;
		fields[n + 1] = sbuf_sv(&values[n / 2]);
		n += 2;
	}
	if (!n)
		return;
	txn_init(&t);
	txn_xadd(&t, engine_key(e, &k, 0, "sandbox", ""), fields, n, 1000);
	must(!e->store->ops->commit(e->store, &t, done, NULL));
	txn_done(&t);
	for (size_t i = 0; i < n / 2; i++)
		sbuf_done(&values[i]);
}

static void
on_list(void *arg, enum err e, struct sv list)
{
	json_error_t why;
	json_t *j = json_loadb(list.p, list.n, JSON_ALLOW_NUL, &why), *one;
	size_t i;

	must(!e && json_is_array(j));
	json_array_foreach(j, i, one)
		must(json_object_size(one) == 5 && json_is_string(json_object_get(one, "text")));
	json_decref(j);
	loop_stop(arg);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sv in = fuzz_in(data, n);
	const char *to = fuzz_pick(&in, 2) ? "84912345678" : "";
	struct engine *e = fuzz_engine_start();

	for (int i = 0; in.n && i < 8; i++)
		add_entry(e, &in);
	must(!sandbox_list(e, to, on_list, e->loop));
	loop_run(e->loop);
	fuzz_engine_end(e);
	return 0;
}
