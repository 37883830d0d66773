/* Surveys and citizens as stored text, their ids and names. One table per struct; see core/record.h. */
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "core/record.h"
#include "core/survey.h"
#include "text/shortid.h"

#define NAMES(list, prefix, max) \
	static const char *const prefix##_names[max] = { list }

#define X(code, text) [SURVEY_##code] = text,
NAMES(SURVEY_STATE_LIST(X), survey_state, SURVEY_STATE_MAX);
#undef X
#define X(code, text) [NOT_ASKED_##code] = text,
NAMES(NOT_ASKED_LIST(X), not_asked, NOT_ASKED_MAX);
#undef X
#define X(code, text) [MESSAGE_##code] = text,
NAMES(MESSAGE_STATE_LIST(X), message_state, MESSAGE_STATE_MAX);
#undef X
#define X(code, text, pct) [MATCH_##code] = text,
NAMES(MATCH_LIST(X), match, MATCH_MAX);
#undef X
#define X(code, text) [SCORE_KIND_##code] = text,
NAMES(SCORE_KIND_LIST(X), score_kind, SCORE_KIND_MAX);
#undef X

#define NAME_OF(prefix, max) \
	const char *prefix##_name(int i) { return i >= 0 && i < (int)(max) ? prefix##_names[i] : ""; }

NAME_OF(survey_state, SURVEY_STATE_MAX)
NAME_OF(not_asked, NOT_ASKED_MAX)
NAME_OF(message_state, MESSAGE_STATE_MAX)
NAME_OF(match, MATCH_MAX)
NAME_OF(score_kind, SCORE_KIND_MAX)

int
match_pct(int match)
{
	static const int pct[MATCH_MAX] = {
#define X(code, text, pct) [MATCH_##code] = pct,
		MATCH_LIST(X)
#undef X
	};

	return match >= 0 && match < MATCH_MAX ? pct[match] : 0;
}

static const char *const labels[2][6] = {
	{ "", "Rat khong hai long", "Khong hai long", "Binh thuong", "Hai long", "Rat hai long" },
	{ "", "Rất không hài lòng", "Không hài lòng", "Bình thường", "Hài lòng", "Rất hài lòng" },
};

const char *
score_label(int score, bool marks)
{
	return score >= 1 && score <= 5 ? labels[marks][score] : "";
}

/* ---- tables ---- */

static const struct record_field case_fields[] = {
	RECORD_AT_TEXT(struct survey, "case", facts.case_id),
	RECORD_AT_I64(struct survey, "closed", facts.closed_ms),
	RECORD_AT_I64(struct survey, "received", facts.received_ms),
	RECORD_AT_I64(struct survey, "case_due", facts.due_ms),
	RECORD_AT_INT(struct survey, "outcome", facts.outcome, OUTCOME_MAX - 1),
	RECORD_AT_TEXT(struct survey, "procedure", facts.procedure),
	RECORD_AT_TEXT(struct survey, "unit_r", facts.units[CASE_RECEIVING]),
	RECORD_AT_TEXT(struct survey, "unit_h", facts.units[CASE_HANDLING]),
	RECORD_AT_TEXT(struct survey, "unit_t", facts.units[CASE_RETURNING]),
	RECORD_AT_TEXT(struct survey, "officer_r", facts.officers[CASE_RECEIVING]),
	RECORD_AT_TEXT(struct survey, "officer_h", facts.officers[CASE_HANDLING]),
	RECORD_AT_TEXT(struct survey, "officer_t", facts.officers[CASE_RETURNING]),
	RECORD_AT_BOOL(struct survey, "no_contact", facts.no_contact),
	RECORD_AT_TEXT(struct survey, "id", id),
	RECORD_AT_TEXT(struct survey, "citizen", citizen),
	RECORD_AT_INT(struct survey, "state", state, SURVEY_STATE_MAX - 1),
	RECORD_AT_INT(struct survey, "reason", reason, NOT_ASKED_MAX - 1),
	RECORD_AT_I64(struct survey, "made", made_ms),
	RECORD_AT_I64(struct survey, "send", send_ms),
	RECORD_AT_I64(struct survey, "asked", asked_ms),
	RECORD_AT_I64(struct survey, "replied", replied_ms),
	RECORD_AT_I64(struct survey, "ends", ends_ms),
	RECORD_AT_I64(struct survey, "remind", remind_ms),
	RECORD_AT_I64(struct survey, "due", due_ms),
	RECORD_AT_INT(struct survey, "channel", channel, 255),
	RECORD_AT_INT(struct survey, "score", score, 5),
	RECORD_AT_BOOL(struct survey, "late", late),
	RECORD_AT_INT(struct survey, "doubtful", doubtful, 5),
	RECORD_AT_TEXT(struct survey, "reasons", reasons),
	RECORD_AT_INT(struct survey, "class", klass, CLASS_MAX - 1),
	RECORD_AT_INT(struct survey, "replies", replies, 1000000),
	RECORD_AT_BOOL(struct survey, "clarified", clarified),
	RECORD_AT_BOOL(struct survey, "reason_asked", reason_asked),
	RECORD_AT_BOOL(struct survey, "which_asked", which_asked),
	RECORD_AT_BOOL(struct survey, "late_told", late_told),
	RECORD_AT_BOOL(struct survey, "legal_told", legal_told),
	RECORD_AT_BOOL(struct survey, "optout_confirmed", optout_confirmed),
	RECORD_AT_BOOL(struct survey, "reopened", reopened),
	RECORD_AT_BOOL(struct survey, "agent", agent),
	RECORD_AT_TEXT(struct survey, "other", other),
	RECORD_AT_TEXT(struct survey, "rule", rule),
	RECORD_AT_INT(struct survey, "confidence", confidence_pct, 100),
	RECORD_AT_INT(struct survey, "match", match, MATCH_MAX - 1),
	RECORD_AT_TEXT(struct survey, "followup", followup),
	RECORD_AT_I64(struct survey, "followup_due", followup_due_ms),
	RECORD_AT_TEXT(struct survey, "channel_name", channel_name),
	RECORD_AT_INT(struct survey, "story_cut", story_cut, 1000000),
	RECORD_END,
};

static const struct record_field message_fields[] = {
	RECORD_AT_INT(struct message, "text", text, TEMPLATE_MAX - 1),
	RECORD_AT_INT(struct message, "state", state, MESSAGE_STATE_MAX - 1),
	RECORD_AT_INT(struct message, "channel", channel, 255),
	RECORD_AT_INT(struct message, "attempts", attempts, 1000000),
	RECORD_AT_I64(struct message, "queued", queued_ms),
	RECORD_AT_I64(struct message, "next", next_ms),
	RECORD_AT_I64(struct message, "intent", intent_ms),
	RECORD_AT_I64(struct message, "sent", sent_ms),
	RECORD_AT_I64(struct message, "final", final_ms),
	RECORD_AT_I64(struct message, "charged", charged_ms),
	RECORD_AT_TEXT(struct message, "fence", fence),
	RECORD_AT_TEXT(struct message, "provider_id", provider_id),
	RECORD_END,
};

static const struct record_field story_fields[] = {
	RECORD_AT_I64(struct story_line, "at", at_ms),
	RECORD_AT_INT(struct story_line, "code", code, 255),
	RECORD_AT_TEXT(struct story_line, "detail", detail),
	RECORD_END,
};

static const struct record_field citizen_fields[] = {
	RECORD_AT_TEXT(struct citizen, "name", name),
	RECORD_AT_TEXT(struct citizen, "phone", phone),
	RECORD_AT_TEXT(struct citizen, "zalo", zalo),
	RECORD_AT_BOOL(struct citizen, "opted_out", opted_out),
	RECORD_AT_BOOL(struct citizen, "wrong_person", wrong_person),
	RECORD_AT_I64(struct citizen, "opted", opted_ms),
	RECORD_AT_I64(struct citizen, "asked", asked_ms),
	RECORD_AT_TEXT(struct citizen, "asked_survey", asked_survey),
	RECORD_AT_TIMES(struct citizen, "sends", sends),
	RECORD_AT_INT(struct citizen, "cases", cases, CITIZEN_AGENT),
	RECORD_AT_I64(struct citizen, "cases_since", cases_ms),
	RECORD_AT_TEXT(struct citizen, "open0", open[0]),
	RECORD_AT_TEXT(struct citizen, "open1", open[1]),
	RECORD_AT_TEXT(struct citizen, "open2", open[2]),
	RECORD_AT_TEXT(struct citizen, "open3", open[3]),
	RECORD_AT_TEXT(struct citizen, "open4", open[4]),
	RECORD_AT_TEXT(struct citizen, "open5", open[5]),
	RECORD_AT_TEXT(struct citizen, "open6", open[6]),
	RECORD_AT_TEXT(struct citizen, "open7", open[7]),
	RECORD_END,
};

/* ---- records ---- */

void
record_version(int64_t version, char *out)
{
	snprintf(out, 32, "v=%lld\n", (long long)version);
}

/* Takes the first line off. */
static enum err
read_version(struct sv *text, int64_t *version)
{
	struct sv line = sv_cut(text, '\n');

	if (!text->p || !sv_starts(line, SV("v=")))
		return ERR_CORRUPT;
	return num_parse((struct sv){ line.p + 2, line.n - 2 }, 1, INT64_MAX, version) ? ERR_CORRUPT : ERR_OK;
}

static bool
is_row(struct sv line, char letter)
{
	return line.n >= 2 && line.p[0] == letter && line.p[1] == '\t';
}

void
survey_write(const struct survey *s, struct sbuf *out)
{
	char version[32];

	record_version(s->version, version);
	sbuf_adds(out, version);
	record_write(case_fields, s, out);
	for (int i = 0; i < s->n_messages; i++)
		record_write_row('M', message_fields, &s->messages[i], out);
	for (int i = 0; i < s->n_story; i++)
		record_write_row('S', story_fields, &s->story[i], out);
}

static enum err
read_survey_line(struct sv line, struct survey *s)
{
	struct sv columns = { line.p + 2, line.n - 2 };

	if (is_row(line, 'M')) {
		if (s->n_messages == SURVEY_MESSAGES)
			return ERR_CORRUPT;
		return record_read_row(message_fields, columns, &s->messages[s->n_messages++]);
	}
	if (is_row(line, 'S')) {
		if (s->n_story == SURVEY_STORY)
			return ERR_CORRUPT;
		return record_read_row(story_fields, columns, &s->story[s->n_story++]);
	}
	return record_read(case_fields, line, s);
}

enum err
survey_read(struct sv text, struct survey *out)
{
	enum err e;

	memset(out, 0, sizeof *out);
	if ((e = read_version(&text, &out->version)))
		return e;
	while (text.n)
		if ((e = read_survey_line(sv_cut(&text, '\n'), out)))
			return e;
	return strlen(out->id) == SURVEY_ID && strlen(out->citizen) == CITIZEN_NAME ? ERR_OK : ERR_CORRUPT;
}

void
citizen_write(const struct citizen *c, struct sbuf *out)
{
	char version[32];

	record_version(c->version, version);
	sbuf_adds(out, version);
	record_write(citizen_fields, c, out);
}

enum err
citizen_read(struct sv text, struct citizen *out)
{
	enum err e;

	memset(out, 0, sizeof *out);
	if ((e = read_version(&text, &out->version)))
		return e;
	while (text.n)
		if ((e = record_read(citizen_fields, sv_cut(&text, '\n'), out)))
			return e;
	return strlen(out->name) == CITIZEN_NAME ? ERR_OK : ERR_CORRUPT;
}

/* ---- ids ---- */

void
survey_id_make(int partition, uint64_t random, char *out)
{
	shortid_make((uint64_t)partition << 30 | (random & 0x3fffffff), SURVEY_ID, out);
}

void
survey_token(const struct survey *s, char *out)
{
	unsigned a = (unsigned)shortid_value(s->id[SURVEY_ID - 4]), b = (unsigned)shortid_value(s->id[SURVEY_ID - 3]),
	         c = (unsigned)shortid_value(s->id[SURVEY_ID - 2]);

	/* From random bits of the id: told apart among one phone's surveys, which is all a token is for. A digit from 2 to 9
	 * and then a letter, so that it is never taken for a word or a number, however it is typed. */
	shortid_make((2 + a % 8) << 10 | (10 + b % 22) << 5 | c, SURVEY_TOKEN, out);
}

enum err
survey_id_parse(struct sv text, char *out, int *partition)
{
	if (text.n != SURVEY_ID || shortid_parse(text, out))
		return ERR_SYNTAX;
	*partition = shortid_value(out[0]);
	return ERR_OK;
}

void
message_ref(const struct survey *s, int ordinal, char *out)
{
	snprintf(out, MESSAGE_REF_MAX + 1, "%s.%d", s->id, ordinal);
}

enum err
message_ref_parse(struct sv ref, char *id, int *ordinal)
{
	struct sv head = sv_cut(&ref, '.');
	int64_t n;
	int partition;

	if (!ref.p || survey_id_parse(head, id, &partition) || num_parse(ref, 0, SURVEY_MESSAGES - 1, &n))
		return ERR_SYNTAX;
	*ordinal = (int)n;
	return ERR_OK;
}
