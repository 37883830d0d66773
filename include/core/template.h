/*
 * The texts. Each has an id (T1, T1r, T2 ...), a Vietnamese spelling with marks and one without, and
 * holes in braces ({CQ}, {MA} ...). Facts about ids and holes are one table here; the wording comes
 * from texts-vi.conf and is the province's.
 */
#ifndef CORE_TEMPLATE_H
#define CORE_TEMPLATE_H

#include "base/err.h"
#include "base/sbuf.h"
#include "base/sv.h"
#include "text/segments.h"

#define TEMPLATE_LIST(X) \
	X(T1) X(T1s) X(T1b) X(T1r) X(T1rb) X(T2) X(T2n) X(T3) X(T3r) X(T3f) X(T4) X(T4b) X(T4c) X(T5) X(T5b) X(T6) X(T6b) X(T6w) \
	X(T7) X(T8) X(T8p) X(T9) X(T9n) X(T10) X(T11)

#define HOLE_LIST(X) \
	X(CQ) X(MA) X(MB) X(PA) X(HAN) X(TK) X(SO) X(DT) X(DTTT) X(TT) X(KQ) X(DC) X(D) X(LD) X(GIO) X(NHAN)

/* What a text is to its receiver: the sorts count against different budgets. */
enum template_sort { TEMPLATE_ANSWER, TEMPLATE_ASK, TEMPLATE_REMINDER, TEMPLATE_NOTICE, TEMPLATE_STAFF };

enum template_id {
#define X(id) TEMPLATE_##id,
	TEMPLATE_LIST(X)
#undef X
	TEMPLATE_MAX
};

enum hole {
#define X(id) HOLE_##id,
	HOLE_LIST(X)
#undef X
	HOLE_MAX
};

struct template_set {
	char *marked[TEMPLATE_MAX];          /* NFC, owned; NULL = not given */
	char *plain[TEMPLATE_MAX];
};

/* Values for the holes; p == NULL means not given. */
struct template_values { struct sv at[HOLE_MAX]; };

bool        template_find(struct sv name, enum template_id *out);
const char *template_name(enum template_id id);
enum template_sort template_sort_of(enum template_id id);
/* Confirms what is on the register (opt-out, wrong person, opt-in): goes to those who want nothing else. */
bool        template_is_register(enum template_id id);
bool        hole_find(struct sv name, enum hole *out);
const char *hole_name(enum hole h);
unsigned    hole_max(enum hole h);                   /* characters; longer values are cut */

/* Takes one text in both spellings after checking it: known holes that this id may use, all holes it must
 * use, `plain` wholly in GSM-7, worst case (longest values of the hole table) within the part budget of
 * the id. ERR_SYNTAX or ERR_RANGE with *why. Replaces an earlier text of the id. */
MUST_CHECK enum err template_set_text(struct template_set *t, enum template_id id, struct sv marked,
                                      struct sv plain, struct diag *why);
/* ERR_MISSING names the first id without a text in *why; T1rb, T4b and T5b may be missing. */
MUST_CHECK enum err template_set_whole(const struct template_set *t, struct diag *why);
void                template_set_done(struct template_set *t);

/* Fills the holes; a value longer than its hole's limit is cut at a character (after stripping). With
 * marks == false the plain spelling is used, values are stripped of marks, and what would cost a second septet or turn
 * the text to UCS-2 becomes '?', so that the part budget holds; with marks what costs a second unit. Appends to out. ERR_MISSING: a hole without a
 * value, ERR_SYNTAX: a value that is not UTF-8 (named in *why, may be NULL). */
MUST_CHECK enum err template_render(const struct template_set *t, enum template_id id, bool marks,
                                    const struct template_values *v, struct sbuf *out, struct diag *why);

#endif
