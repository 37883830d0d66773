/* What the files of the reader share: the message taken apart, and what stands in it. */
#ifndef CORE_REPLY_INNER_H
#define CORE_REPLY_INNER_H

#include "core/reply.h"
#include "text/words.h"

/* Tags of the lexicon, and the layer each competes in: in one layer the longest match at a place wins, layers do not
 * disturb each other. PLAIN hides a place from all of them. */
#define TAG_LIST(X) \
	X(PLAIN, "plain") X(SCORE, "score") X(DIGIT, "digit") X(DROP, "drop") X(FIX, "fix") \
	X(P0, "p0") X(P0_REVIEW, "p0?") X(P1, "p1") X(P1_REVIEW, "p1?") X(P2, "p2") X(P3, "p3") X(X2, "x2") X(X3, "x3") \
	X(WISH, "wish") X(WISH3, "wish3") X(PRAISE, "praise") X(HEARSAY, "hearsay") X(PAST, "past") X(NOW, "now") X(BUT, "but") \
	X(OPTOUT, "optout") X(OPTWORD, "optword") X(OPTIN, "optin") X(WRONG, "wrong") X(CALLBACK, "callback") \
	X(QUESTION, "question") X(ASKS, "asks") X(THANKS, "thanks") X(ROBOT, "robot") X(YES, "yes") X(NO, "no") \
	X(CONFIRM, "confirm") X(LABEL, "label") X(STAFF, "staff")

/* Sets the reader itself asks about. */
#define SET_LIST(X) \
	X(NEG, "neg") X(POLITE, "polite") X(POINT, "point") X(GIVE, "give") X(UNIT, "unit") X(ORDINAL, "ordinal") \
	X(NAMED, "named") X(HALF, "half") X(OR, "or") X(TIME, "time") X(DAYS, "days") X(TOPIC, "topic") X(VERB, "verb")

enum tag {
#define X(code, text) TAG_##code,
	TAG_LIST(X)
#undef X
	TAG_MAX
};
enum set {
#define X(code, text) SET_##code,
	SET_LIST(X)
#undef X
	SET_MAX
};

#define HITS_MAX 384

struct hit { uint8_t tag; bool folded; uint16_t arg, from, to; };

struct sense {
	const struct lexicon *lx;
	enum reply_expect expect;
	struct plain   plain;
	struct words   w;
	struct hit     hits[HITS_MAX];       /* by place */
	size_t         n_hits;
	uint64_t       tags;                 /* which tags there are */
	uint8_t        taken[WORDS_MAX];     /* TAKEN_ bits of each word */
};

enum { TAKEN_SCORE = 1, TAKEN_MOOD = 2, TAKEN_PLAIN = 4, TAKEN_DROP = 8, TAKEN_TALK = 16, TAKEN_THANKS = 32, TAKEN_LABEL = 64,
       TAKEN_YESNO = 128 };

static inline bool
has(const struct sense *s, enum tag t)
{
	return s->tags >> t & 1;
}

/* The first hit of a tag at or after place `from` in the list, NULL = none. */
const struct hit *sense_find(const struct sense *s, enum tag t, size_t from);
void sense_match(struct sense *s);
/* "sai số" is a wrong number, "sai số nhà" a wrong paper: of words that may be both, the earlier and longer reading holds. */
bool sense_is_wrong_person(const struct sense *s);
bool sense_is_of_wrong_person(const struct sense *s, const struct hit *grievance);
/* Words that neither hits of the given TAKEN_ bits nor politeness account for. */
size_t sense_rest(const struct sense *s, unsigned taken);
/* A word that denies stands before `at`, within three words, and belongs to nothing else. */
bool sense_denied(const struct sense *s, size_t at);
bool sense_is_joined(const struct sense *s, size_t at);      /* no comma or stop before it */

/* Scores as digits: what stands there, and how sure. */
struct marks {
	int  score;                      /* 1..5, 0 = none */
	bool several;                    /* two that differ, and no word of correction */
	bool odd;                        /* 0, 6..10, halves, ranges */
	bool whole;                      /* the message is little more than the digit */
	bool fixed;
};
void marks_read(const struct sense *s, struct marks *out);

/* Scores as words. */
struct opinion_words { int score; bool mixed; };
void opinion_words_read(const struct sense *s, struct opinion_words *out);

/* Class and reasons by the rules; score as decided, 0 = none. */
void mood_read(const struct sense *s, struct reading *r);

/* What is neither score nor mood: optout, wrong person, robots, menu letters, verdicts. True when it decided r->kind. */
bool talk_first(const struct sense *s, enum reply_sender sender, struct reading *r);
bool talk_expected(const struct sense *s, struct reading *r);
void talk_last(const struct sense *s, struct reading *r);
/* Menu letters anywhere beside a score ("2 vì D"). */
unsigned talk_letters(const struct sense *s, bool *only);

void reading_decide(struct reading *r, enum reply_kind kind, const char *rule, int confidence);
void reading_raise(struct reading *r, enum reply_class c);

#endif
