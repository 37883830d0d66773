/*
 * Reading a message; see the header. Tables hold the phrases, folded; the longest phrase at a place wins, so
 * "rat khong hai long" is never "hai long".
 */
#include "core/reply.h"

#include <stdio.h>
#include <string.h>

#include "text/shortid.h"
#include "text/words.h"

enum meaning {
	M_SCORE,                             /* value: 1..5 */
	M_REASON,                            /* value: reason bits; a grievance */
	M_MILD,                              /* value: reason bits; a remark */
	M_P1, M_P0,
	M_OPTOUT, M_WRONG, M_CALLBACK, M_THANKS, M_QUESTION, M_ROBOT,
};

struct phrase { const char *text; enum meaning means; unsigned value; };

#define BIT(letter) (1u << ((letter) - 'A'))

static const struct phrase phrases[] = {
	{ "rat khong hai long", M_SCORE, 1 }, { "rat ko hai long", M_SCORE, 1 }, { "rat k hai long", M_SCORE, 1 },
	{ "rat khong hl", M_SCORE, 1 }, { "qua te", M_SCORE, 1 }, { "rat te", M_SCORE, 1 }, { "te qua", M_SCORE, 1 },
	{ "rat kem", M_SCORE, 1 }, { "toi te", M_SCORE, 1 }, { "te hai", M_SCORE, 1 },
	{ "khong hai long", M_SCORE, 2 }, { "ko hai long", M_SCORE, 2 }, { "k hai long", M_SCORE, 2 },
	{ "chua hai long", M_SCORE, 2 }, { "hong hai long", M_SCORE, 2 }, { "hok hai long", M_SCORE, 2 },
	{ "0 hai long", M_SCORE, 2 }, { "khong hl", M_SCORE, 2 }, { "ko hl", M_SCORE, 2 }, { "k hl", M_SCORE, 2 },
	{ "khl", M_SCORE, 2 }, { "chua hl", M_SCORE, 2 }, { "kem", M_SCORE, 2 }, { "chua tot", M_SCORE, 2 },
	{ "khong tot", M_SCORE, 2 }, { "ko tot", M_SCORE, 2 }, { "that vong", M_SCORE, 2 }, { "buc xuc", M_SCORE, 2 },
	{ "not satisfied", M_SCORE, 2 }, { "bad", M_SCORE, 2 },
	{ "binh thuong", M_SCORE, 3 }, { "bt", M_SCORE, 3 }, { "trung binh", M_SCORE, 3 }, { "tam duoc", M_SCORE, 3 },
	{ "tam on", M_SCORE, 3 }, { "cung duoc", M_SCORE, 3 }, { "normal", M_SCORE, 3 },
	{ "hai long", M_SCORE, 4 }, { "hl", M_SCORE, 4 }, { "tot", M_SCORE, 4 }, { "kha tot", M_SCORE, 4 },
	{ "ok", M_SCORE, 4 }, { "good", M_SCORE, 4 }, { "satisfied", M_SCORE, 4 }, { "on", M_SCORE, 4 },
	{ "rat hai long", M_SCORE, 5 }, { "rat hl", M_SCORE, 5 }, { "hai long lam", M_SCORE, 5 }, { "rat tot", M_SCORE, 5 },
	{ "qua tot", M_SCORE, 5 }, { "tuyet voi", M_SCORE, 5 }, { "xuat sac", M_SCORE, 5 }, { "very good", M_SCORE, 5 },
	{ "very satisfied", M_SCORE, 5 }, { "excellent", M_SCORE, 5 },

	{ "quat nat", M_REASON, BIT('A') }, { "quat", M_REASON, BIT('A') }, { "thai do kem", M_REASON, BIT('A') },
	{ "gat gong", M_REASON, BIT('A') }, { "coi thuong", M_REASON, BIT('A') }, { "thai do", M_MILD, BIT('A') },
	{ "dun day", M_REASON, BIT('B') }, { "gay kho", M_REASON, BIT('B') }, { "gay kho de", M_REASON, BIT('B') },
	{ "hanh dan", M_REASON, BIT('B') }, { "ngam ho so", M_REASON, BIT('B') | BIT('C') },
	{ "tre hen", M_REASON, BIT('C') }, { "qua han", M_REASON, BIT('C') }, { "cho lau", M_MILD, BIT('C') },
	{ "hen lai", M_REASON, BIT('C') }, { "di lai nhieu lan", M_REASON, BIT('D') }, { "giay to", M_MILD, BIT('D') },
	{ "sai ket qua", M_REASON, BIT('E') }, { "lam sai", M_REASON, BIT('E') }, { "co so vat chat", M_MILD, BIT('G') },
	{ "may lanh hu", M_MILD, BIT('G') }, { "phan mem loi", M_MILD, BIT('G') },
	{ "doi tien", M_P1, BIT('F') }, { "voi tien", M_P1, BIT('F') }, { "voi vinh", M_P1, BIT('F') },
	{ "dua tien", M_P1, BIT('F') }, { "thu them tien", M_P1, BIT('F') }, { "nhan hoi lo", M_P1, BIT('F') },
	{ "goi y boi duong", M_P1, BIT('F') }, { "nhung nhieu", M_P1, BIT('F') }, { "lot tay", M_P1, BIT('F') },
	{ "phong bi", M_P1, BIT('F') },
	{ "doa giet", M_P0, 0 }, { "danh toi", M_P0, 0 }, { "danh nguoi", M_P0, 0 }, { "de doa", M_P0, 0 },
	{ "tu tu tai", M_P0, 0 },

	{ "dung nhan tin", M_OPTOUT, 0 }, { "dung gui tin", M_OPTOUT, 0 }, { "khong nhan tin nua", M_OPTOUT, 0 },
	{ "khong tham gia khao sat", M_OPTOUT, 0 }, { "ngung nhan tin", M_OPTOUT, 0 },
	{ "sai so", M_WRONG, 0 }, { "nham so", M_WRONG, 0 }, { "khong lam ho so nao", M_WRONG, 0 },
	{ "goi lai", M_CALLBACK, 0 }, { "goi cho toi", M_CALLBACK, 0 },
	{ "cam on", M_THANKS, 0 }, { "thank", M_THANKS, 0 }, { "thanks", M_THANKS, 0 },
	{ "bao gio", M_QUESTION, 0 }, { "khi nao", M_QUESTION, 0 }, { "o dau", M_QUESTION, 0 },
	{ "tin nhan tu dong", M_ROBOT, 0 }, { "khong gui duoc", M_ROBOT, 0 }, { "ma otp", M_ROBOT, 0 },
	{ "tai khoan khong du", M_ROBOT, 0 },
};

/* Words that change nothing about a score beside them. */
static const char *const polite[] = {
	"diem", "d", "sao", "muc", "cho", "cham", "danh", "gia", "a", "nhe", "nha", "da", "vang", "em", "toi", "minh", "chao",
	"anh", "chi", "co", "chu", "bac", "duoc", "la", "nhe", "ah", "nhen", "lam", "qua", "dc", "point", "points", "star", "stars",
};
static const char *const units[] = {
	"ngay", "lan", "trieu", "nghin", "ngan", "gio", "tuan", "thang", "phut", "nguoi", "bo", "nam", "k", "tr", "cua", "dong",
	"tien", "bua", "hom", "to", "ban", "cai",
};
static const char *const optouts[] = { "tc", "stop", "huy", "dung", "ngung", "tu choi" };
static const char *const denials[] = { "khong", "ko", "k", "kg", "hong", "hok", "chua", "khg", "chang", "dau" };
static const char *const corrections[] = { "nham", "lai", "moi" };

struct scan {
	struct words w;
	bool         used[WORDS_MAX];        /* covered by a phrase */
	int          low, high, said;        /* scores by words */
	unsigned     grievances, remarks, money;
	bool         denied_money, danger, means[M_ROBOT + 1];
	int          digit, digits;          /* last digit score, how many different ones */
	bool         out_of_range, corrected;
};

static bool
among(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(word, list[i]))
			return true;
	return false;
}

#define AMONG(word, list) among(word, list, sizeof list / sizeof *list)

/* Words of the phrase found at i, 0 = not there. */
static size_t
match(const struct words *w, size_t i, const char *phrase)
{
	struct sv rest = sv_of(phrase);
	size_t n = 0;

	while (rest.p) {
		struct sv word = sv_cut(&rest, ' ');

		if (i + n >= w->n || !sv_is(word, w->at[i + n].text))
			return 0;
		n++;
	}
	return n;
}

static bool
denied(const struct words *w, size_t i)
{
	for (size_t back = 1; back <= 3 && back <= i; back++)
		if (AMONG(w->at[i - back].text, denials))
			return true;
	return false;
}

static void
note(struct scan *s, const struct phrase *p, size_t at)
{
	bool no = denied(&s->w, at);

	s->means[p->means] = true;
	switch (p->means) {
	case M_SCORE:
		if (!s->low || (int)p->value < s->low)
			s->low = (int)p->value;
		if ((int)p->value > s->high)
			s->high = (int)p->value;
		s->said = (int)p->value;
		break;
	case M_REASON: if (!no) s->grievances |= p->value; break;
	case M_MILD:   if (!no) s->remarks |= p->value; break;
	case M_P1:
		s->money |= p->value;
		s->denied_money = s->denied_money || no;
		break;
	case M_P0:     s->danger = true; break;
	default:       break;
	}
}

static void
find_phrases(struct scan *s)
{
	for (size_t i = 0; i < s->w.n;) {
		const struct phrase *best = NULL;
		size_t longest = 0;

		for (size_t k = 0; k < sizeof phrases / sizeof *phrases; k++) {
			size_t n = match(&s->w, i, phrases[k].text);

			if (n > longest) {
				longest = n;
				best = &phrases[k];
			}
		}
		if (!best) {
			i++;
			continue;
		}
		note(s, best, i);
		memset(&s->used[i], true, longest);
		i += longest;
	}
}

static void
note_digit(struct scan *s, int value)
{
	if (value < 1 || value > 5) {
		s->out_of_range = true;
		return;
	}
	if (value != s->digit)
		s->digits++;
	s->digit = value;
}

/* A number as a score: "5", "4/5"; halves, ranges and tenths are out of range; counts are nothing. */
static void
read_number(struct scan *s, size_t i)
{
	const char *t = s->w.at[i].text;
	size_t n = strlen(t);

	if (s->used[i] || (i + 1 < s->w.n && AMONG(s->w.at[i + 1].text, units)))
		return;
	if (n == 1)
		note_digit(s, t[0] - '0');
	else if (n == 3 && t[1] == '/' && t[2] == '5')
		note_digit(s, t[0] - '0');
	else if ((n == 2 && !strcmp(t, "10")) || (n == 3 && strchr(",.-", t[1])) || strstr(t, "/10"))
		s->out_of_range = true;
	else
		return;
	s->used[i] = true;
}

static void
find_digits(struct scan *s)
{
	for (size_t i = 0; i < s->w.n; i++) {
		if (s->w.at[i].number)
			read_number(s, i);
		s->corrected = s->corrected || AMONG(s->w.at[i].text, corrections);
	}
}

/* Words that neither a phrase, a number nor politeness accounts for. */
static size_t
other_words(const struct scan *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->w.n; i++)
		n += !s->used[i] && !AMONG(s->w.at[i].text, polite);
	return n;
}

static void
drop_words(struct words *w, size_t n)
{
	memmove(&w->at[0], &w->at[n], (w->n - n) * sizeof w->at[0]);
	w->n -= n;
}

/* "HL A7K2 5": keyword and token off the front. */
static void
take_prefix(struct words *w, struct reading *out)
{
	char token[2 * WORD_MAX], canonical[SHORTID_MAX + 1];

	if (w->n < 2 || strcmp(w->at[0].text, "hl") != 0)
		return;
	if (w->at[1].number && strlen(w->at[1].text) == 1 && w->n == 2) {
		drop_words(w, 1);
		return;
	}
	/* The cutter has parted letters from digits; a token is at most four of such pieces. */
	token[0] = '\0';
	for (size_t k = 1; k < w->n && k <= 4 && strlen(token) < 4; k++) {
		snprintf(token + strlen(token), sizeof token - strlen(token), "%s", w->at[k].text);
		if (strlen(token) == 4 && !shortid_parse(sv_of(token), canonical)) {
			memcpy(out->token, canonical, 5);
			drop_words(w, k + 1);
			return;
		}
	}
	if (w->at[1].number)
		drop_words(w, 1);
}

static bool
is_whole(const struct words *w, const char *const *list, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		size_t took = match(w, 0, list[k]), i = took;

		while (took && i < w->n && AMONG(w->at[i].text, polite))
			i++;
		if (took && i == w->n)
			return true;
	}
	return false;
}

static bool
read_letters(const struct words *w, unsigned *reasons)
{
	*reasons = 0;
	for (size_t i = 0; i < w->n; i++) {
		const char *t = w->at[i].text;

		if (!strcmp(t, "va"))
			continue;
		if (i && i + 1 == w->n && !strcmp(t, "a") && *reasons)
			continue;                            /* "d a": the a is politeness */
		if (!strcmp(t, "da") || w->at[i].number)
			return false;
		for (; *t; t++) {
			if (*t == 'x')
				*reasons |= REASON_X_BIT;
			else if (*t >= 'a' && *t <= 'h')
				*reasons |= REASON_BIT(*t - 'a');
			else
				return false;
		}
	}
	return *reasons != 0;
}

static void
raise(struct reading *r, enum reply_class c)
{
	if (c > r->klass)
		r->klass = c;
}

static void
decide(struct reading *r, enum reply_kind kind, const char *rule, int confidence)
{
	r->kind = kind;
	snprintf(r->rule, sizeof r->rule, "%s", rule);
	r->confidence_pct = confidence;
}

static void
classify(const struct scan *s, struct reading *r)
{
	r->reasons |= s->grievances | s->remarks | s->money;
	if (s->danger)
		raise(r, CLASS_P0);
	if (s->money)
		raise(r, s->denied_money ? CLASS_P1_REVIEW : CLASS_P1);
	if (s->grievances || s->means[M_CALLBACK] || (r->score && r->score <= 2))
		raise(r, CLASS_P2);
	if (s->remarks)
		raise(r, CLASS_P3);
	if (s->means[M_CALLBACK])
		r->reasons |= REASON_X_BIT;
}

static bool
read_score(const struct scan *s, struct reading *r)
{
	bool alone = other_words(s) <= 2;

	if (s->digit && (s->digits == 1 || s->corrected)) {
		if ((s->low && s->low >= 4 && s->digit <= 2) || (s->high && s->high <= 2 && s->digit >= 4)) {
			r->clarify = CLARIFY_CONTRADICTION;
			r->doubtful = s->digit;
			decide(r, REPLY_SCORE, "digit-against-words", 60);
		} else {
			r->score = s->digit;
			decide(r, REPLY_SCORE, alone ? "digit" : "digit-in-words", alone ? 99 : 85);
		}
		return true;
	}
	if (s->digits > 1) {
		r->clarify = CLARIFY_AMBIGUOUS;
		decide(r, REPLY_SCORE, "two-digits", 70);
		return true;
	}
	if (s->said && (s->low == s->high || s->low <= 2)) {
		r->score = s->low <= 2 ? s->low : s->said;
		decide(r, REPLY_SCORE, "words", alone ? 92 : 75);
		return true;
	}
	if (s->out_of_range && alone) {
		r->clarify = CLARIFY_OUT_OF_RANGE;
		decide(r, REPLY_SCORE, "out-of-range", 90);
		return true;
	}
	return false;
}

static bool
read_expected(const struct scan *s, enum reply_expect expect, struct reading *r)
{
	static const char *const yes[] = { "ok", "dung", "giu", "phai", "oke", "dong y" };
	static const char *const done[] = { "co", "roi", "da xong", "xong", "ok", "hai long", "xong roi" };
	static const char *const undone[] = { "chua", "chua xong", "khong", "van vay", "chua hai long", "ko" };
	unsigned letters;

	if (expect == EXPECT_CONFIRM && is_whole(&s->w, yes, sizeof yes / sizeof *yes)) {
		decide(r, REPLY_CONFIRM, "confirm", 95);
		return true;
	}
	if (expect == EXPECT_VERDICT && is_whole(&s->w, done, sizeof done / sizeof *done)) {
		r->solved = 1;
		decide(r, REPLY_VERDICT, "verdict-yes", 95);
		return true;
	}
	if (expect == EXPECT_VERDICT && is_whole(&s->w, undone, sizeof undone / sizeof *undone)) {
		r->solved = 0;
		raise(r, CLASS_P2);
		decide(r, REPLY_VERDICT, "verdict-no", 95);
		return true;
	}
	if (expect != EXPECT_REASON || !read_letters(&s->w, &letters))
		return false;
	r->reasons = letters;
	if (letters & REASON_BIT(5))
		raise(r, CLASS_P1);
	else if (letters & ~(REASON_BIT(6) | REASON_BIT(7)))
		raise(r, CLASS_P2);
	else
		raise(r, CLASS_P3);
	decide(r, letters == REASON_X_BIT ? REPLY_CALLBACK : REPLY_REASON, "menu", 98);
	return true;
}

static void
read_rest(const struct scan *s, struct reading *r)
{
	if (s->means[M_CALLBACK])
		decide(r, REPLY_CALLBACK, "callback", 85);
	else if (s->means[M_QUESTION])
		decide(r, REPLY_QUESTION, "question", 70);
	else if (s->means[M_THANKS] && other_words(s) <= 3)
		decide(r, REPLY_THANKS, "thanks", 90);
	else if (r->reasons || s->w.n >= 4)
		decide(r, REPLY_COMMENT, "words-without-score", 60);
	else
		decide(r, REPLY_UNCLEAR, "nothing-known", 50);
}

static void
read_words(struct scan *s, enum reply_expect expect, struct reading *r)
{
	static const char *const optin[] = { "dk", "dang ky" };

	find_phrases(s);
	find_digits(s);
	if (s->means[M_ROBOT])
		decide(r, REPLY_AUTO_REPLY, "robot", 90);
	else if (read_expected(s, expect, r))
		classify(s, r);
	else if (is_whole(&s->w, optouts, sizeof optouts / sizeof *optouts) || s->means[M_OPTOUT])
		decide(r, REPLY_OPTOUT, "optout", 97);
	else if (is_whole(&s->w, optin, sizeof optin / sizeof *optin))
		decide(r, REPLY_OPTIN, "optin", 97);
	else if (s->means[M_WRONG])
		decide(r, REPLY_WRONG_PERSON, "wrong-person", 90);
	else {
		bool scored = read_score(s, r);

		classify(s, r);
		if (!scored)
			read_rest(s, r);
	}
}

/* Hearts and faces say as much as words; by code point, the first one counts. */
static const struct { const char *utf8; int score; } faces[] = {
	{ "❤", 5 }, { "😍", 5 }, { "👍", 4 }, { "😊", 4 }, { "👌", 4 }, { "😐", 3 }, { "👎", 2 }, { "😡", 1 }, { "🤬", 1 },
};

static bool
read_face(struct sv text, struct reading *r)
{
	for (size_t i = 0; i < sizeof faces / sizeof *faces; i++)
		if (memmem(text.p, text.n, faces[i].utf8, strlen(faces[i].utf8))) {
			r->score = faces[i].score;
			decide(r, REPLY_SCORE, "face", 85);
			return true;
		}
	return false;
}

static bool
read_stars(struct sv text, struct reading *r)
{
	static const char star[] = "⭐";
	size_t n = 0;

	for (const char *p = text.p; (p = memmem(p, text.n - (size_t)(p - text.p), star, sizeof star - 1)); p += sizeof star - 1)
		n++;
	if (n < 1 || n > 5)
		return false;
	r->score = (int)n;
	decide(r, REPLY_SCORE, "stars", 95);
	return true;
}

void
reply_read(struct sv text, enum reply_expect expect, enum reply_sender sender, struct reading *out)
{
	struct scan s;
	struct scan *scan = &s;

	memset(out, 0, sizeof *out);
	memset(scan, 0, sizeof *scan);
	out->solved = -1;
	text.n = text.n < REPLY_TEXT_MAX ? text.n : REPLY_TEXT_MAX;
	words_cut(text, &scan->w);
	take_prefix(&scan->w, out);
	if (sender == SENDER_STAFF && scan->w.n >= 2
	    && (match(&scan->w, 0, "nhan") || match(&scan->w, 0, "xong") || match(&scan->w, 0, "chuyen") || match(&scan->w, 0, "trang thai")))
		decide(out, REPLY_STAFF, "staff", 99);
	else if (!scan->w.n && text.n && (read_stars(text, out) || read_face(text, out)))
		classify(scan, out);
	else if (!scan->w.n)
		decide(out, sv_trim(text).n && !out->token[0] ? REPLY_UNCLEAR : REPLY_EMPTY, "empty", 99);
	else
		read_words(scan, expect, out);
	out->complaint = out->klass >= CLASS_P2;
}
