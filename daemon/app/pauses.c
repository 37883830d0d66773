/* Pauses as one small record, "v=3\nsms\nall\n"; see the header. */
#include "app/pauses.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"

#define AGAIN_MS  (30 * SEC_MS)          /* another instance may have been told */
#define NAMES_MAX 640                    /* sixteen channels and "all" */
#define ALL       "all"

struct pauses {
	struct engine     *e;
	struct loop_timer *timer;
	bool               known, reading;
	int64_t            version;          /* of the record, 0 = there is none */
	char               names[NAMES_MAX];
	/* The change under way: what stands is read, written, and read again, so that the answer tells what holds. */
	enum { IDLE, READING, WRITING, CONFIRMING } step;
	char               name[33];
	bool               on;
	pauses_done_fn    *done;
	void              *arg;
};

static bool
has(const struct pauses *p, const char *name)
{
	struct sv rest = sv_of(p->names);

	while (rest.p && rest.n)
		if (sv_is(sv_cut(&rest, ' '), name))
			return true;
	return false;
}

bool
pauses_known(const struct engine *e)
{
	return e->pauses && e->pauses->known;
}

bool
pauses_all(const struct engine *e)
{
	return e->pauses && has(e->pauses, ALL);
}

const char *
pauses_names(const struct engine *e)
{
	return e->pauses ? e->pauses->names : "";
}

void
pauses_apply(struct engine *e)
{
	const struct conf *conf = e->setup->conf;
	struct channel_stats s;

	if (!pauses_known(e))
		return;
	for (size_t i = 0; i < conf->n_channels; i++) {
		struct channel *c = e->setup->channels[i];
		bool want = has(e->pauses, conf->channels[i].name);

		c->ops->stats(c, &s);
		if (want != !strcmp(s.state, "paused"))
			c->ops->pause(c, want);
	}
}

/* ---- reading ---- */

static enum err
take(struct pauses *p, struct sv record)
{
	struct sv line;
	size_t n = 0;

	p->version = 0;
	p->names[0] = '\0';
	if (!record.p)
		return ERR_OK;
	line = sv_cut(&record, '\n');
	if (!sv_starts(line, SV("v=")) || num_parse((struct sv){ line.p + 2, line.n - 2 }, 1, INT64_MAX, &p->version))
		return ERR_CORRUPT;
	while (record.n) {
		line = sv_cut(&record, '\n');
		if (!line.n || n + line.n + 2 > sizeof p->names)
			return ERR_CORRUPT;
		n += (size_t)snprintf(p->names + n, sizeof p->names - n, "%s" SV_FMT, n ? " " : "", SV_ARG(line));
	}
	return ERR_OK;
}

static void write_change(struct pauses *p);

static void
end_change(struct pauses *p, enum err e)
{
	p->step = IDLE;
	p->done(p->arg, e);
}

static void
go_on(struct pauses *p, enum err e)
{
	if (p->step == READING && !e)
		write_change(p);
	else if (p->step == READING || p->step == CONFIRMING)
		end_change(p, e);
}

static void
on_record(void *arg, enum err e, const struct sv *v, size_t n)
{
	struct pauses *p = arg;

	p->reading = false;
	if (!e && (n != 1 || take(p, v[0]))) {
		e = ERR_CORRUPT;
		log_error("the record of pauses cannot be read; nothing is sent");
		p->known = false;
	}
	if (!e) {
		p->known = true;
		pauses_apply(p->e);
		ticker_room(p->e);
	}
	/* Until it is known what is paused nothing is sent: a store that was away is asked again soon. */
	loop_timer_start(p->timer, p->known || e == ERR_CORRUPT ? AGAIN_MS : SEC_MS);
	go_on(p, e);
}

static struct sv
key_of(const struct pauses *p, struct key *k)
{
	return name_global(k, p->e->prefix, "paused");
}

static enum err
read_record(struct pauses *p)
{
	struct key k;
	struct sv key = key_of(p, &k);
	enum err e = p->e->store->ops->get(p->e->store, &key, 1, on_record, p);

	p->reading = !e;
	return e;
}

static void
read_again(void *arg)
{
	struct pauses *p = arg;

	if (!p->reading && read_record(p))
		loop_timer_start(p->timer, p->known ? AGAIN_MS : SEC_MS);
}

/* ---- changing ---- */

static void
on_written(void *arg, enum err e)
{
	struct pauses *p = arg;

	if (!e) {
		log_notice("%s, channel=%s", p->on ? "paused" : "resumed", p->name);
		p->step = CONFIRMING;
		if (p->reading)
			return;
		e = read_record(p);
	}
	if (e)
		end_change(p, e);
}

static void
put_names(const struct pauses *p, struct sbuf *out)
{
	struct sv rest = sv_of(p->names), name;

	sbuf_addf(out, "v=%lld\n", (long long)p->version + 1);
	while (rest.p && rest.n) {
		name = sv_cut(&rest, ' ');
		if (!sv_is(name, p->name))
			sbuf_addf(out, SV_FMT "\n", SV_ARG(name));
	}
	if (p->on)
		sbuf_addf(out, "%s\n", p->name);
}

static void
write_change(struct pauses *p)
{
	struct store *st = p->e->store;
	char begins[32];
	AUTO_SBUF text;
	struct key k;
	struct sv key = key_of(p, &k);
	struct txn t;
	enum err e;

	sbuf_init(&text, 2 * NAMES_MAX);
	put_names(p, &text);
	txn_init(&t);
	record_version(p->version, begins);
	if (p->version)
		txn_begins(&t, key, sv_of(begins));
	else
		txn_absent(&t, key);
	txn_set(&t, key, sbuf_sv(&text), 0);
	p->step = WRITING;
	e = st->ops->commit(st, &t, on_written, p);
	txn_done(&t);
	if (e)
		end_change(p, e);
}

enum err
pauses_set(struct engine *e, const char *name, bool on, pauses_done_fn *done, void *arg)
{
	struct pauses *p = e->pauses;
	enum err bad;

	if (strcmp(name, ALL) != 0 && !conf_channel(e->setup->conf, sv_of(name)))
		return ERR_MISSING;
	if (!p || p->step || p->reading)
		return ERR_BUSY;
	if ((bad = read_record(p)))
		return bad;
	p->step = READING;
	snprintf(p->name, sizeof p->name, "%s", name);
	p->on = on;
	p->done = done;
	p->arg = arg;
	return ERR_OK;
}

void
pauses_start(struct engine *e)
{
	struct pauses *p = mem_alloc(sizeof *p);

	p->e = e;
	p->timer = loop_timer_new(e->loop, read_again, p);
	e->pauses = p;
	read_again(p);
}

void
pauses_stop(struct engine *e)
{
	if (!e->pauses)
		return;
	loop_timer_free(e->pauses->timer);
	mem_free(e->pauses);
	e->pauses = NULL;
}
