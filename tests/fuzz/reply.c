/* The reader: any text, whatever we wait for and whoever writes, is read into a reading that holds together. */
#include "core/reply.h"
#include "fuzz.h"
#include "lexicon.h"

static void
check(const struct reading *r)
{
	char letters[REASON_N + 1];
	unsigned reasons;
	enum reply_class k;

	must(r->kind >= 0 && r->kind < REPLY_KIND_MAX && reply_kind_name(r->kind)[0]);
	must(r->klass >= 0 && r->klass < CLASS_MAX && reply_class_find(sv_of(reply_class_name(r->klass)), &k) && k == r->klass);
	must(r->clarify >= 0 && r->clarify < CLARIFY_MAX);
	must((r->clarify == CLARIFY_NONE) == !reply_clarify_name(r->clarify)[0]);
	must(r->score >= 0 && r->score <= 5 && r->doubtful >= 0 && r->doubtful <= 5);
	must(r->clarify ? r->kind == REPLY_SCORE && !r->score : r->kind != REPLY_SCORE || r->score);
	must(r->solved >= -1 && r->solved <= 1);
	must(r->confidence_pct >= 0 && r->confidence_pct <= 100);
	must(r->complaint == (r->klass >= CLASS_P2));
	must(!(r->reasons >> REASON_N));
	reply_reasons_text(r->reasons, letters);
	must(reply_reasons_find(sv_of(letters), &reasons) && reasons == r->reasons);
	must(memchr(r->rule, '\0', sizeof r->rule) && memchr(r->token, '\0', sizeof r->token));
	must(r->rule[0]);
}

/* Field by field: what lies between the fields is nobody's. */
static bool
same(const struct reading *a, const struct reading *b)
{
	return a->kind == b->kind && a->score == b->score && a->doubtful == b->doubtful && a->reasons == b->reasons
	       && a->klass == b->klass && a->clarify == b->clarify && a->solved == b->solved && a->complaint == b->complaint
	       && a->token_bad == b->token_bad && a->confidence_pct == b->confidence_pct && !strcmp(a->rule, b->rule)
	       && !strcmp(a->token, b->token);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	enum reply_sender sender;
	struct reading r, again;

	for (int expect = 0; expect < EXPECT_MAX; expect++)
		for (sender = SENDER_CITIZEN; sender <= SENDER_STAFF; sender++) {
			memset(&r, 0, sizeof r);
			reply_read(fuzz_lexicon(), fuzz_in(data, n), (enum reply_expect)expect, sender, &r);
			check(&r);
		}
	/* Once more, over what other readings have left behind. */
	memset(&again, 0xa5, sizeof again);
	reply_read(fuzz_lexicon(), fuzz_in(data, n), EXPECT_MAX - 1, SENDER_STAFF, &again);
	must(same(&r, &again));
	return 0;
}
