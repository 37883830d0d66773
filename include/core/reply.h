/*
 * What a message means: (text, what we wait for, who sent it) -> reading. Pure, no state, no heap,
 * linear in the text; words and rules are the lexicon's (data/lexicon, text/lexicon.h). The rules and the meaning of each field are the label specification, kept in
 * docs/REPLIES.md.
 */
#ifndef CORE_REPLY_H
#define CORE_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sv.h"
#include "text/lexicon.h"

#define REPLY_TEXT_MAX 4096                 /* bytes looked at; what is longer is cut at a character */

#define REPLY_KIND_LIST(X) \
	X(EMPTY, "empty") X(STAFF, "staff") X(AUTO_REPLY, "auto_reply") X(CONFIRM, "confirm") X(VERDICT, "verdict") \
	X(OPTOUT, "optout") X(OPTIN, "optin") X(WRONG_PERSON, "wrong_person") X(SCORE, "score") X(REASON, "reason") \
	X(CALLBACK, "callback") X(QUESTION, "question") X(THANKS, "thanks") X(COMMENT, "comment") X(UNCLEAR, "unclear")

#define REPLY_EXPECT_LIST(X) \
	X(SCORE, "score") X(REASON, "reason") X(VERDICT, "verdict") X(CONFIRM, "confirm") X(CLOSED, "closed")

/* Lowest first: a higher class wins. */
#define REPLY_CLASS_LIST(X) \
	X(NONE, "none") X(P3, "P3") X(P2, "P2") X(P1_REVIEW, "P1_review") X(P1, "P1") X(P0_REVIEW, "P0_review") X(P0, "P0")

#define REPLY_CLARIFY_LIST(X) \
	X(NONE, "") X(OUT_OF_RANGE, "out_of_range") X(CONTRADICTION, "contradiction") X(AMBIGUOUS, "ambiguous")

enum reply_kind {
#define X(code, text) REPLY_##code,
	REPLY_KIND_LIST(X)
#undef X
	REPLY_KIND_MAX
};

enum reply_expect {
#define X(code, text) EXPECT_##code,
	REPLY_EXPECT_LIST(X)
#undef X
	EXPECT_MAX
};

enum reply_class {
#define X(code, text) CLASS_##code,
	REPLY_CLASS_LIST(X)
#undef X
	CLASS_MAX
};

enum reply_clarify {
#define X(code, text) CLARIFY_##code,
	REPLY_CLARIFY_LIST(X)
#undef X
	CLARIFY_MAX
};

enum reply_sender { SENDER_CITIZEN, SENDER_STAFF };

/* Reasons are a set: bit 0..7 = A..H, bit 8 = X (see docs/REPLIES.md for the labels). */
#define REASON_LETTERS "ABCDEFGHX"
#define REASON_N       9
#define REASON_BIT(i)  (1u << (i))
#define REASON_X_BIT   REASON_BIT(8)

struct reading {
	enum reply_kind    kind;
	int                score;            /* 1..5, 0 = none */
	int                doubtful;         /* CLARIFY_CONTRADICTION: the digit that was written, 0 otherwise */
	unsigned           reasons;          /* REASON_BIT set */
	enum reply_class   klass;
	enum reply_clarify clarify;
	int                solved;           /* 1 yes, 0 no, -1 not said; for REPLY_VERDICT */
	bool               complaint;        /* klass is P2 or higher */
	bool               token_bad;        /* something shaped like a case token had a wrong check character */
	int                confidence_pct;   /* 0..100, calibrated */
	char               rule[24];         /* which rule decided */
	char               token[8];         /* valid case token found in front (canonical letters), "" = none */
};

/* An empty lexicon that knows the reader's tags and sets, and the files that come with the program, in one text. */
struct lexicon *reply_lexicon_new(void);
struct sv       reply_lexicon_builtin(void);

/* Reads one message. text is UTF-8, as the link gave it; what a link got wrong is repaired. Never fails. */
void reply_read(const struct lexicon *lx, struct sv text, enum reply_expect expect, enum reply_sender sender,
                struct reading *out);

/* Names as in the specification; never NULL. */
const char *reply_kind_name(enum reply_kind k);
const char *reply_expect_name(enum reply_expect e);
const char *reply_class_name(enum reply_class c);
const char *reply_clarify_name(enum reply_clarify c);
/* "ACX" into out (at least REASON_N + 1 bytes); "" for none. */
void        reply_reasons_text(unsigned reasons, char *out);
/* The other direction, for stored records and commands; false when the name is unknown. */
bool        reply_class_find(struct sv name, enum reply_class *out);
bool        reply_expect_find(struct sv name, enum reply_expect *out);
bool        reply_reasons_find(struct sv letters, unsigned *out);

#endif
