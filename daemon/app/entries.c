/* What others read in our streams; see the header. Fields are flat strings, times wall ms. */
#include "app/entries.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "core/story.h"

#define SCHEMA "1"

/* A list of names and values with room for the numbers among them. */
struct fields {
	struct sv at[STORE_FIELDS_MAX];
	size_t    n;
	char      numbers[24][NUM_TEXT];
	int       n_numbers;
};

static void
add(struct fields *f, const char *name, const char *value)
{
	must(f->n + 2 <= STORE_FIELDS_MAX);
	f->at[f->n++] = sv_of(name);
	f->at[f->n++] = sv_of(value);
}

static void
add_number(struct fields *f, const char *name, int64_t value)
{
	char *p = f->numbers[f->n_numbers++];

	must(f->n_numbers <= (int)ARRAY_N(f->numbers));
	(void)num_format(value, p);
	add(f, name, p);
}

/* An unset number is an empty field: 0 would be a value. */
static void
add_if(struct fields *f, const char *name, int64_t value)
{
	if (value)
		add_number(f, name, value);
	else
		add(f, name, "");
}

static void
write_to(const struct change *ch, struct txn *t, const char *stream, const struct fields *f)
{
	struct key k;

	txn_xadd(t, engine_key(ch->e, &k, ch->partition, stream, ""), f->at, f->n, 0);
}

void
entries_events(struct change *ch, struct txn *t)
{
	const struct survey *s = &ch->s;

	for (int i = s->n_story - s->story_new; i < s->n_story; i++) {
		struct fields f = { .n = 0 };

		add(&f, "v", SCHEMA);
		add_number(&f, "at", s->story[i].at_ms);
		add(&f, "survey", s->id);
		add(&f, "event", story_name(s->story[i].code));
		add(&f, "detail", s->story[i].detail);
		write_to(ch, t, "events", &f);
	}
}

static void
add_case(struct fields *f, const struct survey *s)
{
	static const char *const units[] = { "unit_receiving", "unit_handling", "unit_returning" };
	static const char *const officers[] = { "officer_receiving", "officer_handling", "officer_returning" };

	add(f, "survey", s->id);
	add(f, "case", s->facts.case_id);
	for (int i = 0; i < CASE_PARTS; i++)
		add(f, units[i], s->facts.units[i]);
	for (int i = 0; i < CASE_PARTS; i++)
		add(f, officers[i], s->facts.officers[i]);
	add(f, "procedure", s->facts.procedure);
	add(f, "outcome", outcome_name((enum outcome)s->facts.outcome));
	add(f, "overdue", case_overdue(&s->facts) ? "1" : "0");
}

void
entries_score(struct change *ch, struct txn *t)
{
	const struct survey *s = &ch->s;
	struct fields f = { .n = 0 };
	char id[SURVEY_ID + 24], confidence[16];

	snprintf(id, sizeof id, "%s.%lld", s->id, (long long)s->version);
	snprintf(confidence, sizeof confidence, "%d.%02d", s->confidence_pct / 100, s->confidence_pct % 100);
	add(&f, "v", SCHEMA);
	add(&f, "id", id);
	add(&f, "kind", score_kind_name((int)ch->acts.score));
	add_case(&f, s);
	add(&f, "channel", s->channel_name);
	add_number(&f, "score", s->score);
	add_if(&f, "previous", ch->acts.previous);
	add(&f, "reasons", s->reasons);
	add(&f, "class", reply_class_name((enum reply_class)s->klass));
	add(&f, "rule", s->rule);
	add(&f, "confidence", confidence);
	add(&f, "match", match_name(s->match));
	add(&f, "citizen", s->citizen);
	add_number(&f, "closed_at", s->facts.closed_ms);
	add_if(&f, "asked_at", s->asked_ms);
	add_number(&f, "replied_at", s->replied_ms);
	add(&f, "late", s->late ? "1" : "0");
	write_to(ch, t, "scores", &f);
}

void
entries_count_name(int32_t day, enum tally_shelf shelf, char *out)
{
	char text[11];

	calendar_day_format(day, text);
	snprintf(out, ENTRIES_COUNT_NAME, "%s:%s", text, tally_shelf_name(shelf));
}

void
entries_counts(struct change *ch, struct txn *t)
{
	int32_t day = calendar_day(ch->setup->conf->calendar, ch->s.facts.closed_ms);
	struct tally_step steps[TALLY_STEPS_MAX];
	char field[TALLY_FIELD_MAX], name[ENTRIES_COUNT_NAME];
	struct tally is;
	struct key k;
	struct sv key;

	tally_of(&ch->s, &is);
	for (int shelf = 0; shelf < TALLY_SHELF_MAX; shelf++) {
		size_t n = tally_steps(&ch->s, &ch->tally_was, &is, (enum tally_shelf)shelf, steps);

		entries_count_name(day, (enum tally_shelf)shelf, name);
		key = engine_key(ch->e, &k, ch->partition, "count", name);
		for (size_t i = 0; i < n; i++)
			txn_hincrby(t, key, tally_field(&steps[i], field), steps[i].add);
	}
}

void
entries_followup(struct change *ch, struct txn *t)
{
	const struct survey *s = &ch->s;
	struct fields f = { .n = 0 };

	add(&f, "v", SCHEMA);
	add(&f, "id", s->followup);
	add(&f, "event", ch->acts.followup);
	add(&f, "state", "open");
	add(&f, "class", reply_class_name((enum reply_class)s->klass));
	add(&f, "survey", s->id);
	add(&f, "case", s->facts.case_id);
	add(&f, "unit", s->facts.units[CASE_HANDLING]);
	add(&f, "reasons", s->reasons);
	add_if(&f, "score", s->score);
	add_number(&f, "opened_at", ch->now_ms);
	add_if(&f, "due_at", ch->acts.followup_due_ms);
	add(&f, "by", "citizen");
	add(&f, "late", "0");
	add(&f, "verdict", "");
	write_to(ch, t, "followups", &f);
}
