/* Answers and receipts; see the header. */
#include "app/inbox.h"

#include <stdio.h>
#include <string.h>

#include "app/seals.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/match.h"

#define FROM_MAX   32
#define SHA_HEX    64
#define SEAL_MAX   (8 * 1024)

struct arrival {
	struct change  ch;
	struct engine *e;
	enum inbound_kind kind;
	char           channel[33];
	char           earlier[65];          /* the name it had a minute before; "" = the provider names its events */
	char          *text;                 /* owned; MO */
	size_t         text_n;
	char           ref_id[SURVEY_ID + 1];    /* survey our own reference names, "" = none */
	int            ordinal;
	enum dlr_state dlr;
	char           detail[64];
	bool           staff;
	struct match_found found;
	char           other[12];            /* the other case that waits, as texts show it; "" = none */
	bool           unmatched;
	char           open[CITIZEN_OPEN][SURVEY_ID + 1];
	size_t         n_open;
	inbox_done_fn *done;
	void          *arg;
};

static void
finish(struct arrival *a, enum err e)
{
	/* Known already, or about something that means nothing any more: the provider has done its duty. */
	if (e == ERR_EXISTS || e == ERR_STATE || e == ERR_MISSING)
		e = ERR_OK;
	a->done(a->arg, e);
	if (a->text)
		explicit_bzero(a->text, a->text_n);
	mem_free(a->text);
	mem_free(a);
}

static void
on_changed(struct change *ch, enum err e)
{
	struct arrival *a = (struct arrival *)ch;

	if (!e && a->kind == INBOUND_MO)
		a->e->stats.replies++;
	if (!e && a->kind == INBOUND_DLR)
		a->e->stats.receipts++;
	finish(a, e);
}

/* ---- answers ---- */

static enum err
decide_unmatched(struct arrival *a)
{
	struct reading *r = &a->found.reading;

	a->unmatched = true;
	a->ch.holds_survey = false;
	a->ch.s.version = 0;
	reply_read(a->ch.setup->conf->lexicon, (struct sv){ a->text, a->text_n }, EXPECT_CLOSED,
	           a->staff ? SENDER_STAFF : SENDER_CITIZEN, r);
	(void)citizen_hears(&a->ch.c, r, a->ch.now_ms);
	return ERR_OK;
}

static size_t
characters(const char *text, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

static enum err
decide_reply(struct change *ch)
{
	struct arrival *a = (struct arrival *)ch;
	char followup[SURVEY_ID + 1];
	struct survey_event ev = { .kind = SURVEY_REPLY, .now_ms = ch->now_ms, .reading = &a->found.reading,
	                           .match = a->found.how, .other = *a->other ? a->other : NULL, .followup_id = followup,
	                           .characters = characters(a->text, a->text_n), .channel_name = a->channel };

	if (a->staff || a->found.at < 0)
		return decide_unmatched(a);
	a->unmatched = false;
	survey_id_make(ch->partition, engine_random(ch->e), followup);
	if (survey_step(&ch->s, &ch->c, &ch->setup->policy, &ev, &ch->acts))
		return decide_unmatched(a);
	ch->holds_survey = true;
	change_wake(ch);
	return ERR_OK;
}

static void
keep_text(struct arrival *a, struct txn *t)
{
	struct change *ch = &a->ch;
	char name[SURVEY_ID + 16];
	AUTO_SBUF sealed;
	struct key k;

	sbuf_init(&sealed, SEAL_MAX);
	snprintf(name, sizeof name, "%s.%d", ch->s.id, ch->s.replies);
	seal_text(ch->setup->conf, name, (struct sv){ a->text, a->text_n }, &sealed);
	txn_set(t, engine_key(ch->e, &k, ch->partition, "texts", name), sbuf_sv(&sealed),
	        ch->setup->conf->retention.text_ms);
}

/* Nobody can tie it to a survey: a person reads it. */
static void
queue_for_people(struct arrival *a, struct txn *t)
{
	struct change *ch = &a->ch;
	char at[24];
	AUTO_SBUF sealed;
	struct key k;

	sbuf_init(&sealed, SEAL_MAX);
	snprintf(at, sizeof at, "%lld", (long long)ch->now_ms);
	seal_text(ch->setup->conf, ch->once, (struct sv){ a->text, a->text_n }, &sealed);
	struct sv fields[] = {
		SV("v"), SV("1"), SV("at"), sv_of(at), SV("id"), sv_of(ch->once), SV("citizen"), sv_of(ch->citizen),
		SV("channel"), sv_of(a->channel), SV("sender"), a->staff ? SV("staff") : SV("citizen"),
		SV("kind"), sv_of(reply_kind_name(a->found.reading.kind)), SV("class"), sv_of(reply_class_name(a->found.reading.klass)),
		SV("rule"), sv_of(a->found.reading.rule), SV("text"), sbuf_sv(&sealed),
	};
	txn_xadd(t, engine_key(ch->e, &k, ch->partition, "unmatched", ""), fields, ARRAY_N(fields), 0);
}

static void
effects(struct change *ch, struct txn *t)
{
	struct arrival *a = (struct arrival *)ch;

	if (a->unmatched)
		queue_for_people(a, t);
	else if (ch->acts.keep_text)
		keep_text(a, t);
}

/* ---- which survey ---- */

/* A record that cannot be read is nobody's; the message then reaches a person. */
static size_t
read_surveys(const struct sv *values, size_t n, struct survey *out)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (values[i].p && !survey_read(values[i], &out[k]))
			k++;
	return k;
}

static void
choose(struct arrival *a, const struct sv *values, size_t n)
{
	struct change *ch = &a->ch;
	struct survey *open = mem_alloc((n + 1) * sizeof *open);
	const struct survey *at[CITIZEN_OPEN];
	struct match_hints hints = { a->ref_id, a->channel, { a->text, a->text_n }, ch->setup->conf->lexicon };

	n = read_surveys(values, n, open);
	for (size_t i = 0; i < n; i++)
		at[i] = &open[i];
	match_find(at, n, &hints, &ch->setup->policy, clock_wall_ms(), &a->found);
	memset(&ch->s, 0, sizeof ch->s);
	memset(a->other, 0, sizeof a->other);
	if (a->found.at >= 0) {
		ch->s = open[a->found.at];
		memcpy(ch->id, ch->s.id, sizeof ch->id);
	}
	if (a->found.other >= 0)
		case_short(&open[a->found.other].facts, a->other);
	mem_free(open);
}

static void
on_surveys(void *arg, enum err e, const struct sv *values, size_t n)
{
	struct arrival *a = arg;

	if (e || n != a->n_open) {
		change_end(&a->ch, e ? e : ERR_CORRUPT);
		return;
	}
	choose(a, values, n);
	change_loaded(&a->ch);
}

static void
read_open(struct arrival *a)
{
	struct store *st = a->e->store;
	struct sv keys[CITIZEN_OPEN];
	struct key k[CITIZEN_OPEN];
	enum err e;

	a->n_open = 0;
	for (int i = 0; i < CITIZEN_OPEN; i++)
		if (a->ch.c.open[i][0]) {
			keys[a->n_open] = engine_key(a->e, &k[i], a->ch.partition, "survey", a->ch.c.open[i]);
			a->n_open++;
		}
	if (!a->n_open) {
		choose(a, NULL, 0);
		change_loaded(&a->ch);
	} else if ((e = st->ops->get(st, keys, a->n_open, on_surveys, a))) {
		change_end(&a->ch, e);
	}
}

static void
on_citizen(void *arg, enum err e, const struct sv *v, size_t n)
{
	struct arrival *a = arg;

	if (!e && n < 2)
		e = ERR_CORRUPT;
	for (size_t i = 1; !e && i < n; i++)
		if (v[i].p)
			e = ERR_EXISTS;
	if (!e)
		e = change_take_citizen(&a->ch, v[0]);
	if (e)
		change_end(&a->ch, e);
	else
		read_open(a);
}

static void
load(struct change *ch)
{
	struct store *st = ch->e->store;
	struct arrival *a = (struct arrival *)ch;
	struct key kc, ki, ke;
	struct sv keys[] = { engine_key(ch->e, &kc, ch->partition, "citizen", ch->citizen),
	                     engine_key(ch->e, &ki, ch->partition, "in", ch->once),
	                     engine_key(ch->e, &ke, ch->partition, "in", a->earlier) };
	enum err e = st->ops->get(st, keys, *a->earlier ? 3 : 2, on_citizen, ch);

	if (e)
		change_end(ch, e);
}

/* ---- receipts ---- */

static enum err
decide_receipt(struct change *ch)
{
	struct arrival *a = (struct arrival *)ch;
	struct survey_event ev = { .kind = SURVEY_RECEIPT, .now_ms = ch->now_ms, .message = a->ordinal, .receipt = a->dlr,
	                           .receipt_detail = sv_of(a->detail) };

	if (!ch->s.version)
		return ERR_MISSING;
	ch->holds_survey = true;
	return survey_step(&ch->s, NULL, &ch->setup->policy, &ev, &ch->acts);
}

/* ---- the door ---- */

/* minute: only of an event that has no id. */
static void
name_event(const struct arrival *a, const struct inbound *ev, int64_t minute, char *out)
{
	AUTO_SBUF id;

	sbuf_init(&id, 2 * REPLY_TEXT_MAX + 1024);
	sbuf_adds(&id, a->channel);
	sbuf_addc(&id, '\n');
	if (ev->id.n) {
		sbuf_addsv(&id, ev->id);
	} else {
		sbuf_addsv(&id, ev->from);
		sbuf_addf(&id, "\n%lld\n", (long long)minute);
		sbuf_add(&id, a->text, a->text_n);
	}
	keyring_sha256(sbuf_sv(&id), out);
}

/* A provider without ids: the same words from the same phone in this minute or the one before are a repeat. */
static void
name_events(struct arrival *a, const struct inbound *ev)
{
	int64_t minute = clock_wall_ms() / MIN_MS;

	name_event(a, ev, minute, a->ch.once);
	if (!ev->id.n)
		name_event(a, ev, minute - 1, a->earlier);
}

static void
name_sender(struct arrival *a, struct sv from)
{
	const struct keyring *keys = a->e->setup->conf->keys;
	bool mobile;
	struct phone p;

	from.n = from.n < FROM_MAX ? from.n : FROM_MAX;
	mobile = phone_parse(from, &p, NULL) == PHONE_MOBILE;
	keyring_name(keys, mobile ? "phone" : "sender", mobile ? sv_of(p.e164) : from, CITIZEN_NAME, a->ch.citizen);
	a->ch.partition = name_partition(a->ch.citizen, a->e->partitions);
	a->staff = setup_has_name(&a->e->setup->staff, a->ch.citizen);
}

static void
prepare_reply(struct arrival *a, const struct inbound *ev)
{
	a->text_n = ev->text.n < REPLY_TEXT_MAX ? ev->text.n : REPLY_TEXT_MAX;
	a->text = mem_dup(ev->text.n ? ev->text.p : "", a->text_n);
	name_sender(a, ev->from);
	name_events(a, ev);
	a->ch.load = load;
	a->ch.decide = decide_reply;
	a->ch.effects = effects;
}

static void
refuse(void *arg)
{
	finish(arg, ERR_BUSY);
}

static void
ignore(void *arg)
{
	finish(arg, ERR_OK);
}

void
inbox_take(struct engine *e, const char *channel, const struct inbound *ev, inbox_done_fn *done, void *arg)
{
	struct arrival *a = mem_alloc(sizeof *a);
	bool ours = !message_ref_parse(ev->ref, a->ref_id, &a->ordinal);
	int partition;

	a->e = e;
	a->done = done;
	a->arg = arg;
	a->kind = ev->kind;
	a->dlr = ev->dlr;
	snprintf(a->channel, sizeof a->channel, "%s", channel);
	snprintf(a->detail, sizeof a->detail, "%.*s", (int)(ev->detail.n < 60 ? ev->detail.n : 60), ev->detail.p ? ev->detail.p : "");
	a->ch.e = e;
	a->ch.done = on_changed;
	if (ev->kind == INBOUND_MO) {
		prepare_reply(a, ev);
	} else if (ours && !survey_id_parse(sv_of(a->ref_id), a->ch.id, &partition) && partition < e->partitions) {
		a->ch.partition = partition;
		a->ch.decide = decide_receipt;
	} else {
		log_notice("receipt for no message of ours, channel=%s", a->channel);
		loop_later(e->loop, ignore, a);
		return;
	}
	if (change_start(&a->ch, false))
		loop_later(e->loop, refuse, a);
}
