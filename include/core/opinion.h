/*
 * What a small learnt model thinks of free text: is it a grievance, a severe one, and what about. It stands
 * beside the rules: they decide scores, opt-outs, P0 and P1; where they find nothing, this says P2, P3 or
 * none and adds reasons.
 *
 * The model is linear: every word and run of letters that training kept has one small weight for each head.
 * Its file (data/model/reply.bin, made by `make model`, card beside it) is checked when opened and then only
 * read: no heap, no state, linear in the text, integers only, so that every machine says the same.
 */
#ifndef CORE_OPINION_H
#define CORE_OPINION_H

#include <stdint.h>

#include "base/err.h"
#include "base/sv.h"
#include "core/reply.h"
#include "text/words.h"

enum opinion_head {
	OPINION_GRIEVANCE, /* P3 or more */
	OPINION_SEVERE,    /* P2 or more */
	OPINION_REASON,    /* A, and B..G behind it */
	OPINION_OFFICE =
	    OPINION_REASON + 7, /* it is about the service of an office, and not of a bank or a shop */
	OPINION_HEADS,
	OPINION_LANES = 12 /* what a row of weights has room for */
};

/* Opaque in spirit: filled by opinion_open, valid as long as the bytes it was opened on. */
struct opinion_model {
	const unsigned char *buckets;
	uint32_t mask;
	int32_t bias[OPINION_HEADS], scale[OPINION_HEADS], at_least[OPINION_HEADS];
};

/* Chance of each head in thousandths. */
struct opinion {
	int chance[OPINION_HEADS];
};

/* ERR_CORRUPT: not such a file, of another version, cut, or damaged. */
MUST_CHECK enum err opinion_open(struct sv file, struct opinion_model *out);
/* The model that is compiled in. */
struct sv opinion_builtin(void);

void opinion_read(const struct opinion_model *m, const struct plain *p, const struct words *w,
		  struct opinion *out);

/* CLASS_NONE, CLASS_P3 or CLASS_P2, at the thresholds the model was trained to. P3 is a distinction of ours:
 * a grievance that is not about an office is P2. */
enum reply_class opinion_class(const struct opinion_model *m, const struct opinion *o);
/* REASON_BIT set of A..G. */
unsigned opinion_reasons(const struct opinion_model *m, const struct opinion *o);

/* For the trainer, so that it counts what the reader counts: every feature of a text, repeated ones too. */
typedef void opinion_feature_fn(void *arg, uint32_t key);
void opinion_features(const struct plain *p, const struct words *w, opinion_feature_fn *fn, void *arg);

#endif
