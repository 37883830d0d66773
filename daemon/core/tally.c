/* Shares of the counts, and the fields they are kept under; see the header. */
#include "core/tally.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "core/story.h"

/* ---- reasons ---- */

enum { P1 = 1, P2 = 2, P3 = 4 };
enum { F1 = 1, F2 = 2, F3 = 4, F4 = 8, F5 = 16 };

static const struct reason_row reasons[REASON_N] = {
	{ "A", "thai_do",  "Thái độ, lời nói",                           "Thân thiện",              P3, F3 },
	{ "B", "dun_day",  "Đùn đẩy, gây khó",                           "Sẵn sàng, Nỗ lực",        P1, F3 },
	{ "C", "cho_lau",  "Chờ lâu, trễ hẹn",                           "Bảo đảm (đúng thời gian)", P2, F2 | F4 },
	{ "D", "giay_to",  "Giấy tờ thừa, hướng dẫn khó, đi lại nhiều",  "Bảo đảm (đúng quy trình)", P2, F2 | F3 },
	{ "E", "sai_kq",   "Kết quả sai, thiếu",                         "Bảo đảm (đúng quy định)", P2, F4 },
	{ "F", "thu_them", "Thu thêm tiền, gợi ý",                       "Vô tư",                   P2, F2 | F3 },
	{ "G", "co_so",    "Chỗ ngồi, máy móc, phần mềm",                "",                        0,  F1 },
	{ "H", "khac",     "Khác",                                       "",                        0,  0 },
	{ "X", "goi_lai",  "Xin gọi lại",                                "",                        0,  F5 },
};

static const struct { const char *key, *name; } pillars[TALLY_PILLARS] = {
	{ "P1", "Thái độ đối với công việc (Sẵn sàng, Nỗ lực)" },
	{ "P2", "Hiệu quả giải quyết công việc (Vô tư, Bảo đảm)" },
	{ "P3", "Ứng xử trong lúc làm việc (Thân thiện)" },
};

static const struct { const char *key, *name; } factors[TALLY_FACTORS] = {
	{ "F1", "Tiếp cận dịch vụ" },
	{ "F2", "Thủ tục hành chính" },
	{ "F3", "Công chức trực tiếp giải quyết công việc" },
	{ "F4", "Kết quả cung ứng dịch vụ" },
	{ "F5", "Tiếp nhận, giải quyết góp ý, phản ánh, kiến nghị" },
};

const struct reason_row *reason_row(int i) { return &reasons[i]; }
const char *pillar_key(int i) { return pillars[i].key; }
const char *pillar_name(int i) { return pillars[i].name; }
const char *factor_key(int i) { return factors[i].key; }
const char *factor_name(int i) { return factors[i].name; }

/* ---- names ---- */

static const struct { const char *code, *name; } counts[TALLY_NOT_ASKED] = {
#define X(code, letter, name) [TALLY_##code] = { letter, name },
	TALLY_COUNT_LIST(X)
#undef X
};

static const char *const shelves[TALLY_SHELF_MAX] = {
#define X(code, name) [TALLY_SHELF_##code] = name,
	TALLY_SHELF_LIST(X)
#undef X
};

#define SCORES (TALLY_BIT(TALLY_SCORE_1) | TALLY_BIT(TALLY_SCORE_2) | TALLY_BIT(TALLY_SCORE_3) \
                | TALLY_BIT(TALLY_SCORE_4) | TALLY_BIT(TALLY_SCORE_5) | TALLY_BIT(TALLY_LATE))
#define ANSWERS (SCORES | TALLY_BIT(TALLY_ASKED) | TALLY_BIT(TALLY_UNKNOWN) | TALLY_BIT(TALLY_DELIVERED))
#define SLOWER  (TALLY_BIT(TALLY_WITHIN_TEN) | TALLY_BIT(TALLY_WITHIN_HOUR) | TALLY_BIT(TALLY_WITHIN_DAY) \
                 | TALLY_BIT(TALLY_AFTER_DAY))
#define GAMING  (TALLY_BIT(TALLY_AGENT) | TALLY_BIT(TALLY_STRANGER) | TALLY_BIT(TALLY_WITHIN_MINUTE))

/* Which counts a dimension keeps: each costs a write per case, so only those that some report shows. */
static uint64_t
kept(enum tally_dim d)
{
	switch (d) {
	case TALLY_DIM_ALL:       return ~TALLY_BIT(TALLY_MENTION);
	case TALLY_DIM_CHANNEL:   return ANSWERS;
	case TALLY_DIM_REASON:
	case TALLY_DIM_PILLAR:
	case TALLY_DIM_FACTOR:    return SCORES | TALLY_BIT(TALLY_MENTION);
	case TALLY_DIM_UNIT_RECEIVING:
	case TALLY_DIM_OFFICER_RECEIVING: return ~(TALLY_BIT(TALLY_MENTION) | SLOWER);      /* who types the number */
	default:                  return ~(TALLY_BIT(TALLY_MENTION) | SLOWER | GAMING);
	}
}

static const struct { char letter; enum tally_shelf shelf; } dims[TALLY_DIM_MAX] = {
#define X(code, letter, shelf) [TALLY_DIM_##code] = { letter, TALLY_SHELF_##shelf },
	TALLY_DIM_LIST(X)
#undef X
};

const char *
tally_shelf_name(enum tally_shelf s)
{
	return shelves[s];
}

enum tally_shelf
tally_dim_shelf(enum tally_dim d)
{
	return dims[d].shelf;
}

const char *
tally_count_name(enum tally_count c)
{
	return c < TALLY_NOT_ASKED ? counts[c].name : not_asked_name((int)(c - TALLY_NOT_ASKED));
}

/* ---- a survey's share ---- */

/* The request this survey lives by: the last one that was given to a channel. */
static int64_t
requested_ms(const struct survey *s)
{
	int64_t at = 0;

	for (int i = 0; i < s->n_messages; i++)
		if (s->messages[i].intent_ms && template_sort_of((enum template_id)s->messages[i].text) == TEMPLATE_ASK)
			at = s->messages[i].intent_ms;
	return at;
}

static uint64_t
speed_of(const struct survey *s)
{
	static const struct { int64_t below; enum tally_count count; } steps[] = {
		{ MIN_MS, TALLY_WITHIN_MINUTE }, { 10 * MIN_MS, TALLY_WITHIN_TEN }, { HOUR_MS, TALLY_WITHIN_HOUR },
		{ DAY_MS, TALLY_WITHIN_DAY },
	};
	int64_t took = s->replied_ms - requested_ms(s);

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (took < steps[i].below)
			return TALLY_BIT(steps[i].count);
	return TALLY_BIT(TALLY_AFTER_DAY);
}

static bool
is_delivered(const struct survey *s)
{
	for (int i = 0; i < s->n_messages; i++)
		if (s->messages[i].state == MESSAGE_DELIVERED
		    && template_sort_of((enum template_id)s->messages[i].text) == TEMPLATE_ASK)
			return true;
	return s->replies > 0;
}

static bool
is_stranger(const struct survey *s)
{
	for (int i = 0; i < s->n_story; i++)
		if (s->story[i].code == STORY_WRONG_PERSON)
			return true;
	return false;
}

static uint64_t
case_share(const struct closed_case *k)
{
	uint64_t bits = TALLY_BIT(TALLY_CLOSED);

	if (!k->due_ms)
		bits |= TALLY_BIT(TALLY_UNDATED);
	if (case_overdue(k))
		bits |= TALLY_BIT(TALLY_OVERDUE);
	if (k->outcome == OUTCOME_WITHDRAWN)
		bits |= TALLY_BIT(TALLY_WITHDRAWN);
	return bits;
}

static uint64_t
answer_share(const struct survey *s)
{
	uint64_t bits = TALLY_BIT(s->asked_ms ? TALLY_ASKED : TALLY_UNKNOWN);

	if (is_delivered(s))
		bits |= TALLY_BIT(TALLY_DELIVERED);
	if (is_stranger(s))
		bits |= TALLY_BIT(TALLY_STRANGER);
	if (s->score && s->late)
		bits |= TALLY_BIT(TALLY_LATE);
	else if (s->score >= 1 && s->score <= 5)
		bits |= TALLY_BIT(TALLY_SCORE_1 + s->score - 1) | speed_of(s);
	return bits;
}

void
tally_of(const struct survey *s, struct tally *out)
{
	*out = (struct tally){ .counts = 0 };
	if (s->state == SURVEY_NEW)
		return;
	out->counts = case_share(&s->facts) | (s->agent ? TALLY_BIT(TALLY_AGENT) : 0);
	if (s->state == SURVEY_NOT_ASKED) {
		out->counts |= TALLY_BIT(TALLY_NOT_ASKED + s->reason);
		return;
	}
	if (s->state == SURVEY_PLANNED || (s->state == SURVEY_SENDING && !s->asked_ms))
		return;
	out->counts |= answer_share(s);
	memcpy(out->channel, s->channel_name, sizeof out->channel);
	(void)reply_reasons_find(sv_of(s->reasons), &out->reasons);
}

/* ---- differences ---- */

struct steps { struct tally_step *out; size_t n; };

/* What one value had and has. */
static void
compare(struct steps *to, enum tally_dim dim, struct sv value, uint64_t was, uint64_t is)
{
	uint64_t changed = (was ^ is) & kept(dim);

	if (dim != TALLY_DIM_ALL && !value.n)
		return;
	for (; changed; changed &= changed - 1) {
		int count = __builtin_ctzll(changed);

		to->out[to->n++] = (struct tally_step){ dim, (enum tally_count)count,
		                                        is & TALLY_BIT(count) ? 1 : -1, value };
	}
}

static void
compare_channels(struct steps *to, const struct tally *was, const struct tally *is)
{
	bool same = !strcmp(was->channel, is->channel);

	compare(to, TALLY_DIM_CHANNEL, sv_of(was->channel), was->counts, same ? is->counts : 0);
	if (!same)
		compare(to, TALLY_DIM_CHANNEL, sv_of(is->channel), 0, is->counts);
}

static uint64_t
mention_share(const struct tally *t, unsigned set, unsigned bit)
{
	return set & bit ? (t->counts & SCORES) | TALLY_BIT(TALLY_MENTION) : 0;
}

static unsigned
united(unsigned named, bool want_factors)
{
	unsigned set = 0;

	for (int i = 0; i < REASON_N; i++)
		if (named & REASON_BIT(i))
			set |= want_factors ? reasons[i].factors : reasons[i].pillars;
	return set;
}

static void
compare_reasons(struct steps *to, const struct tally *was, const struct tally *is)
{
	unsigned a = was->reasons, b = is->reasons;

	if (!a && !b)
		return;
	for (unsigned i = 0; i < REASON_N; i++)
		compare(to, TALLY_DIM_REASON, sv_of(reasons[i].letter), mention_share(was, a, 1u << i), mention_share(is, b, 1u << i));
	a = united(was->reasons, false);
	b = united(is->reasons, false);
	for (unsigned i = 0; i < TALLY_PILLARS; i++)
		compare(to, TALLY_DIM_PILLAR, sv_of(pillars[i].key), mention_share(was, a, 1u << i), mention_share(is, b, 1u << i));
	a = united(was->reasons, true);
	b = united(is->reasons, true);
	for (unsigned i = 0; i < TALLY_FACTORS; i++)
		compare(to, TALLY_DIM_FACTOR, sv_of(factors[i].key), mention_share(was, a, 1u << i), mention_share(is, b, 1u << i));
}

size_t
tally_steps(const struct survey *s, const struct tally *was, const struct tally *is, enum tally_shelf shelf,
            struct tally_step out[TALLY_STEPS_MAX])
{
	struct steps to = { out, 0 };
	const struct closed_case *k = &s->facts;

	switch (shelf) {
	case TALLY_SHELF_OFFICES:
		compare(&to, TALLY_DIM_ALL, SV(""), was->counts, is->counts);
		compare_channels(&to, was, is);
		compare_reasons(&to, was, is);
		for (int i = 0; i < CASE_PARTS; i++)
			compare(&to, (enum tally_dim)(TALLY_DIM_UNIT_RECEIVING + i), sv_of(k->units[i]), was->counts, is->counts);
		break;
	case TALLY_SHELF_OFFICERS:
		for (int i = 0; i < CASE_PARTS; i++)
			compare(&to, (enum tally_dim)(TALLY_DIM_OFFICER_RECEIVING + i), sv_of(k->officers[i]), was->counts, is->counts);
		compare(&to, TALLY_DIM_PROCEDURE, sv_of(k->procedure), was->counts, is->counts);
		break;
	case TALLY_SHELF_MAX:
		break;
	}
	return to.n;
}

/* ---- fields ---- */

struct sv
tally_field(const struct tally_step *step, char *out)
{
	bool reason = step->count >= TALLY_NOT_ASKED;
	const char *code = reason ? tally_count_name(step->count) : counts[step->count].code;
	size_t n = 0, code_n = strlen(code);

	out[n++] = dims[step->dim].letter;
	if (reason)
		out[n++] = '-';
	memcpy(out + n, code, code_n);
	n += code_n;
	out[n++] = ' ';
	memcpy(out + n, step->value.p, step->value.n);
	return (struct sv){ out, n + step->value.n };
}

static enum err
find_count(struct sv code, enum tally_count *out)
{
	bool reason = code.n && code.p[0] == '-';
	int first = reason ? TALLY_NOT_ASKED : 0, end = reason ? TALLY_COUNT_MAX : TALLY_NOT_ASKED;

	if (reason)
		code.p++, code.n--;
	for (int i = first; i < end; i++)
		if (sv_is(code, reason ? not_asked_name(i - TALLY_NOT_ASKED) : counts[i].code)) {
			*out = (enum tally_count)i;
			return ERR_OK;
		}
	return ERR_SYNTAX;
}

enum err
tally_field_parse(enum tally_shelf shelf, struct sv field, struct tally_step *out)
{
	struct sv value = field, code = sv_cut(&value, ' ');

	if (!value.p || code.n < 2)
		return ERR_SYNTAX;
	for (int d = 0; d < TALLY_DIM_MAX; d++)
		if (dims[d].shelf == shelf && dims[d].letter == code.p[0]) {
			out->dim = (enum tally_dim)d;
			out->value = value;
			return find_count((struct sv){ code.p + 1, code.n - 1 }, &out->count);
		}
	return ERR_SYNTAX;
}
