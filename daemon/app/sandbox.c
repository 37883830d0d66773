/* The sandbox's messages in one bounded stream; see the header. */
#include "app/sandbox.h"

#include <stdio.h>
#include <string.h>

#include "app/json.h"
#include "app/seals.h"
#include "base/clock.h"
#include "base/mem.h"

#define KEPT     1000
#define SHOWN    200
#define SEAL_MAX 8192
#define LIST_MAX (2 * 1024 * 1024)
#define PLACE    "sandbox"

static enum err
put(void *arg, const char *channel, const struct outmsg *m, shelf_done_fn *done, void *done_arg)
{
	struct engine *e = arg;
	AUTO_SBUF to, text;
	char at[24];
	struct key k;
	struct txn t;
	enum err bad;

	sbuf_init(&to, SEAL_MAX);
	sbuf_init(&text, SEAL_MAX);
	seal_text(e->setup->conf, PLACE, sv_of(m->to), &to);
	seal_text(e->setup->conf, PLACE, m->text, &text);
	snprintf(at, sizeof at, "%lld", (long long)clock_wall_ms());
	struct sv fields[] = { SV("at"), sv_of(at), SV("channel"), sv_of(channel), SV("to"), sbuf_sv(&to), SV("text"),
	                       sbuf_sv(&text), SV("ref"), sv_of(m->ref) };
	txn_init(&t);
	txn_xadd(&t, engine_key(e, &k, 0, "sandbox", ""), fields, ARRAY_N(fields), KEPT);
	bad = e->store->ops->commit(e->store, &t, done, done_arg);
	txn_done(&t);
	return bad;
}

struct shelf
sandbox_shelf(struct engine *e)
{
	return (struct shelf){ put, e };
}

struct listing {
	struct engine   *e;
	char             to[16];
	sandbox_list_fn *fn;
	void            *arg;
};

static struct sv
field(const struct store_entry *x, const char *name)
{
	for (size_t i = 0; i + 1 < x->n_fields; i += 2)
		if (sv_is(x->fields[i], name))
			return x->fields[i + 1];
	return (struct sv){ "", 0 };
}

static void
add_entry(struct listing *l, const struct store_entry *x, struct sbuf *out)
{
	const struct conf *conf = l->e->setup->conf;
	AUTO_SBUF to, text;
	struct json_out j;

	sbuf_init(&to, SEAL_MAX);
	sbuf_init(&text, SEAL_MAX);
	if (seal_open_text(conf, PLACE, field(x, "to"), &to) || seal_open_text(conf, PLACE, field(x, "text"), &text)
	    || (*l->to && !sv_is(sbuf_sv(&to), l->to)))
		return;
	if (out->n > 1)
		sbuf_addc(out, ',');
	json_begin(&j, out);
	json_sv(&j, "at", field(x, "at"));
	json_sv(&j, "channel", field(x, "channel"));
	json_sv(&j, "to", sbuf_sv(&to));
	json_sv(&j, "text", sbuf_sv(&text));
	json_sv(&j, "ref", field(x, "ref"));
	json_end(&j);
}

static void
on_page(void *arg, enum err e, const struct store_entry *x, size_t n)
{
	struct listing *l = arg;
	AUTO_SBUF out;

	sbuf_init(&out, LIST_MAX);
	sbuf_addc(&out, '[');
	while (!e && n--)                            /* newest first came in, oldest first goes out */
		add_entry(l, &x[n], &out);
	sbuf_addc(&out, ']');
	l->fn(l->arg, e, sbuf_sv(&out));
	mem_free(l);
}

enum err
sandbox_list(struct engine *e, const char *to, sandbox_list_fn *fn, void *arg)
{
	struct listing *l = mem_alloc(sizeof *l);
	struct key k;
	enum err bad;

	l->e = e;
	l->fn = fn;
	l->arg = arg;
	snprintf(l->to, sizeof l->to, "%s", to);
	bad = e->store->ops->page(e->store, engine_key(e, &k, 0, "sandbox", ""), SV("0"), true, SHOWN, on_page, l);
	if (bad)
		mem_free(l);
	return bad;
}
