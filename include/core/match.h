/*
 * Which survey a message belongs to. A ladder, the surest rung first: what the provider says it answers, the token in
 * front of it, the only survey that waits, the channel only one was asked over, what only one waits for; then the
 * newest, and one question about the other. Phones are shared in families, so the number alone decides nothing.
 */
#ifndef CORE_MATCH_H
#define CORE_MATCH_H

#include "core/survey.h"

struct match_hints {
	const char *ref;                     /* survey named by the provider's reference, "" = none */
	const char *channel;                 /* it came over */
	struct sv   text;
	const struct lexicon *lexicon;       /* to read it with */
};

struct match_found {
	int            at;                   /* in the list, -1 = nobody's: a person must look */
	enum match     how;
	int            other;                /* NEWEST: another survey that waits for a score, -1 = none */
	struct reading reading;              /* of the text, by what the survey found waits for */
};

/* surveys: those of the sender's number, in any order. */
void match_find(const struct survey *const *surveys, size_t n, const struct match_hints *h,
                const struct survey_policy *p, int64_t now_ms, struct match_found *out);

#endif
